//! Print jobs of this till: queued after the commit of what they print, then their outcome. A paper that may have been
//! printed before says REPRINT.

use model::ids::Id;
use model::paper::Paper;
use model::refusal::Refusal;
use model::request::Request;
use model::requests::sales::SaleReceipt;
use model::requests::till::{PrintJob, PrintState};
use rusqlite::Connection;

use crate::scope::{Handle, Scope, execute, id_at, row, rows};
use crate::{App, Caller};

/// Finished jobs that are remembered, for the state of a sale's receipt.
const MAX_JOBS: i64 = 5_000;

/// Outcomes after which nothing more happens to a job.
const FINAL: [&str; 5] = ["printed", "sent", "half_printed", "refused", "interrupted"];

/// A job to be handed to the printer.
pub struct Queued {
    pub job: PrintJob,
    pub paper: Paper,
    pub open_drawer: bool,
}

/// Whether a receipt of the sale may be on paper: one was queued here, or the sale is another till's.
fn may_be_printed(conn: &Connection, sale: Id, device: Id) -> Result<bool, Refusal> {
    let sql = "SELECT EXISTS (SELECT 1 FROM local_print WHERE sale = ?1)
                 OR EXISTS (SELECT 1 FROM sale WHERE id = ?1 AND device <> ?2)";
    Ok(row(conn, sql, &[&sale.as_bytes(), &device.as_bytes()], |row| row.get(0))?.unwrap_or(true))
}

impl App {
    /// Queues the receipt of a sale. The first is the receipt; whatever comes after an earlier job, or after another till
    /// that may have printed one, says REPRINT and never opens the drawer.
    pub fn queue_receipt(&self, caller: &Caller, sale: Id, open_drawer: bool) -> Result<Queued, Refusal> {
        caller.check(SaleReceipt::PERMISSION)?;
        let job = self.random_id()?;
        let now = self.now();
        let (app, caller) = (self.clone(), caller.clone());
        // One transaction: of two that ask at once, one gets the receipt.
        self.replica().write(move |tx| -> Result<Queued, Refusal> {
            let conn = tx.conn();
            let reprint = may_be_printed(conn, sale, app.place().device)?;
            let mut scope = Scope::reading(conn, &caller, app.place(), now);
            let paper = SaleReceipt { sale, reprint }.handle(&mut scope)?.paper;
            let text = serde_json::to_string(&paper).map_err(|error| Refusal::Failed {
                what: error.to_string(),
            })?;
            let open_drawer = open_drawer && !reprint;
            let what = if reprint { "reprint" } else { "receipt" };
            execute(
                conn,
                "INSERT INTO local_print (job, sale, what, drawer, wall, outcome, paper) VALUES (?, ?, ?, ?, ?, NULL, ?)",
                &[&job.as_bytes(), &sale.as_bytes(), &what, &open_drawer, &now, &text],
            )?;
            execute(
                conn,
                "DELETE FROM local_print WHERE job IN (SELECT job FROM local_print ORDER BY wall DESC LIMIT -1 OFFSET ?)",
                &[&MAX_JOBS],
            )?;
            Ok(Queued {
                job: PrintJob { job, reprint },
                paper,
                open_drawer,
            })
        })
    }

    /// Keeps what became of a job.
    pub fn print_outcome(&self, job: Id, outcome: &str) -> Result<(), Refusal> {
        let outcome = outcome.to_owned();
        self.replica().write(move |tx| -> Result<(), Refusal> {
            execute(
                tx.conn(),
                "UPDATE local_print SET outcome = ? WHERE job = ?",
                &[&outcome, &job.as_bytes()],
            )?;
            Ok(())
        })
    }

    /// What became of the receipt of a sale.
    pub fn print_state(&self, sale: Id) -> Result<PrintState, Refusal> {
        self.replica().read(|conn| {
            let jobs: Vec<(String, Option<String>)> = rows(
                conn,
                "SELECT what, outcome FROM local_print WHERE sale = ? ORDER BY wall, job",
                &[&sale.as_bytes()],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let reprints = jobs.iter().filter(|(what, _)| what == "reprint").count();
            let state = match jobs.last() {
                None => "none".to_owned(),
                Some((_, None)) => "queued".to_owned(),
                Some((_, Some(outcome))) => outcome.clone(),
            };
            Ok(PrintState {
                state,
                message: None,
                reprints: u32::try_from(reprints).unwrap_or(u32::MAX),
            })
        })
    }

    /// At start: jobs that were in the printer's hands when the program ended may or may not be on paper.
    pub fn interrupt_jobs(&self) -> Result<(), Refusal> {
        self.replica().write(move |tx| -> Result<(), Refusal> {
            let open: Vec<(Id, Option<String>)> =
                rows(tx.conn(), "SELECT job, outcome FROM local_print", &[], |row| {
                    Ok((id_at(row, 0)?, row.get(1)?))
                })?;
            for (job, outcome) in open {
                if !outcome.is_some_and(|outcome| FINAL.contains(&outcome.as_str())) {
                    execute(
                        tx.conn(),
                        "UPDATE local_print SET outcome = 'interrupted' WHERE job = ?",
                        &[&job.as_bytes()],
                    )?;
                }
            }
            Ok(())
        })
    }

    /// A setting of this till alone.
    pub fn setting(&self, key: &str) -> Result<Option<String>, Refusal> {
        self.replica().read(|conn| {
            row(conn, "SELECT value FROM local_setting WHERE key = ?", &[&key], |row| {
                row.get(0)
            })
        })
    }

    /// Keeps a setting of this till alone.
    pub fn set_setting(&self, key: &str, value: &str) -> Result<(), Refusal> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.replica().write(move |tx| -> Result<(), Refusal> {
            execute(
                tx.conn(),
                "INSERT OR REPLACE INTO local_setting (key, value) VALUES (?, ?)",
                &[&key, &value],
            )?;
            Ok(())
        })
    }
}
