//! `fovea-till`: the till's window. The page is embedded; it talks to the till through [`ipc::call`] alone.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod desk;
mod ipc;

use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let desk = ipc::Desk(Arc::new(desk::NotSetUp));
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
