//! A new cash session: what is in the drawer becomes its float.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::cash::SessionOpen;
use model::requests::till::OpenDrawer;

use super::count::{Count, CountGrid, CountSums};
use crate::client::{Client, Refused, RequestId};
use crate::components::{Banner, Go, KeyBar, KeyButton, Note, Tone};
use crate::keys::{Keys, key};
use crate::pages::till::sale::OpenSale;
use crate::place::{Place, Places};
use crate::session::Session;
use crate::shell::Screen;
use crate::text::{t, tf};

/// `last` is what the session before was counted at.
#[component]
pub fn OpenDrawerScreen(sale: OpenSale, last: Option<i64>) -> impl IntoView {
    let (session, client, places) = (Session::get(), Client::get(), Places::get());
    // Nobody is signed in without the rules being on their way; the grid follows them.
    let counting = Memo::new_with_compare(
        move |_| session.organisation().map(|o| Count::new(&o.profile)),
        |a, b| a.is_some_and(|a| a.is_some()) != b.is_some_and(|b| b.is_some()),
    );
    let value = Memo::new(move |_| counting.get().and_then(|c| c.value(None)));
    let refused = RwSignal::new(None::<Refused>);
    let is_busy = RwSignal::new(false);
    let request = StoredValue::new(RequestId::draw());

    let open = move || {
        let Some(float) = value.get_untracked() else { return };
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        spawn_local(async move {
            let answer = client.call_once(SessionOpen { float }, &request.get_value()).await;
            is_busy.try_set(false);
            match answer {
                Ok(_) => {
                    sale.ask_drawer();
                    places.go(Place::of("sale", &[]));
                }
                Err(why) => {
                    if !why.is_no_answer() {
                        request.try_set_value(RequestId::draw());
                    }
                    refused.try_set(Some(why));
                    sale.ask_drawer();
                }
            }
        });
    };
    let same = move || {
        if let (Some(counting), Some(last)) = (counting.get_untracked(), last) {
            counting.propose(last);
        }
    };
    let kick = move || {
        spawn_local(async move {
            refused.try_set(client.call(OpenDrawer {}).await.err());
        });
    };
    let has_last = last.is_some();
    let can_open = Signal::derive(move || !is_busy.get() && value.read().is_some());
    let keys = Keys::screen()
        .bind(key("Enter", "drawer.next").tile())
        .bind(key("F4", "drawer.same").tile().when(Signal::stored(has_last)).run(same))
        .bind(key("F5", "drawer.kick").tile().run(kick))
        .bind(
            key("Esc", "drawer.back")
                .tile()
                .run(move || places.go(Place::of("sale", &[]))),
        )
        .bind(key("F9", "drawer.open_with").when(can_open).run(open))
        .refuse_scans()
        .install();
    let amount = Signal::derive(move || session.total(value.get().unwrap_or_default()));
    let sub = Signal::derive(move || {
        let till = session.state().map(|s| s.till).unwrap_or_default();
        tf("drawer.new_session", &[("till", &till)])
    });
    let banner = move || {
        refused.get().map(|why| {
            view! { <Banner tone=Tone::Danger icon="circle-alert"><b class="b">{why.message}</b>" "{why.remedy}</Banner> }
        })
    };
    let has_banner = Signal::derive(move || refused.read().is_some());
    let differs =
        move || {
            let (last, now) = (last?, value.get()?);
            let is_begun = counting.get().is_some_and(Count::is_begun);
            let words = match now - last {
                0 => return None,
                less @ ..0 => tf("drawer.less", &[("amount", &session.total(-less))]),
                more => tf("drawer.more", &[("amount", &session.total(more))]),
            };
            is_begun.then(|| view! {
            <Note tone=Tone::Warn icon="triangle-alert"><b class="m">{words}</b>" "{t("drawer.count_again")}</Note>
        })
        };
    view! {
        <Screen title=Signal::stored(t("drawer.open_title").to_owned()) sub banner has_banner>
            <main class="main main--aside">
                <section class="work" aria-label=t("drawer.count_float")>
                    <div class="work__intro">
                        <div class="grow">
                            <h2 class="h-sec">{t("drawer.count_in")}</h2>
                            <p class="t-sm t2">{t("drawer.count_how")}</p>
                        </div>
                        {has_last.then(|| view! { <KeyButton keys chord="F4"/> })}
                    </div>
                    {move || counting.get().map(|counting| view! { <CountGrid counting/> })}
                </section>
                <aside class="aside" aria-label=t("drawer.float")>
                    {last.map(|last| view! {
                        <section class="sect stack stack--3">
                            <h2 class="h-sec">{t("drawer.last_session")}</h2>
                            <dl class="kv kv--num"><dt>{t("drawer.last_counted")}</dt><dd>{session.amount(last)}</dd></dl>
                        </section>
                    })}
                    <section class="sect stack stack--3">
                        {move || counting.get().map(|counting| view! { <CountSums counting label=t("drawer.float")/> })}
                        {differs}
                    </section>
                </aside>
                <KeyBar keys/>
                <Go keys amount/>
            </main>
        </Screen>
    }
}
