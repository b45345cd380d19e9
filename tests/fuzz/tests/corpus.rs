//! Every kept input and every one that once fell over, and some thousands of mutations of them: the same each time, on the
//! compiler that builds everything else. The search itself is `cargo xtask fuzz`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which clippy does not see as such"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fovea_fuzz::{TARGETS, Target, run};

/// Mutations of one target: all targets together take some seconds in a debug build.
const MUTATIONS: usize = 3_000;
/// Longest mutated input, bytes.
const LONGEST: usize = 64 * 1024;
/// Memory is counted for the whole process.
static ALONE: Mutex<()> = Mutex::new(());

/// splitmix64: the same everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % n.max(1) as u64).unwrap()
    }

    fn byte(&mut self) -> u8 {
        // Heads that promise much, signs that files are made of, and anything.
        const TELLING: &[u8] = b"\x00\x01\x7f\x80\xff\x18\x19\x1a\x1b\x58\x5a\x5b\x9a\x9b\x9f\xbf\xf4\xf6,\"\n\r.-0 ";
        match self.below(2) {
            0 => TELLING[self.below(TELLING.len())],
            _ => u8::try_from(self.below(256)).unwrap(),
        }
    }

    fn mutated(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
        let mut input = inputs[self.below(inputs.len())].clone();
        for _ in 0..=self.below(6) {
            let (at, length) = (self.below(input.len() + 1), self.below(16));
            let end = (at + length).min(input.len());
            match self.below(7) {
                0 => input.truncate(at),
                1 => drop(input.drain(at..end)),
                2 => input
                    .splice(at..at, (0..length).map(|_| self.byte()).collect::<Vec<_>>())
                    .for_each(drop),
                3 => {
                    let again = input[at..end].repeat(1 + self.below(8));
                    input.splice(at..at, again).for_each(drop);
                }
                4 => {
                    let other = &inputs[self.below(inputs.len())];
                    let from = self.below(other.len() + 1);
                    input.truncate(at);
                    input.extend_from_slice(&other[from..]);
                }
                _ => {
                    if let Some(byte) = input.get_mut(at) {
                        *byte = self.byte();
                    }
                }
            }
        }
        input.truncate(LONGEST);
        input
    }
}

fn files(folder: &str, target: &Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(target.name);
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn passes(target: &Target, input: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| run(target, input))).is_err() {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("crash-{}", target.name));
        std::fs::write(&kept, input).unwrap();
        panic!(
            "{} falls over on {}; once it is mended, keep that file in tests/fuzz/crashers/{}",
            target.name,
            kept.display(),
            target.name
        );
    }
}

fn holds(name: &str) {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let mut inputs = files("corpus", target);
    assert!(!inputs.is_empty(), "{name} has no corpus");
    inputs.extend(files("crashers", target));
    inputs.push(Vec::new());
    for input in &inputs {
        passes(target, input);
    }
    let mut chance = Chance(26);
    for _ in 0..MUTATIONS {
        passes(target, &chance.mutated(&inputs));
    }
}

macro_rules! each {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            holds(stringify!($name));
        })*

        #[test]
        fn every_target_is_here() {
            let here = [$(stringify!($name)),*];
            let there: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(there, here);
        }
    };
}

each! {
    commit signed_commit certificate record statement wire wire_frame packed packing document
    import_products import_customers import_stock replay recovery_sheet one_time_code
}

/// The bound on memory is a bound: an input that takes more is told.
#[test]
fn memory_is_counted() {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let greedy = Target {
        name: "greedy",
        run: |_| drop(std::hint::black_box(vec![1u8; fovea_fuzz::MEMORY + 1])),
    };
    assert!(catch_unwind(|| run(&greedy, b"")).is_err());
}
