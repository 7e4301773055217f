//! Changes of operators that are repeated with their operation id after a lost answer.

use super::Wire;
use super::operators::{emails, recorded};
use crate::common::proxy::Act;
use crate::common::service::{PASSWORD, ROOT, service_over};
use std::sync::Arc;
use tenantry::domain::AuditAction;
use tenantry::port::{Error, Result, Store};
use tenantry::service::{OperationId, TenantService, UpdateOwnAccount};

/// A change of operators as it is asked of the service, with an operation id.
#[derive(Clone, Copy, Debug)]
enum Change {
    Add,
    Email,
    Remove,
}

impl Change {
    const ALL: [Self; 3] = [Self::Add, Self::Email, Self::Remove];

    /// With a session that is made past the proxy: what broke in between may have ended the one before.
    async fn ask(self, wire: &Wire, service: &TenantService, operation: OperationId) -> Result<()> {
        let plain = service_over(Arc::clone(&wire.plain) as Arc<dyn Store>);
        let root = plain.sign_in(ROOT, &PASSWORD.into()).await?.token;
        match self {
            Self::Add => service.add_operator(&root, "kim@x", PASSWORD.into(), operation).await.map(drop),
            Self::Remove => service.remove_operator(&root, "lee@x", "lee@x", operation).await.map(drop),
            Self::Email => {
                let lee = match plain.sign_in("lee@x", &PASSWORD.into()).await {
                    Err(Error::InvalidCredentials) => plain.sign_in("boss@x", &PASSWORD.into()).await?,
                    signed_in => signed_in?,
                };
                let change = UpdateOwnAccount {
                    email: Some("boss@x".into()),
                    password: None,
                    current_password: Some(PASSWORD.into()),
                };
                service.update_own_account(&lee.token, change, operation).await.map(drop)
            }
        }
    }

    fn leaves(self) -> &'static [&'static str] {
        match self {
            Self::Add => &["kim@x", "lee@x", ROOT],
            Self::Email => &["boss@x", ROOT],
            Self::Remove => &[ROOT],
        }
    }

    fn audited_as(self) -> AuditAction {
        match self {
            Self::Add => AuditAction::OperatorAdd,
            Self::Email => AuditAction::OperatorUpdate,
            Self::Remove => AuditAction::OperatorRemove,
        }
    }
}

impl Wire {
    /// With two operators who can sign in.
    async fn with_operators() -> Self {
        let wire = Self::new().await;
        let plain = service_over(Arc::clone(&wire.plain) as Arc<dyn Store>);
        plain.recover_operator(ROOT, PASSWORD.into(), OperationId::random()).await.unwrap();
        let root = plain.sign_in(ROOT, &PASSWORD.into()).await.unwrap().token;
        plain.add_operator(&root, "lee@x", PASSWORD.into(), OperationId::random()).await.unwrap();
        wire.proxy.reset();
        wire
    }
}

/// A process ends while the answer to any of its commands is on the way; the next one repeats the change at once, while
/// the lease runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retry_after_a_lost_answer_is_applied_once() {
    for change in Change::ALL {
        let wire = Wire::with_operators().await;
        let service = service_over(Arc::clone(&wire.store) as Arc<dyn Store>);
        change.ask(&wire, &service, OperationId::random()).await.unwrap();
        let (commands, mut broken) = (wire.proxy.count(), 0);
        for number in 1..=commands {
            let when = format!("{change:?}: no answer at {number}");
            let wire = Wire::with_operators().await;
            let audited = recorded(&*wire.plain, change.audited_as()).await;
            let operation = OperationId::random();
            wire.proxy.gone_at(number, Act::DropReply);
            let first = service_over(Arc::clone(&wire.store) as Arc<dyn Store>);
            let answer = change.ask(&wire, &first, operation).await;
            // If clearing a throttle after the write fails, the write still succeeds.
            broken += usize::from(answer.is_err());
            let next = wire.database.store();
            let again = service_over(Arc::clone(&next) as Arc<dyn Store>);
            let answer = change.ask(&wire, &again, operation).await;
            answer.unwrap_or_else(|error| panic!("{when}: {error:?}"));
            assert_eq!(emails(&*next).await, change.leaves(), "{when}");
            assert_eq!(recorded(&*next, change.audited_as()).await, audited + 1, "{when}");
        }
        assert!(broken + 1 >= commands, "{change:?}: {broken} of {commands}");
    }
}
