//! The control file: commands for a twin that runs in another process.

use super::{Fault, Shared};
use serde_json::json;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// Bytes of commands that are read at once.
const MAX_COMMANDS: u64 = 4_096;

/// Obeys the control file until the twin stops.
pub(super) fn obey(shared: &Shared, out: &Path) {
    let (file, taken) = (out.join("control"), out.join(".control-taken"));
    let mut size_before = 0;
    while !shared.stops() {
        shared.pause();
        shared.with(|machine| machine.tick());
        let size = fs::metadata(&file).map_or(0, |data| data.len());
        // Nothing yet, or its writer may still be at it: taken when it has not grown for a tick.
        let is_whole = size > 0 && size == std::mem::replace(&mut size_before, size);
        if is_whole && fs::rename(&file, &taken).is_ok() {
            let mut commands = String::new();
            let read = File::open(&taken).and_then(|file| file.take(MAX_COMMANDS).read_to_string(&mut commands));
            let _ = fs::remove_file(&taken);
            for line in commands.lines().filter(|line| read.is_ok() && !line.trim().is_empty()) {
                match line.parse::<Fault>() {
                    Ok(fault) => shared.with(|machine| machine.set(fault)),
                    Err(()) => {
                        shared.with(|machine| machine.event(json!({"event": "unknown_command", "command": line})));
                    }
                }
            }
            size_before = 0;
        }
    }
}
