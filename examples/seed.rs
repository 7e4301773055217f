//! Fills the store that the settings name with sample organizations, to look at a large one:
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
use tenantry::settings::{Environment, Settings};
use tenantry::{app, demo};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = std::env::args().nth(1).ok_or("how many?")?.parse()?;
    let settings = Settings::read(&Environment::of_process(true))?;
    let service = app::service(&settings).map_err(|failure| failure.to_string())?;
    demo::seed::store_of(&settings, &service, count).await?;
    println!("{count} organizations in {}", service.place().full);
    Ok(())
}
