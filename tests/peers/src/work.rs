//! The work that everybody does, and what came of it.

use crate::Size;

/// One step: how long, and bytes on the wire up and down.
#[derive(Debug, Clone, Copy, Default)]
pub struct Step {
    pub ms: u64,
    pub up: u64,
    pub down: u64,
}

#[derive(Debug, Clone, Default)]
pub struct Row {
    pub who: String,
    /// What a power cut leaves, in a few words.
    pub durable: &'static str,
    /// Writing the changes locally, ms.
    pub write: Option<u64>,
    pub push: Option<Step>,
    pub pull: Option<Step>,
    pub noop: Option<Step>,
    pub converge: Option<Step>,
    /// Of the server, MiB: resident with many documents, and at the highest meanwhile.
    pub memory: Option<(u64, u64)>,
}

fn bytes(count: u64) -> String {
    match count {
        0..10_000 => format!("{count} B"),
        10_000..10_000_000 => format!("{} KB", count / 1_000),
        _ => format!("{:.1} MB", count as f64 / 1e6),
    }
}

fn seconds(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        _ => format!("{:.1} s", ms as f64 / 1e3),
    }
}

fn cell(step: Option<Step>) -> String {
    step.map_or("not done".to_owned(), |step| {
        format!("{}, {}", seconds(step.ms), bytes(step.up + step.down))
    })
}

pub fn table(rows: &[Row], size: Size) -> String {
    let Size {
        documents,
        changes,
        many,
        ..
    } = size;
    let head: String = rows.iter().map(|row| format!(" {} |", row.who)).collect();
    let line = |what: String, of: &dyn Fn(&Row) -> String| {
        let cells: String = rows.iter().map(|row| format!(" {} |", of(row))).collect();
        format!("| {what} |{cells}\n")
    };
    let mut text = format!("| |{head}\n|---|{}\n", "---|".repeat(rows.len()));
    text += &line("after a power cut".into(), &|row| row.durable.to_owned());
    text += &line(
        format!(
            "writing {} changes of {documents} documents locally",
            documents * changes
        ),
        &|row| row.write.map_or("not done".to_owned(), seconds),
    );
    text += &line("pushing them".into(), &|row| cell(row.push));
    text += &line("a second client pulls".into(), &|row| cell(row.pull));
    text += &line("it connects again, nothing is new".into(), &|row| cell(row.noop));
    text += &line(
        format!("six stores, {documents} changes each to the same documents, converge"),
        &|row| cell(row.converge),
    );
    text += &line(
        format!("server memory at {many} documents more, at the highest"),
        &|row| {
            row.memory
                .map_or("not done".to_owned(), |(now, most)| format!("{now} MiB, {most} MiB"))
        },
    );
    text
}
