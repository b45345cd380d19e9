//! Why an exchange did not happen: what passes by itself, and what does not.

use model::refusal::{Refusal, Told};

/// Why an exchange did not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The network or the server is away, or has too much to do: trying again is right.
    Away(String),
    /// The token is no longer good: a new one is got, once.
    Token,
    /// Trying again changes nothing.
    Final(Refusal),
}

impl Trouble {
    /// What the server said instead of an answer.
    pub fn told(status: u16, told: Option<Told>) -> Self {
        let Some(told) = told else {
            return match status {
                // A proxy's page, a server that stops: not ours, and not for ever.
                408 | 429 | 500..=599 => Self::Away(format!("it answered {status}")),
                _ => Self::Final(Refusal::Failed {
                    what: format!("the server answered {status}; is the address right?"),
                }),
            };
        };
        match told.code.as_str() {
            "not_signed_in" => Self::Token,
            "busy" => Self::Away(told.message),
            "bad_code" => Self::Final(Refusal::BadCode {
                why: "the server does not know it".to_owned(),
            }),
            "code_used" => Self::Final(Refusal::CodeUsed),
            "code_elsewhere" => Self::Final(Refusal::CodeElsewhere),
            "code_of_relay" => Self::Final(Refusal::CodeOfRelay),
            "code_of_till" => Self::Final(Refusal::CodeOfTill),
            "nothing_held" => Self::Final(Refusal::NothingHeld),
            "other_organisation" => Self::Final(Refusal::OtherOrganisation),
            _ if status >= 500 => Self::Away(told.message),
            _ => Self::Final(Refusal::Failed {
                what: format!("the server says: {}", told.message),
            }),
        }
    }

    /// As a refusal, for whoever does not try again.
    pub fn refusal(self) -> Refusal {
        match self {
            Self::Away(why) => Refusal::ServerAway { why },
            Self::Token => Refusal::NotSignedIn,
            Self::Final(refusal) => refusal,
        }
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Final(refusal)
    }
}

impl From<replica::ReplicaError> for Trouble {
    fn from(error: replica::ReplicaError) -> Self {
        Self::Final(error.into())
    }
}

impl From<crate::wire::WireFault> for Trouble {
    /// An answer that does not read was cut on its way, or comes from something else.
    fn from(fault: crate::wire::WireFault) -> Self {
        Self::Away(format!("its answer does not read: {fault}"))
    }
}
