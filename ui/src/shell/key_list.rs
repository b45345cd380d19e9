//! F1: every key that works now.

use leptos::prelude::*;

use crate::components::{Caps, Dialog, KeyButton};
use crate::keys::{Binding, Keyboard, Keys};
use crate::text::t;

/// What worked when the list was asked for; the list itself would hide it.
#[derive(Clone, Copy)]
pub struct KeyList {
    keyboard: Keyboard,
    shown: RwSignal<Option<Vec<Binding>>>,
}

impl KeyList {
    /// Made once, by the root.
    pub fn provide(keyboard: Keyboard) -> Self {
        let list = Self {
            keyboard,
            shown: RwSignal::new(None),
        };
        provide_context(list);
        list
    }

    pub fn get() -> Self {
        expect_context()
    }

    pub fn open(self) {
        self.shown.set(Some(self.keyboard.in_force()));
    }

    pub fn view(self) -> impl IntoView {
        move || {
            self.shown.get().map(
                |bindings| view! { <KeyListDialog bindings on_close=Callback::new(move |()| self.shown.set(None))/> },
            )
        }
    }
}

#[component]
fn KeyListDialog(bindings: Vec<Binding>, on_close: Callback<()>) -> impl IntoView {
    let rows = StoredValue::new(bindings);
    view! {
        <Dialog
            title=Signal::stored(t("shell.keys_title").to_owned())
            sub=Signal::stored(t("shell.keys_sub").to_owned())
            keys=Keys::dialog()
            on_close
            foot=|keys| view! { <KeyButton keys chord="Esc" class="btn--lg"/> }.into_any()
        >
            <table class="table table--dense table--plain table--flush">
                <tbody>
                    {rows
                        .get_value()
                        .into_iter()
                        .map(|binding| {
                            view! {
                                <tr>
                                    <th scope="row"><span class="row gap-1"><Caps chord=binding.chord/></span></th>
                                    <td>{binding.label}</td>
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </Dialog>
    }
}
