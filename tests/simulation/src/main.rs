//! `simulate`: runs seeds. `cargo xtask simulate` and `./dev test` call it.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use fovea_simulation::{Broken, Plan, Report, run};

const USAGE: &str = "\
simulate [--seed S] [--seeds N] [--minutes M] [--steps K] [--verbose] [--twice]
simulate --kept

--seed S     the first seed (1)
--seeds N    so many, one after the other (1)
--minutes M  seeds one after the other for so long, instead of a number of them
--steps K    things that happen before healing (400)
--first      ends at the first seed that fails
--verbose    tells every step on stderr
--twice      every seed twice: the same seed must be the same run
--kept       the seeds of seeds.txt, each with its steps, and as many more as `./dev test` has time for";

/// Each line: seed, steps, what it found.
const KEPT: &str = include_str!("../seeds.txt");
/// Seeds run besides the kept ones, and their steps.
const FIXED: std::ops::RangeInclusive<u64> = 1..=16;
const FIXED_STEPS: u32 = 250;

struct Options {
    seed: u64,
    seeds: u64,
    minutes: Option<f64>,
    steps: u32,
    verbose: bool,
    twice: bool,
    kept: bool,
    first: bool,
}

fn read() -> Result<Options, String> {
    let mut options = Options {
        seed: 1,
        seeds: 1,
        minutes: None,
        steps: 400,
        verbose: false,
        twice: false,
        kept: false,
        first: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        let number = |text: String| text.parse::<f64>().map_err(|_| format!("{text} is no number"));
        match argument.as_str() {
            "--seed" => options.seed = value()?.parse().map_err(|_| "a seed is a whole number".to_owned())?,
            "--seeds" => options.seeds = number(value()?)? as u64,
            "--minutes" => options.minutes = Some(number(value()?)?),
            "--steps" => options.steps = number(value()?)? as u32,
            "--verbose" => options.verbose = true,
            "--twice" => options.twice = true,
            "--kept" => options.kept = true,
            "--first" => options.first = true,
            _ => return Err(format!("{argument} is not known here\n\n{USAGE}")),
        }
    }
    Ok(options)
}

/// Seeds and steps of `seeds.txt`.
fn kept() -> Vec<(u64, u32)> {
    KEPT.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
        })
        .collect()
}

/// The seeds to run, in their order.
fn seeds(options: &Options) -> Box<dyn Iterator<Item = (u64, u32)>> {
    let (first, steps) = (options.seed, options.steps);
    if options.kept {
        return Box::new(kept().into_iter().chain(FIXED.map(|seed| (seed, FIXED_STEPS))));
    }
    let endless = (first..).map(move |seed| (seed, steps));
    match options.minutes {
        Some(minutes) => {
            let (started, long) = (Instant::now(), Duration::from_secs_f64(minutes * 60.0));
            Box::new(endless.take_while(move |_| started.elapsed() < long))
        }
        None => Box::new(endless.take(options.seeds as usize)),
    }
}

fn main() -> ExitCode {
    let options = match read() {
        Ok(options) => options,
        Err(why) => {
            eprintln!("simulate: {why}");
            return ExitCode::from(2);
        }
    };
    let (started, mut done, mut failed) = (Instant::now(), 0u64, 0u64);
    let mut seen = BTreeMap::<String, u64>::new();
    for (seed, steps) in seeds(&options) {
        let plan = Plan {
            seed,
            steps,
            verbose: options.verbose,
        };
        done += 1;
        match once_or_twice(&plan, options.twice) {
            Ok(report) => {
                for (what, times) in report.seen {
                    *seen.entry(what).or_default() += times;
                }
            }
            Err(broken) => {
                failed += 1;
                eprintln!(
                    "simulate: seed {seed}, step {}: {}\n  replay: cargo xtask simulate --seed {seed} --steps {steps} --verbose",
                    broken.step, broken.what,
                );
                if options.first {
                    break;
                }
            }
        }
    }
    for (what, times) in &seen {
        eprintln!("{times:>8}  {what}");
    }
    eprintln!(
        "simulate: {done} seeds, {failed} failed, {:.1} s",
        started.elapsed().as_secs_f64()
    );
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn once_or_twice(plan: &Plan, twice: bool) -> Result<Report, Box<Broken>> {
    let report = run(plan)?;
    if twice && run(plan)?.trace != report.trace {
        return Err(Box::new(Broken {
            step: plan.steps,
            what: "the same seed was another run".to_owned(),
            trace: report.trace,
        }));
    }
    Ok(report)
}
