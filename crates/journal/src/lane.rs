//! Lanes: one audience, one log. A device writes each lane into a log of its own, so that who may not read a lane does not
//! even learn that something was written there.

/// Who reads and writes what is in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Lane {
    /// Certificates, closings, erasure, users, grants, settings, rules, level, checkpoints.
    Control = 1,
    /// Trade, clinic, goods.
    All = 2,
    /// Payroll and cost; never reaches a counter till.
    Office = 3,
    /// Reserved: what stays within one store.
    Store = 4,
}

impl Lane {
    /// Every lane, by code.
    pub const ALL: [Self; 4] = [Self::Control, Self::All, Self::Office, Self::Store];

    /// The number in hashes and databases, 1 to 4.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The lane of a number.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|lane| lane.code() == code)
    }

    /// Whether a commit of this lane may name one of `other` as seen: everyone who reads this lane must read the other
    /// too, or they would wait for it forever.
    pub fn may_cite(self, other: Self) -> bool {
        match self {
            Self::Control => other == Self::Control,
            Self::All => matches!(other, Self::Control | Self::All),
            Self::Office => matches!(other, Self::Control | Self::All | Self::Office),
            Self::Store => matches!(other, Self::Control | Self::All | Self::Store),
        }
    }

    const fn bit(self) -> u8 {
        1 << (self as u8 - 1)
    }
}

/// A set of lanes, and whether the holder may certify devices: bit `code - 1` for each lane, bit 7 for enrolling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Lanes(u8);

impl Lanes {
    /// No lane.
    pub const NONE: Self = Self(0);
    /// What every device holds: `control` and `all`.
    pub const SHARED: Self = Self(Lane::Control.bit() | Lane::All.bit());
    const ENROL: u8 = 1 << 7;
    const KNOWN: u8 = 0b1000_1111;

    /// The set of these lanes.
    pub fn of(lanes: &[Lane]) -> Self {
        Self(lanes.iter().fold(0, |bits, lane| bits | lane.bit()))
    }

    /// The same lanes, and the right to certify devices.
    #[must_use]
    pub fn with_enrol(self) -> Self {
        Self(self.0 | Self::ENROL)
    }

    /// Whether the lane is in the set.
    pub fn contains(self, lane: Lane) -> bool {
        self.0 & lane.bit() != 0
    }

    /// Whether the holder may certify devices.
    pub fn enrols(self) -> bool {
        self.0 & Self::ENROL != 0
    }

    /// Whether every lane of `others` is in the set.
    pub fn covers(self, others: Self) -> bool {
        others.iter().all(|lane| self.contains(lane))
    }

    /// The lanes in the set, by code.
    pub fn iter(self) -> impl Iterator<Item = Lane> {
        Lane::ALL.into_iter().filter(move |lane| self.contains(*lane))
    }

    /// The bits, as they stand in a certificate.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// A set from its bits; `None` when a bit has no meaning.
    pub fn from_bits(bits: u8) -> Option<Self> {
        (bits & !Self::KNOWN == 0).then_some(Self(bits))
    }
}
