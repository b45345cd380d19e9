//! Reading the file: quotes, lines, amounts.

/// A row of the file.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where it begins, the header being line 1.
    pub line: u64,
    pub invoice: String,
    pub code: String,
    pub quantity: i64,
    /// ISO.
    pub date: String,
    /// Whether a till can take it.
    pub taken: bool,
    /// The price in units of ten to the minus [`DIGITS`].
    price: i128,
}

/// Decimals of a price that are kept.
const DIGITS: usize = 12;

impl Row {
    #[must_use]
    pub fn is_return(&self) -> bool {
        self.invoice.starts_with('C')
    }

    #[must_use]
    pub fn is_adjustment(&self) -> bool {
        self.price == 0 && !self.is_return()
    }

    /// Quantity times price in pence, half away from zero, positive.
    ///
    /// # Panics
    /// It is beyond all sense.
    #[must_use]
    pub fn total(&self) -> i64 {
        let unit = 10i128.pow(u32::try_from(DIGITS).unwrap_or(0) - 2);
        let exact = self.price * i128::from(self.quantity.abs());
        i64::try_from((exact + unit / 2) / unit).unwrap_or_else(|_| panic!("line {}: too much", self.line))
    }
}

/// Reads a file with the columns of `data/retail/lines.csv`, in that order.
#[must_use]
pub fn read(file: &[u8]) -> Vec<Row> {
    let text = String::from_utf8_lossy(file);
    records(&text)
        .into_iter()
        .skip(1)
        .map(|(line, fields)| row(line, &fields))
        .collect()
}

fn row(line: u64, fields: &[String]) -> Row {
    let field = |at: usize| fields.get(at).map_or("", |field| field.trim());
    let (invoice, code) = (field(0).to_owned(), field(1).to_owned());
    let quantity = field(3).parse::<i64>().ok();
    let price = price(field(5));
    let date = field(4).split(' ').next().unwrap_or_default().to_owned();
    let back = invoice.starts_with('C');
    let sensible = match (quantity, price) {
        (Some(quantity), Some(price)) => {
            quantity != 0
                && quantity.abs() <= 99_999
                && price >= 0
                && if back { quantity < 0 } else { quantity > 0 || price == 0 }
        }
        _ => false,
    };
    Row {
        line,
        taken: sensible && !invoice.is_empty() && !code.is_empty() && date.len() == 10 && fields.len() == 8,
        invoice,
        code,
        date,
        quantity: quantity.unwrap_or_default(),
        price: price.unwrap_or_default(),
    }
}

fn price(text: &str) -> Option<i128> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || rest.len() > DIGITS {
        return None;
    }
    let amount: i128 = format!("{whole}{rest:0<DIGITS$}").parse().ok()?;
    Some(if negative { -amount } else { amount })
}

/// Records with the line they begin on; a field in quotes may hold commas, line ends and doubled quotes.
fn records(text: &str) -> Vec<(u64, Vec<String>)> {
    let mut records = Vec::new();
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let (mut line, mut begun) = (1, 1);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line += u64::from(c == '\n');
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                fields.push(std::mem::take(&mut field));
                records.push((begun, std::mem::take(&mut fields)));
                begun = line;
            }
            '\r' if !quoted => {}
            c => field.push(c),
        }
    }
    if !field.is_empty() || !fields.is_empty() {
        fields.push(field);
        records.push((begun, fields));
    }
    records
}
