//! The fifth version of the tables: when an organization was written last, so that what changed is found by an index.

/// What it adds to version 4.
pub(super) const SQL: &str = "
ALTER TABLE organizations ADD COLUMN touched_at INTEGER NOT NULL DEFAULT 0;
UPDATE organizations SET touched_at = updated_at;
CREATE INDEX organizations_by_touched ON organizations (touched_at, id);
";
