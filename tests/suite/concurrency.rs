//! Many parallel calls on both stores, from several stores or several processes of the real binary: of calls that
//! exclude each other one succeeds, and refused ones leave nothing. The contract of the stores shows single pairs of
//! calls; here there are many, repeatedly, mixed with sessions, a tenant's own application, and whole commands.
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
