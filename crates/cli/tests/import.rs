//! `import`: all rows are checked before the first write, faulty ones are named by their line, and a second run adds nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use std::fmt::Write;

use common::{Till, answer, refused, told};
use serde_json::{Value, json};

const PRODUCTS: &str = "\
code,name,kind,brand,barcode,hsn,list,offer,tax_rate
F1,\"Aviator, \"\"gold\"\"\",frame,Nayana,8901234567894,9003,2500.00,1999.50,5
84970S,Case,accessory,,,,149.5,,18
84970s,Cloth,Accessory,,,,49,49,
L1,Lens 1.6,optical lens,Clario,,900150,1200,1100,12%
";
const CUSTOMERS: &str = "\
code,name,phone,email,birth_date
K1,Rōhan Iyer,98765 43210,rohan@example.org,1984-02-29
K2,\"Das, Mira\",,mira@example.org,
K3,Old Card,,,
";
fn import(till: &Till, subject: &str, file: &str) -> Value {
    answer(&till.ask(&["import", subject, file]))
}

fn counts(rows: i64, added: i64, changed: i64, unchanged: i64) -> Value {
    json!({"rows": rows, "added": added, "changed": changed, "unchanged": unchanged, "dry_run": false})
}

fn product(till: &Till, code: &str) -> Value {
    till.call("product.find", &json!({"code": code}))["product"].clone()
}

fn on_hand(till: &Till, code: &str) -> i64 {
    till.call("stock.level", &json!({"product": code}))["stores"][0]["on_hand"]
        .as_i64()
        .unwrap()
}

#[test]
fn what_the_files_say_is_there_and_a_second_run_adds_nothing() {
    let till = Till::new("in-gst");
    let files = [
        ("products", till.file("products.csv", PRODUCTS), 4, 4),
        // As spreadsheets write: a byte order mark, CR LF, columns in another order, one too many.
        (
            "customers",
            till.file("customers.csv", format!("\u{feff}{}", CUSTOMERS.replace('\n', "\r\n"))),
            3,
            3,
        ),
        (
            "stock",
            till.file(
                "stock.csv",
                "note,Quantity,unit_cost,code,STORE\nx,12,850.25,F1,S1\n,7,, 84970S ,S1\n,0,,84970s,S1\n",
            ),
            3,
            2,
        ),
    ];
    for (subject, file, rows, added) in &files {
        assert_eq!(
            import(&till, subject, file),
            counts(*rows, *added, 0, rows - added),
            "{subject}"
        );
    }

    let frame = product(&till, "F1");
    let told = ["name", "kind", "brand", "barcode", "hsn", "list", "offer", "rate"].map(|field| frame[field].clone());
    let expected = json!([
        "Aviator, \"gold\"",
        "frame",
        "Nayana",
        "8901234567894",
        "9003",
        250_000,
        199_950,
        500
    ]);
    assert_eq!(json!(told), expected, "{frame}");
    assert_eq!(product(&till, "8901234567894")["code"], "F1");
    // No offer: the list price. No rate: the tables'.
    let case = product(&till, "84970S");
    assert_eq!(
        (&case["list"], &case["offer"], &case["name"]),
        (&json!(14_950), &json!(14_950), &json!("Case"))
    );
    assert_eq!(product(&till, "84970s")["rate"], 1_800);
    assert_eq!(product(&till, "L1")["kind"], "optical_lens");
    assert_eq!(
        [on_hand(&till, "F1"), on_hand(&till, "84970S"), on_hand(&till, "84970s")],
        [12, 7, 0]
    );

    let found = till.call("customer.search", &json!({"text": "rohan"}))["customers"].clone();
    assert_eq!(found.as_array().unwrap().len(), 1);
    // 1984-02-29 is day 5172.
    let told = ["code", "name", "email", "birth_day"].map(|field| found[0][field].clone());
    assert_eq!(json!(told), json!(["K1", "Rōhan Iyer", "rohan@example.org", 5_172]));
    assert_eq!(
        till.call("customer.search", &json!({"text": "9876543210"}))["customers"],
        found
    );

    let before = (till.commits(), till.bytes());
    for (subject, file, rows, _) in &files {
        assert_eq!(import(&till, subject, file), counts(*rows, 0, 0, *rows), "{subject}");
    }
    assert!((till.commits(), till.bytes()) == before, "a second run writes nothing");

    // A row more and a price moved: that alone is written.
    let longer = PRODUCTS.replace("1999.50", "1899.50") + "W1,Watch,watch,,,9105,100,100,\n";
    assert_eq!(
        import(&till, "products", &till.file("longer.csv", longer)),
        counts(5, 1, 1, 3)
    );
    assert_eq!(product(&till, "F1")["offer"], 189_950);
    assert_eq!(till.commits(), before.0 + 1);
}

#[test]
fn a_dry_run_checks_and_writes_nothing() {
    let till = Till::new("in-gst");
    let (good, bad) = (
        till.file("good.csv", PRODUCTS),
        till.file("bad.csv", PRODUCTS.replace("1200,1100", "1100,1200")),
    );
    let before = (till.commits(), till.bytes());
    let dry = |file: &str| till.ask(&["import", "products", file, "--dry-run"]);
    let checked = answer(&dry(&good));
    assert_eq!(
        (&checked["rows"], &checked["added"], &checked["dry_run"]),
        (&json!(4), &json!(0), &json!(true))
    );
    assert_eq!(refused(&dry(&bad)), "bad_file");
    assert!((till.commits(), till.bytes()) == before);
    assert_eq!(import(&till, "products", &good), counts(4, 4, 0, 0));
}

/// A file that is refused whole, for reasons that hold these words.
fn assert_refused(till: &Till, subject: &str, bytes: impl AsRef<[u8]>, words: &[&str]) {
    let file = till.file("refused.csv", bytes);
    let before = till.bytes();
    let told = told(&till.ask(&["import", subject, &file]));
    assert_eq!(told.code, "bad_file", "{told:?}");
    for word in words.iter().chain(&["refused.csv"]) {
        assert!(told.message.contains(word), "no {word:?} in {told:?}");
    }
    assert!(till.bytes() == before, "{told:?}");
}

#[test]
fn faulty_rows_are_named_and_nothing_is_written() {
    let till = Till::new("in-gst");
    import(&till, "products", &till.file("products.csv", PRODUCTS));
    let header = PRODUCTS.lines().next().unwrap();
    for end in ["\n", "\r\n"] {
        let rows = [
            header,
            "G1,Good,frame,,,,10,10,",
            ",no code,frame,,,,10,10,",
            "G2,,frame,,,,10,10,",
            "G3,\"two",
            "lines\",frame,,,,10,10,",
            "G4,kind,spaceship,,,,10,10,",
            "G5,price,frame,,,,ten,10,",
            "G6,negative,frame,,,,-10,-10,",
            "G7,offer,frame,,,,10,10.01,",
            "G8,paise,frame,,,,10.005,10,",
            "G9,rate,frame,,,,10,10,-5",
            "G1,again,frame,,,,10,10,",
            "",
            "Ga,after a blank line,frame,,,,4,95,x",
        ];
        assert_refused(
            &till,
            "products",
            rows.join(end),
            &[
                "line 3:",
                "line 4:",
                "line 5:",
                "line 7: spaceship",
                "line 8: list",
                "line 9:",
                "line 10:",
                "line 11: list",
                "line 12: tax_rate",
                "line 13: G1 stands in line 2",
                "line 15:",
            ],
        );
    }
    assert_refused(
        &till,
        "customers",
        "code,name,phone,email,birth_date\nK1,Good,,,\n,no code,,,\nK3,,,,\nK4,date,,,1999-02-29\nK5,phone,12x,,\nK6,mail,,nobody,\nK1,again,,,\n",
        &[
            "line 3:",
            "line 4:",
            "line 5:",
            "line 6:",
            "line 7:",
            "line 8: K1 stands in line 2",
        ],
    );
    assert_refused(
        &till,
        "stock",
        "store,code,quantity,unit_cost\nS1,F1,5,\nS9,F1,5,\nS1,f1,5,\nS1,L1,1.5,\nS1,84970S,-1,\nS1,84970s,1,-2\nS1,F1,6,\n",
        &[
            "line 3: store S9",
            "line 4: product f1",
            "line 5: quantity",
            "line 6:",
            "line 7: unit_cost",
            "line 8:",
        ],
    );
    // The first twenty are named, the others are counted.
    let mut many = format!("{header}\n");
    for n in 0..25 {
        writeln!(many, "P{n},name,none,,,,1,1,").unwrap();
    }
    assert_refused(&till, "products", many, &["line 21:", "and 5 more"]);
    assert_eq!(product(&till, "G1"), Value::Null);
}

#[test]
fn a_damaged_file_is_refused_whole() {
    let till = Till::new("in-gst");
    assert_refused(&till, "products", "", &["no column code"]);
    assert_refused(&till, "products", CUSTOMERS, &["no column kind"]);
    assert_refused(
        &till,
        "products",
        &PRODUCTS[..PRODUCTS.len() - 9],
        &["line 5", "cut short"],
    );
    assert_refused(&till, "products", PRODUCTS.replace("49,49,", "49,49,,,"), &["line 4"]);
    assert_refused(&till, "products", PRODUCTS.replace("Cloth", "\"Cloth"), &["line 4"]);
    // Cut within a quoted amount, where what is left would be an amount, too.
    assert_refused(
        &till,
        "products",
        format!("{PRODUCTS}W1,Watch,watch,,,9105,100,100,\"12"),
        &["line 6", "quote", "cut short"],
    );
    let mut bytes = PRODUCTS.replace('\n', "\r\n").into_bytes();
    let at = bytes.windows(5).position(|word| word == b"Cloth").unwrap();
    bytes[at] = 0xff;
    assert_refused(&till, "products", &bytes, &["line 4", "UTF-8"]);
    bytes[at] = 0;
    assert_refused(&till, "products", &bytes, &["line 4"]);
    let mut chance = common::retail::Chance(7);
    let noise: Vec<u8> = (0..5_000).map(|_| u8::try_from(chance.below(256)).unwrap()).collect();
    assert_refused(&till, "products", noise, &[]);
    // A quote closed at the very end, and no last line end, are as they should be.
    let whole = format!("{}\nW1,Watch,watch,,,9105,100,100,\"12\"", PRODUCTS.trim_end());
    assert_eq!(
        import(&till, "products", &till.file("whole.csv", whole)),
        counts(5, 5, 0, 0)
    );

    let folder = till.data();
    for (words, code) in [
        (&["import", "products", "nowhere.csv"][..], "no_file"),
        (&["import", "products", &folder], "no_file"),
        (&["import", "prices", "nowhere.csv"], "usage"),
        (&["import", "products"], "usage"),
        (&["import", "products", "a.csv", "b.csv"], "usage"),
    ] {
        assert_eq!(refused(&till.ask(words)), code, "{words:?}");
    }
}

#[test]
fn a_long_file_is_several_commits_and_goes_on_where_it_stopped() {
    let till = Till::new("in-gst");
    let customers = |n: usize| {
        let rows: String = (0..n).map(|n| format!("K{n},Customer {n},,,\n")).collect();
        format!("code,name,phone,email,birth_date\n{rows}")
    };
    // As a run leaves it that was killed after the first commits.
    assert_eq!(
        import(&till, "customers", &till.file("part.csv", customers(120))),
        counts(120, 120, 0, 0)
    );
    assert_eq!(
        import(&till, "customers", &till.file("all.csv", customers(200))),
        counts(200, 80, 0, 120)
    );
    assert_eq!(till.commits(), 1 + 2 + 2);
}
