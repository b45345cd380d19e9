//! Files from elsewhere: what is cut short or corrupt is refused whole by an import, and row by row by a replay.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::path::PathBuf;

use common::Shop;
use fovea_app::import::Subject;
use fovea_app::replay::{Report, Share};
use model::refusal::Refusal;
use model::requests::sales::SalesTotals;
use tempfile::TempDir;

fn file(folder: &TempDir, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join("rows.csv");
    std::fs::write(&path, bytes).unwrap();
    path
}

const PRODUCTS: &str = "code,name,kind,brand,barcode,hsn,list,offer,tax_rate\n";
const GOOD: &str = "F1,Aurel 5154,frame,Aurel,,,100.00,90.00,\n";

#[test]
fn an_import_that_is_corrupt_or_cut_short_writes_nothing_and_says_where() {
    let (shop, folder) = (Shop::new(), TempDir::new().unwrap());
    let of = |rows: &str| format!("{PRODUCTS}{GOOD}{rows}").into_bytes();
    let not_utf8 = [of("F2,Aur").as_slice(), b"\xff\xfe", b"l,frame,,,,1.00,1.00,\n"].concat();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), "it has no column code"),
        (b"code,name\nF1,Aurel\n".to_vec(), "it has no column kind"),
        (of("F2,Aurel,fra"), "line 3 has 3 fields where the header has 9"),
        (of("F2,Aurel,frame,,,,1.00,1.00,,,\n"), "line 3 has 11 fields"),
        (
            of("F2,Aurel,frame,,,,1.00,1.00,\"5"),
            "line 3 opens a quote that nothing closes",
        ),
        // A quote in the last column swallows the rows after it.
        (
            of("F2,Aurel,frame,,,,1.00,1.00,\"\nF3,Aurel,frame,,,,1.00,1.00,\n"),
            "line 3 opens a quote that nothing closes",
        ),
        (not_utf8, "invalid UTF-8"),
        (b"\x00\x01\x02\xff\xfe".repeat(1_000), "invalid UTF-8"),
        (of("F2,Aurel,spaceship,,,,1.00,1.00,\n"), "line 3: "),
        (of("F2,Aurel,frame,,,,one,1.00,\n"), "line 3: list"),
        (of("F2,Aurel,frame,,,,1.00,2.00,\n"), "line 3: "),
        (
            of("F1,Again,frame,,,,1.00,1.00,\n"),
            "line 3: F1 stands in line 2 already",
        ),
    ];
    let before = shop.commits();
    for (bytes, expected) in cases {
        let path = file(&folder, &bytes);
        let outcome = shop.app.import(&shop.root, Subject::Products, &path, false, &|_, _| {});
        let Err(Refusal::BadFile { why, .. }) = outcome else {
            panic!("{expected}: {outcome:?}");
        };
        assert!(why.contains(expected), "{expected}: {why}");
        assert_eq!(shop.commits(), before, "{expected}");
    }
    let path = file(&folder, &of(""));
    let done = shop.app.import(&shop.root, Subject::Products, &path, false, &|_, _| {});
    assert_eq!(done.unwrap().added, 1);
}

const LINES: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

fn replay(shop: &Shop, rows: &str, share: Option<Share>) -> Report {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, format!("{LINES}{rows}").as_bytes());
    shop.app.replay_retail(&shop.root, &path, share, &|_, _| {}).unwrap()
}

fn rejected(report: &Report) -> Vec<(u64, &str)> {
    report
        .rejected
        .iter()
        .map(|row| (row.line, row.reason.as_str()))
        .collect()
}

#[test]
fn an_invoice_keeps_its_first_900_lines() {
    let shop = Shop::new();
    let rows = "536365,85123A,HOLDER,1,2010-12-01 08:26:00,1.00,,United Kingdom\n".repeat(903);
    let report = replay(&shop, &rows, None);
    let why = "the invoice has more than 900 lines";
    assert_eq!(rejected(&report), [(902, why), (903, why), (904, why)]);
    assert_eq!((report.sales.count, report.sales.total), (1, 90_000));
    let totals = shop.app.call(&shop.root, SalesTotals::default(), None).unwrap();
    assert_eq!((totals.sales.count, totals.sales.total), (1, 90_000));
}

#[test]
fn rows_of_a_replay_that_cannot_be_taken_are_named_and_the_others_taken() {
    let shop = Shop::new();
    let bad = [
        ("1,A,N,0,2010-12-01,1.00,,", "the quantity is zero"),
        ("1,A,N,100000,2010-12-01,1.00,,", "the quantity is above 99,999"),
        (
            "1,A,N,-1,2010-12-01,1.00,,",
            "the quantity is negative outside a return",
        ),
        ("C1,A,N,1,2010-12-01,1.00,,", "a return has a negative quantity"),
        ("1,A,N,1.5,2010-12-01,1.00,,", "the quantity 1.5 is not a whole number"),
        ("1,A,N,1,2010-13-01,1.00,,", "2010-13-01 is not a date"),
        ("1,A,N,1,2010-12-01,-1.00,,", "the price is negative"),
        (
            "1,A,N,1,2010-12-01,1.00",
            "fields are missing; the file may be cut short",
        ),
        (",A,N,1,2010-12-01,1.00,,", "it has no invoice number"),
        ("1,,N,1,2010-12-01,1.00,,", "it has no stock code"),
    ];
    let mut rows: String = bad.iter().map(|(row, _)| format!("{row}\n")).collect();
    rows.push_str("1,A,N,99999,2010-12-01,1.00,,\n");
    let report = replay(&shop, &rows, None);
    let expected: Vec<(u64, &str)> = (2..).zip(bad.iter().map(|(_, why)| *why)).collect();
    assert_eq!(rejected(&report), expected);
    assert_eq!((report.sales.count, report.sales.total), (1, 9_999_900));
}

#[test]
fn a_quote_that_nothing_closes_hides_no_rows_of_a_replay() {
    let why = "it opens a quote that nothing closes; the file may be cut short";
    let good = "1,A,N,1,2010-12-01,1.00,,UK\n";
    // The quote stands in a column that nobody reads, before the last rows of the file.
    for (rows, sales) in [
        (
            format!("{good}1,A,N,1,2010-12-01,1.00,,\"UK\n2,A,N,5,2010-12-01,1.00,,UK\n"),
            1,
        ),
        (format!("{good}2,A,N,1,2010-12-01,1.00,,\"UK"), 1),
        ("2,A,N,1,2010-12-01,1.00,,\"UK".to_owned(), 0),
    ] {
        let shop = Shop::new();
        let report = replay(&shop, &rows, None);
        let line = 2 + u64::from(rows.starts_with(good));
        assert_eq!(rejected(&report), [(line, why)], "{rows}");
        assert_eq!((report.sales.count, report.sales.total), (sales, 100 * sales), "{rows}");
        assert_eq!(report.skipped, 0, "{rows}");
    }
    // The store whose invoice it is says so, and no other.
    let rows = format!("{good}2,A,N,1,2010-12-01,1.00,,\"UK");
    let told: Vec<usize> = (0..2)
        .map(|index| {
            let share = Share { index, of: 2 };
            replay(&Shop::new(), &rows, Some(share)).rejected.len()
        })
        .collect();
    assert_eq!(told.iter().sum::<usize>(), 1, "{told:?}");
}
