//! A device that was copied or restored writes its log twice: both branches count, everywhere alike, and the device stops.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::{Device, NOW, Pen, sale, signer, spare};
use fovea_replica::{ReplicaError, Witness};
use journal::Lane;
use model::ids::Id;
use proptest::prelude::*;

fn assert_alike(devices: &[&Device]) {
    let first = devices[0];
    let (vector, rows, digest) = (first.vector(), first.rows(), first.digest());
    for other in &devices[1..] {
        assert_eq!(other.vector(), vector);
        assert_eq!(other.rows(), rows);
        assert_eq!(other.digest(), digest);
        assert_eq!(other.count("SELECT COUNT(*) FROM waiting"), 0);
        assert_eq!(other.count("SELECT COUNT(*) FROM aside"), 0);
    }
}

#[test]
fn a_cloned_till_sells_on_both_machines_and_both_count_once_everywhere() {
    let (till, store_1, office) = (Device::new(2), Device::new(1), Device::new(0));
    till.sell(1);
    till.sell(2);
    let clone = till.copied();
    till.sell(3);
    till.sell(4);
    clone.sell(5);
    // The branches travel by two ways that meet late.
    store_1.take_all(&till);
    office.take_all(&clone);
    assert_eq!(store_1.sell(1).seq, 1);
    assert_eq!(office.count("SELECT COUNT(*) FROM sale"), 3);
    Device::settle(&[&till, &clone, &store_1, &office]);
    assert_alike(&[&office, &store_1, &till, &clone]);
    assert_eq!(office.count("SELECT COUNT(*) FROM sale"), 6);
    assert_eq!(
        office.count("SELECT COUNT(*) FROM log WHERE parent IS NOT NULL"),
        2,
        "what was common, and two branches"
    );
    for stopped in [&till, &clone] {
        let refused = stopped.commit(|draft| {
            draft.add(common::movement(2, 1));
        });
        assert!(matches!(refused, Err(ReplicaError::Stopped(_))), "{refused:?}");
    }
}

#[test]
fn a_till_that_is_only_behind_takes_its_own_log_and_goes_on() {
    let (till, office) = (Device::new(2), Device::new(0));
    till.sell(1);
    let yesterday = till.copied();
    till.sell(2);
    office.take_all(&till);
    drop(till);
    yesterday.take_all(&office);
    assert_eq!(yesterday.sell(3).seq, 3);
    Device::settle(&[&yesterday, &office]);
    assert_alike(&[&office, &yesterday]);
    assert_eq!(office.count("SELECT COUNT(*) FROM log WHERE parent IS NOT NULL"), 0);
}

#[test]
fn a_fork_at_the_very_first_commit_and_a_fork_within_a_branch() {
    let (one, office, store_1) = (Device::new(2), Device::new(0), Device::new(1));
    let two = Device::new(2);
    one.sell(1);
    two.sell(2);
    two.sell(3);
    let three = two.copied();
    two.sell(4);
    three.sell(5);
    three.sell(6);
    office.take_all(&three);
    office.take_all(&one);
    store_1.take_all(&two);
    Device::settle(&[&one, &two, &three, &office, &store_1]);
    assert_alike(&[&office, &store_1, &one, &two, &three]);
    assert_eq!(office.count("SELECT COUNT(*) FROM sale"), 6);
}

#[test]
fn a_forked_till_goes_on_under_its_spare_and_a_forked_spare_stops_it() {
    let (till, office) = (Device::new(2), Device::new(0));
    for device in [&till, &office] {
        device
            .replica
            .merge(vec![spare(2).certificate.to_bytes()], Vec::new(), "test", NOW)
            .unwrap();
    }
    till.sell(1);
    let clone = till.copied();
    till.replica.guard(Some(spare(2)), None).unwrap();
    clone.replica.guard(Some(spare(2)), None).unwrap();
    till.sell(2);
    clone.sell(3);
    Device::settle(&[&till, &clone, &office]);
    let on_spare = till.sell(4);
    assert_eq!(on_spare.seq, 1);
    assert_eq!(on_spare.log, spare(2).certificate.log(Lane::All));
    // The clone carries the same spare.
    clone.sell(5);
    Device::settle(&[&till, &clone, &office]);
    assert_alike(&[&office, &till, &clone]);
    assert_eq!(office.count("SELECT COUNT(*) FROM sale"), 5);
    let refused = till.commit(|draft| {
        draft.add(common::movement(2, 1));
    });
    assert!(matches!(refused, Err(ReplicaError::Stopped(_))), "{refused:?}");
}

#[test]
fn an_old_copy_put_back_is_noticed_by_its_witness_before_it_writes() {
    let witness_folder = tempfile::tempdir().unwrap();
    let witness = Witness::new(witness_folder.path());
    let till = Device::new(2);
    till.replica
        .merge(vec![spare(2).certificate.to_bytes()], Vec::new(), "test", NOW)
        .unwrap();
    till.replica.guard(Some(spare(2)), Some(witness.clone())).unwrap();
    till.sell(1);
    let yesterday = till.copied();
    till.sell(2);
    drop(till);
    // Without a witness it would write the second sale again.
    yesterday.replica.guard(Some(spare(2)), Some(witness)).unwrap();
    let sold = yesterday.sell(3);
    assert_eq!((sold.seq, sold.log), (1, spare(2).certificate.log(Lane::All)));
}

#[test]
fn a_torn_witness_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let till = Device::new(2);
    let log = signer(2).certificate.log(Lane::All);
    std::fs::write(folder.path().join(log.to_string()), "12 abc").unwrap();
    till.replica.guard(None, Some(Witness::new(folder.path()))).unwrap();
    assert_eq!(till.sell(1).seq, 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// However often a log forks, and in whatever order its commits arrive: the same chains, rows and digest, and `verify`
    /// finds nothing.
    #[test]
    fn chains_are_a_function_of_the_set(
        parents in prop::collection::vec(0usize..6, 1..10),
        order in Just((0usize..10).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        // A tree: commit i follows one of those before it, or begins the log.
        let mut written: Vec<(journal::Commit, u64)> = Vec::new();
        for (number, parent) in parents.iter().enumerate() {
            let mut pen = Pen::new(2, Lane::All);
            if let Some((before, seq)) = number.checked_sub(1).and_then(|last| written.get((*parent).min(last))) {
                pen.prev = before.hash();
                pen.seq = seq + 1;
            }
            let seq = pen.seq;
            let mut header = pen.header();
            header.request = Id([number as u8; 16]);
            let raw: Vec<_> = sale(2, number as i64 + 1).iter().map(common::raw).collect();
            written.push((pen.write(header, None, &raw), seq));
        }
        let (straight, shuffled) = (Device::new(1), Device::new(1));
        straight.take(written.iter().map(|(commit, _)| commit.clone()).collect());
        for number in order {
            if let Some((commit, _)) = written.get(number) {
                shuffled.take(vec![commit.clone()]);
            }
        }
        prop_assert_eq!(straight.vector(), shuffled.vector());
        prop_assert_eq!(straight.rows(), shuffled.rows());
        prop_assert_eq!(straight.digest(), shuffled.digest());
        prop_assert_eq!(straight.count("SELECT COUNT(*) FROM commit_log"), written.len() as i64);
    }
}

#[test]
fn a_till_that_forks_its_log_a_thousand_times_stops_nobody() {
    let (office, honest) = (Device::new(0), Device::new(1));
    let flood: Vec<_> = (0..1_100u16)
        .map(|number| {
            let mut pen = Pen::new(2, Lane::All);
            let mut header = pen.header();
            let mut request = [9; 16];
            request[..2].copy_from_slice(&number.to_be_bytes());
            header.request = Id(request);
            pen.write(header, None, &[common::raw(&common::movement(2, 1).into())])
        })
        .collect();
    office.take(flood.clone());
    assert_eq!(office.count("SELECT COUNT(*) FROM commit_log"), 1_100);
    // The same again, and an honest sale beside it.
    honest.sell(1);
    let mut again = flood;
    again.extend(honest.all().commits);
    assert_eq!(office.take(again).held, 1);
    assert_eq!(office.count("SELECT COUNT(*) FROM sale"), 1);
}
