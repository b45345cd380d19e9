//! What reads bytes that somebody else wrote, each under a name and with what must hold of it: no panic, no second form, a
//! bound on memory.
//!
//! `cargo xtask fuzz [--minutes M] [TARGET]` searches with libFuzzer, guided by coverage; what it learns is kept under
//! `target/`, and what is worth keeping goes into `corpus/TARGET`, every input that once fell over into `crashers/TARGET`.
//! The test of this crate runs both, and a few thousand mutations of them, in seconds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a target that cannot be set up stops; what it finds is a panic"
)]

pub mod memory;
mod targets;

pub use targets::{TARGETS, Target};

/// The most that reading one input may hold at once above what was held before, bytes. The longest message is 8 MiB.
pub const MEMORY: usize = 96 * 1024 * 1024;

/// Runs one input: panics when a rule breaks or the memory was passed.
pub fn run(target: &Target, input: &[u8]) {
    let before = memory::held();
    memory::forget_peak();
    (target.run)(input);
    let used = memory::peak().saturating_sub(before);
    assert!(
        used <= MEMORY,
        "{}: {used} bytes for an input of {}",
        target.name,
        input.len()
    );
}
