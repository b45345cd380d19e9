//! Certificates that were issued already, for a till that asks twice.

use journal::{Certificate, Lane, Part};
use model::records::Record;
use rusqlite::{Connection, params};

use crate::error::ReplicaError;

const NEWEST_CONTROL: &str = "SELECT p.bytes FROM commit_log c JOIN part p ON p.commit_row = c.row
     WHERE c.lane = ? AND p.bytes IS NOT NULL ORDER BY c.row DESC LIMIT ?";

/// Certificates issued together, as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    pub own: Vec<u8>,
    pub spare: Vec<u8>,
}

/// One certificate of a part, with its key.
struct Found {
    key: [u8; 32],
    spare: bool,
    bytes: Vec<u8>,
}

/// Shows the certificates that each part of the newest `limit` `control` commits issued, newest commit first, until `look`
/// has what it looks for.
fn newest<T>(conn: &Connection, limit: u32, look: impl Fn(&[Found]) -> Option<T>) -> Result<Option<T>, ReplicaError> {
    let mut statement = conn.prepare_cached(NEWEST_CONTROL)?;
    let mut rows = statement.query(params![Lane::Control.code(), limit])?;
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(0)?;
        let Ok(part) = Part::from_bytes(&bytes) else { continue };
        let issued = part.records.iter().filter_map(|raw| {
            let Ok(Record::CertificateIssued(issued)) = Record::from_bytes(&raw.bytes) else {
                return None;
            };
            let certificate = Certificate::from_bytes(&issued.certificate).ok()?;
            Some(Found {
                key: certificate.key,
                spare: issued.spare,
                bytes: issued.certificate,
            })
        });
        if let Some(found) = look(&issued.collect::<Vec<_>>()) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The certificates that a `control` commit of this replica issued for this pair of keys. Looks at the
/// newest `limit` commits of the lane.
pub fn issued_for(
    conn: &Connection,
    key: &[u8; 32],
    spare: &[u8; 32],
    limit: u32,
) -> Result<Option<Issued>, ReplicaError> {
    newest(conn, limit, |issued| {
        let of = |key: &[u8; 32], spare: bool| {
            let found = issued.iter().rfind(|found| found.spare == spare && found.key == *key);
            found.map(|found| found.bytes.clone())
        };
        Some(Issued {
            own: of(key, false)?,
            spare: of(spare, true)?,
        })
    })
}

/// The certificate that a `control` commit of this replica issued for one key. Looks at the newest `limit` commits of the
/// lane.
pub fn issued_to(conn: &Connection, key: &[u8; 32], limit: u32) -> Result<Option<Vec<u8>>, ReplicaError> {
    newest(conn, limit, |issued| {
        let found = issued.iter().find(|found| found.key == *key);
        found.map(|found| found.bytes.clone())
    })
}
