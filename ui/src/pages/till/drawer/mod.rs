//! The cash drawer: a session is opened with a float, and closed with a count.

mod close;
mod count;
mod open;

use leptos::prelude::*;

use self::close::CloseDrawer;
use self::open::OpenDrawerScreen;
use super::sale::OpenSale;

/// Which of the two it is, the till's books say.
#[component]
pub fn Drawer() -> impl IntoView {
    let sale = OpenSale::get();
    sale.ask_drawer();
    // A memo: the answer asked for above is the same as a rule, and nothing that was counted is lost.
    let drawer = Memo::new(move |_| {
        sale.drawer()
            .map(|drawer| (drawer.session.is_some(), drawer.last_counted))
    });
    move || {
        drawer.get().map(|(is_open, last)| match is_open {
            true => view! { <CloseDrawer sale/> }.into_any(),
            false => view! { <OpenDrawerScreen sale last/> }.into_any(),
        })
    }
}
