//! Counting tries, so that nobody guesses for long. In memory: a restart forgives, and takes longer than the window.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// The window, ms.
const WINDOW: i64 = 60_000;
/// Names or addresses counted at once. When so many are in their window, unknown ones are refused.
const MAX_KEYS: usize = 10_000;

/// So many tries a minute for each key.
pub struct Attempts<K> {
    most: u32,
    counted: Mutex<HashMap<K, (i64, u32)>>,
}

impl<K: Eq + Hash> Attempts<K> {
    pub fn new(most: u32) -> Self {
        Self {
            most,
            counted: Mutex::default(),
        }
    }

    /// Counts one try; false when the key has had all of its minute.
    pub fn take(&self, key: K, now: i64) -> bool {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= MAX_KEYS && !counted.contains_key(&key) {
            counted.retain(|_, (since, _)| now - *since < WINDOW);
            if counted.len() >= MAX_KEYS {
                return false;
            }
        }
        let (since, count) = counted.entry(key).or_insert((now, 0));
        if now - *since >= WINDOW {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= self.most
    }

    /// Whether the key has had all of its minute; counts nothing.
    pub fn is_spent(&self, key: &K, now: i64) -> bool {
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted
            .get(key)
            .is_some_and(|(since, count)| now - *since < WINDOW && *count >= self.most)
    }

    /// The try was a right one.
    pub fn forgive(&self, key: &K) {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// The address by which tries are counted: of IPv6 the network, because its user has all the addresses in it.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let mut octets = address.octets();
            octets[8..].fill(0);
            IpAddr::from(octets)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_a_minute() {
        let attempts = Attempts::new(2);
        assert_eq!(
            [0, 1, 2, 59_999].map(|now| attempts.take("a", now)),
            [true, true, false, false]
        );
        assert!(attempts.is_spent(&"a", 59_999) && !attempts.is_spent(&"a", 60_000));
        assert!(attempts.take("a", 60_000));
        assert!(attempts.take("b", 2));
        attempts.take("b", 3);
        attempts.forgive(&"b");
        assert!(attempts.take("b", 4));
    }

    #[test]
    fn the_number_of_keys_is_bounded() {
        let attempts = Attempts::new(1);
        for key in 0..MAX_KEYS {
            assert!(attempts.take(key, 0));
        }
        assert!(!attempts.take(MAX_KEYS, 1));
        assert!(attempts.take(MAX_KEYS, WINDOW));
    }

    #[test]
    fn a_user_of_ipv6_is_one_address() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
