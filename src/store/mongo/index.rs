//! The indexes of the master metadata. None is unique: uniqueness is the `_id` of reservations and nothing else.

use super::connection::Connection;
use crate::domain::audit::KEPT;
use crate::domain::session::REVOKED_KEPT;
use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;
use std::time::Duration;

fn plain(keys: Document) -> IndexModel {
    IndexModel::builder().keys(keys).build()
}

fn expiring(keys: Document, after: Duration) -> IndexModel {
    let options = IndexOptions::builder().expire_after(after).build();
    IndexModel::builder().keys(keys).options(options).build()
}

/// Creates every index; existing ones stay.
pub(super) async fn create(connection: &Connection) -> mongodb::error::Result<()> {
    let organizations = [
        doc! {"name_key": 1, "_id": 1},
        doc! {"state": 1, "touched_at": 1},
        doc! {"touched_at": 1, "_id": 1},
        doc! {"deleted.name_key": 1, "_id": 1},
        doc! {"deleted.purge_at": 1},
        doc! {"collection_uuid": 1},
        doc! {"created_at": -1, "_id": -1},
        doc! {"updated_at": -1, "_id": -1},
        doc! {"admin_id": 1},
    ];
    // Only an index of one field can expire.
    let audit = [
        expiring(doc! {"at": -1}, KEPT.unsigned_abs()),
        plain(doc! {"at": -1, "_id": -1}),
        plain(doc! {"organization_id": 1, "at": -1, "_id": -1}),
        plain(doc! {"name_key": 1, "at": -1, "_id": -1}),
        plain(doc! {"actor_key": 1, "at": -1, "_id": -1}),
    ];
    tokio::try_join!(
        async { connection.organizations().create_indexes(organizations.map(plain)).await },
        async {
            connection
                .admins()
                .create_indexes(
                    [doc! {"organization_id": 1}, doc! {"email_key": 1}, doc! {"role": 1, "email_key": 1}]
                        .map(plain),
                )
                .await
        },
        async { connection.reservations().create_indexes([plain(doc! {"organization_id": 1})]).await },
        async { connection.audit().create_indexes(audit).await },
        async {
            let kept = expiring(doc! {"expire_at": 1}, REVOKED_KEPT.unsigned_abs());
            connection.revoked().create_indexes([kept]).await
        },
        async {
            connection.throttle().create_indexes([expiring(doc! {"expire_at": 1}, Duration::ZERO)]).await
        },
    )?;
    Ok(())
}
