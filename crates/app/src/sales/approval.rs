//! Approvals given at the till: somebody else, higher than who asks, with their own password. The word is checked before
//! the transaction's law is, and what was approved stands in the sale.

use model::refusal::Refusal;
use model::requests::sales::Approval;
use model::role::rank;

use crate::Caller;
use crate::scope::{Proof, Scope};

/// What an approver gives.
pub fn proof(approval: Option<&Approval>) -> Option<Proof> {
    approval.map(|Approval { login, password, .. }| Proof {
        login: login.clone(),
        password: password.clone(),
    })
}

/// Who approves, their password having been right. The requester never approves.
pub fn approver(scope: &Scope<'_, '_>, approval: &Approval) -> Result<Caller, Refusal> {
    if approval.reason.trim().is_empty() {
        return Err(Refusal::ReasonNeeded);
    }
    let approver = scope.proved.clone().ok_or(Refusal::NotSignedIn)?;
    if approver.user == scope.caller.user || rank(&approver.roles) >= rank(&scope.caller.roles) {
        return Err(Refusal::ApproverNotHigher);
    }
    Ok(approver)
}
