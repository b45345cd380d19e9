use proptest::prelude::*;

use super::*;
use crate::ranges::FieldSpec;

fn ok(power: i32) -> Entry {
    Entry::Accepted(Power(power))
}

fn asks(reason: AskReason, candidates: &[i32]) -> Entry {
    Entry::Asks(Ask {
        reason,
        candidates: candidates.iter().map(|power| Power(*power)).collect(),
    })
}

fn off_step(step: i32, inner: i32, outer: i32, signed: bool) -> Entry {
    Entry::Refused(RefuseReason::OffStep {
        step,
        nearest: [Power(inner), Power(outer)],
        signed,
    })
}

fn beyond(spec: &FieldSpec) -> Entry {
    Entry::Refused(super::beyond(spec))
}

const NOT_A_POWER: Entry = Entry::Refused(RefuseReason::NotAPower);

#[test]
fn spheres_as_typed() {
    use AskReason::{Point, Reading, Sign};
    let spec = &FieldSpec::SPHERE;
    for (text, expected) in [
        ("", Entry::Empty),
        ("   ", Entry::Empty),
        ("P", Entry::Plano),
        ("p", Entry::Plano),
        ("plano", Entry::Plano),
        ("0", ok(0)),
        ("0.00", ok(0)),
        ("000", ok(0)),
        ("-0.00", ok(0)),
        ("+2.25", ok(2_250)),
        ("-2.25", ok(-2_250)),
        ("−2.25", ok(-2_250)),
        (" - 2.25 ", ok(-2_250)),
        ("2.25-", ok(-2_250)),
        ("+2.2500", ok(2_250)),
        ("+2.5", ok(2_500)),
        ("+.75", ok(750)),
        ("-2.", ok(-2_000)),
        ("-2", ok(-2_000)),
        ("+12.00", ok(12_000)),
        ("-30.00", ok(-30_000)),
        // No sign stays an error, never a guess.
        ("2.25", asks(Sign, &[2_250, -2_250])),
        ("2", asks(Sign, &[2_000, -2_000])),
        (".75", asks(Sign, &[750, -750])),
        // Digits alone propose, and a sign behind them answers.
        ("225", asks(Sign, &[2_250, -2_250])),
        ("225-", ok(-2_250)),
        ("225+", ok(2_250)),
        ("+225", asks(Point, &[2_250])),
        ("-1025", asks(Point, &[-10_250])),
        ("050", asks(Sign, &[500, -500])),
        ("100", asks(Sign, &[1_000, -1_000])),
        // Two digits have several readings.
        ("10", asks(Reading, &[10_000, -10_000, 1_000, -1_000])),
        ("12", asks(Reading, &[12_000, -12_000, 1_250, -1_250])),
        ("+10", asks(Reading, &[10_000, 1_000])),
        ("-12", asks(Reading, &[-12_000, -1_250])),
        ("12-", asks(Reading, &[-12_000, -1_250])),
        ("75", asks(Reading, &[7_500, -7_500, 750, -750])),
        ("25", asks(Reading, &[25_000, -25_000, 2_500, -2_500, 250, -250])),
        // Off step is refused, never rounded.
        ("-2.30", off_step(250, -2_250, -2_500, true)),
        ("+2.2", off_step(250, 2_000, 2_250, true)),
        ("2.30", off_step(250, 2_250, 2_500, false)),
        ("230", off_step(250, 2_250, 2_500, false)),
        ("230-", off_step(250, -2_250, -2_500, true)),
        ("+2.125", off_step(250, 2_000, 2_250, true)),
        ("-0.10", off_step(250, 0, -250, true)),
        // Beyond the hard limit.
        ("+30.25", beyond(spec)),
        // No reading is on a step, and as whole dioptres it is beyond the limit.
        ("-31", beyond(spec)),
        ("+999", off_step(250, 9_750, 10_000, true)),
        ("3100", beyond(spec)),
        ("12345", NOT_A_POWER),
        ("+1234.00", NOT_A_POWER),
        ("2,25", NOT_A_POWER),
        ("+-2.25", NOT_A_POWER),
        ("+2.25-", NOT_A_POWER),
        ("+", NOT_A_POWER),
        (".", NOT_A_POWER),
        ("+.", NOT_A_POWER),
        ("2.2.5", NOT_A_POWER),
        ("+2.2525", NOT_A_POWER),
        ("abc", NOT_A_POWER),
        ("٢", NOT_A_POWER),
        ("1e3", NOT_A_POWER),
    ] {
        assert_eq!(parse_power(text, spec), expected, "{text:?}");
    }
}

#[test]
fn other_fields_have_their_own_limits() {
    use AskReason::{Point, Reading, Sign};
    let eighths = FieldSpec::SPHERE.with_step(125);
    let (add, cylinder, prism) = (FieldSpec::ADD, FieldSpec::CYLINDER, FieldSpec::PRISM_HORIZONTAL);
    for (spec, text, expected) in [
        (&eighths, "+2.125", ok(2_125)),
        (&eighths, "+2.10", off_step(125, 2_000, 2_125, true)),
        (&cylinder, "-15.00", ok(-15_000)),
        (&cylinder, "-15.25", beyond(&cylinder)),
        (&cylinder, "P", Entry::Plano),
        // An add is never negative, so one sign can answer.
        (&add, "2.25", asks(Sign, &[2_250])),
        (&add, "225", asks(Sign, &[2_250])),
        (&add, "+2.25", ok(2_250)),
        (&add, "-2.25", beyond(&add)),
        (&add, "0", beyond(&add)),
        (&add, "P", beyond(&add)),
        (&add, "20", asks(Reading, &[2_000])),
        (&add, "+5.25", beyond(&add)),
        (&prism, "1.5", ok(1_500)),
        (&prism, "2", ok(2_000)),
        (&prism, "0", ok(0)),
        (&prism, "150", asks(Point, &[1_500])),
        (&prism, "15", asks(Reading, &[15_000, 1_500])),
        (&prism, "+1.50", Entry::Refused(RefuseReason::SignNotTaken)),
        (&prism, "20.25", beyond(&prism)),
        (&prism, "1.60", off_step(250, 1_500, 1_750, false)),
    ] {
        assert_eq!(parse_power(text, spec), expected, "{:?} {text:?}", spec.field);
    }
}

#[test]
fn a_sign_answers_one_proposal_and_not_two() {
    for (spec, text, sign, answer) in [
        (FieldSpec::SPHERE, "225", Sign::Minus, Some(-2_250)),
        (FieldSpec::SPHERE, "225", Sign::Plus, Some(2_250)),
        (FieldSpec::SPHERE, "10", Sign::Plus, None),
        (FieldSpec::ADD, "2.25", Sign::Plus, Some(2_250)),
        (FieldSpec::ADD, "2.25", Sign::Minus, None),
    ] {
        let Entry::Asks(ask) = parse_power(text, &spec) else {
            panic!("{text} asks")
        };
        assert_eq!(ask.answer(sign), answer.map(Power), "{text} {sign:?}");
    }
}

#[test]
fn refusals_say_what_would_do() {
    for (text, said) in [
        ("-2.30", "Steps are 0.25: −2.25 or −2.50"),
        ("2.30", "Steps are 0.25: 2.25 or 2.50"),
        ("+31.00", "From −30.00 to +30.00"),
        ("x", "This is not a power"),
    ] {
        let Entry::Refused(reason) = parse_power(text, &FieldSpec::SPHERE) else {
            panic!("{text} is refused")
        };
        assert_eq!(reason.text(), said);
    }
}

proptest! {
    #[test]
    fn what_is_shown_is_read_back(steps in -120_i32..=120) {
        let power = Power(steps * 250);
        prop_assert_eq!(parse_power(&power.to_string(), &FieldSpec::SPHERE), Entry::Accepted(power));
    }

    #[test]
    fn whatever_is_typed_is_on_step_and_within_limits(text in "[-+−0-9. ]{0,7}|.{0,12}") {
        for spec in [FieldSpec::SPHERE, FieldSpec::CYLINDER, FieldSpec::ADD, FieldSpec::PRISM_VERTICAL] {
            let values = match parse_power(&text, &spec) {
                Entry::Accepted(power) => vec![power],
                Entry::Asks(ask) => ask.candidates,
                _ => vec![],
            };
            for value in values {
                prop_assert!(!spec.is_beyond(value.0) && spec.nearest_steps(value.0).is_none());
            }
        }
    }

    #[test]
    fn no_power_without_its_sign(whole in 0_u32..30, quarter in 0_u32..4) {
        prop_assume!(whole + quarter > 0);
        let entry = parse_power(&format!("{whole}.{:02}", quarter * 25), &FieldSpec::SPHERE);
        prop_assert!(matches!(entry, Entry::Asks(_)));
    }
}
