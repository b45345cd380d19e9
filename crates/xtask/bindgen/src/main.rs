//! `fovea-bindgen IN.wasm OUT_DIR`: writes the page's glue and the wasm it loads.
//!
//! The program wasm-bindgen publishes must equal the library's version to the digit; as a library crate both are held
//! by one lock file.

use std::path::Path;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [input, out] = args.as_slice() else {
        eprintln!("usage: fovea-bindgen IN.wasm OUT_DIR");
        return ExitCode::from(2);
    };
    match pack(Path::new(input), Path::new(out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn pack(input: &Path, out: &Path) -> Result<(), String> {
    Bindgen::new()
        .input_path(input)
        .web(true)
        .and_then(|b| b.typescript(false).omit_default_module_path(true).generate(out))
        .map_err(|e| format!("wasm-bindgen: {e:#}"))
}
