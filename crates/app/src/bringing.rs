//! A till that keeps its certificate, its logs and its numbers while it joins a server: it brings the books instead of
//! getting them. What is done here can be cut at any point and done again.

use std::path::Path;

use ed25519_dalek::SigningKey;
use journal::{Certificate, Lane, Post, Subject};
use model::ids::{Hash, NaturalKind, natural_id};
use model::records::CertificateIssued;
use model::refusal::Refusal;
use replica::{Context, Draft, Entropy, Replica, ReplicaError, meta};
use retail::Day;

use crate::joining::{JOINED_WITH, SERVER, Standing, WHOLE};
use crate::place::Place;
use crate::setup::{ENROL, SPARE_KEY, codes, last_letter, till_lanes};
use crate::{App, keys};

/// Name of the spare key that asks to be certified, apart from those of an ordinary enrolment: a key is certified once.
const PENDING_SPARE: &str = "bringing-spare";
/// Newest `control` commits that are looked through for a certificate issued before. The search is for a till that asks
/// twice within a day; head office does not write so many in one.
const MAX_LOOKED_THROUGH: u32 = 10_000;

/// Whether a certificate is a till's.
pub fn is_till(certificate: &Certificate) -> bool {
    certificate.post() == Post::Till
}

/// Whether a folder that is given a code brings its books: a till on its own, certified by the organisation key itself,
/// that never had a server.
pub fn brings(standing: &Standing, server: Option<&str>) -> bool {
    let own_making = |own: &Certificate| own.issuer == standing.organisation_key && is_till(own);
    server.is_none() && standing.own.as_ref().is_some_and(own_making)
}

/// The spare key to be certified: that of an attempt that did not end, or a new one; none when the folder has a spare.
pub fn pending_spare(folder: &Path, entropy: &Entropy) -> Result<Option<SigningKey>, Refusal> {
    match keys::load(folder, PENDING_SPARE) {
        Ok(Some(key)) => return Ok(Some(key)),
        // One that was cut while it was written was shown to nobody.
        Ok(None) | Err(Refusal::Damaged { .. }) => {}
        Err(other) => return Err(other),
    }
    if keys::load(folder, SPARE_KEY)?.is_some() {
        return Ok(None);
    }
    let key = keys::generate(entropy)?;
    keys::keep(folder, PENDING_SPARE, &key)?;
    Ok(Some(key))
}

/// What a till that brings its books was given.
pub struct Brought<'a> {
    /// The server's enrolling key, and the spare's certificate if one was asked for.
    pub certificates: Vec<Vec<u8>>,
    pub spare: Option<&'a SigningKey>,
    pub server: &'a str,
    /// Stands for the code that was spent, so that the same code again is no new enrolment.
    pub code: Hash,
    /// Own clock, ms UTC.
    pub now: i64,
}

/// The folder has a server from here on. It holds all there is already, so selling goes on.
pub fn join(folder: &Path, replica: &Replica, brought: Brought<'_>) -> Result<(), Refusal> {
    replica.merge(brought.certificates, Vec::new(), "enrolment", brought.now)?;
    if let Some(spare) = brought.spare {
        keys::keep(folder, SPARE_KEY, spare)?;
    }
    let (code, server) = (brought.code, brought.server.to_owned());
    Ok(replica.write(move |tx| -> Result<(), ReplicaError> {
        let conn = tx.conn();
        meta::set_meta(conn, WHOLE, &[1])?;
        meta::set_meta(conn, JOINED_WITH, code.as_bytes())?;
        meta::set_meta(conn, SERVER, server.as_bytes())
    })?)
}

impl App {
    /// The server's side: certifies a spare for a till that keeps its own certificate, and gives the enrolling key's
    /// certificate before it. The spare is an ordinary till's, whatever the certificate beside it may write. The same key
    /// again gets the same certificate.
    ///
    /// # Errors
    /// [`Refusal::CodeElsewhere`] when the till stands elsewhere than at `store` and `till`; [`Refusal::LettersUsedUp`].
    pub fn certify_spare(
        &self,
        certificate: &Certificate,
        store: &str,
        till: &str,
        spare: Option<[u8; 32]>,
    ) -> Result<Vec<Vec<u8>>, Refusal> {
        self.stands_at(certificate, store, till)?;
        let (issuer, chain) = self.issuer()?;
        let Some(spare) = spare else { return Ok(vec![chain]) };
        let Some(store) = certificate.store else {
            return Err(Refusal::CodeElsewhere);
        };
        let (certificate, app) = (certificate.clone(), self.clone());
        let (now, request) = (self.now(), self.random_id()?);
        self.replica().write(move |tx| -> Result<Vec<Vec<u8>>, Refusal> {
            let conn = tx.conn();
            if let Some(issued) = replica::issued_to(conn, &spare, MAX_LOOKED_THROUGH)? {
                return Ok(vec![chain, issued]);
            }
            // The till's own letter may not have arrived here yet; it counts all the same.
            let own = certificate.letter.bytes().next().unwrap_or(b'A');
            let last = last_letter(conn, store, &certificate.till)?.map_or(own, |last| last.max(own));
            if last >= b'Z' {
                return Err(Refusal::LettersUsedUp {
                    till: certificate.till.clone(),
                });
            }
            let (reads, writes) = till_lanes();
            let subject = Subject {
                organisation: certificate.organisation,
                device: certificate.device,
                key: spare,
                store: Some(store),
                till: certificate.till.clone(),
                letter: char::from(last + 1).to_string(),
                reads,
                writes,
            };
            let issued = Certificate::issue(subject, &issuer).to_bytes();
            // Before the organisation's settings are here, its time zone is not known: the day is UTC's.
            let day = match app.place().profile(conn) {
                Ok(profile) => Place::local_day(&profile, now).0,
                Err(_) => Day::of_ms(now).0,
            };
            let context = Context {
                command: ENROL,
                request,
                user: None,
                wall: now,
                skew: None,
                date: day,
            };
            let mut draft = Draft::new(Lane::Control, context);
            draft.add(CertificateIssued {
                certificate: issued.clone(),
                spare: true,
            });
            tx.append(draft)?;
            Ok(vec![chain, issued])
        })
    }

    /// # Errors
    /// [`Refusal::CodeElsewhere`] when a certificate is not of the till at this place.
    pub fn stands_at(&self, certificate: &Certificate, store: &str, till: &str) -> Result<(), Refusal> {
        codes(store, till)?;
        let at = natural_id(self.place().organisation, NaturalKind::Store, store);
        if is_till(certificate) && certificate.store == Some(at) && certificate.till == till {
            Ok(())
        } else {
            Err(Refusal::CodeElsewhere)
        }
    }
}
