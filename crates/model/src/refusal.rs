//! Refusals: what a person is told when something cannot be done. One catalogue of sentence and remedy for the window, the
//! command line and the API; the code is stable, the words are for people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is shown: what happened, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Told {
    pub code: String,
    pub message: String,
    pub remedy: String,
}

macro_rules! refusals {
    ($($variant:ident $({ $($field:ident: $type:ty),* $(,)? })? $code:literal $message:literal $remedy:literal),* $(,)?) => {
        /// Why a request is refused. Nothing was written.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Refusal {
            $($variant $({ $($field: $type),* })?),*
        }

        impl Refusal {
            /// Stable, for programs.
            pub fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code),* }
            }

            /// The sentence that says what is wrong.
            pub fn message(&self) -> String {
                match self { $(Self::$variant $({ $($field),* })? => { $($(let _ = $field;)*)? format!($message) })* }
            }

            /// The sentence that says what to do.
            pub fn remedy(&self) -> String {
                match self { $(Self::$variant $({ $($field),* })? => { $($(let _ = $field;)*)? format!($remedy) })* }
            }

            pub fn told(&self) -> Told {
                Told { code: self.code().to_owned(), message: self.message(), remedy: self.remedy() }
            }
        }
    };
}

refusals! {
    // Signing in
    WrongPassword { left: u32 } "wrong_password"
        "Name and password do not match." "Try again; {left} tries are left.",
    LockedOut { minutes: i64 } "locked_out"
        "Too many wrong passwords." "Wait {minutes} min, or ask an administrator for a new password.",
    PinDestroyed "pin_destroyed"
        "Five wrong PINs: the PIN of this person no longer works on this till." "Sign in with the password and set a new PIN.",
    WrongPin { left: u32 } "wrong_pin" "The PIN is wrong." "Try again; {left} tries are left.",
    PinExpired "pin_expired" "The PIN works for 12 hours after a password." "Sign in with the password.",
    BadPin "bad_pin" "A PIN is six digits, not all the same." "Type another one.",
    Disabled "disabled" "This person may no longer sign in." "Ask an administrator.",
    NotSignedIn "not_signed_in" "Nobody is signed in." "Sign in first.",
    NotPermitted { permission: String } "not_permitted"
        "This needs the permission {permission}, which you do not have." "Ask somebody whose role has it.",
    PasswordMissing "password_missing"
        "No password was given." "Set FOVEA_PASSWORD, or run this at a terminal to be asked.",
    // What is asked for
    UnknownRequest { name: String } "unknown_request"
        "There is no request {name}." "See `fovea requests` for those there are.",
    BadRequest { why: String } "bad_request" "The request cannot be read: {why}." "Correct it and send it again.",
    OnlyTheWindow { name: String } "only_the_window" "{name} is answered by the till's window alone." "Open the till.",
    RequestIdReused "request_id_reused"
        "This request id was used for another request." "Use a new id for a new request.",
    Unknown { what: String } "unknown" "{what} is not known here." "Check it, or sync and try again.",
    BadField { field: String, why: String } "bad_field" "{field}: {why}." "Correct it and try again.",
    Taken { what: String } "taken" "{what} exists already." "Use another, or change the one there is.",
    // Sales
    NoSession "no_session" "No cash session is open." "Open the session with a float first.",
    SessionOpen { day: String } "session_open" "A session is open already, for {day}." "Close it first.",
    EmptySale "empty_sale" "There is nothing to sell." "Scan or find a product first.",
    TooManyLines { lines: usize } "too_many_lines"
        "{lines} lines are more than the 900 one sale takes." "Split it into two sales.",
    BadQuantity { line: usize, quantity: i64 } "bad_quantity"
        "Line {line}: {quantity} pieces cannot be sold; a quantity is 1 to 99,999." "Correct the quantity.",
    PriceMoved { line: usize, name: String, shown: String, now: String } "price_moved"
        "Line {line}: the price of {name} changed from {shown} to {now}." "Look at the new total and ask for payment again.",
    TotalMoved { shown: String, now: String } "total_moved"
        "The total changed from {shown} to {now}." "Look at the new total and ask for payment again.",
    OverCap { line: usize, name: String, asked: String, allowed: String } "over_cap"
        "Line {line}: {asked} off {name} is more than the {allowed} you may give." "Lower the discount, or ask someone higher to approve it.",
    AboveList { line: usize, name: String } "above_list"
        "Line {line}: {name} may not be sold above its list price." "Lower the price.",
    ApproverNotHigher "approver_not_higher"
        "The approver must be somebody else, higher than you, whose own limit covers it." "Ask a manager.",
    ShortPaid { missing: String } "short_paid" "{missing} is still to pay." "Take the rest before finishing.",
    OverPaid { over: String } "over_paid"
        "Card, UPI and bank come to {over} more than is due." "Lower the amount; only cash gives change.",
    BadPayment { why: String } "bad_payment" "The payment cannot be taken: {why}." "Correct the amounts.",
    PrescriptionNeeded { line: usize, name: String } "prescription_needed"
        "Line {line}: {name} is a lens and needs a valid prescription." "Attach a prescription, or enter one from a doctor.",
    PrescriptionNotValid { line: usize, why: String } "prescription_not_valid"
        "Line {line}: the prescription {why}." "Attach a valid one, or have it tested again.",
    Inactive { line: usize, name: String } "inactive"
        "Line {line}: {name} is no longer sold." "Take the line off.",
    NothingToReturn { name: String, left: i64 } "nothing_to_return"
        "Of {name} only {left} can still come back." "Lower the quantity.",
    ReturnTooLate { days: i32 } "return_too_late"
        "The sale is more than {days} days old." "A return after that needs a manager's approval.",
    ApprovalNeeded { role: String } "approval_needed" "This needs the approval of: {role}." "Ask somebody with that role.",
    ReasonNeeded "reason_needed" "A reason is needed." "Write why.",
    ExpectedMoved { shown: String, now: String } "expected_moved"
        "A sale came in while you counted: expected was {shown} and is {now}." "Check the count once more.",
    NumbersUsedUp "numbers_used_up"
        "The numbers of this till are used up for the year." "Enrol the till again: it gets a new letter.",
    // Stock
    CountAgrees { product: String } "count_agrees"
        "The count of {product} agrees with the books by now." "Nothing has to be corrected.",
    CountedAgain { product: String } "counted_again"
        "{product} was counted again since." "Look at the later count.",
    CountMoved { shown: String, now: String } "count_moved"
        "What came in meanwhile makes the difference {now} instead of {shown}." "Look at the count once more.",
    CountWaits { tills: String } "count_waits"
        "What was sold before the count may not have come yet: nothing was heard since from {tills}."
        "Let them sync, or say why it is certain all the same.",
    // Clinic
    TestMoved "test_moved"
        "The test changed on another till since you saw it." "Look at both values, choose, and sign again.",
    TestSigned "test_signed" "This test is signed; it cannot be changed." "Begin a new test, and supersede the prescription.",
    BadPowers { why: String } "bad_powers" "{why}" "Correct the value.",
    AlreadySuperseded "already_superseded"
        "Another prescription replaced this one already." "Supersede the newest one.",
    NotStoredHere "till_only" "This is done at a till of a store, not at head office." "Do it at the till.",
    // Erasure
    Erased "erased"
        "This part of the person's record was erased; nothing can be added to it." "Add the person as a new customer, with a new code.",
    CodeErased { code: String } "code_erased"
        "The customer with the code {code} was erased; the code is not used again." "Use another code.",
    AlreadyErased "already_erased"
        "This is erased already." "See the list of erasures.",
    EraseOver "erase_over"
        "The time in which this could be withdrawn is over." "What is erased cannot be brought back.",
    AlreadyWithdrawn "already_withdrawn"
        "This order was withdrawn already." "See the list of erasures.",
    // Folder, disk, network
    FolderInUse { folder: String } "folder_in_use"
        "{folder} is open in another program." "Close that program first: one folder, one program.",
    FolderNewer { folder: String } "folder_newer"
        "{folder} was written by newer software." "Install the newer version; nothing was changed.",
    FolderAbsent { folder: String } "folder_absent"
        "{folder} holds no Fovea data." "Check the path, or run init or enrol first.",
    FolderPresent { folder: String } "folder_present"
        "{folder} holds Fovea data already." "Choose an empty folder.",
    OtherOrganisation "other_organisation"
        "This folder or code belongs to another organisation." "Check the code; use an empty folder for another chain.",
    DiskFull "disk_full" "The disk is full; nothing of this was kept." "Free some space and do it again.",
    Damaged { what: String } "damaged" "Stored data does not read back: {what}." "Run `fovea verify`, and call support before going on.",
    Failed { what: String } "failed" "It did not work: {what}." "Try again; if it stays, call support.",
    CannotWrite { what: String } "cannot_write" "This device may not write {what}." "Do it at head office.",
    DeviceStopped { why: String } "device_stopped" "This device may write no more: {why}."
        "Everything in it is kept. Ask head office for a code and enrol it again in its folder; then it goes on.",
    ServerRestored { devices: String } "server_restored"
        "This server was put back from an older copy; {devices} may hold what it lost and has not called since."
        "Let each of them sync once. What is gone for good: `fovea-server accept-loss --data DIR`, then ask again.",
    NoFile { file: String, why: String } "no_file" "{file} cannot be read: {why}." "Check the path and the file.",
    BadFile { file: String, why: String } "bad_file" "{file} cannot be taken: {why}." "Correct the file; nothing was written.",
    ServerAway { why: String } "server_away"
        "The server does not answer: {why}." "Everything is kept here; it is sent when the server answers.",
    ServerUnproven { why: String } "server_unproven"
        "The server did not prove that it belongs to this organisation: {why}." "Check the address; call head office.",
    PlainHttp "plain_http" "Plain http is allowed on this machine only." "Use https.",
    BadCode { why: String } "bad_code" "The code is not right: {why}." "Check it letter by letter, or ask for a new one.",
    CodeUsed "code_used" "This code was used, or its 24 hours are over." "Ask head office for a new code.",
    CodeElsewhere "code_elsewhere"
        "This code is for another store or till than this one." "Ask head office for a code with the store and till codes of this till.",
    CodeOfRelay "code_of_relay"
        "This code is for a store's relay, not for a till." "Ask head office for a code with the code of this till.",
    CodeOfTill "code_of_till"
        "This code is for a till, not for a store's relay." "Make one with `fovea-server code --store CODE --relay`.",
    RelayOnly { centre: String } "relay_only"
        "This is a store's relay: it passes on what tills say and certifies nobody; head office is at {centre}." "Use that address.",
    NothingHeld "nothing_held"
        "This server holds nothing of the organisation yet." "Enrol the till that has the books first: it brings people, settings and sales.",
    BadSheet { why: String } "bad_sheet"
        "The recovery sheet cannot be read: {why}." "Compare the file with the paper, line by line; nothing was written.",
    SyncStalled { seconds: u64 } "sync_stalled"
        "Nothing moved for {seconds} s." "Everything is kept here. Check the network and try again.",
    OfficeLacksOld "office_lacks_old"
        "Head office lacks old trade of which this till keeps sums alone." "Everything is kept here. Put head office back from a \
         backup that is younger than 90 days, or make it from this till's folder: fovea-server init --recovery FILE --from DIR.",
    Busy "busy" "The server has too much to do." "Try again in a moment.",
    TooLarge { what: String } "too_large" "It is larger than one commit may be: {what}." "Split it.",
    Usage { why: String } "usage" "{why}." "See `fovea --help`.",
    LettersUsedUp { till: String } "letters_used_up"
        "Till {till} has used all its letters." "Give the till another code.",
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.message(), self.remedy())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_and_what_to_do() {
        let told = Refusal::BadQuantity { line: 3, quantity: 0 }.told();
        assert_eq!(told.code, "bad_quantity");
        assert_eq!(
            told.message,
            "Line 3: 0 pieces cannot be sold; a quantity is 1 to 99,999."
        );
        assert_eq!(told.remedy, "Correct the quantity.");
    }
}
