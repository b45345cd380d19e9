//! The line between a till and a server: it carries the bytes of sync, or loses them, on either way, or carries them twice,
//! or late.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fovea_server::Server;
use sync::{Line, Trouble};

use crate::dice::Dice;

/// Requests remembered to arrive once more, late.
const MAX_LATE: usize = 8;

/// What listens at a machine; none while it is down.
pub type Door = Arc<Mutex<Option<Arc<Server>>>>;

/// How often what happens, in a thousand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weather {
    /// Nothing arrives at all.
    pub cut: bool,
    /// The request never arrives.
    pub lost: u64,
    /// The server acts, and its answer never arrives.
    pub unanswered: u64,
    /// The answer ends in the middle.
    pub torn: u64,
    /// The request arrives twice.
    pub twice: u64,
    /// An old request arrives once more before this one.
    pub late: u64,
}

impl Weather {
    /// Bad in a way of its own.
    pub fn bad(dice: &mut Dice) -> Self {
        let mut some = || if dice.permille(500) { dice.below(400) } else { 0 };
        Self {
            cut: false,
            lost: some(),
            unanswered: some(),
            torn: some(),
            twice: some(),
            late: some(),
        }
    }
}

struct Request {
    path: String,
    body: Vec<u8>,
    token: Option<String>,
}

pub struct State {
    pub weather: Weather,
    dice: Dice,
    late: Vec<Request>,
    /// Requests that reached the server.
    pub carried: u64,
}

/// One machine's line to a server.
#[derive(Clone)]
pub struct Link {
    state: Arc<Mutex<State>>,
    door: Door,
}

fn away(why: &str) -> Trouble {
    Trouble::Away(why.to_owned())
}

impl Link {
    pub fn new(door: &Door, dice: &mut Dice) -> Self {
        let state = State {
            weather: Weather::default(),
            dice: dice.fork(),
            late: Vec::new(),
            carried: 0,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            door: Arc::clone(door),
        }
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deliver(&self, request: &Request) -> Result<Vec<u8>, Trouble> {
        let server = self.door.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let server = server.ok_or_else(|| away("nobody listens"))?;
        self.lock().carried += 1;
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let token = request.token.as_deref();
        fovea_server::answer(&server, &request.path, &request.body, token, address)
            .map_err(|(status, told)| Trouble::told(status, Some(told)))
    }
}

impl Line for Link {
    fn post(&self, path: &str, body: Vec<u8>, token: Option<&str>) -> Result<Vec<u8>, Trouble> {
        let request = Request {
            path: path.to_owned(),
            body,
            token: token.map(str::to_owned),
        };
        let (weather, lost, unanswered, torn, twice, late) = {
            let mut state = self.lock();
            let weather = state.weather;
            let mut happens = |often| state.dice.permille(often);
            let drawn = (
                happens(weather.lost),
                happens(weather.unanswered),
                happens(weather.torn),
                happens(weather.twice),
            );
            let late = happens(weather.late) && !state.late.is_empty();
            let late = late.then(|| {
                let at = state.late.len() as u64;
                let at = state.dice.below(at) as usize;
                state.late.swap_remove(at)
            });
            (weather, drawn.0, drawn.1, drawn.2, drawn.3, late)
        };
        if weather.cut {
            return Err(away("the line is cut"));
        }
        if let Some(late) = late {
            // Nobody waits for its answer any more.
            let _ = self.deliver(&late);
        }
        if lost {
            self.keep(request);
            return Err(away("the request was lost"));
        }
        let mut answer = self.deliver(&request);
        if twice {
            answer = self.deliver(&request);
        }
        if unanswered {
            self.keep(request);
            return Err(away("the answer was lost"));
        }
        if torn && let Ok(bytes) = &mut answer {
            let keep = self.lock().dice.below(bytes.len() as u64);
            bytes.truncate(keep as usize);
        }
        answer
    }
}

impl Link {
    /// Forgets what was still on its way.
    pub fn clear(&self) {
        self.lock().late.clear();
    }

    fn keep(&self, request: Request) {
        let mut state = self.lock();
        if state.late.len() < MAX_LATE {
            state.late.push(request);
        }
    }
}
