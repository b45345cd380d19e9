//! Hints between the processes of a chain: whoever handed something in says so on the chain's channel, after it is kept, and
//! whoever hears it looks at once. Nothing rests on a hint: each process looks by itself too, a little less often while it is
//! listening. A database that knows neither LISTEN nor NOTIFY is asked once, and then left alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use model::ids::Id;

use super::Chain;
use super::connection::{Pool, Trouble};

/// Between two looks at whether the server ends, while nothing is heard.
const TURN: Duration = Duration::from_millis(250);
/// Before a listener that lost its connection makes another.
const PAUSE: Duration = Duration::from_secs(1);

/// The channel of a chain, and who speaks on it.
pub struct Hints {
    channel: String,
    /// This process, so that it does not follow its own hints.
    own: String,
    /// The database knows nothing of the kind.
    refused: AtomicBool,
    listening: AtomicBool,
}

impl Hints {
    /// `own` tells this process from the others.
    pub fn new(organisation: Id, own: Id) -> Self {
        Self {
            channel: format!("fovea_{organisation}"),
            own: own.to_string(),
            refused: AtomicBool::new(false),
            listening: AtomicBool::new(false),
        }
    }

    /// Whether what others hand in is heard of.
    pub fn is_listening(&self) -> bool {
        self.listening.load(Ordering::Acquire)
    }

    /// A database that understood and refused is not asked again.
    fn note(&self, trouble: &Trouble) {
        if matches!(trouble, Trouble::Database(error) if error.code().is_some()) && !trouble.passes() {
            self.refused.store(true, Ordering::Release);
        }
    }

    /// Says that something new is kept. What goes wrong with it shows at the next statement that matters.
    pub fn tell(&self, pool: &Arc<Pool>) {
        if self.refused.load(Ordering::Acquire) {
            return;
        }
        let told = pool
            .lend()
            .and_then(|mut connection| Ok(connection.notify(&self.channel, &self.own)?));
        if let Err(trouble) = told {
            self.note(&trouble);
        }
    }
}

/// Listens until `ending`, over a connection of its own, and calls `news` for each hint of another process.
pub fn listen(chain: &Chain, ending: &AtomicBool, news: impl Fn()) {
    let hints = &chain.hints;
    let ends = || ending.load(Ordering::Acquire);
    while !ends() && !hints.refused.load(Ordering::Acquire) {
        match chain.pool.apart().and_then(|mut connection| {
            connection.listen(&hints.channel)?;
            Ok(connection)
        }) {
            Ok(mut connection) => {
                hints.listening.store(true, Ordering::Release);
                // What came before it listened.
                news();
                while let (false, Ok(said)) = (ends(), connection.hear(TURN)) {
                    if said.iter().any(|who| *who != hints.own) {
                        news();
                    }
                }
                hints.listening.store(false, Ordering::Release);
            }
            Err(trouble) => hints.note(&trouble),
        }
        let again = Instant::now() + PAUSE;
        while !ends() && Instant::now() < again {
            std::thread::sleep(TURN);
        }
    }
}
