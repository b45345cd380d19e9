//! Every statement that is sent to the database. A test reads this file: each names the organisation, and none uses what
//! only a single PostgreSQL knows (triggers, advisory locks, sequences, constraints across organisations).

/// A statement. Only those of this file exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sql(pub(super) &'static str);

macro_rules! statements {
    ($($(#[$about:meta])* $name:ident = $sql:literal;)*) => {
        $($(#[$about])* pub const $name: Sql = Sql($sql);)*

        /// By name, for the test.
        #[cfg(test)]
        pub const ALL: &[(&str, &str)] = &[$((stringify!($name), $sql)),*];
    };
}

statements! {
    /// The installation's own table: the one that is of no organisation.
    VERSION = "SELECT COALESCE(MAX(version), 0)::bigint FROM migration";
    VERSION_ADD = "INSERT INTO migration (version) VALUES ($1) ON CONFLICT (version) DO NOTHING";

    ORGANISATION_ADD = "INSERT INTO organisation (organisation, public_key) VALUES ($1::bytea, $2)
        ON CONFLICT (organisation) DO NOTHING";
    ORGANISATION_KEY = "SELECT public_key FROM organisation WHERE organisation = $1";

    CERTIFICATES = "SELECT bytes FROM certificate WHERE organisation = $1";
    CERTIFICATES_ADD = "INSERT INTO certificate (organisation, id, bytes)
        SELECT $1::bytea, n.id, n.bytes FROM unnest($2::bytea[], $3::bytea[]) AS n (id, bytes) ORDER BY n.id
        ON CONFLICT (organisation, id) DO NOTHING";

    LOGS_MAKE = "INSERT INTO log (organisation, log, certificate, lane, seq, commits)
        SELECT $1::bytea, n.log, n.certificate, n.lane, 0, 0
        FROM unnest($2::bytea[], $3::bytea[], $4::smallint[]) AS n (log, certificate, lane) ORDER BY n.log
        ON CONFLICT (organisation, log) DO NOTHING";
    LOGS_LOCKED = "SELECT log, seq, commits, forked FROM log WHERE organisation = $1 AND log = ANY($2::bytea[])
        ORDER BY log FOR UPDATE";
    LOGS_MOVE = "UPDATE log SET seq = n.seq, commits = n.commits, forked = n.forked
        FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[]) AS n (log, seq, commits, forked)
        WHERE log.organisation = $1 AND log.log = n.log";
    LOGS = "SELECT log, seq, commits, forked FROM log WHERE organisation = $1 AND commits > 0";

    HELD_AT = "SELECT c.log, c.seq, c.hash, c.depth
        FROM commit_log c JOIN unnest($2::bytea[], $3::bigint[]) AS n (log, seq) ON c.log = n.log AND c.seq = n.seq
        WHERE c.organisation = $1";
    COMMITS_ADD = "INSERT INTO commit_log (organisation, log, seq, hash, lane, depth, size, bytes)
        SELECT $1::bytea, n.log, n.seq, n.hash, n.lane, n.depth, n.size, n.bytes
        FROM unnest($2::bytea[], $3::bigint[], $4::bytea[], $5::smallint[], $6::bigint[], $7::integer[], $8::bytea[])
        AS n (log, seq, hash, lane, depth, size, bytes)";
    /// Of each log what lies from a place on, without the commits themselves: from these the next to read are chosen.
    PLACES = "SELECT c.log, c.seq, c.hash, c.lane, c.depth, c.size
        FROM unnest($2::bytea[], $3::bigint[]) AS n (log, seq)
        CROSS JOIN LATERAL (SELECT i.log, i.seq, i.hash, i.lane, i.depth, i.size FROM commit_log i
            WHERE i.organisation = $1 AND i.log = n.log AND i.seq >= n.seq ORDER BY i.seq, i.hash LIMIT $4) AS c";
    BODIES = "SELECT c.hash, c.bytes
        FROM commit_log c JOIN unnest($2::bytea[], $3::bigint[], $4::bytea[]) AS n (log, seq, hash)
        ON c.log = n.log AND c.seq = n.seq AND c.hash = n.hash WHERE c.organisation = $1";
    /// The same commit without parts that were erased.
    BYTES_ERASE = "UPDATE commit_log SET bytes = $5, size = $6 WHERE organisation = $1 AND log = $2 AND seq = $3 AND hash = $4";

    ASIDE_ADD = "INSERT INTO aside (organisation, hash, log, seq, code, reason, source, since, size, bytes)
        VALUES ($1::bytea, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (organisation, hash) DO NOTHING";
    ASIDE_COUNT = "SELECT COUNT(*) FROM aside WHERE organisation = $1";
    ASIDE_TRIM = "DELETE FROM aside WHERE organisation = $1 AND hash IN
        (SELECT hash FROM aside WHERE organisation = $1 ORDER BY since DESC, hash OFFSET $2)";
    ASIDE_SINCE = "SELECT hash, log, seq, code, reason, source, since, size, bytes FROM aside
        WHERE organisation = $1 AND since >= $2 ORDER BY since, hash LIMIT $3";

    SEEN_ADD = "INSERT INTO seen (organisation, device, wall, unsent, waiting, software)
        VALUES ($1::bytea, $2, $3, $4, $5, $6) ON CONFLICT (organisation, device)
        DO UPDATE SET wall = excluded.wall, unsent = excluded.unsent, waiting = excluded.waiting, software = excluded.software";
    SEEN = "SELECT device, wall, unsent, waiting, software FROM seen WHERE organisation = $1";

    CODE_ADD = "INSERT INTO code (organisation, hash, store, till, expires) VALUES ($1::bytea, $2, $3, $4, $5)
        ON CONFLICT (organisation, hash) DO NOTHING";
    CODES_OPEN = "SELECT COUNT(*) FROM code WHERE organisation = $1 AND public_key IS NULL AND expires > $2";
    CODES_CLEAR = "DELETE FROM code WHERE organisation = $1 AND expires < $2";
    CODE_LOCKED = "SELECT store, till, expires, public_key, spare FROM code WHERE organisation = $1 AND hash = $2 FOR UPDATE";
    CODE = "SELECT store, till FROM code WHERE organisation = $1 AND hash = $2";
    CODE_SPEND = "UPDATE code SET public_key = $3, spare = $4 WHERE organisation = $1 AND hash = $2";

    ANSWER = "SELECT name, body, answer, wall FROM answer WHERE organisation = $1 AND request = $2";
    ANSWER_ADD = "INSERT INTO answer (organisation, request, name, body, answer, wall) VALUES ($1::bytea, $2, $3, $4, $5, $6)
        ON CONFLICT (organisation, request) DO NOTHING";
    ANSWERS_CLEAR = "DELETE FROM answer WHERE organisation = $1 AND wall < $2";

    SIGNED_OUT_ADD = "INSERT INTO signed_out (organisation, session, expires) VALUES ($1::bytea, $2, $3)
        ON CONFLICT (organisation, session) DO NOTHING";
    SIGNED_OUT = "SELECT session, expires FROM signed_out WHERE organisation = $1 AND expires > $2";
    SIGNED_OUT_CLEAR = "DELETE FROM signed_out WHERE organisation = $1 AND expires < $2";
}
