use proptest::option;
use proptest::prelude::*;

use super::*;

/// The eye of the mock-up, byte by byte: a change of the format shows here.
#[test]
fn the_golden_form() {
    let eye = EyePrescription {
        sphere: Some(Power(-2_250)),
        cylinder: Some(Power(-750)),
        axis: Some(85),
        add: Some(Power(2_000)),
        prism_horizontal: Some(HorizontalPrism {
            amount: Prism(1_500),
            base: HorizontalBase::Out,
        }),
        va_distance: Some("6/6".into()),
        ..Default::default()
    };
    let hex: String = eye
        .to_bytes()
        .unwrap()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        hex,
        "016f0236f7ffff12fdffff5500d007000000000000dc0500000000000003362f3600"
    );
    let empty: String = EyePrescription::default()
        .to_bytes()
        .unwrap()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(empty, format!("01{}", "00".repeat(30)));
}

#[test]
fn not_recorded_is_not_zero() {
    let plano = EyePrescription {
        sphere: Some(Power(0)),
        va_near: Some(String::new()),
        ..Default::default()
    };
    assert_ne!(plano.to_bytes(), EyePrescription::default().to_bytes());
    assert_eq!(EyePrescription::from_bytes(&plano.to_bytes().unwrap()), Ok(plano));
}

#[test]
fn malformed_bytes_are_refused() {
    let good = EyePrescription {
        sphere: Some(Power(-2_250)),
        va_distance: Some("6/6".into()),
        ..Default::default()
    };
    let good = good.to_bytes().unwrap();
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    for (bytes, error) in [
        (vec![], MalformedEye::TooShort),
        (good[..good.len() - 1].to_vec(), MalformedEye::TooShort),
        ([good.as_slice(), &[0]].concat(), MalformedEye::TooLong),
        (with(0, 0), MalformedEye::UnknownFormat(0)),
        (with(0, 2), MalformedEye::UnknownFormat(2)),
        (with(2, 0x0a), MalformedEye::UnknownBit),
        (with(1, 0x41), MalformedEye::UnknownBit),
        (with(1, 0x00), MalformedEye::NotRecordedButPresent),
        (with(7, 1), MalformedEye::NotRecordedButPresent),
        (with(2, 0x00), MalformedEye::NotRecordedButPresent),
        (with(29, 33), MalformedEye::Acuity),
        (with(29, 32), MalformedEye::TooShort),
        (with(30, 0xff), MalformedEye::Acuity),
    ] {
        assert_eq!(EyePrescription::from_bytes(&bytes), Err(error), "{bytes:02x?}");
    }
    let long = EyePrescription {
        va_near: Some("x".repeat(MAX_ACUITY_BYTES + 1)),
        ..Default::default()
    };
    assert_eq!(long.to_bytes(), Err(LongAcuity));
}

prop_compose! {
    fn any_eye()(
        powers in prop::array::uniform4(option::of(any::<i32>())),
        axis in option::of(any::<u16>()),
        horizontal in option::of((any::<u32>(), any::<bool>())),
        vertical in option::of((any::<u32>(), any::<bool>())),
        acuities in prop::array::uniform2(option::of("[ -~×½]{0,16}")),
    ) -> EyePrescription {
        let [sphere, cylinder, add, intermediate_add] = powers.map(|power| power.map(Power));
        let [va_distance, va_near] = acuities;
        EyePrescription {
            sphere, cylinder, axis, add, intermediate_add,
            prism_horizontal: horizontal.map(|(amount, out)| HorizontalPrism {
                amount: Prism(amount),
                base: if out { HorizontalBase::Out } else { HorizontalBase::In },
            }),
            prism_vertical: vertical.map(|(amount, down)| VerticalPrism {
                amount: Prism(amount),
                base: if down { VerticalBase::Down } else { VerticalBase::Up },
            }),
            va_distance, va_near,
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(eye in any_eye()) {
        let bytes = eye.to_bytes().unwrap();
        prop_assert_eq!(EyePrescription::from_bytes(&bytes), Ok(eye.clone()));
        let json = serde_json::to_string(&eye).unwrap();
        prop_assert_eq!(serde_json::from_str::<EyePrescription>(&json).unwrap(), eye);
    }

    #[test]
    fn bytes_that_are_read_have_one_form(mut bytes in prop::collection::vec(any::<u8>(), 0..80), first: bool) {
        if let (true, Some(byte)) = (first, bytes.first_mut()) {
            *byte = FORMAT_VERSION;
        }
        if let Ok(eye) = EyePrescription::from_bytes(&bytes) {
            prop_assert_eq!(eye.to_bytes().unwrap(), bytes);
        }
    }

    #[test]
    fn no_eye_panics(eye in any_eye()) {
        let _ = (eye.text(crate::Eye::Left), eye.lens().map(|lens| lens.map(|lens| lens.transposed())));
        let values = crate::PrescriptionValues { right: eye.clone(), left: eye };
        let _ = values.problems(&crate::SigningLimits::default());
    }
}
