//! The till: rail, screen, status bar, and the keys that work everywhere.

use leptos::prelude::*;

use super::areas::{Area, open_to};
use super::key_list::KeyList;
use super::screen::BannerRoom;
use super::status_bar::StatusBar;
use crate::components::Icon;
use crate::keys::{Binding, Keys, key};
use crate::pages;
use crate::place::{Place, Places};
use crate::session::Session;
use crate::text::t;

/// Top to bottom, at most eight; Ctrl+1 is the first that is there.
const AREAS: &[Area] = pages::till::AREAS;

const AREA_KEYS: [&str; 8] = [
    "Ctrl+1", "Ctrl+2", "Ctrl+3", "Ctrl+4", "Ctrl+5", "Ctrl+6", "Ctrl+7", "Ctrl+8",
];

#[component]
pub fn TillShell() -> impl IntoView {
    let (session, places) = (Session::get(), Places::get());
    let key_list = KeyList::get();
    let panel = RwSignal::new(false);
    let room = BannerRoom(RwSignal::new(false));
    provide_context(room);
    pages::till::provide();

    let areas = open_to(session, AREAS);
    let mut keys = Keys::screen()
        .bind(key("F1", "shell.keys").run(move || key_list.open()))
        .bind(key("Ctrl+J", "shell.state_panel").run(move || panel.set(true)))
        .bind(key("Ctrl+L", "shell.lock").run(move || session.sign_out()))
        // theme.js answers it on every page, before anyone has signed in.
        .bind(key("Alt+T", "shell.light_dark"));
    for (chord, area) in AREA_KEYS.into_iter().zip(&areas) {
        keys = keys.bind(to_area(chord, *area, places));
    }
    let _in_force = keys.install();

    let place = Memo::new(move |_| places.now());
    let home = areas.first().map(|area| area.page);
    let on_panel = Callback::new(move |()| panel.set(true));
    let on_person = Callback::new(move |()| session.sign_out());
    view! {
        <div class="app" class:has-banner=move || room.0.get()>
            <Rail areas place home on_keys=Callback::new(move |()| key_list.open())/>
            {move || pages::till::page(&place.read(), home).map(|page| (page.view)(&place.read()))}
            <StatusBar on_panel on_person/>
        </div>
        {move || panel.get().then(|| pages::till::state_panel(Callback::new(move |()| panel.set(false))))}
    }
}

fn to_area(chord: &'static str, area: Area, places: Places) -> Binding {
    key(chord, area.label).run(move || places.go(Place::of(area.page, &[])))
}

#[component]
fn Rail(areas: Vec<Area>, place: Memo<Place>, home: Option<&'static str>, on_keys: Callback<()>) -> impl IntoView {
    let items = areas.into_iter().map(move |area| {
        let current = move || {
            pages::till::page(&place.read(), home)
                .is_some_and(|p| p.area == area.page)
                .then_some("page")
        };
        view! {
            <a class="rail__item" href=Place::of(area.page, &[]).href() aria-current=current>
                <Icon name=area.icon/>
                {t(area.label)}
            </a>
        }
    });
    view! {
        <nav class="rail" aria-label=t("shell.areas")>
            <div class="rail__mark"><Icon name="mark"/></div>
            {items.collect_view()}
            <div class="rail__end">
                <a class="rail__item" href="#" data-theme-toggle=""><Icon name="sun-moon"/>{t("shell.theme")}</a>
                <button type="button" class="rail__item" on:click=move |_| on_keys.run(())>
                    <Icon name="keyboard"/>
                    {t("shell.keys")}
                </button>
            </div>
        </nav>
    }
}
