//! Who is next: patients by name, phone or number; tests that are open; a new patient.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::ids::Id;
use model::requests::clinic::{PrescriptionList, Standing, TestList, TestRow, TestStart};
use model::requests::customers::CustomerRow;

use crate::client::{Client, Refused, RequestId};
use crate::components::{Avatar, Badge, Empty, Go, Icon, KeyBar, Rows, Rx, Tone};
use crate::dom;
use crate::format;
use crate::keys::{Keys, key};
use crate::pages::till::customer::find::People;
use crate::pages::till::customer::new::NewCustomer;
use crate::place::{Place, Places};
use crate::session::Session;
use crate::shell::Screen;
use crate::text::{t, tf};

const FIND: &str = "find-patient";

/// A row of the list: a test that is open, or a patient.
#[derive(Clone, PartialEq)]
enum Line {
    Open {
        test: Id,
        customer: Id,
        name: String,
        started: i64,
        by: String,
    },
    Patient(CustomerRow),
}

impl Line {
    fn customer(&self) -> Id {
        match self {
            Self::Open { customer, .. } => *customer,
            Self::Patient(row) => row.id,
        }
    }
}

#[component]
pub fn Choose() -> impl IntoView {
    let (session, client, places) = (Session::get(), Client::get(), Places::get());
    let words = RwSignal::new(String::new());
    let people = People::follow(words);
    let open_tests = RwSignal::new(Vec::<TestRow>::new());
    let refused = RwSignal::new(None::<Refused>);
    spawn_local(async move {
        match client.call(TestList { customer: None }).await {
            Ok(answer) => _ = open_tests.try_set(answer.tests),
            Err(why) => _ = refused.try_set(Some(why)),
        }
    });
    let is_searching = Memo::new(move |_| !words.read().trim().is_empty());
    let lines = Memo::new(move |_| {
        if is_searching.get() {
            return people
                .found
                .get()
                .customers
                .into_iter()
                .map(Line::Patient)
                .collect::<Vec<_>>();
        }
        let open = open_tests.get().into_iter();
        open.map(|row| Line::Open {
            test: row.test,
            customer: row.customer,
            name: row.customer_name,
            started: row.started,
            by: row.started_by,
        })
        .collect()
    });
    let go_to = move |test: Id| places.go(Place::of("test", &[&test]));
    let rows = Rows::new(Signal::derive(move || lines.read().len())).on_open(move |row| {
        match lines.read_untracked().get(row) {
            Some(Line::Open { test, .. }) => go_to(*test),
            Some(Line::Patient(patient)) => places.go(Place::of("patient", &[&patient.id])),
            None => {}
        }
    });
    let chosen = Memo::new(move |_| rows.now().and_then(|row| lines.read().get(row).cloned()));
    // Whoever has a test open goes on with it: a second one would hold half of each.
    let open_of_chosen = Memo::new(move |_| {
        let customer = chosen.read().as_ref().map(Line::customer)?;
        open_tests
            .read()
            .iter()
            .find(|row| row.customer == customer)
            .map(|row| row.test)
    });
    let is_busy = RwSignal::new(false);
    let begin = move |customer: Id| {
        is_busy.set(true);
        spawn_local(async move {
            let answer = client.call_once(TestStart { customer }, &RequestId::draw()).await;
            is_busy.try_set(false);
            match answer {
                Ok(made) => go_to(made.test),
                Err(why) => _ = refused.try_set(Some(why)),
            }
        });
    };
    let start = move || match (open_of_chosen.get_untracked(), chosen.get_untracked()) {
        (Some(test), _) => go_to(test),
        (None, Some(line)) => begin(line.customer()),
        (None, None) => {}
    };
    let is_new = RwSignal::new(false);
    let label = Signal::derive(move || {
        t(if open_of_chosen.read().is_some() {
            "choose.go_on"
        } else {
            "choose.start"
        })
        .to_owned()
    });
    let why_not = Signal::derive(move || match (refused.get(), chosen.read().is_some()) {
        (Some(why), _) => Some(format!("{} {}", why.message, why.remedy)),
        (None, false) => Some(t("choose.why_not").to_owned()),
        (None, true) => None,
    });
    let can_start = Signal::derive(move || chosen.read().is_some() && !is_busy.get());
    let to_patient = move || {
        if let Some(line) = chosen.get_untracked() {
            places.go(Place::of("patient", &[&line.customer()]));
        }
    };
    let has_chosen = Signal::derive(move || chosen.read().is_some());
    let clear = move || {
        words.set(String::new());
        dom::focus(FIND);
    };
    let keys = Keys::screen()
        .bind(key("F2", "test.key_find").tile().run(|| dom::focus(FIND)))
        .bind(key("F3", "test.key_patient").tile().when(has_chosen).run(to_patient))
        .bind(key("F4", "choose.new").tile().run(move || is_new.set(true)))
        .bind(key("Esc", "choose.clear").run(clear))
        .bind(key("F9", "choose.start").label(label).when(can_start).run(start))
        .install();
    dom::focus_soon(FIND);

    let row = move |(n, line): (usize, Line)| {
        let (name, first, second, mark) = match line {
            Line::Open { name, started, by, .. } => (
                name,
                format::moment(started, session.now(), session.offset()),
                by,
                Some(view! { <Badge tone=Tone::Info icon="pen-line">{t("choose.open")}</Badge> }),
            ),
            Line::Patient(row) => {
                let born = row.birth_day.map(|day| retail::Day(day).text()).unwrap_or_default();
                (row.name, session.phone(&row.phone), born, None)
            }
        };
        view! {
            <tr
                aria-selected=move || rows.selected(n)
                tabindex=move || rows.tabindex(n)
                on:click=move |_| rows.click(n)
                on:keydown=move |event| rows.key(&event, false)
            >
                <td><span class="row gap-3"><Avatar name=name.clone()/><span class="m clip">{name}</span></span></td>
                <td class="mono-num nowrap">{first}</td>
                <td class="mono-num nowrap">{second}</td>
                <td>{mark}</td>
            </tr>
        }
    };
    let heads = move || {
        let (first, second) = if is_searching.get() {
            ("choose.phone", "choose.born")
        } else {
            ("choose.started", "choose.by")
        };
        view! {
            <tr>
                <th scope="col">{t("choose.name")}</th>
                <th scope="col">{t(first)}</th>
                <th scope="col">{t(second)}</th>
                <th scope="col"><span class="sr">{t("choose.state")}</span></th>
            </tr>
        }
    };
    let list = move || {
        if !lines.read().is_empty() {
            return view! {
                <table class="table chooset">
                    <colgroup><col/><col class="ch-p"/><col class="ch-b"/><col class="ch-s"/></colgroup>
                    <thead>{heads}</thead>
                    <tbody>{lines.get().into_iter().enumerate().map(row).collect_view()}</tbody>
                </table>
            }
            .into_any();
        }
        if is_searching.get() {
            let title = tf("choose.nobody", &[("words", &words.read().trim())]);
            return view! { <Empty icon="user-search" title why=t("choose.nobody_why")/> }.into_any();
        }
        view! { <Empty icon="eye" title=t("choose.none_open") why=t("choose.none_open_why")/> }.into_any()
    };
    let typed = move |event: KeyboardEvent| rows.key(&event, true);
    view! {
        <Screen title=Signal::stored(t("test.title").to_owned()) sub=Signal::stored(t("choose.sub").to_owned())>
            <main class="main main--aside main--test">
                <section class="work" aria-label=t("choose.list")>
                    <div class="scanrow">
                        <div class="scan grow">
                            <Icon name="user-search"/>
                            <label class="sr" for=FIND>{t("choose.find")}</label>
                            <input
                                class="input input--scan"
                                id=FIND
                                autocomplete="off"
                                placeholder=t("choose.find")
                                prop:value=words
                                on:input=move |event| {
                                    words.set(event_target_value(&event));
                                    rows.chosen.set(0);
                                }
                                on:keydown=typed
                            />
                            <span class="scan__hint"><span class="kbd">"F2"</span></span>
                        </div>
                    </div>
                    {list}
                </section>
                <aside class="aside" aria-label=t("choose.about")>
                    {move || chosen.get().map(|line| view! { <About customer=line.customer()/> })}
                </aside>
                <KeyBar keys/>
                <Go keys why=why_not/>
            </main>
        </Screen>
        {move || is_new.get().then(|| view! {
            <NewCustomer
                words=words.get_untracked()
                title=t("choose.new")
                on_close=Callback::new(move |()| is_new.set(false))
                on_made=Callback::new(begin)
            />
        })}
    }
}

/// The chosen patient: the prescription in force.
#[component]
fn About(customer: Id) -> impl IntoView {
    let client = Client::get();
    let current = RwSignal::new(None);
    spawn_local(async move {
        if let Ok(list) = client.call(PrescriptionList { customer }).await {
            current.try_set(Some(list.prescriptions));
        }
    });
    move || {
        current
            .get()
            .map(|all| match all.into_iter().find(|p| p.standing == Standing::Valid) {
                Some(p) => view! {
                    <section class="sect stack">
                        <div class="row row--split">
                            <h2 class="h-sec">{tf("test.last", &[("n", &p.version)])}</h2>
                            <Badge tone=Tone::Ok icon="circle-check">
                                {tf("signed.valid", &[("day", &retail::Day(p.valid_until).text())])}
                            </Badge>
                        </div>
                        <Rx right=p.right left=p.left/>
                        <p class="t-xs t3">
                            {tf("choose.signed", &[("day", &retail::Day(p.signed_day).text()), ("store", &p.store)])}
                        </p>
                    </section>
                }
                .into_any(),
                None => view! {
                    <section class="sect stack"><p class="t-sm t2">{t("choose.no_prescription")}</p></section>
                }
                .into_any(),
            })
    }
}
