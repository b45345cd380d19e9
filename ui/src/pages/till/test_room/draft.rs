//! The draft on screen: its sixteen fields, and the way of every value into the document. A field left, or two seconds
//! without a key, is one commit; what is typed before that lies in the till's own table, so that a crash loses no key.

use std::collections::BTreeMap;
use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::ids::{Hash, Id};
use model::requests::clinic::{Test, TestTyped, TestWrite};
use optics::{Eye, EyePrescription, PrescriptionValues};

use crate::client::{Client, Refused, RequestId};
use crate::components::{Column, DioptreState, Value};
use crate::session::Session;

/// Without a key for so long, what is settled is written.
const REST: Duration = Duration::from_secs(2);

/// Under which the reason is kept among the typed texts.
pub const REASON: &str = "test-reason";

/// What the document holds, as far as this page knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Held {
    values: PrescriptionValues,
    reason: String,
}

/// What goes over the wire, one at a time and in order.
#[derive(Default)]
struct Wire {
    is_writing: bool,
    is_keeping: bool,
    /// A write whose answer was lost, sent again with its own id.
    again: Option<(RequestId, TestWrite)>,
    /// The last body of typed texts that was sent.
    kept: String,
    timer: Option<TimeoutHandle>,
}

/// One for the page, copied freely.
#[derive(Clone, Copy)]
pub struct Draft {
    client: Client,
    session: Session,
    pub test: Id,
    fields: StoredValue<Vec<RwSignal<DioptreState>>>,
    pub reason: RwSignal<String>,
    held: RwSignal<Held>,
    pub heads: RwSignal<Vec<Hash>>,
    /// Minute of the last write, ms UTC.
    pub saved: RwSignal<Option<i64>>,
    pub trouble: RwSignal<Option<Refused>>,
    wire: StoredValue<Wire, LocalStorage>,
    /// Runs once everything is in the document.
    after: StoredValue<Option<Callback<()>>>,
}

impl Draft {
    pub fn new(test: &Test) -> Self {
        let values = PrescriptionValues {
            right: test.right.clone(),
            left: test.left.clone(),
        };
        let fields = Eye::BOTH
            .into_iter()
            .flat_map(|eye| Column::ALL.map(|column| (eye, column)))
            .map(|(eye, column)| RwSignal::new(DioptreState::new(column, column.get(values.eye(eye)))))
            .collect();
        let draft = Self {
            client: Client::get(),
            session: Session::get(),
            test: test.id,
            fields: StoredValue::new(fields),
            reason: RwSignal::new(test.reason.clone()),
            held: RwSignal::new(Held {
                values,
                reason: test.reason.clone(),
            }),
            heads: RwSignal::new(test.heads.clone()),
            saved: RwSignal::new(None),
            trouble: RwSignal::new(None),
            wire: StoredValue::new_local(Wire::default()),
            after: StoredValue::new(None),
        };
        Eye::BOTH.into_iter().for_each(|eye| draft.tie(eye));
        draft.restore(test.typed.as_deref());
        on_cleanup(move || {
            let timer = draft.wire.try_update_value(|wire| wire.timer.take()).flatten();
            if let Some(timer) = timer {
                timer.clear();
            }
        });
        draft
    }

    pub fn field(self, eye: Eye, column: Column) -> RwSignal<DioptreState> {
        let at = usize::from(eye == Eye::Left) * Column::ALL.len() + column as usize;
        self.fields.with_value(|fields| fields[at])
    }

    /// The eye as it stands on screen, what is settled but not yet left included.
    pub fn eye(self, eye: Eye) -> EyePrescription {
        let mut shown = self.held.with(|held| held.values.eye(eye).clone());
        for column in Column::ALL {
            column.set(&mut shown, self.field(eye, column).with(DioptreState::settled));
        }
        shown
    }

    pub fn values(self) -> PrescriptionValues {
        PrescriptionValues {
            right: self.eye(Eye::Right),
            left: self.eye(Eye::Left),
        }
    }

    /// No field asks or refuses.
    pub fn is_settled(self) -> bool {
        self.all().all(|(_, _, field)| field.with(DioptreState::is_settled))
    }

    /// The field the cursor is in.
    pub fn focused(self) -> Option<(Eye, Column)> {
        self.all()
            .find(|(_, _, field)| field.with_untracked(DioptreState::is_focused))
            .map(|(eye, column, _)| (eye, column))
    }

    fn all(self) -> impl Iterator<Item = (Eye, Column, RwSignal<DioptreState>)> {
        Eye::BOTH
            .into_iter()
            .flat_map(move |eye| Column::ALL.map(move |column| (eye, column, self.field(eye, column))))
    }

    /// Writes a value into a field, as a copy does.
    pub fn put(self, eye: Eye, column: Column, value: Option<Value>) {
        self.field(eye, column).update(|field| field.set(value));
    }

    /// Something was typed: the texts are kept at once, the document follows after a rest.
    pub fn changed(self) {
        Eye::BOTH.into_iter().for_each(|eye| self.tie(eye));
        self.keep_typed();
        let rest = set_timeout_with_handle(
            move || {
                for (_, _, field) in self.all() {
                    field.try_update(DioptreState::rest);
                }
                self.write();
            },
            REST,
        );
        let before = self
            .wire
            .try_update_value(|wire| std::mem::replace(&mut wire.timer, rest.ok()));
        if let Some(before) = before.flatten() {
            before.clear();
        }
    }

    /// A value was taken, or a field left.
    pub fn done(self) {
        Eye::BOTH.into_iter().for_each(|eye| self.tie(eye));
        self.write();
    }

    /// The axis follows its cylinder: it is needed where there is one, and goes where there is none.
    fn tie(self, eye: Eye) {
        let (cylinder, is_open) = self
            .field(eye, Column::Cylinder)
            .with_untracked(|field| (field.settled(), field.unsaved_text().is_some()));
        let power = match cylinder {
            Some(Value::Power(power)) => Some(power),
            _ => None,
        };
        let axis = self.field(eye, Column::Axis);
        let has = power.is_some_and(|power| !power.is_zero());
        let goes = power.is_some_and(|power| power.is_zero()) && !is_open;
        let changes = axis.with_untracked(|axis| axis.has_cylinder() != has || (goes && !axis.text().is_empty()));
        if changes {
            axis.update(|axis| {
                axis.set_has_cylinder(has);
                if goes {
                    axis.set(None);
                }
            });
        }
    }

    /// Runs it once everything on screen is in the document.
    pub fn when_written(self, run: impl Fn() + Send + Sync + 'static) {
        for (_, _, field) in self.all() {
            field.update(|field| _ = field.take_settled());
        }
        self.after.set_value(Some(Callback::new(move |()| run())));
        self.done();
    }

    fn recorded(self) -> Held {
        let mut values = self.held.with_untracked(|held| held.values.clone());
        for (eye, column, field) in self.all() {
            column.set(values.eye_mut(eye), field.with_untracked(|f| f.value().cloned()));
        }
        Held {
            values,
            reason: self.reason.with_untracked(|reason| reason.trim().to_owned()),
        }
    }

    fn write(self) {
        if self.wire.try_with_value(|wire| wire.is_writing) != Some(false) {
            return; // the answer starts the next one
        }
        let (held, now) = (self.held.get_untracked(), self.recorded());
        let again = self.wire.try_update_value(|wire| wire.again.take()).flatten();
        let next = again.or_else(|| (held != now).then(|| (RequestId::draw(), change(self.test, &held, &now))));
        let Some((id, change)) = next else {
            if let Some(run) = self.after.try_update_value(Option::take).flatten() {
                run.run(());
            }
            return self.keep_typed();
        };
        self.wire.update_value(|wire| wire.is_writing = true);
        spawn_local(async move {
            let answer = self.client.call_once(change.clone(), &id).await;
            self.wire.try_update_value(|wire| wire.is_writing = false);
            match answer {
                Ok(written) => {
                    let was = self.heads.try_update(|heads| *heads = written.heads);
                    if was.is_none() {
                        return; // the page is gone
                    }
                    self.trouble.set(None);
                    self.saved.set(Some(self.session.now()));
                    self.held.update(|held| take_over(held, change));
                    // The till forgot the typed texts with it; those still open are kept anew.
                    self.wire.update_value(|wire| wire.kept.clear());
                    self.write();
                }
                Err(why) => {
                    if why.is_no_answer() {
                        self.wire.try_update_value(|wire| wire.again = Some((id, change)));
                    }
                    self.after.try_update_value(Option::take);
                    self.trouble.try_set(Some(why));
                }
            }
        });
    }

    /// Sends the texts that are not in the document, if they are others than before.
    fn keep_typed(self) {
        if self.wire.try_with_value(|wire| wire.is_keeping) != Some(false) {
            return;
        }
        let body = self.typed();
        if self.wire.with_value(|wire| wire.kept == body) {
            return;
        }
        self.wire.update_value(|wire| {
            wire.is_keeping = true;
            wire.kept.clone_from(&body);
        });
        spawn_local(async move {
            // Lost texts are typed again; the till says in its status bar when the disk is full.
            let _ = self.client.call(TestTyped { test: self.test, body }).await;
            if self.wire.try_update_value(|wire| wire.is_keeping = false).is_some() {
                self.keep_typed();
            }
        });
    }

    fn typed(self) -> String {
        let held = self.held.get_untracked();
        let mut texts = BTreeMap::new();
        for (eye, column, field) in self.all() {
            let in_document = column.text_of(held.values.eye(eye));
            let text = field.with_untracked(|field| field.text().to_owned());
            if text != in_document {
                texts.insert(column.id(eye), text);
            }
        }
        let reason = self.reason.get_untracked();
        if reason.trim() != held.reason {
            texts.insert(REASON, reason);
        }
        if texts.is_empty() {
            return String::new();
        }
        serde_json::to_string(&texts).unwrap_or_default()
    }

    /// Puts back what was being typed when the till stopped.
    fn restore(self, typed: Option<&str>) {
        let Some(texts) = typed.and_then(|body| serde_json::from_str::<BTreeMap<String, String>>(body).ok()) else {
            return;
        };
        for (eye, column, field) in self.all() {
            if let Some(text) = texts.get(column.id(eye)) {
                field.update(|field| field.restore(text));
            }
        }
        if let Some(reason) = texts.get(REASON) {
            self.reason.set(reason.clone());
        }
        self.done();
    }
}

fn change(test: Id, held: &Held, now: &Held) -> TestWrite {
    let eye = |eye: Eye| (held.values.eye(eye) != now.values.eye(eye)).then(|| now.values.eye(eye).clone());
    TestWrite {
        test,
        right: eye(Eye::Right),
        left: eye(Eye::Left),
        reason: (held.reason != now.reason).then(|| now.reason.clone()),
    }
}

fn take_over(held: &mut Held, written: TestWrite) {
    if let Some(right) = written.right {
        held.values.right = right;
    }
    if let Some(left) = written.left {
        held.values.left = left;
    }
    if let Some(reason) = written.reason {
        held.reason = reason;
    }
}
