//! libFuzzer's loop over the target that `FOVEA_FUZZ` names.

#![no_main]
#![allow(clippy::expect_used, reason = "without a target there is nothing to run")]

use std::sync::OnceLock;

use fovea_fuzz::{TARGETS, Target, run};
use libfuzzer_sys::fuzz_target;

static CHOSEN: OnceLock<&'static Target> = OnceLock::new();

fuzz_target!(|input: &[u8]| {
    let target = CHOSEN.get_or_init(|| {
        let name = std::env::var("FOVEA_FUZZ").expect("FOVEA_FUZZ names the target");
        TARGETS
            .iter()
            .find(|target| target.name == name)
            .expect("FOVEA_FUZZ names one of the targets")
    });
    run(target, input);
});
