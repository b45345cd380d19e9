//! PINs: a quick switch between people on one till, good for 12 hours after a password there. They never leave the till;
//! five wrong tries, counted on disk before the answer, destroy one.

use model::ids::Id;
use model::refusal::Refusal;

use crate::scope::{execute, row};
use crate::{App, Caller, passwords, sign_in};

const TRIES: u32 = 5;
/// How long a PIN is good after the password it was set or confirmed with, ms.
pub const GOOD_FOR: i64 = 12 * 60 * 60 * 1_000;
const DIGITS: usize = 6;

impl App {
    /// Sets the PIN of somebody who has signed in with a password. In place of another PIN it is good no longer than that
    /// one was: a PIN is no way to go on without a password.
    pub fn set_pin(&self, user: Id, pin: &str) -> Result<(), Refusal> {
        let digits = pin.len() == DIGITS && pin.bytes().all(|byte| byte.is_ascii_digit());
        let all_the_same = pin.bytes().all(|byte| Some(byte) == pin.bytes().next());
        if !digits || all_the_same {
            return Err(Refusal::BadPin);
        }
        let (verifier, until) = (passwords::verifier(pin)?, self.now() + GOOD_FOR);
        self.replica().write(move |tx| {
            execute(
                tx.conn(),
                "INSERT INTO local_pin (user, verifier, failed, until) VALUES (?1, ?2, 0, ?3)
                 ON CONFLICT (user) DO UPDATE SET verifier = ?2, failed = 0",
                &[&user.as_bytes(), &verifier, &until],
            )?;
            Ok(())
        })
    }

    /// A password was given: the PIN set earlier is good again for 12 hours.
    pub fn renew_pin(&self, user: Id) -> Result<(), Refusal> {
        let until = self.now() + GOOD_FOR;
        self.replica().write(move |tx| {
            execute(
                tx.conn(),
                "UPDATE local_pin SET until = ?2, failed = 0 WHERE user = ?1",
                &[&user.as_bytes(), &until],
            )?;
            Ok(())
        })
    }

    /// Until when a PIN of this person works here, ms UTC.
    pub fn pin_until(&self, user: Id) -> Result<Option<i64>, Refusal> {
        let now = self.now();
        self.replica().read(|conn| {
            row(
                conn,
                "SELECT until FROM local_pin WHERE user = ?1 AND until > ?2",
                &[&user.as_bytes(), &now],
                |row| row.get(0),
            )
        })
    }

    /// Checks a PIN.
    pub fn check_pin(&self, user: Id, pin: &str) -> Result<Caller, Refusal> {
        let now = self.now();
        let store = self.place().store_id;
        // The try is on disk before its answer is known.
        let (verifier, failed) = self.replica().write(move |tx| -> Result<(String, u32), Refusal> {
            let conn = tx.conn();
            let kept: Option<(String, u32, i64)> = row(
                conn,
                "SELECT verifier, failed, until FROM local_pin WHERE user = ?",
                &[&user.as_bytes()],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?;
            let Some((verifier, failed, until)) = kept else {
                return Err(Refusal::PinExpired);
            };
            if until <= now {
                return Err(Refusal::PinExpired);
            }
            execute(
                conn,
                "UPDATE local_pin SET failed = failed + 1 WHERE user = ?",
                &[&user.as_bytes()],
            )?;
            Ok((verifier, failed + 1))
        })?;
        if passwords::matches(pin, &verifier) {
            self.replica().write(move |tx| {
                execute(
                    tx.conn(),
                    "UPDATE local_pin SET failed = 0 WHERE user = ?",
                    &[&user.as_bytes()],
                )
            })?;
            return self.replica().read(|conn| {
                if sign_in::disabled(conn, user)? {
                    return Err(Refusal::Disabled);
                }
                sign_in::caller(conn, user, store)?.ok_or(Refusal::Disabled)
            });
        }
        if failed < TRIES {
            return Err(Refusal::WrongPin { left: TRIES - failed });
        }
        self.replica()
            .write(move |tx| execute(tx.conn(), "DELETE FROM local_pin WHERE user = ?", &[&user.as_bytes()]))?;
        Err(Refusal::PinDestroyed)
    }
}
