//! The till's window: on the display there is, or on a virtual one with a picture of it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{Failed, command, go};

/// The virtual display that the demo uses.
const DISPLAY: &str = ":97";
/// How long the window may take to show something; a cold start is well under a second.
const PATIENCE: Duration = Duration::from_secs(20);

/// Opens the window; without a display, makes a picture of it and says where it lies.
pub fn open(till: &Command, data: &Path, folder: &Path) -> Result<(), Failed> {
    let mut window = Command::new(till.get_program());
    for (name, value) in till.get_envs() {
        if let Some(value) = value {
            window.env(name, value);
        }
    }
    let log = fs::File::create(folder.join("till.log"))?;
    window
        .arg("--data")
        .arg(data)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    window
        .env("NO_AT_BRIDGE", "1")
        .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1");
    if std::env::var_os("DISPLAY").is_some() || std::env::var_os("WAYLAND_DISPLAY").is_some() {
        let child = window.spawn()?;
        fs::write(folder.join("till.pid"), child.id().to_string())?;
        println!("The till         its window is open");
        return Ok(());
    }
    let picture = folder.join("till.png");
    let mut display = command("Xvfb");
    let mut display = display
        .args([DISPLAY, "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
        .stderr(Stdio::null())
        .spawn()?;
    let shot = (|| {
        let mut window = window.env("DISPLAY", DISPLAY).spawn()?;
        let shot = wait_for_picture(&picture);
        let _ = window.kill();
        let _ = window.wait();
        shot
    })();
    let _ = display.kill();
    let _ = display.wait();
    shot?;
    println!(
        "The till         no display here; a picture of its window: {}",
        picture.display()
    );
    Ok(())
}

/// Takes pictures until one shows more than an empty window: a page has many colours, an empty one few.
fn wait_for_picture(picture: &Path) -> Result<(), Failed> {
    let started = Instant::now();
    loop {
        std::thread::sleep(Duration::from_millis(300));
        let shot = go(command("import")
            .args(["-display", DISPLAY, "-window", "root"])
            .arg(picture)
            .stderr(Stdio::null()));
        let colours = command("identify")
            .args(["-format", "%k"])
            .arg(picture)
            .stderr(Stdio::null())
            .output()
            .ok()
            .and_then(|out| String::from_utf8_lossy(&out.stdout).trim().parse::<u32>().ok());
        if shot.is_ok() && colours.is_some_and(|colours| colours > 64) {
            return Ok(());
        }
        if started.elapsed() > PATIENCE {
            return Err(Failed::new("the till's window shows nothing; see target/demo/till.log"));
        }
    }
}
