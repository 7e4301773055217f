//! What lies over a screen, named by what it does.

pub mod audit_entry;
mod by_name;
pub mod copy;
pub mod delete_document;
pub mod delete_organization;
pub mod discard_changes;
pub mod document;
mod draw;
pub mod edit_document;
pub mod export_organization;
pub mod finding;
pub mod go_to;
pub mod help;
pub mod menu;
pub mod purge_organization;
pub mod question;
pub mod quit;
pub mod read_sizes;
pub mod recover_operation;
pub mod remove_operator;
pub mod repair;
pub mod replace_collection;
pub mod suspend_organization;
mod typing;
