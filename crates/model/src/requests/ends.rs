//! Where devices' logs end: a stolen till is closed, a late one is let in, what burnt is declared lost.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Done;
use crate::ids::Id;
use crate::request;

/// Closes a device: what it wrote up to what is held here stands, what comes later waits.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DeviceClose {
    pub device: Id,
    /// Why, for whoever asks later: 1 to 400 bytes.
    pub reason: String,
}
request!(150 "device.close" DeviceClose => Done, Command, DevicesManage);

/// Trusts a server no more: its logs end where they are held here, and of the certificates its key signed only those known
/// here stand. Answered by a device that the organisation key itself certified, and by no other: the till that founded the
/// organisation, a server made from the recovery sheet.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ServerClose {
    /// The server.
    pub device: Id,
    /// Devices it certified that are not known to anybody: they do not stand.
    #[serde(default)]
    pub without: Vec<Id>,
    /// Why, for whoever asks later: 1 to 400 bytes.
    pub reason: String,
}
request!(153 "server.close" ServerClose => Done, Command, DevicesManage);

/// Takes what waits beyond the closing of a device after all.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DeviceRelease {
    pub device: Id,
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Released {
    /// Commits that waited and are taken now.
    pub commits: i64,
}
request!(151 "device.release" DeviceRelease => Released, Command, DevicesManage);

/// Declares a commit lost that others wait for and nobody holds any more. If it turns up it is taken all the same.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CommitDeclareLost {
    /// The log and sequence that something here waits for.
    pub log: Id,
    pub seq: i64,
    pub reason: String,
}
request!(152 "commit.declare_lost" CommitDeclareLost => Done, Command, DevicesManage);

/// Lets everybody write what newer programs read: raises the chain to the highest software level that every open device has
/// stated to read. Head office does it by itself.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
pub struct LevelRaise {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChainLevel {
    /// The level at which the chain writes now.
    pub written: u16,
    /// The highest that head office reads.
    pub read: u16,
}
request!(159 "level.raise" LevelRaise => ChainLevel, Command, DevicesManage);

/// Months before the current one of which a till keeps all trade.
pub const WINDOW: i32 = 25;
/// Fewer would let a till forget sales of the year before, which people bring back.
pub const LEAST_WINDOW: i32 = 13;
/// More than seven years head office does not keep either.
pub const LONGEST_WINDOW: i32 = 84;

/// Lets tills keep sums of the trade that is older than so many months: those that hold all that head office holds now, and
/// show the same. Head office makes one by itself each month.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct CheckpointMake {
    /// 13 to 84, before the current one; 25 where none is given.
    #[serde(default)]
    pub months: Option<i32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checkpoint {
    /// The first month that tills keep whole, such as `2024-10`.
    pub kept_from: String,
    /// Months that they may keep sums of.
    pub months: i64,
}
request!(154 "checkpoint.make" CheckpointMake => Checkpoint, Command, DevicesManage);
