//! Says what was done, may offer to take it back, and leaves after 6 s; it waits while pointed at or focused.

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use std::time::Duration;

use super::Icon;

const STAYS: Duration = Duration::from_secs(6);
/// More than this at once is noise: the oldest leaves.
const AT_ONCE: usize = 3;

/// Something that was done.
#[derive(Clone)]
pub struct Toast {
    icon: &'static str,
    text: String,
    action: Option<(String, Callback<()>)>,
}

impl Toast {
    #[must_use]
    pub fn new(icon: &'static str, text: impl Into<String>) -> Self {
        Self {
            icon,
            text: text.into(),
            action: None,
        }
    }

    /// A button on it, such as "Find by name".
    #[must_use]
    pub fn action(mut self, label: impl Into<String>, run: impl Fn() + Send + Sync + 'static) -> Self {
        self.action = Some((label.into(), Callback::new(move |()| run())));
        self
    }
}

/// All toasts on screen.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<(u64, Toast)>>,
    next: StoredValue<u64>,
    timers: StoredValue<Vec<(u64, TimeoutHandle)>>,
}

impl Toasts {
    /// Made once, by the root.
    pub fn provide() -> Self {
        let toasts = Self {
            shown: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
            timers: StoredValue::new(Vec::new()),
        };
        provide_context(toasts);
        toasts
    }

    #[must_use]
    pub fn get() -> Self {
        expect_context()
    }

    pub fn show(self, toast: Toast) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        self.shown.update(|shown| {
            shown.push((id, toast));
            let over = shown.len().saturating_sub(AT_ONCE);
            shown.drain(..over);
        });
        self.start(id);
    }

    fn start(self, id: u64) {
        if let Ok(timer) = set_timeout_with_handle(move || self.take(id), STAYS) {
            self.timers.update_value(|timers| timers.push((id, timer)));
        }
    }

    fn pause(self, id: u64) {
        self.timers.update_value(|timers| {
            for (_, timer) in timers.extract_if(.., |(of, _)| *of == id) {
                timer.clear();
            }
        });
    }

    fn take(self, id: u64) {
        self.pause(id);
        self.shown.update(|shown| shown.retain(|(of, _)| *of != id));
    }

    /// Where they stand.
    pub fn view(self) -> impl IntoView {
        view! {
            <div class="toasts">
                <For each=move || self.shown.get() key=|(id, _)| *id let((id, toast))>
                    <div
                        class="toast"
                        role="status"
                        on:mouseenter=move |_| self.pause(id)
                        on:mouseleave=move |_| self.start(id)
                        on:focusin=move |_| self.pause(id)
                        on:focusout=move |_| self.start(id)
                    >
                        <Icon name=toast.icon/>
                        {toast.text}
                        {toast
                            .action
                            .map(|(label, run)| {
                                view! {
                                    <button
                                        type="button"
                                        class="btn btn--quiet"
                                        on:click=move |_| {
                                            self.take(id);
                                            run.run(());
                                        }
                                    >
                                        {label}
                                    </button>
                                }
                            })}
                    </div>
                </For>
            </div>
        }
    }
}
