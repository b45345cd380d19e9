//! A till with a true certificate and bad intentions: it signs what no till of ours would write, and hands it straight to
//! the server. What it says of its own store it may say; everybody else must go on as if it were not there.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use app::App;
use app::setup::Enrolling;
use ed25519_dalek::{Signer as _, SigningKey};
use fovea_server::Server;
use journal::{Certificate, Commit, DraftPart, Head, Header, Lane, Part, PartRef, RawRecord, header_hash, seal};
use model::ids::{Hash, Id};
use replica::{Lacking, ReplicaError};
use sync::proof::{self, Side};
use sync::wire::{Challenge, Message, Offer, TokenAnswer, TokenRequest};

use crate::dice::Dice;

/// Where it stands: a store of its own, so that its lies about trade are told from the truth of others.
pub const STORE: &str = "S9";
/// Most records that it takes from others' commits at once.
const MAX_TAKEN: i64 = 3;
/// Tries to make a commit that is one.
const MAX_TRIES: usize = 8;

pub struct Rogue {
    certificate: Certificate,
    key: SigningKey,
    chain: Vec<Vec<u8>>,
    organisation_key: [u8; 32],
    seq: u64,
    prev: Hash,
    /// The place before the last commit: what follows it twice is a fork.
    before: (u64, Hash),
}

fn said<T>(what: &str, outcome: Result<T, impl std::fmt::Display>) -> Result<T, String> {
    outcome.map_err(|error| format!("the rogue's {what}: {error}"))
}

impl Rogue {
    pub fn enrol(server: &Server, dice: &mut Dice) -> Result<Self, String> {
        let mut seeds = [[0; 32]; 2];
        seeds.iter_mut().for_each(|seed| dice.fill(seed));
        let [key, spare] = seeds.map(|seed| SigningKey::from_bytes(&seed));
        let enrolling = Enrolling {
            store: STORE,
            till: "T9",
            key: key.verifying_key().to_bytes(),
            spare: spare.verifying_key().to_bytes(),
        };
        let certificates = said(
            "enrolment",
            server.store.enrol(&enrolling).map_err(|refusal| refusal.message()),
        )?;
        let certificate = certificates
            .iter()
            .filter_map(|bytes| Certificate::from_bytes(bytes).ok())
            .find(|certificate| certificate.key == enrolling.key)
            .ok_or("the rogue has no certificate")?;
        Ok(Self {
            prev: certificate.id(),
            before: (0, certificate.id()),
            chain: vec![certificates[0].clone(), certificate.to_bytes()],
            certificate,
            key,
            organisation_key: server.organisation_key,
            seq: 0,
        })
    }

    pub fn device(&self) -> Id {
        self.certificate.device
    }

    /// Makes something up and offers it; what the server said, and whether it is what a server may say.
    pub fn act(&mut self, server: &Server, dice: &mut Dice) -> Result<String, String> {
        let stood = (self.seq, self.prev, self.before);
        let Some((what, commit)) = self.invent(&server.app, dice)? else {
            return Ok("nothing".to_owned());
        };
        let offered = self.offer(server, what, commit);
        // It builds on what the server holds: behind what was set aside, everything else would only wait.
        if self.seq > 0 && !self.is_held(&server.app)? {
            (self.seq, self.prev, self.before) = stood;
        }
        offered
    }

    /// Whether the server holds its last commit.
    fn is_held(&self, app: &App) -> Result<bool, String> {
        let (log, seq, last) = (self.certificate.log(Lane::All), self.seq, Id::of(&self.prev));
        app.replica()
            .read(|conn| Ok::<_, ReplicaError>(replica::chain::find(conn, log, seq, last)?.is_some()))
            .map_err(|error| format!("the rogue cannot read: {error}"))
    }

    fn offer(&self, server: &Server, what: String, commit: Commit) -> Result<String, String> {
        let post = |path: &str, body: &[u8], token: Option<&str>| {
            fovea_server::answer(server, path, body, token, IpAddr::V4(Ipv4Addr::LOCALHOST))
        };
        let ask = |path: &str, body: &[u8]| {
            post(path, body, None).map_err(|(status, told)| format!("the rogue is told {status} {}", told.message))
        };
        let challenge = said("challenge", Challenge::from_body(&ask("v1/challenge", &[])?))?;
        let nonce = [9; 32];
        let signature = proof::prove(Side::Till, &challenge.challenge(), &nonce, &self.certificate, &self.key);
        let request = TokenRequest::new(challenge.challenge(), nonce, self.chain.clone(), signature);
        let answer = ask("v1/token", &said("request", request.to_body())?)?;
        let token = said("token", TokenAnswer::from_body(&answer))?.token;
        debug_assert_eq!(challenge.organisation_key(), self.organisation_key);
        let lacking = Lacking {
            certificates: self.chain.clone(),
            logs: BTreeSet::from([self.certificate.log(Lane::All)]),
            commits: vec![commit],
            ..Lacking::default()
        };
        let offer = said("offer", Offer::new(&[], &lacking, 0, "rogue").to_body())?;
        match post("v1/sync", &offer, Some(&token)) {
            Ok(_) => Ok(format!("{what}: taken")),
            // A server that fails on what a stranger sends fails everybody.
            Err((status, told)) if status >= 500 => Err(format!("{what} makes the server fail: {}", told.message)),
            Err((status, _)) => Ok(format!("{what}: {status}")),
        }
    }

    fn header(&self, dice: &mut Dice) -> Header {
        let mut request = [0; 16];
        dice.fill(&mut request);
        let mut one = |of: &[i64]| dice.pick(of).copied().unwrap_or(0);
        let wall = one(&[1_774_852_200_000, 1_774_852_200_000, 0, i64::MIN, i64::MAX]);
        let skew = one(&[0, 0, i64::from(i32::MIN), i64::from(i32::MAX)]);
        let date = one(&[20_542, 20_542, 0, i64::from(i32::MIN), i64::from(i32::MAX)]);
        let level = one(&[1, 1, 1, 9]);
        Header {
            log: self.certificate.log(Lane::All),
            seq: self.seq + 1,
            prev: self.prev,
            after: Vec::new(),
            wall,
            skew: Some(skew as i32),
            date: date as i32,
            user: None,
            command: 1,
            request: Id(request),
            level: level as u16,
            parts: Vec::new(),
        }
    }

    fn invent(&mut self, app: &App, dice: &mut Dice) -> Result<Option<(String, Commit)>, String> {
        for _ in 0..MAX_TRIES {
            let mut header = self.header(dice);
            let what = dice.below(10);
            if what == 0 {
                // A gigabyte, says the header.
                header.parts = vec![PartRef {
                    hash: Hash([3; 32]),
                    length: 1_000_000_000,
                    unit: None,
                }];
                let header = header.to_bytes();
                let signature = self.key.sign(header_hash(&header).as_bytes()).to_bytes();
                let parts = vec![Some(vec![1, 2, 3])];
                return Ok(Some((
                    "a gigabyte".to_owned(),
                    Commit {
                        header,
                        signature,
                        parts,
                    },
                )));
            }
            if what == 1 {
                (header.seq, header.prev) = (self.before.0 + 1, self.before.1);
            }
            if what == 2 {
                header.after = vec![Head {
                    log: Id([0x55; 16]),
                    seq: 7,
                    hash16: Id([1; 16]),
                }];
            }
            let mut parts = Vec::new();
            if what == 2 {
                // Nothing else is wrong with it: it waits, until what it names is declared lost.
                parts.extend(future(dice));
            } else {
                for _ in 0..dice.between(1, 2) {
                    parts.extend(self.part(app, dice)?);
                }
            }
            let Ok((header, mut commit)) = seal(header, &parts, &self.key) else {
                continue;
            };
            if what == 3 {
                commit.signature[7] ^= 1;
                return Ok(Some(("a bad signature".to_owned(), commit)));
            }
            if what == 4
                && let Some(Some(bytes)) = commit.parts.first_mut()
                && let Some(byte) = bytes.get_mut(17)
            {
                *byte ^= 1;
                return Ok(Some(("another part".to_owned(), commit)));
            }
            let kinds: Vec<u16> = parts
                .iter()
                .flat_map(|part| &part.records)
                .map(|record| record.kind)
                .collect();
            if what == 2 {
                return Ok(Some((format!("{kinds:?} after nothing"), commit)));
            }
            if what > 4 {
                self.before = (self.seq, self.prev);
                (self.seq, self.prev) = (header.seq, commit.hash());
            }
            return Ok(Some((format!("{kinds:?}"), commit)));
        }
        Ok(None)
    }

    /// Records of others, changed, and some that nobody knows.
    fn part(&self, app: &App, dice: &mut Dice) -> Result<Option<DraftPart>, String> {
        let at = dice.draw();
        let own = self.certificate.store.unwrap_or(Id([0; 16]));
        let (taken, stores) = app
            .replica()
            .read(|conn| -> Result<_, ReplicaError> {
                let count: i64 = conn.query_row("SELECT COUNT(*) FROM part", [], |row| row.get(0))?;
                let offset = i64::try_from(at % count.max(1).unsigned_abs()).unwrap_or(0);
                let taken: (Option<Vec<u8>>, Option<Vec<u8>>) = conn.query_row(
                    "SELECT bytes, unit FROM part ORDER BY commit_row, part LIMIT 1 OFFSET ?",
                    [offset],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )?;
                let mut statement = conn.prepare("SELECT store FROM store")?;
                let stores = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
                Ok((taken, stores.collect::<Result<Vec<_>, _>>()?))
            })
            .map_err(|error| format!("the rogue cannot read: {error}"))?;
        let (Some(bytes), unit) = taken else { return Ok(None) };
        let Ok(part) = Part::from_bytes(&bytes) else {
            return Ok(None);
        };
        let mut records: Vec<RawRecord> = Vec::new();
        let wanted = dice.between(1, MAX_TAKEN) as usize;
        for record in part.records.iter().take(wanted) {
            let mut bytes = record.bytes.clone();
            for store in &stores {
                if dice.permille(900) {
                    replace(&mut bytes, store, &own.0);
                }
            }
            if dice.permille(500) {
                twist(&mut bytes, dice);
            }
            // What cannot even be read as a record is nothing to send.
            records.extend(RawRecord::from_bytes(bytes));
        }
        if dice.permille(100) {
            // `[999, 1]`: a kind of the future.
            records.extend(RawRecord::from_bytes(vec![0x82, 0x19, 0x03, 0xe7, 0x01]));
        }
        let mut salt = [0; 16];
        dice.fill(&mut salt);
        Ok((!records.is_empty()).then(|| DraftPart {
            unit: unit.as_deref().and_then(Id::from_slice),
            salt,
            records,
        }))
    }
}

/// A part with a record `[999, 1]`: a kind of the future.
fn future(dice: &mut Dice) -> Option<DraftPart> {
    let mut salt = [0; 16];
    dice.fill(&mut salt);
    Some(DraftPart {
        unit: None,
        salt,
        records: vec![RawRecord::from_bytes(vec![0x82, 0x19, 0x03, 0xe7, 0x01]).ok()?],
    })
}

fn replace(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    for at in 0..bytes.len().saturating_sub(from.len() - 1) {
        if &bytes[at..at + from.len()] == from {
            bytes[at..at + from.len()].copy_from_slice(to);
        }
    }
}

/// Puts another number in the place of one of a CBOR item's.
fn twist(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let mut numbers = Vec::new();
    let mut at = 0;
    while let Some(first) = bytes.get(at).copied() {
        let (major, info) = (first >> 5, first & 31);
        let more = match info {
            0..24 => 0,
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => return,
        };
        let Some(value) = bytes.get(at + 1..at + 1 + more) else {
            return;
        };
        let value = if more == 0 {
            u64::from(info)
        } else {
            value.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
        };
        let end = at + 1 + more;
        match major {
            0 | 1 => numbers.push(at..end),
            2 | 3 => at += usize::try_from(value).unwrap_or(bytes.len()),
            _ => {}
        }
        at += 1 + more;
    }
    // The first number is the kind; now and then it is another.
    let from = usize::from(!dice.permille(50)).min(numbers.len());
    let Some(range) = dice.pick(&numbers[from..]).cloned() else {
        return;
    };
    let number: &[u8] = match dice.below(6) {
        0 => &[0x00],
        1 => &[0x20],
        2 => &[0x1b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        3 => &[0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        4 => &[0x1b, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        _ => &[0x1a, 0x7f, 0xff, 0xff, 0xff],
    };
    bytes.splice(range, number.iter().copied());
}
