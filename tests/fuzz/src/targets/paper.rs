//! What a person copies from paper.

use journal::{OneTimeCode, RecoverySheet};

/// A sheet that reads is printed so that it reads again as the same.
pub fn recovery_sheet(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Ok(sheet) = RecoverySheet::parse(&text) {
        let again = RecoverySheet::parse(&sheet.to_text());
        assert_eq!(again.map(|again| again.organisation()), Ok(sheet.organisation()));
    }
}

/// A code that reads is shown so that it reads again as the same.
pub fn one_time_code(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Ok(code) = OneTimeCode::parse(&text) {
        assert_eq!(OneTimeCode::parse(&code.to_string()).as_ref(), Ok(&code));
    }
}
