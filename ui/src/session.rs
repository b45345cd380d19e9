//! What the whole page knows: what it is, who is signed in, how things stand, and the time at the store.

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::requests::people::{Organisation, OrganisationGet};
use model::requests::till::{Me, SignOut, Stage, State, Status, TillState, TillStatus};
use model::role::Permission;
use retail::{Currency, Profile};
use std::time::Duration;

use crate::client::{Client, Refused};

/// How often a page without pushes asks how things stand.
const ASK_AGAIN: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_secs(1);

/// One for the page, copied freely.
#[derive(Clone, Copy)]
pub struct Session {
    client: Client,
    state: RwSignal<Option<State>>,
    status: RwSignal<Option<Status>>,
    organisation: RwSignal<Option<Organisation>>,
    /// Why nothing can be shown at all.
    trouble: RwSignal<Option<Refused>>,
    /// The answerer's clock less this page's, ms.
    ahead: RwSignal<i64>,
    /// The minute, ms UTC: changes once a minute, so that what shows it is drawn once a minute.
    minute: Memo<i64>,
}

impl Session {
    /// Made once, by the root: asks what this page is and listens for changes.
    pub fn provide(client: Client) -> Self {
        let ticks = RwSignal::new(js_now());
        let ahead = RwSignal::new(0);
        let session = Self {
            client,
            state: RwSignal::new(None),
            status: RwSignal::new(None),
            organisation: RwSignal::new(None),
            trouble: RwSignal::new(None),
            ahead,
            minute: Memo::new(move |_| (ticks.get() + ahead.get()).div_euclid(60_000) * 60_000),
        };
        provide_context(session);
        let _ = set_interval_with_handle(move || ticks.set(js_now()), TICK);
        let _ = set_interval_with_handle(move || session.ask_status(), ASK_AGAIN);
        client.on_push(move |push| session.hear(&push));
        session.refresh();
        session
    }

    /// The session of the page that asks.
    #[must_use]
    pub fn get() -> Self {
        expect_context()
    }

    /// Asks again what this page is and who is signed in.
    pub fn refresh(self) {
        spawn_local(async move {
            match self.client.call(TillState {}).await {
                Ok(state) => self.set_state(state),
                Err(refused) => self.trouble.set(Some(refused)),
            }
        });
    }

    fn set_state(self, state: State) {
        self.trouble.set(None);
        let is_in = state.me.is_some();
        self.state.set(Some(state));
        self.ask_status();
        if is_in && self.organisation.with_untracked(Option::is_none) {
            spawn_local(async move {
                if let Ok(organisation) = self.client.call(OrganisationGet {}).await {
                    self.organisation.set(Some(organisation));
                }
            });
        }
    }

    /// Asks now how things stand, for a screen that shows it.
    pub fn look(self) {
        self.ask_status();
    }

    fn ask_status(self) {
        // Head office has neither printer nor drawer; its page shows the devices of others.
        if self.stage_untracked() != Some(Stage::Till) {
            return;
        }
        spawn_local(async move {
            if let Ok(status) = self.client.call(TillStatus {}).await {
                self.set_status(status);
            }
        });
    }

    fn set_status(self, status: Status) {
        self.ahead.set(status.now - js_now());
        self.status.set(Some(status));
    }

    /// `{"kind": "status", "status": {..}}`; a push of a kind not known here is for a newer page.
    fn hear(self, push: &serde_json::Value) {
        if push.get("kind").and_then(|k| k.as_str()) == Some("status")
            && let Some(status) = push.get("status").and_then(|s| serde_json::from_value(s.clone()).ok())
        {
            self.set_status(status);
        }
    }

    /// Somebody signed in.
    pub fn signed_in(self, me: Me, token: Option<String>) {
        if token.is_some() {
            self.client.set_token(token);
        }
        self.state.update(|state| {
            if let Some(state) = state {
                state.me = Some(me);
            }
        });
        self.refresh();
    }

    /// Locks the till, or leaves head office.
    pub fn sign_out(self) {
        spawn_local(async move {
            // Locked here at once; the answer changes nothing about that.
            let _ = self.client.call(SignOut {}).await;
            self.client.set_token(None);
            self.refresh();
        });
        self.state.update(|state| {
            if let Some(state) = state {
                state.me = None;
            }
        });
    }

    #[must_use]
    pub fn state(self) -> Option<State> {
        self.state.get()
    }

    fn stage_untracked(self) -> Option<Stage> {
        self.state.with_untracked(|s| s.as_ref().map(|s| s.stage))
    }

    #[must_use]
    pub fn trouble(self) -> Option<Refused> {
        self.trouble.get()
    }

    #[must_use]
    pub fn me(self) -> Option<Me> {
        self.state.with(|s| s.as_ref().and_then(|s| s.me.clone()))
    }

    /// Whether who is signed in may do this; what they may not is absent.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        self.state.with(|s| {
            s.as_ref()
                .and_then(|s| s.me.as_ref())
                .is_some_and(|me| me.permissions.contains(&permission))
        })
    }

    #[must_use]
    pub fn status(self) -> Option<Status> {
        self.status.get()
    }

    /// The organisation with its rules, once somebody signed in.
    #[must_use]
    pub fn organisation(self) -> Option<Organisation> {
        self.organisation.get()
    }

    /// The organisation's currency. Before it is known nothing with an amount is shown.
    #[must_use]
    pub fn currency(self) -> Currency {
        let known = self
            .organisation
            .with(|o| o.as_ref().map(|o| o.profile.currency.clone()));
        known.unwrap_or_else(first_currency)
    }

    /// The minute at the store, ms UTC.
    #[must_use]
    pub fn minute(self) -> i64 {
        self.minute.get()
    }

    /// This moment at the store, ms UTC. Follows nothing.
    #[must_use]
    pub fn now(self) -> i64 {
        js_now() + self.ahead.get_untracked()
    }

    /// Minutes east of UTC at the store; at head office those of the organisation, wherever this browser stands.
    #[must_use]
    pub fn offset(self) -> i32 {
        let store = self.status.with(|s| s.as_ref().map(|s| s.offset_minutes));
        let chain = || {
            self.organisation
                .with(|o| o.as_ref().map(|o| o.profile.time_zone.offset_minutes))
        };
        store
            .or_else(chain)
            .unwrap_or_else(|| -(js_sys::Date::new_0().get_timezone_offset() as i32))
    }

    /// An amount as it stands in a column: `1,66,351.00`.
    #[must_use]
    pub fn amount(self, minor: i64) -> String {
        self.currency().format(minor)
    }

    /// A phone number as people read it here: `98220 41576`.
    #[must_use]
    pub fn phone(self, number: &str) -> String {
        let country = self.organisation().map(|o| o.profile.phone_country).unwrap_or_default();
        retail::phone::display(number, &country)
    }

    /// A total, with the sign: `₹1,66,351.00`.
    #[must_use]
    pub fn total(self, minor: i64) -> String {
        self.currency().format_with_symbol(minor)
    }
}

fn js_now() -> i64 {
    js_sys::Date::now() as i64
}

fn first_currency() -> Currency {
    let shipped = Profile::names().first().and_then(|name| Profile::by_name(name).ok());
    shipped.map_or_else(
        || Currency {
            code: String::new(),
            symbol: String::new(),
            paper_symbol: String::new(),
            decimals: 2,
            grouping: retail::Grouping::Thousands,
            cash_step: 1,
        },
        |profile| profile.currency,
    )
}
