//! All collections of the database by name and UUID, listed once.

use crate::store::mongo::collections::{list, listed};
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{Failure, judge};
use futures_util::TryStreamExt;
use mongodb::bson::doc;
use std::collections::HashMap;
use uuid::Uuid;

/// One collection.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) name: Box<str>,
    /// `None` for a view.
    pub(super) uuid: Option<Uuid>,
    /// Whether an organization owns it.
    pub(super) is_owned: bool,
}

/// All of them, by name.
#[derive(Debug)]
pub(super) struct Listing {
    all: Vec<Listed>,
    by_uuid: HashMap<Uuid, u32>,
}

/// Whether organizations use such names.
pub(super) fn is_of_organizations(name: &str) -> bool {
    name.starts_with("org_") || name.starts_with("tenantry_")
}

impl Listing {
    pub(super) async fn read(connection: &Connection) -> Result<Self, Failure> {
        let mut all = Vec::new();
        let mut entries = list(connection, doc! {}).await?;
        while let Some(entry) = entries.try_next().await.map_err(judge)? {
            let Some(found) = listed(&entry) else { continue };
            all.push(Listed { name: found.name.into(), uuid: found.uuid, is_owned: false });
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        let numbered = (0_u32..).zip(&all);
        let by_uuid =
            numbered.filter_map(|(number, listed)| Some((listed.uuid?, number))).collect::<HashMap<_, _>>();
        Ok(Self { all, by_uuid })
    }

    /// The number of organizations' collections and collections aside.
    pub(super) fn count(&self) -> u64 {
        self.all.iter().filter(|listed| is_of_organizations(&listed.name)).count() as u64
    }

    pub(super) fn named(&self, name: &str) -> Option<&Listed> {
        let at = self.all.binary_search_by(|listed| (*listed.name).cmp(name)).ok()?;
        self.all.get(at)
    }

    /// The name of the collection with this UUID.
    pub(super) fn name_of(&self, uuid: Uuid) -> Option<&str> {
        let at = usize::try_from(*self.by_uuid.get(&uuid)?).ok()?;
        self.all.get(at).map(|listed| &*listed.name)
    }

    /// Marks the collection with this name as owned.
    pub(super) fn own(&mut self, name: &str) {
        if let Ok(at) = self.all.binary_search_by(|listed| (*listed.name).cmp(name))
            && let Some(listed) = self.all.get_mut(at)
        {
            listed.is_owned = true;
        }
    }

    /// The collections of organizations and those aside without an owner.
    pub(super) fn unowned(&self) -> Vec<String> {
        let unowned = self.all.iter().filter(|listed| !listed.is_owned && is_of_organizations(&listed.name));
        unowned.map(|listed| listed.name.clone().into_string()).collect()
    }
}
