//! `fovea-server init | code | join | serve | snapshot | accept-loss`.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use app::setup::{self, Founding};
use app::{joining, keys, recovering, system_clock};
use journal::{OneTimeCode, Post, organisation_id};
use lexopt::{Arg, Parser, ValueExt};
use model::refusal::Refusal;

use crate::codes::{Codes, Place};
use crate::log::Log;
use crate::running::{Serving, serve};
use crate::secrets::Secrets;
use crate::snapshots::Snapshots;
use crate::tls::TlsFiles;

const USAGE: &str = "\
fovea-server init  --data DIR --org NAME --admin USER [--profile in-gst|gb-vat] [--sheet FILE]
fovea-server init  --data DIR --recovery FILE [--from DIR]  a server of the organisation on the recovery sheet, with the books
                                                           of a till's folder where a till has let go of old trade
fovea-server code  --data DIR --store CODE --till CODE [--database URL]        a one-time code for a till
fovea-server code  --data DIR --store CODE --relay [--database URL]            the same for the store's relay
fovea-server join  --data DIR --server URL --code CODE     makes DIR the relay of a store
fovea-server serve --data DIR --listen ADDR [--upstream URL | --database URL] [--tls-cert FILE --tls-key FILE]
fovea-server snapshot --data DIR                           the copy that new tills begin with, made now; serve makes it by itself
fovea-server accept-loss --data DIR                        a restored server goes on without devices that are gone

URL is postgres://USER:PASSWORD@HOST:PORT/NAME, best given as FOVEA_DATABASE: then no list of processes shows it. The
password of the administrator comes from FOVEA_PASSWORD or a prompt. stdout carries the answer alone; progress and logs
go to stderr, errors as JSON.";

/// Options of one command, each at most once.
struct Options(Vec<(&'static str, OsString)>);

fn usage(why: impl Into<String>) -> Refusal {
    Refusal::Usage { why: why.into() }
}

impl Options {
    fn read(parser: &mut Parser, known: &'static [&'static str]) -> Result<Self, Refusal> {
        Self::read_with(parser, known, &[])
    }

    /// The same with options that have no value.
    fn read_with(
        parser: &mut Parser,
        known: &'static [&'static str],
        flags: &'static [&'static str],
    ) -> Result<Self, Refusal> {
        let mut read: Vec<(&'static str, OsString)> = Vec::new();
        while let Some(argument) = parser.next().map_err(|error| usage(error.to_string()))? {
            let Arg::Long(name) = argument else {
                return Err(usage(argument.unexpected().to_string()));
            };
            let flag = flags.contains(&name);
            let Some(name) = known.iter().chain(flags).find(|one| **one == name).copied() else {
                return Err(usage(format!("--{name} is not known here")));
            };
            if read.iter().any(|(before, _)| *before == name) {
                return Err(usage(format!("--{name} is given twice")));
            }
            let value = match flag {
                true => OsString::new(),
                false => parser.value().map_err(|error| usage(error.to_string()))?,
            };
            read.push((name, value));
        }
        Ok(Self(read))
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.0
            .iter()
            .find(|(one, _)| *one == name)
            .map(|(_, value)| PathBuf::from(value))
    }

    fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        let value = self
            .0
            .iter()
            .find(|(one, _)| *one == name)
            .map(|(_, value)| value.clone());
        value
            .map(|value| {
                value
                    .string()
                    .map_err(|_| usage(format!("--{name} is not readable text")))
            })
            .transpose()
    }

    fn needed(&self, name: &str) -> Result<String, Refusal> {
        self.text(name)?.ok_or_else(|| usage(format!("--{name} is missing")))
    }

    fn data(&self) -> Result<PathBuf, Refusal> {
        self.path("data").ok_or_else(|| usage("--data is missing"))
    }
}

/// Runs one command; its answer is for stdout.
///
/// # Errors
/// What is wrong, for stderr.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<String, Refusal> {
    let mut parser = Parser::from_args(arguments);
    match parser.next().map_err(|error| usage(error.to_string()))? {
        Some(Arg::Value(word)) if word == "init" => init(&Options::read(
            &mut parser,
            &["data", "org", "admin", "profile", "sheet", "recovery", "from"],
        )?),
        Some(Arg::Value(word)) if word == "code" => code(&Options::read_with(
            &mut parser,
            &["data", "store", "till", "database"],
            &["relay"],
        )?),
        Some(Arg::Value(word)) if word == "join" => join(&Options::read(&mut parser, &["data", "server", "code"])?),
        Some(Arg::Value(word)) if word == "serve" => run_server(&Options::read(
            &mut parser,
            &["data", "listen", "upstream", "tls-cert", "tls-key", "database"],
        )?),
        Some(Arg::Value(word)) if word == "snapshot" => snapshot(&Options::read(&mut parser, &["data"])?),
        Some(Arg::Value(word)) if word == "accept-loss" => {
            let data = Options::read(&mut parser, &["data"])?.data()?;
            crate::restored::accept_loss(&data)?;
            Ok("Certificates are issued again; what only silent devices held is given up.".to_owned())
        }
        Some(Arg::Long("help") | Arg::Short('h')) => Ok(USAGE.to_owned()),
        Some(Arg::Long("version") | Arg::Short('V')) => Ok(format!("fovea-server {}", env!("CARGO_PKG_VERSION"))),
        Some(other) => Err(usage(other.unexpected().to_string())),
        None => Err(usage(
            "a command is missing: init, code, join, serve, snapshot or accept-loss",
        )),
    }
}

fn password(of: &str) -> Result<String, Refusal> {
    if let Ok(password) = std::env::var("FOVEA_PASSWORD") {
        return Ok(password);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Refusal::PasswordMissing);
    }
    rpassword::prompt_password(format!("Password of {of}: ")).map_err(|_| Refusal::PasswordMissing)
}

/// Where the recovery sheet goes.
enum Sheet {
    Stderr,
    File(PathBuf, std::fs::File),
}

impl Sheet {
    /// The file is made before the organisation: a sheet that could not be written would be lost with its key.
    fn open(path: Option<PathBuf>, data: &Path) -> Result<Self, Refusal> {
        let Some(path) = path else { return Ok(Self::Stderr) };
        let refused = |why: String| Refusal::BadField {
            field: "--sheet".to_owned(),
            why,
        };
        let absolute = |path: &Path| std::path::absolute(path).map_err(|error| refused(error.to_string()));
        let folder = absolute(&path)?.parent().map(Path::to_owned).unwrap_or_default();
        let folder = folder.canonicalize().unwrap_or(folder);
        let data = absolute(data)?;
        let data = data.canonicalize().unwrap_or(data);
        if folder.starts_with(&data) {
            return Err(refused(
                "the recovery sheet does not go into the data folder".to_owned(),
            ));
        }
        let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path);
        file.map(|file| Self::File(path, file))
            .map_err(|error| refused(error.to_string()))
    }

    fn write(self, text: &str) -> Result<(), Refusal> {
        match self {
            Self::Stderr => {
                eprintln!("{text}");
                Ok(())
            }
            Self::File(path, mut file) => {
                file.write_all(text.as_bytes())
                    .and_then(|()| file.sync_all())
                    .map_err(|error| {
                        // The key must not be lost with a full disk.
                        eprintln!("{text}");
                        Refusal::Failed {
                            what: format!("{}: {error}; the sheet is on stderr", path.display()),
                        }
                    })
            }
        }
    }

    fn remove(self) {
        if let Self::File(path, _) = self {
            // It is empty: nothing was made.
            let _ = std::fs::remove_file(path);
        }
    }
}

fn init(options: &Options) -> Result<String, Refusal> {
    if let Some(file) = options.path("recovery") {
        let books = options.path("from");
        if options.0.len() > 2 + usize::from(books.is_some()) {
            return Err(usage(
                "--recovery goes with --data and --from alone: name, people and settings come from a till",
            ));
        }
        return recover(&options.data()?, &file, books.as_deref());
    }
    if options.path("from").is_some() {
        return Err(usage("--from goes with --recovery"));
    }
    let (data, organisation, admin) = (options.data()?, options.needed("org")?, options.needed("admin")?);
    let profile = options.text("profile")?.unwrap_or_else(|| "in-gst".to_owned());
    let password = password(&admin)?;
    let sheet = Sheet::open(options.path("sheet"), &data)?;
    let founding = Founding {
        organisation: &organisation,
        profile: &profile,
        admin: &admin,
        password: &password,
        till: None,
    };
    match setup::found(&data, &founding, &system_clock()) {
        Ok(founded) => {
            sheet.write(&founded.sheet)?;
            Codes::open(&data)?;
            Ok(format!("{organisation} is ready in {}", data.display()))
        }
        Err(refusal) => {
            sheet.remove();
            Err(refusal)
        }
    }
}

fn recover(data: &Path, file: &Path, books: Option<&Path>) -> Result<String, Refusal> {
    let sheet = recovering::read_sheet(data, file)?;
    let name = sheet.name().to_owned();
    if let Some(books) = books {
        eprintln!(
            "fovea-server: copying and proving what {} holds; a large chain takes minutes",
            books.display()
        );
    }
    recovering::recover(data, sheet, books, &system_clock())?;
    Codes::open(data)?;
    if books.is_some() {
        // What nobody has one by one any more, a new till can only begin with.
        let app = app::setup::open_app(data, system_clock())?;
        Snapshots::default().make(&app)?;
        return Ok(format!(
            "A server of {name} is ready in {}, with the books of that till. Make a code for every till, and close the devices \
             that are gone",
            data.display()
        ));
    }
    Ok(format!(
        "A server of {name} is ready in {}. It holds nothing yet: make a code for the till that has the books",
        data.display()
    ))
}

fn code(options: &Options) -> Result<String, Refusal> {
    let (data, store) = (options.data()?, options.needed("store")?);
    let till = match (options.text("till")?, options.path("relay")) {
        (Some(till), None) => till,
        (None, Some(_)) => String::new(),
        _ => return Err(usage("a code is for a till or for a relay: --till CODE, or --relay")),
    };
    if till.is_empty() && options.path("relay").is_none() {
        return Err(usage("--till is empty"));
    }
    one_time_code(&data, database(options)?.as_deref(), &store, &till, system_clock()())
}

/// Makes the snapshot that new tills begin with, in a folder that nobody serves; who serves makes its own.
fn snapshot(options: &Options) -> Result<String, Refusal> {
    let app = app::setup::open_app(&options.data()?, system_clock())?;
    let snapshots = Snapshots::default();
    snapshots.find(&app)?;
    let made = snapshots.make(&app)?;
    Ok(format!("{} bytes, {}", made.size, made.hash))
}

fn join(options: &Options) -> Result<String, Refusal> {
    let (data, server, code) = (options.data()?, options.needed("server")?, options.needed("code")?);
    sync::join_relay(&data, &server, &code, system_clock(), &mut |_| {})?;
    Ok(format!("{} is a relay of {server}", data.display()))
}

/// Where the journal lies, if it is not the folder.
fn database(options: &Options) -> Result<Option<String>, Refusal> {
    let named = options.text("database")?;
    Ok(named
        .or_else(|| std::env::var("FOVEA_DATABASE").ok())
        .filter(|url| !url.is_empty()))
}

/// Makes a one-time code for a till, or with an empty till code for the store's relay: in the database, for any process on
/// it, or in the folder. That may be served meanwhile: only its codes are written.
///
/// # Errors
/// Bad store or till codes; a folder that is not a server's.
pub fn one_time_code(
    data: &Path,
    database: Option<&str>,
    store: &str,
    till: &str,
    now: i64,
) -> Result<String, Refusal> {
    one_time_code_from(&replica::Entropy::default(), data, database, store, till, now)
}

/// The same with another source of chance.
///
/// # Errors
/// As [`one_time_code`].
pub fn one_time_code_from(
    entropy: &replica::Entropy,
    data: &Path,
    database: Option<&str>,
    store: &str,
    till: &str,
    now: i64,
) -> Result<String, Refusal> {
    match till {
        "" => setup::store_code(store)?,
        till => setup::codes(store, till)?,
    }
    if !data.join(replica::DATABASE).exists() {
        return Err(Refusal::FolderAbsent {
            folder: data.display().to_string(),
        });
    }
    let enrols = || Refusal::CannotWrite {
        what: "certificates".to_owned(),
    };
    keys::load(data, setup::ENROLLING_KEY)?.ok_or_else(enrols)?;
    let key = keys::load(data, setup::DEVICE_KEY)?.ok_or_else(enrols)?;
    let organisation_key = organisation_key(data)?;
    let organisation = organisation_id(&organisation_key);
    let secret = entropy.bytes()?;
    let place = Place {
        store: store.to_owned(),
        till: till.to_owned(),
    };
    let hash = Secrets::of(&key).code_hash(&secret);
    match database {
        Some(url) => add_shared(url, organisation_key, &hash, &place, now)?,
        None => Codes::open(data)?.add(&hash, &place, now)?,
    }
    Ok(OneTimeCode::new(secret, organisation).to_string().replace('-', ""))
}

#[cfg(feature = "postgres")]
fn add_shared(url: &str, key: [u8; 32], hash: &blake3::Hash, place: &Place, now: i64) -> Result<(), Refusal> {
    let chain = crate::postgres::Chain::open(url, key)?;
    crate::postgres::codes::add(&chain, hash, place, now)
}

#[cfg(not(feature = "postgres"))]
fn add_shared(_: &str, _: [u8; 32], _: &blake3::Hash, _: &Place, _: i64) -> Result<(), Refusal> {
    Err(crate::server::without())
}

/// The organisation's key, read beside whoever has the folder open.
fn organisation_key(data: &Path) -> Result<[u8; 32], Refusal> {
    let conn = replica::open_reader(&data.join(replica::DATABASE))?;
    Ok(replica::organisation_key(&conn)?)
}

fn run_server(options: &Options) -> Result<String, Refusal> {
    let (data, listen) = (options.data()?, options.needed("listen")?);
    let tls = match (options.path("tls-cert"), options.path("tls-key")) {
        (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
        (None, None) => None,
        _ => return Err(usage("--tls-cert and --tls-key go together")),
    };
    if let Some(upstream) = options.text("upstream")? {
        let upstream = sync::remembered_address(&upstream)?;
        let app = setup::open_app(&data, system_clock())?;
        if setup::own_certificate(app.replica())?.post() != Post::Relay {
            return Err(usage("--upstream is for a relay; this folder is head office's"));
        }
        if joining::server(app.replica())?.as_deref() != Some(upstream.as_str()) {
            joining::set_server(app.replica(), &upstream)?;
        }
    }
    serve(Serving {
        data: &data,
        database: database(options)?.as_deref(),
        listen: &listen,
        tls,
        clock: system_clock(),
        log: Log::Stderr,
    })?
    .until_told()?;
    Ok(String::new())
}
