//! Looking at sales: one whole, a list, totals; and the sale that is on screen.

use model::ids::Id;
use model::refusal::Refusal;
use model::requests::Done;
use model::requests::sales::{
    BasketKeep, BasketKept, CountTotal, KeptBasket, Line, PaymentRow, Sale, SaleGet, SaleList, SaleRow, SaleRows,
    SalesTotals, TaxSum, Totals,
};
use retail::tender::Method;
use retail::{Day, Rate, Supply};
use rusqlite::ToSql;

use crate::checkpoint::older_is_elsewhere;
use crate::customers;
use crate::office::{device_name, user_name};
use crate::place::{store, store_by_code};
use crate::scope::{Handle, Scope, execute, id_at, id_or_none};

const ROWS: u32 = 50;
const MAX_ROWS: u32 = 500;
/// Most that the window keeps of the sale on screen.
const MAX_BASKET: usize = 1024 * 1024;

struct Head {
    kind: i64,
    store: Id,
    device: Id,
    day: i32,
    wall: i64,
    number: String,
    customer: Option<Id>,
    total: i64,
    rounding: i64,
    original: Option<Id>,
    user: Option<Id>,
    approver: Option<Id>,
    reason: Option<String>,
    mark: String,
}

/// A sale or return with everything that belongs to it.
pub fn load(scope: &Scope<'_, '_>, id: Id) -> Result<Sale, Refusal> {
    let conn = scope.conn();
    let head = scope
        .row(
            "SELECT kind, store, device, day, wall, number, customer, total, rounding, original, user, approver, reason, mark
             FROM sale WHERE id = ?",
            &[&id.as_bytes()],
            |row| {
                Ok(Head {
                    kind: row.get(0)?,
                    store: id_at(row, 1)?,
                    device: id_at(row, 2)?,
                    day: row.get(3)?,
                    wall: row.get(4)?,
                    number: row.get(5)?,
                    customer: id_or_none(row, 6)?,
                    total: row.get(7)?,
                    rounding: row.get(8)?,
                    original: id_or_none(row, 9)?,
                    user: id_or_none(row, 10)?,
                    approver: id_or_none(row, 11)?,
                    reason: row.get(12)?,
                    mark: row.get(13)?,
                })
            },
        )?
        .ok_or_else(|| Refusal::Unknown { what: "This sale".to_owned() })?;
    let profile = scope.profile()?;
    let lines = lines(scope, id)?;
    let names: Vec<String> = profile
        .tax_rules
        .system
        .names(Supply::Within)
        .into_iter()
        .map(str::to_owned)
        .collect();
    let taxes = tax_sums(&lines, &names);
    let payments = scope.rows(
        "SELECT method, amount, tendered, reference FROM payment WHERE sale = ? ORDER BY line",
        &[&id.as_bytes()],
        |row| {
            Ok(PaymentRow {
                method: row.get(0)?,
                amount: row.get(1)?,
                tendered: row.get(2)?,
                reference: row.get(3)?,
            })
        },
    )?;
    let named: Option<(String, Option<String>)> = scope.row(
        "SELECT name, gstin FROM sale_name WHERE sale = ? ORDER BY id LIMIT 1",
        &[&id.as_bytes()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let at = store(conn, head.store)?;
    let customer_name = match (&named, head.customer) {
        (Some((name, _)), _) => Some(name.clone()),
        (None, Some(customer)) => customers::by_id(conn, customer)?.map(|row| row.name),
        (None, None) => None,
    };
    let returns = scope.rows(
        "SELECT id FROM sale WHERE original = ? ORDER BY day, wall, id",
        &[&id.as_bytes()],
        |row| id_at(row, 0),
    )?;
    let change = payments.iter().map(|payment| payment.tendered - payment.amount).sum();
    Ok(Sale {
        id,
        number: head.number,
        is_return: head.kind == 1,
        store: at.as_ref().map(|store| store.code.clone()).unwrap_or_default(),
        store_name: at.map(|store| store.name).unwrap_or_default(),
        till: device_name(conn, head.device)?,
        day: head.day,
        wall: head.wall,
        user: user_name(conn, head.user)?,
        customer: head.customer,
        customer_name,
        gstin: named.and_then(|(_, gstin)| gstin),
        lines,
        taxes,
        payments,
        total: head.total,
        rounding: head.rounding,
        change,
        approver: head
            .approver
            .map(|approver| user_name(conn, Some(approver)))
            .transpose()?,
        reason: head.reason,
        original: head.original,
        returns,
        mark: head.mark,
    })
}

fn lines(scope: &Scope<'_, '_>, sale: Id) -> Result<Vec<Line>, Refusal> {
    scope.rows(
        "SELECT l.id, l.product, COALESCE(p.code, ''), l.name, l.hsn, l.quantity, l.list, l.price, l.discount, l.total, l.rate,
           l.taxable, l.taxes, l.prescription, COALESCE((SELECT SUM(r.quantity) FROM sale_line r WHERE r.original = l.id), 0)
         FROM sale_line l LEFT JOIN product p ON p.id = l.product WHERE l.sale = ? ORDER BY l.line",
        &[&sale.as_bytes()],
        |row| {
            let taxes: String = row.get(12)?;
            Ok(Line {
                id: id_at(row, 0)?,
                product: id_at(row, 1)?,
                code: row.get(2)?,
                name: row.get(3)?,
                hsn: row.get(4)?,
                quantity: row.get(5)?,
                list: row.get(6)?,
                price: row.get(7)?,
                discount: row.get(8)?,
                total: row.get(9)?,
                rate: Rate::from_basis_points(row.get(10)?),
                taxable: row.get(11)?,
                taxes: taxes.split(' ').filter_map(|tax| tax.parse().ok()).collect(),
                prescription: id_or_none(row, 13)?,
                returned: row.get(14)?,
            })
        },
    )
}

fn tax_sums(lines: &[Line], names: &[String]) -> Vec<TaxSum> {
    let mut sums: Vec<TaxSum> = Vec::new();
    for line in lines {
        let at = sums.iter().position(|sum| sum.rate == line.rate).unwrap_or_else(|| {
            let taxes = names.iter().map(|name| (name.clone(), 0)).collect();
            sums.push(TaxSum {
                rate: line.rate,
                taxable: 0,
                taxes,
            });
            sums.len() - 1
        });
        sums[at].taxable += line.taxable;
        for ((_, sum), tax) in sums[at].taxes.iter_mut().zip(&line.taxes) {
            *sum += tax;
        }
    }
    sums.sort_by_key(|sum| std::cmp::Reverse(sum.rate));
    sums
}

/// What is said of a number that is not here: it may be of a paper that is older than what is kept.
fn unknown_number(scope: &Scope<'_, '_>, number: &str) -> Result<Refusal, Refusal> {
    let what = match older_is_elsewhere(scope)? {
        None => format!("Number {number}"),
        Some(told) => format!("Number {number} ({told})"),
    };
    Ok(Refusal::Unknown { what })
}

impl Handle for SaleGet {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Sale, Refusal> {
        let id = match (self.sale, &self.number) {
            (Some(id), _) => id,
            (None, Some(number)) => scope
                .row(
                    "SELECT id FROM sale WHERE number = ? ORDER BY id LIMIT 1",
                    &[&number.trim()],
                    |row| id_at(row, 0),
                )?
                .map_or_else(|| Err(unknown_number(scope, number.trim())?), Ok)?,
            (None, None) => {
                return Err(Refusal::BadRequest {
                    why: "neither sale nor number is named".to_owned(),
                });
            }
        };
        load(scope, id)
    }
}

/// First and last day of a period, open ends wide open.
fn period(from: Option<&str>, to: Option<&str>) -> Result<(i32, i32), Refusal> {
    let day = |field: &str, text: &str| {
        Day::parse_iso(text.trim())
            .map(|day| day.0)
            .map_err(|error| Refusal::BadField {
                field: field.to_owned(),
                why: error.to_string(),
            })
    };
    let from = from.map(|text| day("from", text)).transpose()?.unwrap_or(i32::MIN);
    let to = to.map(|text| day("to", text)).transpose()?.unwrap_or(i32::MAX);
    Ok((from, to))
}

/// Sales and returns of business dates from one to another, both included; of one store, or of all that is held here.
pub fn totals(scope: &Scope<'_, '_>, store: Option<Id>, from: i32, to: i32) -> Result<Totals, Refusal> {
    let store = store.map(|store| store.0.to_vec());
    let sums: Vec<(i64, CountTotal)> = scope.rows(
        "SELECT kind, SUM(count), COALESCE(SUM(total), 0) FROM (
           SELECT kind, COUNT(*) AS count, SUM(total) AS total FROM sale
           WHERE day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR store = ?3) GROUP BY kind
           UNION ALL
           SELECT kind, count, total FROM base_sale WHERE day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR store = ?3)
         ) GROUP BY kind",
        &[&from, &to, &store],
        |row| {
            Ok((
                row.get(0)?,
                CountTotal {
                    count: row.get(1)?,
                    total: row.get(2)?,
                },
            ))
        },
    )?;
    let mut totals = Totals::default();
    for (kind, sum) in sums {
        if kind == 0 {
            totals.sales = sum
        } else {
            totals.returns = sum
        }
    }
    Ok(totals)
}

impl Handle for SalesTotals {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Totals, Refusal> {
        let (from, to) = period(self.from.as_deref(), self.to.as_deref())?;
        let store = self
            .store
            .as_deref()
            .map(|code| store_by_code(scope.conn(), code))
            .transpose()?;
        totals(scope, store.map(|store| store.id), from, to)
    }
}

impl Handle for SaleList {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<SaleRows, Refusal> {
        let (from, to) = period(self.from.as_deref(), self.to.as_deref())?;
        let store = self
            .store
            .as_deref()
            .map(|code| store_by_code(scope.conn(), code))
            .transpose()?;
        let store = store.map(|store| store.id.0.to_vec());
        let limit = self.limit.unwrap_or(ROWS).clamp(1, MAX_ROWS);
        let offset = self.offset.unwrap_or(0);
        // LIKE's own signs stand for themselves.
        let text = self.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let pattern = text.map(|text| {
            let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            format!("%{escaped}%")
        });
        let params: [&dyn ToSql; 6] = [&from, &to, &store, &pattern, &(limit + 1), &offset];
        let mut sales = scope.rows(
            "SELECT s.id, s.number, s.kind, COALESCE((SELECT code FROM store t WHERE t.store = s.store ORDER BY t.id LIMIT 1), ''),
               s.day, s.wall, COALESCE(u.name, ''), COALESCE((SELECT name FROM sale_name n WHERE n.sale = s.id ORDER BY n.id LIMIT 1), c.name),
               (SELECT COUNT(*) FROM sale_line l WHERE l.sale = s.id), s.total,
               (SELECT GROUP_CONCAT(method, ' ') FROM payment p WHERE p.sale = s.id)
             FROM sale s LEFT JOIN app_user u ON u.id = s.user LEFT JOIN customer c ON c.id = s.customer
             WHERE s.day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR s.store = ?3)
               AND (?4 IS NULL OR s.number LIKE ?4 ESCAPE '\\' OR c.name LIKE ?4 ESCAPE '\\')
             ORDER BY s.day DESC, s.wall DESC, s.id LIMIT ?5 OFFSET ?6",
            &params,
            |row| {
                let methods: Option<String> = row.get(10)?;
                let mut methods: Vec<String> =
                    methods.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
                methods.dedup();
                Ok(SaleRow {
                    sale: id_at(row, 0)?,
                    number: row.get(1)?,
                    is_return: row.get::<_, i64>(2)? == 1,
                    store: row.get(3)?,
                    day: row.get(4)?,
                    wall: row.get(5)?,
                    user: row.get(6)?,
                    customer_name: row.get(7)?,
                    lines: row.get(8)?,
                    total: row.get(9)?,
                    methods,
                })
            },
        )?;
        let more = sales.len() > limit as usize;
        sales.truncate(limit as usize);
        Ok(SaleRows { sales, more })
    }
}

/// What a payment method is called.
pub fn method_label(word: &str) -> &str {
    [
        Method::Cash,
        Method::Card,
        Method::Upi,
        Method::Bank,
        Method::Voucher,
        Method::Credit,
    ]
    .into_iter()
    .find(|method| method.word() == word)
    .map_or(word, |method| method.label())
}

impl Handle for BasketKeep {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        if self.body.len() > MAX_BASKET {
            return Err(Refusal::BadRequest {
                why: "the sale on screen is larger than 1 MiB".to_owned(),
            });
        }
        if self.body.is_empty() {
            execute(scope.conn(), "DELETE FROM local_typed WHERE place = 'basket'", &[])?;
        } else {
            execute(
                scope.conn(),
                "INSERT OR REPLACE INTO local_typed (place, body, wall) VALUES ('basket', ?, ?)",
                &[&self.body, &scope.now],
            )?;
        }
        Ok(Done {})
    }
}

impl Handle for BasketKept {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<KeptBasket, Refusal> {
        let body = scope.row("SELECT body FROM local_typed WHERE place = 'basket'", &[], |row| {
            row.get(0)
        })?;
        Ok(KeptBasket { body })
    }
}
