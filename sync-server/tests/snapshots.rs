//! A new till begins with a copy of what head office holds, and proves it by itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use app::App;
use common::{Chain, call, digest, happen, held, sell, sync_all};
use replica::ReplicaError;
use replica::snapshot::{Made, Standing, fetched_path};

fn make(chain: &Chain) -> Made {
    let server = chain.running.as_ref().unwrap().server();
    server.snapshots.make(&server.app).unwrap()
}

/// Files of a folder whose name begins so.
fn files(folder: &Path, begins: &str) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(begins))
        .collect()
}

fn standing(app: &App) -> Standing {
    app.replica().standing().unwrap()
}

fn total(app: &App) -> i64 {
    call(app, "sales.totals", "{}")["sales"]["total"].as_i64().unwrap()
}

/// Six sales of two stores, all at head office, and a copy made.
fn trading() -> (Chain, Vec<App>, Made) {
    let chain = Chain::new();
    let tills = vec![chain.till("S1", "T1"), chain.till("S2", "T1")];
    sell(&tills[0], 100);
    sell(&tills[1], 200);
    sync_all(&tills);
    let made = make(&chain);
    (chain, tills, made)
}

#[test]
fn a_new_till_begins_with_a_copy_and_takes_the_rest_from_sync() {
    let (chain, tills, made) = trading();
    // What came since is not in the copy.
    sell(&tills[0], 300);
    sync_all(&tills);
    let new = chain.till("S3", "T1");
    assert_eq!(standing(&new), Standing::Unconfirmed);
    assert_eq!((total(&new), total(chain.server())), (135_000, 135_000));
    assert_eq!(held(&new), held(chain.server()));
    assert_eq!(digest(&new), digest(chain.server()));
    assert_eq!(new.replica().confirm().unwrap().mismatches, Vec::<String>::new());
    assert_eq!(standing(&new), Standing::Confirmed);
    // It sells on, under numbers of its own, and is one of them.
    sell(&new, 400);
    sync_all(&[new.clone(), tills[0].clone()]);
    assert_eq!(total(&tills[0]), 180_000);
    assert_eq!(digest(&tills[0]), digest(&new));
    assert_eq!(files(new.replica().path(), "fovea.snapshot-"), Vec::<PathBuf>::new());
    let here = files(&chain.server_folder(), "snapshot-");
    assert_eq!(std::fs::metadata(&here[0]).unwrap().len(), made.size);
    assert_eq!(here.len(), 1);
}

#[test]
fn a_copy_that_was_cut_goes_on_where_it_was_and_a_spoilt_one_is_read_from_the_log_instead() {
    let (chain, _tills, made) = trading();
    let whole = std::fs::read(&files(&chain.server_folder(), "snapshot-")[0]).unwrap();
    // Cut in the middle by the end of the program.
    let folder = chain.till_folder("S3T1");
    std::fs::write(fetched_path(&folder, &made.hash), &whole[..whole.len() / 3]).unwrap();
    // What an earlier snapshot left is of no use.
    std::fs::write(folder.join("fovea.snapshot-00"), b"old").unwrap();
    let new = chain.enrol(&folder, &chain.url, &chain.code("S3", "T1")).unwrap();
    assert_eq!((standing(&new), total(&new)), (Standing::Unconfirmed, 90_000));
    assert_eq!(files(&folder, "fovea.snapshot-"), Vec::<PathBuf>::new());
    // A sector of the first third did not come back from the disk as it was written.
    let folder = chain.till_folder("S4T1");
    let mut spoilt = whole[..whole.len() / 3].to_vec();
    spoilt[9_000] ^= 1;
    std::fs::write(fetched_path(&folder, &made.hash), &spoilt).unwrap();
    let other = chain.enrol(&folder, &chain.url, &chain.code("S4", "T1")).unwrap();
    assert_eq!((standing(&other), total(&other)), (Standing::Confirmed, 90_000));
    assert_eq!(digest(&other), digest(chain.server()));
    assert_eq!(files(&folder, "fovea.snapshot-"), Vec::<PathBuf>::new());
}

#[test]
fn a_server_that_altered_one_old_row_is_found_and_the_till_mends_itself_from_the_log() {
    let (chain, tills, _) = trading();
    chain
        .server()
        .replica()
        .write(|tx| -> Result<(), ReplicaError> {
            tx.conn().execute("UPDATE product SET list = list + 1", [])?;
            tx.conn()
                .execute("UPDATE sale SET total = total + 1 WHERE number LIKE '%000001'", [])?;
            Ok(())
        })
        .unwrap();
    make(&chain);
    let folder = chain.till_folder("S3T1");
    let new = chain.enrol(&folder, &chain.url, &chain.code("S3", "T1")).unwrap();
    assert_eq!(total(&new), 90_002);
    let found = new.replica().confirm().unwrap().mismatches;
    assert!(found.iter().any(|what| what.starts_with("sale:")), "{found:?}");
    assert!(found.iter().any(|what| what.starts_with("product:")), "{found:?}");
    assert_eq!(standing(&new), Standing::Refused);
    drop(new);
    replica::rebuild(&folder).unwrap();
    let new = app::setup::open_app(&folder, chain.clock()).unwrap();
    assert_eq!((standing(&new), total(&new)), (Standing::Confirmed, 90_000));
    sync_all(&tills);
    assert_eq!(digest(&new), digest(&tills[0]));
}

#[test]
fn a_copy_is_made_while_nothing_goes_on_and_again_when_the_chain_has_grown() {
    let (chain, tills, first) = trading();
    let server = chain.running.as_ref().unwrap().server();
    let due = |fewest| {
        let now = chain.time.load(Ordering::SeqCst);
        server.snapshots.make_if_due(&server.app, fewest, now).unwrap()
    };
    let minutes = |minutes: i64| chain.pass(minutes * 60_000);
    sell(&tills[0], 300);
    sync_all(&tills);
    assert_eq!(due(1), None);
    minutes(9);
    assert_eq!(due(1), None);
    minutes(1);
    assert_eq!(due(1_000), None);
    let second = due(1).unwrap();
    assert_ne!(second.hash, first.hash);
    minutes(60);
    assert_eq!(due(1), None);
    // Somebody is always selling: after a day it is made all the same.
    for hour in 0..23 {
        sell(&tills[0], 1_000 + 3 * hour);
        sync_all(&tills);
        assert_eq!(due(1), None, "hour {hour}");
        minutes(60);
        happen(&tills[0]);
        sync_all(&tills);
    }
    assert!(due(1).is_some());
    assert_eq!(files(&chain.server_folder(), "snapshot-").len(), 1);
}

#[test]
fn a_copy_goes_with_the_bytes_of_whoever_was_erased() {
    let chain = Chain::new();
    let till = chain.till("S1", "T1");
    let made = call(&till, "customer.create", r#"{"name": "Zebulon Quackenbush"}"#);
    let body = format!(r#"{{"customer": {}, "reason": "requested"}}"#, made["customer"]);
    sync_all(std::slice::from_ref(&till));
    make(&chain);
    let holds = |folder: &Path| {
        let found = files(folder, "snapshot-");
        found.iter().any(|path| {
            let bytes = std::fs::read(path).unwrap();
            bytes.windows(7).any(|window| window.eq_ignore_ascii_case(b"zebulon"))
        })
    };
    let server = chain.server_folder();
    assert!(holds(&server));
    let order = call(chain.server(), "customer.erase", &body);
    chain.pass(order["not_before"].as_i64().unwrap() - chain.time.load(Ordering::SeqCst));
    let new = chain.till("S2", "T1");
    assert_eq!(standing(&new), Standing::Confirmed, "there is none to begin with");
    assert_eq!(files(&server, "snapshot-"), Vec::<PathBuf>::new());
    // One that is made now does not have them, and is found again at a start.
    make(&chain);
    assert!(!holds(&server));
    let mut chain = chain;
    let address = chain.stop();
    std::fs::write(server.join("snapshot.making"), b"cut").unwrap();
    std::fs::write(server.join("snapshot-00-0"), b"not one").unwrap();
    chain.start(&address).unwrap();
    assert_eq!(files(&server, "snapshot").len(), 1);
    assert_eq!(standing(&chain.till("S3", "T1")), Standing::Unconfirmed);
}
