//! Connections to the database: few, bounded, each with its prepared statements; transactions that are tried again when
//! they lost a race or their connection.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use model::refusal::Refusal;
use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::ToSql;
use postgres::{Client, Config, Row, Statement};

use super::sql::Sql;
use super::tls;

/// Connections of one process: what the gates of sync and head office let in, halved, since each is busy only a part of
/// the time; one more follows, and one listens.
const MAX_CONNECTIONS: usize = 8;
/// How long a request waits for a free connection, and for a new one to stand.
const PATIENCE: Duration = Duration::from_secs(5);
/// Tries of one transaction that lost a race or its connection. With the pauses between: some three seconds, so that a
/// database that restarts is waited for and one that is gone is not.
const MAX_TRIES: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// A statement takes at most so long, a lock half of it; a process that hangs inside a transaction loses its locks.
const SESSION: &str =
    "SET statement_timeout = 30000; SET lock_timeout = 15000; SET idle_in_transaction_session_timeout = 60000";

pub type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Why work on the database did not come to its end.
#[derive(Debug)]
pub enum Trouble {
    Database(postgres::Error),
    Refused(Refusal),
}

impl From<postgres::Error> for Trouble {
    fn from(error: postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Trouble {
    /// Whether the same again may go well.
    pub(super) fn passes(&self) -> bool {
        let Self::Database(error) = self else { return false };
        match error.code() {
            // The connection broke, or could not be made.
            None => true,
            Some(code) => {
                [
                    SqlState::T_R_SERIALIZATION_FAILURE,
                    SqlState::T_R_DEADLOCK_DETECTED,
                    SqlState::LOCK_NOT_AVAILABLE,
                    SqlState::ADMIN_SHUTDOWN,
                    SqlState::CRASH_SHUTDOWN,
                    SqlState::CANNOT_CONNECT_NOW,
                    SqlState::TOO_MANY_CONNECTIONS,
                    SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
                ]
                .contains(code)
                    || code.code().starts_with("08")
            }
        }
    }

    /// For whoever asked. What the database said is not shown: it may quote values.
    pub fn refusal(self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal,
            trouble if trouble.passes() => Refusal::Busy,
            Self::Database(error) => Refusal::Failed {
                what: match error.code() {
                    Some(code) if *code == SqlState::DISK_FULL => return Refusal::DiskFull,
                    Some(code) => format!("the database refused with {}", code.code()),
                    None => "the database does not answer".to_owned(),
                },
            },
        }
    }
}

/// One connection.
pub struct Connection {
    client: Client,
    statements: HashMap<Sql, Statement>,
    /// Between BEGIN and its end.
    inside: bool,
}

impl Connection {
    fn open(config: &Config) -> Result<Self, postgres::Error> {
        let mut client = tls::connect(config)?;
        client.batch_execute(SESSION)?;
        Ok(Self {
            client,
            statements: HashMap::new(),
            inside: false,
        })
    }

    fn prepared(&mut self, sql: Sql) -> Result<Statement, postgres::Error> {
        if let Some(statement) = self.statements.get(&sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql.0)?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    pub fn query(&mut self, sql: Sql, params: Params<'_>) -> Result<Vec<Row>, postgres::Error> {
        let statement = self.prepared(sql)?;
        self.client.query(&statement, params)
    }

    pub fn row(&mut self, sql: Sql, params: Params<'_>) -> Result<Option<Row>, postgres::Error> {
        let statement = self.prepared(sql)?;
        self.client.query_opt(&statement, params)
    }

    pub fn execute(&mut self, sql: Sql, params: Params<'_>) -> Result<u64, postgres::Error> {
        let statement = self.prepared(sql)?;
        self.client.execute(&statement, params)
    }

    /// Applies a migration, in the transaction that is open.
    pub(super) fn migrate(&mut self, sql: &str) -> Result<(), postgres::Error> {
        self.client.batch_execute(sql)
    }

    pub fn begin(&mut self) -> Result<(), postgres::Error> {
        self.client.batch_execute("BEGIN")?;
        self.inside = true;
        Ok(())
    }

    /// An error here leaves open whether it is kept.
    pub fn commit(&mut self) -> Result<(), postgres::Error> {
        self.client.batch_execute("COMMIT")?;
        self.inside = false;
        Ok(())
    }

    pub fn roll_back(&mut self) -> Result<(), postgres::Error> {
        self.client.batch_execute("ROLLBACK")?;
        self.inside = false;
        Ok(())
    }

    /// Says on a channel who has something new: hexadecimal digits both, and outside of any transaction.
    pub fn notify(&mut self, channel: &str, own: &str) -> Result<(), postgres::Error> {
        self.client.batch_execute(&format!("NOTIFY {channel}, '{own}'"))
    }

    /// Hears of a channel from here on.
    pub fn listen(&mut self, channel: &str) -> Result<(), postgres::Error> {
        self.client.batch_execute(&format!("LISTEN {channel}"))
    }

    /// Who said something on the channels that are listened to, waiting for the first.
    ///
    /// # Errors
    /// A connection that has ended.
    pub fn hear(&mut self, within: Duration) -> Result<Vec<String>, Trouble> {
        let mut heard = Vec::new();
        {
            let mut notifications = self.client.notifications();
            if let Some(first) = notifications.timeout_iter(within).next()? {
                heard.push(first.payload().to_owned());
            }
            let mut rest = notifications.iter();
            while let Some(next) = rest.next()? {
                heard.push(next.payload().to_owned());
            }
        }
        if self.client.is_closed() {
            return Err(Refusal::Busy.into());
        }
        Ok(heard)
    }

    fn is_sound(&self) -> bool {
        !self.inside && !self.client.is_closed()
    }
}

#[derive(Default)]
struct Idle {
    connections: Vec<Connection>,
    /// Lent and idle together.
    open: usize,
}

/// The connections of this process.
pub struct Pool {
    config: Config,
    idle: Mutex<Idle>,
    freed: Condvar,
}

/// A connection that goes back to its pool, unless it is in doubt.
pub struct Lent {
    pool: Arc<Pool>,
    connection: Option<Connection>,
}

impl std::ops::Deref for Lent {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        // It is taken out by `drop` alone.
        self.connection.as_ref().unwrap_or_else(|| unreachable!())
    }
}

impl std::ops::DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection.as_mut().unwrap_or_else(|| unreachable!())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        match self.connection.take() {
            Some(connection) if connection.is_sound() => idle.connections.push(connection),
            // Closing rolls back what was open.
            _ => idle.open -= 1,
        }
        drop(idle);
        self.pool.freed.notify_one();
    }
}

impl Pool {
    pub fn new(config: Config) -> Arc<Self> {
        Arc::new(Self {
            config,
            idle: Mutex::default(),
            freed: Condvar::new(),
        })
    }

    /// A connection for a while.
    ///
    /// # Errors
    /// [`Refusal::Busy`] when none is free for five seconds; what the database said to a new one.
    pub fn lend(self: &Arc<Self>) -> Result<Lent, Trouble> {
        let until = Instant::now() + PATIENCE;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = idle.connections.pop() {
                if connection.is_sound() {
                    return Ok(Lent {
                        pool: Arc::clone(self),
                        connection: Some(connection),
                    });
                }
                idle.open -= 1;
                continue;
            }
            if idle.open < MAX_CONNECTIONS {
                idle.open += 1;
                drop(idle);
                let opened = Connection::open(&self.config);
                if opened.is_err() {
                    self.idle.lock().unwrap_or_else(PoisonError::into_inner).open -= 1;
                    self.freed.notify_one();
                }
                return Ok(Lent {
                    pool: Arc::clone(self),
                    connection: Some(opened?),
                });
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Refusal::Busy.into());
            }
            idle = self
                .freed
                .wait_timeout(idle, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// A connection outside of the pool, for who waits on it.
    pub(super) fn apart(&self) -> Result<Connection, Trouble> {
        Ok(Connection::open(&self.config)?)
    }

    /// Whether the database can be reached at all. At start nobody waits for it: whoever starts the server is told why.
    pub fn check(self: &Arc<Self>) -> Result<(), Refusal> {
        match self.lend() {
            Ok(_) => Ok(()),
            Err(Trouble::Refused(refusal)) => Err(refusal),
            Err(Trouble::Database(error)) => Err(Refusal::Failed {
                what: match error.as_db_error() {
                    Some(said) => format!("the database says: {}", said.message()),
                    None => "the database does not answer".to_owned(),
                },
            }),
        }
    }

    /// Runs work in one transaction, again when it lost a race or its connection. So the work must come to the same when
    /// it runs after it was kept already: an error from COMMIT leaves that open.
    pub fn transaction<T>(
        self: &Arc<Self>,
        mut work: impl FnMut(&mut Connection) -> Result<T, Trouble>,
    ) -> Result<T, Refusal> {
        self.again(|pool| {
            let mut connection = pool.lend()?;
            connection.begin()?;
            match work(&mut connection) {
                Ok(value) => {
                    connection.commit()?;
                    Ok(value)
                }
                Err(trouble) => {
                    // When even that fails the connection is closed, which rolls back as well.
                    let _ = connection.roll_back();
                    Err(trouble)
                }
            }
        })
    }

    /// Runs work of single statements, each by itself.
    pub fn run<T>(self: &Arc<Self>, mut work: impl FnMut(&mut Connection) -> Result<T, Trouble>) -> Result<T, Refusal> {
        self.again(|pool| work(&mut *pool.lend()?))
    }

    pub fn again<T>(self: &Arc<Self>, mut work: impl FnMut(&Arc<Self>) -> Result<T, Trouble>) -> Result<T, Refusal> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..MAX_TRIES {
            match work(self) {
                Err(trouble) if trouble.passes() => std::thread::sleep(pause),
                outcome => return outcome.map_err(Trouble::refusal),
            }
            pause = (pause * 3).min(LONGEST_PAUSE);
        }
        work(self).map_err(Trouble::refusal)
    }
}
