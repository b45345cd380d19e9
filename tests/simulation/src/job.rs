//! What people do: real requests, kept whole so that they can be sent again under their id.

use app::{App, Caller};
use model::ids::Id;
use model::records::SignInWay;
use model::refusal::Refusal;
use model::requests::cash::{SessionClose, SessionOpen};
use model::requests::catalogue::{ProductCreate, ProductEdit};
use model::requests::clinic::{PrescriptionCancel, PrescriptionSign, TestStart, TestWrite};
use model::requests::customers::{CustomerCreate, CustomerEdit};
use model::requests::ends::{CheckpointMake, CommitDeclareLost, DeviceClose, DeviceRelease};
use model::requests::erasure::CustomerErase;
use model::requests::people::{UsersGrant, UsersRevoke};
use model::requests::sales::{SaleComplete, SaleReturn};
use model::requests::stock::{StockAdjust, StockCount, StockCountSettle};

use crate::counts::counter;

/// One thing that somebody does.
#[derive(Debug, Clone)]
pub enum Job {
    SignIn,
    Open(SessionOpen),
    Close(SessionClose),
    Sale(SaleComplete),
    Return(SaleReturn),
    NewCustomer(CustomerCreate),
    Customer(CustomerEdit),
    NewProduct(ProductCreate),
    Product(ProductEdit),
    Adjust(StockAdjust),
    Count(StockCount),
    Settle(StockCountSettle),
    Test(TestStart),
    Write(TestWrite),
    Sign(PrescriptionSign),
    Cancel(PrescriptionCancel),
    Grant(UsersGrant),
    Revoke(UsersRevoke),
    Erase(CustomerErase),
    CloseDevice(DeviceClose),
    Release(DeviceRelease),
    DeclareLost(CommitDeclareLost),
    Checkpoint(CheckpointMake),
}

/// What the till answered, as far as anybody relies on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    Nothing,
    /// Id and number of a sale or return.
    Sold(Id, String),
    /// Number of a Z report.
    Closed(String),
    /// What was made.
    Made(Id),
}

/// Does it, as `caller`, under a request id.
///
/// # Errors
/// What the till says instead.
pub fn perform(app: &App, caller: &Caller, job: &Job, id: Id) -> Result<Done, Refusal> {
    let id = Some(id);
    match job.clone() {
        Job::SignIn => app.record_sign_in(caller, SignInWay::Password).map(|()| Done::Nothing),
        Job::Open(open) => app.call(caller, open, id).map(|_| Done::Nothing),
        Job::Close(close) => app.call(caller, close, id).map(|closed| Done::Closed(closed.number)),
        Job::Sale(sale) => app
            .call(caller, sale, id)
            .map(|done| Done::Sold(done.sale, done.number)),
        Job::Return(back) => app
            .call(caller, back, id)
            .map(|done| Done::Sold(done.sale, done.number)),
        Job::NewCustomer(new) => app.call(caller, new, id).map(|made| Done::Made(made.customer)),
        Job::Customer(edit) => app.call(caller, edit, id).map(|_| Done::Nothing),
        Job::NewProduct(new) => app.call(caller, new, id).map(|made| Done::Made(made.product)),
        Job::Product(edit) => app.call(caller, edit, id).map(|_| Done::Nothing),
        Job::Adjust(adjust) => app.call(caller, adjust, id).map(|_| Done::Nothing),
        Job::Count(count) => app.call(&counter(caller), count, id).map(|made| Done::Made(made.line)),
        Job::Settle(settle) => app.call(caller, settle, id).map(|_| Done::Nothing),
        Job::Test(start) => app.call(caller, start, id).map(|made| Done::Made(made.test)),
        Job::Write(write) => app.call(caller, write, id).map(|_| Done::Nothing),
        Job::Sign(sign) => app.call(caller, sign, id).map(|signed| Done::Made(signed.prescription)),
        Job::Cancel(cancel) => app.call(caller, cancel, id).map(|_| Done::Nothing),
        Job::Grant(grant) => app.call(caller, grant, id).map(|_| Done::Nothing),
        Job::CloseDevice(close) => app.call(caller, close, id).map(|_| Done::Nothing),
        Job::Release(release) => app.call(caller, release, id).map(|_| Done::Nothing),
        Job::DeclareLost(lost) => app.call(caller, lost, id).map(|_| Done::Nothing),
        Job::Checkpoint(make) => app.call(caller, make, id).map(|_| Done::Nothing),
        Job::Erase(erase) => app.call(caller, erase, id).map(|_| Done::Nothing),
        Job::Revoke(revoke) => app.call(caller, revoke, id).map(|_| Done::Nothing),
    }
}

impl Job {
    /// For the trace; nothing of what was written.
    pub fn word(&self) -> &'static str {
        match self {
            Self::SignIn => "sign in",
            Self::Open(_) => "open",
            Self::Close(_) => "close",
            Self::Sale(_) => "sale",
            Self::Return(_) => "return",
            Self::NewCustomer(_) => "new customer",
            Self::Customer(_) => "customer",
            Self::NewProduct(_) => "new product",
            Self::Product(_) => "product",
            Self::Adjust(_) => "adjust",
            Self::Count(_) => "count",
            Self::Settle(_) => "settle",
            Self::Test(_) => "test",
            Self::Write(_) => "write",
            Self::Sign(_) => "sign",
            Self::Cancel(_) => "cancel",
            Self::Grant(_) => "grant",
            Self::Revoke(_) => "revoke",
            Self::Erase(_) => "erase",
            Self::CloseDevice(_) => "close a device",
            Self::Release(_) => "release a device",
            Self::DeclareLost(_) => "declare lost",
            Self::Checkpoint(_) => "checkpoint",
        }
    }
}

/// Whether a refusal leaves open if the request was done: the disk or the program failed, not the request.
pub fn is_unsettled(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::Failed { .. } | Refusal::Damaged { .. } | Refusal::DiskFull
    )
}
