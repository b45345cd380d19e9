//! Pictures of the screens for `docs/screens`, taken from the real window. Not part of `./dev test`:
//! `cargo nextest run -p fovea-tests --test screens --run-ignored all`.

use std::path::{Path, PathBuf};
use std::process::Command;

use fovea_tests::display::Display;
use fovea_tests::page::Page;
use fovea_tests::programs::{PASSWORD, root};
use fovea_tests::shop::{self, CASHIER, CLOTH, FRAME, LENS, OPTOMETRIST};
use fovea_tests::steps;
use fovea_tests::twin::Twin;
use fovea_tests::window::Window;

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
