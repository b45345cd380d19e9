use super::*;

/// Types keys as a person does: what the field does not take goes into its text.
fn keys(state: &mut DioptreState, keys: &str) -> Pressed {
    let mut last = Pressed::Ignored;
    for word in keys.split(' ').filter(|word| !word.is_empty()) {
        let single: Vec<String> = match word {
            "Enter" | "Escape" | "Backspace" | "ArrowUp" | "ArrowDown" | "PageUp" | "PageDown" => vec![word.to_owned()],
            letters => letters.chars().map(String::from).collect(),
        };
        for key in single {
            last = state.press(&key, false);
            if last == Pressed::Ignored && key.chars().count() == 1 {
                let text = if state.touched {
                    format!("{}{key}", state.text)
                } else {
                    key.clone()
                };
                state.typed(text);
            }
        }
    }
    last
}

fn after(column: Column, value: Option<Value>, typed: &str) -> DioptreState {
    let mut state = DioptreState::new(column, value);
    state.set_has_cylinder(true);
    state.enter();
    keys(&mut state, typed);
    state
}

fn power(thousandths: i32) -> Option<Value> {
    Some(Value::Power(Power(thousandths)))
}

#[test]
fn keys_of_a_power() {
    let cases = [
        // A sign before the digits, behind them, and as the answer to the proposal.
        (Column::Sphere, "-2.25 Enter", "−2.25", power(-2_250)),
        (Column::Sphere, "2.25 - Enter", "−2.25", power(-2_250)),
        (Column::Sphere, "225 +", "+2.25", power(2_250)),
        // Typed before the digits the sign was no answer: it asks once, Enter says yes.
        (Column::Sphere, "-225 Enter", "−225", None),
        (Column::Sphere, "-225 Enter Enter", "−2.25", power(-2_250)),
        // No sign, no value.
        (Column::Sphere, "2.25 Enter", "2.25", None),
        // Two readings: 1 and 2 choose, only once they were asked for.
        (Column::Sphere, "10 - Enter 1", "−1.00", power(-1_000)),
        (Column::Sphere, "-10 Enter 2 Enter", "−10.00", power(-10_000)),
        (Column::Sphere, "-1025 Enter Enter", "−10.25", None),
        // Unusual: Enter again keeps.
        (Column::Sphere, "-12.50 Enter", "−12.50", None),
        (Column::Sphere, "-12.50 Enter Enter", "−12.50", power(-12_500)),
        (Column::Sphere, "-2.30 Enter", "−2.30", None),
        (Column::Sphere, "-32.00 Enter Enter", "−32.00", None),
        (Column::Sphere, "P", "0.00", power(0)),
        (Column::Cylinder, "D", "DS", power(0)),
        (Column::Cylinder, "p", "DS", power(0)),
        (Column::Sphere, "ArrowDown ArrowDown PageDown", "−1.50", power(-1_500)),
        (Column::Add, "ArrowUp", "+0.75", power(750)),
        (Column::Axis, "0 Enter", "180", Some(Value::Axis(180))),
        (Column::Axis, "ArrowDown", "180", Some(Value::Axis(180))),
        (Column::Axis, "85 Enter", "085", Some(Value::Axis(85))),
        (Column::Axis, "181 Enter", "181", None),
        (
            Column::VaDistance,
            "6/6 Enter",
            "6/6",
            Some(Value::Acuity("6/6".into())),
        ),
    ];
    for (column, typed, text, value) in cases {
        let state = after(column, None, typed);
        assert_eq!((state.text(), state.value().cloned()), (text, value), "{typed}");
    }
}

#[test]
fn prisms_need_a_base() {
    let state = after(Column::PrismHorizontal, None, "1.5 Enter");
    assert!(state.is_asking() && !state.is_settled());
    assert_eq!(after(Column::PrismHorizontal, None, "1.5 o Enter").text(), "1.50 OUT");
    assert_eq!(after(Column::PrismVertical, None, "1.5 d").text(), "1.50 DOWN");
    assert_eq!(
        after(Column::PrismVertical, None, "ArrowUp ArrowUp u").text(),
        "0.50 UP"
    );
    assert!(after(Column::PrismVertical, None, "0 u").is_refused());
}

#[test]
fn backspace_in_an_untouched_field_is_not_recorded() {
    let state = after(Column::Sphere, power(-2_000), "Backspace");
    assert_eq!((state.text(), state.value()), ("", None));
    let state = after(Column::Sphere, power(-2_000), "-1 Escape");
    assert_eq!((state.text(), state.value().cloned()), ("−2.00", power(-2_000)));
}

#[test]
fn esc_belongs_to_the_screen_when_nothing_changed() {
    let mut state = after(Column::Sphere, power(-2_000), "");
    assert_eq!(keys(&mut state, "Escape"), Pressed::Ignored);
    // What two seconds of rest recorded goes back too.
    keys(&mut state, "-3.00");
    assert!(state.rest());
    assert_eq!(keys(&mut state, "Escape"), Pressed::Taken);
    assert_eq!(state.value().cloned(), power(-2_000));
}

#[test]
fn the_cursor_stays_while_something_is_asked() {
    let mut state = after(Column::Sphere, None, "2.25");
    assert!(state.is_asking(), "a missing sign is asked for at once");
    assert!(!state.leave() && state.popover().is_some());
    keys(&mut state, "-");
    assert!(state.leave() && state.popover().is_none());
    assert!(!after(Column::Sphere, None, "2").is_asking(), "more digits may come");
}

#[test]
fn an_axis_goes_with_a_cylinder() {
    let mut state = DioptreState::new(Column::Axis, Some(Value::Axis(85)));
    assert!(state.is_refused() && !state.is_settled());
    state.set_has_cylinder(true);
    assert!(!state.is_refused());
    let mut state = after(Column::Axis, None, "Enter");
    assert!(state.is_refused(), "a cylinder needs an axis");
    // The cursor may go and correct the cylinder instead; the field stays red.
    assert!(state.leave() && state.is_refused());
}

#[test]
fn what_was_typed_comes_back() {
    let mut state = DioptreState::new(Column::Sphere, None);
    state.restore("2.2");
    assert_eq!((state.unsaved_text(), state.value()), (Some("2.2"), None));
    state.restore("−2.25");
    assert_eq!((state.unsaved_text(), state.value().cloned()), (None, power(-2_250)));
}

#[test]
fn eighths_are_on_demand() {
    let mut state = after(Column::Sphere, power(-2_000), "");
    state.press("ArrowDown", true);
    assert_eq!((state.text(), state.value().cloned()), ("−2.125", power(-2_125)));
    assert!(!after(Column::Sphere, None, "-2.12 Enter").is_settled());
}
