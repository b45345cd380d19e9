//! The paper of a sale, as rows; the window previews the same rows that the printer prints.

use model::paper::{Align, Paper, Row};
use model::refusal::Refusal;
use model::requests::sales::{Receipt, Sale, SaleReceipt};
use retail::tender::Method;
use retail::{Day, Profile};

use super::query::{load, method_label};
use crate::scope::{Handle, Scope};

impl Handle for SaleReceipt {
    fn handle(self, scope: &mut Scope<'_, '_>) -> Result<Receipt, Refusal> {
        let sale = load(scope, self.sale)?;
        let profile = scope.profile()?;
        let shop: String = scope
            .row("SELECT name FROM organisation ORDER BY id LIMIT 1", &[], |row| {
                row.get(0)
            })?
            .unwrap_or_default();
        Ok(Receipt {
            paper: paper(&sale, &profile, &shop, self.reprint),
        })
    }
}

fn text(text: impl Into<String>) -> Row {
    Row::Text {
        text: text.into(),
        align: Align::Left,
        bold: false,
        large: false,
    }
}

fn centred(text: impl Into<String>, bold: bool, large: bool) -> Row {
    Row::Text {
        text: text.into(),
        align: Align::Centre,
        bold,
        large,
    }
}

fn pair(left: impl Into<String>, right: impl Into<String>) -> Row {
    Row::Pair {
        left: left.into(),
        right: right.into(),
        bold: false,
    }
}

fn paper(sale: &Sale, profile: &Profile, shop: &str, reprint: bool) -> Paper {
    let money = |amount: i64| profile.currency.format_paper(amount);
    let minutes = i64::from(profile.time_zone.offset_minutes);
    let local = sale.wall + minutes * 60_000;
    let of_day = local.rem_euclid(86_400_000) / 60_000;
    let at = format!("{} {:02}:{:02}", Day(sale.day).text(), of_day / 60, of_day % 60);
    let mut rows = vec![
        centred(shop, true, true),
        centred(sale.store_name.clone(), false, false),
    ];
    if reprint {
        rows.push(centred("REPRINT", true, true));
    }
    rows.push(Row::Feed { lines: 1 });
    let title = if sale.is_return { "Credit note" } else { "Tax invoice" };
    rows.push(pair(title, sale.number.clone()));
    rows.push(pair(at, format!("{}, {}", sale.till, sale.user)));
    if let Some(name) = &sale.customer_name {
        rows.push(text(name.clone()));
    }
    if let Some(gstin) = &sale.gstin {
        rows.push(text(format!("GSTIN {gstin}")));
    }
    rows.push(Row::Rule);
    for line in &sale.lines {
        rows.push(pair(line.name.clone(), line.hsn.clone()));
        let mut detail = format!("  {} x {}", line.quantity, money(line.price));
        if line.discount > 0 {
            detail.push_str(&format!(" less {}", money(line.discount)));
        }
        rows.push(pair(detail, money(line.total)));
    }
    rows.push(Row::Rule);
    let unit = &profile.currency.paper_symbol;
    let word = if sale.is_return { "GIVEN BACK" } else { "TOTAL" };
    rows.push(Row::Pair {
        left: format!("{word}, tax included  {unit}"),
        right: money(sale.total),
        bold: true,
    });
    if sale.rounding != 0 {
        rows.push(pair("  Rounded for cash", money(sale.rounding)));
    }
    for payment in &sale.payments {
        let reference = payment.reference.as_deref().unwrap_or_default();
        let label = method_label(&payment.method);
        let left = if reference.is_empty() {
            format!("  {label}")
        } else {
            format!("  {label} {reference}")
        };
        rows.push(pair(left, money(payment.tendered)));
        if payment.method == Method::Cash.word() && payment.tendered > payment.amount {
            rows.push(pair("  Change", money(payment.tendered - payment.amount)));
        }
    }
    rows.push(Row::Rule);
    if let Some(first) = sale.taxes.first() {
        let mut head = vec![profile.tax_label.clone(), "Taxable".to_owned()];
        head.extend(first.taxes.iter().map(|(name, _)| name.clone()));
        rows.push(Row::Columns {
            cells: head,
            bold: false,
        });
        for sum in &sale.taxes {
            let mut cells = vec![sum.rate.to_string(), money(sum.taxable)];
            cells.extend(sum.taxes.iter().map(|(_, amount)| money(*amount)));
            rows.push(Row::Columns { cells, bold: false });
        }
        rows.push(Row::Rule);
    }
    // Ten characters of the commit's hash: what is in the books can be held against the paper.
    rows.push(pair("Kept as", sale.mark.clone()));
    rows.push(Row::Feed { lines: 1 });
    rows.push(Row::Barcode {
        text: sale.number.clone(),
    });
    Paper { rows }
}
