//! What the server counts, as Prometheus text.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use replica::peer::Counts;

/// Counters since the start.
#[derive(Default)]
pub struct Metrics {
    pub sync_requests: AtomicU64,
    pub sync_micros: AtomicU64,
    pub commits_taken: AtomicU64,
    pub commits_sent: AtomicU64,
    pub commits_aside: AtomicU64,
    pub enrolments: AtomicU64,
    pub codes_refused: AtomicU64,
    pub sign_ins: AtomicU64,
    pub sign_ins_refused: AtomicU64,
    pub refused: AtomicU64,
}

impl Metrics {
    pub fn add(counter: &AtomicU64, by: usize) {
        counter.fetch_add(by as u64, Ordering::Relaxed);
    }

    /// Counts one sync request and how long it took.
    pub fn synced(&self, took: Duration) {
        Self::add(&self.sync_requests, 1);
        self.sync_micros
            .fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub fn text(&self, held: Counts) -> String {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed).to_string();
        let seconds = self.sync_micros.load(Ordering::Relaxed) as f64 / 1e6;
        let rows = [
            ("fovea_commits_held", "gauge", "Commits held", held.commits.to_string()),
            (
                "fovea_commits_waiting",
                "gauge",
                "Commits that wait for one before them",
                held.waiting.to_string(),
            ),
            (
                "fovea_commits_set_aside",
                "gauge",
                "Commits that could not be taken",
                held.aside.to_string(),
            ),
            (
                "fovea_sync_requests_total",
                "counter",
                "Sync exchanges answered",
                of(&self.sync_requests),
            ),
            (
                "fovea_sync_seconds_total",
                "counter",
                "Seconds spent answering them",
                format!("{seconds:.6}"),
            ),
            (
                "fovea_sync_commits_taken_total",
                "counter",
                "Commits taken from devices",
                of(&self.commits_taken),
            ),
            (
                "fovea_sync_commits_sent_total",
                "counter",
                "Commits offered to devices",
                of(&self.commits_sent),
            ),
            (
                "fovea_sync_commits_refused_total",
                "counter",
                "Commits set aside as they came",
                of(&self.commits_aside),
            ),
            (
                "fovea_enrolments_total",
                "counter",
                "Devices enrolled",
                of(&self.enrolments),
            ),
            (
                "fovea_codes_refused_total",
                "counter",
                "One-time codes refused",
                of(&self.codes_refused),
            ),
            (
                "fovea_sign_ins_total",
                "counter",
                "Sign-ins at head office",
                of(&self.sign_ins),
            ),
            (
                "fovea_sign_ins_refused_total",
                "counter",
                "Sign-ins refused",
                of(&self.sign_ins_refused),
            ),
            (
                "fovea_requests_refused_total",
                "counter",
                "HTTP requests refused",
                of(&self.refused),
            ),
        ];
        let mut text = String::new();
        for (name, kind, help, value) in rows {
            // Writing to a string does not fail.
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
        }
        text
    }
}
