//! The seventh version of the tables: what an import brings besides documents, and how long an import that is not
//! complete may still be at work.

/// What it adds to version 6. Options are a BSON document, indexes one with a field for each; NULL: none were brought.
pub(super) const SQL: &str = "
ALTER TABLE collections ADD COLUMN options BLOB;
ALTER TABLE collections ADD COLUMN indexes BLOB;
ALTER TABLE collections ADD COLUMN importing_until INTEGER;
CREATE INDEX collections_by_import ON collections (importing_until) WHERE importing_until IS NOT NULL;
";
