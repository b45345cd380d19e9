//! Closing devices, letting late ones in, declaring commits lost. Only head office and the till that founded the
//! organisation may write these.

use std::collections::{BTreeMap, HashMap, HashSet};

use journal::{Certificate, Commit, Header, Lane, log_id};
use model::ids::{Hash, Id};
use model::records::{CommitLost, KeyClosed, LogClosed, LogExtended, MAX_END_REASON, MAX_STANDING, is_end_reason};
use model::refusal::Refusal;
use model::requests::Done;
use model::requests::ends::{CommitDeclareLost, DeviceClose, DeviceRelease, Released, ServerClose};
use replica::chain::{Chain, chains};
use replica::{CLOSED, Draft, all_closed, has_ended, is_closed};
use rusqlite::Connection;

use crate::scope::{Handle, Scope, id_at, rows};

/// The lanes that anybody writes.
const LANES: [Lane; 3] = [Lane::Control, Lane::All, Lane::Office];

fn reason(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::ReasonNeeded);
    }
    if !is_end_reason(text) {
        return Err(Refusal::BadField {
            field: "reason".to_owned(),
            why: format!("it has at most {MAX_END_REASON} bytes, on one line"),
        });
    }
    Ok(text.to_owned())
}

fn unknown_device() -> Refusal {
    Refusal::Unknown {
        what: "This device".to_owned(),
    }
}

/// A certificate of a device, and the logs it writes.
struct Logs {
    certificate: Hash,
    logs: Vec<Id>,
    /// The certificate, where its bytes are known here.
    known: Option<Certificate>,
}

/// Every certificate that was issued to a device, its spare too. Of one whose bytes are not known here, because it has
/// written nothing yet, every log counts.
fn logs(conn: &Connection, device: Id) -> Result<Vec<Logs>, Refusal> {
    let issued: Vec<(Vec<u8>, Option<Vec<u8>>)> = rows(
        conn,
        "SELECT DISTINCT d.certificate, c.bytes FROM device d LEFT JOIN certificate c ON c.id = d.certificate
         WHERE d.device = ?",
        &[&device.as_bytes()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if issued.is_empty() {
        return Err(unknown_device());
    }
    let damaged = |what: String| Refusal::Damaged {
        what: format!("a certificate: {what}"),
    };
    let mut found = Vec::with_capacity(issued.len());
    for (id, bytes) in issued {
        let certificate = Hash::from_slice(&id).ok_or_else(|| damaged("its id".to_owned()))?;
        let known = bytes.map(|bytes| Certificate::from_bytes(&bytes)).transpose();
        let known = known.map_err(|fault| damaged(fault.to_string()))?;
        let logs = LANES
            .into_iter()
            .filter(|lane| known.as_ref().is_none_or(|known| known.writes.contains(*lane)))
            .map(|lane| log_id(&certificate, lane))
            .collect();
        found.push(Logs {
            certificate,
            logs,
            known,
        });
    }
    Ok(found)
}

/// The ends of a log: one, or one a branch.
fn ends(chains: &[Chain]) -> impl Iterator<Item = &Chain> {
    let goes_on = |chain: &&Chain| !chains.iter().any(|other| other.parent == Some(chain.name));
    chains.iter().filter(goes_on).filter(|chain| chain.seq > chain.start)
}

/// Ends the open logs of a device where they are held here.
fn close_logs(conn: &Connection, draft: &mut Draft, device: Id, reason: &str) -> Result<(), Refusal> {
    for Logs { certificate, logs, .. } in logs(conn, device)? {
        for log in logs {
            if is_closed(conn, log)? {
                continue;
            }
            let chains = chains(conn, log)?;
            let mut open = ends(&chains).peekable();
            if open.peek().is_none() {
                draft.add(LogClosed {
                    log,
                    seq: 0,
                    hash16: Id::of(&certificate),
                    reason: reason.to_owned(),
                });
            }
            for end in open {
                draft.add(LogClosed {
                    log,
                    seq: end.seq,
                    hash16: Id::of(&end.tip),
                    reason: reason.to_owned(),
                });
            }
        }
    }
    Ok(())
}

impl Handle for DeviceClose {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        let reason = reason(&self.reason)?;
        if self.device == scope.place.device {
            return Err(Refusal::BadField {
                field: "device".to_owned(),
                why: "it is the one this is done on".to_owned(),
            });
        }
        let mut draft = scope.draft(Lane::Control, scope.today()?);
        close_logs(scope.conn(), &mut draft, self.device, &reason)?;
        if draft.is_empty() {
            return Err(Refusal::BadField {
                field: "device".to_owned(),
                why: "it is closed already".to_owned(),
            });
        }
        scope.append(draft)?;
        Ok(Done {})
    }
}

/// Devices with each certificate that was issued to them.
fn issued(conn: &Connection) -> Result<Vec<(Id, Hash)>, Refusal> {
    let issued: Vec<(Id, Vec<u8>)> = rows(conn, "SELECT DISTINCT device, certificate FROM device", &[], |row| {
        Ok((id_at(row, 0)?, row.get(1)?))
    })?;
    let with_hash = |(device, id): (Id, Vec<u8>)| Some((device, Hash::from_slice(&id)?));
    Ok(issued.into_iter().filter_map(with_hash).collect())
}

/// The keys by which a server certifies devices. Their certificates came with those of what they certified.
fn enrolling_keys(scope: &Scope<'_, '_>, server: Id) -> Result<Vec<[u8; 32]>, Refusal> {
    let known: Vec<Vec<u8>> = scope.rows("SELECT bytes FROM certificate ORDER BY id", &[], |row| row.get(0))?;
    let known = known.iter().filter_map(|bytes| Certificate::from_bytes(bytes).ok());
    Ok(known
        .filter(|certificate| certificate.device == server && certificate.writes.enrols())
        .map(|certificate| certificate.key)
        .collect())
}

impl Handle for ServerClose {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        let reason = reason(&self.reason)?;
        let of = |field: &str, why: &str| Refusal::BadField {
            field: field.to_owned(),
            why: why.to_owned(),
        };
        if !scope.tx()?.writer()?.certificate.is_of_organisation_key() {
            return Err(Refusal::CannotWrite {
                what: "the end of a server; the till that founded the organisation may, and a server made from the \
                       recovery sheet"
                    .to_owned(),
            });
        }
        if self.device == scope.place.device {
            return Err(of("device", "it is the one this is done on"));
        }
        let keys = enrolling_keys(scope, self.device)?;
        if keys.is_empty() {
            return Err(of("device", "it certifies nobody: it is no server"));
        }
        let issued = issued(scope.conn())?;
        if let Some(unknown) = self
            .without
            .iter()
            .find(|id| !issued.iter().any(|(device, _)| device == *id))
        {
            return Err(of("without", &format!("no device {unknown} is known here")));
        }
        // What is closed already stays so by its own closing; who is left out ends before it began.
        let mut standing: Vec<Id> = issued
            .into_iter()
            .filter(|(device, _)| *device != self.device && !self.without.contains(device))
            .map(|(_, certificate)| Id::of(&certificate))
            .collect();
        standing.sort_unstable();
        standing.dedup();
        if standing.len() > MAX_STANDING {
            return Err(of("device", "it certified more devices than one record lists"));
        }
        let mut draft = scope.draft(Lane::Control, scope.today()?);
        // Of certificates whose bytes are not known here nobody can tell who signed them: their logs are named.
        for device in self.without.iter().chain([&self.device]) {
            close_logs(scope.conn(), &mut draft, *device, &reason)?;
        }
        for key in keys {
            draft.add(KeyClosed {
                key,
                standing: standing.clone(),
                reason: reason.clone(),
            });
        }
        scope.append(draft)?;
        Ok(Done {})
    }
}

/// Headers in the waiting room whose row says this, with their hash.
fn waiting(scope: &Scope<'_, '_>, sql: &str, value: &dyn rusqlite::ToSql) -> Result<Vec<(Id, Header)>, Refusal> {
    let rows: Vec<(Vec<u8>, Vec<u8>)> = scope.rows(sql, &[value], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows
        .into_iter()
        .filter_map(|(hash, bytes)| {
            let hash = Hash::from_slice(&hash)?;
            let commit = Commit::from_bytes(&bytes).ok()?;
            Some((Id::of(&hash), Header::from_bytes(&commit.header).ok()?))
        })
        .collect())
}

/// The commit that one follows in its log: log and first 16 bytes of the hash.
fn before(header: &Header) -> (Id, Id) {
    (header.log, Id::of(&header.prev))
}

impl Handle for DeviceRelease {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Released, Refusal> {
        let reason = reason(&self.reason)?;
        let logs: HashSet<Id> = logs(scope.conn(), self.device)?
            .into_iter()
            .flat_map(|one| one.logs)
            .collect();
        let mut late = waiting(scope, "SELECT hash, bytes FROM waiting WHERE missing = ?", &CLOSED)?;
        late.retain(|(_, header)| logs.contains(&header.log));
        // What follows such a commit waits for that commit, not for the closing: it is let in with it.
        let mut behind = waiting(scope, "SELECT hash, bytes FROM waiting WHERE missing <> ?", &CLOSED)?;
        behind.sort_by_key(|(_, header)| header.seq);
        // Thousands may wait, so each is looked up, not looked for.
        let mut let_in: HashSet<(Id, Id)> = late.iter().map(|(hash16, header)| (header.log, *hash16)).collect();
        for (hash16, header) in behind {
            if let_in.contains(&before(&header)) {
                let_in.insert((header.log, hash16));
                late.push((hash16, header));
            }
        }
        if late.is_empty() {
            return Err(Refusal::Unknown {
                what: "A commit of this device that waits beyond its closing".to_owned(),
            });
        }
        let mut draft = scope.draft(Lane::Control, scope.today()?);
        let followed: HashSet<(Id, Id)> = late.iter().map(|(_, header)| before(header)).collect();
        for (hash16, header) in &late {
            if !followed.contains(&(header.log, *hash16)) {
                draft.add(LogExtended {
                    log: header.log,
                    seq: header.seq,
                    hash16: *hash16,
                    reason: reason.clone(),
                });
            }
        }
        scope.append(draft)?;
        Ok(Released {
            commits: late.len() as i64,
        })
    }
}

impl Handle for CommitDeclareLost {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Done, Refusal> {
        let reason = reason(&self.reason)?;
        let seq = u64::try_from(self.seq).unwrap_or(0);
        let missing = format!("{}:{}", self.log, self.seq);
        let mut named: Vec<Id> = waiting(scope, "SELECT hash, bytes FROM waiting WHERE missing = ?", &missing)?
            .into_iter()
            .flat_map(|(_, header)| header.after)
            .filter(|head| head.log == self.log && head.seq == seq)
            .map(|head| head.hash16)
            .collect();
        named.sort_unstable();
        named.dedup();
        if named.is_empty() {
            return Err(Refusal::Unknown {
                what: format!("Something that waits for {missing}"),
            });
        }
        let mut draft = scope.draft(Lane::Control, scope.today()?);
        for hash16 in named {
            draft.add(CommitLost {
                log: self.log,
                seq,
                hash16,
                reason: reason.clone(),
            });
        }
        scope.append(draft)?;
        Ok(Done {})
    }
}

/// Devices that were copied or put back from an older copy: their log has two branches, or they write under their spare,
/// which a till opens when its witness says that its folder is old. With the last sequence before it was noticed.
pub fn copied(scope: &Scope<'_, '_>) -> Result<Vec<(Id, i64)>, Refusal> {
    scope.rows(
        "SELECT device, MIN(after) FROM (
           SELECT d.device, l.start AS after FROM log l JOIN device d ON d.certificate = l.certificate WHERE l.parent IS NOT NULL
           UNION ALL
           SELECT d.device, (SELECT COALESCE(MAX(m.seq), 0) FROM log m JOIN device o ON o.certificate = m.certificate
                             WHERE o.device = d.device AND o.spare = 0)
           FROM log l JOIN device d ON d.certificate = l.certificate WHERE d.spare = 1 AND l.seq > l.start
         ) GROUP BY device ORDER BY device",
        &[],
        |row| Ok((id_at(row, 0)?, row.get(1)?)),
    )
}

/// The device of every log that a certificate issued here may write. A log of which nothing is held has no row that says
/// whose it is.
pub fn issued_logs(conn: &Connection) -> Result<HashMap<Id, Id>, Refusal> {
    Ok(issued(conn)?
        .into_iter()
        .flat_map(|(device, certificate)| LANES.map(|lane| (log_id(&certificate, lane), device)))
        .collect())
}

/// Commits that wait beyond the closing of their device's log, or behind such a one, by device. A log may end without
/// being named: with the key that certified its device.
pub fn late(scope: &Scope<'_, '_>) -> Result<Vec<(Id, i64)>, Refusal> {
    let waiting: Vec<(Id, i64)> = scope.rows(
        "SELECT log, COUNT(*) FROM waiting
         WHERE log IN (SELECT log FROM log_closed UNION SELECT log FROM waiting WHERE missing = ?) GROUP BY log",
        &[&CLOSED],
        |row| Ok((id_at(row, 0)?, row.get(1)?)),
    )?;
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let issued = issued_logs(scope.conn())?;
    let mut late: BTreeMap<Id, i64> = BTreeMap::new();
    for (log, count) in waiting {
        if let Some(device) = issued.get(&log) {
            *late.entry(*device).or_insert(0) += count;
        }
    }
    Ok(late.into_iter().collect())
}

/// Whether every log of a device is closed.
pub fn closed(conn: &Connection, device: Id) -> Result<bool, Refusal> {
    let logs = match logs(conn, device) {
        Ok(logs) => logs,
        Err(Refusal::Unknown { .. }) => return Ok(false),
        Err(other) => return Err(other),
    };
    for Logs { logs, known, .. } in logs {
        let ended = match known {
            Some(certificate) => has_ended(conn, &certificate)?,
            None => all_closed(conn, logs)?,
        };
        if !ended {
            return Ok(false);
        }
    }
    Ok(true)
}
