use super::*;
use crate::discount::{Cap, CapSetBy, allowed};
use crate::tax::Supply;

fn day(iso: &str) -> Day {
    Day::parse_iso(iso).unwrap()
}

fn indian() -> Profile {
    Profile::by_name("in-gst").unwrap()
}

#[test]
fn shipped_profiles_are_whole() {
    for name in Profile::names() {
        let profile = Profile::by_name(name).unwrap();
        assert_eq!(profile.name, name);
        let again = Profile::from_json(&serde_json::to_string(&profile).unwrap()).unwrap();
        assert_eq!(again, profile);
        for kind in ProductKind::ALL {
            assert!(profile.rate_for("", *kind, day("2026-11-21")).is_ok(), "{name} {kind}");
        }
    }
    assert_eq!(indian().currency.format_with_symbol(16_635_100), "₹1,66,351.00");
    assert_eq!(indian().tax_rules.system.names(Supply::Within), ["CGST", "SGST"]);
    assert!(matches!(Profile::by_name("de-ust"), Err(ProfileError::UnknownName(name)) if name == "de-ust"));
}

/// CHAIN.md, "Tax".
#[test]
fn rates_go_by_code_then_by_kind() {
    use ProductKind::{Accessory, ContactLens, EyeTest, Frame, HearingAid, OpticalLens, ReadingGlasses, Service};
    use ProductKind::{Sunglasses, WallClock, Watch};
    for (hsn, kind, percent) in [
        ("9003", Frame, 5),
        ("9003.11.00", Frame, 5),
        ("900150", OpticalLens, 5),
        ("90015000", OpticalLens, 5),
        ("900130", ContactLens, 5),
        ("900490", ReadingGlasses, 5),
        ("900410", Sunglasses, 18),
        ("9105", WallClock, 18),
        ("9993", EyeTest, 0),
        ("902140", HearingAid, 0),
        ("", Watch, 18),
        ("9101", Watch, 18),
        ("", Accessory, 18),
        ("", Service, 18),
        ("", OpticalLens, 5),
        ("90", Frame, 5),
        // The code decides against the kind.
        ("900410", Frame, 18),
        ("9003", Accessory, 5),
        ("é", Accessory, 18),
    ] {
        let rate = indian().rate_for(hsn, kind, day("2025-09-22"));
        assert_eq!(rate, Ok(Rate::from_basis_points(percent * 100)), "{hsn} {kind}");
    }
}

#[test]
fn tables_have_dates() {
    let (indian, british) = (indian(), Profile::by_name("gb-vat").unwrap());
    let before = day("2025-09-21");
    assert_eq!(
        indian.rate_for("9003", ProductKind::Frame, before),
        Err(TaxError::NoTable { day: before })
    );
    assert_eq!(
        indian.rate_for_or_earliest("9003", ProductKind::Frame, before),
        Ok(Rate::from_basis_points(500))
    );
    for (profile, iso, basis_points) in [
        (&indian, "2010-12-01", 1_800),
        (&indian, "2026-11-21", 1_800),
        (&british, "2008-11-30", 1_750),
        (&british, "2009-12-31", 1_500),
        (&british, "2010-12-01", 1_750),
        (&british, "2011-01-03", 1_750),
        (&british, "2011-01-04", 2_000),
    ] {
        assert_eq!(profile.standard_rate(day(iso)).basis_points(), basis_points, "{iso}");
    }
    let mut bare = indian.clone();
    bare.tax_tables[0].by_kind.clear();
    assert!(matches!(
        bare.rate_for("12", ProductKind::Frame, day("2026-01-01")),
        Err(TaxError::NoRate { .. })
    ));
}

#[test]
fn business_years() {
    let (indian, british) = (indian(), Profile::by_name("gb-vat").unwrap());
    for (iso, in_india, in_britain) in [
        ("2026-03-31", 2025, 2026),
        ("2026-04-01", 2026, 2026),
        ("2027-01-01", 2026, 2027),
        ("2026-12-31", 2026, 2026),
    ] {
        assert_eq!(
            (indian.business_year(day(iso)), british.business_year(day(iso))),
            (in_india, in_britain),
            "{iso}"
        );
    }
}

#[test]
fn caps_come_from_role_category_and_brand() {
    use ProductKind::{ContactLens, Frame, HearingAid, Service, Watch};
    for (roles, kind, brand, percent, set_by) in [
        (&["cashier"][..], Frame, "Aurel", 10, CapSetBy::Role),
        (&["sales_staff", "store_manager"], Frame, "", 20, CapSetBy::Category),
        (&["store_manager"], ContactLens, "", 15, CapSetBy::Category),
        (&["area_manager"], Watch, "", 5, CapSetBy::Category),
        (&["admin"], Watch, "cartier ", 2, CapSetBy::Brand),
        (&["admin"], Frame, "GUCCI", 5, CapSetBy::Brand),
        (&["superadmin"], Service, "", 10, CapSetBy::Category),
        (&["superadmin"], HearingAid, "", 0, CapSetBy::Category),
        (&["optometrist"], Frame, "", 0, CapSetBy::Role),
        (&[], Frame, "", 0, CapSetBy::Role),
    ] {
        let limits = indian().limits(roles.iter().copied(), kind, brand);
        let cap = Cap {
            rate: Rate::from_basis_points(percent * 100),
            set_by,
        };
        assert_eq!(allowed(100, 100, &limits), Ok(cap), "{roles:?} {kind} {brand}");
    }
}

#[test]
fn lenses_need_a_prescription() {
    use ProductKind::{ColouredContactLens, ContactLens, OpticalLens};
    for kind in ProductKind::ALL {
        let lens = matches!(kind, OpticalLens | ContactLens | ColouredContactLens);
        assert_eq!(indian().needs_prescription(*kind), lens, "{kind}");
    }
}

#[test]
fn unusable_profiles_are_refused() {
    let json = include_str!("../../profiles/in-gst.json");
    for (from, to) in [
        ("\"business_year_start_month\": 4", "\"business_year_start_month\": 13"),
        ("\"cash_step\": 100", "\"cash_step\": 0"),
        ("\"decimals\": 2", "\"decimals\": 9"),
        ("\"offset_minutes\": 330", "\"offset_minutes\": 3300"),
        ("\"offset_minutes\": 330", "\"offset_minutes\": -2147483648"),
        ("2025-09-22", "2025-09-31"),
        ("\"watch\"", "\"wach\""),
        ("\"variance_blocks\": 10000", "\"variance_blocks\": -1"),
        ("\"country\"", "\"contry\""),
        ("\"spectacles_months\": 24", "\"spectacles_months\": 18"),
    ] {
        assert!(json.contains(from), "{from}");
        assert!(Profile::from_json(&json.replace(from, to)).is_err(), "{to}");
    }
    assert!(matches!(Profile::from_json("{"), Err(ProfileError::NotAProfile(_))));
}
