//! Many at once on one thing, on both stores, by several stores or by several processes of the real binary: of those
//! that exclude each other one comes through, and what the others were refused left nothing. What is shown of it by
//! one call against another is in the contract of the stores; here they are many, again and again, and in between are
//! sessions, a tenant's own application, and whole commands.
#![expect(clippy::print_stdout, reason = "who came first how often is worth knowing")]

/// Cases that run on each store, several threads at once.
macro_rules! on_both_stores {
    ($($case:ident)+) => {
        mod on_mongo { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { Box::pin(super::$case::<super::OnMongo>()).await; }
        )+ }
        mod on_embedded { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { Box::pin(super::$case::<super::OnEmbedded>()).await; }
        )+ }
    };
}

mod one_name;
mod one_organization;
mod processes;
mod sessions;
mod tenant;
