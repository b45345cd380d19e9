//! The printer's twin as a program of its own: what comes out of it, and what goes wrong with it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::process::Running;
use crate::programs::program;
use crate::wait;

/// A printer that listens on a port of its own.
pub struct Twin {
    _process: Running,
    out: PathBuf,
    port: u16,
}

impl Twin {
    /// Starts one; its papers lie in `out`.
    ///
    /// # Panics
    /// It does not start.
    #[must_use]
    pub fn start(out: &Path) -> Self {
        let log = out.with_extension("log");
        let mut twin = program("fovea");
        twin.args(["twin", "printer", "--listen", "127.0.0.1:0", "--out"])
            .arg(out);
        let mut process = Running::start(&mut twin, &log);
        let port = wait::until("the printer twin to listen", wait::START, || {
            assert!(!process.has_ended(), "the twin ended, see {}", log.display());
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            let line = said.lines().find(|line| line.contains("listens on"))?;
            line.trim_end_matches('.').rsplit_once(':')?.1.parse().ok()
        });
        Self {
            _process: process,
            out: out.to_owned(),
            port,
        }
    }

    /// As a till is told where its printer is.
    #[must_use]
    pub fn address(&self) -> String {
        format!("tcp:127.0.0.1:{}", self.port)
    }

    /// Something happens to the printer: `paper-out`, `paper-in`, `offline`.
    ///
    /// # Panics
    /// The folder cannot be written.
    pub fn tell(&self, command: &str) {
        // The twin takes the file whole, so it must appear whole.
        let draft = self.out.join(".control-draft");
        let written = std::fs::write(&draft, format!("{command}\n"))
            .and_then(|()| std::fs::rename(&draft, self.out.join("control")));
        written.unwrap_or_else(|e| panic!("{}: {e}", self.out.display()));
    }

    /// Events of a kind so far, oldest first.
    #[must_use]
    pub fn events(&self, kind: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.out.join("events.jsonl")).unwrap_or_default();
        // The last line may be on its way.
        let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        whole
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|event| event["event"] == kind)
            .collect()
    }

    /// Waits for an event of this kind.
    pub fn wait_for(&self, kind: &str) {
        wait::until(&format!("the printer's {kind}"), wait::PAPER, || {
            (!self.events(kind).is_empty()).then_some(())
        });
    }

    /// The file of the n-th receipt, counted from one; its picture has the ending `png`.
    #[must_use]
    pub fn file(&self, number: usize, ending: &str) -> PathBuf {
        self.out.join(format!("receipt-{number:04}.{ending}"))
    }

    /// Width, height and black dots of the picture of the n-th receipt.
    ///
    /// # Panics
    /// It is no picture as the twin makes them.
    #[must_use]
    pub fn picture(&self, number: usize) -> (u32, u32, u32) {
        let file = self.file(number, "png");
        let bytes = std::fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
            .read_info()
            .unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let mut dots = vec![0; reader.output_buffer_size().unwrap_or_default()];
        let frame = reader
            .next_frame(&mut dots)
            .unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        assert_eq!(frame.bit_depth, png::BitDepth::One, "{}", file.display());
        let black = dots.iter().map(|byte| byte.count_zeros()).sum();
        (frame.width, frame.height, black)
    }

    /// How many receipts came out.
    #[must_use]
    pub fn receipts(&self) -> usize {
        (1..).take_while(|n| self.file(*n, "txt").exists()).count()
    }

    /// Waits for the n-th receipt and reads it.
    pub fn receipt(&self, number: usize) -> String {
        let file = self.file(number, "txt");
        wait::until(&format!("receipt {number}"), wait::PAPER, || {
            std::fs::read_to_string(&file).ok()
        })
    }
}
