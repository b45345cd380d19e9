//! Head office's spare certificate. A till gets its spare when it is enrolled; the server certifies its own, so that one put
//! back from an older copy writes on in a new log at once.

use journal::{Certificate, Subject};
use model::refusal::Refusal;
use replica::{ReplicaError, Signer, stopped};

use crate::setup::{ENROLLING_KEY, SPARE_KEY, own_certificate, spare};
use crate::{App, keys};

/// Makes sure that head office has a spare under which it may write. Nothing happens on a till, whose spare comes from the
/// server.
///
/// # Errors
/// A folder that cannot be read or written.
pub fn ensure_spare(app: &App) -> Result<(), Refusal> {
    let replica = app.replica();
    let folder = replica.path();
    let Some(issuer) = keys::load(folder, ENROLLING_KEY)? else {
        return Ok(());
    };
    let own = own_certificate(replica)?;
    if let Some(spare) = spare(folder, replica, &own)? {
        let is_good =
            replica.read(|conn| -> Result<_, ReplicaError> { Ok(stopped(conn, &spare.certificate)?.is_none()) })?;
        if is_good {
            return Ok(());
        }
    }
    let key = keys::generate(replica.entropy())?;
    let certificate = Certificate::issue(
        Subject {
            organisation: own.organisation,
            device: own.device,
            key: key.verifying_key().to_bytes(),
            store: own.store,
            till: own.till,
            letter: own.letter,
            reads: own.reads,
            writes: own.writes,
        },
        &issuer,
    );
    // The key first: a certificate whose key was lost in between would be of no use to anybody.
    keys::keep(folder, SPARE_KEY, &key)?;
    replica.merge(vec![certificate.to_bytes()], Vec::new(), "own", app.now())?;
    replica.set_spare(Signer { certificate, key })?;
    Ok(())
}
