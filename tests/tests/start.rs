//! How long a till takes from its start until a person can use it, and the memory it holds. `./dev bench` runs it over
//! release builds.

#![allow(clippy::expect_used, reason = "helpers of tests, which clippy does not see as such")]

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fovea_tests::chain::at;
use fovea_tests::shop::{self, CASHIER};
use fovea_tests::steps;
use fovea_tests::window::Window;
use serde_json::Value;

const STARTS: usize = 11;
/// Linux counts the start of a process in these.
const TICKS_A_SECOND: f64 = 100.0;
/// When the first words of the page were painted, in ms since 1970. Nothing is painted before the page can be used.
const PAINTED: &str = "\
    const painted = performance.getEntriesByName('first-contentful-paint')[0];\
    return painted ? performance.timeOrigin + painted.startTime : null;";

/// Fields of `/proc/PID/stat` after the name, which may hold anything.
fn stat(pid: u32) -> Option<Vec<String>> {
    let line = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = line.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

/// When a process began, in ms since 1970.
fn began(pid: u32) -> f64 {
    let stat = stat(pid).expect("the till's process");
    let ticks: f64 = stat[19].parse().expect("its start");
    let up: f64 = fs::read_to_string("/proc/uptime")
        .expect("the time since boot")
        .split_whitespace()
        .next()
        .and_then(|seconds| seconds.parse().ok())
        .expect("the time since boot");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    now.as_secs_f64() * 1_000.0 - (up - ticks / TICKS_A_SECOND) * 1_000.0
}

/// Memory of a process and all it started, shared pages counted by their share, in MiB; and of the process alone.
fn memory(pid: u32) -> (u64, u64) {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let parents: HashMap<u32, u32> = all
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, stat(pid)?.get(1)?.parse().ok()?)))
        .collect();
    let is_of_till = |mut at: u32| loop {
        if at == pid {
            return true;
        }
        match parents.get(&at) {
            Some(parent) => at = *parent,
            None => return false,
        }
    };
    let of = |pid: &u32| {
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        let line = rollup
            .lines()
            .find(|line| line.starts_with("Pss:"))
            .unwrap_or_default()
            .to_owned();
        line.split_whitespace()
            .nth(1)
            .and_then(|kb| kb.parse::<u64>().ok())
            .unwrap_or(0)
    };
    let whole: u64 = parents.keys().filter(|pid| is_of_till(**pid)).map(of).sum();
    (whole / 1_024, of(&pid) / 1_024)
}

#[test]
#[ignore = "a measurement: ./dev bench runs it"]
fn the_start_of_the_window() {
    let chain = shop::chain(1);
    let folder = chain.store_folder("S1");
    let display = steps::display(&chain.path(""));
    let mut starts = Vec::new();
    for turn in 0..STARTS {
        let till = Window::open(&display, &folder);
        till.see(".person");
        let painted = till.until("the first paint", |page| page.run(PAINTED, vec![])?.as_f64());
        let pid = till.pid().expect("the till");
        // The first finds nothing in the page cache.
        starts.push(painted - began(pid));
        if turn + 1 == STARTS {
            steps::sign_in(&till, CASHIER.1);
            steps::open_drawer(&till, 10);
            steps::scan(&till, shop::FRAME, 8_490);
            steps::pay_cash(&till);
            let (whole, own) = memory(pid);
            println!("memory after a sale: {whole} MiB with WebKit's processes, {own} MiB of the till's own");
        }
        till.close();
    }
    let first = starts.remove(0);
    starts.sort_unstable_by(f64::total_cmp);
    println!(
        "start of the process to the first words on the screen: first {first:.0} ms; then p50 {:.0} ms, longest {:.0} ms",
        starts[starts.len() / 2],
        starts[starts.len() - 1],
    );
    let sold: Value = at(&folder).call("sales.totals", &serde_json::json!({}));
    assert_eq!(sold["sales"]["count"], 1);
}
