//! The password of the person named: from `FOVEA_PASSWORD`, or asked for at a terminal.

use std::io::IsTerminal;

use model::refusal::Refusal;

pub fn password(of: &str) -> Result<String, Refusal> {
    if let Ok(password) = std::env::var("FOVEA_PASSWORD") {
        return Ok(password);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Refusal::PasswordMissing);
    }
    rpassword::prompt_password(format!("Password of {of}: ")).map_err(|_| Refusal::PasswordMissing)
}
