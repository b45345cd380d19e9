//! Messages of sync: the first byte says which one the rest is read as.

use std::fmt::Debug;

use journal::Commit;
use sync::copy::{Piece, PieceRequest};
use sync::packed::{Columns, Unpacked};
use sync::stated::Statements;
use sync::wire::{BringRequest, Challenge, EnrolAnswer, EnrolRequest, Message, Offer, TokenAnswer, TokenRequest};

/// Reads a body of one kind of message; what reads is written back as it was.
type Read = fn(&[u8]);

fn plain_as<M: Message + PartialEq + Debug>(plain: &[u8]) {
    if let Ok(message) = M::from_plain(plain) {
        assert_eq!(message.to_plain().as_deref(), Ok(plain), "a message in a second form");
    }
}

fn body_as<M: Message + PartialEq + Debug>(body: &[u8]) {
    if let Ok(message) = M::from_body(body) {
        let again = message.to_body().expect("what was read can be sent");
        assert_eq!(M::from_body(&again).as_ref(), Ok(&message));
    }
}

fn offer(plain: &[u8]) {
    plain_as::<Offer>(plain);
    if let Ok(offer) = Offer::from_plain(plain) {
        let (tips, commits) = (offer.vector().len(), offer.commits());
        assert!(tips <= sync::limits::MAX_TIPS && commits <= sync::limits::MAX_COMMITS);
        if let Ok((_, unpacked)) = offer.unpack() {
            assert_eq!(unpacked.commits.len() + unpacked.unreadable.len(), commits);
        }
    }
}

const PLAIN: [Read; 10] = [
    offer,
    plain_as::<Challenge>,
    plain_as::<TokenRequest>,
    plain_as::<TokenAnswer>,
    plain_as::<EnrolRequest>,
    plain_as::<EnrolAnswer>,
    plain_as::<BringRequest>,
    plain_as::<Statements>,
    plain_as::<PieceRequest>,
    plain_as::<Piece>,
];
const BODY: [Read; 10] = [
    body_as::<Offer>,
    body_as::<Challenge>,
    body_as::<TokenRequest>,
    body_as::<TokenAnswer>,
    body_as::<EnrolRequest>,
    body_as::<EnrolAnswer>,
    body_as::<BringRequest>,
    body_as::<Statements>,
    body_as::<PieceRequest>,
    body_as::<Piece>,
];

fn choose(readers: &[Read; 10], input: &[u8]) {
    if let Some((which, rest)) = input.split_first() {
        readers[usize::from(*which) % readers.len()](rest);
    }
}

pub fn plain(input: &[u8]) {
    choose(&PLAIN, input);
}

pub fn frame(input: &[u8]) {
    choose(&BODY, input);
}

/// The commits of a message as they were packed; what comes of them can be packed again, and is no more than a message holds.
pub fn packed(input: &[u8]) {
    let Ok(columns) = minicbor::decode::<Columns>(input) else {
        return;
    };
    if let Ok(unpacked) = columns.unpack() {
        let size = |commit: &Commit| commit.header.len() + commit.parts.iter().flatten().map(Vec::len).sum::<usize>();
        assert!(unpacked.commits.iter().map(size).sum::<usize>() <= sync::limits::MAX_PLAIN);
        comes_back(&unpacked.commits);
    }
}

/// Commits, each behind its length: whatever they are, they come back.
pub fn packing(mut input: &[u8]) {
    let mut commits = Vec::new();
    while let Some((length, rest)) = input.split_at_checked(2) {
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let (bytes, rest) = rest.split_at(length.min(rest.len()));
        commits.extend(Commit::from_bytes(bytes));
        input = rest;
    }
    comes_back(&commits);
}

fn comes_back(commits: &[Commit]) {
    let Unpacked {
        commits: back,
        unreadable,
    } = Columns::pack(commits).unpack().expect("what is packed unpacks");
    assert_eq!(back, commits, "commits come back as others");
    assert!(unreadable.is_empty());
}
