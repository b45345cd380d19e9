//! `./dev ui`: the page, from Rust to `ui/dist`.

use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::run::{self, Failed, cargo, go, root};
use crate::stamp;
use crate::toolchain::{self, Wasm};

/// What the page is made from, besides the registry.
const INPUTS: &[&str] = &[
    "ui",
    "crates/devices",
    "crates/model",
    "crates/optics",
    "crates/retail",
    "crates/xtask/bindgen",
    "crates/xtask/src/ui.rs",
    "Cargo.lock",
    "Cargo.toml",
];
const STAMP: &str = ".stamp";
/// `index.html` holds this line where the icons go, so that `<use href="#i-..">` finds them without a request.
const SPRITE_MARK: &str = "<!-- sprite -->";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Quick to make, some megabytes: for whoever changes the page.
    Dev,
    /// What is shipped.
    Release,
}

impl Mode {
    fn profile(self) -> &'static str {
        match self {
            Self::Dev => "ui-dev",
            Self::Release => "ui-release",
        }
    }
}

pub fn run(args: &[String]) -> Result<(), Failed> {
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => build(Mode::Release),
        ["--dev"] => build(Mode::Dev),
        other => Err(Failed::new(format!("ui takes --dev or nothing, not {other:?}"))),
    }
}

/// Makes sure there is a page, of either mode: a release page that is up to date is not made again for the tests.
pub fn ensure() -> Result<(), Failed> {
    if is_fresh(Mode::Release)? {
        Ok(())
    } else {
        build(Mode::Dev)
    }
}

/// Builds `ui/dist` in a folder beside it and swaps the two, so that nobody ever reads half of one.
pub fn build(mode: Mode) -> Result<(), Failed> {
    let fingerprint = fingerprint(mode)?;
    if is_fresh(mode)? {
        eprintln!("ui: ui/dist is up to date");
        return Ok(());
    }
    let wasm = Wasm::find()?;
    let started = Instant::now();
    let fresh = root().join("target/ui-dist");
    let _ = fs::remove_dir_all(&fresh);
    fs::create_dir_all(&fresh)?;

    compile(wasm, mode)?;
    bind(mode, &fresh)?;
    if mode == Mode::Release {
        shrink(&fresh.join("fovea-ui_bg.wasm"))?;
    }
    copy_static(&root().join("ui/static"), &fresh)?;
    fs::write(fresh.join(STAMP), fingerprint)?;
    swap(&fresh, &root().join("ui/dist"))?;

    let size = fs::metadata(root().join("ui/dist/fovea-ui_bg.wasm"))?.len() / 1024;
    eprintln!(
        "ui: ui/dist made in {:.1} s, wasm {size} KiB, {}",
        started.elapsed().as_secs_f32(),
        wasm.told()
    );
    Ok(())
}

fn fingerprint(mode: Mode) -> Result<String, Failed> {
    let root = root();
    let inputs: Vec<_> = INPUTS.iter().map(|i| root.join(i)).collect();
    stamp::of(
        mode.profile(),
        &inputs.iter().map(AsRef::as_ref).collect::<Vec<&Path>>(),
    )
}

fn is_fresh(mode: Mode) -> Result<bool, Failed> {
    let had = fs::read_to_string(root().join("ui/dist").join(STAMP)).unwrap_or_default();
    Ok(had == fingerprint(mode)?)
}

fn compile(wasm: Wasm, mode: Mode) -> Result<(), Failed> {
    let mut cargo = wasm.cargo("build");
    cargo.args(["--package", "fovea-ui", "--profile", mode.profile()]);
    // Type-erased views compile in a fraction of the time; they are a little larger and slower.
    if mode == Mode::Dev {
        cargo.env("RUSTFLAGS", "--cfg erase_components");
    }
    go(&mut cargo)
}

fn bind(mode: Mode, out: &Path) -> Result<(), Failed> {
    let input = toolchain::out_dir(mode.profile()).join("fovea-ui.wasm");
    go(cargo()
        .args(["run", "--quiet", "--locked", "--package", "fovea-bindgen", "--"])
        .arg(input)
        .arg(out))
}

/// npm's wasm-opt: Debian's is too old, and what it writes dies in the browser.
fn shrink(wasm: &Path) -> Result<(), Failed> {
    let program = root().join("node_modules/.bin/wasm-opt");
    if !program.exists() {
        go(run::command("npm").args(["ci", "--silent"]))?;
    }
    let features = [
        "--enable-bulk-memory",
        "--enable-reference-types",
        "--enable-mutable-globals",
        "--enable-sign-ext",
        "--enable-nontrapping-float-to-int",
        "--enable-multivalue",
    ];
    let out = wasm.with_extension("opt");
    go(run::command(program)
        .arg("-Oz")
        .args(features)
        .arg(wasm)
        .arg("-o")
        .arg(&out))?;
    Ok(fs::rename(out, wasm)?)
}

fn copy_static(from: &Path, to: &Path) -> Result<(), Failed> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            fs::create_dir_all(&target)?;
            copy_static(&source, &target)?;
        } else if entry.file_name() == "index.html" {
            let page = fs::read_to_string(&source)?;
            let sprite = fs::read_to_string(from.join("sprite.svg"))?;
            if !page.contains(SPRITE_MARK) {
                return Err(Failed::new(format!("{} has no line {SPRITE_MARK}", source.display())));
            }
            fs::write(target, page.replace(SPRITE_MARK, sprite.trim_end()))?;
        } else if entry.file_name() != "sprite.svg" {
            fs::copy(source, target)?;
        }
    }
    Ok(())
}

fn swap(fresh: &Path, dist: &Path) -> Result<(), Failed> {
    let old = dist.with_extension("old");
    let _ = fs::remove_dir_all(&old);
    if dist.exists() {
        fs::rename(dist, &old)?;
    }
    fs::rename(fresh, dist)?;
    let _ = fs::remove_dir_all(&old);
    Ok(())
}
