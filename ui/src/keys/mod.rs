//! One map of keys. A screen declares what it answers to once: the tiles along the bottom, the F1 list, the main button
//! and the handlers all come from that declaration.
//!
//! ```ignore
//! let keys = Keys::screen()
//!     .bind(key("F3", "sale.customer").tile().run(move |()| open_customer()))
//!     .bind(key("Del", "sale.remove").tile().in_empty_field().when(has_line).run(remove))
//!     .bind(key("F9", "sale.pay").when(can_pay).run(pay))
//!     .scan(move |code| add(code))
//!     .install();
//! view! { <KeyBar keys/> <Go keys>"Pay"</Go> }
//! ```
//!
//! Declarations lie on a stack: a dialog's lie over its screen's, and let nothing through. They leave with their owner.

mod chord;
mod listen;
mod scan;

pub use chord::Chord;
pub use listen::listen;

use leptos::prelude::*;

use crate::text::t;

/// Where the cursor may be for a key to be a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cursor {
    Anywhere,
    OutsideFields,
    /// Outside, or in a field that holds nothing.
    EmptyField,
}

/// One key of a screen.
#[derive(Clone)]
pub struct Binding {
    pub chord: Chord,
    pub label: Signal<String>,
    pub enabled: Signal<bool>,
    /// Stands along the bottom; the others are in the F1 list only.
    pub is_tile: bool,
    cursor: Cursor,
    run: Option<Callback<()>>,
}

/// A key and what it does, as a key of the catalogue.
#[must_use]
pub fn key(chord: &'static str, label: &'static str) -> Binding {
    let chord = Chord::new(chord);
    let cursor = if chord.is_typing() || chord.is_moving() {
        Cursor::OutsideFields
    } else {
        Cursor::Anywhere
    };
    Binding {
        chord,
        label: Signal::stored(t(label).to_owned()),
        enabled: Signal::stored(true),
        is_tile: false,
        cursor,
        run: None,
    }
}

impl Binding {
    /// A label that changes, such as `Recall 2`.
    #[must_use]
    pub fn label(mut self, label: impl Into<Signal<String>>) -> Self {
        self.label = label.into();
        self
    }

    /// Stands along the bottom.
    #[must_use]
    pub fn tile(mut self) -> Self {
        self.is_tile = true;
        self
    }

    /// Not in the F1 list: one of many that do the same, such as the digits of a PIN.
    #[must_use]
    pub fn unlisted(mut self) -> Self {
        self.label = Signal::stored(String::new());
        self
    }

    /// Works only then; the tile is off otherwise.
    #[must_use]
    pub fn when(mut self, enabled: impl Into<Signal<bool>>) -> Self {
        self.enabled = enabled.into();
        self
    }

    /// A key that fields use themselves (arrows, Enter, Del), taken from them.
    #[must_use]
    pub fn in_fields(mut self) -> Self {
        self.cursor = Cursor::Anywhere;
        self
    }

    /// The same, while the field holds nothing: `+` and Del on the sale screen.
    #[must_use]
    pub fn in_empty_field(mut self) -> Self {
        self.cursor = Cursor::EmptyField;
        self
    }

    /// What it does. A binding without this is a line of the F1 list: a part of the screen handles the key itself.
    #[must_use]
    pub fn run(mut self, run: impl Fn() + Send + Sync + 'static) -> Self {
        self.run = Some(Callback::new(move |()| run()));
        self
    }

    /// Does it, from the key or from its tile.
    pub fn press(&self) {
        if let Some(run) = self.run.filter(|_| self.enabled.get_untracked()) {
            run.run(());
        }
    }
}

/// What becomes of a scan.
#[derive(Clone, Copy)]
enum Scans {
    /// The layer below decides.
    Pass,
    To(Callback<String>),
    /// An approval or a PIN is open.
    Refuse,
}

/// The keys of a screen or a dialog, being declared.
pub struct Keys {
    bindings: Vec<Binding>,
    scans: Scans,
    is_modal: bool,
}

impl Keys {
    /// Of a screen: what it does not answer goes on to the keys that work everywhere.
    #[must_use]
    pub fn screen() -> Self {
        Self {
            bindings: Vec::new(),
            scans: Scans::Pass,
            is_modal: false,
        }
    }

    /// Of a dialog: nothing below it answers, and a scan is refused unless it takes scans itself.
    #[must_use]
    pub fn dialog() -> Self {
        Self {
            bindings: Vec::new(),
            scans: Scans::Refuse,
            is_modal: true,
        }
    }

    #[must_use]
    pub fn bind(mut self, binding: Binding) -> Self {
        self.bindings.push(binding);
        self
    }

    /// Takes every scan, wherever the cursor is.
    #[must_use]
    pub fn scan(mut self, take: impl Fn(String) + Send + Sync + 'static) -> Self {
        self.scans = Scans::To(Callback::new(take));
        self
    }

    /// Lets no scan through: a PIN is being typed.
    #[must_use]
    pub fn refuse_scans(mut self) -> Self {
        self.scans = Scans::Refuse;
        self
    }

    /// Puts them in force until the component that calls this is gone.
    #[must_use]
    pub fn install(self) -> KeySet {
        let keyboard = Keyboard::get();
        let bindings = StoredValue::new(self.bindings);
        let id = keyboard.next.get_value();
        keyboard.next.set_value(id + 1);
        let layer = Layer {
            id,
            bindings,
            scans: self.scans,
            is_modal: self.is_modal,
        };
        keyboard.layers.update(|layers| layers.push(layer));
        on_cleanup(move || {
            keyboard.layers.try_update(|layers| layers.retain(|l| l.id != id));
        });
        KeySet(bindings)
    }
}

/// The declared keys of a screen, for its tiles and its main button.
#[derive(Clone, Copy)]
pub struct KeySet(StoredValue<Vec<Binding>>);

impl KeySet {
    #[must_use]
    pub fn tiles(self) -> Vec<Binding> {
        self.0
            .with_value(|all| all.iter().filter(|b| b.is_tile).cloned().collect())
    }

    /// The binding of a key, such as `F9` for the main button.
    #[must_use]
    pub fn of(self, chord: &str) -> Option<Binding> {
        self.0.with_value(|all| all.iter().find(|b| b.chord.is(chord)).cloned())
    }
}

#[derive(Clone)]
struct Layer {
    id: u64,
    bindings: StoredValue<Vec<Binding>>,
    scans: Scans,
    is_modal: bool,
}

/// All keys in force.
#[derive(Clone, Copy)]
pub struct Keyboard {
    layers: RwSignal<Vec<Layer>>,
    next: StoredValue<u64>,
    /// The till owns the whole keyboard; the browser of head office does not.
    owns_all: bool,
}

impl Keyboard {
    /// Made once, by the root.
    pub fn provide(owns_all: bool) -> Self {
        let keyboard = Self {
            layers: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
            owns_all,
        };
        provide_context(keyboard);
        keyboard
    }

    /// The keyboard of the page that asks.
    #[must_use]
    pub fn get() -> Self {
        expect_context()
    }

    /// Every key that works now, from the top, for the F1 list.
    #[must_use]
    pub fn in_force(self) -> Vec<Binding> {
        let mut all: Vec<Binding> = Vec::new();
        for layer in self.topmost_first() {
            let fresh: Vec<_> = layer.bindings.try_get_value().unwrap_or_default();
            all.extend(fresh.into_iter().filter(|b| !b.label.read_untracked().is_empty()));
        }
        all
    }

    /// The layers that may answer now: down to the first dialog.
    fn topmost_first(self) -> Vec<Layer> {
        let mut open = Vec::new();
        for layer in self.layers.get_untracked().into_iter().rev() {
            let is_modal = layer.is_modal;
            open.push(layer);
            if is_modal {
                break;
            }
        }
        open
    }

    /// The binding that answers a pressed key with the cursor there.
    fn answer(self, pressed: &str, field: Field) -> Option<Binding> {
        let allowed = |cursor: Cursor| match cursor {
            Cursor::Anywhere => true,
            Cursor::OutsideFields => field == Field::None,
            Cursor::EmptyField => field != Field::Full,
        };
        self.topmost_first().into_iter().find_map(|layer| {
            layer.bindings.try_with_value(|all| {
                all.iter()
                    .find(|b| b.run.is_some() && b.chord.is(pressed) && allowed(b.cursor))
                    .cloned()
            })?
        })
    }

    /// Gives a scan to who takes it. `false`: it was refused.
    #[must_use]
    pub fn scanned(self, code: String) -> bool {
        for layer in self.topmost_first() {
            match layer.scans {
                Scans::To(take) => {
                    take.run(code);
                    return true;
                }
                Scans::Refuse => return false,
                Scans::Pass => {}
            }
        }
        false
    }
}

/// What the cursor stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    None,
    Empty,
    Full,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn counted(chord: &'static str, count: &Arc<AtomicU32>) -> Binding {
        let count = Arc::clone(count);
        key(chord, "shell.keys").run(move || {
            count.fetch_add(1, Ordering::Relaxed);
        })
    }

    #[test]
    fn a_dialog_lets_nothing_through_and_leaves_with_its_owner() {
        Owner::new().with(|| {
            let keyboard = Keyboard::provide(true);
            let (screen, dialog) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
            let _below = Keys::screen()
                .bind(counted("F9", &screen))
                .bind(counted("F4", &screen))
                .scan(|_| {})
                .install();
            let owner = Owner::new();
            owner.with(|| {
                let _above = Keys::dialog().bind(counted("F9", &dialog)).install();
            });
            keyboard.answer("F9", Field::Full).expect("the dialog's").press();
            assert!(keyboard.answer("F4", Field::None).is_none(), "the screen's");
            assert!(
                !keyboard.scanned("8901234567894".into()),
                "refused while a dialog is open"
            );
            owner.cleanup();
            keyboard.answer("F9", Field::None).expect("the screen's").press();
            assert!(keyboard.scanned("8901234567894".into()));
            assert_eq!((screen.load(Ordering::Relaxed), dialog.load(Ordering::Relaxed)), (1, 1));
        });
    }

    #[test]
    fn what_a_field_needs_stays_with_the_field() {
        Owner::new().with(|| {
            let keyboard = Keyboard::provide(true);
            let count = Arc::new(AtomicU32::new(0));
            let _keys = Keys::screen()
                .bind(counted("P", &count))
                .bind(counted("Del", &count).in_empty_field())
                .bind(counted("Up", &count).in_fields())
                .install();
            let answers = |key, field| keyboard.answer(key, field).is_some();
            assert_eq!(
                [Field::None, Field::Empty, Field::Full].map(|f| answers("P", f)),
                [true, false, false]
            );
            assert_eq!(
                [Field::None, Field::Empty, Field::Full].map(|f| answers("Del", f)),
                [true, true, false]
            );
            assert_eq!(
                [Field::None, Field::Empty, Field::Full].map(|f| answers("Up", f)),
                [true, true, true]
            );
        });
    }
}
