-- Who said that a session ended: only its own device's word ends it, and only its own numbers are of its series. Every row is
-- projected anew after this.
ALTER TABLE session_end ADD COLUMN device BLOB NOT NULL DEFAULT x'';
