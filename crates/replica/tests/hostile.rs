//! Small commits that claim to be large: the memory of the program stays as it was. Alone in its file, because the peak of
//! memory is the whole process's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::{Device, Pen, key, named, part_of, sign};
use journal::{Commit, Header, Lane, PartRef};
use model::ids::Hash;
use model::records::Record;

fn peak_kilobytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// CBOR arrays and texts whose heads promise what does not follow.
fn claims() -> Vec<Vec<u8>> {
    let honest = Record::from(named(1, "x")).to_bytes();
    let operations = honest
        .windows(6)
        .rposition(|window| window == b"\x81\x83\x64nam")
        .unwrap();
    let mut claims = Vec::new();
    for count in [512u32, 4_000_000, u32::MAX] {
        let mut record = honest.clone();
        record.splice(
            operations..=operations,
            [vec![0x9a], count.to_be_bytes().to_vec()].concat(),
        );
        claims.push(record);
    }
    // Another field of the record claims 2^40 entries; and the record itself does.
    let mut record = honest.clone();
    record.splice(operations..=operations, [0x9b, 0, 0, 1, 0, 0, 0, 0, 0]);
    claims.push(record);
    let mut record = honest;
    record.splice(0..1, [0x9b, 0, 0, 1, 0, 0, 0, 0, 0]);
    claims.push(record);
    // A change that does hold as many operations as a part has room for: some 52,000.
    let most = (256 * 1024 - 256) / OPERATION.len();
    let mut record = honest_without_operations();
    record.push(0x99);
    record.extend(u16::try_from(most).unwrap().to_be_bytes());
    record.extend(OPERATION.repeat(most));
    claims.push(record);
    // Arrays within arrays, as deep as a part is long: who reads them by calling itself runs out of stack.
    let mut record = honest_without_operations();
    record.extend([0x81; 250 * 1024]);
    record.push(0x80);
    claims.push(record);
    claims
}

/// `["f", 0, []]`.
const OPERATION: &[u8] = b"\x83\x61f\x00\x80";

fn honest_without_operations() -> Vec<u8> {
    let mut record = Record::from(named(1, "x")).to_bytes();
    let operations = record.windows(6).rposition(|window| window == b"\x81\x83\x64nam");
    record.truncate(operations.unwrap());
    record
}

#[test]
fn claims_of_size_cost_nothing() {
    let device = Device::new(1);
    device.sell(1);
    let before = peak_kilobytes();
    let mut pen = Pen::new(2, Lane::All);
    let mut commits: Vec<Commit> = claims()
        .into_iter()
        .map(|claim| pen.forge(pen.header(), part_of(&[claim])))
        .collect();
    let held = commits.len();
    let huge = |length| Header {
        parts: vec![PartRef {
            hash: Hash([7; 32]),
            length,
            unit: None,
        }],
        ..pen.header()
    };
    commits.push(sign(&huge(1 << 30), vec![0; 8], &key(0x42)));
    commits.push(sign(&huge(256 * 1024), vec![0; 8], &key(0x42)));
    let merged = device.take(commits);
    assert_eq!(
        (merged.held, merged.opaque, merged.aside, merged.waiting),
        (held, held, 2, 0)
    );
    // Bytes that claim more than they are, as a peer would send them.
    for wire in [
        &b"\x83\x5a\x40\x00\x00\x00abc"[..],
        b"\x83\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x9f",
        b"",
    ] {
        assert!(Commit::from_bytes(wire).is_err());
    }
    device.sell(2);
    let (Some(before), Some(after)) = (before, peak_kilobytes()) else {
        eprintln!("SKIPPED: /proc/self/status does not tell the peak of memory here");
        return;
    };
    assert!(after - before < 24 * 1024, "{} KB more", after - before);
}
