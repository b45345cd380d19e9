//! Where logs end: a closing leaves standing what it names and what was taken before anybody knew; lost commits are not
//! waited for, and taken when they turn up.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::{Device, NOW, Pen, TODAY, certificate, spare};
use fovea_replica::{Appended, Context, Draft, Replica, ReplicaError, Signer, stopped};
use journal::{Certificate, Commit, Head, Header, Lane, Lanes, Subject};
use model::ids::Id;
use model::records::{CommitLost, KeyClosed, LogClosed, LogExtended, Record};

fn control(office: &Device, record: impl Into<Record> + Send + 'static) {
    let request = Id([office.count("SELECT COUNT(*) FROM commit_log") as u8; 16]);
    office
        .replica
        .write(move |tx| {
            let context = Context {
                command: 150,
                request,
                user: None,
                wall: NOW,
                skew: None,
                date: TODAY,
            };
            let mut draft = Draft::new(Lane::Control, context);
            draft.add(record);
            tx.append(draft)
        })
        .unwrap();
}

fn close_after(office: &Device, last: &Appended) {
    control(
        office,
        LogClosed {
            log: last.log,
            seq: last.seq,
            hash16: Id::of(&last.hash),
            reason: "stolen".into(),
        },
    );
}

fn sales(device: &Device) -> i64 {
    device.count("SELECT COUNT(*) FROM sale")
}

fn waiting(device: &Device) -> i64 {
    device.count("SELECT COUNT(*) FROM waiting")
}

#[test]
fn a_thief_sells_on_and_nobody_takes_it() {
    let (office, store_1, thief) = (Device::new(0), Device::new(1), Device::new(2));
    thief.sell(1);
    let last = thief.sell(2);
    office.take_all(&thief);
    close_after(&office, &last);
    store_1.take_all(&office);
    thief.sell(3);
    let named = thief.all();
    for device in [&office, &store_1] {
        device.take(named.commits.clone());
        assert_eq!((sales(device), waiting(device)), (2, 1));
        assert_eq!(device.texts("SELECT missing FROM waiting"), ["closed"]);
        assert_eq!(device.vector().iter().find(|tip| tip.log == last.log).unwrap().seq, 2);
    }
    // Once the thief's till hears of it, it writes no more.
    thief.take_all(&office);
    let refused = thief.commit(|draft| {
        draft.add(common::movement(2, 1));
    });
    assert!(matches!(refused, Err(ReplicaError::Stopped(_))), "{refused:?}");
}

#[test]
fn who_took_late_commits_before_it_heard_says_so_and_all_follow() {
    let (office, store_1, store_3, late) = (Device::new(0), Device::new(1), Device::new(3), Device::new(2));
    let last = late.sell(1);
    office.take_all(&late);
    late.sell(2);
    late.sell(3);
    // Store 1 has them already; office closes the till without knowing; store 3 hears of the closing first.
    store_1.take_all(&late);
    close_after(&office, &last);
    store_3.take_all(&office);
    store_3.take(late.all().commits);
    assert_eq!((sales(&store_3), waiting(&store_3)), (1, 2));
    store_1.take_all(&office);
    assert_eq!(store_1.count("SELECT COUNT(*) FROM late_taken"), 1);
    store_3.take_all(&store_1);
    office.take_all(&store_1);
    for device in [&office, &store_3, &store_1] {
        assert_eq!((sales(device), waiting(device)), (3, 0));
    }
    Device::settle(&[&office, &store_1, &store_3, &late]);
    assert_eq!(office.digest(), store_3.digest());
    assert_eq!(office.digest(), store_1.digest());
    assert_eq!(office.digest(), late.digest());
    assert_eq!(
        office.count("SELECT COUNT(*) FROM late_taken"),
        1,
        "nobody repeats what was said"
    );
}

#[test]
fn a_thief_with_two_logs_does_not_vouch_for_itself() {
    let (office, store_1, thief) = (Device::new(0), Device::new(1), Device::new(2));
    let last = thief.sell(1);
    office.take_all(&thief);
    close_after(&office, &last);
    store_1.take_all(&office);
    let late = thief.sell(2);
    // The spare's log names the late sale.
    let mut pen = Pen::of(spare(2), Lane::All);
    let header = Header {
        after: vec![Head {
            log: late.log,
            seq: late.seq,
            hash16: Id::of(&late.hash),
        }],
        ..pen.header()
    };
    let raw: Vec<_> = common::sale(2, 7).iter().map(common::raw).collect();
    let vouching = pen.write(header, None, &raw);
    let mut commits = thief.all().commits;
    commits.push(vouching.clone());
    for device in [&store_1, &office] {
        device
            .replica
            .merge(vec![spare(2).certificate.to_bytes()], commits.clone(), "peer", NOW)
            .unwrap();
        assert_eq!((sales(device), waiting(device)), (1, 2));
    }
    // An honest till that has both vouches for both.
    let honest = Device::new(3);
    honest.take(thief.all().commits);
    honest
        .replica
        .merge(vec![spare(2).certificate.to_bytes()], vec![vouching], "peer", NOW)
        .unwrap();
    honest.sell(4);
    store_1.take_all(&honest);
    assert_eq!((sales(&store_1), waiting(&store_1)), (4, 0));
}

/// Two stolen tills that sell on together: what waits behind something is as late as what waits for the closing.
#[test]
fn two_thieves_do_not_vouch_for_each_other() {
    let (office, one, two) = (Device::new(0), Device::new(1), Device::new(2));
    let lasts = [one.sell(1), two.sell(2)];
    for (thief, last) in [&one, &two].into_iter().zip(&lasts) {
        office.take_all(thief);
        close_after(&office, last);
    }
    let honest = Device::new(3);
    honest.take_all(&office);
    for number in [3, 5] {
        one.sell(number);
        two.take(one.all().commits);
        two.sell(number + 1);
        one.take(two.all().commits);
    }
    for device in [&office, &honest] {
        device.take(two.all().commits);
        device.take(one.all().commits);
        assert_eq!((sales(device), waiting(device)), (2, 4));
    }
}

#[test]
fn head_office_extends_a_closed_log() {
    let (office, store_1, honest) = (Device::new(0), Device::new(1), Device::new(2));
    let last = honest.sell(1);
    office.take_all(&honest);
    close_after(&office, &last);
    let late = honest.sell(2);
    store_1.take_all(&office);
    store_1.take(honest.all().commits);
    assert_eq!((sales(&store_1), waiting(&store_1)), (1, 1));
    control(
        &office,
        LogExtended {
            log: late.log,
            seq: late.seq,
            hash16: Id::of(&late.hash),
            reason: "an honest till that was late".into(),
        },
    );
    store_1.take_all(&office);
    assert_eq!((sales(&store_1), waiting(&store_1)), (2, 0));
    office.take_all(&store_1);
    assert_eq!(office.digest(), store_1.digest());
}

#[test]
fn a_log_of_which_nothing_stands() {
    let (office, stolen) = (Device::new(0), Device::new(2));
    let own = certificate(2);
    control(
        &office,
        LogClosed {
            log: own.log(Lane::All),
            seq: 0,
            hash16: Id::of(&own.id()),
            reason: "never used".into(),
        },
    );
    stolen.sell(1);
    office.take_all(&stolen);
    assert_eq!((sales(&office), waiting(&office)), (0, 1));
}

#[test]
fn what_burnt_with_a_till_and_its_relay_is_declared_lost_and_taken_when_it_turns_up() {
    let (office, burnt, witness) = (Device::new(0), Device::new(2), Device::new(1));
    burnt.sell(1);
    let lost = burnt.sell(2);
    witness.take_all(&burnt);
    witness.sell(3);
    // Only what the witness wrote itself reaches head office.
    let own = certificate(1).log(Lane::All);
    let commits: Vec<_> = witness
        .all()
        .commits
        .into_iter()
        .filter(|commit| journal::Header::from_bytes(&commit.header).unwrap().log == own)
        .collect();
    office.take(commits);
    assert_eq!((sales(&office), waiting(&office)), (0, 1));
    control(
        &office,
        CommitLost {
            log: lost.log,
            seq: lost.seq,
            hash16: Id::of(&lost.hash),
            reason: "the shop burnt".into(),
        },
    );
    office.take(Vec::new());
    assert_eq!((sales(&office), waiting(&office)), (1, 0));
    office.digest();
    // A backup of the burnt till is found.
    office.take_all(&burnt);
    assert_eq!(sales(&office), 3);
    witness.take_all(&office);
    assert_eq!(office.digest(), witness.digest());
}

/// A server that the organisation certified, and tills that it certified.
struct Broken {
    server: Signer,
    good: Pen,
    rogue: Pen,
    rogue_signer: Signer,
}

impl Broken {
    fn new() -> Self {
        let subject = |device: u8, of: &ed25519_dalek::SigningKey, lanes: Lanes| Subject {
            organisation: certificate(0).organisation,
            device: Id([device; 16]),
            key: of.verifying_key().to_bytes(),
            store: (device != 0x60).then(|| common::store(device)),
            till: if device == 0x60 { String::new() } else { "T9".into() },
            letter: if device == 0x60 { String::new() } else { "A".into() },
            reads: Lanes::of(&common::TILL),
            writes: lanes,
        };
        let (office, good, rogue) = (common::key(0x60), common::key(0x61), common::key(0x62));
        let server = Certificate::issue(
            subject(0x60, &office, Lanes::of(&[Lane::Control]).with_enrol()),
            &common::root(),
        );
        let till = |device, key: &ed25519_dalek::SigningKey| Signer {
            certificate: Certificate::issue(subject(device, key, Lanes::of(&[Lane::All])), &office),
            key: key.clone(),
        };
        let (good, rogue) = (till(1, &good), till(2, &rogue));
        Self {
            server: Signer {
                certificate: server,
                key: office,
            },
            good: Pen::of(good, Lane::All),
            rogue: Pen::of(rogue.clone(), Lane::All),
            rogue_signer: rogue,
        }
    }

    fn certificates(&self) -> Vec<Vec<u8>> {
        let all = [
            &self.server.certificate,
            &self.good.certificate,
            &self.rogue.certificate,
        ];
        all.map(Certificate::to_bytes).to_vec()
    }

    fn give(&self, device: &Device, commits: Vec<Commit>) {
        device.replica.merge(self.certificates(), commits, "peer", NOW).unwrap();
    }

    /// Closes the server's key; of what it signed the good till alone stands.
    fn closed(&self) -> KeyClosed {
        KeyClosed {
            key: self.server.certificate.key,
            standing: vec![Id::of(&self.good.certificate.id())],
            reason: "broken into".into(),
        }
    }
}

#[test]
fn of_a_server_that_was_broken_into_only_what_is_listed_stands() {
    let mut broken = Broken::new();
    let (office, store_1, early) = (Device::new(0), Device::new(1), Device::new(3));
    // A till that was made by the thief sells; one store has taken it before anybody knew.
    let first = broken.rogue.records(&common::sale(2, 1));
    broken.give(&early, vec![first.clone()]);
    control(&office, broken.closed());
    let before = broken.good.records(&common::sale(1, 1));
    let second = broken.rogue.records(&common::sale(2, 2));
    for device in [&office, &store_1] {
        device.take_all(&office);
        broken.give(device, vec![before.clone(), first.clone(), second.clone()]);
        assert_eq!((sales(device), waiting(device)), (1, 2), "the good till's alone");
    }
    // The third says that it took the first one, and all follow; the second nobody took.
    early.take_all(&office);
    broken.give(&early, vec![before, second]);
    assert_eq!(early.count("SELECT COUNT(*) FROM late_taken"), 1);
    for device in [&office, &store_1] {
        device.take_all(&early);
    }
    for device in [&office, &store_1, &early] {
        assert_eq!((sales(device), waiting(device)), (2, 1));
        assert_eq!(device.digest(), office.digest());
    }
    // Its own till is told to stop, and no key of that server closes another.
    let folder = tempfile::TempDir::new().unwrap();
    let mut certificates = common::certificates();
    certificates.extend(broken.certificates());
    let key = common::root().verifying_key().to_bytes();
    let till = Replica::create(folder.path(), key, &certificates, Some(broken.rogue_signer.clone())).unwrap();
    till.merge(Vec::new(), office.all().commits, "peer", NOW).unwrap();
    let stopped = till
        .read(|conn| stopped(conn, &broken.rogue_signer.certificate))
        .unwrap();
    assert!(stopped.is_some_and(|why| why.contains("trusts the server no more")));
    // A later record lists one more: it stands from then on.
    let rogue = Id::of(&broken.rogue_signer.certificate.id());
    control(
        &office,
        KeyClosed {
            standing: vec![rogue],
            ..broken.closed()
        },
    );
    assert_eq!((sales(&office), waiting(&office)), (3, 0));
}

#[test]
fn who_is_certified_by_a_server_closes_no_key() {
    let broken = Broken::new();
    let office = Device::new(0);
    let mut pen = Pen::of(broken.server.clone(), Lane::Control);
    let forged = pen.records(&[broken.closed().into()]);
    // The server's own certificate is the organisation's: it may. A till of the server with the lane may not.
    broken.give(&office, vec![forged]);
    assert_eq!(office.count("SELECT COUNT(*) FROM key_closed"), 1);
    let till = Certificate::issue(
        Subject {
            organisation: certificate(0).organisation,
            device: Id([0x63; 16]),
            key: common::key(0x63).verifying_key().to_bytes(),
            store: None,
            till: String::new(),
            letter: String::new(),
            reads: Lanes::of(&common::TILL),
            writes: Lanes::of(&[Lane::Control]),
        },
        &broken.server.key,
    );
    let mut pen = Pen::of(
        Signer {
            certificate: till.clone(),
            key: common::key(0x63),
        },
        Lane::Control,
    );
    let mut closed = broken.closed();
    closed.key = [7; 32];
    let forged = pen.records(&[closed.into()]);
    let other = Device::new(0);
    other
        .replica
        .merge(
            vec![broken.server.certificate.to_bytes(), till.to_bytes()],
            vec![forged],
            "peer",
            NOW,
        )
        .unwrap();
    assert_eq!(other.count("SELECT COUNT(*) FROM key_closed"), 0);
    assert_eq!(other.texts("SELECT code FROM aside"), ["forbidden_record"]);
}
