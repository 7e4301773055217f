//! The API below `/v1`, asked as its clients ask it: `serve` as a process, on both stores. Each answer must be one that
//! the document of the API declares.

mod api;
mod contract;
mod crash;
mod documents;
mod events;
mod lists;
mod roles;
mod trash;
mod writes;
