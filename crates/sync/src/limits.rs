//! Every bound of the protocol in one place.

use std::time::Duration;

/// The protocol's version; a side that reads another one refuses. Version 1, whose commits were not packed, was never shipped.
pub const VERSION: u8 = 2;
/// A message on the wire, compressed.
pub const MAX_BODY: usize = 2 * 1024 * 1024;
/// The same message decompressed; the commits of one message when they are unpacked. What would become larger is refused
/// while it grows, not after.
pub const MAX_PLAIN: usize = 8 * 1024 * 1024;
/// The zstd window a reader grants, as a power of two: 4 MiB, more than any message of ours asks for.
pub const WINDOW_LOG: u32 = 22;
/// Commits of one message, in bytes before they are packed; one larger commit goes alone.
pub const BATCH_BYTES: usize = 1024 * 1024;
/// Commits of one message. The smallest commit has some 250 bytes, so [`BATCH_BYTES`] is met first.
pub const MAX_COMMITS: usize = 8 * 1024;
/// Certificates of one message: at most one for each commit, and the enrolling keys above them.
pub const MAX_CERTIFICATES: usize = 8 * 1024 + 64;
/// Logs named in a vector: one or two for every device there ever was. So many, and a batch, fit [`MAX_BODY`].
pub const MAX_TIPS: usize = 16 * 1024;
/// Certificates of one chain, the device's last.
pub const MAX_CHAIN: usize = 4;
/// The name and version of the program, in bytes.
pub const MAX_SOFTWARE: usize = 64;
/// Messages in which two sides tell each other the statements they lack; what is left waits for the next time.
pub const MAX_STATEMENT_ROUNDS: usize = 8;
/// How often a till that is in step asks for others' statements and tells its own.
pub const STATEMENTS_EVERY: Duration = Duration::from_secs(10 * 60);
/// A snapshot's file, in bytes: 1 TiB, beyond any chain's.
pub const MAX_SNAPSHOT: u64 = 1 << 40;
/// Bytes of a snapshot in one message. However little they pack, they fit [`MAX_BODY`].
pub const PIECE_BYTES: usize = 1_920 * 1024;
/// Messages in which one snapshot is fetched: twice what the largest takes.
pub const MAX_PIECES: usize = 1 << 20;
/// An error's body, in bytes.
pub const MAX_TOLD: usize = 16 * 1024;

/// A challenge is answered within this, ms.
pub const CHALLENGE_LIFE: i64 = 60_000;
/// A device's token is good for this long by the server's clock, ms.
pub const TOKEN_LIFE: i64 = 15 * 60_000;
/// A one-time code is good for this long by the server's clock, ms.
pub const CODE_LIFE: i64 = 24 * 60 * 60_000;

/// Until a connection stands.
pub const CONNECT: Duration = Duration::from_secs(5);
/// Until one answer is there whole.
pub const ANSWER: Duration = Duration::from_secs(30);
/// Without any progress for this long a run gives up.
pub const STALL: Duration = Duration::from_secs(30);
/// First and longest pause between two tries.
pub const FIRST_PAUSE: Duration = Duration::from_millis(100);
pub const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Tries of the one request that spends a code, and of each piece of a snapshot.
pub const ENROL_TRIES: u32 = 3;
/// Between two exchanges of a till that has nothing to send, give or take a fifth.
pub const POLL: Duration = Duration::from_secs(5);
/// The same while the server's wake-ups are heard.
pub const POLL_LISTENING: Duration = Duration::from_secs(30);
/// A server ends a wake-up connection after this, so that a line that died unseen is found out; the till asks again.
pub const LISTEN_LIFE: Duration = Duration::from_secs(60);
/// A server says something, if only that it is there, this often.
pub const LISTEN_BEAT: Duration = Duration::from_secs(15);
/// A line of a wake-up, in bytes.
pub const MAX_EVENT: u64 = 256;
/// How often the loop looks whether something was written here.
pub const LOOK: Duration = Duration::from_millis(500);
/// Exchanges of one run. Each moves something, so this is a bound on a loop, not on data: 64 GiB.
pub const MAX_EXCHANGES: usize = 65_536;
