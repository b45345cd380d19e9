//! The paper as the printer sets it: the same layout, so that what is seen is what comes out.

use devices::code128;
use devices::layout::{self, Line};
use leptos::prelude::*;
use model::paper::Paper;

use crate::session::Session;

#[component]
pub fn PaperView(paper: Paper) -> impl IntoView {
    let session = Session::get();
    let columns = session
        .status()
        .map_or(layout::COLUMNS_80_MM, |status| usize::from(status.printer.columns));
    let columns = if columns == 0 { layout::COLUMNS_80_MM } else { columns };
    let lines = layout::lines(&paper, columns);
    view! {
        <div class="paper" id="paper">{lines.into_iter().map(|line| row(&line, columns)).collect_view()}</div>
    }
}

fn row(line: &Line, columns: usize) -> AnyView {
    if line.barcode {
        return view! { <Bars text=line.text.clone()/>{format!("{:^columns$}", line.text)}"\n" }.into_any();
    }
    // A large line takes two columns a letter, so it is set as if the paper had half of them.
    let text = if line.large {
        line.to_text(columns / 2 * 3 / 2)
    } else {
        line.to_text(columns)
    };
    match (line.large, line.bold) {
        (true, _) => view! { <b class="big">{text}</b>"\n" }.into_any(),
        (false, true) => view! { <b>{text}</b>"\n" }.into_any(),
        (false, false) => view! { {text}"\n" }.into_any(),
    }
}

/// The bars of the number, module by module.
#[component]
fn Bars(text: String) -> impl IntoView {
    let modules = code128::pieces(&text)
        .map(|pieces| code128::modules(&pieces))
        .unwrap_or_default();
    let count = modules.len();
    let mut at = 0;
    let bars = modules.chunk_by(|a, b| a == b).filter_map(|run| {
        let x = at;
        at += run.len();
        let is_bar = run.first() == Some(&true);
        is_bar.then(|| view! { <rect x=x y="0" width=run.len() height="10"/> })
    });
    view! {
        <svg class="paper__bars" viewBox=format!("0 0 {count} 10") preserveAspectRatio="none" aria-hidden="true">
            {bars.collect_view()}
        </svg>
    }
}
