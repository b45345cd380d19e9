use super::ProblemKind::{
    AcuityTooLong, AxisMissing, AxisOutOfRange, AxisWithoutCylinder, BeyondLimit, BeyondSigning, CylinderNotRecorded,
    EyeNotRecorded, NothingRecorded, OffStep, SphereMissing, Unusual,
};
use super::*;
use crate::prism::{HorizontalBase, HorizontalPrism, Prism};

fn good() -> EyePrescription {
    EyePrescription {
        sphere: Some(Power(-2_250)),
        cylinder: Some(Power(-750)),
        axis: Some(85),
        add: Some(Power(2_000)),
        va_distance: Some("6/6".into()),
        ..Default::default()
    }
}

type Change = fn(&mut EyePrescription);
type Finding = (Field, ProblemKind, Severity);

#[test]
fn every_finding_names_its_field() {
    use Severity::{Asks, Blocks, NeedsReason};
    let cases: Vec<(Change, Vec<Finding>)> = vec![
        (|_| {}, vec![]),
        (|e| (e.cylinder, e.axis) = (Some(Power(0)), None), vec![]),
        (|e| e.sphere = Some(Power(0)), vec![]),
        (|e| e.axis = None, vec![(Field::Axis, AxisMissing, Blocks)]),
        (
            |e| e.cylinder = Some(Power(0)),
            vec![(Field::Axis, AxisWithoutCylinder, Blocks)],
        ),
        (
            |e| e.cylinder = None,
            vec![
                (Field::Cylinder, CylinderNotRecorded, Asks),
                (Field::Axis, AxisWithoutCylinder, Blocks),
            ],
        ),
        (
            |e| (e.cylinder, e.axis) = (None, None),
            vec![(Field::Cylinder, CylinderNotRecorded, Asks)],
        ),
        (|e| e.axis = Some(0), vec![(Field::Axis, AxisOutOfRange, Blocks)]),
        (|e| e.axis = Some(181), vec![(Field::Axis, AxisOutOfRange, Blocks)]),
        (|e| e.sphere = None, vec![(Field::Sphere, SphereMissing, Blocks)]),
        (
            |e| e.sphere = Some(Power(-30_250)),
            vec![(
                Field::Sphere,
                BeyondLimit {
                    from: -30_000,
                    to: 30_000,
                },
                Blocks,
            )],
        ),
        (
            |e| e.sphere = Some(Power(-20_250)),
            vec![(
                Field::Sphere,
                BeyondSigning {
                    from: -20_000,
                    to: 20_000,
                    step: 250,
                },
                NeedsReason,
            )],
        ),
        (
            |e| e.sphere = Some(Power(12_000)),
            vec![(
                Field::Sphere,
                Unusual {
                    from: -10_000,
                    to: 10_000,
                },
                Asks,
            )],
        ),
        (
            |e| e.sphere = Some(Power(-2_125)),
            vec![(
                Field::Sphere,
                BeyondSigning {
                    from: -20_000,
                    to: 20_000,
                    step: 250,
                },
                NeedsReason,
            )],
        ),
        (
            |e| e.sphere = Some(Power(-2_300)),
            vec![(
                Field::Sphere,
                OffStep {
                    step: 125,
                    nearest: [-2_250, -2_375],
                },
                Blocks,
            )],
        ),
        (
            |e| e.cylinder = Some(Power(-2_125)),
            vec![(
                Field::Cylinder,
                OffStep {
                    step: 250,
                    nearest: [-2_000, -2_250],
                },
                Blocks,
            )],
        ),
        (
            |e| e.cylinder = Some(Power(-6_250)),
            vec![(
                Field::Cylinder,
                BeyondSigning {
                    from: -6_000,
                    to: 6_000,
                    step: 250,
                },
                NeedsReason,
            )],
        ),
        (
            |e| e.add = Some(Power(0)),
            vec![(Field::Add, BeyondLimit { from: 500, to: 5_000 }, Blocks)],
        ),
        (
            |e| e.add = Some(Power(4_000)),
            vec![(
                Field::Add,
                BeyondSigning {
                    from: 750,
                    to: 3_500,
                    step: 250,
                },
                NeedsReason,
            )],
        ),
        (
            |e| e.intermediate_add = Some(Power(-1_000)),
            vec![(Field::IntermediateAdd, BeyondLimit { from: 500, to: 5_000 }, Blocks)],
        ),
        (
            |e| {
                e.prism_horizontal = Some(HorizontalPrism {
                    amount: Prism(u32::MAX),
                    base: HorizontalBase::In,
                })
            },
            vec![(Field::PrismHorizontal, BeyondLimit { from: 0, to: 20_000 }, Blocks)],
        ),
        (
            |e| {
                e.prism_horizontal = Some(HorizontalPrism {
                    amount: Prism(6_000),
                    base: HorizontalBase::Out,
                })
            },
            vec![(Field::PrismHorizontal, Unusual { from: 0, to: 5_000 }, Asks)],
        ),
        (
            |e| e.va_near = Some("x".repeat(33)),
            vec![(Field::VaNear, AcuityTooLong, Blocks)],
        ),
        (
            |e| *e = EyePrescription::default(),
            vec![(Field::Eye, EyeNotRecorded, Asks)],
        ),
    ];
    for (change, expected) in cases {
        let mut values = PrescriptionValues {
            right: good(),
            left: good(),
        };
        change(&mut values.left);
        let found: Vec<_> = values
            .problems(&SigningLimits::default())
            .into_iter()
            .map(|p| (p.eye, p.field, p.kind, p.severity()))
            .collect();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(field, kind, severity)| (Eye::Left, field, kind, severity))
            .collect();
        assert_eq!(found, expected, "{:?}", values.left);
    }
}

#[test]
fn nothing_for_either_eye_blocks() {
    let found = PrescriptionValues::default().problems(&SigningLimits::default());
    assert_eq!(
        found,
        [Problem {
            eye: Eye::Right,
            field: Field::Eye,
            kind: NothingRecorded
        }]
    );
}

#[test]
fn limits_are_the_profiles() {
    let wide = SigningLimits {
        sphere: Power(30_000),
        step: 125,
        ..SigningLimits::default()
    };
    let mut values = PrescriptionValues {
        right: good(),
        left: good(),
    };
    values.right.sphere = Some(Power(9_125));
    assert_eq!(values.problems(&wide), []);
    let absurd = SigningLimits {
        sphere: Power(i32::MIN),
        step: 0,
        ..wide
    };
    assert!(!values.problems(&absurd).is_empty());
}
