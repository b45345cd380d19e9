use super::*;

fn line() -> SaleLine {
    SaleLine {
        sale: Cite::Here { part: 0, index: 0 },
        product: Id([3; 16]),
        name: "Aurel Clubline 5154".to_owned(),
        hsn: "9003".to_owned(),
        quantity: 1,
        list: 849_000,
        price: 849_000,
        discount: 84_900,
        total: 764_100,
        rate: 500,
        taxable: 727_714,
        taxes: vec![18_193, 18_193],
        stocked: true,
        prescription: None,
        original: None,
    }
}

#[test]
fn every_record_comes_back_from_its_bytes() {
    let records: Vec<Record> = vec![
        StoreOpened {
            store: Id([1; 16]),
            code: "S1".into(),
            name: "FC Road".into(),
        }
        .into(),
        RoleGranted {
            user: Cite::Here { part: 0, index: 3 },
            role: 1,
            store: None,
        }
        .into(),
        RoleGranted {
            user: Id([9; 16]).into(),
            role: 1,
            store: Some(Id([1; 16])),
        }
        .into(),
        line().into(),
        Movement {
            product: Id([3; 16]),
            quantity: 5,
            from: Account::Opening,
            to: Account::Store(Id([1; 16]), StockState::Sellable),
            reason: MovementReason::Opening,
            note: None,
            document: None,
            unit_cost: Some(100),
        }
        .into(),
        CountLine {
            product: Id([3; 16]),
            place: Account::Store(Id([1; 16]), StockState::Sellable),
            counted: 0,
        }
        .into(),
    ];
    for record in records {
        let bytes = record.to_bytes();
        assert_eq!(Record::from_bytes(&bytes), Ok(record));
    }
}

#[test]
fn what_breaks_its_own_rule_is_malformed_and_what_is_new_is_unknown() {
    let mut wrong = line();
    wrong.taxable += 1;
    assert!(matches!(
        Record::from_bytes(&Record::from(wrong).to_bytes()),
        Err(BadRecord::Malformed { kind: 23, .. })
    ));
    // Of amounts that fit no sum nobody makes a total.
    let mut huge = line();
    (huge.total, huge.taxable, huge.taxes) = (i64::MAX, i64::MAX, Vec::new());
    assert!(matches!(
        Record::from_bytes(&Record::from(huge).to_bytes()),
        Err(BadRecord::Malformed { kind: 23, .. })
    ));
    let mut deep = line();
    deep.taxes = vec![i64::MIN, i64::MAX, deep.total + 1 - deep.taxable];
    assert!(matches!(
        Record::from_bytes(&Record::from(deep).to_bytes()),
        Err(BadRecord::Malformed { kind: 23, .. })
    ));
    assert_eq!(
        Record::from_bytes(&[0x82, 0x19, 0x03, 0xe7, 0x01]),
        Err(BadRecord::UnknownKind(999))
    );
    // Nothing lies at a vendor's that could be counted.
    let elsewhere = CountLine {
        product: Id([3; 16]),
        place: Account::Vendor,
        counted: 1,
    };
    assert!(matches!(
        Record::from_bytes(&Record::from(elsewhere).to_bytes()),
        Err(BadRecord::Malformed { kind: 31, .. })
    ));
    // The same line with its kind in a longer form than needed: another hash for the same words.
    let mut long = Record::from(line()).to_bytes();
    assert_eq!(&long[..2], &[0x8e, 0x17]);
    long.splice(1..2, [0x18, 0x17]);
    assert!(matches!(Record::from_bytes(&long), Err(BadRecord::Malformed { .. })));
    assert!(matches!(
        Record::from_bytes(&[0x9a, 0xff, 0xff, 0xff, 0xff, 0x18, 0x32]),
        Err(BadRecord::Malformed { .. })
    ));
}
