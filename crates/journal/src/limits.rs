//! Every bound of the format in one place. They are part of it: what one replica refuses, all refuse.

/// A header's bytes.
pub const MAX_HEADER: usize = 8 * 1024;
/// Heads in a header's `after`.
pub const MAX_HEADS: usize = 64;
/// Parts of a commit; there is at least one.
pub const MAX_PARTS: usize = 64;
/// A part's bytes.
pub const MAX_PART: usize = 256 * 1024;
/// The bytes of all parts of a commit together.
pub const MAX_COMMIT: usize = 1024 * 1024;
/// Records of a commit, over all its parts.
pub const MAX_RECORDS: usize = 2_000;
/// How deep arrays and maps nest in a record; the record's own array is the first.
pub const MAX_DEPTH: usize = 16;
/// A commit's wire form: parts, header, signature and the lengths before them.
pub const MAX_COMMIT_WIRE: usize = MAX_COMMIT + 16 * 1024;
/// The largest sequence: 2^53 - 1, so that it is exact in JSON and fits a database column.
pub const MAX_SEQ: u64 = (1 << 53) - 1;
/// A certificate's bytes.
pub const MAX_CERTIFICATE: usize = 512;
/// Certificates one replica knows. A chain opens two logs a device in its life; this is thousands of devices.
pub const MAX_CERTIFICATES: usize = 100_000;
/// Logs named in a statement: one or two for every device there ever was.
pub const MAX_STATED_LOGS: usize = 16 * 1024;
/// Digest states named in a statement: 25 months of two lanes fit twenty times over.
pub const MAX_STATED_STATES: usize = 1_024;
/// A statement's bytes, signature included.
pub const MAX_STATEMENT: usize = 768 * 1024;
/// A recovery sheet's text, in bytes, when it is read back.
pub const MAX_SHEET: usize = 16 * 1024;
/// The organisation's name on a recovery sheet, in characters.
pub const MAX_SHEET_NAME: usize = 120;
