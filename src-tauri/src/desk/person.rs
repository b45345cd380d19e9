//! Signing in and out, PINs, and how things stand.

use app::Caller;
use model::records::SignInWay;
use model::refusal::Refusal;
use model::request::Request;
use model::requests::Done;
use model::requests::till::{
    SetPin, SignIn, SignInPin, SignOut, SignedIn, SyncNow, TillPeople, TillPersons, TillStatus,
};
use serde_json::Value;

use super::open::Open;
use super::{read, to_json};

impl Open {
    /// Answers requests about the person and the state of things; none: another part's.
    pub(super) fn person(&self, request: &str, body: &Value) -> Option<Result<Value, Refusal>> {
        Some(match request {
            TillPeople::NAME => self
                .app
                .people_here()
                .and_then(|people| to_json(TillPersons { people })),
            SignIn::NAME => self.sign_in(body),
            SignInPin::NAME => self.sign_in_pin(body),
            SetPin::NAME => self.own_pin(body),
            SignOut::NAME => {
                self.set_user(None);
                to_json(Done {})
            }
            TillStatus::NAME => self.status().and_then(to_json),
            SyncNow::NAME => {
                self.sync_now();
                to_json(self.network())
            }
            _ => return None,
        })
    }

    fn sign_in(&self, body: &Value) -> Result<Value, Refusal> {
        let asked: SignIn = read(body)?;
        let caller = self.app.check_password(&asked.login, &asked.password)?;
        refuse_without_role(&caller)?;
        self.app.renew_pin(caller.user)?;
        self.welcome(&caller, SignInWay::Password)
    }

    fn sign_in_pin(&self, body: &Value) -> Result<Value, Refusal> {
        let asked: SignInPin = read(body)?;
        let caller = self.app.check_pin(asked.user, &asked.pin)?;
        refuse_without_role(&caller)?;
        self.welcome(&caller, SignInWay::Pin)
    }

    fn welcome(&self, caller: &Caller, way: SignInWay) -> Result<Value, Refusal> {
        self.app.record_sign_in(caller, way)?;
        self.set_user(Some(caller.user));
        to_json(SignedIn {
            me: self.app.me(caller)?,
            token: None,
        })
    }

    fn own_pin(&self, body: &Value) -> Result<Value, Refusal> {
        let asked: SetPin = read(body)?;
        self.app.set_pin(self.caller()?.user, &asked.pin)?;
        to_json(Done {})
    }
}

/// Somebody whose last role was taken back has nothing to do here, by password or by PIN.
fn refuse_without_role(caller: &Caller) -> Result<(), Refusal> {
    if caller.roles.is_empty() {
        Err(Refusal::Disabled)
    } else {
        Ok(())
    }
}
