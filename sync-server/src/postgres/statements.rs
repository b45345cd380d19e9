//! What the database is told, read as a parser reads it: one organisation a statement, and nothing that only a single
//! PostgreSQL can do, so that Citus, YugabyteDB or CockroachDB can spread it by organisation.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, ColumnOption, Expr, FunctionArguments, ObjectName, Query, SetExpr, Statement, TableConstraint,
    TableFactor, TableObject, visit_expressions, visit_relations,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::migrate::{MIGRATIONS, VERSIONS};
use super::sql;

/// The installation's own table.
const OF_NO_ORGANISATION: &str = "migration";
/// Functions that every one of them has, and that need nothing beyond their arguments.
const FUNCTIONS: &[&str] = &["any", "coalesce", "count", "max", "sum", "unnest"];

fn parsed(sql: &str) -> Vec<Statement> {
    Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap_or_else(|error| panic!("{error}: {sql}"))
}

fn tables(statement: &Statement) -> Vec<String> {
    let mut tables = Vec::new();
    let _: ControlFlow<()> = visit_relations(statement, |name: &ObjectName| {
        tables.push(name.to_string().to_lowercase());
        ControlFlow::Continue(())
    });
    tables.retain(|table| table != "unnest");
    tables
}

/// Terms that all hold where this does.
fn terms(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => [terms(left), terms(right)].concat(),
        Expr::Nested(inner) => terms(inner),
        other => vec![other],
    }
}

/// How often the terms say `organisation = $1`.
fn names_organisation(selection: Option<&Expr>) -> usize {
    let is_it = |term: &&Expr| {
        let text = term.to_string();
        text == "organisation = $1" || text.ends_with(".organisation = $1")
    };
    selection.map_or(0, |selection| {
        terms(selection).iter().filter(|term| is_it(term)).count()
    })
}

/// Says what is wrong with one SELECT: every table in it must be held to the organisation.
fn query_faults(query: &Query, faults: &mut Vec<String>) {
    let SetExpr::Select(select) = &*query.body else {
        faults.push(format!("more than a SELECT: {query}"));
        return;
    };
    let mut own = 0;
    let mut factors: Vec<&TableFactor> = Vec::new();
    for from in &select.from {
        factors.push(&from.relation);
        factors.extend(from.joins.iter().map(|join| &join.relation));
    }
    for factor in factors {
        match factor {
            // `unnest(...)` parses as a table with arguments.
            TableFactor::Table { args: Some(_), .. } | TableFactor::UNNEST { .. } | TableFactor::Function { .. } => {}
            TableFactor::Table { name, .. } if name.to_string() == OF_NO_ORGANISATION => {}
            TableFactor::Table { .. } => own += 1,
            TableFactor::Derived { subquery, .. } => query_faults(subquery, faults),
            other => faults.push(format!("cannot be judged: {other}")),
        }
    }
    if names_organisation(select.selection.as_ref()) < own {
        faults.push(format!("{own} tables, not each held to the organisation: {select}"));
    }
    for item in &select.projection {
        let _: ControlFlow<()> = visit_expressions(item, |expr| {
            if let Expr::Subquery(query) = expr {
                query_faults(query, faults);
            }
            ControlFlow::Continue(())
        });
    }
    let _: ControlFlow<()> = visit_expressions(&select.selection, |expr| {
        if let Expr::InSubquery { subquery, .. } = expr {
            query_faults(subquery, faults);
        }
        ControlFlow::Continue(())
    });
}

fn function_faults(statement: &Statement, faults: &mut Vec<String>) {
    let _: ControlFlow<()> = visit_expressions(statement, |expr| {
        if let Expr::Function(function) = expr {
            let name = function.name.to_string().to_lowercase();
            if !FUNCTIONS.contains(&name.as_str()) || matches!(function.args, FunctionArguments::Subquery(_)) {
                faults.push(format!("the function {name} is not one that all have"));
            }
        }
        ControlFlow::Continue(())
    });
}

/// What is wrong with a statement that the program sends.
fn faults(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let statements = parsed(text);
    if statements.len() != 1 {
        faults.push("not one statement".to_owned());
    }
    for statement in &statements {
        function_faults(statement, &mut faults);
        let tables_named = tables(statement);
        let installation = !tables_named.is_empty() && tables_named.iter().all(|table| table == OF_NO_ORGANISATION);
        match statement {
            _ if installation => {}
            Statement::Query(query) => query_faults(query, &mut faults),
            Statement::Insert(insert) => {
                let TableObject::TableName(_) = &insert.table else {
                    faults.push("inserts into no table".to_owned());
                    continue;
                };
                if insert.columns.first().map(ToString::to_string).as_deref() != Some("organisation") {
                    faults.push("the first column is not the organisation".to_owned());
                }
                let first = insert.source.as_deref().map(|source| match &*source.body {
                    SetExpr::Values(values) => values.rows[0][0].to_string(),
                    SetExpr::Select(select) => {
                        if tables(statement).len() > 1 {
                            query_faults(source, &mut faults);
                        }
                        select.projection[0].to_string()
                    }
                    other => other.to_string(),
                });
                if first.as_deref() != Some("$1::BYTEA") {
                    faults.push(format!("the first value is not the organisation but {first:?}"));
                }
                if insert.on.as_ref().is_some_and(|on| {
                    let on = on.to_string();
                    !on.contains("ON CONFLICT (organisation, ")
                        && !on.contains("ON CONFLICT(organisation")
                        && !on.contains("ON CONFLICT (organisation)")
                }) {
                    faults.push("a conflict beyond the organisation".to_owned());
                }
            }
            Statement::Update { selection, .. } if names_organisation(selection.as_ref()) == 1 => {}
            Statement::Delete(delete) if names_organisation(delete.selection.as_ref()) == 1 => {
                let _: ControlFlow<()> = visit_expressions(&delete.selection, |expr| {
                    if let Expr::InSubquery { subquery, .. } = expr {
                        query_faults(subquery, &mut faults);
                    }
                    ControlFlow::Continue(())
                });
            }
            other => faults.push(format!("not held to the organisation: {other}")),
        }
    }
    faults
}

/// What is wrong with a migration: tables led by their organisation, and nothing else.
fn schema_faults(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for statement in parsed(text) {
        let Statement::CreateTable(table) = &statement else {
            // An index leads with the organisation too.
            match &statement {
                Statement::CreateIndex(index)
                    if index
                        .columns
                        .first()
                        .is_some_and(|column| column.to_string() == "organisation") => {}
                other => faults.push(format!("neither a table nor an index led by the organisation: {other}")),
            }
            continue;
        };
        let name = table.name.to_string();
        if table.columns.first().map(|column| column.name.to_string()).as_deref() != Some("organisation") {
            faults.push(format!("{name} does not begin with its organisation"));
        }
        let mut keys = 0;
        for constraint in &table.constraints {
            match constraint {
                TableConstraint::PrimaryKey { columns, .. } | TableConstraint::Unique { columns, .. }
                    if columns
                        .first()
                        .is_some_and(|column| column.to_string() == "organisation") =>
                {
                    keys += 1;
                }
                other => faults.push(format!("{name} has {other}")),
            }
        }
        if keys == 0 {
            faults.push(format!("{name} has no key"));
        }
        for column in &table.columns {
            let known = ["BYTEA", "BIGINT", "INTEGER", "SMALLINT", "TEXT"];
            if !known.contains(&column.data_type.to_string().to_uppercase().as_str()) {
                faults.push(format!("{name}.{} is {}", column.name, column.data_type));
            }
            for option in &column.options {
                if !matches!(option.option, ColumnOption::NotNull) {
                    faults.push(format!("{name}.{} is {option}", column.name));
                }
            }
        }
    }
    faults
}

#[test]
fn every_statement_stays_within_one_organisation() {
    for (name, text) in sql::ALL {
        assert_eq!(faults(text), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn every_table_is_led_by_its_organisation() {
    for migration in MIGRATIONS {
        assert_eq!(schema_faults(migration), Vec::<String>::new());
    }
    assert!(VERSIONS.contains(OF_NO_ORGANISATION));
}

/// The check sees what it is there to see.
#[test]
fn what_reaches_beyond_is_found() {
    for bad in [
        "SELECT bytes FROM certificate",
        "SELECT bytes FROM certificate WHERE organisation = $2",
        "SELECT bytes FROM certificate WHERE organisation = $1 OR id = $2",
        "SELECT c.id FROM certificate c JOIN log l ON l.certificate = c.id WHERE c.organisation = $1",
        "SELECT x.id FROM (SELECT id FROM certificate) AS x",
        "SELECT (SELECT COUNT(*) FROM aside) FROM log WHERE organisation = $1",
        "SELECT pg_advisory_lock(1)",
        "SELECT nextval('order') FROM log WHERE organisation = $1",
        "INSERT INTO log (log) VALUES ($1::bytea)",
        "INSERT INTO log (organisation, log) VALUES ($2::bytea, $1)",
        "INSERT INTO log (organisation, log) VALUES ($1::bytea, $2) ON CONFLICT (log) DO NOTHING",
        "INSERT INTO log (organisation, log) SELECT $1::bytea, log FROM log",
        "UPDATE log SET seq = 0",
        "DELETE FROM aside WHERE hash IN (SELECT hash FROM aside WHERE organisation = $1)",
        "DELETE FROM aside WHERE organisation = $1 AND hash IN (SELECT hash FROM aside)",
        "LISTEN fovea",
        "TRUNCATE log",
    ] {
        assert_ne!(faults(bad), Vec::<String>::new(), "{bad}");
    }
    for bad in [
        "CREATE TABLE t (log BYTEA NOT NULL, PRIMARY KEY (log))",
        "CREATE TABLE t (organisation BYTEA NOT NULL, log BYTEA NOT NULL, PRIMARY KEY (log, organisation))",
        "CREATE TABLE t (organisation BYTEA NOT NULL, n BIGSERIAL, PRIMARY KEY (organisation, n))",
        "CREATE TABLE t (organisation BYTEA NOT NULL, n BIGINT GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (organisation, n))",
        "CREATE TABLE t (organisation BYTEA NOT NULL REFERENCES organisation, PRIMARY KEY (organisation))",
        "CREATE TABLE t (organisation BYTEA NOT NULL, n BIGINT UNIQUE, PRIMARY KEY (organisation))",
        "CREATE INDEX i ON log (log)",
        "CREATE SEQUENCE s",
    ] {
        assert_ne!(schema_faults(bad), Vec::<String>::new(), "{bad}");
    }
}

/// Statements are sent through `Sql` values, and only `sql.rs` makes those.
#[test]
fn statements_stand_in_one_file() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/postgres");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if ["sql.rs", "statements.rs"].contains(&name.as_str()) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("Sql(\""), "{name}");
        // The connection's own: its settings, where a transaction begins and ends, and hints, on which nothing rests. Migrations are read above.
        let sent = text.matches("batch_execute").count();
        assert_eq!(sent, if name == "connection.rs" { 7 } else { 0 }, "{name}");
    }
}
