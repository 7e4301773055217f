//! `doc`: the documents of an organization. They are printed from their bytes, never through a tree of JSON that would
//! lose what it cannot hold.

mod insert;
mod lines;
mod write;

use super::arguments::{DocCommand, FormArgs, QueryArgs, Target};
use super::context::Context;
use super::exit::Failure;
use super::organization::reference;
use super::output::Printed;
use super::printing::Rows;
use crate::domain::document::id::print_id;
use crate::domain::document::json::{Form, Layout, to_string};
use crate::domain::document::raw::revision;
use crate::domain::document::{RawDocumentBuf, id_of};
use crate::domain::text::count;
use crate::service::DocumentsQuery;
use crate::wire;
use serde_json::Value;
use std::time::Duration;

pub(super) async fn run(context: &Context<'_>, command: &DocCommand) -> Result<(), Failure> {
    match command {
        DocCommand::List { target, query, sort, reverse, form, page } => {
            let wanted = DocumentsQuery {
                filter: query.filter.clone(),
                sort: sort.clone(),
                reverse: *reverse,
                limit: page.rows(),
                cursor: None,
                time: time(context),
            };
            let (token, target, form) =
                (context.required_session().await?, reference(target), form_of(*form));
            let read = async |cursor| {
                let wanted = DocumentsQuery { cursor, ..wanted.clone() };
                let page = context.reads(context.service.documents(&token, &target, &wanted)).await?;
                let items = page.items.iter().map(|document| Row::of(document, form)).collect();
                Ok(Rows { items, next_cursor: page.next_cursor })
            };
            context.print_pages(page, read).await
        }
        DocCommand::Get { target, document, revision, form } => {
            get(context, target, document, *revision, form_of(*form)).await
        }
        DocCommand::Count { target, query } => counted(context, target, query).await,
        DocCommand::Insert { target, dry } => insert::insert(context, target, *dry).await,
        DocCommand::Replace { target, document, revision, dry } => {
            write::replace(context, target, document, revision.as_deref(), *dry).await
        }
        DocCommand::Delete { target, document, confirm, revision, dry } => {
            let confirm = confirm.as_deref();
            write::delete(context, target, document, confirm, revision.as_deref(), *dry).await
        }
        DocCommand::Indexes(target) => indexes(context, target).await,
    }
}

fn form_of(args: FormArgs) -> Form {
    if args.canonical { Form::Canonical } else { Form::Relaxed }
}

/// How long a search may take: the server stops it when the command stops waiting.
fn time(context: &Context<'_>) -> Duration {
    Duration::from_secs(context.global.timeout())
}

/// A document in a list.
struct Row {
    id: String,
    json: String,
}

impl Row {
    fn of(document: &RawDocumentBuf, form: Form) -> Self {
        let bytes = document.as_bytes();
        let id = id_of(bytes).map(|id| print_id(&id.get())).unwrap_or_default();
        Self { id, json: to_string(bytes, form, Layout::Compact) }
    }
}

impl Printed for Row {
    fn value(&self) -> Result<Value, Failure> {
        wire::DocumentRow { id: &self.id, document: &self.json }.value()
    }

    fn json(&self) -> Option<&str> {
        Some(&self.json)
    }
}

async fn get(
    context: &Context<'_>,
    target: &Target,
    id: &str,
    with_revision: bool,
    form: Form,
) -> Result<(), Failure> {
    let token = context.required_session().await?;
    let found = context.reads(context.service.document(&token, &reference(target), id)).await?;
    let bytes = found.as_bytes();
    let is_json = context.global.format().is_json();
    let layout = if is_json { Layout::Compact } else { Layout::Pretty };
    let mut text = to_string(bytes, form, layout);
    if with_revision {
        text = format!("{{\"revision\":\"{}\",\"document\":{text}}}", revision(bytes));
    }
    text.push('\n');
    context.show_text(text).await
}

async fn counted(context: &Context<'_>, target: &Target, query: &QueryArgs) -> Result<(), Failure> {
    let token = context.required_session().await?;
    let target = reference(target);
    let call = context.service.count_documents(&token, &target, &query.filter, time(context));
    let documents = context.reads(call).await?;
    context.say(&wire::DocumentCount { documents }, &count(documents)).await
}

async fn indexes(context: &Context<'_>, target: &Target) -> Result<(), Failure> {
    let token = context.required_session().await?;
    let found = context.reads(context.service.indexes(&token, &reference(target))).await?;
    context.print_whole(found.iter().map(wire::Index::from).collect()).await
}
