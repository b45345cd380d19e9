//! The commands.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

use app::import::Subject;
use app::replay::Share;
use app::setup::{Founding, found, open_app};
use app::{App, Caller, joining, system_clock};
use model::ids::Id;
use model::refusal::Refusal;
use model::requests::erasure::CustomerExport;
use serde::Serialize;

use crate::arguments::Arguments;
use crate::password::password;
use crate::progress::Progress;

const HELP: &str = "\
fovea init     --data DIR --org NAME --store CODE --till CODE --admin USER [--profile in-gst|gb-vat] [--sheet FILE]
fovea enrol    --data DIR --server URL --code CODE
fovea call     --data DIR --as USER REQUEST [JSON|-] [--request ID]
fovea requests [--json]
fovea import   products|customers|stock FILE.csv --data DIR --as USER [--dry-run]
fovea replay   retail FILE.csv --data DIR --as USER [--share I/N]
fovea export   person --data DIR --as USER --customer CODE --out DIR
fovea sync     --data DIR --once
fovea servers  --data DIR [--add URL | --remove URL]
fovea verify   --data DIR [--json]
fovea rebuild  --data DIR
fovea twin     printer --listen ADDR --out DIR [--paper N]

The password of USER comes from FOVEA_PASSWORD or is asked for. Answers go to stdout, progress and errors to stderr.
";

/// Runs the command line; the exit code is the answer's.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<ExitCode, Refusal> {
    let mut arguments = arguments.into_iter();
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<OsString> = arguments.collect();
    match command.to_str() {
        Some("init") => init(rest),
        Some("enrol") => enrol(rest),
        Some("call") => call(rest),
        Some("requests") => requests(rest),
        Some("import") => import(rest),
        Some("replay") => replay(rest),
        Some("export") => export(rest),
        Some("sync") => sync(rest),
        Some("servers") => servers(rest),
        Some("verify") => verify(rest),
        Some("rebuild") => rebuild(rest),
        Some("twin") => twin(rest),
        Some("--help" | "-h" | "help") => {
            say(HELP.trim_end())?;
            Ok(ExitCode::SUCCESS)
        }
        Some("--version") => {
            say(concat!("fovea ", env!("CARGO_PKG_VERSION")))?;
            Ok(ExitCode::SUCCESS)
        }
        Some("") | None => Err(Refusal::Usage {
            why: "no command is named".to_owned(),
        }),
        Some(other) => Err(Refusal::Usage {
            why: format!("there is no command {other}"),
        }),
    }
}

/// Writes the answer; a reader that went away is no error of ours.
fn say(text: &str) -> Result<(), Refusal> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Refusal::Failed {
            what: error.to_string(),
        }),
        _ => Ok(()),
    }
}

fn say_json(answer: &impl Serialize) -> Result<ExitCode, Refusal> {
    let text = serde_json::to_string(answer).map_err(|error| Refusal::Failed {
        what: error.to_string(),
    })?;
    say(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn no_words(arguments: &Arguments) -> Result<(), Refusal> {
    arguments.words::<0>("no further words").map(|_| ())
}

fn init(rest: Vec<OsString>) -> Result<ExitCode, Refusal> {
    let options = ["data", "org", "store", "till", "admin", "profile", "sheet"];
    let arguments = Arguments::read(rest, &options, &[])?;
    no_words(&arguments)?;
    let folder = arguments.folder()?;
    let (organisation, store, till) = (
        arguments.needed("org")?,
        arguments.needed("store")?,
        arguments.needed("till")?,
    );
    let admin = arguments.needed("admin")?;
    let profile = arguments.text("profile")?.unwrap_or_else(|| "in-gst".to_owned());
    let sheet = arguments.text("sheet")?;
    let password = password(&admin)?;
    app::setup::check_sheet(&folder, sheet.as_deref().map(Path::new))?;
    let founding = Founding {
        organisation: &organisation,
        profile: &profile,
        admin: &admin,
        password: &password,
        till: Some((&store, &till)),
    };
    let founded = found(&folder, &founding, &system_clock())?;
    app::setup::hand_over_sheet(&founded, sheet.as_deref().map(Path::new))?;
    Ok(ExitCode::SUCCESS)
}

fn enrol(rest: Vec<OsString>) -> Result<ExitCode, Refusal> {
    let arguments = Arguments::read(rest, &["data", "server", "code"], &[])?;
    no_words(&arguments)?;
    let (server, code) = (arguments.needed("server")?, arguments.needed("code")?);
    let (copied, taken) = (Progress::new("Copied"), Progress::new("Taken"));
    let megabytes = |bytes: u64| format!("{} MB", bytes / 1_000_000);
    sync::enrol(&arguments.folder()?, &server, &code, system_clock(), &mut |at| {
        if at.to_fetch > 0 {
            copied.at(megabytes(at.fetched), megabytes(at.to_fetch));
        } else {
            taken.at(at.taken, at.of);
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Opens the folder and checks who asks.
fn signed_in(arguments: &Arguments) -> Result<(App, Caller), Refusal> {
    let user = arguments.needed("as")?;
    let password = password(&user)?;
    let app = open_app(&arguments.folder()?, system_clock())?;
    let caller = app.check_password(&user, &password)?;
    Ok((app, caller))
}

fn call(rest: Vec<OsString>) -> Result<ExitCode, Refusal> {
    let arguments = Arguments::read(rest, &["data", "as", "request"], &[])?;
    let body = match arguments.all_words().len() {
        1 => "{}".to_owned(),
        2 => {
            let [_, body] = arguments.words("REQUEST and JSON")?;
            if body == "-" { read_stdin()? } else { body }
        }
        _ => {
            return Err(Refusal::Usage {
                why: "this takes REQUEST and at most one JSON".to_owned(),
            });
        }
    };
    let name = arguments.all_words()[0].to_string_lossy().into_owned();
    let id = arguments.text("request")?.map(|text| request_id(&text));
    let (app, caller) = signed_in(&arguments)?;
    let answer = app.call_json(&caller, &name, &body, id)?;
    say_json(&answer)
}

/// A request id: 32 hexadecimal digits as they are, any other word by its hash, so that scripts may name their own.
fn request_id(text: &str) -> Id {
    text.parse()
        .unwrap_or_else(|_| Id::of(&model::ids::HashUse::Case.hash(&[b"request", text.as_bytes()])))
}

fn read_stdin() -> Result<String, Refusal> {
    let mut body = String::new();
    let most = app::MAX_BODY as u64 + 1;
    std::io::stdin()
        .take(most)
        .read_to_string(&mut body)
        .map_err(|error| Refusal::BadRequest { why: error.to_string() })?;
    Ok(body)
}

fn requests(rest: Vec<OsString>) -> Result<ExitCode, Refusal> {
    let arguments = Arguments::read(rest, &[], &["json"])?;
    no_words(&arguments)?;
    let all = model::requests::all();
    if arguments.flag("json") {
        return say_json(&all);
    }
    let mut text = String::new();
    for request in &all {
        let kind = serde_json::to_value(request.kind)
            .ok()
            .and_then(|kind| kind.as_str().map(str::to_owned));
        text.push_str(&format!(
            "{:<24} {:<8} {}\n",
            request.name,
            kind.unwrap_or_default(),
            request.permission.word()
        ));
    }
    say(text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

fn import(rest: Vec<OsString>) -> Result<ExitCode, Refusal> {
    let arguments = Arguments::read(rest, &["data", "as"], &["dry-run"])?;
    let [subject, file] = arguments.words("products, customers or stock, and a file")?;
    let subject = Subject::from_word(&subject).ok_or_else(|| Refusal::Usage {
        why: format!("{subject} is not products, customers or stock"),
    })?;
    let (app, caller) = signed_in(&arguments)?;
    let progress = Progress::new("Written");
    let imported = app.import(
        &caller,
        subject,
        Path::new(&file),
        arguments.flag("dry-run"),
        &|done, of| progress.at(done, of),
    )?;
    say_json(&imported)
}

fn replay(rest: Vec<OsString>) -> Result<ExitCode, Refusal> {
    let arguments = Arguments::read(rest, &["data", "as", "share"], &[])?;
    let [form, file] = arguments.words("retail and a file")?;
    if form != "retail" {
        return Err(Refusal::Usage {
            why: format!("{form} is not a form that replay reads; retail is"),
        });
    }
    let share = arguments.text("share")?;
    let share = share
        .map(|text| {
            Share::parse(&text).ok_or_else(|| Refusal::Usage {
                why: format!("{text} is not I/N with I below N"),
            })
        })
        .transpose()?;
    let (app, caller) = signed_in(&arguments)?;
    let progress = Progress::new("Invoices");
    let report = app.replay_retail(&caller, Path::new(&file), share, &|done, of| progress.at(done, of))?;
    say_json(&report)
}

/// Everything about one person, as data and as a paper.
fn export(rest: Vec<OsString>) -> Result<ExitCode, Refusal> {
    let arguments = Arguments::read(rest, &["data", "as", "customer", "out"], &[])?;
    let [subject] = arguments.words("person")?;
    if subject != "person" {
        return Err(Refusal::Usage {
            why: format!("{subject} cannot be exported; person can"),
        });
    }
    let (customer, out) = (arguments.needed("customer")?, arguments.path("out")?);
    let (app, caller) = signed_in(&arguments)?;
    let customer = app.customer_named(&caller, &customer)?;
    let person = app.call(&caller, CustomerExport { customer }, None)?;
    let json = serde_json::to_vec_pretty(&person).map_err(|error| Refusal::Failed {
        what: error.to_string(),
    })?;
    let pdf = app.export_paper(&person)?;
    let (data, paper) = (out.join("person.json"), out.join("person.pdf"));
    std::fs::create_dir_all(&out)
        .and_then(|()| write_new(&data, &json))
        .and_then(|()| write_new(&paper, &pdf))
        .map_err(|error| Refusal::BadField {
            field: "--out".to_owned(),
            why: format!("{}: {error}", out.display()),
        })?;
    say_json(&serde_json::json!({"json": data, "pdf": paper}))
}

/// Writes a file that nobody but its owner reads. One that is there is somebody else's paper, and stays.
fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}

fn sync(rest: Vec<OsString>) -> Result<ExitCode, Refusal> {
    let arguments = Arguments::read(rest, &["data"], &["once"])?;
    no_words(&arguments)?;
    if !arguments.flag("once") {
        return Err(Refusal::Usage {
            why: "--once is missing; the till's window syncs all the time by itself".to_owned(),
        });
    }
    let app = open_app(&arguments.folder()?, system_clock())?;
    sync::sync_once(&app)?;
    Ok(ExitCode::SUCCESS)
}

/// The relays of this till's store, beside head office.
fn servers(rest: Vec<OsString>) -> Result<ExitCode, Refusal> {
    let arguments = Arguments::read(rest, &["data", "add", "remove"], &[])?;
    no_words(&arguments)?;
    let app = open_app(&arguments.folder()?, system_clock())?;
    let replica = app.replica();
    match (arguments.text("add")?, arguments.text("remove")?) {
        (Some(address), None) => joining::add_relay(replica, &sync::remembered_address(&address)?)?,
        (None, Some(address)) => joining::remove_relay(replica, &sync::remembered_address(&address)?)?,
        (None, None) => {}
        _ => {
            return Err(Refusal::Usage {
                why: "--add or --remove, one at a time".to_owned(),
            });
        }
    }
    say_json(&serde_json::json!({
        "head_office": joining::server(replica)?,
        "relays": joining::relays(replica)?,
    }))
}

fn verify(rest: Vec<OsString>) -> Result<ExitCode, Refusal> {
    let arguments = Arguments::read(rest, &["data"], &["json"])?;
    no_words(&arguments)?;
    let folder = arguments.folder()?;
    if !folder.join(replica::DATABASE).exists() {
        return Err(Refusal::FolderAbsent {
            folder: folder.display().to_string(),
        });
    }
    let findings = replica::Replica::open(&folder, None)?.confirm()?;
    let clean = findings.mismatches.is_empty();
    if arguments.flag("json") {
        say_json(&serde_json::json!({
            "digest": findings.digest,
            "commits": findings.commits,
            "mismatches": findings.mismatches,
        }))?;
    } else {
        let mut text = format!("{} commits, digest {}", findings.commits, findings.digest);
        for mismatch in &findings.mismatches {
            text.push('\n');
            text.push_str(mismatch);
        }
        if clean {
            text.push_str("\nEvery hash and signature is right; rows, digests and account sums agree with the log.");
        }
        say(&text)?;
    }
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn rebuild(rest: Vec<OsString>) -> Result<ExitCode, Refusal> {
    let arguments = Arguments::read(rest, &["data"], &[])?;
    no_words(&arguments)?;
    replica::rebuild(&arguments.folder()?)?;
    Ok(ExitCode::SUCCESS)
}

fn twin(rest: Vec<OsString>) -> Result<ExitCode, Refusal> {
    let arguments = Arguments::read(rest, &["listen", "out", "paper"], &[])?;
    let [device] = arguments.words("printer")?;
    if device != "printer" {
        return Err(Refusal::Usage {
            why: format!("there is no twin of {device}; printer is one"),
        });
    }
    let mut options = devices::twin::TwinOptions::new(&arguments.needed("listen")?, arguments.path("out")?);
    options.paper_lines = arguments
        .text("paper")?
        .map(|lines| {
            lines.parse().map_err(|_| Refusal::Usage {
                why: format!("--paper {lines} is not a number of lines"),
            })
        })
        .transpose()?;
    devices::twin::run(options, |address| eprintln!("The printer twin listens on {address}.")).map_err(|error| {
        Refusal::Failed {
            what: error.to_string(),
        }
    })?;
    Ok(ExitCode::SUCCESS)
}
