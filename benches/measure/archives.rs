//! Export and import against the layout of mongodump written, and its documents inserted, by the bare store.

use crate::binary::timed;
use crate::common::mongo::TestDatabase;
use crate::common::service::{PASSWORD, ROOT, service_over};
use crate::common::suite::create;
use crate::documents::{BATCH, fill};
use crate::table::Table;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::TryStreamExt;
use mongodb::bson::{RawDocumentBuf, doc};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tenantry::domain::DatabaseName;
use tenantry::port::Store;
use tenantry::service::{
    ExportProgress, ExportRequest, ImportProgress, ImportRequest, OperationId, OrganizationReference,
};
use tenantry::store::embedded::EmbeddedStore;
use tokio::sync::watch;

/// Pairs of runs.
const ROUNDS: usize = 3;
/// How hard an export is compressed.
const LEVEL: u32 = 3;

/// Each export, each import, and the bytes of the documents.
struct Times {
    exports: Vec<Duration>,
    imports: Vec<Duration>,
    bytes: u64,
}

/// Exports an organization of so many documents and imports it under other names.
async fn round_trips(store: Arc<dyn Store>, documents: usize, folder: &Path) -> Times {
    let service = service_over(Arc::clone(&store));
    service.initialize(ROOT, PASSWORD.into(), OperationId::random()).await.unwrap();
    let token = service.sign_in(ROOT, &PASSWORD.into()).await.unwrap().token;
    let measured = create(&*store, "Measured Ltd", "measured@x.example").await.unwrap();
    fill(&*store, &measured, documents).await;
    let mut times = Times { exports: Vec::new(), imports: Vec::new(), bytes: 0 };
    for round in 0..ROUNDS {
        let file = folder.join(format!("{round}.tar.gz"));
        let request = ExportRequest { to: Some(file.clone()), replaces: false, documents_only: false };
        let name = OrganizationReference::Name("Measured Ltd".into());
        let (progress, _heard) = watch::channel(ExportProgress::default());
        let began = Instant::now();
        let exported = service.export_organization(&token, &name, &request, &progress).await.unwrap();
        times.exports.push(began.elapsed());
        times.bytes = exported.data_bytes;
        let request = ImportRequest {
            file,
            name: Some(format!("Copy {round}")),
            admin_email: Some(format!("copy{round}@x.example")),
            admin_password: PASSWORD.into(),
        };
        // An import ends when nobody listens.
        let (progress, _heard) = watch::channel(ImportProgress::default());
        let began = Instant::now();
        service.import_organization(&token, request, OperationId::random(), &progress).await.unwrap();
        times.imports.push(began.elapsed());
    }
    times
}

fn put(table: &mut Table, store: &str, documents: usize, times: &Times) {
    for (what, durations) in [("export", &times.exports), ("import", &times.imports)] {
        let megabytes = f64::from(u32::try_from(times.bytes >> 10).unwrap()) / 1024.0;
        let speeds = durations.iter().map(|time| megabytes / time.as_secs_f64()).collect();
        table.put(format!("{store}: {what} of {documents} documents, MiB a second"), speeds, "", None);
    }
}

/// Writes documents as an export does: compressed, to a new file that is on the disk at the end.
fn dump(documents: impl Iterator<Item = Vec<u8>>, to: &Path) {
    let file = File::create(to).unwrap();
    let mut out = GzEncoder::new(BufWriter::with_capacity(64 << 10, file), Compression::new(LEVEL));
    documents.for_each(|document| out.write_all(&document).unwrap());
    out.finish().unwrap().into_inner().unwrap().sync_all().unwrap();
}

pub(crate) async fn embedded(table: &mut Table, documents: usize) {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(EmbeddedStore::new(folder.path(), &DatabaseName::default()));
    let times = round_trips(store, documents, folder.path()).await;
    put(table, "embedded", documents, &times);
    let file = rusqlite::Connection::open(folder.path().join("tenantry.db")).unwrap();
    let bare = (0..ROUNDS).map(|round| {
        timed(|| {
            let sql = "SELECT doc FROM documents ORDER BY collection_id, id_key LIMIT ?1";
            let mut statement = file.prepare(sql).unwrap();
            let most = i64::try_from(documents).unwrap();
            let read = statement.query_map([most], |row| row.get::<_, Vec<u8>>(0)).unwrap();
            dump(read.map(Result::unwrap), &folder.path().join(format!("{round}.bson.gz")));
        })
    });
    let pairs: Vec<_> = times.exports.iter().copied().zip(bare).collect();
    table.ratios("embedded: export / the bytes read and compressed", &pairs, Some(2.0));
}

pub(crate) async fn mongodb(table: &mut Table, documents: usize) {
    let database = TestDatabase::new().await;
    let folder = tempfile::tempdir().unwrap();
    let times = round_trips(database.store(), documents, folder.path()).await;
    put(table, "mongodb", documents, &times);
    let names = database.organization_collections().await;
    let source = database.direct.collection::<RawDocumentBuf>(names.first().unwrap());
    let (mut exports, mut imports) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let began = Instant::now();
        let found = source.find(doc! {}).sort(doc! {"_id": 1}).batch_size(1_000).await.unwrap();
        let read: Vec<RawDocumentBuf> = found.try_collect().await.unwrap();
        let bytes = read.iter().map(|document| document.as_bytes().to_vec());
        dump(bytes, &folder.path().join(format!("{round}.bson.gz")));
        exports.push((times.exports[round], began.elapsed()));
        let target = database.direct.collection::<RawDocumentBuf>(&format!("bare{round}"));
        let began = Instant::now();
        for part in read.chunks(BATCH) {
            target.insert_many(part).await.unwrap();
        }
        imports.push((times.imports[round], began.elapsed()));
    }
    table.ratios("mongodb: export / mongodump's layout by the bare driver", &exports, Some(2.0));
    table.ratios("mongodb: import / the documents inserted by the bare driver", &imports, Some(2.0));
}
