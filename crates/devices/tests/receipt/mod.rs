//! The receipt of the mock-up `04-receipt`.

use model::paper::{Align, Paper, Row};

pub fn tax_invoice() -> Paper {
    let head = |text: &str, large| Row::Text {
        text: text.into(),
        align: Align::Centre,
        bold: large,
        large,
    };
    let left = |text: &str| Row::Text {
        text: text.into(),
        align: Align::Left,
        bold: false,
        large: false,
    };
    let pair = |left: &str, right: &str| Row::Pair {
        left: left.into(),
        right: right.into(),
        bold: false,
    };
    let cells = |cells: [&str; 4]| Row::Columns {
        cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
        bold: false,
    };
    let mut rows = vec![
        head("NAYANA OPTICALS", true),
        head("FC Road, Shivajinagar, Pune 411005", false),
        head("GSTIN 27AAPFU0939F1ZV", false),
        Row::Feed { lines: 1 },
        pair("Tax invoice", "2627/FCR-2-04182"),
        pair("21 Nov 2026 14:33", "Till 2, Asha K."),
        left("Padmavathi Venkatasubramanian"),
        Row::Rule,
    ];
    for (name, hsn, sum, amount) in [
        (
            "Aurel Clubline 5154 black/gold",
            "9003",
            "1 × 8,490.00 less 10%",
            "7,641.00",
        ),
        ("R Lumo Vista Progr. 1.67", "900150", "1 × 14,250.00", "14,250.00"),
        ("L Lumo Vista Progr. 1.67", "900150", "1 × 14,250.00", "14,250.00"),
        (
            "Maison Verrier Opéra 18 ct gold",
            "9003",
            "1 × 1,18,900.00 less 2%",
            "1,16,522.00",
        ),
        ("Kestrel Pilot Polarised", "900410", "1 × 5,592.00", "5,592.00"),
        ("R Lumo Daily 30 −2.25", "900130", "2 × 1,899.00", "3,798.00"),
        ("L Lumo Daily 30 −2.50", "900130", "2 × 1,899.00", "3,798.00"),
        ("Eye test, comprehensive", "9993", "1 × 500.00", "500.00"),
    ] {
        rows.push(pair(name, hsn));
        rows.push(pair(&format!("  {sum}"), amount));
    }
    rows.push(Row::Rule);
    rows.push(Row::Pair {
        left: "TOTAL, tax included  ₹".into(),
        right: "1,66,351.00".into(),
        bold: true,
    });
    for (tender, amount) in [
        ("Card Visa 4417", "1,00,000.00"),
        ("UPI 632511880417", "52,000.00"),
        ("Cash", "15,000.00"),
        ("Change", "649.00"),
    ] {
        rows.push(pair(&format!("  {tender}"), amount));
    }
    rows.extend([
        Row::Rule,
        cells(["GST", "Taxable", "CGST", "SGST"]),
        cells([" 5%", "1,52,627.60", "3,815.70", "3,815.70"]),
        cells(["18%", "4,738.98", "426.51", "426.51"]),
        cells([" 0%", "500.00", "0.00", "0.00"]),
        Row::Rule,
        left("Pair 1 ready Sat 28 Nov, 17:00 to 19:00"),
        Row::Feed { lines: 1 },
        Row::Barcode {
            text: "2627/FCR-2-04182".into(),
        },
    ]);
    Paper { rows }
}
