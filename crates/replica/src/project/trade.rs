//! Rows of sales, payments and sessions.

use model::ids::Id;
use model::records::{
    Account, Payment, Replayed, Sale, SaleLine, SaleName, SessionClosed, SessionOpened, SignIn, SignInWay, StockState,
};

use super::Projector;
use crate::error::ReplicaError;
use crate::row;
use crate::rows::Table;

const SESSION: Table = Table {
    name: "session",
    columns: "id,store,device,day,float,replay,user,wall",
};
const SESSION_END: Table = Table {
    name: "session_end",
    columns: "id,session,number,counted,expected,reason,user,wall,device",
};
const SALE: Table = Table {
    name: "sale",
    columns: "id,kind,store,device,session,day,wall,number,customer,total,rounding,original,user,approver,reason,mark",
};
const LINE: Table = Table {
    name: "sale_line",
    columns: "id,sale,line,product,name,hsn,quantity,list,price,discount,total,rate,taxable,taxes,prescription,original",
};
const PAYMENT: Table = Table {
    name: "payment",
    columns: "id,sale,line,method,amount,tendered,reference",
};
const SALE_NAME: Table = Table {
    name: "sale_name",
    columns: "id,sale,name,gstin",
};
const REPLAYED: Table = Table {
    name: "replayed",
    columns: "id,invoice,file",
};
const SIGN_IN: Table = Table {
    name: "sign_in",
    columns: "id,user,device,way,wall",
};

/// From where to where a line of a sale (kind 0) or return takes its goods.
pub(crate) fn goods_of_line(store: Id, kind: i64) -> (Account, Account) {
    let shelf = Account::Store(store, StockState::Sellable);
    if kind == 0 {
        (shelf, Account::Customer)
    } else {
        (Account::Customer, shelf)
    }
}

impl Projector<'_> {
    pub(super) fn session_opened(&mut self, id: Id, body: &SessionOpened) -> Result<(), ReplicaError> {
        let (device, user, header) = (self.certificate.device, self.header.user, self.header);
        self.insert(
            &SESSION,
            &row![
                &id,
                &body.store,
                &device,
                header.date,
                body.float,
                &body.replay,
                &user,
                header.wall
            ],
        )
    }

    pub(super) fn session_closed(&mut self, id: Id, body: &SessionClosed) -> Result<(), ReplicaError> {
        let (device, header) = (self.certificate.device, self.header);
        self.insert(
            &SESSION_END,
            &row![
                &id,
                &body.session,
                &body.number,
                body.counted,
                body.expected,
                &body.reason,
                &header.user,
                header.wall,
                &device
            ],
        )
    }

    pub(super) fn sale(&mut self, id: Id, body: &Sale) -> Result<(), ReplicaError> {
        let kind = body.direction.code();
        let (device, header) = (self.certificate.device, self.header);
        let mark = self.hash.to_string()[..10].to_owned();
        self.insert(
            &SALE,
            &row![
                &id,
                kind,
                &body.store,
                &device,
                &body.session,
                header.date,
                header.wall,
                &body.number,
                &body.customer,
                body.total,
                body.rounding,
                &body.original,
                &header.user,
                &body.approver,
                &body.reason,
                &mark,
            ],
        )
    }

    pub(super) fn sale_line(&mut self, id: Id, line: i64, body: &SaleLine) -> Result<(), ReplicaError> {
        let sale = self.resolve(body.sale);
        let taxes = body.taxes.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
        self.insert(
            &LINE,
            &row![
                &id,
                &sale,
                line,
                &body.product,
                &body.name,
                &body.hsn,
                body.quantity,
                body.list,
                body.price,
                body.discount,
                body.total,
                body.rate,
                body.taxable,
                &taxes,
                &body.prescription,
                &body.original,
            ],
        )?;
        if !body.stocked {
            return Ok(());
        }
        // A line stands in the commit of its sale, whose row says which store and which way.
        let found = self
            .conn
            .prepare_cached("SELECT store, kind FROM sale WHERE id = ?")?
            .query_row([sale.as_bytes()], |row| {
                Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?))
            });
        let (store, kind) = match found {
            Ok((store, kind)) => (Id::from_slice(&store), kind),
            Err(rusqlite::Error::QueryReturnedNoRows) => (None, 0),
            Err(error) => return Err(error.into()),
        };
        // A line without its sale in the same commit breaks the format: the commit is held opaque.
        let store = store.ok_or_else(|| ReplicaError::damaged("a sale line without its sale"))?;
        let (from, to) = goods_of_line(store, kind);
        let reason = if kind == 0 { "sale" } else { "return" };
        self.move_goods(
            id,
            &body.product,
            body.quantity,
            from,
            to,
            reason,
            None,
            Some(sale),
            None,
        )
    }

    pub(super) fn payment(&mut self, id: Id, line: i64, body: &Payment) -> Result<(), ReplicaError> {
        let sale = self.resolve(body.sale);
        self.insert(
            &PAYMENT,
            &row![
                &id,
                &sale,
                line,
                &body.method,
                body.amount,
                body.tendered,
                &body.reference
            ],
        )
    }

    pub(super) fn sale_name(&mut self, id: Id, body: &SaleName) -> Result<(), ReplicaError> {
        let sale = self.resolve(body.sale);
        self.insert(&SALE_NAME, &row![&id, &sale, &body.name, &body.gstin])
    }

    pub(super) fn replayed(&mut self, id: Id, body: &Replayed) -> Result<(), ReplicaError> {
        self.insert(&REPLAYED, &row![&id, &body.invoice, &body.file])
    }

    pub(super) fn sign_in(&mut self, id: Id, body: &SignIn) -> Result<(), ReplicaError> {
        let way = match body.way {
            SignInWay::Password => 0i64,
            SignInWay::Pin => 1,
        };
        let (device, wall) = (self.certificate.device, self.header.wall);
        self.insert(&SIGN_IN, &row![&id, &body.user, &device, way, wall])
    }
}
