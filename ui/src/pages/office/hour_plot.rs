//! Net sales by hour: bars drawn to the measured pixels of their box, the hour that still runs pale.

use leptos::prelude::*;
use leptos::{ev, html};
use retail::Currency;

use super::scale::{Scale, short};
use crate::session::Session;
use crate::text::{t, tf};

/// Shown at least, because an empty morning is part of the day.
const FIRST: usize = 10;
const LAST: usize = 21;
/// Room for the numbers at the left, the hours below, and a label over the highest bar.
const LEFT: f64 = 60.0;
const BELOW: f64 = 28.0;
const ABOVE: f64 = 22.0;
const RIGHT: f64 = 6.0;
/// Of the width an hour has, how much its bar takes.
const BAR: f64 = 0.62;

/// The hours that are shown: those of a shop's day, and any other with a sale.
fn span(hours: &[i64]) -> std::ops::RangeInclusive<usize> {
    let first = hours.iter().position(|total| *total != 0).unwrap_or(FIRST);
    let last = hours.iter().rposition(|total| *total != 0).unwrap_or(LAST);
    first.min(FIRST)..=last.max(LAST)
}

/// `hours` are 24 net totals; `running` is the hour that is not over.
#[component]
pub fn HourPlot(
    #[prop(into)] hours: Signal<Vec<i64>>,
    #[prop(into)] running: Signal<Option<usize>>,
    #[prop(into)] is_table: Signal<bool>,
) -> impl IntoView {
    let session = Session::get();
    let frame = NodeRef::<html::Div>::new();
    let size = RwSignal::new((0.0, 0.0));
    let measure = move || {
        if let Some(frame) = frame.try_get_untracked().flatten() {
            let (width, height) = (f64::from(frame.client_width()), f64::from(frame.client_height()));
            let _ = size.try_set((width, height));
        }
    };
    Effect::new(move |_| {
        if frame.get().is_some() {
            request_animation_frame(measure);
        }
    });
    let resized = window_event_listener(ev::resize, move |_| measure());
    on_cleanup(move || resized.remove());

    view! {
        <div class="panel__body dash__plot">
            <div class="ho-plot" node_ref=frame>
                {move || {
                    let currency = session.currency();
                    if is_table.get() {
                        return table(&hours.read(), &currency);
                    }
                    let (width, height) = size.get();
                    (width > 0.0 && height > 0.0)
                        .then(|| bars(&hours.read(), running.get(), &currency, width, height))
                        .into_any()
                }}
            </div>
        </div>
    }
}

fn bars(hours: &[i64], running: Option<usize>, currency: &Currency, width: f64, height: f64) -> AnyView {
    let scale = Scale::of(hours, currency.unit());
    let plot_height = height - ABOVE - BELOW;
    let down = |value: i64| ABOVE + scale.down(value, plot_height);
    let shown = span(hours);
    let slot = (width - LEFT - RIGHT) / (shown.end() - shown.start() + 1) as f64;
    let zero = down(0);

    let grid = scale.marks().map(|mark| {
        let y = down(mark);
        let class = if mark == 0 { "axis" } else { "grid" };
        view! {
            <line class=class x1=LEFT - 8.0 x2=width y1=px(y) y2=px(y)></line>
            <text x=LEFT - 16.0 y=px(y + 4.0) text-anchor="end">{short(currency, mark)}</text>
        }
    });
    let highest = hours.iter().copied().max().unwrap_or(0);
    let hour = |hour: usize| {
        let value = hours.get(hour).copied().unwrap_or(0);
        let middle = LEFT + slot * ((hour - shown.start()) as f64 + 0.5);
        let (top, bottom) = (down(value.max(0)), down(value.min(0)));
        let is_running = running == Some(hour);
        let class = if is_running { "b1 part" } else { "b1" };
        let bar = (value != 0).then(|| {
            view! {
                <rect class=class x=px(middle - slot * BAR / 2.0) y=px(top) width=px(slot * BAR) height=px(bottom - top)>
                    <title>{tf("ho_today.hour_value", &[("hour", &at(hour)), ("total", &currency.format(value))])}</title>
                </rect>
            }
        });
        let label = (value == highest && value > 0).then(|| {
            view! { <text class="lab1" x=px(middle) y=px(top - 8.0) text-anchor="middle">{short(currency, value)}</text> }
        });
        let name = if is_running { "strong" } else { "" };
        view! {
            {bar}
            {label}
            <text class=name x=px(middle) y=px(height - 6.0) text-anchor="middle">{hour}</text>
        }
    };
    let below = (zero - (height - BELOW)).abs() > 1.0;
    let edge = below.then(|| {
        let y = height - BELOW;
        view! { <line class="grid" x1=LEFT - 8.0 x2=width y1=px(y) y2=px(y)></line> }
    });
    view! {
        <svg class="plot" viewBox=format!("0 0 {width} {height}") role="img" aria-labelledby="hours-t hours-d">
            <title id="hours-t">{t("ho_today.by_hour_all")}</title>
            <desc id="hours-d">{finding(hours, running, currency)}</desc>
            {edge}
            {grid.collect_view()}
            {shown.clone().map(hour).collect_view()}
        </svg>
    }
    .into_any()
}

/// One sentence that says what the plot shows.
fn finding(hours: &[i64], running: Option<usize>, currency: &Currency) -> String {
    let best = hours.iter().copied().enumerate().max_by_key(|(_, total)| *total);
    let Some((hour, total)) = best.filter(|(_, total)| *total > 0) else {
        return t("ho_today.no_hours").to_owned();
    };
    let so_far = running.and_then(|hour| Some((hour, hours.get(hour).copied()?)));
    let (hour, total) = (at(hour), short(currency, total));
    match so_far {
        Some((now, sum)) => tf(
            "ho_today.finding_running",
            &[
                ("hour", &hour),
                ("total", &total),
                ("now", &at(now)),
                ("sum", &short(currency, sum)),
            ],
        ),
        None => tf("ho_today.finding", &[("hour", &hour), ("total", &total)]),
    }
}

/// The numbers behind the plot.
fn table(hours: &[i64], currency: &Currency) -> AnyView {
    let rows = span(hours).map(|hour| {
        let total = hours.get(hour).copied().unwrap_or(0);
        view! { <tr><th scope="row">{at(hour)}</th><td>{currency.format(total)}</td></tr> }
    });
    view! {
        <table class="tax ho-hours">
            <thead><tr><th scope="col">{t("ho_today.hour")}</th><th scope="col">{t("ho_today.net")}</th></tr></thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

/// `14:00`.
fn at(hour: usize) -> String {
    format!("{hour:02}:00")
}

/// A coordinate, to the tenth of a pixel.
fn px(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_shown_whole_and_an_early_sale_too() {
        let mut hours = vec![0; 24];
        assert_eq!(span(&hours), 10..=21);
        hours[8] = 100;
        hours[22] = -5;
        assert_eq!(span(&hours), 8..=22);
    }
}
