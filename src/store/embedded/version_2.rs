//! Version 2 of the tables: suspension, the trash, the acting account, and generations of the file (see the module
//! `generation`).

/// The changes to version 1. Two tables are created again, since SQLite cannot remove a `NOT NULL`: a deleted
/// organization has no `name_key` and its admin no `email_key`, and one without a collection names none.
///
/// The indexes leave the trash out, as lists do.
pub(super) const SQL: &str = "
ALTER TABLE organizations RENAME TO organizations_1;
ALTER TABLE admins RENAME TO admins_1;
CREATE TABLE organizations (
    id TEXT PRIMARY KEY,
    organization_name TEXT NOT NULL,
    name_key TEXT UNIQUE,
    collection_name TEXT UNIQUE,
    admin_id TEXT NOT NULL,
    admin_email TEXT NOT NULL,
    state TEXT NOT NULL,
    suspended_at INTEGER,
    suspended_by TEXT,
    suspended_reason TEXT,
    sessions_end_at INTEGER,
    deleted_at INTEGER,
    deleted_by TEXT,
    purge_at INTEGER,
    deleted_name_key TEXT,
    epoch INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO organizations (id, organization_name, name_key, collection_name, admin_id, admin_email, state, epoch,
    created_at, updated_at)
    SELECT o.id, o.organization_name, o.name_key, o.collection_name, o.admin_id, COALESCE(a.email, ''), o.state,
    o.epoch, o.created_at, o.updated_at
    FROM organizations_1 o LEFT JOIN admins_1 a ON a.id = o.admin_id;
CREATE TABLE admins (
    id TEXT PRIMARY KEY,
    organization_id TEXT REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED,
    email TEXT NOT NULL,
    email_key TEXT UNIQUE,
    password TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'operator')),
    version INTEGER NOT NULL,
    token_version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO admins (id, organization_id, email, email_key, password, role, version, token_version, created_at,
    updated_at)
    SELECT id, organization_id, email, email_key, password, role, version, token_version, created_at, updated_at
    FROM admins_1;
DROP TABLE admins_1;
DROP TABLE organizations_1;
CREATE INDEX organizations_by_name ON organizations (name_key, id) WHERE state <> 'deleted';
CREATE INDEX organizations_by_created ON organizations (created_at, id) WHERE state <> 'deleted';
CREATE INDEX organizations_by_updated ON organizations (updated_at, id) WHERE state <> 'deleted';
CREATE INDEX deleted_by_name ON organizations (deleted_name_key, id) WHERE state = 'deleted';
CREATE INDEX deleted_by_due ON organizations (purge_at) WHERE state = 'deleted';
CREATE INDEX organizations_by_admin ON organizations (admin_id);
CREATE INDEX admins_by_organization ON admins (organization_id);
CREATE INDEX operators ON admins (email_key) WHERE role = 'operator';
CREATE INDEX collections_by_organization ON collections (organization_id);
CREATE INDEX revoked_by_end ON revoked (expire_at);
CREATE INDEX throttle_by_end ON throttle (expire_at);
ALTER TABLE audit ADD COLUMN actor_id TEXT;
ALTER TABLE audit ADD COLUMN request_hash TEXT;
ALTER TABLE meta ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;
ALTER TABLE meta ADD COLUMN log_since INTEGER NOT NULL DEFAULT 0;
";
