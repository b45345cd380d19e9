//! Skipping work whose inputs did not change: a fingerprint of paths, lengths and times.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;

use crate::run::Failed;

/// Folders that are made by the build, never read by it.
const MADE: &[&str] = &["dist", "target", "node_modules"];

/// A fingerprint of every file under `inputs`, and of `mode`.
pub fn of(mode: &str, inputs: &[&Path]) -> Result<String, Failed> {
    let mut hasher = DefaultHasher::new();
    mode.hash(&mut hasher);
    for input in inputs {
        add(input, &mut hasher)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn add(path: &Path, hasher: &mut DefaultHasher) -> Result<(), Failed> {
    let about = fs::metadata(path).map_err(|e| Failed::new(format!("{}: {e}", path.display())))?;
    path.hash(hasher);
    if about.is_dir() {
        let mut inside: Vec<_> = fs::read_dir(path)?.filter_map(|e| Some(e.ok()?.path())).collect();
        inside.sort();
        for entry in inside {
            let made = entry
                .file_name()
                .and_then(|n| n.to_str())
                .is_some_and(|n| MADE.contains(&n));
            if !made {
                add(&entry, hasher)?;
            }
        }
    } else {
        about.len().hash(hasher);
        about.modified()?.hash(hasher);
    }
    Ok(())
}
