//! Right to left, only ever said: where the left eye has values already, each is asked for.

use leptos::prelude::*;
use optics::Eye;

use super::draft::Draft;
use crate::components::{Column, Dialog, KeyButton, Toast, Toasts, Value};
use crate::keys::{Keys, key};
use crate::text::{t, tf, tn};

/// What is copied. An acuity is measured, never copied.
const COPIED: [Column; 6] = [
    Column::Sphere,
    Column::Cylinder,
    Column::Axis,
    Column::Add,
    Column::PrismHorizontal,
    Column::PrismVertical,
];

/// A column in which the eyes differ.
#[derive(Clone)]
pub struct Line {
    column: Column,
    pub left: Option<Value>,
    right: Value,
}

/// The columns in which the right eye has something else to give.
pub fn copied(draft: Draft) -> Vec<Line> {
    let (right, left) = untrack(|| (draft.eye(Eye::Right), draft.eye(Eye::Left)));
    COPIED
        .into_iter()
        .filter_map(|column| {
            Some(Line {
                column,
                left: column.get(&left),
                right: column.get(&right)?,
            })
        })
        .filter(|line| line.left.as_ref() != Some(&line.right))
        .collect()
}

/// Copies everything, and offers to take it back.
pub fn copy_all(draft: Draft, toasts: Toasts) {
    let lines = copied(draft);
    copy(draft, toasts, &lines);
}

fn copy(draft: Draft, toasts: Toasts, lines: &[Line]) {
    if lines.is_empty() {
        return;
    }
    let before: Vec<(Column, Option<Value>)> = lines.iter().map(|line| (line.column, line.left.clone())).collect();
    // In the order of the columns: the axis comes behind its cylinder.
    for line in lines {
        draft.put(Eye::Left, line.column, Some(line.right.clone()));
    }
    draft.done();
    let toast = Toast::new("check", tn("test.copied", lines.len() as u64, &[]));
    toasts.show(toast.action(t("test.copy_back"), move || {
        for (column, value) in &before {
            draft.put(Eye::Left, *column, value.clone());
        }
        draft.done();
    }));
}

#[component]
pub fn CopyDialog(draft: Draft, on_close: Callback<()>) -> impl IntoView {
    let toasts = Toasts::get();
    let lines = copied(draft);
    let ticks: Vec<RwSignal<bool>> = lines.iter().map(|line| RwSignal::new(line.left.is_none())).collect();
    let (lines, ticks) = (StoredValue::new(lines), StoredValue::new(ticks));
    let ticked = Signal::derive(move || ticks.with_value(|ticks| ticks.iter().filter(|tick| tick.get()).count()));
    let run = move || {
        let chosen: Vec<Line> = ticks.with_value(|ticks| {
            let is_on = ticks.iter().map(|tick| tick.get_untracked());
            lines
                .get_value()
                .into_iter()
                .zip(is_on)
                .filter_map(|(line, on)| on.then_some(line))
                .collect()
        });
        on_close.run(());
        copy(draft, toasts, &chosen);
    };
    let label = Signal::derive(move || tn("test.copy_some", ticked.get() as u64, &[]));
    let keys = Keys::dialog().bind(
        key("F9", "test.key_copy")
            .label(label)
            .when(Signal::derive(move || ticked.get() > 0))
            .run(run),
    );
    view! {
        <Dialog
            title=Signal::stored(t("test.copy_title").to_owned())
            sub=Signal::stored(t("test.copy_sub").to_owned())
            keys
            on_close
            foot=|keys| view! {
                <KeyButton keys chord="Esc" class="btn--lg"/>
                <KeyButton keys chord="F9" class="btn--primary btn--lg push"/>
            }.into_any()
        >
            <ul class="confirm">
                {lines.get_value().into_iter().enumerate().map(|(n, line)| {
                    let tick = ticks.with_value(|ticks| ticks[n]);
                    let left = line.left.as_ref().map_or_else(|| t("test.copy_empty").to_owned(), |value| line.column.write(value));
                    let right = line.column.write(&line.right);
                    view! {
                        <li>
                            <label class="check">
                                <input type="checkbox" prop:checked=tick on:change=move |event| tick.set(event_target_checked(&event))/>
                                <span class="cell-2">
                                    <span class="m">{line.column.field().label()}</span>
                                    <span>{tf("test.copy_line", &[("left", &left), ("right", &right)])}</span>
                                </span>
                            </label>
                        </li>
                    }
                }).collect_view()}
            </ul>
        </Dialog>
    }
}
