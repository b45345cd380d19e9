//! The page: the till in its window, head office in a browser. Which of the two it is, `till.state` says.

mod app;
mod client;
mod components;
mod dom;
mod download;
mod format;
mod keys;
mod pages;
mod place;
mod session;
mod shell;
mod sound;
mod text;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
