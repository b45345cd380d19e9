//! A file of the same form, for machines without the real one: baskets, returns, adjustments, odd codes.

use std::fmt::Write;

const INVOICES: u64 = 2_000;
const DAYS: u64 = 60;
/// Real tills hold such codes: case matters, and letters alone are products, too.
const ODD: [&str; 6] = ["84970S", "84970s", "POST", "M", "D", " 22 423 "];

/// splitmix64: small, and the same everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }
}

/// The file's text, always the same.
#[must_use]
pub fn generated() -> String {
    let mut chance = Chance(2011);
    let mut text = String::from("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n");
    for n in 0..INVOICES {
        let kind = chance.below(40);
        let (mark, sign) = if kind == 0 { ("C", "-") } else { ("", "") };
        let day = n * DAYS / INVOICES;
        let (month, day) = (1 + day / 28, 1 + day % 28);
        let customer = match chance.below(3) {
            0 => String::new(),
            _ => format!("{}.0", 12_000 + chance.below(400)),
        };
        for _ in 0..=chance.below(4) {
            let code = match chance.below(50) {
                odd @ 0..6 => ODD[usize::try_from(odd).unwrap_or(0)].to_owned(),
                _ => format!("{}", 20_000 + chance.below(900)),
            };
            let quantity = 1 + if chance.below(30) == 0 {
                chance.below(2_000)
            } else {
                chance.below(12)
            };
            // Thousandths of a pound occur, and are rounded once a line.
            let price = match chance.below(20) {
                0 => format!("0.{:03}", 1 + chance.below(999)),
                _ => format!("{}.{:02}", chance.below(30), 1 + chance.below(99)),
            };
            let (sign, price) = match (kind, chance.below(2)) {
                (1, 0) => ("-", "0.0".to_owned()),
                (1, _) => ("", "0.0".to_owned()),
                _ => (sign, price),
            };
            let _ = writeln!(
                text,
                "{mark}{},{code},\"GOODS, \"\"{code}\"\"\",{sign}{quantity},2011-{month:02}-{day:02} \
                 {:02}:{:02}:00,{price},{customer},United Kingdom",
                540_000 + n,
                8 + chance.below(10),
                chance.below(60),
            );
        }
    }
    text
}
