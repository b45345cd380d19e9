//! What head office looks at: today, devices, what was set aside, what needs a person.

use std::collections::HashMap;

use model::ids::Id;
use model::records::DocumentKind;
use model::refusal::Refusal;
use model::requests::office::{
    AsideRow, DeviceRow, Devices, ExceptionRow, Exceptions, MethodSum, Missing, OfficeDevices, OfficeExceptions,
    OfficeSetAside, OfficeToday, SetAside, StoreToday, Today,
};
use model::requests::people::Store;
use model::requests::sales::CountTotal;
use replica::project::load_document;
use replica::{CLOSED, ReplicaError, meta};
use retail::Day;
use rusqlite::{Connection, params};

use crate::App;
use crate::counts;
use crate::ends;
use crate::level;
use crate::place::{store, stores};
use crate::sales::totals;
use crate::scope::{Handle, Scope, id_at, id_or_none, row};
use crate::stated;

const MAX_ROWS: i64 = 500;
/// How a store's relay is called where a till has its code.
const RELAY: &str = "relay";

/// The name of a user for a list; empty when nobody is named.
pub fn user_name(conn: &Connection, user: Option<Id>) -> Result<String, Refusal> {
    let Some(user) = user else { return Ok(String::new()) };
    Ok(row(
        conn,
        "SELECT name FROM app_user WHERE id = ?",
        &[&user.as_bytes()],
        |row| row.get(0),
    )?
    .unwrap_or_else(|| "somebody not known here".to_owned()))
}

/// A device as people call it: store and till, or the server.
pub fn device_name(conn: &Connection, device: Id) -> Result<String, Refusal> {
    let found: Option<(Option<Id>, String)> = row(
        conn,
        "SELECT store, till FROM device WHERE device = ? ORDER BY id LIMIT 1",
        &[&device.as_bytes()],
        |row| Ok((id_or_none(row, 0)?, row.get(1)?)),
    )?;
    Ok(match found {
        Some((Some(at), till)) => {
            let till = if till.is_empty() { RELAY.to_owned() } else { till };
            match store(conn, at)? {
                Some(store) => format!("{} {till}", store.code),
                None => till,
            }
        }
        Some((None, _)) => "Head office".to_owned(),
        None => "a device not known here".to_owned(),
    })
}

/// Most devices that a sentence names.
const NAMED: usize = 8;

/// Devices in a sentence: the first few, and how many more there are.
pub fn first_of(names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let mut said = names.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        said.push_str(&format!(" and {more} more"));
    }
    said
}

/// An account as people call it.
pub fn account_name(stores: &[Store], account: &str) -> String {
    if let Some((id, state)) = account.split_once(':')
        && let Some(store) = stores.iter().find(|store| store.id.to_string() == id)
    {
        return if state == "sellable" {
            store.code.clone()
        } else {
            format!("{} {state}", store.code)
        };
    }
    account.split(':').next().unwrap_or(account).to_owned()
}

/// When this server last heard of a till of the store; nothing of it is known after that.
pub fn known_until(scope: &Scope<'_, '_>, store: Id) -> Result<Option<i64>, Refusal> {
    let last = scope.row(
        "SELECT MAX(s.wall) FROM local_seen s JOIN device d ON d.device = s.device WHERE d.store = ?",
        &[&store.as_bytes()],
        |row| row.get(0),
    )?;
    Ok(last.flatten())
}

impl Handle for OfficeToday {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Today, Refusal> {
        let profile = scope.profile()?;
        let day = match self.day.as_deref() {
            Some(text) => Day::parse_iso(text.trim()).map_err(|error| Refusal::BadField {
                field: "day".to_owned(),
                why: error.to_string(),
            })?,
            None => scope.today()?,
        };
        let mut rows = Vec::new();
        for at in stores(scope.conn())? {
            let before = totals(scope, Some(at.id), day.0 - 7, day.0 - 7)?;
            let sessions_open = scope
                .row(
                    "SELECT COUNT(*) FROM session s WHERE s.store = ? AND s.day = ? AND NOT EXISTS (SELECT 1 FROM session_end e WHERE e.session = s.id AND e.device = s.device)",
                    &[&at.id.as_bytes(), &day.0],
                    |row| row.get(0),
                )?
                .unwrap_or(0);
            rows.push(StoreToday {
                totals: totals(scope, Some(at.id), day.0, day.0)?,
                week_before: before.sales.total - before.returns.total,
                known_until: known_until(scope, at.id)?,
                store: at.code,
                name: at.name,
                sessions_open,
            });
        }
        let mut hours = vec![0i64; 24];
        let shift = i64::from(profile.time_zone.offset_minutes) * 60_000;
        let by_hour: Vec<(i64, i64)> = scope.rows(
            "SELECT ((wall + ?2) / 3600000) % 24, SUM(CASE kind WHEN 0 THEN total ELSE -total END) FROM sale WHERE day = ?1 GROUP BY 1",
            &[&day.0, &shift],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        for (hour, total) in by_hour {
            if let Some(slot) = usize::try_from(hour).ok().and_then(|hour| hours.get_mut(hour)) {
                *slot = total;
            }
        }
        let methods = scope.rows(
            "SELECT method, SUM(count), SUM(amount) FROM (
               SELECT p.method, 1 AS count, CASE s.kind WHEN 0 THEN p.amount ELSE -p.amount END AS amount
               FROM sale s JOIN payment p ON p.sale = s.id WHERE s.day = ?1
               UNION ALL
               SELECT method, count, CASE kind WHEN 0 THEN total ELSE -total END FROM base_tender WHERE day = ?1
             ) GROUP BY method ORDER BY 3 DESC, 1",
            &[&day.0],
            |row| {
                Ok(MethodSum {
                    method: row.get(0)?,
                    sum: CountTotal {
                        count: row.get(1)?,
                        total: row.get(2)?,
                    },
                })
            },
        )?;
        let count = |sql: &str| -> Result<i64, Refusal> { Ok(scope.row(sql, &[], |row| row.get(0))?.unwrap_or(0)) };
        let prescriptions_signed = scope
            .row(
                "SELECT COUNT(*) FROM prescription WHERE signed_day = ?",
                &[&day.0],
                |row| row.get(0),
            )?
            .unwrap_or(0);
        Ok(Today {
            day: day.0,
            totals: totals(scope, None, day.0, day.0)?,
            stores: rows,
            hours,
            methods,
            prescriptions_signed,
            oversold: count("SELECT COUNT(*) FROM balance WHERE quantity < 0 AND account LIKE '%:sellable'")?,
            set_aside: count(
                "SELECT (SELECT COUNT(*) FROM aside) + (SELECT COUNT(*) FROM commit_log WHERE opaque IS NOT NULL)",
            )?,
            exceptions: OfficeExceptions {}.handle_read(scope)?.rows.len() as i64,
        })
    }
}

impl Handle for OfficeDevices {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Devices, Refusal> {
        let rows = scope.rows(
            "SELECT d.device, d.store, d.till, MAX(d.letter), s.wall, s.unsent, s.software, s.waiting
             FROM device d LEFT JOIN local_seen s ON s.device = d.device WHERE d.spare = 0 GROUP BY d.device ORDER BY d.till",
            &[],
            |row| {
                Ok((
                    id_at(row, 0)?,
                    id_or_none(row, 1)?,
                    row.get::<_, String>(2)?,
                    row.get::<_, String>(3)?,
                    row.get::<_, Option<i64>>(4)?,
                    row.get::<_, Option<i64>>(5)?,
                    row.get::<_, Option<String>>(6)?,
                    row.get::<_, Option<i64>>(7)?,
                ))
            },
        )?;
        let (copied, late) = (ends::copied(scope)?, ends::late(scope)?);
        let words = stated::words(scope.conn(), scope.place.device, scope.now)?;
        let mut devices = Vec::with_capacity(rows.len());
        for (device, at, till, letter, last_seen, unsent, software, waiting) in rows {
            let code = at
                .map(|at| store(scope.conn(), at))
                .transpose()?
                .flatten()
                .map(|store| store.code);
            let (commits, last_commit) = own_commits(scope, device)?;
            let closed = ends::closed(scope.conn(), device)?;
            let word = words.iter().find(|word| word.device == device);
            devices.push(DeviceRow {
                copied: copied.iter().any(|(of, _)| *of == device),
                closed,
                late: late.iter().find(|(of, _)| *of == device).map_or(0, |(_, count)| *count),
                device,
                here: device == scope.place.device,
                server: at.is_none(),
                store: code.unwrap_or_default(),
                till: if at.is_some() && till.is_empty() {
                    RELAY.to_owned()
                } else {
                    till
                },
                letter,
                last_seen,
                unsent,
                last_commit,
                commits,
                software,
                waiting: waiting.unwrap_or(0),
                stated: word.map(|word| stated::beside(scope.conn(), word)).transpose()?,
            });
        }
        devices.sort_by(|a, b| (b.server, &a.store, &a.till).cmp(&(a.server, &b.store, &b.till)));
        Ok(Devices {
            devices,
            level: level::of_chain(scope.conn())?,
        })
    }
}

/// Name in `local_meta`: since when a server's folder is known to be a restored copy, ms UTC, big endian.
pub const RESTORED: &str = "restored";

/// Since when this folder is known to be a restored copy that still waits for devices.
pub fn restored_since(conn: &Connection) -> Result<Option<i64>, Refusal> {
    let bytes = meta::meta(conn, RESTORED)?;
    Ok(bytes.and_then(|bytes| bytes.try_into().ok()).map(i64::from_be_bytes))
}

/// Open devices of the chain other than this one, as people call them, that have not called since an instant, ms UTC.
fn silent(conn: &Connection, own: Id, since: i64) -> Result<Vec<String>, Refusal> {
    let mut statement = conn
        .prepare_cached(
            "SELECT DISTINCT d.device FROM device d LEFT JOIN local_seen s ON s.device = d.device
             WHERE d.spare = 0 AND d.device <> ?1 AND (s.wall IS NULL OR s.wall < ?2)",
        )
        .map_err(ReplicaError::from)?;
    let silent: Vec<Id> = statement
        .query_map(params![own.as_bytes(), since], |row| id_at(row, 0))
        .and_then(Iterator::collect)
        .map_err(ReplicaError::from)?;
    let mut names = Vec::new();
    for device in silent {
        if !ends::closed(conn, device)? {
            names.push(device_name(conn, device)?);
        }
    }
    names.sort();
    Ok(names)
}

impl App {
    /// Whether head office has closed a device: every log of its certificates has ended.
    pub fn is_closed(&self, device: Id) -> Result<bool, Refusal> {
        self.replica().read(|conn| ends::closed(conn, device))
    }

    /// Open devices of the chain, as people call them in a sentence, that have not called this server since an instant, ms UTC;
    /// none when all have.
    pub fn silent_since(&self, since: i64) -> Result<Option<String>, Refusal> {
        let own = self.place().device;
        let names = self.replica().read(|conn| silent(conn, own, since))?;
        Ok((!names.is_empty()).then(|| first_of(names)))
    }
}

/// How many commits of a device are held, and when it wrote the last.
fn own_commits(scope: &Scope<'_, '_>, device: Id) -> Result<(i64, Option<i64>), Refusal> {
    let logs: Vec<(i64, Vec<u8>)> = scope.rows(
        "SELECT l.seq - l.start, c.header FROM device d JOIN log l ON l.certificate = d.certificate
         JOIN commit_log c ON c.log = l.log AND c.seq = l.seq WHERE d.device = ?",
        &[&device.as_bytes()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let commits = logs.iter().map(|(own, _)| own).sum();
    let last = logs
        .iter()
        .filter_map(|(_, header)| journal::Header::from_bytes(header).ok())
        .map(|h| h.wall)
        .max();
    Ok((commits, last))
}

/// The device that wrote a log, or a branch of one, of which something is held.
pub fn author_of(conn: &Connection, log: Id) -> Result<Option<Id>, Refusal> {
    row(
        conn,
        "SELECT d.device FROM log l JOIN device d ON d.certificate = l.certificate WHERE l.log = ?",
        &[&log.as_bytes()],
        |row| id_at(row, 0),
    )
}

/// The device that wrote a log, or a branch of one, as people call it.
fn log_device(conn: &Connection, issued: &HashMap<Id, Id>, log: Id) -> Result<Option<String>, Refusal> {
    let device = author_of(conn, log)?.or_else(|| issued.get(&log).copied());
    device.map(|device| device_name(conn, device)).transpose()
}

/// A source as people call it: a device's id becomes store and till.
fn source_name(conn: &Connection, source: &str) -> Result<String, Refusal> {
    match source.parse::<Id>() {
        Ok(device) => device_name(conn, device),
        Err(_) => Ok(source.to_owned()),
    }
}

impl Handle for OfficeSetAside {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<SetAside, Refusal> {
        let conn = scope.conn();
        let mut found: Vec<(AsideRow, Option<Id>)> = scope.rows(
            "SELECT code, reason, source, log, seq, since, size FROM aside ORDER BY since DESC LIMIT ?",
            &[&MAX_ROWS],
            |row| {
                let aside = AsideRow {
                    state: "aside".to_owned(),
                    code: row.get(0)?,
                    reason: row.get(1)?,
                    source: row.get(2)?,
                    device: None,
                    seq: row.get(4)?,
                    since: row.get(5)?,
                    size: row.get(6)?,
                    missing: None,
                };
                Ok((aside, id_or_none(row, 3)?))
            },
        )?;
        found.extend(scope.rows(
            "SELECT missing, source, log, seq, since, LENGTH(bytes) FROM waiting ORDER BY since DESC LIMIT ?",
            &[&MAX_ROWS],
            |row| {
                let missing: String = row.get(0)?;
                let closed = missing == CLOSED;
                let waiting = AsideRow {
                    state: "waiting".to_owned(),
                    code: if closed { "closed" } else { "waiting" }.to_owned(),
                    reason: if closed {
                        "its device was closed before it wrote this".to_owned()
                    } else {
                        format!("waits for {missing}")
                    },
                    source: row.get(1)?,
                    device: None,
                    seq: row.get(3)?,
                    since: row.get(4)?,
                    size: row.get(5)?,
                    missing: missing_of(&missing, id_or_none(row, 2)?),
                };
                Ok((waiting, id_or_none(row, 2)?))
            },
        )?);
        let opaque: Vec<(i64, String, Vec<u8>, Id)> = scope.rows(
            "SELECT seq, opaque, header, log FROM commit_log WHERE opaque IS NOT NULL ORDER BY row DESC LIMIT ?",
            &[&MAX_ROWS],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, id_at(row, 3)?)),
        )?;
        for (seq, why, header, log) in opaque {
            let since = journal::Header::from_bytes(&header).map_or(0, |header| header.wall);
            let size = header.len() as i64;
            found.push((
                AsideRow {
                    state: "opaque".to_owned(),
                    code: "opaque".to_owned(),
                    reason: why,
                    source: String::new(),
                    device: None,
                    seq: Some(seq),
                    since,
                    size,
                    missing: None,
                },
                Some(log),
            ));
        }
        found.sort_by_key(|(row, _)| std::cmp::Reverse(row.since));
        found.truncate(MAX_ROWS as usize);
        let issued = ends::issued_logs(conn)?;
        let rows = found
            .into_iter()
            .map(|(row, log)| {
                let device = log.map(|log| log_device(conn, &issued, log)).transpose()?;
                let missing = row.missing.map(|missing| -> Result<_, Refusal> {
                    Ok(Missing {
                        device: log_device(conn, &issued, missing.log)?,
                        ..missing
                    })
                });
                Ok(AsideRow {
                    device: device.flatten(),
                    source: source_name(conn, &row.source)?,
                    missing: missing.transpose()?,
                    ..row
                })
            })
            .collect::<Result<_, Refusal>>()?;
        Ok(SetAside { rows })
    }
}

/// What waits says it lacks `log:sequence`. One before it in its own log cannot be done without.
fn missing_of(missing: &str, own: Option<Id>) -> Option<Missing> {
    let (log, seq) = missing.split_once(':')?;
    let (log, seq) = (log.parse().ok()?, seq.parse().ok()?);
    (own != Some(log)).then_some(Missing { log, seq, device: None })
}

trait HandleRead {
    fn handle_read(self, scope: &Scope<'_, '_>) -> Result<Exceptions, Refusal>;
}

impl HandleRead for OfficeExceptions {
    fn handle_read(self, scope: &Scope<'_, '_>) -> Result<Exceptions, Refusal> {
        let mut rows: Vec<ExceptionRow> = Vec::new();
        let mut add = |kind: &str, found: Vec<(String, String)>| {
            rows.extend(found.into_iter().map(|(title, detail)| ExceptionRow {
                kind: kind.to_owned(),
                title,
                detail,
            }));
        };
        let two = |sql: &str| {
            scope.rows(sql, &[&MAX_ROWS], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            })
        };
        add(
            "barcode_twice",
            two(
                "SELECT barcode, GROUP_CONCAT(code, ', ') FROM product WHERE barcode <> '' GROUP BY barcode HAVING COUNT(*) > 1 LIMIT ?",
            )?,
        );
        add(
            "code_twice",
            two("SELECT code, COUNT(*) || ' products' FROM product GROUP BY code HAVING COUNT(*) > 1 LIMIT ?")?,
        );
        add(
            "offer_above_list",
            two("SELECT code, name FROM product WHERE offer > list LIMIT ?")?,
        );
        add(
            "login_twice",
            two("SELECT login, GROUP_CONCAT(name, ', ') FROM app_user GROUP BY login HAVING COUNT(*) > 1 LIMIT ?")?,
        );
        add(
            "double_refund",
            two("SELECT s.number, l.name FROM sale_line l JOIN sale s ON s.id = l.sale
                 WHERE l.quantity < (SELECT TOTAL(r.quantity) FROM sale_line r WHERE r.original = l.id) LIMIT ?")?,
        );
        add(
            "disputed_prescription",
            two(
                "SELECT COALESCE(c.name, 'A customer'), COUNT(*) || ' prescriptions replace one' FROM prescription p
                 LEFT JOIN customer c ON c.id = p.customer WHERE p.supersedes IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM prescription_cancelled x WHERE x.prescription = p.id)
                 GROUP BY p.supersedes HAVING COUNT(*) > 1 LIMIT ?",
            )?,
        );
        let copied = ends::copied(scope)?;
        for (device, after) in &copied {
            let name = device_name(scope.conn(), *device)?;
            add("device_copied", vec![(name, after.to_string())]);
            // Both branches gave out the numbers after the fork; nobody else gives out a number twice.
            let twice = scope.rows(
                "SELECT number, COUNT(*) FROM sale WHERE device = ? GROUP BY number HAVING COUNT(*) > 1 LIMIT ?",
                &[&device.as_bytes(), &MAX_ROWS],
                |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?.to_string())),
            )?;
            add("number_twice", twice);
        }
        if let Some(since) = restored_since(scope.conn())? {
            let silent = silent(scope.conn(), scope.place.device, since)?;
            if !silent.is_empty() {
                add("server_restored", vec![(silent.join(", "), silent.len().to_string())]);
            }
        }
        let late = ends::late(scope)?;
        for (device, count) in late {
            add(
                "late_commits",
                vec![(device_name(scope.conn(), device)?, count.to_string())],
            );
        }
        let words = stated::words(scope.conn(), scope.place.device, scope.now)?;
        add("figures_differ", stated::differing(scope.conn(), &words)?);
        add("history_rewritten", stated::rewritten(scope.conn(), &words)?);
        add("count_changed", counts::changed(scope.conn())?);
        let conflicting: Vec<(u8, Id, String)> = scope.rows(
            "SELECT kind, id, conflicts FROM document WHERE conflicts IS NOT NULL LIMIT ?",
            &[&MAX_ROWS],
            |row| Ok((row.get(0)?, id_at(row, 1)?, row.get(2)?)),
        )?;
        for (kind, id, fields) in conflicting {
            let Some(kind) = DocumentKind::from_code(kind) else {
                continue;
            };
            // Only what a person must settle; elsewhere the value shown stands and the rest is history.
            let settled_by_people = ["name", "birth_day", "allergies", "notes", "legal_name", "right", "left"];
            let open: Vec<&str> = fields
                .split(' ')
                .filter(|field| settled_by_people.contains(field))
                .collect();
            if open.is_empty() || matches!(kind, DocumentKind::Product | DocumentKind::StockItem) {
                continue;
            }
            let title = load_document(scope.conn(), DocumentKind::CustomerContact, id)?
                .text("name")
                .to_owned();
            let title = if title.is_empty() {
                "An eye test".to_owned()
            } else {
                title
            };
            add("conflicting_edit", vec![(title, open.join(", "))]);
        }
        rows.truncate(MAX_ROWS as usize);
        Ok(Exceptions { rows })
    }
}

impl Handle for OfficeExceptions {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Exceptions, Refusal> {
        self.handle_read(scope)
    }
}
