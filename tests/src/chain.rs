//! A chain: a server and stores that joined it, each in a folder of its own.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use crate::command::{Folder, run};
use crate::process::Running;
use crate::programs::program;
use crate::wait;

/// The administrator of every chain.
pub const ADMIN: &str = "asha";
/// The six stores.
pub const STORES: [&str; 6] = ["S1", "S2", "S3", "S4", "S5", "S6"];

/// A port that nobody listens on.
///
/// # Panics
/// The system has none.
#[must_use]
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap_or_else(|e| panic!("no free port: {e}"))
        .port()
}

/// A server's data, its process when it runs, and its stores.
pub struct Chain {
    folder: TempDir,
    port: u16,
    server: Option<Running>,
}

impl Chain {
    /// Makes the organisation and its server, which does not run yet.
    ///
    /// # Panics
    /// A command fails.
    #[must_use]
    pub fn found(profile: &str) -> Self {
        let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("no folder: {e}"));
        let chain = Self {
            folder,
            port: free_port(),
            server: None,
        };
        let (data, sheet) = (chain.server_folder(), chain.path("sheet.txt"));
        let mut init = program("fovea-server");
        init.args([
            "init",
            "--org",
            "Nayana Opticals",
            "--admin",
            ADMIN,
            "--profile",
            profile,
        ]);
        init.arg("--data").arg(data).arg("--sheet").arg(sheet);
        let made = init.output().unwrap_or_else(|e| panic!("fovea-server: {e}"));
        assert!(made.status.success(), "init: {}", String::from_utf8_lossy(&made.stderr));
        chain
    }

    /// A path beside the data.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[must_use]
    pub fn server_folder(&self) -> PathBuf {
        self.path("server")
    }

    #[must_use]
    pub fn store_folder(&self, store: &str) -> PathBuf {
        self.path(&store.to_lowercase())
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    #[must_use]
    pub fn is_up(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }

    /// Starts the server and waits until it listens.
    pub fn start(&mut self) {
        let listen = format!("127.0.0.1:{}", self.port);
        let mut serve = program("fovea-server");
        serve
            .args(["serve", "--listen", &listen, "--data"])
            .arg(self.server_folder());
        let mut server = Running::start(&mut serve, &self.path("server.log"));
        wait::until("the server to listen", wait::START, || {
            assert!(!server.has_ended(), "the server ended: {}", self.log());
            self.is_up().then_some(())
        });
        self.server = Some(server);
    }

    /// Ends the server; its port answers nobody afterwards.
    ///
    /// # Panics
    /// It does not end.
    pub fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
        assert!(!self.is_up(), "somebody else listens on the server's port");
    }

    /// Kills the server without a word.
    pub fn kill(&mut self) {
        if let Some(server) = self.server.take() {
            server.kill();
        }
    }

    /// The server's port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What the server said.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("server.log")).unwrap_or_default()
    }

    /// A one-time code for a till.
    ///
    /// # Panics
    /// None is given.
    #[must_use]
    pub fn code(&self, store: &str, till: &str) -> String {
        let mut code = program("fovea-server");
        code.args(["code", "--store", store, "--till", till, "--data"])
            .arg(self.server_folder());
        let given = code.output().unwrap_or_else(|e| panic!("fovea-server: {e}"));
        assert!(
            given.status.success(),
            "code: {}",
            String::from_utf8_lossy(&given.stderr)
        );
        let said = String::from_utf8_lossy(&given.stdout).into_owned();
        said.split_whitespace().last().unwrap_or_default().to_owned()
    }

    /// Makes a store with one till that joined; the server runs.
    ///
    /// # Panics
    /// It cannot join.
    pub fn enrol(&self, store: &str) {
        self.enrol_till(store, "T1", &self.store_folder(store));
    }

    /// The same with another till of a store, in a folder of its own.
    ///
    /// # Panics
    /// It cannot join.
    pub fn enrol_till(&self, store: &str, till: &str, data: &Path) {
        let (code, url) = (self.code(store, till), self.url());
        let joined = run(
            "fovea",
            [
                "enrol",
                "--server",
                &url,
                "--code",
                &code,
                "--data",
                &data.to_string_lossy(),
            ],
        );
        assert!(joined.ok, "{store} cannot join: {}\n{}", joined.stderr, self.log());
    }

    /// Adds a person at head office, whose server does not run yet; sync brings them to the stores.
    pub fn hire(&self, login: &str, name: &str, role: &str) {
        let folder = self.server_folder();
        let person = json!({
            "login": login, "name": name, "password": crate::programs::PASSWORD, "roles": [{ "role": role }],
        });
        at(&folder).call("users.add", &person);
    }

    /// Brings a store and the server to the same.
    ///
    /// # Panics
    /// It fails.
    pub fn sync(&self, store: &str) {
        let folder = self.store_folder(store);
        let synced = at(&folder).sync();
        assert!(synced.ok, "{store} does not sync: {}\n{}", synced.stderr, self.log());
    }
}

/// A folder, as the administrator sees it.
#[must_use]
pub fn at(folder: &Path) -> Folder<'_> {
    Folder {
        path: folder,
        user: ADMIN,
    }
}
