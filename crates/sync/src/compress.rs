//! zstd with a bound on what comes out, so that a small message cannot become a large one.

use std::io::Read;

use crate::limits::{MAX_BODY, MAX_PLAIN, WINDOW_LOG};
use crate::wire::WireFault;

/// Fast enough for a till, small enough for a phone line.
const LEVEL: i32 = 3;

/// One zstd frame.
///
/// # Errors
/// [`WireFault::TooLong`] when the message is larger than the other side would take.
pub fn compress(plain: &[u8]) -> Result<Vec<u8>, WireFault> {
    if plain.len() > MAX_PLAIN {
        return Err(WireFault::TooLong);
    }
    let frame = zstd::bulk::compress(plain, LEVEL).map_err(|_| WireFault::Frame)?;
    if frame.len() > MAX_BODY {
        Err(WireFault::TooLong)
    } else {
        Ok(frame)
    }
}

/// What was in the frame. Memory is bounded by [`MAX_PLAIN`] and the window, whatever the frame says of itself.
///
/// # Errors
/// [`WireFault::TooLong`] for a frame that holds more; [`WireFault::Frame`] for anything but one whole frame.
pub fn decompress(frame: &[u8]) -> Result<Vec<u8>, WireFault> {
    if frame.len() > MAX_BODY {
        return Err(WireFault::TooLong);
    }
    let mut decoder = zstd::stream::read::Decoder::with_buffer(frame)
        .map_err(|_| WireFault::Frame)?
        .single_frame();
    decoder.window_log_max(WINDOW_LOG).map_err(|_| WireFault::Frame)?;
    let mut plain = Vec::new();
    (&mut decoder)
        .take(MAX_PLAIN as u64 + 1)
        .read_to_end(&mut plain)
        .map_err(|_| WireFault::Frame)?;
    if plain.len() > MAX_PLAIN {
        return Err(WireFault::TooLong);
    }
    if !decoder.finish().is_empty() {
        return Err(WireFault::Frame);
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back() {
        for plain in [b"".as_slice(), b"a", &[7; 100_000]] {
            assert_eq!(decompress(&compress(plain).unwrap()).unwrap(), plain);
        }
    }

    #[test]
    fn a_bomb_is_refused_at_the_bound() {
        // 64 MiB of zeros in a few kilobytes.
        let bomb = zstd::bulk::compress(&vec![0; 64 * 1024 * 1024], LEVEL).unwrap();
        assert!(bomb.len() < 16 * 1024);
        assert_eq!(decompress(&bomb), Err(WireFault::TooLong));
    }

    #[test]
    fn a_window_of_a_gigabyte_is_refused() {
        use std::io::Write;
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(30).unwrap();
        encoder.write_all(&[1; 1_000]).unwrap();
        assert_eq!(decompress(&encoder.finish().unwrap()), Err(WireFault::Frame));
    }

    #[test]
    fn half_a_frame_two_frames_and_noise_are_refused() {
        let frame = compress(b"one message").unwrap();
        assert_eq!(decompress(&frame[..frame.len() - 1]), Err(WireFault::Frame));
        assert_eq!(decompress(&[frame.clone(), frame].concat()), Err(WireFault::Frame));
        assert_eq!(decompress(b"noise"), Err(WireFault::Frame));
        assert_eq!(decompress(b""), Err(WireFault::Frame));
    }
}
