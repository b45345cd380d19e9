//! Roles, their order, and what each may do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! roles {
    ($($code:literal $variant:ident $word:literal $title:literal $rank:literal),* $(,)?) => {
        /// What a person is in the chain. A person may hold several; permissions add up.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Role {
            $($variant),*
        }

        impl Role {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The number that stands in grants.
            pub const fn code(self) -> u8 {
                match self { $(Self::$variant => $code),* }
            }

            /// The word in JSON, in profiles and on the command line.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// What people call it.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }

            /// Place in the hierarchy, 1 the highest. An approver stands higher than who asks.
            pub const fn rank(self) -> u8 {
                match self { $(Self::$variant => $rank),* }
            }
        }
    };
}

roles! {
    1 Superadmin "superadmin" "Superadmin" 1,
    2 Admin "admin" "Admin" 2,
    3 AreaManager "area_manager" "Area manager" 3,
    4 StoreManager "store_manager" "Store manager" 4,
    5 Accountant "accountant" "Accountant" 4,
    6 CatalogueManager "catalogue_manager" "Catalogue manager" 4,
    7 Optometrist "optometrist" "Optometrist" 5,
    8 SalesStaff "sales_staff" "Sales" 6,
    9 Cashier "cashier" "Cashier" 6,
    10 Technician "technician" "Technician" 7,
}

impl Role {
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.code() == code)
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.word() == word)
    }

    /// Whether the role may do this.
    pub fn may(self, permission: Permission) -> bool {
        use Permission as P;
        use Role as R;
        match permission {
            P::SignedIn | P::CatalogueRead | P::StockRead | P::DevicesUse => true,
            P::Replay | P::Import | P::UsersManage | P::CustomersErase | P::CustomersExport | P::DevicesManage => {
                matches!(self, R::Superadmin | R::Admin)
            }
            P::CatalogueWrite => matches!(self, R::Superadmin | R::Admin | R::CatalogueManager),
            P::StockAdjust => matches!(self, R::Superadmin | R::Admin | R::AreaManager | R::StoreManager),
            P::PeopleRead => matches!(self, R::Superadmin | R::Admin | R::AreaManager | R::StoreManager),
            P::OfficeRead => matches!(self, R::Superadmin | R::Admin | R::AreaManager | R::Accountant),
            P::ClinicWrite => matches!(self, R::Superadmin | R::Optometrist),
            P::ClinicRead => !matches!(self, R::Accountant | R::CatalogueManager),
            P::CustomersRead | P::CustomersWrite => {
                !matches!(self, R::Accountant | R::CatalogueManager | R::Technician)
            }
            P::SalesRead => !matches!(self, R::CatalogueManager | R::Optometrist | R::Technician),
            P::StockCount => !matches!(self, R::Accountant | R::CatalogueManager),
            P::SalesWrite | P::CashUse => matches!(
                self,
                R::Superadmin | R::Admin | R::AreaManager | R::StoreManager | R::SalesStaff | R::Cashier
            ),
        }
    }
}

macro_rules! permissions {
    ($($variant:ident $word:literal),* $(,)?) => {
        /// What a request asks of its user, `module:action`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Permission {
            $(#[serde(rename = $word)] $variant),*
        }

        impl Permission {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }
    };
}

permissions! {
    SignedIn "session:use",
    CatalogueRead "catalogue:read",
    CatalogueWrite "catalogue:write",
    CustomersRead "customers:read",
    CustomersWrite "customers:write",
    CustomersErase "customers:erase",
    CustomersExport "customers:export",
    SalesRead "sales:read",
    SalesWrite "sales:write",
    CashUse "cash:use",
    StockRead "stock:read",
    StockCount "stock:count",
    StockAdjust "stock:adjust",
    ClinicRead "clinic:read",
    ClinicWrite "clinic:write",
    PeopleRead "people:read",
    UsersManage "users:manage",
    OfficeRead "office:read",
    DevicesUse "devices:use",
    DevicesManage "devices:manage",
    Import "data:import",
    Replay "data:replay",
}

/// Whether any of the roles may do this.
pub fn may(roles: &[Role], permission: Permission) -> bool {
    roles.iter().any(|role| role.may(permission))
}

/// The highest place that any of the roles has; a person without a role stands below all.
pub fn rank(roles: &[Role]) -> u8 {
    roles.iter().map(|role| role.rank()).min().unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_codes_come_back() {
        for role in Role::ALL {
            assert_eq!(Role::from_code(role.code()), Some(*role));
            assert_eq!(Role::from_word(role.word()), Some(*role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.word());
        }
    }

    #[test]
    fn permissions_add_up_and_the_highest_role_ranks() {
        let both = [Role::Optometrist, Role::Cashier];
        assert!(may(&both, Permission::ClinicWrite) && may(&both, Permission::SalesWrite));
        assert!(!may(&[Role::Cashier], Permission::ClinicWrite));
        assert!(!may(&[], Permission::SignedIn));
        assert_eq!(rank(&both), 5);
        assert!(rank(&[]) > rank(&[Role::Technician]));
    }
}
