//! Checks the window's configuration and makes the permission of our one command.

fn main() {
    let ours = tauri_build::AppManifest::new().commands(&["call"]);
    if let Err(why) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(ours)) {
        println!("cargo::error={why:#}");
        std::process::exit(1);
    }
}
