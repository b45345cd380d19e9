//! TLS: 1.3 or nothing, and a certificate that somebody known has signed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::Chain;
use fovea_server::{Log, Serving, TlsFiles, serve};
use reqwest::Certificate;
use reqwest::blocking::Client;
use reqwest::tls::Version;

#[test]
fn a_server_speaks_tls_1_3_with_its_certificate() {
    let mut chain = Chain::new();
    let code = chain.code("S1", "T1");
    chain.stop();
    let folder = chain.folder.path();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files = TlsFiles {
        certificate: folder.join("tls.pem"),
        key: folder.join("tls.key"),
    };
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let data = chain.server_folder();
    let start = |tls: TlsFiles| {
        serve(Serving {
            database: None,
            data: &data,
            listen: "localhost:0",
            tls: Some(tls),
            clock: chain.clock(),
            log: Log::Silent,
        })
    };
    let wrong = TlsFiles {
        certificate: files.key.clone(),
        key: files.key.clone(),
    };
    assert!(start(wrong).is_err());
    let missing = TlsFiles {
        certificate: folder.join("none.pem"),
        key: files.key.clone(),
    };
    assert_eq!(start(missing).err().map(|refusal| refusal.code()), Some("no_file"));

    let running = start(files).unwrap();
    let url = format!("https://localhost:{}", running.address().port());
    let known = Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let client = || Client::builder().no_proxy().tls_certs_only([known.clone()]);
    let answer = client().build().unwrap().get(format!("{url}/health")).send().unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.headers().contains_key("strict-transport-security"));
    let old = client().tls_version_max(Version::TLS_1_2).build().unwrap();
    assert!(old.get(format!("{url}/health")).send().is_err());
    // A till trusts whom the machine trusts; nobody there knows this certificate.
    let refusal = chain
        .enrol(&chain.till_folder("s1"), &url, &code)
        .map(|_| ())
        .unwrap_err();
    assert_eq!(refusal.code(), "server_away");
}
