//! `fovea-till`: the till's window. The page is embedded; it talks to the till through [`ipc::call`] alone.
//!
//! `fovea-till [--data DIR]`; without it `FOVEA_DATA`, else the person's own data folder.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod desk;
mod ipc;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// The data folder that was named, or where desktop programs keep theirs.
fn data_folder() -> PathBuf {
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--data"
            && let Some(folder) = arguments.next()
        {
            return folder.into();
        }
    }
    if let Some(folder) = std::env::var_os("FOVEA_DATA") {
        return folder.into();
    }
    let home = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")));
    home.unwrap_or_else(|| PathBuf::from(".")).join("fovea")
}

fn main() -> ExitCode {
    let desk = ipc::Desk(Arc::new(desk::Desk::new(data_folder())));
    let window = tauri::Builder::default()
        .manage(desk)
        .setup(|app| {
            ipc::opened(app);
            Ok(())
        })
        .invoke_handler(tauri::generate_handler![ipc::call])
        .run(tauri::generate_context!());
    match window {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("the window could not be opened: {why}");
            ExitCode::FAILURE
        }
    }
}
