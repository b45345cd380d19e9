//! Every request the app answers, by area.

pub mod cash;
pub mod catalogue;
pub mod clinic;
pub mod customers;
pub mod ends;
pub mod erasure;
pub mod office;
pub mod people;
pub mod sales;
pub mod stock;
pub mod till;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::request::RequestInfo;

/// The answer of a request that has nothing to say but that it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Done {}

/// Calls `$callback!` with the type of every request that `app` answers. Dispatch, the list of requests and the permission
/// table are made from it.
#[macro_export]
macro_rules! with_requests {
    ($callback:ident) => {
        $callback! {
            $crate::requests::people::PeopleList,
            $crate::requests::people::UsersList,
            $crate::requests::people::UsersAdd,
            $crate::requests::people::UsersPassword,
            $crate::requests::people::UsersGrant,
            $crate::requests::people::UsersRevoke,
            $crate::requests::people::UsersDisable,
            $crate::requests::people::UsersEnable,
            $crate::requests::people::StoresList,
            $crate::requests::people::OrganisationGet,
            $crate::requests::catalogue::ProductCreate,
            $crate::requests::catalogue::ProductEdit,
            $crate::requests::catalogue::ProductGet,
            $crate::requests::catalogue::ProductFind,
            $crate::requests::catalogue::ProductSearch,
            $crate::requests::customers::CustomerCreate,
            $crate::requests::customers::CustomerEdit,
            $crate::requests::customers::CustomerGet,
            $crate::requests::customers::CustomerSearch,
            $crate::requests::customers::CustomerHistory,
            $crate::requests::erasure::CustomerErase,
            $crate::requests::erasure::CustomerEraseWithdraw,
            $crate::requests::erasure::CustomerErasures,
            $crate::requests::erasure::CustomerExport,
            $crate::requests::cash::SessionCurrent,
            $crate::requests::cash::SessionOpen,
            $crate::requests::cash::SessionSummary,
            $crate::requests::cash::SessionClose,
            $crate::requests::sales::SaleComplete,
            $crate::requests::sales::SaleReturn,
            $crate::requests::sales::SaleGet,
            $crate::requests::sales::SaleList,
            $crate::requests::sales::SaleReceipt,
            $crate::requests::sales::SalesTotals,
            $crate::requests::sales::BasketKeep,
            $crate::requests::sales::BasketKept,
            $crate::requests::stock::StockLevel,
            $crate::requests::stock::StockAdjust,
            $crate::requests::stock::StockOversold,
            $crate::requests::stock::StockMovements,
            $crate::requests::stock::StockCount,
            $crate::requests::stock::StockCounts,
            $crate::requests::stock::StockCountSettle,
            $crate::requests::clinic::TestStart,
            $crate::requests::clinic::TestWrite,
            $crate::requests::clinic::TestTyped,
            $crate::requests::clinic::TestGet,
            $crate::requests::clinic::TestList,
            $crate::requests::clinic::PrescriptionSign,
            $crate::requests::clinic::PrescriptionCancel,
            $crate::requests::clinic::PrescriptionGet,
            $crate::requests::clinic::PrescriptionList,
            $crate::requests::clinic::PrescriptionCard,
            $crate::requests::office::OfficeToday,
            $crate::requests::office::OfficeDevices,
            $crate::requests::office::OfficeSetAside,
            $crate::requests::office::OfficeExceptions,
            $crate::requests::ends::DeviceClose,
            $crate::requests::ends::ServerClose,
            $crate::requests::ends::DeviceRelease,
            $crate::requests::ends::CommitDeclareLost,
            $crate::requests::ends::CheckpointMake,
            $crate::requests::ends::LevelRaise,
        }
    };
}

macro_rules! infos {
    ($($request:ty),* $(,)?) => {
        /// Name, kind, permission and schemas of every request, in the order of the areas.
        pub fn all() -> Vec<RequestInfo> {
            vec![$(RequestInfo::of::<$request>()),*]
        }
    };
}

with_requests!(infos);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_of_one_form() {
        let all = super::all();
        let names: BTreeSet<_> = all.iter().map(|request| request.name).collect();
        assert_eq!(names.len(), all.len());
        for name in names {
            assert!(name.split('.').count() == 2, "{name}");
        }
    }

    #[test]
    fn codes_are_unique() {
        macro_rules! codes {
            ($($request:ty),* $(,)?) => { [$(<$request as crate::request::Request>::CODE),*] };
        }
        let codes = with_requests!(codes);
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    }
}
