//! The program `fovea` from a test, and a till on its own in a temporary folder.
#![allow(dead_code, reason = "each test program uses a part")]

pub mod retail;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

pub const PASSWORD: &str = "long enough";
pub const ADMIN: &str = "asha";

/// The program with a password and keys in files, so that tests leave nothing in a keyring; nobody types.
pub fn fovea(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fovea"));
    command
        .args(arguments)
        .env("FOVEA_PASSWORD", PASSWORD)
        .env("FOVEA_KEYS", "file")
        .stdin(Stdio::null());
    command
}

pub fn run(arguments: &[&str]) -> Output {
    fovea(arguments).output().unwrap()
}

/// Runs a command with a text on stdin.
pub fn fed(arguments: &[&str], text: &str) -> Output {
    let mut child = fovea(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses before it reads closes the pipe, and its refusal is what the test looks at.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    child.wait_with_output().unwrap()
}

/// The answer: one line of JSON alone on stdout, nothing but progress on stderr.
pub fn answer(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let progress =
        |line: &str| (line.starts_with("Invoices ") || line.starts_with("Written ")) && line.contains(" of ");
    assert!(said.lines().all(progress), "{said}");
    let text = std::str::from_utf8(&output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    serde_json::from_str(text).unwrap()
}

/// A refusal: nothing on stdout, one JSON of three texts on stderr, exit 1.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    pub code: String,
    pub message: String,
    pub remedy: String,
}

pub fn told(output: &Output) -> Told {
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(told.as_object().unwrap().len(), 3, "{told}");
    let text = |field: &str| {
        let text = told[field].as_str().unwrap();
        assert_ne!(text, "", "{field}");
        text.to_owned()
    };
    Told {
        code: text("code"),
        message: text("message"),
        remedy: text("remedy"),
    }
}

/// The stable code of a refusal.
pub fn refused(output: &Output) -> String {
    told(output).code
}

/// A till on its own: store `S1`, till `T1`, superadmin `asha`.
pub struct Till {
    pub folder: TempDir,
}

impl Till {
    pub fn new(profile: &str) -> Self {
        let till = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let (data, sheet) = (till.data(), till.path("sheet.txt"));
        let made = run(&[
            "init",
            "--data",
            &data,
            "--org",
            "Nayana Opticals",
            "--store",
            "S1",
            "--till",
            "T1",
            "--admin",
            ADMIN,
            "--profile",
            profile,
            "--sheet",
            sheet.to_str().unwrap(),
        ]);
        assert_eq!(String::from_utf8_lossy(&made.stderr), "");
        assert_eq!(made.status.code(), Some(0));
        till
    }

    /// A place beside the data folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn data(&self) -> String {
        self.path("data").to_str().unwrap().to_owned()
    }

    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// A command that names folder and user, whatever comes of it.
    pub fn ask(&self, words: &[&str]) -> Output {
        self.ask_as(ADMIN, words)
    }

    pub fn ask_as(&self, user: &str, words: &[&str]) -> Output {
        run(&[words, &["--data", &self.data(), "--as", user]].concat())
    }

    /// A request that is answered.
    pub fn call(&self, request: &str, body: &Value) -> Value {
        answer(&self.ask(&["call", request, &body.to_string()]))
    }

    /// Somebody with one role everywhere, whose password is the same.
    pub fn add_user(&self, login: &str, role: &str) {
        let user = json!({"login": login, "name": login, "password": PASSWORD, "roles": [{"role": role}]});
        self.call("users.add", &user);
    }

    pub fn verify(&self) -> Output {
        run(&["verify", "--json", "--data", &self.data()])
    }

    /// The commits of books that are in order.
    pub fn commits(&self) -> i64 {
        let found = answer(&self.verify());
        assert_eq!(found["mismatches"], json!([]), "{found}");
        found["commits"].as_i64().unwrap()
    }

    /// Every file of the data folder with its bytes, without what SQLite makes for readers and says nothing that is kept:
    /// their index, and a log as long as it is empty.
    pub fn bytes(&self) -> BTreeMap<String, Vec<u8>> {
        let mut bytes = files(Path::new(&self.data()));
        bytes.retain(|name, bytes| match name.as_str() {
            "fovea.db-shm" => false,
            "fovea.db-wal" => !bytes.is_empty(),
            _ => true,
        });
        bytes
    }

    /// The database itself, for tests that look beneath or do damage.
    pub fn database(&self) -> Connection {
        Connection::open(self.path("data").join("fovea.db")).unwrap()
    }
}

pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect()
}
