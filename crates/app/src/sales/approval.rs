//! Approvals given at the till: somebody else, higher than who asks, with their own password. The word is checked before
//! the transaction's law is, and what was approved stands in the sale.

use model::refusal::Refusal;
use model::requests::sales::Approval;
use model::role::rank;

use crate::scope::{Scope, row};
use crate::{Caller, passwords, sign_in};

/// Who approves, if the word is theirs. The requester never approves.
pub fn approver(scope: &Scope<'_, '_>, approval: &Approval) -> Result<Caller, Refusal> {
    if approval.reason.trim().is_empty() {
        return Err(Refusal::ReasonNeeded);
    }
    let conn = scope.conn();
    let wrong = || Refusal::WrongPassword { left: 0 };
    let user = sign_in::by_login(conn, &approval.login)?.ok_or_else(wrong)?;
    let verifier: Option<String> = row(
        conn,
        "SELECT verifier FROM user_password WHERE user = ? ORDER BY wall DESC, log DESC, seq DESC LIMIT 1",
        &[&user.as_bytes()],
        |row| row.get(0),
    )?;
    if !verifier.is_some_and(|verifier| passwords::matches(&approval.password, &verifier)) {
        return Err(wrong());
    }
    if sign_in::disabled(conn, user)? {
        return Err(Refusal::Disabled);
    }
    let approver = sign_in::caller(conn, user, scope.place.store_id)?.ok_or(Refusal::Disabled)?;
    if approver.user == scope.caller.user || rank(&approver.roles) >= rank(&scope.caller.roles) {
        return Err(Refusal::ApproverNotHigher);
    }
    Ok(approver)
}
