//! Fetches what a test needs, then shows it: the draft, the patient, the prescriptions before.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::ids::Id;
use model::requests::clinic::{Prescription, PrescriptionList, Standing, Test, TestGet};
use model::requests::customers::{Customer, CustomerGet};

use super::room::Room;
use super::signed::Signed;
use crate::client::{Client, Refused};
use crate::components::Empty;
use crate::place::{Place, Places};
use crate::shell::Screen;
use crate::text::t;

/// Everything about the test that does not change while it is open.
#[derive(Clone)]
pub struct Opened {
    pub test: Test,
    pub patient: Customer,
    /// Newest first.
    pub prescriptions: Vec<Prescription>,
}

impl Opened {
    /// The one a new version replaces: the newest that is in force, or was until it expired.
    pub fn previous(&self) -> Option<&Prescription> {
        let stands = |p: &&Prescription| matches!(p.standing, Standing::Valid | Standing::Expired);
        self.prescriptions.iter().find(stands)
    }
}

async fn fetch(client: Client, id: Id) -> Result<Opened, Refused> {
    let test = client.call(TestGet { test: id }).await?;
    let patient = client
        .call(CustomerGet {
            customer: test.customer,
        })
        .await?;
    let list = client
        .call(PrescriptionList {
            customer: test.customer,
        })
        .await?;
    Ok(Opened {
        test,
        patient,
        prescriptions: list.prescriptions,
    })
}

#[component]
pub fn Open(test: Id) -> impl IntoView {
    let (client, places) = (Client::get(), Places::get());
    let opened = RwSignal::new(None::<Result<Opened, Refused>>);
    let load = move || {
        spawn_local(async move {
            let answer = fetch(client, test).await;
            _ = opened.try_set(Some(answer));
        });
    };
    load();
    // Another till moved the draft: what is on screen is fetched anew.
    let reload = Callback::new(move |()| load());
    move || {
        opened.get().map(|answer| match answer {
            Ok(opened) => match opened.test.prescription {
                Some(prescription) => view! { <Signed prescription/> }.into_any(),
                None => view! { <Room opened reload/> }.into_any(),
            },
            Err(why) => view! {
                <Screen title=Signal::stored(t("test.title").to_owned())>
                    <main class="main">
                        <section class="work">
                            <Empty icon="triangle-alert" title=why.message why=why.remedy>
                                <button type="button" class="btn" on:click=move |_| places.go(Place::of("test", &[]))>
                                    {t("test.to_patients")}
                                </button>
                            </Empty>
                        </section>
                    </main>
                </Screen>
            }
            .into_any(),
        })
    }
}
