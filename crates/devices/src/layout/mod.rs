//! From the rows of a [`Paper`] to lines of a fixed number of columns: the one layout that the printer's bytes, the
//! preview on the screen and the tests share.

mod table;

use crate::charset::printable;
use model::paper::{Align, Paper, Row};

/// Columns of an 80 mm paper.
pub const COLUMNS_80_MM: usize = 42;
/// Columns of a 58 mm paper.
pub const COLUMNS_58_MM: usize = 32;
/// Narrower than this nothing useful fits; a smaller request is taken as this.
pub const MIN_COLUMNS: usize = 16;
/// No receipt printer is wider; a larger request is taken as this.
pub const MAX_COLUMNS: usize = 64;

/// One line as it stands on the paper.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Characters of code page 858, never more than the columns (half of them when large).
    pub text: String,
    pub align: Align,
    pub bold: bool,
    /// Twice as wide and high.
    pub large: bool,
    /// The text is to be drawn as a CODE128 bar code, with the text beneath.
    pub barcode: bool,
}

impl Line {
    fn plain(text: String, bold: bool) -> Self {
        Line {
            text,
            bold,
            ..Line::default()
        }
    }

    /// The line as text of at most `columns` characters, without spaces at its end. A large line is shown in single
    /// width, a bar code as its text between bars.
    #[must_use]
    pub fn to_text(&self, columns: usize) -> String {
        let text = if self.barcode {
            format!("||| {} |||", self.text)
        } else {
            self.text.clone()
        };
        let spare = columns.saturating_sub(text.chars().count());
        let before = match self.align {
            Align::Left => 0,
            Align::Centre => spare / 2,
            Align::Right => spare,
        };
        format!("{}{text}", " ".repeat(before)).trim_end().to_owned()
    }
}

/// The paper as plain lines of at most `columns` characters: what the preview shows.
#[must_use]
pub fn text(paper: &Paper, columns: usize) -> Vec<String> {
    let columns = columns.clamp(MIN_COLUMNS, MAX_COLUMNS);
    lines(paper, columns).iter().map(|line| line.to_text(columns)).collect()
}

/// The paper as lines. `columns` outside [`MIN_COLUMNS`]..=[`MAX_COLUMNS`] is moved to the nearer bound.
#[must_use]
pub fn lines(paper: &Paper, columns: usize) -> Vec<Line> {
    let columns = columns.clamp(MIN_COLUMNS, MAX_COLUMNS);
    let mut out = Vec::new();
    let mut rest = paper.rows.as_slice();
    while let Some((row, after)) = rest.split_first() {
        rest = after;
        match row {
            Row::Text {
                text,
                align,
                bold,
                large,
            } => {
                let width = if *large { columns / 2 } else { columns };
                for part in text.split('\n') {
                    out.extend(wrap(&printable(part), width).into_iter().map(|text| Line {
                        text,
                        align: *align,
                        bold: *bold,
                        large: *large,
                        barcode: false,
                    }));
                }
            }
            Row::Pair { left, right, bold } => {
                pair(&mut out, &printable(left), printable(right).trim(), *bold, columns);
            }
            Row::Columns { cells, .. } => {
                // Neighbouring rows with as many cells are one table and share their widths.
                let same = after
                    .iter()
                    .take_while(|row| matches!(row, Row::Columns { cells: next, .. } if next.len() == cells.len()));
                let count = same.count();
                rest = after.get(count..).unwrap_or_default();
                let table = std::iter::once(row)
                    .chain(after.iter().take(count))
                    .filter_map(|row| match row {
                        Row::Columns { cells, bold } => {
                            Some((cells.iter().map(|cell| printable(cell)).collect::<Vec<_>>(), *bold))
                        }
                        _ => None,
                    });
                table::set(&mut out, &table.collect::<Vec<_>>(), columns);
            }
            Row::Rule => out.push(Line::plain("-".repeat(columns), false)),
            Row::Feed { lines } => out.extend((0..*lines).map(|_| Line::default())),
            Row::Barcode { text } => {
                let text = printable(text);
                out.push(Line {
                    text: text.trim().to_owned(),
                    align: Align::Centre,
                    barcode: true,
                    ..Line::default()
                });
            }
        }
    }
    out
}

/// Breaks at spaces; a word longer than the width is cut. Spaces at the start are an indent and are kept on every line.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let indent = text.chars().take_while(|c| *c == ' ').count().min(width / 2);
    let mut rest: Vec<char> = text.trim_end().chars().collect();
    let mut out = Vec::new();
    while rest.len() > width {
        let space = rest
            .iter()
            .take(width + 1)
            .rposition(|c| *c == ' ')
            .filter(|at| *at > indent);
        let (cut, skip) = match space {
            Some(at) => (at, rest.iter().skip(at).take_while(|c| **c == ' ').count()),
            None => (width, 0),
        };
        let line: String = rest.iter().take(cut).collect();
        out.push(line.trim_end().to_owned());
        // Every turn takes more than the indent away, so the loop ends.
        rest = std::iter::repeat_n(' ', indent)
            .chain(rest.into_iter().skip(cut + skip))
            .collect();
    }
    out.push(rest.into_iter().collect());
    out
}

fn pair(out: &mut Vec<Line>, left: &str, right: &str, bold: bool, columns: usize) {
    let width = right.chars().count();
    let mut words = wrap(left, columns);
    if width >= columns {
        out.extend(
            words
                .into_iter()
                .chain(wrap(right, columns))
                .map(|text| Line::plain(text, bold)),
        );
        return;
    }
    let last = words.pop().unwrap_or_default();
    out.extend(words.into_iter().map(|text| Line::plain(text, bold)));
    let used = last.chars().count();
    if used + 1 + width <= columns || used == 0 {
        out.push(Line::plain(
            format!("{last}{}{right}", " ".repeat(columns - used - width)),
            bold,
        ));
    } else {
        out.push(Line::plain(last, bold));
        out.push(Line::plain(format!("{}{right}", " ".repeat(columns - width)), bold));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(rows: Vec<Row>, columns: usize, expected: &Expect) {
        let lines = text(&Paper { rows }, columns);
        assert!(lines.iter().all(|line| line.chars().count() <= columns), "{lines:#?}");
        expected.assert_eq(&lines.iter().map(|line| format!("{line}|\n")).collect::<String>());
    }

    fn plain(text: &str) -> Row {
        Row::Text {
            text: text.into(),
            align: Align::Left,
            bold: false,
            large: false,
        }
    }

    fn pair_of(left: &str, right: &str) -> Row {
        Row::Pair {
            left: left.into(),
            right: right.into(),
            bold: false,
        }
    }

    fn cells(cells: &[&str]) -> Row {
        Row::Columns {
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
            bold: false,
        }
    }

    #[test]
    fn words_wrap_and_keep_their_indent() {
        check(
            vec![
                plain("  Anti-reflective coat, blue cut"),
                plain("Raghunathankrishnamurthyvenkat"),
                plain(""),
            ],
            16,
            &expect![[r#"
                  Anti-reflectiv|
                  e coat, blue|
                  cut|
                Raghunathankrish|
                namurthyvenkat|
                |
            "#]],
        );
    }

    #[test]
    fn amounts_stay_whole() {
        check(
            vec![
                pair_of("R Lumo Vista Progr. 1.67", "900150"),
                pair_of("  1 x ₹1,18,900.00 less 2%", "1,16,522.00"),
                pair_of("Maison Verrier Opéra 18 ct gold", "9003"),
                pair_of("", "5.00"),
            ],
            32,
            &expect![[r#"
                R Lumo Vista Progr. 1.67  900150|
                  1 x Rs1,18,900.00 less 2%|
                                     1,16,522.00|
                Maison Verrier Opéra 18 ct gold|
                                            9003|
                                            5.00|
            "#]],
        );
    }

    #[test]
    fn a_table_shares_its_widths() {
        let rows = || {
            vec![
                cells(&["GST", "Taxable", "CGST", "SGST"]),
                cells(&[" 5%", "1,52,627.60", "3,815.70", "3,815.70"]),
                cells(&["18%", "4,738.98", "426.51", "426.51"]),
            ]
        };
        check(
            rows(),
            42,
            &expect![[r#"
                GST        Taxable        CGST        SGST|
                 5%    1,52,627.60    3,815.70    3,815.70|
                18%       4,738.98      426.51      426.51|
            "#]],
        );
        check(
            rows(),
            32,
            &expect![[r#"
                GST|
                       Taxable     CGST     SGST|
                 5%|
                   1,52,627.60 3,815.70 3,815.70|
                18%|
                      4,738.98   426.51   426.51|
            "#]],
        );
        check(
            vec![
                cells(&["Eye", "Sph", "Cyl", "Axis"]),
                cells(&["Right", "-2.25", "-0.75", "065"]),
            ],
            32,
            &expect![[r#"
                Eye        Sph      Cyl     Axis|
                Right    -2.25    -0.75      065|
            "#]],
        );
    }

    #[test]
    fn heads_rules_and_bars() {
        let head = |text: &str, large| Row::Text {
            text: text.into(),
            align: Align::Centre,
            bold: true,
            large,
        };
        check(
            vec![
                head("NAYANA OPTICALS", true),
                head("The spectacle house of Shivajinagar", true),
                head("** REPRINT **", false),
                Row::Rule,
                Row::Feed { lines: 1 },
                Row::Barcode {
                    text: "2627/FCR-2-04182".into(),
                },
            ],
            42,
            &expect![[r#"
                             NAYANA OPTICALS|
                           The spectacle house|
                             of Shivajinagar|
                              ** REPRINT **|
                ------------------------------------------|
                |
                         ||| 2627/FCR-2-04182 ||||
            "#]],
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_wider_than_the_paper(left in "\\PC{0,80}", right in "[0-9,. ]{0,60}", columns in 0_usize..80) {
            let rows = vec![
                plain(&left),
                pair_of(&left, &right),
                cells(&[&left, &right]),
                cells(&[&right, &left, &right, &left]),
                cells(&[]),
                Row::Text { text: left.clone(), align: Align::Right, bold: false, large: true },
            ];
            let width = columns.clamp(MIN_COLUMNS, MAX_COLUMNS);
            for line in lines(&Paper { rows }, columns) {
                let cells = line.text.chars().count() * if line.large { 2 } else { 1 };
                proptest::prop_assert!(cells <= width, "{:?}", line);
            }
        }
    }
}
