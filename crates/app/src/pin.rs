//! PINs: a quick switch between people on one till, good for 12 hours after a password there. They never leave the till;
//! five wrong tries, counted on disk before the answer, destroy one.
//!
//! A row is made when somebody gives a password here; it holds until when a PIN may work, and no verifier until one is set.

use model::ids::Id;
use model::refusal::Refusal;

use crate::scope::{execute, row};
use crate::{App, Caller, passwords, sign_in};

const TRIES: u32 = 5;
/// How long a PIN is good after the password it was set or confirmed with, ms.
pub const GOOD_FOR: i64 = 12 * 60 * 60 * 1_000;
const DIGITS: usize = 6;

/// Whether a text has the form of a PIN.
pub fn is_pin(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What a try finds on disk, itself counted already.
enum Try {
    Of {
        verifier: String,
        failed: u32,
    },
    /// Five were wrong before it: the program may have ended before it could say so.
    Spent,
}

impl App {
    /// Sets the PIN of somebody who gave a password here within the last 12 hours. It is good no longer than those: a PIN
    /// is no way to go on without a password.
    pub fn set_pin(&self, user: Id, pin: &str) -> Result<(), Refusal> {
        let all_the_same = pin.bytes().all(|byte| Some(byte) == pin.bytes().next());
        if !is_pin(pin) || all_the_same {
            return Err(Refusal::BadPin);
        }
        let (verifier, now) = (passwords::verifier(pin, self.replica().entropy())?, self.now());
        self.replica().write(move |tx| {
            let set = execute(
                tx.conn(),
                "UPDATE local_pin SET verifier = ?2, failed = 0 WHERE user = ?1 AND until > ?3",
                &[&user.as_bytes(), &verifier, &now],
            )?;
            if set == 1 { Ok(()) } else { Err(Refusal::PinExpired) }
        })
    }

    /// A password was given here: for 12 hours a PIN may be set, and the one set earlier is good again.
    pub fn renew_pin(&self, user: Id) -> Result<(), Refusal> {
        let until = self.now() + GOOD_FOR;
        self.replica().write(move |tx| {
            execute(
                tx.conn(),
                "INSERT INTO local_pin (user, verifier, failed, until) VALUES (?1, '', 0, ?2)
                 ON CONFLICT (user) DO UPDATE SET until = ?2, failed = 0",
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
                "SELECT until FROM local_pin WHERE user = ?1 AND until > ?2 AND verifier <> ''",
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
        let tried = self.replica().write(move |tx| -> Result<Try, Refusal> {
            let conn = tx.conn();
            let kept: Option<(String, u32)> = row(
                conn,
                "SELECT verifier, failed FROM local_pin WHERE user = ? AND until > ? AND verifier <> ''",
                &[&user.as_bytes(), &now],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let Some((verifier, failed)) = kept else {
                return Err(Refusal::PinExpired);
            };
            if failed >= TRIES {
                return Ok(Try::Spent);
            }
            execute(
                conn,
                "UPDATE local_pin SET failed = failed + 1 WHERE user = ?",
                &[&user.as_bytes()],
            )?;
            Ok(Try::Of {
                verifier,
                failed: failed + 1,
            })
        })?;
        let failed = match tried {
            Try::Of { verifier, failed } if !passwords::matches(pin, &verifier) => failed,
            Try::Of { .. } => {
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
            Try::Spent => TRIES,
        };
        if failed < TRIES {
            return Err(Refusal::WrongPin { left: TRIES - failed });
        }
        // Until zero: another PIN needs another password.
        self.replica().write(move |tx| {
            execute(
                tx.conn(),
                "UPDATE local_pin SET verifier = '', until = 0 WHERE user = ?",
                &[&user.as_bytes()],
            )
        })?;
        Err(Refusal::PinDestroyed)
    }
}
