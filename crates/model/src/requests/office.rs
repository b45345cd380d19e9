//! What head office looks at.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ends::ChainLevel;
use super::sales::{CountTotal, Totals};
use crate::ids::Id;
use crate::request;

/// Sales of a day, by store and hour.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct OfficeToday {
    /// ISO business date; today when unsaid.
    #[serde(default)]
    pub day: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoreToday {
    pub store: String,
    pub name: String,
    pub totals: Totals,
    /// Total of the same weekday one week before.
    pub week_before: i64,
    pub sessions_open: u32,
    /// When head office last heard of one of its tills, ms UTC; figures are known until then.
    pub known_until: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Today {
    pub day: i32,
    pub totals: Totals,
    pub stores: Vec<StoreToday>,
    /// Net total by hour of the store's local day, 24 of them.
    pub hours: Vec<i64>,
    pub methods: Vec<MethodSum>,
    pub prescriptions_signed: i64,
    pub oversold: i64,
    pub set_aside: i64,
    pub exceptions: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MethodSum {
    pub method: String,
    #[serde(flatten)]
    pub sum: CountTotal,
}
request!(140 "office.today" OfficeToday => Today, Query, OfficeRead);

/// Every device of the chain.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct OfficeDevices {}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceRow {
    pub device: Id,
    /// Empty for a server.
    pub store: String,
    pub till: String,
    pub letter: String,
    pub server: bool,
    /// It is the one that answers.
    pub here: bool,
    /// When it last talked to this server, ms UTC.
    pub last_seen: Option<i64>,
    /// Commits the device said it holds that are not here yet.
    pub unsent: Option<i64>,
    /// Time of its last commit held here, ms UTC by its own clock.
    pub last_commit: Option<i64>,
    pub commits: i64,
    pub software: Option<String>,
    pub waiting: i64,
    /// It was copied, or restored from an older copy: its log has two branches.
    pub copied: bool,
    /// Head office has closed it.
    pub closed: bool,
    /// Its commits that wait beyond the closing.
    pub late: i64,
    /// What it last stated of itself; none before its first statement.
    pub stated: Option<DeviceStated>,
}

/// What a device signed of itself, set beside what is held here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceStated {
    /// When, by the device's own clock, ms UTC.
    pub wall: i64,
    /// The highest software level it reads.
    pub level: u16,
    /// Commits held here that it did not hold then.
    pub lag: i64,
    /// Whether it shows the same as another device that holds the same; none where nobody holds the same.
    pub agrees: Option<bool>,
    /// Units whose erasure is done there, and those that are over but not done.
    pub erased: u32,
    pub to_erase: u32,
    /// The first month of which it keeps all trade, such as `2024-10`; none where it keeps everything.
    pub kept_from: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Devices {
    pub devices: Vec<DeviceRow>,
    pub level: ChainLevel,
}
request!(141 "office.devices" OfficeDevices => Devices, Query, OfficeRead);

/// What could not be taken, and why; and what is held but could not be read.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct OfficeSetAside {}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AsideRow {
    /// `aside`, `waiting` or `opaque`.
    pub state: String,
    pub code: String,
    pub reason: String,
    /// Who sent it: a device as store and till, or an id.
    pub source: String,
    /// Whose log it claims to be of, where that is known.
    pub device: Option<String>,
    pub seq: Option<i64>,
    pub since: i64,
    pub size: i64,
    /// What it waits for, if another device wrote that: it can be declared lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
}

/// A record that is named here and has not come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Missing {
    pub log: Id,
    pub seq: i64,
    /// Who wrote it, where that is known.
    pub device: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SetAside {
    /// At most 500, newest first.
    pub rows: Vec<AsideRow>,
}
request!(142 "office.set_aside" OfficeSetAside => SetAside, Query, OfficeRead);

/// What needs a person: laws that a merge broke.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct OfficeExceptions {}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExceptionRow {
    /// `oversold`, `barcode_twice`, `offer_above_list`, `double_refund`, `conflicting_edit`, `disputed_prescription`, `login_twice`,
    /// `device_copied`, `number_twice`, `late_commits`, `server_restored`, `figures_differ`, `history_rewritten`,
    /// `count_changed`.
    pub kind: String,
    pub title: String,
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exceptions {
    /// At most 500.
    pub rows: Vec<ExceptionRow>,
}
request!(143 "office.exceptions" OfficeExceptions => Exceptions, Query, OfficeRead);
