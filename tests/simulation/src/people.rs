//! What people come up with: a plausible next thing to do at a machine, from what that machine shows them.

use app::{App, Caller};
use model::ids::Id;
use model::records::EraseReason;
use model::refusal::Refusal;
use model::requests::cash::{SessionClose, SessionCurrent, SessionOpen, SessionSummary};
use model::requests::catalogue::{ProductCreate, ProductEdit, ProductFields, ProductFind};
use model::requests::clinic::{PrescriptionCancel, PrescriptionSign, TestGet, TestStart, TestWrite};
use model::requests::customers::{CustomerCreate, CustomerEdit, CustomerFields};
use model::requests::erasure::CustomerErase;
use model::requests::people::{RoleAt, UsersGrant, UsersList, UsersRevoke};
use model::requests::sales::{NewLine, NewPayment, ReturnLine, SaleComplete, SaleGet, SaleReturn};
use model::requests::stock::StockAdjust;
use model::role::Role;
use optics::{EyePrescription, Power};
use retail::ProductKind;
use retail::basket::Discount;
use retail::refund::share;
use retail::tender::{Method, Tender};

use crate::dice::Dice;
use crate::job::Job;
use crate::model::{Model, Task};

/// Password of everybody.
pub const PASSWORD: &str = "simulated";
/// Signing checks a password, which costs as much as a hundred sales.
const MAX_SIGNED: usize = 4;
/// Codes of products: few, so that two tills make one at once.
const CODES: i64 = 12;

/// Fields of a product; prices stay small, so that a return needs nobody's approval.
pub fn product(code: &str, dice: &mut Dice) -> ProductFields {
    let list = dice.between(20, 90) * 100;
    ProductFields {
        code: code.to_owned(),
        name: format!("Product {code}"),
        kind: ProductKind::Frame,
        brand: String::new(),
        barcode: String::new(),
        hsn: String::new(),
        list,
        offer: list - dice.between(0, 9) * 100,
        rate: None,
    }
}

fn eye(dice: &mut Dice) -> EyePrescription {
    EyePrescription {
        sphere: Some(Power(-250 * dice.between(1, 20) as i32)),
        cylinder: Some(Power(-500)),
        axis: Some(dice.between(1, 180) as u16),
        ..EyePrescription::default()
    }
}

struct Desk<'a> {
    app: &'a App,
    who: &'a Caller,
    model: &'a Model,
    dice: &'a mut Dice,
}

/// The next thing that somebody does at this machine; nothing when what it takes is not there.
///
/// # Errors
/// What the machine says when it is asked what it knows.
pub fn next(app: &App, who: &Caller, model: &Model, dice: &mut Dice) -> Result<Option<Task>, Refusal> {
    let request = request(dice);
    let at_till = app.place().store_id.is_some();
    let mut desk = Desk { app, who, model, dice };
    let drawn = if at_till { desk.till()? } else { desk.office()? };
    Ok(drawn.map(|drawn| Task { request, ..drawn }))
}

/// A request id; a zero first byte clears old answers away, which is a matter of its own.
pub fn request(dice: &mut Dice) -> Id {
    let mut bytes = [0; 16];
    dice.fill(&mut bytes);
    bytes[0] |= 1;
    Id(bytes)
}

pub fn plain(job: Job) -> Task {
    Task {
        job,
        request: Id([0; 16]),
        day: 0,
        goods: Vec::new(),
        total: 0,
    }
}

impl Desk<'_> {
    fn till(&mut self) -> Result<Option<Task>, Refusal> {
        let open = self.app.call(self.who, SessionCurrent {}, None)?.session;
        let Some(session) = open else {
            return Ok(Some(plain(Job::Open(SessionOpen { float: 50_000 }))));
        };
        Ok(match self.dice.below(100) {
            0..45 => self.sale(session.day)?,
            45..57 => self.bring_back(session.day)?,
            57..60 => self.close()?,
            60..66 => Some(plain(Job::NewCustomer(CustomerCreate {
                code: None,
                fields: self.customer_fields(true),
            }))),
            66..76 => self.edit_customer(),
            76..80 => self.new_product(),
            80..85 => self.edit_product()?,
            85..91 => self.adjust()?,
            91..93 => Some(plain(Job::SignIn)),
            _ => self.clinic()?,
        })
    }

    fn office(&mut self) -> Result<Option<Task>, Refusal> {
        Ok(match self.dice.below(100) {
            0..30 => self.edit_customer(),
            30..65 => self.edit_product()?,
            65..78 => self.new_product(),
            78..84 => self.a_customer().map(|customer| {
                plain(Job::Erase(CustomerErase {
                    customer,
                    units: None,
                    reason: EraseReason::Requested,
                }))
            }),
            _ => self.people()?,
        })
    }

    fn customer_fields(&mut self, all: bool) -> CustomerFields {
        let tag = self.dice.draw() % 1_000_000_007;
        let mut some = |text: String| (all || self.dice.permille(400)).then_some(text);
        CustomerFields {
            name: some(format!("Name {tag}")),
            phone: some(format!("9{:09}", tag % 1_000_000_000)),
            email: some(format!("c{tag}@example.in")),
            ..CustomerFields::default()
        }
    }

    fn a_customer(&mut self) -> Option<Id> {
        let known: Vec<Id> = self.model.customers.keys().copied().collect();
        self.dice.pick(&known).copied()
    }

    fn a_code(&mut self) -> Option<String> {
        let known: Vec<&String> = self.model.products.iter().collect();
        self.dice.pick(&known).map(|code| (*code).clone())
    }

    fn find(&mut self) -> Result<Option<model::requests::catalogue::Product>, Refusal> {
        let Some(code) = self.a_code() else { return Ok(None) };
        Ok(self.app.call(self.who, ProductFind { code }, None)?.product)
    }

    fn edit_customer(&mut self) -> Option<Task> {
        let customer = self.a_customer()?;
        let fields = self.customer_fields(false);
        (fields != CustomerFields::default()).then(|| plain(Job::Customer(CustomerEdit { customer, fields })))
    }

    fn new_product(&mut self) -> Option<Task> {
        let code = format!("P{}", self.dice.between(0, CODES));
        let fields = product(&code, self.dice);
        Some(plain(Job::NewProduct(ProductCreate { fields })))
    }

    fn edit_product(&mut self) -> Result<Option<Task>, Refusal> {
        let Some(found) = self.find()? else { return Ok(None) };
        let fields = product(&found.code, self.dice);
        Ok(Some(plain(Job::Product(ProductEdit {
            product: found.id,
            fields,
            active: true,
        }))))
    }

    fn adjust(&mut self) -> Result<Option<Task>, Refusal> {
        let Some(found) = self.find()? else { return Ok(None) };
        let change = self.dice.between(1, 20) * if self.dice.permille(700) { 1 } else { -1 };
        let adjust = StockAdjust {
            product: found.code.clone(),
            change,
            reason: "counted".to_owned(),
        };
        Ok(Some(Task {
            goods: vec![(found.code, -change)],
            ..plain(Job::Adjust(adjust))
        }))
    }

    fn sale(&mut self, day: i32) -> Result<Option<Task>, Refusal> {
        let (mut lines, mut goods, mut total) = (Vec::new(), Vec::new(), 0);
        for _ in 0..self.dice.between(1, 3) {
            let Some(found) = self.find()? else { continue };
            let quantity = self.dice.between(1, 3);
            total += found.offer * quantity;
            lines.push(NewLine {
                product: found.id,
                quantity,
                price: found.offer,
                discount: Discount::None,
                prescription: None,
            });
            goods.push((found.code, quantity));
        }
        if lines.is_empty() {
            return Ok(None);
        }
        let customer = if self.dice.permille(300) {
            self.a_customer()
        } else {
            None
        };
        let sale = SaleComplete {
            lines,
            customer,
            payments: self.pay(total),
            total,
            approval: None,
            invoice_name: None,
            gstin: None,
        };
        Ok(Some(Task {
            day,
            goods,
            total,
            ..plain(Job::Sale(sale))
        }))
    }

    fn pay(&mut self, total: i64) -> Vec<NewPayment> {
        let cash = self.dice.permille(600);
        let method = if cash { Method::Cash } else { Method::Card };
        vec![NewPayment {
            tender: Tender { method, amount: total },
            reference: None,
        }]
    }

    fn bring_back(&mut self, day: i32) -> Result<Option<Task>, Refusal> {
        let Some(sale) = self.dice.pick(&self.model.sales).copied() else {
            return Ok(None);
        };
        let asked = SaleGet {
            sale: Some(sale),
            number: None,
        };
        let shown = match self.app.call(self.who, asked, None) {
            Ok(shown) => shown,
            // It has not arrived here.
            Err(Refusal::Unknown { .. }) => return Ok(None),
            Err(other) => return Err(other),
        };
        let left: Vec<_> = shown
            .lines
            .iter()
            .filter(|line| line.returned < line.quantity)
            .collect();
        let Some(line) = self.dice.pick(&left).copied() else {
            return Ok(None);
        };
        let quantity = self.dice.between(1, line.quantity - line.returned);
        let Ok(total) = share(line.total, line.quantity, line.returned, quantity) else {
            return Ok(None);
        };
        let back = SaleReturn {
            sale,
            lines: vec![ReturnLine {
                line: line.id,
                quantity,
            }],
            payments: vec![NewPayment {
                tender: Tender {
                    method: Method::Card,
                    amount: total,
                },
                reference: None,
            }],
            total,
            reason: "does not fit".to_owned(),
            approval: None,
        };
        Ok(Some(Task {
            day,
            goods: vec![(line.code.clone(), -quantity)],
            total,
            ..plain(Job::Return(back))
        }))
    }

    fn close(&mut self) -> Result<Option<Task>, Refusal> {
        let expected = self.app.call(self.who, SessionSummary {}, None)?.expected;
        Ok(Some(plain(Job::Close(SessionClose {
            counted: expected.max(0),
            expected,
            reason: Some("counted".to_owned()),
        }))))
    }

    fn people(&mut self) -> Result<Option<Task>, Refusal> {
        let users = self.app.call(self.who, UsersList {}, None)?.users;
        let Some(other) = users.iter().find(|user| user.id != self.who.user) else {
            return Ok(None);
        };
        Ok(Some(plain(match other.grants.first() {
            Some(grant) if self.dice.permille(500) => Job::Revoke(UsersRevoke { grant: grant.id }),
            _ => Job::Grant(UsersGrant {
                user: other.id,
                role: RoleAt {
                    role: Role::Cashier,
                    store: None,
                },
            }),
        })))
    }

    fn clinic(&mut self) -> Result<Option<Task>, Refusal> {
        let Some((test, customer)) = self.dice.pick(&self.model.tests).copied() else {
            return Ok(self
                .a_customer()
                .map(|customer| plain(Job::Test(TestStart { customer }))));
        };
        let shown = match self.app.call(self.who, TestGet { test }, None) {
            Ok(shown) => shown,
            Err(Refusal::Unknown { .. }) => return Ok(None),
            Err(other) => return Err(other),
        };
        if shown.prescription.is_some() || shown.right.is_empty() || self.dice.permille(500) {
            let write = TestWrite {
                test,
                right: Some(eye(self.dice)),
                left: self.dice.permille(700).then(|| eye(self.dice)),
                reason: None,
            };
            return Ok(Some(plain(match self.dice.below(4) {
                0 => match self.a_customer() {
                    Some(customer) => Job::Test(TestStart { customer }),
                    None => return Ok(None),
                },
                1 if !self.model.prescriptions.is_empty() => {
                    let signed: Vec<Id> = self.model.prescriptions.keys().copied().collect();
                    let Some(prescription) = self.dice.pick(&signed).copied() else {
                        return Ok(None);
                    };
                    Job::Cancel(PrescriptionCancel {
                        prescription,
                        reason: "written for somebody else".to_owned(),
                    })
                }
                _ => Job::Write(write),
            })));
        }
        if self.model.prescriptions.len() >= MAX_SIGNED {
            return Ok(None);
        }
        Ok(Some(plain(Job::Sign(PrescriptionSign {
            customer,
            test: Some(test),
            heads: shown.heads,
            right: shown.right,
            left: shown.left,
            months: 12,
            supersedes: None,
            doctor: None,
            reason: Some("as measured".to_owned()),
            password: PASSWORD.to_owned(),
        }))))
    }
}
