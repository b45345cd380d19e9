//! How the database is reached: in the clear on this machine alone, else by TLS with a certificate that the system trusts.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use model::refusal::Refusal;
use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, version};

const CONNECT: Duration = Duration::from_secs(5);

fn refused(why: impl Into<String>) -> Refusal {
    Refusal::BadField {
        field: "--database".to_owned(),
        why: why.into(),
    }
}

/// Reads an address of a database.
///
/// # Errors
/// One that does not read; one beyond this machine that asks for no TLS. The address is never repeated: it may hold a
/// password.
pub fn config(url: &str) -> Result<Config, Refusal> {
    let mut config: Config = url
        .parse()
        .map_err(|_| refused("it does not read as postgres://USER:PASSWORD@HOST:PORT/DATABASE"))?;
    if config.get_hosts().is_empty() {
        return Err(refused("it names no host"));
    }
    if is_local(&config) {
        if config.get_ssl_mode() == SslMode::Prefer {
            config.ssl_mode(SslMode::Disable);
        }
    } else if config.get_ssl_mode() == SslMode::Disable {
        return Err(refused("a database beyond this machine is reached by TLS alone"));
    } else {
        config.ssl_mode(SslMode::Require);
    }
    config.connect_timeout(CONNECT).application_name("fovea-server");
    Ok(config)
}

fn is_local(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
    })
}

pub fn connect(config: &Config) -> Result<Client, postgres::Error> {
    if config.get_ssl_mode() == SslMode::Disable {
        return config.connect(NoTls);
    }
    let mut roots = RootCertStore::empty();
    // A certificate of the system that does not read vouches for nothing; with none at all the connection is refused.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&version::TLS13])
        // The provider of this build has TLS 1.3.
        .unwrap_or_else(|_| unreachable!())
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.connect(MakeRustlsConnect::new(tls))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_clear_on_this_machine_alone() {
        let mode = |url: &str| {
            config(url)
                .map(|config| config.get_ssl_mode())
                .map_err(|refusal| refusal.code())
        };
        for local in [
            "postgres://u:p@127.0.0.1/d",
            "postgres://u@localhost:1/d",
            "postgres://u@%2Fvar%2Frun/d",
            "postgres://u@[::1]/d",
        ] {
            assert_eq!(mode(local), Ok(SslMode::Disable), "{local}");
        }
        assert_eq!(mode("postgres://u:p@127.0.0.1/d?sslmode=require"), Ok(SslMode::Require));
        assert_eq!(mode("postgres://u:p@db.example/d"), Ok(SslMode::Require));
        assert_eq!(mode("postgres://u:p@127.0.0.1,db.example/d"), Ok(SslMode::Require));
        assert_eq!(mode("postgres://u:p@db.example/d?sslmode=disable"), Err("bad_field"));
        for bad in ["", "postgres://", "mysql://u@h/d", "postgres://u:secret@h:no/d"] {
            let refusal = config(bad).unwrap_err();
            assert!(!refusal.message().contains("secret"), "{refusal}");
        }
    }
}
