//! Pictures of the screens for `docs/screens`, taken from the real window and the real browser. Not part of `./dev test`:
//! `cargo nextest run -p fovea-tests --test screens --run-ignored all`. Head office is that of `./dev demo`, which must be up.

use std::path::{Path, PathBuf};
use std::process::Command;

use fovea_tests::browser::Browser;
use fovea_tests::chain::{ADMIN, at};
use fovea_tests::display::Display;
use fovea_tests::page::Page;
use fovea_tests::programs::{PASSWORD, root};
use fovea_tests::shop::{self, CASHIER, CLOTH, FRAME, LENS, MANAGER, OPTOMETRIST};
use fovea_tests::steps;
use fovea_tests::twin::Twin;
use fovea_tests::window::Window;
use serde_json::json;

/// Takes pictures of one size.
struct Camera {
    folder: PathBuf,
    ending: &'static str,
}

impl Camera {
    /// The screen as it stands, light and dark.
    fn take(&self, page: &Page, name: &str) {
        for theme in ["light", "dark"] {
            let script = "document.documentElement.dataset.theme = arguments[0]; return true;";
            page.run(script, vec![theme.into()]);
            page.until("the colours to have changed", |page| {
                let rests = page.draws() && page.run("return document.getAnimations().length === 0;", vec![])? == true;
                rests.then_some(())
            });
            let file = self.folder.join(format!("{name}-{theme}{}.png", self.ending));
            std::fs::write(&file, page.picture()).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            shrink(&file);
        }
    }
}

/// 256 colours are enough for a screen; without ImageMagick the picture stays large.
fn shrink(file: &Path) {
    let name = file.display().to_string();
    let _ = Command::new("convert")
        .args([&name, "+dither", "-colors", "256", "-strip", &format!("PNG8:{name}")])
        .status();
}

fn tour(width: u32, height: u32, ending: &'static str) {
    let folder = root().join("docs/screens");
    std::fs::create_dir_all(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let camera = Camera { folder, ending };
    let chain = shop::chain(1);
    let twin = Twin::start(&chain.path("papers"));
    let display = Display::start(width, height, &chain.path(""));
    let data = chain.store_folder("S1");

    let room = Window::open(&display, &data);
    room.resize(width, height);
    room.see_text(".people", OPTOMETRIST.1);
    camera.take(&room, "sign-in");
    steps::sign_in(&room, OPTOMETRIST.1);
    room.cursor_in("find-patient");
    room.hand("Kavita");
    room.see_text("tr[aria-selected=true]", "Kavita Deshmukh");
    camera.take(&room, "patients");
    steps::begin_test(&room, "Kavita Deshmukh");
    steps::refract(&room);
    camera.take(&room, "test-room");
    steps::to_signing(&room);
    camera.take(&room, "sign");
    room.hand(PASSWORD);
    room.main_action("[role=dialog] .btn--primary");
    room.see("#signed-version");
    camera.take(&room, "signed");
    room.close();

    let till = Window::open(&display, &data);
    till.resize(width, height);
    steps::sign_in(&till, CASHIER.1);
    steps::set_printer(&till, &twin.address());
    till.main_action(".go .btn--primary");
    till.cursor_in("pieces-0");
    for (at, pieces) in [4, 5, 10, 10, 15, 20].iter().enumerate() {
        till.cursor_in(&format!("pieces-{at}"));
        till.hand(&pieces.to_string());
        till.press("Enter");
    }
    camera.take(&till, "drawer-open");
    till.main_action(".go .btn--primary");
    till.see_text("main", "Scan the first item");
    camera.take(&till, "sale-empty");
    steps::scan(&till, FRAME, 8_490);
    steps::discount(&till, 10);
    steps::scan_lens(&till, LENS);
    camera.take(&till, "lens-needs-prescription");
    steps::attach(&till, "Kavita Deshmukh");
    till.press("Alt+1");
    till.gone(".is-blocked");
    steps::scan_lens(&till, LENS);
    till.press("Alt+1");
    till.gone(".is-blocked");
    steps::scan(&till, CLOTH, 10_161);
    camera.take(&till, "sale");
    till.hand("kes");
    till.see("#found-0");
    till.see("#levels");
    camera.take(&till, "sale-search");
    till.press("Esc");
    till.press("Esc");
    till.gone("#found");
    till.press("F5");
    till.cursor_in("discount");
    till.hand("20");
    camera.take(&till, "discount");
    till.main_action("[role=dialog] .btn--primary");
    till.cursor_in("reason");
    camera.take(&till, "approval");
    till.press("Esc");
    till.gone("[role=dialog]");
    till.press("F3");
    till.cursor_in("name");
    till.hand("Hari");
    till.see_text("[role=dialog]", "Harish Nair");
    camera.take(&till, "customer-new");
    till.press("Esc");
    till.gone("[role=dialog]");
    steps::to_payment(&till);
    steps::take_part(&till, "F3", "Card amount", 4_000, "CARD4471");
    till.press("F2");
    till.gone("#reference");
    till.cursor_in("amount");
    camera.take(&till, "payment");
    twin.tell("paper-out");
    twin.wait_for("paper_out");
    till.main_action("#finish");
    steps::complete(&till);
    till.see_text(".banner", "out of paper");
    camera.take(&till, "out-of-paper");
    twin.tell("paper-in");
    till.see_text(".done__list", "Receipt printed");
    till.gone(".banner");
    camera.take(&till, "receipt");
    till.press("Ctrl+2");
    till.cursor_in("find-customer");
    till.hand("Kavita");
    till.see_text("tr[aria-selected=true]", "Kavita Deshmukh");
    camera.take(&till, "customers");
    till.press("Enter");
    till.cursor_in("history-first");
    camera.take(&till, "customer");
    till.press("Ctrl+3");
    till.cursor_in("pieces-0");
    till.hand("6");
    camera.take(&till, "drawer-close");
    till.main_action(".go .btn--primary");
    till.see("#difference");
    camera.take(&till, "drawer-compare");
    till.press("Ctrl+J");
    till.see(".sheet");
    camera.take(&till, "state");
    till.close();
}

/// First run over a folder of its own, as far as somebody gets who starts alone; and the devices, as a manager sees them.
fn setting_up(width: u32, height: u32, ending: &'static str) {
    let camera = Camera {
        folder: root().join("docs/screens"),
        ending,
    };
    let chain = shop::chain(1);
    let twin = Twin::start(&chain.path("papers"));
    let display = Display::start(width, height, &chain.path(""));
    let bare = chain.path("bare");
    std::fs::create_dir_all(&bare).unwrap_or_else(|e| panic!("{}: {e}", bare.display()));
    let first = Window::open(&display, &bare);
    first.resize(width, height);
    first.cursor_in("server");
    first.hand("https://fovea.nayana.example");
    first.press("Tab");
    first.hand("7KQ2M4XPT9");
    camera.take(&first, "first-run");
    first.press("F8");
    camera.take(&first, "first-run-alone");
    first.main_action(".btn--primary");
    for (field, text) in [
        ("organisation", "Nayana Opticals"),
        ("store", "FCR"),
        ("admin", "asha"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ] {
        first.click(&format!("#{field}"));
        first.run(
            "document.getElementById(arguments[0]).focus(); return true;",
            vec![field.into()],
        );
        first.cursor_in(field);
        first.hand(text);
    }
    camera.take(&first, "first-run-names");
    first.close();

    let till = Window::open(&display, &chain.store_folder("S1"));
    till.resize(width, height);
    steps::sign_in(&till, MANAGER.1);
    steps::set_printer(&till, &twin.address());
    till.click(".rail__item[href*=devices]");
    till.see("#printer-host");
    camera.take(&till, "devices");
    till.close();
}

#[test]
#[ignore = "makes files of the repository"]
fn pictures_of_setting_up() {
    setting_up(1280, 800, "");
    setting_up(1920, 1080, "-1920");
}

/// Of everybody in the demo, and where its head office is.
const DEMO: (&str, &str, &str) = ("asha", "demo-password", "http://127.0.0.1:8787");

/// A window has a frame; the picture is of the page.
fn fit(office: &Page, width: u32, height: u32) {
    let frame = office.run("return window.outerHeight - window.innerHeight;", vec![]);
    let frame = frame
        .and_then(|dots| dots.as_u64())
        .and_then(|dots| u32::try_from(dots).ok());
    office.resize(width, height + frame.unwrap_or(0));
}

fn head_office(width: u32, height: u32, ending: &'static str) {
    let camera = Camera {
        folder: root().join("docs/screens"),
        ending,
    };
    let folder = std::env::temp_dir().join(format!("fovea-pictures-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let office = Browser::open(DEMO.2, width, height, &folder);
    office.cursor_in("login");
    fit(&office, width, height);
    camera.take(&office, "office-sign-in");
    office.hand(DEMO.0);
    office.press("Enter");
    office.cursor_in("password");
    office.hand(DEMO.1);
    office.press("Enter");
    office.see(".exc tbody tr, .empty");
    camera.take(&office, "office-today");
    for (key, rows, name) in [
        ("S", "#sales-rows tr", "office-sales"),
        ("K", "#stock-rows tr", "office-stock"),
        ("D", "#device-rows tr", "office-devices"),
    ] {
        office.press("G");
        office.press(key);
        office.see(rows);
        if key == "S" {
            office.see("#sale-number");
        }
        camera.take(&office, name);
    }
    office.press("G");
    office.press("A");
    office.see_text(
        "button[aria-pressed=true], [role=tab][aria-selected=true], .seg, main, body",
        "Set aside",
    );
    camera.take(&office, "office-set-aside");
    office.press("G");
    office.press("K");
    office.see("#stock-rows tr");
    office.press("Enter");
    office.see("#level-rows tr");
    camera.take(&office, "office-stock-product");
    drop(office);
    let _ = std::fs::remove_dir_all(folder);
}

/// Privacy over a chain of its own: somebody with a long name found, the question, the orders that wait or were withdrawn.
fn privacy(width: u32, height: u32, ending: &'static str) {
    let camera = Camera {
        folder: root().join("docs/screens"),
        ending,
    };
    let mut chain = shop::chain(2);
    let (store, server) = (chain.store_folder("S1"), chain.server_folder());
    let long = "Padmavathi Venkatasubramanian-Raghunathan Iyer of Thiruvananthapuram";
    let person = json!({ "code": "C0004", "name": long, "phone": "9820041579", "birth_date": "1958-01-09",
        "email": "padmavathi.venkatasubramanian.raghunathan@example.in" });
    at(&store).call("customer.create", &person);
    chain.start();
    chain.sync("S1");
    chain.stop();
    let of = |name: &str| at(&server).call("customer.search", &json!({ "text": name }))["customers"][0]["id"].clone();
    let erase = |name: &str, reason: &str, units: &[&str]| {
        let order = json!({ "customer": of(name), "reason": reason, "units": units });
        at(&server).call("customer.erase", &order)["order"].clone()
    };
    let withdrawn = erase("Kavita", "mistaken", &["contact", "clinical", "invoice"]);
    at(&server).call("customer.erase_withdraw", &json!({ "order": withdrawn }));
    erase("Padmavathi", "consent_withdrawn", &["clinical"]);
    erase("Harish", "requested", &["contact", "clinical", "invoice"]);
    chain.start();
    let office = steps::office(&chain, ADMIN, width, height, &chain.path(""));
    fit(&office, width, height);
    office.press("G");
    office.press("V");
    office.see_text("#erasure-rows tr", "Withdrawn");
    camera.take(&office, "office-privacy");
    office.press("/");
    office.cursor_in("privacy-find");
    office.hand("Padma");
    office.see_text("#people-rows tr", "Padmavathi");
    office.press("Down");
    office.cursor_in("privacy-0");
    camera.take(&office, "office-privacy-person");
    office.press("X");
    office.see("[role=dialog]");
    office.press("Space");
    office.see("[role=dialog] .btn--primary:not([disabled])");
    camera.take(&office, "office-privacy-erase");
}

/// Counts over a chain of its own: one that agrees, one that waits for a till, one that a late sale made wrong.
fn counts(width: u32, height: u32, ending: &'static str) {
    let camera = Camera {
        folder: root().join("docs/screens"),
        ending,
    };
    let mut chain = shop::chain(1);
    chain.start();
    let (one, two) = (chain.store_folder("S1"), chain.path("s1t2"));
    chain.enrol_till("S1", "T2", &two);
    assert!(at(&two).sync().ok);
    shop::sell_cloth(&two);
    shop::count(&one, shop::CLOTH_CODE, shop::ON_HAND - 2);
    shop::count(&one, shop::FRAME_CODE, shop::ON_HAND);
    let row = &at(&one).call("stock.counts", &json!({}))["rows"][0];
    let settle = json!({ "line": row["line"], "difference": row["difference"], "reason": "T2 stands idle" });
    at(&one).call("stock.count_settle", &settle);
    assert!(at(&two).sync().ok);
    shop::count(&one, "ACC-SPRAY", shop::ON_HAND - 1);
    chain.sync("S1");
    let office = steps::office(&chain, ADMIN, width, height, &chain.path(""));
    fit(&office, width, height);
    office.press("G");
    office.press("C");
    office.see_text("#count-rows tr", "Waits for tills");
    camera.take(&office, "office-counts");
    office.press("Down");
    office.see_text(".hod", "has not been heard of since");
    office.press("C");
    office.cursor_in("count-reason");
    camera.take(&office, "office-counts-correct");
}

#[test]
#[ignore = "makes files of the repository"]
fn pictures_of_counts() {
    counts(1280, 800, "");
    counts(1920, 1080, "-1920");
}

#[test]
#[ignore = "makes files of the repository"]
fn pictures_of_privacy() {
    privacy(1280, 800, "");
    privacy(1920, 1080, "-1920");
}

#[test]
#[ignore = "makes files of the repository, and needs ./dev demo"]
fn pictures_of_head_office() {
    head_office(1280, 800, "");
    head_office(1920, 1080, "-1920");
}

#[test]
#[ignore = "makes files of the repository"]
fn pictures() {
    tour(1280, 800, "");
}

#[test]
#[ignore = "makes files of the repository"]
fn pictures_of_a_large_screen() {
    tour(1920, 1080, "-1920");
}
