//! Emptying the unused space within pages of the database.
//!
//! `secure_delete` overwrites what is deleted where it lies. It misses what lay there before: when SQLite moves cells to
//! another page to keep its trees in balance, it may leave their old bytes in the space between the cell pointers and the
//! cells (`rebuildPage`; in a trial 1 of 244 names was still there). So after erasing, that space of every page is filled
//! with zeros, in the file itself: nobody reads it, so a crash or a reader in between meets nothing.
//!
//! Layout of a page: SQLite's file format, section 1.6. The write-ahead log must be empty, or its pages would bring the old
//! bytes back; and the writing connection must forget the pages it has read, for the same reason.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;

/// Pages looked at in one turn on the writing thread, about 1 MiB.
pub const PAGES_A_TURN: u64 = 256;
/// Above this number a page that is none of a tree could begin like one: its first bytes are the number of another.
const MAX_PAGES: u64 = 1 << 25;
/// SQLite locks bytes here; the page that holds them is never used.
const LOCK_BYTE: u64 = 0x4000_0000;
/// The first page begins with the file's header.
const FILE_HEADER: usize = 100;

/// How a file is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    pub page: u64,
    pub pages: u64,
    /// Bytes of a page that hold anything.
    usable: usize,
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])))
}

/// How this database is divided; none for a file that is not one, or is too large to be told apart.
pub fn paging(file: &mut File) -> std::io::Result<Option<Paging>> {
    let length = file.metadata()?.len();
    let mut header = [0; FILE_HEADER];
    if length < FILE_HEADER as u64 {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(0))?;
    file.read_exact(&mut header)?;
    let page = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        page => u64::from(page),
    };
    if !header.starts_with(b"SQLite format 3\0") || !(512..=65_536).contains(&page) || !page.is_power_of_two() {
        return Ok(None);
    }
    let pages = length / page;
    Ok((pages < MAX_PAGES).then(|| Paging {
        page,
        pages,
        // At most 65,536, less a byte.
        usable: page as usize - usize::from(header[20]),
    }))
}

/// The space of a page that nothing uses; none of a page that is no leaf or branch of a tree, or makes no sense.
fn unused(page: &[u8], first: bool, usable: usize) -> Option<Range<usize>> {
    let header = if first { FILE_HEADER } else { 0 };
    let length = match page.get(header)? {
        2 | 5 => 12,
        10 | 13 => 8,
        _ => return None,
    };
    let cells = number(page, header + 3)?;
    let content = match number(page, header + 5)? {
        0 => 65_536,
        content => content,
    };
    let pointers = header + length + 2 * cells;
    (pointers <= content && content <= usable).then_some(pointers..content)
}

/// Empties the unused space of some pages from this one on, counted from 0; gives the next page, or none after the last.
pub fn empty(file: &mut File, paging: Paging, from: u64) -> std::io::Result<Option<u64>> {
    let to = (from + PAGES_A_TURN).min(paging.pages);
    let mut page = vec![0; paging.page as usize];
    for at in from..to {
        let start = at * paging.page;
        if start == LOCK_BYTE {
            continue;
        }
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut page)?;
        let Some(space) = unused(&page, at == 0, paging.usable) else {
            continue;
        };
        let offset = space.start as u64;
        let Some(space) = page.get_mut(space) else { continue };
        if space.iter().all(|byte| *byte == 0) {
            continue;
        }
        space.fill(0);
        file.seek(SeekFrom::Start(start + offset))?;
        file.write_all(space)?;
    }
    Ok((to < paging.pages).then_some(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_space_between_pointers_and_cells_is_unused_and_nothing_else() {
        let leaf = |cells: u8, content: u16| {
            let mut page = vec![0; 4096];
            page[0] = 13;
            page[4] = cells;
            page[5..7].copy_from_slice(&content.to_be_bytes());
            page
        };
        assert_eq!(unused(&leaf(3, 4000), false, 4096), Some(14..4000));
        assert_eq!(unused(&leaf(0, 4096), false, 4096), Some(8..4096));
        // Cells that begin within the pointers, or beyond the page.
        assert_eq!(unused(&leaf(100, 50), false, 4096), None);
        assert_eq!(unused(&leaf(1, 4090), false, 4080), None);
        let mut overflow = leaf(3, 4000);
        overflow[0] = 0;
        assert_eq!(unused(&overflow, false, 4096), None);
        let mut first = vec![0; 100];
        first.extend(leaf(1, 4000));
        assert_eq!(unused(&first[..4096], true, 4096), Some(110..4000));
        assert_eq!(unused(&[13, 0], false, 4096), None);
    }
}
