//! What the stores of a test sell, and who works in them. Amounts are chosen so that every sum can be checked by hand.

use std::path::Path;

use serde_json::json;

use crate::chain::{Chain, STORES, at};
use crate::command::Folder;

/// 8,490.00 with 5% tax inside; ten of them in every store.
pub const FRAME: &str = "4006381333931";
pub const FRAME_CODE: &str = "AUR-5154-BG";
/// 120.00 with 18% tax inside.
pub const CLOTH: &str = "2000000000022";
pub const CLOTH_CODE: &str = "ACC-CLOTH";
/// 1,200.00 with 5% tax inside, sold against a prescription only.
pub const LENS: &str = "2000000000039";
pub const LENS_CODE: &str = "LSV-150";

const PRODUCTS: &str = "\
code,name,kind,brand,barcode,hsn,list,offer,tax_rate
AUR-5154-BG,\"Aurel Clubline 5154, black/gold\",frame,Aurel,4006381333931,9003,8490.00,8490.00,
KES-2047-GM,\"Kestrel Rimless 2047, gunmetal\",frame,Kestrel,2000000000046,9003,6290.00,5290.00,
ACC-CLOTH,Microfibre cloth,accessory,Nayana,2000000000022,6307,120.00,120.00,
ACC-SPRAY,\"Lens cleaner, 60 ml\",accessory,Nayana,2000000000053,3402,180.00,180.00,
LSV-150,\"Lumo Single vision 1.50, hard coat\",optical_lens,Lumo,2000000000039,900150,1200.00,1200.00,
";
const CUSTOMERS: &str = "\
code,name,phone,email,birth_date
C0001,Kavita Deshmukh,9820041576,kavita@example.in,1969-08-04
C0002,Harish Nair,9820041577,harish@example.in,1981-02-17
C0003,Deepa Kulkarni,9820041578,deepa@example.in,1990-11-30
";
/// In every store, of each product that is stocked.
pub const ON_HAND: i64 = 10;

/// Login, name and role.
pub const CASHIER: (&str, &str, &str) = ("kiran", "Kiran Deshpande", "cashier");
pub const MANAGER: (&str, &str, &str) = ("ravi", "Ravi Menon", "store_manager");
pub const OPTOMETRIST: (&str, &str, &str) = ("meera", "Meera Joshi", "optometrist");

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}

/// A cloth is sold for its price, in a session that this opens.
pub fn sell_cloth(till: &Path) {
    let by = Folder {
        path: till,
        user: CASHIER.0,
    };
    let cloth = by.call("product.find", &json!({ "code": CLOTH }))["product"]["id"].clone();
    by.call("session.open", &json!({ "float": 0 }));
    by.call(
        "sale.complete",
        &json!({
            "lines": [{ "product": cloth, "quantity": 1, "price": 12_000 }],
            "payments": [{ "method": "card", "amount": 12_000 }],
            "total": 12_000,
        }),
    );
}

/// The cashier counts a product.
pub fn count(till: &Path, code: &str, counted: i64) {
    let by = Folder {
        path: till,
        user: CASHIER.0,
    };
    by.call("stock.count", &json!({ "product": code, "counted": counted }));
}

/// A chain whose first stores are enrolled, stocked and staffed, and hold the same. Its server has been stopped again.
#[must_use]
pub fn chain(stores: usize) -> Chain {
    let mut chain = Chain::found("in-gst");
    for (login, name, role) in [CASHIER, MANAGER, OPTOMETRIST] {
        chain.hire(login, name, role);
    }
    chain.start();
    let stores = &STORES[..stores];
    for store in stores {
        chain.enrol(store);
    }
    // The first hears of the others before it stocks them.
    chain.sync(STORES[0]);
    let folder = chain.store_folder(STORES[0]);
    stock(&chain, at(&folder), stores);
    chain.sync(STORES[0]);
    for store in &stores[1..] {
        chain.sync(store);
    }
    chain.stop();
    chain
}

fn stock(chain: &Chain, first: Folder<'_>, stores: &[&str]) {
    let mut levels = String::from("store,code,quantity,unit_cost\n");
    for store in stores {
        for code in [FRAME_CODE, "KES-2047-GM", CLOTH_CODE, "ACC-SPRAY", LENS_CODE] {
            levels.push_str(&format!("{store},{code},{ON_HAND},40.00\n"));
        }
    }
    for (subject, text) in [("products", PRODUCTS), ("customers", CUSTOMERS), ("stock", &levels)] {
        let file = chain.path(&format!("{subject}.csv"));
        write(&file, text);
        let report = first.import(subject, &file);
        assert_eq!(report["added"], report["rows"], "{subject}: {report}");
    }
}
