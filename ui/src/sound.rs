//! Three short tones, told apart without looking. They can be off.

use leptos::web_sys;
use web_sys::{AudioContext, OscillatorType};

/// What the ear should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// A scan became a line.
    Good,
    /// A scan nobody knows.
    Unknown,
    /// Not now: something else must be answered first.
    Refused,
}

const OFF: &str = "fovea.sound";

/// Plays it, unless sounds are off here or the machine has none.
pub fn play(sound: Sound) {
    if !is_on() {
        return;
    }
    let (hertz, seconds) = match sound {
        Sound::Good => (1320.0, 0.06),
        Sound::Unknown => (440.0, 0.18),
        Sound::Refused => (220.0, 0.3),
    };
    // A till without a loudspeaker is no error.
    let _ = tone(hertz, seconds);
}

/// Whether sounds are on at this till.
#[must_use]
pub fn is_on() -> bool {
    storage()
        .and_then(|s| s.get_item(OFF).ok().flatten())
        .is_none_or(|kept| kept != "off")
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

thread_local! {
    /// One for the page: browsers allow only a few.
    static CONTEXT: Option<AudioContext> = AudioContext::new().ok();
}

fn tone(hertz: f32, seconds: f64) -> Result<(), wasm_bindgen::JsValue> {
    CONTEXT.with(|context| {
        let Some(context) = context else { return Ok(()) };
        let (tone, loudness) = (context.create_oscillator()?, context.create_gain()?);
        tone.set_type(OscillatorType::Sine);
        tone.frequency().set_value(hertz);
        loudness.gain().set_value(0.1);
        tone.connect_with_audio_node(&loudness)?;
        loudness.connect_with_audio_node(&context.destination())?;
        tone.start()?;
        tone.stop_with_when(context.current_time() + seconds)
    })
}
