-- Projections: a function of the set of held commits, rebuilt at will. No constraint reaches beyond one record.
-- Only `apply` in crates/replica writes here.

CREATE TABLE organisation (id BLOB PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE profile (id BLOB PRIMARY KEY, body TEXT NOT NULL, wall INTEGER NOT NULL, log BLOB NOT NULL, seq INTEGER NOT NULL);
CREATE TABLE store (id BLOB PRIMARY KEY, store BLOB NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL);
CREATE INDEX store_by_id ON store (store);
CREATE TABLE app_user (id BLOB PRIMARY KEY, login TEXT NOT NULL, name TEXT NOT NULL);
CREATE INDEX user_by_login ON app_user (login);
CREATE TABLE user_password (
  id BLOB PRIMARY KEY, user BLOB NOT NULL, verifier TEXT NOT NULL, wall INTEGER NOT NULL, log BLOB NOT NULL, seq INTEGER NOT NULL
);
CREATE INDEX password_by_user ON user_password (user);
CREATE TABLE role_grant (id BLOB PRIMARY KEY, user BLOB NOT NULL, role INTEGER NOT NULL, store BLOB);
CREATE INDEX grant_by_user ON role_grant (user);
CREATE TABLE grant_revoked (id BLOB PRIMARY KEY, granted BLOB NOT NULL);
CREATE INDEX revoked_by_grant ON grant_revoked (granted);
CREATE TABLE user_disabled (id BLOB PRIMARY KEY, user BLOB NOT NULL, reason TEXT NOT NULL);
CREATE INDEX disabled_by_user ON user_disabled (user);
CREATE TABLE user_enabled (id BLOB PRIMARY KEY, disabling BLOB NOT NULL);
CREATE TABLE device (
  id BLOB PRIMARY KEY, certificate BLOB NOT NULL, device BLOB NOT NULL, store BLOB, till TEXT NOT NULL, letter TEXT NOT NULL,
  spare INTEGER NOT NULL
);

CREATE TABLE session (
  id BLOB PRIMARY KEY, store BLOB NOT NULL, device BLOB NOT NULL, day INTEGER NOT NULL, float INTEGER NOT NULL, replay TEXT,
  user BLOB, wall INTEGER NOT NULL
);
CREATE INDEX session_by_device ON session (device);
CREATE TABLE session_end (
  id BLOB PRIMARY KEY, session BLOB NOT NULL, number TEXT NOT NULL, counted INTEGER NOT NULL, expected INTEGER NOT NULL,
  reason TEXT, user BLOB, wall INTEGER NOT NULL
);
CREATE INDEX session_end_by_session ON session_end (session);
CREATE INDEX session_end_by_number ON session_end (number);
-- kind 0 is a sale, 1 a return; `mark` is the ten characters of the commit's hash that the receipt prints.
CREATE TABLE sale (
  id BLOB PRIMARY KEY, kind INTEGER NOT NULL, store BLOB NOT NULL, device BLOB NOT NULL, session BLOB NOT NULL, day INTEGER NOT NULL,
  wall INTEGER NOT NULL, number TEXT NOT NULL, customer BLOB, total INTEGER NOT NULL, rounding INTEGER NOT NULL, original BLOB,
  user BLOB, approver BLOB, reason TEXT, mark TEXT NOT NULL
);
-- Totals of a period, by store: the covering index answers `sales.totals` without a row.
CREATE INDEX sale_by_day ON sale (day, store, kind, total);
CREATE INDEX sale_by_number ON sale (number);
CREATE INDEX sale_by_session ON sale (session);
CREATE INDEX sale_by_customer ON sale (customer) WHERE customer IS NOT NULL;
CREATE INDEX sale_by_original ON sale (original) WHERE original IS NOT NULL;
-- Lines lie beside the other lines of their sale: one page to write, one to read.
CREATE TABLE sale_line (
  id BLOB NOT NULL, sale BLOB NOT NULL, line INTEGER NOT NULL, product BLOB NOT NULL, name TEXT NOT NULL, hsn TEXT NOT NULL,
  quantity INTEGER NOT NULL, list INTEGER NOT NULL, price INTEGER NOT NULL, discount INTEGER NOT NULL, total INTEGER NOT NULL,
  rate INTEGER NOT NULL, taxable INTEGER NOT NULL, taxes TEXT NOT NULL, prescription BLOB, original BLOB,
  PRIMARY KEY (sale, line)
) WITHOUT ROWID;
CREATE INDEX line_by_original ON sale_line (original) WHERE original IS NOT NULL;
CREATE TABLE payment (
  id BLOB NOT NULL, sale BLOB NOT NULL, line INTEGER NOT NULL, method TEXT NOT NULL, amount INTEGER NOT NULL,
  tendered INTEGER NOT NULL, reference TEXT, PRIMARY KEY (sale, line)
) WITHOUT ROWID;
CREATE TABLE sale_name (id BLOB PRIMARY KEY, sale BLOB NOT NULL, name TEXT NOT NULL, gstin TEXT);
CREATE INDEX name_by_sale ON sale_name (sale);
CREATE TABLE replayed (id BLOB PRIMARY KEY, invoice TEXT NOT NULL, file TEXT NOT NULL);
CREATE INDEX replayed_by_invoice ON replayed (invoice);
CREATE TABLE sign_in (id BLOB PRIMARY KEY, user BLOB NOT NULL, device BLOB NOT NULL, way INTEGER NOT NULL, wall INTEGER NOT NULL);

CREATE TABLE movement (
  id BLOB NOT NULL, product BLOB NOT NULL, quantity INTEGER NOT NULL, from_account TEXT NOT NULL, to_account TEXT NOT NULL,
  reason TEXT NOT NULL, note TEXT, document BLOB, unit_cost INTEGER, wall INTEGER NOT NULL, user BLOB, PRIMARY KEY (product, id)
) WITHOUT ROWID;
-- Sum of movements; recomputed by `verify`, so not in the digest.
CREATE TABLE balance (
  product BLOB NOT NULL, account TEXT NOT NULL, quantity INTEGER NOT NULL, PRIMARY KEY (product, account)
) WITHOUT ROWID;
CREATE INDEX balance_oversold ON balance (account) WHERE quantity < 0;

CREATE TABLE prescription (
  id BLOB PRIMARY KEY, customer BLOB NOT NULL, store BLOB NOT NULL, outside TEXT, right BLOB NOT NULL, left BLOB NOT NULL,
  signed_day INTEGER NOT NULL, valid_until INTEGER NOT NULL, version INTEGER NOT NULL, supersedes BLOB, test BLOB, reason TEXT,
  user BLOB, wall INTEGER NOT NULL
);
CREATE INDEX prescription_by_customer ON prescription (customer);
CREATE INDEX prescription_by_superseded ON prescription (supersedes) WHERE supersedes IS NOT NULL;
CREATE TABLE prescription_cancelled (id BLOB PRIMARY KEY, prescription BLOB NOT NULL, reason TEXT NOT NULL, user BLOB, wall INTEGER NOT NULL);
CREATE INDEX cancelled_by_prescription ON prescription_cancelled (prescription);

-- Every change of a document that is held, and which document it belongs to: the document is folded from these.
CREATE TABLE document_change (
  id BLOB NOT NULL, kind INTEGER NOT NULL, document BLOB NOT NULL, header BLOB NOT NULL, wall INTEGER NOT NULL, user BLOB,
  device BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, document, id)
) WITHOUT ROWID;
CREATE TABLE document (
  kind INTEGER NOT NULL, id BLOB NOT NULL, heads BLOB NOT NULL, conflicts TEXT, PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX document_conflicting ON document (kind) WHERE conflicts IS NOT NULL;
CREATE TABLE product (
  row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, code TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, brand TEXT NOT NULL,
  barcode TEXT NOT NULL, hsn TEXT NOT NULL, list INTEGER NOT NULL, offer INTEGER NOT NULL, rate INTEGER, active INTEGER NOT NULL
);
CREATE INDEX product_by_code ON product (code);
CREATE INDEX product_by_barcode ON product (barcode) WHERE barcode <> '';
CREATE VIRTUAL TABLE product_search USING fts5 (words, content='', contentless_delete=1, prefix='1 2 3', tokenize='unicode61 remove_diacritics 2');
CREATE TABLE customer (
  row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, code TEXT NOT NULL, name TEXT NOT NULL, phone TEXT NOT NULL, email TEXT NOT NULL,
  birth_day INTEGER, address TEXT NOT NULL
);
CREATE INDEX customer_by_code ON customer (code) WHERE code <> '';
CREATE INDEX customer_by_phone ON customer (phone) WHERE phone <> '';
CREATE VIRTUAL TABLE customer_search USING fts5 (words, content='', contentless_delete=1, prefix='1 2 3', tokenize='unicode61 remove_diacritics 2');
CREATE TABLE customer_clinical (id BLOB PRIMARY KEY, allergies TEXT NOT NULL, notes TEXT NOT NULL);
CREATE TABLE customer_invoice (id BLOB PRIMARY KEY, legal_name TEXT NOT NULL, gstin TEXT NOT NULL);
CREATE TABLE eye_test (
  id BLOB PRIMARY KEY, customer BLOB, store BLOB, right BLOB, left BLOB, reason TEXT NOT NULL, user BLOB, wall INTEGER NOT NULL
);
CREATE INDEX eye_test_by_customer ON eye_test (customer);
-- Was this opening stock stated before? Sales have their own index by document through `sale_line`.
CREATE INDEX movement_opening ON movement (document) WHERE reason = 'opening';
