//! An adopted account signs in with what it had, until its password is changed.

use super::adopt;
use super::old::Old;
use crate::common::service::service_over;
use crate::common::suite::newest;
use secrecy::SecretString;
use std::sync::Arc;
use tenantry::domain::{AuditAction, WarningCode};
use tenantry::port::{Error, Store};
use tenantry::service::{OperationId, UpdateOwnAccount};

/// The hash that the earlier service wrote: of the first 72 bytes.
pub(super) fn hashed(password: &str) -> String {
    let bytes = password.as_bytes();
    #[expect(clippy::disallowed_methods, reason = "the earlier service hashed what it was given")]
    let hash = bcrypt::hash(bytes.get(..72).unwrap_or(bytes), 4);
    hash.unwrap()
}

#[tokio::test]
async fn old_passwords_sign_in_and_long_ones_are_flagged() {
    let old = Old::new().await;
    let long = "correct horse battery staple ".repeat(3);
    let edge = "e".repeat(72);
    let passwords = ["", "abc12", "pässwörd ☃ 1", " padded pass ", &edge, &long];
    for (number, password) in passwords.iter().enumerate() {
        old.with_hash(&format!("Org {number}"), &format!("admin{number}@x"), &hashed(password)).await;
    }
    let store = old.initialized().await;
    assert_eq!(adopt(&store).await.adopted, passwords.len() as u64);
    let service = service_over(Arc::clone(&store) as Arc<dyn Store>);
    for (number, password) in passwords.iter().enumerate() {
        let email = format!("ADMIN{number}@x");
        let signed = service.sign_in(&email, &SecretString::from(*password)).await.unwrap();
        let codes: Vec<_> = signed.warnings.iter().map(|warning| warning.code).collect();
        let is_long = password.len() > 72;
        assert_eq!(codes == [WarningCode::PasswordCut], is_long, "{password:?}");
        let entry = newest(&*store, 1).await.remove(0);
        assert_eq!(entry.action, AuditAction::SignIn);
        assert_eq!(entry.changes.contains_key("password_cut"), is_long, "{password:?}");
        for wrong in [format!("x{password}"), format!("{password}\0")] {
            let refused = service.sign_in(&email, &wrong.into()).await.map(drop);
            assert_eq!(refused, Err(Error::InvalidCredentials), "{password:?}");
        }
    }
    // What counts are 72 bytes.
    let more = format!("{edge} and more");
    assert_eq!(service.sign_in("admin4@x", &more.into()).await.unwrap().warnings.len(), 1);
    let too_long = "e".repeat(4_097);
    let refused = service.sign_in("admin4@x", &too_long.into()).await.map(drop);
    assert_eq!(refused, Err(Error::InvalidCredentials));
}

#[tokio::test]
async fn a_new_password_follows_the_rules_of_tenantry() {
    let old = Old::new().await;
    let long = "correct horse battery staple ".repeat(3);
    old.with_hash("Acme", "ann@x", &hashed(&long)).await;
    let store = old.initialized().await;
    adopt(&store).await;
    let service = service_over(Arc::clone(&store) as Arc<dyn Store>);
    let token = service.sign_in("ann@x", &long.clone().into()).await.unwrap().token;
    let edge = "e".repeat(72);
    let change = |password: &str, current: &str| UpdateOwnAccount {
        password: Some(password.into()),
        current_password: Some(current.into()),
        ..UpdateOwnAccount::default()
    };
    let short = service.update_own_account(&token, change("short", &long), OperationId::random()).await;
    assert!(matches!(short, Err(Error::InvalidPassword(_))), "{short:?}");
    // The current password follows the old rule as well.
    service.update_own_account(&token, change(&edge, &long), OperationId::random()).await.unwrap();
    assert!(service.sign_in("ann@x", &edge.clone().into()).await.unwrap().warnings.is_empty());
    for gone in [format!("{edge}x"), long] {
        assert_eq!(service.sign_in("ann@x", &gone.into()).await.map(drop), Err(Error::InvalidCredentials));
    }
}
