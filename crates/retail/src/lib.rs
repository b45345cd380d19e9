//! Money, tax and the rules of an optician's shop, as arithmetic: nothing here reads a clock, a file or a random number.
//!
//! The model. Money is an `i64` of minor units (paise, pence) in the organisation's one [`Currency`]. Percentages are
//! [`Rate`]s in basis points. Dates are [`Day`]s. Everything that differs between chains is data in a [`Profile`]: taxes
//! by date, caps on discounts, notes and coins, the month the business year starts in.
//!
//! A sale is priced from [`BasketLine`]s by [`price_basket`], which the window uses for what it shows and the till uses
//! to check what was shown; [`tender::settle`] then says what is paid, kept, rounded and given back. Every division goes
//! through [`round_half_away`], so a refund is the exact mirror of its sale.
//!
//! ```
//! use fovea_retail::{BasketLine, Day, Discount, ProductKind, Profile, Rate, Supply, price_basket};
//!
//! let profile = Profile::by_name("in-gst")?;
//! let day = Day::parse_iso("2026-11-21")?;
//! let rate = profile.rate_for("9003", ProductKind::Frame, day)?;
//! let mut line = BasketLine::at_price(1, 849_000, rate);
//! line.discount = Discount::Percent(Rate::from_basis_points(1_000));
//! let totals = price_basket(&[line], Supply::Within, &profile.tax_rules)?;
//! assert_eq!(profile.currency.format_with_symbol(totals.total), "₹7,641.00");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod barcode;
pub mod basket;
pub mod currency;
pub mod day;
pub mod discount;
pub mod drawer;
pub mod gstin;
pub mod kind;
pub mod number;
pub mod phone;
pub mod profile;
pub mod rate;
pub mod refund;
pub mod rounding;
pub mod spread;
pub mod tax;
pub mod tax_engine;
pub mod tax_table;
pub mod tender;

pub use basket::{
    ASK_ABOVE_QUANTITY, BasketError, BasketLine, BasketTotals, Discount, MAX_LINES, MAX_QUANTITY, PricedLine, TaxRow,
    price_basket, price_line,
};
pub use currency::{AmountError, Currency, Grouping, MAX_AMOUNT};
pub use day::{Day, DayError, Weekday};
pub use discount::{Cap, CapSetBy, DiscountError, Limits};
pub use drawer::{CashFlow, DrawerError, Pieces};
pub use kind::{Category, ProductKind, UnknownWord};
pub use number::{DocumentNumber, NumberError, Series, split_series};
pub use profile::{Profile, ProfileError};
pub use rate::{Rate, RateError};
pub use rounding::round_half_away;
pub use spread::{SpreadError, spread};
pub use tax::{Supply, TaxComponent, TaxRounding, TaxRules, TaxSplit, TaxSystem, split};
pub use tax_table::{TaxError, TaxTable};
pub use tender::{Due, Method, Settlement, Tender, TenderError, quick_amounts, settle};
