//! Sync, measured on the machine at hand: what Fovea's server and tills take, and the same work done by public peers. The
//! tables go to stdout as docs/BENCHMARKS.md has them, progress to stderr. `cargo xtask bench sync` builds and runs it.
//!
//! `bench-sync [--small] [--invoices=N] [fovea|ingest|load|merge|sizes|year|pouchdb|automerge|yjs]...`, all of them when none is named. Everything is
//! plain TCP on loopback, through a proxy that counts bytes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot be measured stops"
)]

mod chain;
mod device;
mod figures;
mod load;
mod machine;
mod peers;
mod process;
mod proxy;
mod work;
mod year;

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Documents, and changes of each.
    pub documents: usize,
    pub changes: usize,
    /// Documents in the server's memory.
    pub many: usize,
    /// Commits to be merged, and taken by the server.
    pub commits: usize,
    /// Invoices of a year of six stores.
    pub year: usize,
    pub connections: usize,
    pub requests_a_second: usize,
    pub seconds: usize,
}

const FULL: Size = Size {
    documents: 1_000,
    changes: 10,
    many: 100_000,
    commits: 10_000,
    year: 730_000,
    connections: 10_000,
    requests_a_second: 2_000,
    seconds: 20,
};
/// To see that it runs.
const SMALL: Size = Size {
    documents: 50,
    changes: 10,
    many: 1_000,
    commits: 500,
    year: 6_000,
    connections: 200,
    requests_a_second: 200,
    seconds: 3,
};

const ALL: [&str; 9] = [
    "sizes",
    "ingest",
    "load",
    "merge",
    "year",
    "fovea",
    "pouchdb",
    "automerge",
    "yjs",
];

fn main() {
    let mut size = FULL;
    let mut asked: Vec<String> = Vec::new();
    for word in std::env::args().skip(1) {
        match word.as_str() {
            "--small" => size = SMALL,
            word if word.starts_with("--invoices=") => {
                size.year = word["--invoices=".len()..].parse().expect("a number of invoices");
            }
            word if ALL.contains(&word) => asked.push(word.to_owned()),
            word => panic!("{word} is not measured; there are {}", ALL.join(", ")),
        }
    }
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|word| word == name);
    println!("{}", machine::described());
    if ["sizes", "ingest", "load", "merge", "year"].into_iter().any(wanted) {
        println!("\n| what | asked | measured |\n|---|---|---|");
    }
    for (name, measure) in [
        ("sizes", figures::sizes as fn(Size)),
        ("ingest", figures::ingest),
        ("load", load::load),
        ("merge", figures::merge),
        ("year", year::join),
    ] {
        if wanted(name) {
            eprintln!("bench: {name}");
            measure(size);
        }
    }
    let rows: Vec<work::Row> = ["fovea", "pouchdb", "automerge", "yjs"]
        .into_iter()
        .filter(|name| wanted(name))
        .map(|name| {
            eprintln!("bench: {name}");
            if name == "fovea" {
                chain::row(size)
            } else {
                peers::row(name, size)
            }
        })
        .collect();
    if !rows.is_empty() {
        println!("\n{}", work::table(&rows, size));
    }
    println!("\nload average at the end: {}", machine::load());
}
