//! A PostgreSQL of this test program's own: made in a temporary folder, reached by a socket there, gone when the program
//! ends, however it ends.

#![allow(dead_code, reason = "each test program uses a part")]

use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where distributions put the programs of the server.
const PLACES: &[&str] = &["/usr/lib/postgresql", "/usr/local/pgsql", "/usr/pgsql"];
/// initdb refuses root, and takes a user without a home as well as any.
const NOBODY: &str = "nobody";

pub struct Postgres {
    bin: PathBuf,
    folder: PathBuf,
    _guard: (Child, ChildStdin),
    databases: AtomicUsize,
}

/// The folder of `initdb`, newest version first.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = PLACES
        .iter()
        .flat_map(|place| std::fs::read_dir(place).into_iter().flatten().flatten())
        .map(|version| version.path().join("bin"))
        .chain(PLACES.iter().map(|place| Path::new(place).join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop()
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0)
}

/// The server of this program, started when it is first asked for; none where PostgreSQL is not installed, and then it is
/// said so.
pub fn postgres() -> Option<&'static Postgres> {
    static SERVER: OnceLock<Option<Postgres>> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        let Some(bin) = programs() else {
            // Not `eprintln!`: a test that is left out must say so even when it passes.
            let _ = writeln!(
                std::io::stderr(),
                "left out: PostgreSQL is not installed (`./dev test` installs it)"
            );
            return None;
        };
        Some(Postgres::start(bin))
    });
    server.as_ref()
}

impl Postgres {
    fn start(bin: PathBuf) -> Self {
        let folder = tempfile::Builder::new().prefix("fovea-pg-").tempdir().unwrap().keep();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o711)).unwrap();
        if is_root() {
            run(Command::new("chown").arg(NOBODY).arg(&folder));
        }
        // It waits for the end of its input, which comes with the end of this program.
        let script = "cat >/dev/null; \"$1/pg_ctl\" -D \"$2/data\" -m immediate stop >/dev/null 2>&1; rm -rf \"$2\"";
        let mut guard = as_nobody("sh")
            .args(["-c", script, "sh"])
            .args([&bin, &folder])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = guard.stdin.take().unwrap();
        let server = Self {
            bin,
            folder,
            _guard: (guard, input),
            databases: AtomicUsize::new(0),
        };
        // Making it need not survive a power cut; what runs on it afterwards syncs as always.
        let made = [
            "--no-sync",
            "-U",
            "fovea",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "-D",
        ];
        run(server.program("initdb").args(made).arg(server.folder.join("data")));
        server.up();
        server
    }

    fn program(&self, name: &str) -> Command {
        let mut command = as_nobody(&self.bin.join(name).display().to_string());
        command.current_dir("/");
        command
    }

    /// Starts it, and waits until it answers.
    pub fn up(&self) {
        let folder = self.folder.display();
        let options = format!("-k {folder} -c listen_addresses= -c shared_buffers=64MB -c max_connections=200");
        run(self
            .program("pg_ctl")
            .arg("-D")
            .arg(self.folder.join("data"))
            .arg("-l")
            .arg(self.folder.join("log"))
            .args(["-w", "-o", &options, "start"]));
    }

    /// Stops it as a power cut would: no checkpoint, connections cut.
    pub fn kill(&self) {
        run(self
            .program("pg_ctl")
            .arg("-D")
            .arg(self.folder.join("data"))
            .args(["-m", "immediate", "stop"]));
    }

    pub fn url_of(&self, database: &str) -> String {
        let host = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://fovea@{host}/{database}")
    }

    /// A new, empty database; its address.
    pub fn database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::SeqCst);
        let name = format!("test{number}");
        self.client("postgres")
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .unwrap();
        self.url_of(&name)
    }

    /// A connection of the test's own.
    pub fn client(&self, database: &str) -> postgres::Client {
        postgres::Client::connect(&self.url_of(database), postgres::NoTls).unwrap()
    }
}

fn as_nobody(program: &str) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", NOBODY, "--regid", "nogroup", "--clear-groups", program]);
    command
}

fn run(command: &mut Command) {
    // Its server would keep our pipes open: output goes nowhere, a failure is named by the command.
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(
        status.as_ref().is_ok_and(std::process::ExitStatus::success),
        "{command:?}: {status:?}"
    );
}
