//! How a till stands, in one word with an icon: the same on every page.

use leptos::prelude::*;
use model::requests::office::DeviceRow;

use crate::components::{Icon, Tone};
use crate::text::t;

/// A till that was heard of within this is in contact.
const IN_CONTACT_MS: i64 = 5 * 60_000;
/// Being offline is normal for the first day.
const LONG_MS: i64 = 24 * 3_600_000;
/// A clock that is ahead by more than this is fast.
const FAST_MS: i64 = 2 * 60_000;

/// Ordered from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeviceState {
    UpToDate,
    Sending,
    ClockFast,
    NeverSeen,
    NoContact,
    LongGone,
    Closed,
    Copied,
}

impl DeviceState {
    #[must_use]
    pub fn of(device: &DeviceRow, now: i64) -> Self {
        if device.copied {
            return Self::Copied;
        }
        if device.closed {
            return Self::Closed;
        }
        let Some(seen) = device.last_seen else {
            return Self::NeverSeen;
        };
        match now - seen {
            age if age >= LONG_MS => Self::LongGone,
            age if age >= IN_CONTACT_MS => Self::NoContact,
            _ if device.last_commit.is_some_and(|at| at - seen > FAST_MS) => Self::ClockFast,
            _ if device.unsent.unwrap_or(0) > 0 || device.waiting > 0 => Self::Sending,
            _ => Self::UpToDate,
        }
    }

    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::UpToDate => t("ho_devices.up_to_date"),
            Self::Sending => t("ho_devices.sending"),
            Self::ClockFast => t("ho_devices.clock_fast"),
            Self::NeverSeen => t("ho_devices.never_seen"),
            Self::NoContact | Self::LongGone => t("ho_devices.no_contact"),
            Self::Closed => t("ho_devices.closed"),
            Self::Copied => t("ho_devices.copied"),
        }
    }

    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::UpToDate => "circle-check",
            Self::Sending => "cloud-alert",
            Self::ClockFast => "clock-alert",
            Self::NeverSeen | Self::NoContact | Self::LongGone => "cloud-off",
            Self::Closed => "lock",
            Self::Copied => "git-fork",
        }
    }

    #[must_use]
    pub fn tone(self) -> Tone {
        match self {
            Self::UpToDate => Tone::Ok,
            Self::LongGone | Self::Copied => Tone::Danger,
            Self::Closed => Tone::Plain,
            _ => Tone::Warn,
        }
    }

    /// Icon and word, as they stand in a table.
    #[must_use]
    pub fn view(self) -> AnyView {
        let class = match self.tone() {
            Tone::Ok => "row gap-1 nowrap ok",
            Tone::Danger => "row gap-1 nowrap bad",
            Tone::Plain => "row gap-1 nowrap t3",
            _ => "row gap-1 nowrap warn",
        };
        view! { <span class=class><Icon name=self.icon() class="icon--sm"/>{self.words()}</span> }.into_any()
    }
}

/// Where it stands: store and till.
#[must_use]
pub fn full_name(device: &DeviceRow) -> String {
    crate::text::tf("ho_devices.name", &[("store", &device.store), ("till", &device.till)])
}

/// How many tills are up to date, and how many there are.
#[must_use]
pub fn up_to_date(devices: &[DeviceRow], now: i64) -> (usize, usize) {
    let tills = devices.iter().filter(|device| !device.server && !device.closed);
    let good = tills
        .clone()
        .filter(|device| DeviceState::of(device, now) == DeviceState::UpToDate);
    (good.count(), tills.count())
}

/// `3`, or a dash where it was never said.
#[must_use]
pub fn not_sent(device: &DeviceRow) -> String {
    device.unsent.map_or_else(|| "\u{2013}".to_owned(), |n| n.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ids::Id;

    const NOW: i64 = 1_795_251_720_000;

    fn device(minutes_ago: Option<i64>) -> DeviceRow {
        DeviceRow {
            device: Id([1; 16]),
            store: "FCR".to_owned(),
            till: "1".to_owned(),
            letter: "A".to_owned(),
            server: false,
            here: false,
            last_seen: minutes_ago.map(|minutes| NOW - minutes * 60_000),
            unsent: Some(0),
            last_commit: None,
            commits: 7,
            software: None,
            waiting: 0,
            copied: false,
            closed: false,
            late: 0,
            stated: None,
        }
    }

    #[test]
    fn the_worst_is_what_is_said() {
        let cases = [
            (device(None), DeviceState::NeverSeen),
            (device(Some(1)), DeviceState::UpToDate),
            (device(Some(70)), DeviceState::NoContact),
            (device(Some(3 * 1440)), DeviceState::LongGone),
            (
                DeviceRow {
                    unsent: Some(3),
                    ..device(Some(1))
                },
                DeviceState::Sending,
            ),
            (
                DeviceRow {
                    last_commit: Some(NOW + 360_000),
                    ..device(Some(1))
                },
                DeviceState::ClockFast,
            ),
        ];
        let closed = DeviceRow {
            closed: true,
            ..device(Some(1))
        };
        let copied = DeviceRow {
            copied: true,
            ..closed.clone()
        };
        assert_eq!(DeviceState::of(&closed, NOW), DeviceState::Closed);
        assert_eq!(DeviceState::of(&copied, NOW), DeviceState::Copied);
        assert_eq!(up_to_date(&[closed, device(Some(1))], NOW), (1, 1));
        for (device, state) in cases {
            assert_eq!(DeviceState::of(&device, NOW), state);
        }
    }
}
