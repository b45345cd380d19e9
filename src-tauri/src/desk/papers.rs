//! Papers and the drawer: the printer's thread is handed jobs, its outcomes are kept.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::App;
use devices::address::Address;
use devices::printer::{Condition, Event, Job, Outcome, Printer, Setup};
use model::ids::Id;
use model::paper::{Align, Paper, Row};
use model::refusal::Refusal;
use model::request::Request;
use model::requests::Done;
use model::requests::clinic::PrescriptionCard;
use model::requests::till::{
    OpenDrawer, PrintOutcome, PrintReceipt, PrinterStatus, SaveCard, SavedCard, SetPrinter, TestPrinter,
};
use model::role::Permission;
use serde_json::Value;

use super::open::Open;
use super::{read, to_json};

const ADDRESS: &str = "printer.address";
const COLUMNS: &str = "printer.columns";
const DEFAULT_COLUMNS: u8 = 42;

/// The printer, replaced when another is set up.
pub struct Papers(Mutex<Printer>);

impl Papers {
    pub fn new(printer: Printer) -> Self {
        Self(Mutex::new(printer))
    }

    fn printer(&self) -> MutexGuard<'_, Printer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn status(&self, app: &App) -> PrinterStatus {
        let state = self.printer().state();
        let (word, problem) = match &state.condition {
            Condition::NoneSetUp => ("none", None),
            Condition::Asking | Condition::Ready if state.paper_near_end => ("paper_near_end", None),
            Condition::Asking | Condition::Ready => ("ready", None),
            Condition::PaperOut => ("paper_out", None),
            Condition::CoverOpen => ("cover_open", None),
            Condition::Fault => ("error", None),
            Condition::Offline => ("offline", None),
            Condition::Unreachable(why) => ("offline", Some(why.clone())),
        };
        PrinterStatus {
            state: word.to_owned(),
            address: address(app),
            columns: columns(app),
            // Of a printer that is gone nobody knows whether its drawer is open.
            drawer_open: state
                .drawer_open
                .filter(|_| !matches!(state.condition, Condition::Unreachable(_))),
            jobs: u32::try_from(state.waiting).unwrap_or(u32::MAX),
            problem,
        }
    }
}

fn setting(app: &App, key: &str) -> String {
    app.setting(key).ok().flatten().unwrap_or_default()
}

/// Where the printer is: as somebody set it up here, else as whoever installed the till says in `FOVEA_PRINTER`.
fn address(app: &App) -> String {
    let set = app.setting(ADDRESS).ok().flatten();
    set.unwrap_or_else(|| std::env::var("FOVEA_PRINTER").unwrap_or_default())
}

fn columns(app: &App) -> u8 {
    setting(app, COLUMNS).parse().unwrap_or(DEFAULT_COLUMNS)
}

impl Open {
    /// Starts the printer that is set up, in place of the one before.
    pub(super) fn start_printer(self: &Arc<Self>) -> Result<(), Refusal> {
        let address = address(&self.app);
        let printer = if address.is_empty() {
            Printer::none()
        } else {
            let address: Address = address.parse().map_err(|error| Refusal::BadField {
                field: "printer".to_owned(),
                why: format!("{error}"),
            })?;
            let watching = Arc::downgrade(self);
            Printer::start(Setup::new(address), move |event| {
                if let Some(open) = watching.upgrade() {
                    open.happened(&event);
                }
            })
            .map_err(|error| Refusal::Failed {
                what: format!("the printer's thread: {error}"),
            })?
        };
        // The old printer's thread ends outside of the lock that its events may want.
        let before = std::mem::replace(&mut *self.papers.printer(), printer);
        drop(before);
        Ok(())
    }

    fn happened(&self, event: &Event) {
        let drawer = matches!(event.outcome, Outcome::DrawerOpened | Outcome::DrawerFailed(_));
        if !drawer
            && let Ok(job) = event.job.parse::<Id>()
            && let Err(refusal) = self.app.print_outcome(job, event.outcome.code())
        {
            // The job stays "queued" in the books, which at worst makes a reprint say so.
            eprintln!("a print outcome could not be kept: {}", refusal.code());
        }
        self.tell_status();
    }

    /// Answers requests about papers and devices; none: another part's.
    pub(super) fn papers(self: &Arc<Self>, request: &str, body: &Value) -> Option<Result<Value, Refusal>> {
        Some(match request {
            PrintReceipt::NAME => self.print(body),
            PrintOutcome::NAME => self.print_state(body),
            OpenDrawer::NAME => self.open_drawer(),
            SetPrinter::NAME => self.set_printer(body),
            TestPrinter::NAME => self.test_printer(),
            SaveCard::NAME => self.save_card(body),
            _ => return None,
        })
    }

    fn needs(&self, permission: Permission) -> Result<app::Caller, Refusal> {
        let caller = self.caller()?;
        if caller.may(permission) {
            Ok(caller)
        } else {
            Err(Refusal::NotPermitted {
                permission: permission.word().to_owned(),
            })
        }
    }

    fn hand_over(&self, job: Job) -> Result<(), Refusal> {
        let id = job.id.clone();
        self.papers.printer().print(job).map_err(|refused| {
            if let Ok(id) = id.parse() {
                let _ = self.app.print_outcome(id, "refused");
            }
            Refusal::Failed {
                what: format!("the receipt cannot be printed: {refused}"),
            }
        })
    }

    fn print(&self, body: &Value) -> Result<Value, Refusal> {
        let asked: PrintReceipt = read(body)?;
        let caller = self.needs(PrintReceipt::PERMISSION)?;
        let queued = self.app.queue_receipt(&caller, asked.sale, asked.open_drawer)?;
        self.hand_over(Job {
            id: queued.job.job.to_string(),
            paper: queued.paper,
            columns: columns(&self.app).into(),
            open_drawer: queued.open_drawer,
        })?;
        to_json(queued.job)
    }

    fn print_state(&self, body: &Value) -> Result<Value, Refusal> {
        let asked: PrintOutcome = read(body)?;
        self.needs(PrintOutcome::PERMISSION)?;
        to_json(self.app.print_state(asked.sale)?)
    }

    fn open_drawer(&self) -> Result<Value, Refusal> {
        self.needs(OpenDrawer::PERMISSION)?;
        let id = self.app.random_id()?;
        self.papers
            .printer()
            .open_drawer(&id.to_string())
            .map_err(|refused| Refusal::Failed {
                what: format!("the drawer cannot be opened: {refused}"),
            })?;
        to_json(Done {})
    }

    fn set_printer(self: &Arc<Self>, body: &Value) -> Result<Value, Refusal> {
        let asked: SetPrinter = read(body)?;
        self.needs(SetPrinter::PERMISSION)?;
        let address = asked.address.trim();
        if !address.is_empty() {
            address.parse::<Address>().map_err(|error| Refusal::BadField {
                field: "printer".to_owned(),
                why: format!("{error}"),
            })?;
        }
        if !matches!(asked.columns, 32 | 42) {
            return Err(Refusal::BadField {
                field: "columns".to_owned(),
                why: "a paper has 42 or 32".to_owned(),
            });
        }
        self.app.set_setting(ADDRESS, address)?;
        self.app.set_setting(COLUMNS, &asked.columns.to_string())?;
        self.start_printer()?;
        self.tell_status();
        to_json(self.printer_status())
    }

    fn test_printer(&self) -> Result<Value, Refusal> {
        self.needs(TestPrinter::PERMISSION)?;
        let text = |text: String, bold| Row::Text {
            text,
            align: Align::Centre,
            bold,
            large: bold,
        };
        let paper = Paper {
            rows: vec![
                text("Fovea".to_owned(), true),
                text(self.app.organisation_name()?, false),
                Row::Rule,
                Row::Pair {
                    left: "The printer works".to_owned(),
                    right: "1,23,456.00".to_owned(),
                    bold: false,
                },
                Row::Rule,
            ],
        };
        let id = self.app.random_id()?.to_string();
        self.hand_over(Job {
            id,
            paper,
            columns: columns(&self.app).into(),
            open_drawer: false,
        })?;
        to_json(self.printer_status())
    }

    /// Writes the card as a PDF where the person finds it. The name says nothing about whose it is.
    fn save_card(&self, body: &Value) -> Result<Value, Refusal> {
        use base64::Engine;
        let asked: SaveCard = read(body)?;
        let caller = self.needs(SaveCard::PERMISSION)?;
        let card = self.app.call(
            &caller,
            PrescriptionCard {
                prescription: asked.prescription,
            },
            None,
        )?;
        let pdf = base64::engine::general_purpose::STANDARD
            .decode(card.pdf)
            .map_err(|error| Refusal::Failed {
                what: error.to_string(),
            })?;
        let folder = self.app.replica().path().join("papers");
        let path = folder.join(card.name);
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&path, pdf))
            .map_err(|error| Refusal::NoFile {
                file: path.display().to_string(),
                why: error.to_string(),
            })?;
        to_json(SavedCard {
            path: path.display().to_string(),
        })
    }
}
