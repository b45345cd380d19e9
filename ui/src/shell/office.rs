//! Head office: side bar and page. No function keys: a browser owns those.

use leptos::prelude::*;

use super::areas::{Area, open_to};
use super::key_list::KeyList;
use crate::components::Icon;
use crate::keys::{Keys, key};
use crate::pages;
use crate::place::{Place, Places};
use crate::session::Session;
use crate::text::t;

#[component]
pub fn OfficeShell() -> impl IntoView {
    let (session, places) = (Session::get(), Places::get());
    let key_list = KeyList::get();
    let groups: Vec<(&'static str, Vec<Area>)> = pages::office::GROUPS
        .iter()
        .map(|(name, areas)| (*name, open_to(session, areas)))
        .collect();

    let mut keys = Keys::screen()
        .bind(key("?", "shell.keys").run(move || key_list.open()))
        .bind(key("Alt+T", "shell.light_dark"));
    for (chord, page, label) in pages::office::GO_TO {
        if groups
            .iter()
            .flat_map(|(_, areas)| areas)
            .any(|area| pages::office::area_of(page) == Some(area.page))
        {
            keys = keys.bind(key(chord, label).run(move || places.go(Place::of(page, &[]))));
        }
    }
    let _in_force = keys.install();

    let place = Memo::new(move |_| places.now());
    let home = groups.iter().flat_map(|(_, areas)| areas).next().map(|area| area.page);
    view! {
        <div class="ho">
            <Side groups=groups place home/>
            {move || pages::office::page(&place.read(), home).map(|page| (page.view)(&place.read()))}
        </div>
    }
}

#[component]
fn Side(groups: Vec<(&'static str, Vec<Area>)>, place: Memo<Place>, home: Option<&'static str>) -> impl IntoView {
    let session = Session::get();
    let item = move |area: Area| {
        let current = move || {
            pages::office::page(&place.read(), home)
                .is_some_and(|p| p.area == area.page)
                .then_some("page")
        };
        view! {
            <a class="side__item" href=Place::of(area.page, &[]).href() aria-current=current>
                <Icon name=area.icon class="icon--sm"/>
                <span>{t(area.label)}</span>
            </a>
        }
    };
    let group = move |(name, areas): (&'static str, Vec<Area>)| {
        let caption = (!name.is_empty()).then(|| view! { <p class="side__cap">{t(name)}</p> });
        (!areas.is_empty()).then(|| {
            view! { <div class="side__group">{caption}{areas.into_iter().map(item).collect_view()}</div> }
        })
    };
    let organisation = move || session.state().and_then(|state| state.organisation).unwrap_or_default();
    let person = move || {
        session.me().map(|me| {
            let role = me.roles.first().map_or("", |role| role.title());
            view! { <span>{me.name}</span><span class="side__role">{role}</span> }
        })
    };
    view! {
        <nav class="side" aria-label=t("shell.areas")>
            <div class="side__brand">
                <Icon name="mark"/>
                <div class="cell-2"><span class="b">"Fovea"</span><span>{organisation}</span></div>
            </div>
            {groups.into_iter().map(group).collect_view()}
            <div class="side__end">
                <a class="side__item" href="#" data-theme-toggle="">
                    <Icon name="sun-moon" class="icon--sm"/>
                    <span>{t("shell.light_dark")}</span>
                </a>
                <button type="button" class="side__item" on:click=move |_| session.sign_out()>
                    <Icon name="circle-user" class="icon--sm"/>
                    <span class="cell-2">{person}</span>
                    <span class="sr">{t("shell.sign_out")}</span>
                </button>
            </div>
        </nav>
    }
}
