//! Fills the store that the settings name with believable organizations, to look at a large one:
//!
//! ```text
//! TENANTRY_DATA_DIR=/tmp/large cargo run --release --example seed -- 100000
//! TENANTRY_DATA_DIR=/tmp/large cargo run --release
//! ```
//!
//! The operator is demo@example.com; every password is `demonstration`. A store that has an operator keeps it. With
//! MongoDB only the first 200 organizations get a collection.
#![expect(clippy::print_stdout, reason = "a tool for the terminal")]

use std::error::Error;
use tenantry::app;
use tenantry::domain::Password;
use tenantry::service::OperationId;
use tenantry::service::clock::{Clock, SystemClock};
use tenantry::service::password::PasswordPool;
use tenantry::settings::{Settings, StoreSettings, Surroundings};
use tenantry::store::embedded::EmbeddedStore;
use tenantry::store::mongo::{MongoOptions, MongoStore};

const PASSWORD: &str = "demonstration";
const COST: u32 = 10;
const WITH_COLLECTIONS: usize = 200;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = std::env::args().nth(1).ok_or("how many?")?.parse()?;
    let settings = Settings::read(&Surroundings::of_process(true))?;
    let service = app::service(&settings).map_err(|failure| failure.to_string())?;
    if !service.is_initialized().await? {
        service.initialize("demo@example.com", PASSWORD.into(), OperationId::random()).await?;
    }
    let hash = PasswordPool::new(COST).hash(&Password::new(PASSWORD.into())?).await?;
    let now = SystemClock.now();
    match &settings.store {
        StoreSettings::Embedded { data_dir } => {
            let store = EmbeddedStore::new(data_dir, &settings.master_db);
            store.seed(count, true, &hash, now).await?;
        }
        StoreSettings::MongoDb { uri } => {
            let options = MongoOptions {
                uri: uri.clone(),
                database: settings.master_db.clone(),
                lease: settings.lease,
            };
            MongoStore::open(options)?.seed(count, WITH_COLLECTIONS, &hash, now).await?;
        }
    }
    println!("{count} organizations in {}", service.place().full);
    Ok(())
}
