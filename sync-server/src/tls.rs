//! TLS 1.3 from a certificate and a key in PEM files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::refusal::Refusal;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, version};

/// The two files of `serve`.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

fn unreadable(path: &Path, why: impl std::fmt::Display) -> Refusal {
    Refusal::NoFile {
        file: path.display().to_string(),
        why: why.to_string(),
    }
}

/// # Errors
/// A file that cannot be read, holds no PEM, or a key that is not the certificate's.
pub fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, Refusal> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect)
        .map_err(|error| unreadable(&files.certificate, error))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| unreadable(&files.key, error))?;
    let refused = |error: tokio_rustls::rustls::Error| Refusal::BadFile {
        file: files.certificate.display().to_string(),
        why: error.to_string(),
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&version::TLS13])
        .map_err(refused)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(refused)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
