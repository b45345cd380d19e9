//! The folder a twin writes to: `receipt-0001.txt` and `.png`, and `events.jsonl`.

use super::page::Sheet;
use serde_json::Value;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Events of one run that are written; after so many the file is left alone.
const MAX_EVENTS: u64 = 200_000;

/// Writes what a printer produces.
pub struct Recorder {
    out: PathBuf,
    events: File,
    written: u64,
    next: u32,
}

impl Recorder {
    /// Opens a folder, made when it is not there. Numbers go on where an earlier run ended.
    ///
    /// # Errors
    /// The folder cannot be made or written.
    pub fn open(out: &Path) -> io::Result<Recorder> {
        fs::create_dir_all(out)?;
        let mut next = 1;
        for entry in fs::read_dir(out)? {
            let name = entry?.file_name();
            let number = name
                .to_str()
                .and_then(|name| name.strip_prefix("receipt-")?.split('.').next()?.parse().ok());
            next = next.max(number.map_or(1, |number: u32| number.saturating_add(1)));
        }
        let events = OpenOptions::new()
            .create(true)
            .append(true)
            .open(out.join("events.jsonl"))?;
        Ok(Recorder {
            out: out.to_owned(),
            events,
            written: 0,
            next,
        })
    }

    /// Adds one event, with the time in milliseconds since 1970 (UTC).
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn event(&mut self, mut event: Value) -> io::Result<()> {
        if self.written >= MAX_EVENTS {
            return Ok(());
        }
        self.written += 1;
        let at = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_millis());
        event["at_ms"] = Value::from(u64::try_from(at).unwrap_or(u64::MAX));
        let mut line = event.to_string();
        line.push('\n');
        self.events.write_all(line.as_bytes())
    }

    /// Writes a receipt; both files appear whole, the text last. Gives its number.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn receipt(&mut self, sheet: &Sheet) -> io::Result<u32> {
        let number = self.next;
        self.next = number.saturating_add(1);
        let mut text = sheet.lines.join("\n");
        text.push('\n');
        self.appear(&format!("receipt-{number:04}.png"), |file| picture(file, sheet))?;
        self.appear(&format!("receipt-{number:04}.txt"), |file| {
            file.write_all(text.as_bytes())
        })?;
        Ok(number)
    }

    /// Whoever watches the folder never sees half a file.
    fn appear(&self, name: &str, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
        let hidden = self.out.join(format!(".{name}"));
        let mut file = BufWriter::new(File::create(&hidden)?);
        write(&mut file)?;
        file.flush()?;
        drop(file);
        fs::rename(hidden, self.out.join(name))
    }
}

fn picture(file: &mut impl Write, sheet: &Sheet) -> io::Result<()> {
    let size = |dots: usize| u32::try_from(dots).map_err(io::Error::other);
    let mut encoder = png::Encoder::new(file, size(sheet.width)?, size(sheet.height)?);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    // Dots of 1/8 mm.
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: 8_000,
        yppu: 8_000,
        unit: png::Unit::Meter,
    }));
    encoder.write_header()?.write_image_data(&sheet.dots)?;
    Ok(())
}
