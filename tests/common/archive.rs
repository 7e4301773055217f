//! Archives that were never exported.

use serde_json::json;
use std::path::Path;
use tenantry::archive::{Content, Draft, Target, Watch};
use tenantry::domain::CollectionMetadata;
use tenantry::domain::document::RawDocumentBuf;

/// An archive of Acme that was never a collection.
pub(crate) fn archive(path: &Path, documents: &[RawDocumentBuf], metadata: CollectionMetadata) {
    let content = Content {
        at: "2026-11-29T12:00:00Z".parse().unwrap(),
        organization_id: "7".to_owned(),
        organization_name: "Acme".to_owned(),
        collection_name: "org_acme".to_owned(),
        organization: json!({"admin_email": "ann@x"}).as_object().unwrap().clone(),
        metadata,
        documents_only: true,
    };
    let target = Target::check(path, true).unwrap();
    let mut draft = Draft::begin(target, content, Watch::default()).unwrap().unwrap();
    draft.documents(documents).unwrap();
    draft.finish().unwrap().place().unwrap();
}
