//! Writes the card of the mock-up: `cargo run --example card -- FILE.pdf`.

#[path = "../tests/card/mod.rs"]
mod card;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("name a file")?;
    let mut data = card::mock_up();
    if std::env::args().nth(2).is_some_and(|word| word == "long") {
        data = card::long();
    }
    Ok(std::fs::write(file, fovea_documents::prescription_card(&data)?)?)
}
