//! `./dev doctor`: what is installed, what is missing, what to do. It changes nothing.

use std::path::Path;
use std::process::Command;

use crate::run::{self, Failed, root};
use crate::toolchain::Wasm;

struct Need {
    what: &'static str,
    for_what: &'static str,
    look: fn() -> Option<String>,
    remedy: &'static str,
}

const NEEDS: &[Need] = &[
    Need {
        what: "cargo",
        for_what: "everything",
        look: || run::answer(run::cargo().arg("--version")),
        remedy: "rustup, or `apt-get install rustc-web cargo-web`",
    },
    Need {
        what: "clippy, rustfmt",
        for_what: "./dev test",
        look: || {
            run::answer(run::cargo().args(["clippy", "--version"]))
                .zip(run::answer(run::cargo().args(["fmt", "--version"])))
                .map(|(clippy, fmt)| format!("{clippy}; {fmt}"))
        },
        remedy: "`rustup component add clippy rustfmt`, or `apt-get install rust-web-clippy rustfmt-web`",
    },
    Need {
        what: "wasm",
        for_what: "the page",
        look: || Wasm::find().ok().map(|w| w.told().to_owned()),
        remedy: "`rustup target add wasm32-unknown-unknown`, or `apt-get install rustc-web cargo-web rust-web-src lld-22`",
    },
    Need {
        what: "npm",
        for_what: "wasm-opt, for a page that is shipped; the peers of `./dev bench sync`",
        look: || run::answer(Command::new("npm").arg("--version")),
        remedy: "`apt-get install nodejs npm`",
    },
    Need {
        what: "WebKitGTK 4.1",
        for_what: "the window",
        look: || run::answer(Command::new("pkg-config").args(["--modversion", "webkit2gtk-4.1"])),
        remedy: "`apt-get install libwebkit2gtk-4.1-dev`",
    },
    Need {
        what: "WebKitWebDriver",
        for_what: "tests that drive the window",
        look: || on_path("WebKitWebDriver"),
        remedy: "`apt-get install webkit2gtk-driver`",
    },
    Need {
        what: "Xvfb",
        for_what: "a window without a display",
        look: || on_path("Xvfb"),
        remedy: "`apt-get install xvfb xauth`",
    },
    Need {
        what: "D-Bus session",
        for_what: "the window and the keyring, in tests",
        look: || on_path("dbus-run-session"),
        remedy: "`apt-get install dbus`",
    },
    Need {
        what: "Chromium",
        for_what: "head office, in tests",
        look: || on_path("chromium").or_else(|| on_path("google-chrome")),
        remedy: "`apt-get install chromium chromium-driver`",
    },
    Need {
        what: "PostgreSQL",
        for_what: "the journal in a database, in tests",
        look: || postgres().map(|bin| bin.display().to_string()),
        remedy: "`apt-get install postgresql`",
    },
    Need {
        what: "../shared",
        for_what: "tests that read its data and mock-ups",
        look: || root().join("../shared").exists().then(|| "there".to_owned()),
        remedy: "the tests that need it are left out; nothing else does",
    },
    Need {
        what: "ui/dist",
        for_what: "the page of window and server",
        look: || {
            root()
                .join("ui/dist/fovea-ui_bg.wasm")
                .exists()
                .then(|| "built".to_owned())
        },
        remedy: "`./dev ui`",
    },
];

pub fn run(_args: &[String]) -> Result<(), Failed> {
    let mut missing = 0;
    for need in NEEDS {
        match (need.look)() {
            Some(found) => println!("ok       {:16} {}", need.what, found.lines().next().unwrap_or_default()),
            None => {
                missing += 1;
                println!("MISSING  {:16} for {}; {}", need.what, need.for_what, need.remedy);
            }
        }
    }
    if missing > 0 {
        println!("`./dev ui` and `./dev test` install the Debian packages themselves.");
    }
    Ok(())
}

/// Debian keeps the server's programs off the path, newest version last.
fn postgres() -> Option<std::path::PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let bins = versions.map(|version| version.path().join("bin"));
    bins.filter(|bin| bin.join("initdb").exists()).max()
}

fn on_path(program: &str) -> Option<String> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|p| Path::is_file(p))
        .map(|p| p.display().to_string())
}
