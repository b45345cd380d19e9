//! Replicas that hold the same commits have the same rows, however the commits came.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

mod common;

use common::{Device, NOW, certificates, movement, product};
use journal::Commit;
use model::ids::Id;
use model::records::{DocumentKind, Value};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Sell(usize, i64),
    Find(usize, i64),
    Rename(usize, u8, String),
    Price(usize, i64, i64),
    Test(usize, u8),
    /// One till learns all the other holds.
    Meet(usize),
    Reopen(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let till = 0..2usize;
    prop_oneof![
        (till.clone(), 1..5i64).prop_map(|(till, quantity)| Step::Sell(till, quantity)),
        (till.clone(), 1..5i64).prop_map(|(till, quantity)| Step::Find(till, quantity)),
        (till.clone(), 0..3u8, "[a-z]{1,3}").prop_map(|(till, customer, name)| Step::Rename(till, customer, name)),
        (till.clone(), 1..9i64, 1..9i64).prop_map(|(till, list, offer)| Step::Price(till, list, offer)),
        (till.clone(), 0..9u8).prop_map(|(till, power)| Step::Test(till, power)),
        till.clone().prop_map(Step::Meet),
        till.prop_map(Step::Reopen),
    ]
}

fn perform(tills: &mut [Device; 2], step: &Step) {
    match step {
        Step::Sell(till, quantity) => {
            tills[*till].sell(*quantity);
        }
        Step::Find(till, quantity) => {
            let found = movement(*till as u8 + 1, *quantity);
            tills[*till]
                .commit(move |draft| {
                    draft.add(found);
                })
                .unwrap();
        }
        Step::Rename(till, customer, name) => {
            let id = Id([0xc0 + customer; 16]);
            let values = [
                ("name", Value::Text(name.clone())),
                ("phone", Value::Text(format!("98220{customer}"))),
            ];
            tills[*till].edit(DocumentKind::CustomerContact, id, &values);
        }
        Step::Price(till, list, offer) => {
            let price = Value::Text(format!("{}/{}", list.max(offer), list.min(offer)));
            let values = [
                ("price", price),
                ("code", Value::Text("F1".into())),
                ("active", Value::Bool(list != offer)),
            ];
            tills[*till].edit(DocumentKind::Product, product(), &values);
        }
        Step::Test(till, power) => {
            let values = [
                ("right", Value::Bytes(vec![*power])),
                ("customer", Value::Bytes(vec![0xc0; 16])),
            ];
            tills[*till].edit(DocumentKind::EyeTest, Id([0xe1; 16]), &values);
        }
        Step::Meet(till) => {
            tills[*till].take_all(&tills[1 - *till]);
        }
        Step::Reopen(till) => {
            let taken = std::mem::replace(&mut tills[*till], Device::new(3));
            tills[*till] = taken.reopened();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_order_of_delivery_gives_the_same_rows(
        steps in prop::collection::vec(step(), 1..14),
        order in prop::collection::vec(any::<prop::sample::Index>(), 40),
        batch in 1..5usize,
    ) {
        let mut tills = [Device::new(1), Device::new(2)];
        for step in &steps {
            perform(&mut tills, step);
        }
        let [one, two] = tills;
        one.take_all(&two);
        two.take_all(&one);
        prop_assert_eq!(one.rows(), two.rows());
        prop_assert_eq!(one.digest(), two.digest());
        let mut commits: Vec<Commit> = one.all().commits;
        for (at, index) in order.iter().enumerate().take(commits.len()) {
            let with = index.index(commits.len());
            commits.swap(at, with);
        }
        let third = Device::new(3);
        for commits in commits.chunks(batch) {
            third.replica.merge(certificates(), commits.to_vec(), "peer", NOW).unwrap();
        }
        prop_assert_eq!(third.count("SELECT COUNT(*) FROM waiting"), 0);
        prop_assert_eq!(third.rows(), one.rows());
        prop_assert_eq!(third.digest(), one.digest());
    }
}

#[test]
fn a_batch_that_takes_several_slices_leaves_nobody_waiting() {
    let author = Device::new(2);
    for quantity in 1..400 {
        author.sell(quantity);
    }
    // Everything is there, the first commit comes last: it frees the whole log in the batch that ends with it.
    let mut commits = author.all().commits;
    commits.rotate_left(1);
    let device = Device::new(1);
    let merged = device.take(commits);
    assert_eq!((merged.held, device.count("SELECT COUNT(*) FROM waiting")), (399, 0));
    assert_eq!(device.digest(), author.digest());
}
