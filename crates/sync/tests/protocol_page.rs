//! docs/SYNC_PROTOCOL.md says what the golden files and the code say.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::{golden, hex, key, of_journal, unhex};
use ed25519_dalek::{Signature, VerifyingKey};
use fovea_sync::limits;
use model::ids::{Hash, HashUse, Id};

fn page() -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/SYNC_PROTOCOL.md");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The blocks marked with a file's name, without their remarks.
fn blocks(page: &str) -> Vec<(String, Vec<u8>)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("```text ") {
            let block = lines.by_ref().take_while(|line| *line != "```");
            let bare: Vec<&str> = block.map(|line| line.split('#').next().unwrap_or_default()).collect();
            blocks.push((name.to_owned(), unhex(&bare.join("\n"))));
        }
    }
    blocks
}

#[test]
fn the_examples_are_the_golden_files() {
    let page = page();
    let blocks = blocks(&page);
    let names: Vec<&str> = blocks.iter().map(|(name, _)| name.as_str()).collect();
    let shown = [
        "challenge.hex",
        "token_request.hex",
        "token_answer.hex",
        "enrol_request.hex",
        "bring_request_without_spare.hex",
        "empty_offer.hex",
        "offer.hex",
        "packed.hex",
    ];
    assert_eq!(names, shown);
    for (name, block) in &blocks {
        assert_eq!(hex(block), hex(&golden(name)), "{name}");
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(page.contains(&name), "{name} is not on the page");
    }
}

#[test]
fn the_numbers_are_the_limits() {
    // As running text: neither thousands separators nor line ends matter.
    let page = page().replace(',', "").split_whitespace().collect::<Vec<_>>().join(" ");
    let minutes = |ms: i64| usize::try_from(ms / 60_000).unwrap();
    for (sentence, limit) in [
        ("| `/v1/sync` | yes | Offer | {} bytes", limits::MAX_BODY),
        ("at most {} bytes packed", limits::MAX_BODY),
        ("packed and {} unpacked", limits::MAX_PLAIN),
        ("a window of at most {} MiB", (1 << limits::WINDOW_LOG) / (1024 * 1024)),
        ("certificate has at most {} bytes", journal::limits::MAX_CERTIFICATE),
        ("more than {} is no commit", journal::limits::MAX_COMMIT_WIRE),
        ("at most {} bytes and a reader stops before", limits::MAX_PLAIN),
        ("array of 1 to {} certificates issuers first", limits::MAX_CHAIN),
        ("vector | array of 0 to {} [log", limits::MAX_TIPS),
        ("certificates | array of 0 to {} certificates", limits::MAX_CERTIFICATES),
        ("commits | columns of 0 to {} commits", limits::MAX_COMMITS),
        ("ladders | array of 0 to {} [log", replica::MAX_LADDERS),
        ("array of 0 to {} [seq", replica::MAX_RUNGS),
        ("wants | array of 0 to {} [log", replica::MAX_WANTS),
        ("at most {} bytes of a file", limits::PIECE_BYTES),
        (
            "kept | array of 0 to {} [certificate",
            replica::statement::MAX_STATEMENTS,
        ),
        (
            "statements | array of 0 to {} statements",
            replica::statement::MAX_PASSED_ON,
        ),
        ("text 0 to {} bytes no control", limits::MAX_SOFTWARE),
        ("At most {} bytes of commits in one offer", limits::BATCH_BYTES),
        ("at most {} bytes. `code` is stable", limits::MAX_TOLD),
        (
            "good for {} seconds by the server's clock",
            usize::try_from(limits::CHALLENGE_LIFE / 1_000).unwrap(),
        ),
        ("good for {} minutes by the server's clock", minutes(limits::TOKEN_LIFE)),
        ("A code is good for {} hours", minutes(limits::CODE_LIFE) / 60),
        ("Connecting: {} s", usize::try_from(limits::CONNECT.as_secs()).unwrap()),
        ("An answer: {} s", usize::try_from(limits::ANSWER.as_secs()).unwrap()),
        ("gives up after {} s", usize::try_from(limits::STALL.as_secs()).unwrap()),
        (
            "doubling up to {} s",
            usize::try_from(limits::LONGEST_PAUSE.as_secs()).unwrap(),
        ),
        (
            "asks every {} seconds",
            usize::try_from(limits::POLL.as_secs()).unwrap(),
        ),
    ] {
        let sentence = sentence.replace("{}", &limit.to_string());
        assert!(page.contains(&sentence), "{sentence}");
    }
    for (sentence, limit) in [
        ("or every {} while it hears", limits::POLL_LISTENING.as_secs()),
        ("at least every {} seconds;", limits::LISTEN_BEAT.as_secs()),
        ("ends the answer after {} seconds", limits::LISTEN_LIFE.as_secs()),
        ("A line has at most {} bytes", limits::MAX_EVENT),
    ] {
        let sentence = sentence.replace("{}", &limit.to_string());
        assert!(page.contains(&sentence), "{sentence}");
    }
    assert!(page.contains(&format!("It is version {}.", limits::VERSION)));
    assert_eq!(limits::FIRST_PAUSE.as_millis(), 100);
}

/// As a stranger would do it: from the page's words, with BLAKE3 and Ed25519 alone.
#[test]
fn the_proofs_are_what_the_page_says() {
    let page = page();
    let request = golden("token_request.hex");
    let (challenge, nonce) = (&request[4..76], &request[78..110]);
    let sides = [
        (
            "fovea 2026 sync: a device asks for a token",
            "certificate.hex",
            3,
            "token_request.hex",
        ),
        (
            "fovea 2026 sync: a server proves itself",
            "enrolling_certificate.hex",
            2,
            "token_answer.hex",
        ),
    ];
    for (context, certificate, seed, message) in sides {
        assert!(page.contains(&format!("`{context}`")), "{context}");
        let certificate = of_journal(certificate);
        let id = blake3::derive_key("fovea 2026 certificate", &certificate[..certificate.len() - 66]);
        let signed = blake3::derive_key(context, &[challenge, nonce, &id].concat());
        let message = golden(message);
        let signature: [u8; 64] = message[message.len() - 64..].try_into().unwrap();
        let key = VerifyingKey::from_bytes(&key(seed).verifying_key().to_bytes()).unwrap();
        key.verify_strict(&signed, &Signature::from_bytes(&signature)).unwrap();
    }
}

/// A hint, from the page's words.
#[test]
fn hints_are_what_the_page_says() {
    let context = "fovea 2026 sync: a vector's hint";
    assert!(page().contains(&format!("`{context}`")));
    let tip = |byte: u8, seq: u64| replica::Tip {
        log: Id([byte; 16]),
        seq,
        hash16: Id([byte + 1; 16]),
    };
    let mut said = Vec::new();
    for (log, seq, hash) in [(1u8, 7u64, 2u8), (3, 300, 4)] {
        said.extend([log; 16]);
        said.extend(seq.to_be_bytes());
        said.extend([hash; 16]);
    }
    let hint = fovea_sync::hint::hint(&[tip(1, 7), tip(3, 300)]);
    assert_eq!(hint.0, blake3::derive_key(context, &said)[..16]);
}

/// The name of a branch, from the page's words.
#[test]
fn branches_are_named_as_the_page_says() {
    assert!(page().contains("`fovea 2026 branch`"));
    let (origin, first) = (Id([7; 16]), Hash([9; 32]));
    let name = blake3::derive_key("fovea 2026 branch", &[&origin.0[..], &first.0[..]].concat());
    assert_eq!(
        Id::of(&HashUse::Branch.hash(&[origin.as_bytes(), first.as_bytes()])).0,
        name[..16]
    );
}
