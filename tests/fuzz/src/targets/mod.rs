mod document;
mod files;
mod journal;
mod paper;
mod wire;

/// One reader of foreign bytes.
pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]),
}

pub const TARGETS: &[Target] = &[
    Target {
        name: "commit",
        run: journal::commit,
    },
    Target {
        name: "signed_commit",
        run: journal::signed_commit,
    },
    Target {
        name: "certificate",
        run: journal::certificate,
    },
    Target {
        name: "record",
        run: journal::record,
    },
    Target {
        name: "statement",
        run: journal::statement,
    },
    Target {
        name: "wire",
        run: wire::plain,
    },
    Target {
        name: "wire_frame",
        run: wire::frame,
    },
    Target {
        name: "packed",
        run: wire::packed,
    },
    Target {
        name: "packing",
        run: wire::packing,
    },
    Target {
        name: "document",
        run: document::fold_in_any_order,
    },
    Target {
        name: "import_products",
        run: files::products,
    },
    Target {
        name: "import_customers",
        run: files::customers,
    },
    Target {
        name: "import_stock",
        run: files::stock,
    },
    Target {
        name: "replay",
        run: files::replay,
    },
    Target {
        name: "recovery_sheet",
        run: paper::recovery_sheet,
    },
    Target {
        name: "one_time_code",
        run: paper::one_time_code,
    },
];
