//! Emptying the unused space within pages of the database.
//!
//! `secure_delete` overwrites what is deleted where it lies. It misses what lay there before: when SQLite moves cells to
//! another page to keep its trees in balance, it may leave their old bytes in the space between the cell pointers and the
//! cells (`rebuildPage`; in a trial 1 of 244 names was still there), or in a free block among the cells (the simulation's
//! seed 40027). So after erasing, that space of every page is filled with zeros, in the file itself: nobody reads it, so a
//! crash or a reader in between meets nothing.
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

/// Bytes of a free block that lead to the next one and tell its size.
const BLOCK_HEADER: usize = 4;

/// The stretches of a page that nothing uses: between pointers and cells, and of each free block what follows its header.
/// None of a page that is no leaf or branch of a tree, or makes no sense.
fn unused(page: &[u8], first: bool, usable: usize) -> Option<Vec<Range<usize>>> {
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
    if pointers > content || content > usable {
        return None;
    }
    let mut spaces: Vec<Range<usize>> = std::iter::once(pointers..content).collect();
    let mut least = content;
    let mut block = number(page, header + 1)?;
    // Each lies behind the one before, so this ends.
    while block != 0 {
        let (next, size) = (number(page, block)?, number(page, block + 2)?);
        let end = block + size;
        if block < least || size < BLOCK_HEADER || end > usable {
            return None;
        }
        spaces.push(block + BLOCK_HEADER..end);
        (block, least) = (next, end);
    }
    Some(spaces)
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
        for space in unused(&page, at == 0, paging.usable).unwrap_or_default() {
            let offset = space.start as u64;
            let Some(space) = page.get_mut(space) else { continue };
            if space.iter().all(|byte| *byte == 0) {
                continue;
            }
            space.fill(0);
            file.seek(SeekFrom::Start(start + offset))?;
            file.write_all(space)?;
        }
    }
    Ok((to < paging.pages).then_some(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_space_between_pointers_and_cells_and_in_free_blocks_is_unused_and_nothing_else() {
        let leaf = |cells: u8, content: u16| {
            let mut page = vec![0; 4096];
            page[0] = 13;
            page[4] = cells;
            page[5..7].copy_from_slice(&content.to_be_bytes());
            page
        };
        let gap = |gap: Range<usize>| Some(vec![gap]);
        assert_eq!(unused(&leaf(3, 4000), false, 4096), gap(14..4000));
        assert_eq!(unused(&leaf(0, 4096), false, 4096), gap(8..4096));
        // Two free blocks, of 20 and of 4 bytes.
        let mut freed = leaf(3, 3000);
        let mut put = |at: usize, value: u16| freed[at..at + 2].copy_from_slice(&value.to_be_bytes());
        for (at, value) in [(1, 3100), (3100, 3500), (3102, 20), (3500, 0), (3502, 4)] {
            put(at, value);
        }
        assert_eq!(
            unused(&freed, false, 4096),
            Some(vec![14..3000, 3104..3120, 3504..3504])
        );
        // One that leads back, one that reaches beyond the page, one before the cells.
        for (at, value) in [(3500, 3100_u16), (3502, 700), (1, 2999)] {
            let mut senseless = freed.clone();
            senseless[at..at + 2].copy_from_slice(&value.to_be_bytes());
            assert_eq!(unused(&senseless, false, 4096), None, "{at}");
        }
        // Cells that begin within the pointers, or beyond the page.
        assert_eq!(unused(&leaf(100, 50), false, 4096), None);
        assert_eq!(unused(&leaf(1, 4090), false, 4080), None);
        let mut overflow = leaf(3, 4000);
        overflow[0] = 0;
        assert_eq!(unused(&overflow, false, 4096), None);
        let mut first = vec![0; 100];
        first.extend(leaf(1, 4000));
        assert_eq!(unused(&first[..4096], true, 4096), gap(110..4000));
        assert_eq!(unused(&[13, 0], false, 4096), None);
    }
}
