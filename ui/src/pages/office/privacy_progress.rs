//! How far an erasure is on the devices, from what each has signed of itself.

use model::requests::erasure::{EraseState, Erasure};
use model::requests::office::DeviceRow;

/// What a device's last statement says about an order whose time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Nothing is left to erase there.
    Clear,
    /// So many parts of people's data are over and still there.
    ToErase(u32),
    /// Its last statement is from before the time was over.
    NotSince,
    /// It counts fewer orders than there are: this one may not have reached it.
    Unaware,
    /// It has stated nothing yet.
    Never,
}

/// All devices that are open, but for this server.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Progress {
    pub clear: usize,
    pub of: usize,
    /// Those that still have something, or have not said.
    pub left: Vec<(DeviceRow, Told)>,
    /// Closed ones: nobody waits for them, and nobody knows what they hold.
    pub closed: usize,
}

/// Whether bytes are to be gone by now.
#[must_use]
pub fn is_over(order: &Erasure) -> bool {
    matches!(order.state, EraseState::Due | EraseState::Done)
}

/// Units of orders that stood and were over at this time, ms UTC.
fn over_at(all: &[Erasure], time: i64) -> u64 {
    let over = all.iter().filter(|order| is_over(order) && order.not_before <= time);
    over.map(|order| order.units.len() as u64).sum()
}

/// Statements count over all orders, so a device is clear of one when it is clear of all that were over when it spoke.
fn told(device: &DeviceRow, order: &Erasure, all: &[Erasure]) -> Told {
    let Some(stated) = &device.stated else {
        return Told::Never;
    };
    match stated.to_erase {
        _ if stated.wall < order.not_before => Told::NotSince,
        0 if u64::from(stated.erased) < over_at(all, stated.wall) => Told::Unaware,
        0 => Told::Clear,
        left => Told::ToErase(left),
    }
}

impl Progress {
    #[must_use]
    pub fn of(order: &Erasure, all: &[Erasure], devices: &[DeviceRow]) -> Self {
        let mut progress = Self::default();
        for device in devices.iter().filter(|device| !device.server) {
            if device.closed {
                progress.closed += 1;
                continue;
            }
            progress.of += 1;
            match told(device, order, all) {
                Told::Clear => progress.clear += 1,
                left => progress.left.push((device.clone(), left)),
            }
        }
        progress
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ids::{CustomerUnit, Id};
    use model::records::EraseReason;
    use model::requests::office::DeviceStated;

    const DUE: i64 = 1_795_251_720_000;
    const HOUR: i64 = 3_600_000;

    fn order(state: EraseState, not_before: i64) -> Erasure {
        Erasure {
            order: Id([1; 16]),
            customer: Some(Id([2; 16])),
            name: String::new(),
            units: vec![CustomerUnit::Contact, CustomerUnit::Clinical],
            reason: EraseReason::Requested,
            ordered_at: 0,
            ordered_by: "Asha".to_owned(),
            not_before,
            state,
        }
    }

    fn device(stated: Option<(i64, u32, u32)>) -> DeviceRow {
        DeviceRow {
            device: Id([3; 16]),
            store: "FCR".to_owned(),
            till: "1".to_owned(),
            letter: "A".to_owned(),
            server: false,
            here: false,
            last_seen: None,
            unsent: None,
            last_commit: None,
            commits: 0,
            software: None,
            waiting: 0,
            copied: false,
            closed: false,
            late: 0,
            stated: stated.map(|(wall, erased, to_erase)| DeviceStated {
                wall,
                level: 1,
                lag: 0,
                agrees: None,
                erased,
                to_erase,
                kept_from: None,
            }),
        }
    }

    #[test]
    fn a_device_is_clear_when_it_said_so_after_the_time() {
        let of = order(EraseState::Due, DUE);
        // One that is over for long, one withdrawn, one that waits: the first counts beside this.
        let all = [
            of.clone(),
            order(EraseState::Done, DUE - 90 * HOUR),
            order(EraseState::Withdrawn, DUE - 90 * HOUR),
            order(EraseState::Ordered, DUE + 90 * HOUR),
        ];
        let cases = [
            (None, Told::Never),
            (Some((DUE - HOUR, 4, 0)), Told::NotSince),
            (Some((DUE + HOUR, 2, 2)), Told::ToErase(2)),
            (Some((DUE + HOUR, 2, 0)), Told::Unaware),
            (Some((DUE + HOUR, 4, 0)), Told::Clear),
        ];
        for (stated, expected) in cases {
            assert_eq!(told(&device(stated), &of, &all), expected, "{stated:?}");
        }
    }

    #[test]
    fn servers_and_closed_devices_are_not_waited_for() {
        let of = order(EraseState::Done, DUE);
        let server = DeviceRow {
            server: true,
            ..device(None)
        };
        let closed = DeviceRow {
            closed: true,
            ..device(None)
        };
        let devices = [server, closed, device(Some((DUE + HOUR, 2, 0))), device(None)];
        let progress = Progress::of(&of, std::slice::from_ref(&of), &devices);
        assert_eq!((progress.clear, progress.of, progress.closed), (1, 2, 1));
        assert_eq!(progress.left, [(device(None), Told::Never)]);
    }
}
