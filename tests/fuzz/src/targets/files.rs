//! Files that people bring: imports as they are checked before the first write, and the reading of a replay.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use app::import::Subject;
use app::setup::{Founding, found, open_app};
use app::{App, Caller};
use retail::Profile;
use tempfile::TempDir;

const PASSWORD: &str = "correct horse";
/// 2026-03-30.
const NOW: i64 = 1_774_852_200_000;

struct Till {
    app: App,
    root: Caller,
    profile: Profile,
    file: PathBuf,
    _folder: TempDir,
}

/// One till for all inputs: what is only checked leaves nothing behind.
fn till() -> &'static Till {
    static TILL: OnceLock<Till> = OnceLock::new();
    TILL.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("keys.txt"), "file").unwrap();
        let founding = Founding {
            organisation: "Aurel Optics",
            profile: "in-gst",
            admin: "root",
            password: PASSWORD,
            till: Some(("S1", "T1")),
        };
        let clock: app::Clock = Arc::new(|| NOW);
        found(folder.path(), &founding, &clock).unwrap();
        let app = open_app(folder.path(), clock).unwrap();
        let root = app.check_password("root", PASSWORD).unwrap();
        Till {
            app,
            root,
            profile: Profile::by_name("in-gst").unwrap(),
            file: folder.path().join("input.csv"),
            _folder: folder,
        }
    })
}

fn import(subject: Subject, input: &[u8]) {
    let till = till();
    std::fs::write(&till.file, input).unwrap();
    if let Ok(done) = till.app.import(&till.root, subject, &till.file, true, &|_, _| ()) {
        assert!(done.dry_run && done.rows <= input.len());
        assert_eq!((done.added, done.changed), (0, 0));
    }
}

pub fn products(input: &[u8]) {
    import(Subject::Products, input);
}

pub fn customers(input: &[u8]) {
    import(Subject::Customers, input);
}

pub fn stock(input: &[u8]) {
    import(Subject::Stock, input);
}

/// Every row is taken, or rejected with its line and a reason.
pub fn replay(input: &[u8]) {
    let till = till();
    std::fs::write(&till.file, input).unwrap();
    if let Ok((rows, rejected)) = app::replay::readable(&till.profile, &till.file) {
        let lines = input.iter().filter(|byte| **byte == b'\n').count()
            + input.iter().filter(|byte| **byte == b'\r').count()
            + 1;
        assert!(
            rows + rejected.len() <= lines,
            "{rows} rows and {} rejected of {lines} lines",
            rejected.len()
        );
        assert!(rejected.iter().all(|row| !row.reason.is_empty()));
    }
}
