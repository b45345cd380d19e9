//! Build automation. `./dev` gets the toolchain and calls this; it has no dependency, so that it starts at once.

mod bench;
mod demo;
mod doctor;
mod e2e;
mod fuzz;
mod run;
mod serve;
mod simulate;
mod stamp;
mod test;
mod toolchain;
mod ui;

use std::process::ExitCode;

use run::Failed;

/// One thing `./dev` can do.
struct Command {
    name: &'static str,
    help: &'static str,
    run: fn(&[String]) -> Result<(), Failed>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "demo",
        help: "a server, six stores with a day's trade, the till of store 1; `--new` afresh, `--stop` ends it",
        run: demo::run,
    },
    Command {
        name: "test",
        help: "every check of the project; `--quick` leaves out the window and the browser",
        run: test::run,
    },
    Command {
        name: "till",
        help: "the till's window over target/till, or with the arguments that follow",
        run: serve::till,
    },
    Command {
        name: "server",
        help: "the server with the arguments that follow",
        run: serve::server,
    },
    Command {
        name: "bench",
        help: "the figures of docs/BENCHMARKS.md on this machine",
        run: bench::run,
    },
    Command {
        name: "simulate",
        help: "the chain under chance: `--seed S --minutes M`; `--kept` runs the seeds that are kept",
        run: simulate::run,
    },
    Command {
        name: "fuzz",
        help: "searches for inputs that break a reader: `--minutes M [TARGET]`, 2 minutes each when unsaid",
        run: fuzz::run,
    },
    Command {
        name: "ui",
        help: "builds ui/dist, small and slow to make; `--dev` is large and quick",
        run: ui::run,
    },
    Command {
        name: "doctor",
        help: "what is installed, what is missing, what to do",
        run: doctor::run,
    },
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Some(compiled) = fuzz::wrap(&args) {
        return if compiled.is_ok() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
    }
    let (name, rest) = args.split_first().map_or(("help", &[][..]), |(n, r)| (n.as_str(), r));
    let Some(command) = COMMANDS.iter().find(|c| c.name == name) else {
        println!("./dev does:");
        for c in COMMANDS {
            println!("  {:8} {}", c.name, c.help);
        }
        return if name == "help" {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(2)
        };
    };
    match (command.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(why)) => {
            eprintln!("dev {name}: {why}");
            ExitCode::FAILURE
        }
    }
}
