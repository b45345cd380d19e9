//! `fovea` from a test: a command, its answer or its refusal.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::programs::program;

/// What a command came to.
pub struct Ended {
    pub ok: bool,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// The JSON on stdout.
    ///
    /// # Panics
    /// It failed, or its answer is no JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        assert!(self.ok, "the command failed: {}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {:?}", self.stdout))
    }

    /// The code of the refusal on stderr.
    ///
    /// # Panics
    /// It succeeded, or said something else.
    #[must_use]
    pub fn refusal(&self) -> String {
        assert!(!self.ok, "the command succeeded: {}", self.stdout);
        let last = self.stderr.lines().last().unwrap_or_default();
        let told: Value = serde_json::from_str(last).unwrap_or_else(|e| panic!("{e}: {:?}", self.stderr));
        for field in ["code", "message", "remedy"] {
            assert!(told[field].is_string(), "no {field} in {told}");
        }
        told["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Runs a program of the project to its end.
///
/// # Panics
/// It cannot be started.
pub fn run<A: AsRef<OsStr>>(name: &str, arguments: impl IntoIterator<Item = A>) -> Ended {
    let Output { status, stdout, stderr } = program(name)
        .args(arguments)
        .output()
        .unwrap_or_else(|e| panic!("{name}: {e}"));
    Ended {
        ok: status.success(),
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

/// A data folder that commands work on.
pub struct Folder<'a> {
    pub path: &'a Path,
    /// Who asks.
    pub user: &'a str,
}

impl Folder<'_> {
    fn run(&self, before: &[&str], after: &[&str]) -> Ended {
        let path = self.path.as_os_str();
        let words = before.iter().map(OsStr::new).chain([OsStr::new("--data"), path]);
        run("fovea", words.chain(after.iter().map(OsStr::new)))
    }

    /// A request, whatever comes of it.
    pub fn ask(&self, request: &str, body: &Value) -> Ended {
        self.run(&["call"], &["--as", self.user, request, &body.to_string()])
    }

    /// A request that is answered.
    pub fn call(&self, request: &str, body: &Value) -> Value {
        self.ask(request, body).json()
    }

    /// Replays a retail file; `share` is such as `0/6`.
    pub fn replay(&self, file: &Path, share: Option<&str>) -> Value {
        let mut after = vec!["--as", self.user];
        after.extend(share.into_iter().flat_map(|share| ["--share", share]));
        let file = file.to_string_lossy();
        self.run(&["replay", "retail", &file], &after).json()
    }

    /// `products`, `customers` or `stock` from a file.
    pub fn import(&self, subject: &str, file: &Path) -> Value {
        let file = file.to_string_lossy();
        self.run(&["import", subject, &file], &["--as", self.user]).json()
    }

    pub fn sync(&self) -> Ended {
        self.run(&["sync", "--once"], &[])
    }

    pub fn verify(&self) -> Value {
        self.run(&["verify", "--json"], &[]).json()
    }
}
