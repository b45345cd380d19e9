//! The places of rail and side bar, built from permissions: what a person may not use is absent.

use model::role::Permission;

use crate::session::Session;

/// One place of the rail or the side bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// The page it opens, and of which pages it is the home: those whose name begins with it.
    pub page: &'static str,
    pub icon: &'static str,
    /// A key of the catalogue.
    pub label: &'static str,
    needs: Permission,
    /// Whoever may do this has a better place for it.
    unless: Option<Permission>,
}

impl Area {
    pub const fn new(page: &'static str, icon: &'static str, label: &'static str, needs: Permission) -> Self {
        Self {
            page,
            icon,
            label,
            needs,
            unless: None,
        }
    }

    /// Absent for whoever may do this: the same thing stands elsewhere for them.
    pub const fn unless(self, permission: Permission) -> Self {
        Self {
            unless: Some(permission),
            ..self
        }
    }
}

/// Those of `areas` that who is signed in may use.
pub fn open_to(session: Session, areas: &'static [Area]) -> Vec<Area> {
    let is_open = |area: &&Area| session.may(area.needs) && !area.unless.is_some_and(|other| session.may(other));
    areas.iter().filter(is_open).copied().collect()
}
