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

/// The certificates that a `control` commit of this replica issued for this pair of keys. Looks at the
/// newest `limit` commits of the lane.
pub fn issued_for(
    conn: &Connection,
    key: &[u8; 32],
    spare: &[u8; 32],
    limit: u32,
) -> Result<Option<Issued>, ReplicaError> {
    let mut statement = conn.prepare_cached(NEWEST_CONTROL)?;
    let mut rows = statement.query(params![Lane::Control.code(), limit])?;
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(0)?;
        let Ok(part) = Part::from_bytes(&bytes) else { continue };
        let (mut own, mut second) = (None, None);
        for raw in &part.records {
            let Ok(Record::CertificateIssued(issued)) = Record::from_bytes(&raw.bytes) else {
                continue;
            };
            let Ok(certificate) = Certificate::from_bytes(&issued.certificate) else {
                continue;
            };
            if !issued.spare && certificate.key == *key {
                own = Some(issued.certificate);
            } else if issued.spare && certificate.key == *spare {
                second = Some(issued.certificate);
            }
        }
        if let (Some(own), Some(spare)) = (own, second) {
            return Ok(Some(Issued { own, spare }));
        }
    }
    Ok(None)
}

/// The certificate that a `control` commit of this replica issued for one key. Looks at the newest `limit` commits of the
/// lane.
pub fn issued_to(conn: &Connection, key: &[u8; 32], limit: u32) -> Result<Option<Vec<u8>>, ReplicaError> {
    let mut statement = conn.prepare_cached(NEWEST_CONTROL)?;
    let mut rows = statement.query(params![Lane::Control.code(), limit])?;
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(0)?;
        let Ok(part) = Part::from_bytes(&bytes) else { continue };
        for raw in &part.records {
            if let Ok(Record::CertificateIssued(issued)) = Record::from_bytes(&raw.bytes)
                && Certificate::from_bytes(&issued.certificate).is_ok_and(|certificate| certificate.key == *key)
            {
                return Ok(Some(issued.certificate));
            }
        }
    }
    Ok(None)
}
