//! Rows of the `control` lane.

use model::ids::Id;
use model::records::{
    CertificateIssued, GrantRevoked, LevelRaised, OrganisationFounded, PasswordSet, ProfileSet, RoleGranted,
    StoreOpened, UserAdded, UserDisabled, UserEnabled,
};

use super::Projector;
use crate::error::ReplicaError;
use crate::row;
use crate::rows::Table;

const ORGANISATION: Table = Table {
    name: "organisation",
    columns: "id,name",
};
const PROFILE: Table = Table {
    name: "profile",
    columns: "id,body,wall,log,seq",
};
const STORE: Table = Table {
    name: "store",
    columns: "id,store,code,name",
};
const USER: Table = Table {
    name: "app_user",
    columns: "id,login,name",
};
const PASSWORD: Table = Table {
    name: "user_password",
    columns: "id,user,verifier,wall,log,seq",
};
const GRANT: Table = Table {
    name: "role_grant",
    columns: "id,user,role,store",
};
const REVOKED: Table = Table {
    name: "grant_revoked",
    columns: "id,granted",
};
const DISABLED: Table = Table {
    name: "user_disabled",
    columns: "id,user,reason",
};
const ENABLED: Table = Table {
    name: "user_enabled",
    columns: "id,disabling",
};
const DEVICE: Table = Table {
    name: "device",
    columns: "id,certificate,device,store,till,letter,spare",
};

const LEVEL: Table = Table {
    name: "level_raised",
    columns: "id,level",
};

impl Projector<'_> {
    /// The instant by which facts of one person are put in order, where a total order is needed.
    pub(super) fn instant(&self) -> i64 {
        self.header.wall.saturating_add(self.header.skew.unwrap_or(0).into())
    }

    fn seq(&self) -> i64 {
        i64::try_from(self.header.seq).unwrap_or(i64::MAX)
    }

    pub(super) fn organisation_founded(&mut self, id: Id, body: &OrganisationFounded) -> Result<(), ReplicaError> {
        self.insert(&ORGANISATION, &row![&id, &body.name])
    }

    pub(super) fn profile_set(&mut self, id: Id, body: &ProfileSet) -> Result<(), ReplicaError> {
        let (instant, log, seq) = (self.instant(), self.header.log, self.seq());
        self.insert(&PROFILE, &row![&id, &body.profile, instant, &log, seq])
    }

    pub(super) fn store_opened(&mut self, id: Id, body: &StoreOpened) -> Result<(), ReplicaError> {
        self.insert(&STORE, &row![&id, &body.store, &body.code, &body.name])
    }

    pub(super) fn user_added(&mut self, id: Id, body: &UserAdded) -> Result<(), ReplicaError> {
        self.insert(&USER, &row![&id, &body.login, &body.name])
    }

    pub(super) fn password_set(&mut self, id: Id, body: &PasswordSet) -> Result<(), ReplicaError> {
        let user = self.resolve(body.user);
        let (instant, log, seq) = (self.instant(), self.header.log, self.seq());
        self.insert(&PASSWORD, &row![&id, &user, &body.verifier, instant, &log, seq])
    }

    pub(super) fn role_granted(&mut self, id: Id, body: &RoleGranted) -> Result<(), ReplicaError> {
        let user = self.resolve(body.user);
        self.insert(&GRANT, &row![&id, &user, body.role, &body.store])
    }

    pub(super) fn grant_revoked(&mut self, id: Id, body: &GrantRevoked) -> Result<(), ReplicaError> {
        self.insert(&REVOKED, &row![&id, &body.grant])
    }

    pub(super) fn user_disabled(&mut self, id: Id, body: &UserDisabled) -> Result<(), ReplicaError> {
        self.insert(&DISABLED, &row![&id, &body.user, &body.reason])
    }

    pub(super) fn user_enabled(&mut self, id: Id, body: &UserEnabled) -> Result<(), ReplicaError> {
        self.insert(&ENABLED, &row![&id, &body.disabling])
    }

    pub(super) fn level_raised(&mut self, id: Id, body: LevelRaised) -> Result<(), ReplicaError> {
        self.insert(&LEVEL, &row![&id, body.level])
    }

    pub(super) fn certificate_issued(&mut self, id: Id, body: &CertificateIssued) -> Result<(), ReplicaError> {
        let certificate = journal::Certificate::from_bytes(&body.certificate)
            .map_err(|fault| ReplicaError::damaged(format!("an issued certificate: {fault}")))?;
        let hash = certificate.id();
        self.insert(
            &DEVICE,
            &row![
                &id,
                &hash,
                &certificate.device,
                &certificate.store,
                &certificate.till,
                &certificate.letter,
                body.spare
            ],
        )
    }
}
