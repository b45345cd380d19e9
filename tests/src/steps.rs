//! What people do at the till and at head office, step by step, by the keys that the screens name.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::chain::{ADMIN, Chain};
use crate::display::Display;
use crate::page::Page;
use crate::programs::PASSWORD;
use crate::wait;
use crate::window::Window;

/// The screen of the till.
pub const WIDTH: u32 = 1280;
pub const HEIGHT: u32 = 800;

/// A virtual screen as tills have it.
#[must_use]
pub fn display(folder: &std::path::Path) -> Display {
    Display::start(WIDTH, HEIGHT, folder)
}

/// Signs in with name and password, and leaves the PIN for later.
pub fn sign_in(till: &Page, name: &str) {
    till.see(".person[aria-selected=true]");
    // The letter chooses among those whose name begins so.
    let letter: String = name.chars().take(1).collect();
    till.press(&letter.to_lowercase());
    till.see_text(".person[aria-selected=true]", name);
    till.press("Ctrl+Enter");
    till.cursor_in("password");
    till.hand(PASSWORD);
    till.press("Enter");
    till.see_text("[role=dialog] h2", "PIN");
    till.press("Esc");
    till.see(".rail");
    till.see_text(".status", name);
}

/// Signs in at head office, in a browser of its own whose files lie in `folder`.
#[must_use]
pub fn office(chain: &Chain, login: &str, width: u32, height: u32, folder: &std::path::Path) -> Browser {
    let office = Browser::open(&chain.url(), width, height, folder);
    office.cursor_in("login");
    office.hand(login);
    office.press("Enter");
    office.cursor_in("password");
    office.hand(PASSWORD);
    office.press("Enter");
    office.see(".ho__main");
    office
}

/// The same as the administrator, on a page whose name goes with this second key after G.
#[must_use]
pub fn office_page(chain: &Chain, second: &str) -> Browser {
    let office = office(chain, ADMIN, WIDTH, HEIGHT, &chain.path(""));
    office.press("G");
    office.press(second);
    office
}

/// Says where the printer is, as whoever set the till up did.
pub fn set_printer(till: &Window, address: &str) {
    let answer = till.call("till.set_printer", &json!({ "address": address, "columns": 42 }));
    assert_eq!(answer["address"], address);
    till.see_text(".status", "Printer ready");
}

/// Opens the cash session with this many notes of 500 as its float.
pub fn open_drawer(till: &Page, notes: u32) {
    till.see_text("main", "No cash session is open");
    till.main_action(".go .btn--primary");
    till.cursor_in("pieces-0");
    till.hand(&notes.to_string());
    till.see_text("#counted", &rupees(i64::from(notes) * 500));
    till.main_action(".go .btn--primary");
    till.see_text("main", "Scan the first item");
    till.cursor_in("scan");
}

/// `12345` is `12,345.00`; the grouping beyond a lakh is not needed here.
#[must_use]
pub fn rupees(whole: i64) -> String {
    match (whole / 1_000, whole % 1_000) {
        (0, rest) => format!("{rest}.00"),
        (thousands, rest) => format!("{thousands},{rest:03}.00"),
    }
}

/// Scans a product and waits until the sale comes to `total`.
pub fn scan(till: &Page, code: &str, total: i64) {
    scan_until(till, code, "#total", &rupees(total));
}

/// Scans a lens nobody has prescribed yet.
pub fn scan_lens(till: &Page, code: &str) {
    scan_until(till, code, "tr[aria-selected=true]", "Blocked");
}

/// Tries of one scan.
const SCANS: usize = 3;

/// Scans until something shows a text. A machine with other work may stretch a burst of keys, which then is no scan and
/// refused as unknown: as with a smudged label, it is scanned again.
fn scan_until(till: &Page, code: &str, css: &str, part: &str) {
    for _ in 0..SCANS {
        till.cursor_in("scan");
        till.scan(code);
        let is_taken = till.until(&format!("{part:?} in {css}, or a refusal"), |till| {
            let texts = till.texts(css);
            if texts.iter().any(|text| text.contains(part)) {
                Some(true)
            } else {
                (!till.texts(".finder__msg").is_empty()).then_some(false)
            }
        });
        if is_taken {
            return;
        }
        eprintln!("{code} is scanned again");
        till.press("Esc");
        till.press("Esc");
        till.gone(".finder");
    }
    panic!("{code} was refused {SCANS} times");
}

/// Finds a product by its name and reads how many pieces the till says are here; the field is empty afterwards.
pub fn pieces_here(till: &Page, name: &str) -> i64 {
    till.cursor_in("scan");
    till.hand(name);
    let row = till.see_text("#found-0", name);
    let pieces = till.see("#found-0 td:nth-child(2)");
    till.press("Esc");
    till.press("Esc");
    till.gone("#found");
    pieces.parse().unwrap_or_else(|e| panic!("{e}: {pieces:?} in {row:?}"))
}

/// F9 on the sale screen, then the payment's.
pub fn to_payment(till: &Page) {
    till.main_action(".go .btn--primary");
    till.cursor_in("amount");
}

/// Pays in cash what is due, by F9 alone; the receipt is shown afterwards.
pub fn pay_cash(till: &Page) -> String {
    to_payment(till);
    till.main_action("#finish");
    complete(till)
}

/// Waits for the receipt's screen and reads the document's number.
pub fn complete(till: &Page) -> String {
    till.see("#sale-complete");
    till.see("#paper");
    let number = till.see(".topbar__sub");
    assert!(number.contains('/'), "{number:?} is no document number");
    number
}

/// Presses "try now" until everything is with head office.
pub fn send_all(till: &Page) {
    till.press("Ctrl+J");
    till.see(".sheet");
    till.main_action(".sheet .btn--primary");
    till.press("Esc");
    wait::until("everything to be sent", wait::SYNC, || {
        till.texts(".status")
            .iter()
            .any(|text| text.contains("all sent"))
            .then_some(())
    });
}

/// All sales of the till's own day, as it answers itself.
pub fn sales(till: &Window) -> Vec<Value> {
    let list = till.call("sale.list", &json!({}));
    list["sales"].as_array().cloned().unwrap_or_default()
}

/// Gives the chosen line this discount in percent.
pub fn discount(till: &Page, percent: u32) {
    till.press("F5");
    till.cursor_in("discount");
    till.hand(&percent.to_string());
    till.see_text("[role=dialog] .btn--primary", &format!("{percent}%"));
    till.main_action("[role=dialog] .btn--primary");
    till.gone("[role=dialog]");
}

/// Attaches somebody who is known, by name.
pub fn attach(till: &Page, name: &str) {
    till.press("F3");
    till.cursor_in("name");
    till.hand(name);
    till.see_text("[role=dialog] .btn--primary", &format!("Use {name}"));
    till.main_action("[role=dialog] .btn--primary");
    till.see_text("#customer", name);
    till.gone("[role=dialog]");
}

/// Attaches somebody new.
pub fn add_customer(till: &Page, name: &str, phone: &str) {
    till.press("F3");
    till.cursor_in("name");
    till.hand(name);
    till.press("Enter");
    till.cursor_in("phone");
    till.hand(phone);
    till.see_text("[role=dialog] .btn--primary", "Add the customer");
    till.main_action("[role=dialog] .btn--primary");
    till.see_text("#customer", name);
    till.gone("[role=dialog]");
}

/// Types the amount of a part. The amount that is proposed is the one to be replaced.
pub fn amount(till: &Page, whole: i64) {
    till.cursor_in("amount");
    till.hand(&whole.to_string());
    let wanted = rupees(whole).trim_end_matches(".00").to_owned();
    till.until(&format!("{wanted} as the amount"), |till| {
        (till.texts("#amount").first() == Some(&wanted)).then_some(())
    });
}

/// Takes a part by card or UPI with the terminal's reference; `key` chooses the method.
pub fn take_part(till: &Page, key: &str, label: &str, whole: i64, reference: &str) {
    till.press(key);
    till.see_text(".field", label);
    till.see("#reference");
    amount(till, whole);
    till.press("Tab");
    till.cursor_in("reference");
    till.hand(reference);
    let before = till.texts(".tender").len();
    till.press("Enter");
    till.until("the part to be taken", |till| {
        (till.texts(".tender").len() > before).then_some(())
    });
}

/// Begins the test of somebody who is known, from the list of patients.
pub fn begin_test(room: &Page, patient: &str) {
    room.cursor_in("find-patient");
    room.press("Esc");
    room.hand(patient);
    room.see_text("tr[aria-selected=true]", patient);
    room.main_action(".go .btn--primary");
    room.cursor_in("rx-right-sphere");
}

/// Types -2.25 -0.50 x 90 right and -2.50 -0.75 x 100 left, column by column, and waits until it is written.
pub fn refract(room: &Page) {
    let fields = [
        ("rx-right-sphere", "-2.25"),
        ("rx-left-sphere", "-2.50"),
        ("rx-right-cylinder", "-0.50"),
        ("rx-left-cylinder", "-0.75"),
        ("rx-right-axis", "90"),
        ("rx-left-axis", "100"),
    ];
    for (id, text) in fields {
        room.cursor_in(id);
        room.hand(text);
        room.press("Tab");
    }
    room.cursor_in("rx-right-add");
    room.see_text(".topbar", "Saved as you type");
}

/// Opens the signing of a test and confirms what must be confirmed; the cursor is in the password.
pub fn to_signing(room: &Page) {
    room.main_action(".go .btn--primary");
    room.see("#sign-password");
    let ticks = room.texts(".confirm input[type=checkbox]").len();
    for tick in 0..ticks {
        room.cursor_in(&format!("sign-tick-{tick}"));
        room.press("Space");
    }
    room.cursor_in("sign-password");
}

/// Leaves the receipt for the next sale. The screen takes no F9 in its first moments: it may be a slip.
pub fn new_sale(till: &Page) {
    till.until("the next sale", |till| {
        if !till.texts("#sale-complete").is_empty() {
            till.press("F9");
        }
        till.texts("main")
            .iter()
            .any(|text| text.contains("Scan the first item"))
            .then_some(())
    });
    till.cursor_in("scan");
}
