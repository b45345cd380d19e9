//! The chain in one process, under chance that a seed decides: real tills, a real server, real sync, on disks and lines that
//! fail. In the manner of TigerBeetle's VOPR.
//!
//! A run founds a chain, lets people trade while machines crash, disks fill, clocks jump and lines tear, then heals
//! everything and looks. Along the way: whatever a machine answered is there after every crash, once. At the end, within a
//! bound of exchanges: every machine holds the same, verifies, and shows what a plain model ([`model`]) says it must.
//!
//! One thread drives; calls block until the writing thread has answered, so a seed is a run, and a run can be repeated.
//! What was found, and how to repeat it: docs/SIMULATION.md.

mod away;
mod check;
mod copies;
mod counts;
pub mod dice;
pub mod disk;
mod ends;
mod habits;
mod heal;
mod job;
mod join;
mod levels;
mod lines;
mod link;
mod machine;
mod model;
mod people;
mod relay;
mod rogue;
mod rot;
pub mod run;
mod words;

pub use run::{Broken, Plan, Report, run};
