//! The page is embedded when the server is built, so a release build looks whether there is a new one.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Other builds read the page from the folder while they run.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        // Without a page, its coming is seen in the folder above it; a missing path would mean a build each time.
        let page = Path::new("../ui/dist");
        let watched = if page.exists() { page } else { Path::new("../ui") };
        println!("cargo:rerun-if-changed={}", watched.display());
    }
}
