//! Rows of several cells: one table, one set of widths.

use super::{Line, wrap};

/// Sets rows of as many cells each: the first column left, the others right-aligned and, when they fit so, equally wide.
pub(super) fn set(out: &mut Vec<Line>, rows: &[(Vec<String>, bool)], columns: usize) {
    let cells = rows.first().map_or(0, |(cells, _)| cells.len());
    let longest = |at: usize| {
        rows.iter()
            .filter_map(|(cells, _)| cells.get(at))
            .map(|cell| cell.trim_end().chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths = match cells {
        0 | 1 => Some(vec![columns]),
        _ => widths(&(0..cells).map(longest).collect::<Vec<_>>(), columns),
    };
    // Too wide for one line: the first cell stands above the others, which still stand under each other if they can.
    let below: Vec<usize> = (1..cells).map(|at| longest(at) + 1).collect();
    let below_fits = below.iter().sum::<usize>() <= columns;
    for (cells, bold) in rows {
        let text = match &widths {
            Some(widths) => wrap(&side_by_side(cells, widths), columns),
            None if below_fits => {
                let mut text = cells.first().map(|first| wrap(first, columns)).unwrap_or_default();
                let rest: String = cells
                    .iter()
                    .skip(1)
                    .zip(&below)
                    .map(|(cell, width)| format!("{:>width$}", cell.trim()))
                    .collect();
                text.push(format!("{rest:>columns$}"));
                text
            }
            None => stacked(cells, columns),
        };
        out.extend(text.into_iter().map(|text| Line::plain(text, *bold)));
    }
}

/// Widths of the columns, which together fill the paper; `None` when even the narrowest do not fit. There are two or more.
fn widths(longest: &[usize], columns: usize) -> Option<Vec<usize>> {
    let (first, others) = longest.split_first()?;
    let widest = others.iter().max()?;
    // The first is half as wide as another, as a tax rate beside amounts; a longer first takes from the others.
    let equal = (columns * 2 / (2 * others.len() + 1)).min(columns.saturating_sub(*first) / others.len());
    let others: Vec<usize> = match equal > *widest {
        true => vec![equal; others.len()],
        false => others.iter().map(|width| width + 1).collect(),
    };
    let taken: usize = others.iter().sum();
    (first + taken <= columns).then(|| std::iter::once(columns - taken).chain(others).collect())
}

fn side_by_side(cells: &[String], widths: &[usize]) -> String {
    let padded = cells
        .iter()
        .zip(widths)
        .enumerate()
        .map(|(at, (cell, width))| match at {
            0 => format!("{:<width$}", cell.trim_end()),
            _ => format!("{:>width$}", cell.trim()),
        });
    padded.collect()
}

/// A row too wide for the paper: the first cell, and beneath it the others, at the right, as many on a line as fit.
fn stacked(cells: &[String], columns: usize) -> Vec<String> {
    let mut out = cells.first().map(|first| wrap(first, columns)).unwrap_or_default();
    let mut line = String::new();
    for cell in cells.iter().skip(1).map(|cell| cell.trim()) {
        if line.is_empty() {
            line = cell.to_owned();
        } else if line.chars().count() + 1 + cell.chars().count() <= columns {
            line = format!("{line} {cell}");
        } else {
            out.extend(at_the_right(&line, columns));
            line = cell.to_owned();
        }
    }
    out.extend(at_the_right(&line, columns));
    out
}

fn at_the_right(line: &str, columns: usize) -> Vec<String> {
    wrap(line, columns)
        .into_iter()
        .map(|line| format!("{:>columns$}", line.trim()))
        .collect()
}
