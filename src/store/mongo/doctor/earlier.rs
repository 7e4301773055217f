//! Records of an earlier service: `adoption` judges them, the doctor only counts them.

use super::{Doctor, about_none};
use crate::domain::Problem;
use crate::store::mongo::failure::{Failure, judge};
use crate::store::mongo::record::not_ours;
use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};

impl Doctor<'_> {
    /// I2. The collections that such records name have an owner, though not one of tenantry.
    pub(super) async fn records_of_an_earlier_service(&mut self) -> Result<(), Failure> {
        let theirs = doc! {"schema": not_ours()};
        let mut records = self.connection.admins().count_documents(theirs.clone()).await.map_err(judge)?;
        let organizations = self.connection.organizations();
        let found = organizations.find(theirs).projection(doc! {"collection_name": 1}).await;
        let mut found = found.map_err(judge)?;
        while let Some(record) = TryStreamExt::try_next(&mut found).await.map_err(judge)? {
            let record: Document = record;
            records += 1;
            if let Ok(name) = record.get_str("collection_name") {
                self.listing.own(name);
            }
        }
        if records > 0 {
            self.found(about_none(None, Problem::NotAdopted { records }));
        }
        Ok(())
    }
}
