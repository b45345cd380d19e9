//! Requests that the till's own program answers: before anyone has signed in, and about its devices and its connection.
//! The head-office page uses the same sign-in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Done;
use super::people::{Person, Store};
use crate::ids::Id;
use crate::request;
use crate::role::{Permission, Role};

/// Where the program stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct TillState {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// No data here yet: join a chain or start alone.
    FirstRun,
    /// A till of a chain.
    Till,
    /// The head-office page.
    Office,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct State {
    pub stage: Stage,
    pub organisation: Option<String>,
    pub store: Option<Store>,
    pub till: String,
    pub version: String,
    /// Who is signed in.
    pub me: Option<Me>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Me {
    pub id: Id,
    pub login: String,
    pub name: String,
    pub roles: Vec<Role>,
    pub permissions: Vec<Permission>,
    /// A PIN is set here and good until then, ms UTC.
    pub pin_until: Option<i64>,
}
request!(200 "till.state" TillState => State, Till, SignedIn);

/// Starts alone: makes an organisation with this as its first till.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct TillStart {
    pub organisation: String,
    pub store: String,
    pub till: String,
    pub admin: String,
    pub password: String,
    /// `in-gst` or `gb-vat`.
    pub profile: String,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct Started {
    /// The recovery sheet's text, shown once, to be printed and locked away.
    pub sheet: String,
}
request!(201 "till.start" TillStart => Started, Till, SignedIn);

/// Joins a chain with a one-time code.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct TillJoin {
    pub server: String,
    pub code: String,
}
request!(202 "till.join" TillJoin => Joining, Till, SignedIn);

/// How far joining has come.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct JoinProgress {}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Joining {
    pub running: bool,
    pub done: bool,
    /// Bytes of a copy of the chain's data that are here, of those there are; 0 of 0 before and after.
    #[serde(default)]
    pub fetched: u64,
    #[serde(default)]
    pub to_fetch: u64,
    /// Commits taken of those the server said it holds.
    pub taken: u64,
    pub of: u64,
    pub products: u64,
    pub customers: u64,
    pub people: u64,
    pub error: Option<crate::refusal::Told>,
}
request!(203 "till.join_progress" JoinProgress => Joining, Till, SignedIn);

/// Who may sign in here; asked before anyone has.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct TillPeople {}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TillPersons {
    pub people: Vec<Person>,
}
request!(204 "till.people" TillPeople => TillPersons, Till, SignedIn);

/// Signs in with name and password.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct SignIn {
    pub login: String,
    pub password: String,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct SignedIn {
    pub me: Me,
    /// For the head-office page: the bearer token of its further calls, good for 8 hours.
    #[serde(default)]
    pub token: Option<String>,
}
request!(205 "till.sign_in" SignIn => SignedIn, Till, SignedIn);

/// Switches to a person by PIN.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct SignInPin {
    pub user: Id,
    pub pin: String,
}
request!(206 "till.sign_in_pin" SignInPin => SignedIn, Till, SignedIn);

/// Sets one's own six-digit PIN on this till, right after a password.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetPin {
    pub pin: String,
}
request!(207 "till.set_pin" SetPin => Done, Till, SignedIn);

/// Locks the till.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SignOut {}
request!(208 "till.sign_out" SignOut => Done, Till, SignedIn);

/// The status bar: network, what waits, printer, drawer, time. Also pushed as the event `status` when it changes.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct TillStatus {}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    pub network: Network,
    pub printer: PrinterStatus,
    /// `file` or `keyring`: where this folder keeps its device keys.
    pub keys: String,
    /// Own clock, ms UTC.
    pub now: i64,
    /// Minutes east of UTC at the store.
    pub offset_minutes: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Network {
    /// No server was ever named: a till on its own.
    pub alone: bool,
    pub online: bool,
    pub server: String,
    /// Commits of this folder that the server is not known to hold.
    pub unsent: u64,
    /// Time of the oldest of them, ms UTC.
    pub oldest: Option<i64>,
    /// Last time both sides held the same, ms UTC.
    pub all_sent: Option<i64>,
    /// Last time the server answered, ms UTC.
    pub last_contact: Option<i64>,
    pub syncing: bool,
    /// Why the last try failed, in a sentence.
    pub problem: Option<String>,
    pub waiting: u64,
    pub set_aside: u64,
    /// The store's relays that this till knows: what head office does not have yet may be safe there.
    #[serde(default)]
    pub relays: Vec<RelayStatus>,
    /// How the copy stands that this till began with.
    #[serde(default)]
    pub copy: CopyState,
}

/// How the copy stands that a till began with, instead of reading all records one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CopyState {
    /// There was none, or it is proven.
    #[default]
    Proven,
    /// It works; it is being proven.
    Unproven,
    /// What it shows is not what its records say, or a record of it does not verify.
    Refused,
}

impl Network {
    /// Whether a relay of the store holds all that this till holds, whatever head office has.
    pub fn in_store(&self) -> bool {
        self.relays.iter().any(|relay| relay.online && relay.unsent == 0)
    }
}

/// How a till stands with a relay of its store.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct RelayStatus {
    pub address: String,
    pub online: bool,
    /// Commits of this folder that the relay is not known to hold.
    pub unsent: u64,
    /// Last time it answered, ms UTC.
    pub last_contact: Option<i64>,
    /// Why the last try failed, in a sentence.
    pub problem: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct PrinterStatus {
    /// `none`, `ready`, `paper_near_end`, `paper_out`, `cover_open`, `offline`, `error`.
    pub state: String,
    /// Where it is, as it was set up.
    pub address: String,
    pub columns: u8,
    pub drawer_open: Option<bool>,
    /// Jobs that are not printed yet.
    pub jobs: u32,
    /// The last thing that went wrong, in a sentence.
    pub problem: Option<String>,
}
request!(209 "till.status" TillStatus => Status, Till, SignedIn);

/// Tries the server now.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SyncNow {}
request!(210 "till.sync_now" SyncNow => Network, Till, SignedIn);

/// Prints the receipt of a sale; the first time it is the receipt, afterwards a REPRINT.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PrintReceipt {
    pub sale: Id,
    /// Open the drawer with it; only ever honoured for the first print of a cash sale.
    #[serde(default)]
    pub open_drawer: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PrintJob {
    pub job: Id,
    pub reprint: bool,
}
request!(211 "till.print" PrintReceipt => PrintJob, Till, SalesWrite);

/// What became of the print jobs of a sale.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PrintOutcome {
    pub sale: Id,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PrintState {
    /// `none`, `queued`, `printed`, or a fault's code.
    pub state: String,
    pub message: Option<String>,
    pub reprints: u32,
}
request!(212 "till.print_state" PrintOutcome => PrintState, Till, SalesRead);

/// Opens the drawer without a sale.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct OpenDrawer {}
request!(213 "till.open_drawer" OpenDrawer => Done, Till, CashUse);

/// Sets the receipt printer: `tcp:HOST:PORT`, `serial:/dev/ttyS0@9600`, `file:/dev/usb/lp0`, or empty for none.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetPrinter {
    pub address: String,
    /// 42 or 32.
    pub columns: u8,
}
request!(214 "till.set_printer" SetPrinter => PrinterStatus, Till, DevicesUse);

/// Prints a page that says the printer works.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct TestPrinter {}
request!(215 "till.test_printer" TestPrinter => PrinterStatus, Till, DevicesUse);

/// Writes the card of a prescription as a PDF into the downloads folder and opens it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SaveCard {
    pub prescription: Id,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SavedCard {
    pub path: String,
}
request!(216 "till.save_card" SaveCard => SavedCard, Till, ClinicRead);
