//! `./dev demo`: a server, six stores with a catalogue and a day's trade, and the till of store 1.
//!
//! Everything is made from a seed into `target/demo`; run again, it goes on with what is there. The server stays up;
//! `./dev demo --stop` ends it, `./dev demo --new` begins afresh.

mod screen;
mod seed;

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{Failed, command, go, root};
use crate::{e2e, ui};

const ADDRESS: &str = "127.0.0.1:8787";
/// Of everybody in the demo; it holds nothing worth more.
const PASSWORD: &str = "demo-password";
const ADMIN: &str = "asha";
const PRINTER: &str = "127.0.0.1:9100";
/// Store code and name of the six stores.
const STORES: [&str; 6] = ["S1", "S2", "S3", "S4", "S5", "S6"];
/// A server that has not answered after this long does not start.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn run(args: &[String]) -> Result<(), Failed> {
    let folder = root().join("target/demo");
    match args {
        [] => {}
        [one] if one == "--stop" => return stop(&folder),
        [one] if one == "--new" => {
            stop(&folder)?;
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
        }
        _ => {
            return Err(Failed::new(format!(
                "demo takes --new, --stop or nothing, not {args:?}"
            )));
        }
    }
    say("building the page (the first time takes some minutes)");
    ui::ensure()?;
    say("building the programs");
    e2e::programs()?;
    fs::create_dir_all(&folder)?;
    let demo = Demo { folder };
    demo.make()?;
    demo.start()?;
    demo.trade()?;
    demo.show()
}

fn say(what: &str) {
    eprintln!("demo: {what}");
}

struct Demo {
    folder: PathBuf,
}

impl Demo {
    fn server(&self) -> PathBuf {
        self.folder.join("server")
    }

    fn store(&self, code: &str) -> PathBuf {
        self.folder.join(code.to_lowercase())
    }

    /// A program of the project with the demo's password and keys in files: a demo leaves nothing in a keyring.
    fn program(name: &str) -> Command {
        let mut program = command(root().join("target/debug").join(name));
        program.env("FOVEA_PASSWORD", PASSWORD).env("FOVEA_KEYS", "file");
        program
    }

    /// Something that was done once is not done again.
    fn once(&self, what: &str, work: impl FnOnce() -> Result<(), Failed>) -> Result<(), Failed> {
        let mark = self.folder.join(format!("{what}.done"));
        if mark.exists() {
            return Ok(());
        }
        work()?;
        fs::write(mark, "")?;
        Ok(())
    }

    fn make(&self) -> Result<(), Failed> {
        self.once("organisation", || {
            say("making the organisation, its people and its server");
            let server = self.server();
            if server.exists() {
                fs::remove_dir_all(&server)?;
            }
            let sheet = self.folder.join("recovery-sheet.txt");
            let _ = fs::remove_file(&sheet);
            go(Self::program("fovea-server")
                .args(["init", "--org", "Nayana Opticals", "--admin", ADMIN, "--data"])
                .arg(&server)
                .arg("--sheet")
                .arg(&sheet))?;
            for (login, name, role) in seed::PEOPLE {
                let body = format!(
                    r#"{{"login":"{login}","name":"{name}","password":"{PASSWORD}","roles":[{{"role":"{role}"}}]}}"#
                );
                self.call(&server, "users.add", &body)?;
            }
            Ok(())
        })
    }

    fn call(&self, folder: &Path, request: &str, body: &str) -> Result<(), Failed> {
        go(Self::program("fovea")
            .args(["call", "--as", ADMIN, "--data"])
            .arg(folder)
            .args([request, body])
            .stdout(Stdio::null()))
    }

    fn start(&self) -> Result<(), Failed> {
        if TcpStream::connect(ADDRESS).is_ok() {
            say("the server is up already");
        } else {
            say("starting the server");
            let log = fs::File::create(self.folder.join("server.log"))?;
            let child = Self::program("fovea-server")
                .args(["serve", "--listen", ADDRESS, "--data"])
                .arg(self.server())
                .stdin(Stdio::null())
                .stdout(log.try_clone()?)
                .stderr(log)
                .spawn()?;
            fs::write(self.folder.join("server.pid"), child.id().to_string())?;
            self.wait_for(ADDRESS, "the server")?;
        }
        if TcpStream::connect(PRINTER).is_err() {
            say("starting the printer twin");
            let log = fs::File::create(self.folder.join("printer.log"))?;
            let child = Self::program("fovea")
                .args(["twin", "printer", "--listen", PRINTER, "--out"])
                .arg(self.folder.join("receipts"))
                .stdin(Stdio::null())
                .stdout(log.try_clone()?)
                .stderr(log)
                .spawn()?;
            fs::write(self.folder.join("printer.pid"), child.id().to_string())?;
            self.wait_for(PRINTER, "the printer twin")?;
        }
        Ok(())
    }

    fn wait_for(&self, address: &str, what: &str) -> Result<(), Failed> {
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if started.elapsed() > PATIENCE {
                return Err(Failed::new(format!(
                    "{what} does not answer; see {}",
                    self.folder.display()
                )));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn trade(&self) -> Result<(), Failed> {
        for code in STORES {
            self.once(&format!("{code}-enrolled"), || {
                say(&format!("enrolling {code}"));
                let made = Self::program("fovea-server")
                    .args(["code", "--store", code, "--till", "T1", "--data"])
                    .arg(self.server())
                    .stderr(Stdio::inherit())
                    .output()?;
                let said = String::from_utf8_lossy(&made.stdout);
                let one_time = said.split_whitespace().last().filter(|_| made.status.success());
                let one_time = one_time.ok_or_else(|| Failed::new(format!("no code for {code}")))?;
                go(Self::program("fovea")
                    .args([
                        "enrol",
                        "--server",
                        &format!("http://{ADDRESS}"),
                        "--code",
                        one_time,
                        "--data",
                    ])
                    .arg(self.store(code)))
            })?;
        }
        let files = seed::write(&self.folder, &STORES)?;
        self.once("catalogue", || {
            say("importing the catalogue, customers and stock");
            // It was the first to enrol, so it has yet to hear of the other stores.
            self.sync(STORES[0])?;
            for (subject, file) in [
                ("products", &files.products),
                ("customers", &files.customers),
                ("stock", &files.stock),
            ] {
                go(Self::program("fovea")
                    .args(["import", subject])
                    .arg(file)
                    .args(["--as", ADMIN, "--data"])
                    .arg(self.store(STORES[0]))
                    .stdout(Stdio::null()))?;
            }
            self.sync(STORES[0])
        })?;
        for (at, code) in STORES.iter().enumerate() {
            self.once(&format!("{code}-day"), || {
                say(&format!("a day's trade in {code}"));
                self.sync(code)?;
                go(Self::program("fovea")
                    .args(["replay", "retail"])
                    .arg(&files.day)
                    .args(["--share", &format!("{at}/{}", STORES.len()), "--as", ADMIN, "--data"])
                    .arg(self.store(code))
                    .stdout(Stdio::null()))?;
                self.sync(code)
            })?;
        }
        say("bringing all six stores to the same");
        STORES.iter().try_for_each(|code| self.sync(code))
    }

    fn sync(&self, code: &str) -> Result<(), Failed> {
        go(Self::program("fovea")
            .args(["sync", "--once", "--data"])
            .arg(self.store(code)))
    }

    fn show(&self) -> Result<(), Failed> {
        let till = self.store(STORES[0]);
        let mut window = Self::program("fovea-till");
        window.env("FOVEA_PRINTER", format!("tcp:{PRINTER}"));
        screen::open(&window, &till, &self.folder)?;
        println!("Head office      http://{ADDRESS}  (name {ADMIN}, password {PASSWORD})");
        println!("At the till      name kiran (cashier) or meera (optometrist), password {PASSWORD}");
        println!(
            "Printer twin     tcp:{PRINTER}, its receipts in {}",
            self.folder.join("receipts").display()
        );
        println!("Data             {}", self.folder.display());
        println!("To stop          ./dev demo --stop");
        Ok(())
    }
}

/// Ends what an earlier demo left running.
fn stop(folder: &Path) -> Result<(), Failed> {
    for what in ["server", "printer", "till"] {
        let file = folder.join(format!("{what}.pid"));
        if let Ok(pid) = fs::read_to_string(&file) {
            // One that has ended already is what was wanted.
            let _ = command("kill").arg(pid.trim()).stderr(Stdio::null()).status();
            fs::remove_file(&file)?;
            say(&format!("stopped the {what}"));
        }
    }
    Ok(())
}
