//! The card of the mock-up `24-papers`, and one that is hard to fit.

use fovea_documents::{CardData, EyeRow};

fn eye(values: [&str; 6]) -> EyeRow {
    let [sphere, cylinder, axis, add, prism, va] = values.map(str::to_owned);
    EyeRow {
        sphere,
        cylinder,
        axis,
        add,
        prism,
        va,
    }
}

pub fn mock_up() -> CardData {
    CardData {
        shop_name: "Nayana Opticals".into(),
        address: vec!["FC Road, Shivajinagar, Pune 411005 · 020 2553 0140".into()],
        patient_name: "Raghunathan Krishnamurthy".into(),
        birth_date: "11 Feb 1974".into(),
        number: "RX-2026-FCR-11842-2".into(),
        version: "Version 2, 21 Nov 2026".into(),
        valid_until: "21 Nov 2028".into(),
        right: eye(["−2.75", "−0.75", "065", "+2.00", "", "6/6"]),
        left: eye(["−1.75", "−0.50", "110", "+2.25", "", "6/6"]),
        equivalent: ["−3.13".into(), "−2.00".into()],
        notes: vec![
            "Back vertex distance 12.0 mm. Near at 40 cm, N5. Screen at 65 cm; explain the larger add. Next test by Nov 2027."
                .into(),
        ],
        prescriber: "Sameer P., optometrist".into(),
        signed_at: "Signed electronically 21 Nov 2026, 14:16".into(),
        mark: String::new(),
        mark_text: String::new(),
    }
}

pub fn long() -> CardData {
    CardData {
        shop_name: "The Venkatanarasimharajuvaripeta Spectacle and Contact Lens Company of the Deccan".into(),
        address: vec![
            "Shop 14 and 15, upper ground floor, Phoenix Marketcity, Nagar Road, Viman Nagar, Pune 411014".into(),
            "Opposite the State Bank, beside the old post office".into(),
            "020 2553 0140 · nayana@example.in".into(),
        ],
        patient_name:
            "Padmavathi Venkatasubramanian Raghunathakrishnamurthy née Łukaszewska-Şimşek of Thiruvananthapuram".into(),
        right: eye([
            "−12.75",
            "−10.25",
            "005",
            "+3.50",
            "12.50 down 8.00 out",
            "counts fingers",
        ]),
        left: eye(["∅", "", "", "", "1.00 in", "6/7.5"]),
        mark: "SUPERSEDED".into(),
        mark_text: "by version 3 on 2 Dec 2026".into(),
        ..mock_up()
    }
}
