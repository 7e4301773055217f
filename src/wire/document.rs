//! Documents in JSON, besides the documents themselves, which are printed as they are.

use serde::Serialize;

/// A document in a table or a CSV file.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct DocumentRow<'a> {
    /// Its id, as an argument.
    #[serde(rename = "_id")]
    pub id: &'a str,
    /// All of it, as JSON.
    pub document: &'a str,
}

/// How many documents a query finds.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct DocumentCount {
    /// The number.
    pub documents: u64,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Its document was inserted.
    Inserted,
    /// A dry run found nothing against it.
    WouldInsert,
    /// Its document was refused.
    Refused,
}

/// A line of `doc insert`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct Inserted {
    /// Its number, from 1.
    pub line: usize,
    /// What became of it.
    pub outcome: Outcome,
    /// The id of the document, as an argument; null if it was refused.
    pub id: Option<String>,
    /// Why it was refused.
    pub code: Option<&'static str>,
    /// The same in a sentence.
    pub message: Option<String>,
}

/// A replaced document.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct WrittenDocument {
    /// Its id, as an argument.
    pub id: String,
    /// Its revision now.
    pub revision: String,
}

/// A deleted document.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct DeletedDocument {
    /// Its id, as an argument.
    pub id: String,
    /// Always true.
    pub deleted: bool,
}
