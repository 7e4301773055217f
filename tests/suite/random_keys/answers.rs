//! Good answers to the calls of a console.

use crate::common::samples::{
    every_type, exported, import_preview, in_state, invoice, operator, organization, signed_in,
};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tenantry::domain::{
    Account, CheckReport, CollectionSize, CollectionStats, Finding, Organization, Problem, RepairOutcome,
    Role, State,
};
use tenantry::service::{
    ActivityPage, Changes, ChangesPosition, DeletedOrganization, DocumentPage, Error, NewEntry, OperatorPage,
    OrganizationPage, OwnAccount, PurgedOrganization, RemovedOperator,
};
use tenantry::tui::cards::delete_document::DeleteDocument;
use tenantry::tui::cards::delete_organization::{DeleteOrganization, ReadDeletion};
use tenantry::tui::cards::document::ReadDocument;
use tenantry::tui::cards::edit_document::{InsertDocument, ReplaceDocument};
use tenantry::tui::cards::export_organization::ExportOrganization;
use tenantry::tui::cards::purge_organization::PurgeOrganization;
use tenantry::tui::cards::recover_operation::RecoverOperation;
use tenantry::tui::cards::remove_operator::RemoveOperator;
use tenantry::tui::cards::repair::RepairFindings;
use tenantry::tui::cards::suspend_organization::ChangeSuspension;
use tenantry::tui::effect::{Answer, BoxedCall, answer};
use tenantry::tui::reads::{Preview, ReadChanges, ReadOrganization, ReadPreview, ReadSignIn, ReadStats};
use tenantry::tui::screens::activity::ReadActivity;
use tenantry::tui::screens::doctor::CheckStore;
use tenantry::tui::screens::form::{
    AddOperator, CreateOrganization, RestoreOrganization, SetOperatorPassword, UpdateOrganization,
    UpdateOwnAccount,
};
use tenantry::tui::screens::import::{CheckImport, ImportOrganization};
use tenantry::tui::screens::operators::ReadOperators;
use tenantry::tui::screens::organization::{CountDocuments, FoundDocuments, ReadDocuments};
use tenantry::tui::screens::organizations::{ReadOrganizations, ReadSizes, RowRead};
use tenantry::tui::screens::sign_in::{IsInitialized, SignInCall};
use tenantry::tui::screens::trash::ReadTrash;
fn finding(problem: Problem) -> Finding {
    let acme = organization("Acme Corp");
    Finding {
        organization_id: Some(acme.id),
        organization_name: Some(acme.name.clone()),
        collection_name: Some("org_acme_corp".into()),
        problem,
    }
}

fn row_read(row: &Arc<Organization>) -> RowRead {
    RowRead { id: row.id, size: Ok(CollectionSize { documents: 7, data_bytes: 9 }), signed_in: None }
}

fn report() -> CheckReport {
    let findings = [Problem::CollectionMissing, Problem::LeftAside, Problem::Orphan].map(finding).to_vec();
    CheckReport { findings, organizations: 2, collections: 2 }
}

fn an_operator(email: &str) -> Account {
    operator(email, "2026-01-01", "2026-01-02")
}

fn operators() -> OperatorPage {
    let items = ["kim@example.com", "root@example.com"].map(an_operator).to_vec();
    OperatorPage { items, next_cursor: None }
}

fn stats() -> CollectionStats {
    CollectionStats { size: CollectionSize { documents: 7, data_bytes: 9 }, ..CollectionStats::default() }
}

/// One is gone for good, another one is another one now.
fn changes() -> Changes {
    let next = ChangesPosition { stamp: 1, touched_at: 1, seen_at: 1, audit: 1 };
    Changes {
        organizations: vec![in_state("Acme Europe", State::Deleted), organization("Acme Asia")],
        gone: vec![organization("Acme Corp").id],
        entries: vec![NewEntry { id: uuid::Uuid::from_u128(5), organization: None }],
        is_too_much: false,
        next,
    }
}

/// An answer of the call's type; nothing for a type that is unknown here.
pub(super) fn good_answer(call: &BoxedCall) -> Answer {
    let acme = organization("Acme Corp");
    if let Some(read) = call.get::<ReadDeletion>() {
        return answer((Arc::clone(&read.shown), Ok::<_, Error>(stats())));
    }
    if let Some(ReadSizes(rows)) = call.get() {
        return answer(rows.iter().map(row_read).collect::<Vec<_>>());
    }
    if let Some(RepairFindings { findings, .. }) = call.get() {
        return answer(vec![RepairOutcome::Repaired; findings.len()]);
    }
    match () {
        () if call.is::<IsInitialized>() => answer(true),
        () if call.is::<SignInCall>() => answer(signed_in("root@example.com", Role::Operator)),
        () if call.is::<ReadOrganizations>() => {
            let items = vec![acme, in_state("Acme Europe", State::Renaming)];
            answer(OrganizationPage { items, next_cursor: None })
        }
        () if call.is::<ReadTrash>() => {
            let items = vec![in_state("Acme Corp", State::Deleted), in_state("Acme Asia", State::Deleted)];
            answer(OrganizationPage { items, next_cursor: None })
        }
        () if call.is::<ReadOrganization>()
            || call.is::<CreateOrganization>()
            || call.is::<UpdateOrganization>()
            || call.is::<RestoreOrganization>()
            || call.is::<ChangeSuspension>() =>
        {
            answer(acme)
        }
        () if call.is::<ReadChanges>() => answer(changes()),
        () if call.is::<ReadStats>() => answer(stats()),
        () if call.is::<ReadSignIn>() => answer(None::<Timestamp>),
        () if call.is::<ReadActivity>() => answer(ActivityPage { items: Vec::new(), next_cursor: None }),
        () if call.is::<ReadOperators>() => answer(operators()),
        () if call.is::<AddOperator>() || call.is::<SetOperatorPassword>() => {
            answer(an_operator("kim@example.com"))
        }
        () if call.is::<UpdateOwnAccount>() => {
            answer(OwnAccount { email: "root@example.com".into(), role: Role::Operator, is_changed: true })
        }
        () if call.is::<RemoveOperator>() => {
            answer(RemovedOperator { email: "kim@example.com".into(), ends_session: false })
        }
        () if call.is::<DeleteOrganization>() => answer(DeletedOrganization {
            organization_id: acme.id,
            organization_name: acme.name.clone(),
            collection_name: "org_acme_corp".into(),
            purge_at: None,
            collection_left: None,
            ends_session: false,
        }),
        () if call.is::<PurgeOrganization>() => {
            answer(PurgedOrganization { organization_id: acme.id, organization_name: acme.name.clone() })
        }
        () if call.is::<ReadPreview>() => answer(Preview { stats: Ok(stats()), recent: Vec::new() }),
        () if call.is::<RecoverOperation>() => answer(Some(acme)),
        () if call.is::<CheckStore>() => answer((report(), Duration::ZERO)),
        () => answer_about_documents(call),
    }
}

/// The same for the calls about documents.
fn answer_about_documents(call: &BoxedCall) -> Answer {
    match () {
        () if call.is::<ReadDocuments>() => {
            let items = vec![invoice(1), invoice(2), every_type()];
            let organization = Organization::clone(&organization("Acme Corp"));
            let page = DocumentPage { organization, items, next_cursor: Some("next".to_owned()) };
            answer(FoundDocuments { page, took: Duration::ZERO })
        }
        () if call.is::<CountDocuments>() => answer(1_234_u64),
        () if call.is::<ReadDocument>() || call.is::<DeleteDocument>() || call.is::<ReplaceDocument>() => {
            answer(invoice(2))
        }
        () if call.is::<InsertDocument>() => answer("65f0c0ffee65f0c0ffee0002".to_owned()),
        () => answer_about_archives(call),
    }
}

/// The same for the calls about archives.
fn answer_about_archives(call: &BoxedCall) -> Answer {
    match () {
        () if call.is::<ExportOrganization>() => answer(Some(exported("./acme_corp-2026-11-24.tar.gz"))),
        () if call.is::<CheckImport>() => answer(Some(import_preview())),
        () if call.is::<ImportOrganization>() => answer(Some(organization("Acme Corp"))),
        () => answer(()),
    }
}
