//! What must be true, in plain structs: what was answered, and what follows from it. Knows nothing of how it is kept.

use std::collections::{BTreeMap, BTreeSet};

use model::ids::Id;
use model::requests::customers::CustomerFields;
use optics::EyePrescription;

use crate::check::Moment;
use crate::job::{Done, Job};

/// A thing to do, with what it will mean if it is done.
#[derive(Debug, Clone)]
pub struct Task {
    pub job: Job,
    /// Under this id it is sent, as often as it takes.
    pub request: Id,
    /// Business date of the session it falls into, days since 1970.
    pub day: i32,
    /// Product code and pieces that leave the shelf (negative: come back to it).
    pub goods: Vec<(String, i64)>,
    /// Minor units, positive.
    pub total: i64,
}

/// An answered request.
#[derive(Debug, Clone)]
pub struct Ack {
    pub machine: usize,
    pub task: Task,
    pub done: Done,
    /// Whether there is a commit of it: an edit that changes nothing, and a sign-in under no id, are answered without.
    pub committed: bool,
    /// The machine was put back to before it; it stands elsewhere.
    pub away: bool,
    /// Where it counts; none: head office.
    pub store: Option<String>,
    /// Of a customer's edit: what its machine had read when it was made.
    pub saw: BTreeSet<Id>,
    /// Of what moves or counts goods: when it was, by whom its machine knew of and by its clock.
    pub moment: Option<Moment>,
}

/// An edit of a customer.
#[derive(Debug, Clone)]
pub struct Edit {
    pub request: Id,
    pub saw: BTreeSet<Id>,
    pub values: BTreeMap<&'static str, String>,
}

/// Count and total, minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    pub count: i64,
    pub total: i64,
}

/// Sales and returns of a store on a business date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trade {
    pub sales: Sum,
    pub returns: Sum,
}

/// A customer's fields: every value that somebody was told is kept.
pub type Written = BTreeMap<&'static str, BTreeSet<String>>;

/// A signed prescription.
#[derive(Debug, Clone, PartialEq)]
pub struct Signed {
    pub customer: Id,
    pub right: EyePrescription,
    pub left: EyePrescription,
}

#[derive(Debug, Default)]
pub struct Model {
    pub acks: Vec<Ack>,
    /// Requests that were refused in the end: none of them may be anywhere.
    pub refused: BTreeSet<Id>,
    /// By store code and business date.
    pub trade: BTreeMap<(String, i32), Trade>,
    /// Pieces by product code and store code.
    pub stock: BTreeMap<(String, String), i64>,
    pub customers: BTreeMap<Id, Written>,
    /// By customer.
    pub edits: BTreeMap<Id, Vec<Edit>>,
    pub prescriptions: BTreeMap<Id, Signed>,
    /// Requests of which the only commit waits somewhere, after its author's disk was lost: what is held in the end decides.
    pub doubtful: BTreeSet<Id>,
    /// Customers of whom nothing may be left anywhere.
    pub erased: BTreeSet<Id>,
    /// Sales by id, which may be brought back.
    pub sales: Vec<Id>,
    pub tests: Vec<(Id, Id)>,
    pub products: BTreeSet<String>,
    /// Those that the chain began with.
    pub first_products: BTreeSet<String>,
    numbers: BTreeSet<String>,
    /// Store and till of devices of which there was more than one: they may give a number out twice.
    copied: BTreeSet<String>,
}

impl Model {
    /// Takes an answer; says what it contradicts.
    ///
    /// # Errors
    /// A number that was given out before.
    pub fn acknowledge(&mut self, ack: Ack) -> Result<(), String> {
        let Ack {
            task, done, store, saw, ..
        } = &ack;
        if let Done::Sold(_, number) | Done::Closed(number) = done
            && !self.numbers.insert(number.clone())
            && !self.may_repeat(number)
        {
            return Err(format!("the number {number} was given out twice"));
        }
        if let Some(store) = store {
            for (code, pieces) in &task.goods {
                *self.stock.entry((code.clone(), store.clone())).or_default() -= pieces;
            }
            let trade = self.trade.entry((store.clone(), task.day)).or_default();
            let sum = match &task.job {
                Job::Sale(_) => Some(&mut trade.sales),
                Job::Return(_) => Some(&mut trade.returns),
                _ => None,
            };
            if let Some(sum) = sum {
                sum.count += 1;
                sum.total += task.total;
            }
        }
        match (&task.job, done) {
            (Job::Sale(_), Done::Sold(sale, _)) => self.sales.push(*sale),
            (Job::NewCustomer(new), Done::Made(customer)) => self.wrote(task.request, saw, *customer, &new.fields),
            (Job::Customer(edit), _) => self.wrote(task.request, saw, edit.customer, &edit.fields),
            (Job::NewProduct(new), _) => {
                self.products.insert(new.fields.code.clone());
            }
            (Job::Test(start), Done::Made(test)) => self.tests.push((*test, start.customer)),
            (Job::Sign(sign), Done::Made(prescription)) => {
                let signed = Signed {
                    customer: sign.customer,
                    right: sign.right.clone(),
                    left: sign.left.clone(),
                };
                self.prescriptions.insert(*prescription, signed);
            }
            (Job::Erase(erase), _) => {
                self.erased.insert(erase.customer);
            }
            _ => {}
        }
        self.acks.push(ack);
        Ok(())
    }

    fn wrote(&mut self, request: Id, saw: &BTreeSet<Id>, customer: Id, fields: &CustomerFields) {
        let values: BTreeMap<&'static str, String> = [
            ("name", &fields.name),
            ("phone", &fields.phone),
            ("email", &fields.email),
        ]
        .into_iter()
        .filter_map(|(field, value)| Some((field, value.clone()?)))
        .collect();
        let written = self.customers.entry(customer).or_default();
        for (field, value) in &values {
            written.entry(field).or_default().insert(value.clone());
        }
        self.edits.entry(customer).or_default().push(Edit {
            request,
            saw: saw.clone(),
            values,
        });
    }

    /// The values of a customer's field that nobody who had read them has replaced: one, or several written without
    /// knowledge of each other.
    pub fn standing(&self, customer: Id, field: &str) -> BTreeSet<String> {
        let writers = || {
            let edits = self.edits.get(&customer).into_iter().flatten();
            edits.filter_map(|edit| Some((edit, edit.values.get(field)?)))
        };
        writers()
            .filter(|(edit, _)| !writers().any(|(later, _)| later.saw.contains(&edit.request)))
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// A device was copied: from here on two may write as one.
    pub fn copied(&mut self, device: &str) {
        self.copied.insert(device.to_owned());
    }

    pub fn may_repeat(&self, number: &str) -> bool {
        self.copied.iter().any(|device| number.contains(device.as_str()))
    }

    /// What stood on a disk that is gone, and nowhere else, was never so.
    ///
    /// # Errors
    /// Never for what was acknowledged before.
    pub fn forget(&mut self, lost: &BTreeSet<Id>) -> Result<(), String> {
        let before = std::mem::take(self);
        self.refused = before.refused;
        self.doubtful = before.doubtful;
        self.copied = before.copied;
        self.first_products = before.first_products;
        self.products = self.first_products.clone();
        for ack in before.acks {
            if !lost.contains(&ack.task.request) {
                self.acknowledge(ack)?;
            }
        }
        Ok(())
    }

    pub fn numbers(&self) -> &BTreeSet<String> {
        &self.numbers
    }
}
