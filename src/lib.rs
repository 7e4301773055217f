//! tenantry: organizations (tenants) of a SaaS, managed from a terminal.
pub mod domain;
pub mod service;
