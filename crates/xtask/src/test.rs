//! `./dev test`: every check, each with its time.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::run::{self, Failed, cargo, go, root, tools};
use crate::{e2e, simulate, ui};

struct Step {
    name: &'static str,
    run: fn() -> Result<(), Failed>,
}

/// What needs neither a window nor wasm.
const QUICK: &[Step] = &[
    Step {
        name: "format",
        run: format,
    },
    Step {
        name: "lint",
        run: lint,
    },
    Step {
        name: "tests",
        run: tests,
    },
    Step {
        name: "examples in the docs",
        run: doc_tests,
    },
    Step {
        name: "simulation: lint, tests",
        run: simulation,
    },
    Step {
        name: "simulation: kept seeds",
        run: simulate::kept,
    },
];

/// The page and the window.
const FULL: &[Step] = &[
    Step {
        name: "page, lint and tests",
        run: page,
    },
    Step {
        name: "page, built",
        run: ui::ensure,
    },
    Step {
        name: "window, lint and tests",
        run: window,
    },
    Step {
        name: "end to end: programs, driver, lint",
        run: end_to_end_ready,
    },
    Step {
        name: "end to end: stores, window, browser",
        run: end_to_end,
    },
];

pub fn run(args: &[String]) -> Result<(), Failed> {
    let quick = match args {
        [] => false,
        [one] if one == "--quick" => true,
        _ => return Err(Failed::new(format!("test takes --quick or nothing, not {args:?}"))),
    };
    if !root().join("../shared").exists() {
        eprintln!("test: ../shared is absent, so the tests that read its data are left out");
    }
    let steps = QUICK.iter().chain(if quick { &[] } else { FULL });
    let mut done = Vec::new();
    for step in steps {
        eprintln!("\n== {} ==", step.name);
        let started = Instant::now();
        let outcome = (step.run)();
        if let Err(Failed(why)) = &outcome {
            eprintln!("test: {}: {why}", step.name);
        }
        done.push((step.name, started.elapsed(), outcome.is_ok()));
    }
    sum_up(&done)
}

fn sum_up(done: &[(&str, Duration, bool)]) -> Result<(), Failed> {
    eprintln!("\nwhere the time went");
    for (name, took, ok) in done {
        eprintln!(
            "{:>8.1} s  {:6}  {name}",
            took.as_secs_f32(),
            if *ok { "ok" } else { "FAILED" }
        );
    }
    let all: Duration = done.iter().map(|(_, took, _)| *took).sum();
    eprintln!("{:>8.1} s  in all", all.as_secs_f32());
    match done.iter().filter(|(_, _, ok)| !ok).count() {
        0 => Ok(()),
        n => Err(Failed::new(format!("{n} of {} steps failed", done.len()))),
    }
}

fn format() -> Result<(), Failed> {
    go(cargo().args(["fmt", "--all", "--check"]))
}

fn lint() -> Result<(), Failed> {
    go(cargo().args(["clippy", "--locked", "--all-targets", "--", "-D", "warnings"]))
}

fn tests() -> Result<(), Failed> {
    match nextest() {
        Some(mut nextest) => go(nextest.args(["run", "--locked", "--no-tests=pass", "--status-level=fail"])),
        None => go(cargo().args(["test", "--locked", "--quiet", "--lib", "--bins", "--tests"])),
    }
}

/// nextest does not run them.
fn doc_tests() -> Result<(), Failed> {
    go(cargo().args(["test", "--locked", "--quiet", "--doc"]))
}

/// Its own lint and tests: it is no default member, so that `cargo test` stays quick.
fn simulation() -> Result<(), Failed> {
    let package = ["--locked", "-p", "fovea-simulation"];
    // The harness of `./dev bench sync` is measured with by hand; here it is seen to build.
    let peers = ["-p", "fovea-peers"];
    go(cargo()
        .arg("clippy")
        .args(package)
        .args(peers)
        .arg("--all-targets")
        .args(DENY))?;
    go(cargo().args(["test", "--quiet"]).args(package))
}

/// What of the page does not need a browser is tested natively, where it builds fast.
fn page() -> Result<(), Failed> {
    go(cargo()
        .args([
            "clippy",
            "--locked",
            "-p",
            "fovea-ui",
            "-p",
            "fovea-bindgen",
            "--all-targets",
        ])
        .args(DENY))?;
    go(cargo().args(["test", "--locked", "--quiet", "-p", "fovea-ui"]))
}

/// After the page, because the window embeds it.
fn window() -> Result<(), Failed> {
    go(cargo()
        .args(["clippy", "--locked", "-p", "fovea-till", "--all-targets"])
        .args(DENY))?;
    go(cargo().args(["test", "--locked", "--quiet", "-p", "fovea-till"]))
}

fn end_to_end_ready() -> Result<(), Failed> {
    e2e::programs()?;
    e2e::driver()?;
    go(cargo()
        .args(["clippy", "--locked", "-p", "fovea-tests", "--all-targets"])
        .args(DENY))
}

/// One after the other: each has a display, a server and several programs to itself, on two cores.
fn end_to_end() -> Result<(), Failed> {
    match nextest() {
        Some(mut nextest) => go(nextest.args([
            "run",
            "--locked",
            "-p",
            "fovea-tests",
            "--test-threads=1",
            "--no-fail-fast",
            "--status-level=all",
        ])),
        None => go(cargo().args([
            "test",
            "--locked",
            "-p",
            "fovea-tests",
            "--tests",
            "--",
            "--test-threads=1",
        ])),
    }
}

const DENY: [&str; 3] = ["--", "-D", "warnings"];

/// `cargo nextest`, fetched once by pip at a fixed hash; `None` where that is not possible.
fn nextest() -> Option<Command> {
    let place = tools().join("nextest");
    let program = place.join("bin/cargo-nextest");
    if !program.exists() {
        let mut pip = run::command("python3");
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--require-hashes",
        ])
        .args(["--requirement", "crates/xtask/nextest.txt", "--target"])
        .arg(&place);
        go(&mut pip).ok()?;
    }
    let mut nextest = run::command(program);
    nextest.arg("nextest");
    Some(nextest)
}
