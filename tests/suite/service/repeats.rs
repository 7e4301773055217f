//! A write that is repeated with its operation id is done once; another request with the same id is refused.

use super::*;
use Write::{
    AddOperator, Create, Delete, OperatorPassword, OwnAccount, Purge, Recover, RemoveOperator, Restore,
    Suspend, Update,
};
use tenantry::domain::AuditAction;
use tenantry::port::{Audit, AuditQuery};
use tenantry::service::{CreateOrganization, RestoreOrganization, UpdateOwnAccount};

const OTHER: &str = "another horse";

/// A world with operators and organizations, so that every write has something to be about.
struct Scene {
    world: World,
    operation: OperationId,
}

/// The part of a write's answer that a repeat must return again.
type Said = Result<String, &'static str>;

impl Scene {
    async fn new() -> Self {
        let world = World::initialized().await;
        let root = world.root().await;
        for name in ["Acme", "Borealis", "Gone"] {
            world.create(&root, name, &format!("{}@x", name.to_lowercase())).await.unwrap();
        }
        for email in ["kim@x", "lee@x"] {
            world.service.add_operator(&root, email, PASSWORD.into(), OperationId::random()).await.unwrap();
        }
        let gone = OrganizationReference::Name("Gone".into());
        world
            .service
            .delete_organization(&root, &gone, "Gone", None, false, OperationId::random())
            .await
            .unwrap();
        Self { world, operation: OperationId::random() }
    }

    async fn token(&self, email: &str) -> AccessToken {
        for password in [PASSWORD, OTHER] {
            if let Ok(signed_in) = self.world.service.sign_in(email, &password.into()).await {
                return signed_in.token;
            }
        }
        panic!("nobody signs in as {email}")
    }

    async fn send(&self, actor: &str, write: &Write) -> Said {
        let token = self.token(actor).await;
        let said = self.send_about_account(&token, write).await;
        let said =
            if let Some(said) = said { said } else { self.send_about_organization(&token, write).await };
        said.map_err(|error| error.code())
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the other function sends the others")]
    async fn send_about_organization(&self, token: &AccessToken, write: &Write) -> Result<String> {
        let (service, id) = (&self.world.service, self.operation);
        let about = |name: &str| OrganizationReference::Name(name.to_owned());
        match write.clone() {
            Create(name, email, password) => {
                let request = CreateOrganization {
                    name: name.into(),
                    admin_email: email.into(),
                    admin_password: password.into(),
                };
                service.create_organization(Some(token), request, id).await.map(|made| made.name)
            }
            Update(whom, name, email, password) => {
                let request = UpdateOrganization {
                    name: name.map(str::to_owned),
                    admin_email: email.map(str::to_owned),
                    admin_password: password.map(Into::into),
                    ..UpdateOrganization::default()
                };
                let updated = service.update_organization(token, &about(whom), request, id).await;
                updated.map(|now| format!("{} {}", now.name, now.admin_email))
            }
            Suspend(whom, Some(reason)) => {
                let suspended = service.suspend_organization(token, &about(whom), reason, None, id).await;
                suspended.map(|now| now.suspension.map(|now| now.reason).unwrap_or_default())
            }
            Suspend(whom, None) => {
                service.resume_organization(token, &about(whom), None, id).await.map(|now| now.name)
            }
            Delete(whom, now) => {
                let deleted = service.delete_organization(token, &about(whom), whom, None, now, id).await;
                deleted.map(|deleted| format!("{deleted:?}"))
            }
            Restore(whom, name) => {
                let request =
                    RestoreOrganization { name: name.map(str::to_owned), ..RestoreOrganization::default() };
                service.restore_organization(token, &about(whom), request, id).await.map(|now| now.name)
            }
            Purge(whom) => {
                let purged = service.purge_organization(token, &about(whom), whom, None, id).await;
                purged.map(|purged| purged.organization_name)
            }
            other => panic!("{other:?} is about an account"),
        }
    }

    /// Nothing when it is about an organization.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other function sends the others")]
    async fn send_about_account(&self, token: &AccessToken, write: &Write) -> Option<Result<String>> {
        let (service, id) = (&self.world.service, self.operation);
        Some(match write.clone() {
            AddOperator(email, password) => {
                service.add_operator(token, email, password.into(), id).await.map(|made| made.email)
            }
            RemoveOperator(email) => {
                service.remove_operator(token, email, email, id).await.map(|removed| removed.email)
            }
            OperatorPassword(email, password) => {
                service.set_operator_password(token, email, password.into(), id).await.map(|it| it.email)
            }
            Recover(email, password) => {
                service.recover_operator(email, password.into(), id).await.map(|it| it.email)
            }
            OwnAccount(email, password) => {
                let request = UpdateOwnAccount {
                    email: email.map(str::to_owned),
                    password: password.map(Into::into),
                    current_password: Some(PASSWORD.into()),
                };
                service.update_own_account(token, request, id).await.map(|own| own.email)
            }
            _ => return None,
        })
    }

    async fn entries(&self) -> usize {
        let all = self.world.store.audit(&AuditQuery::newest(1_000)).await.unwrap().rows;
        let others = [AuditAction::SignIn, AuditAction::SignInFailed];
        all.iter().filter(|entry| !others.contains(&entry.action)).count()
    }
}

type Text = &'static str;

#[derive(Clone, Debug)]
enum Write {
    Create(Text, Text, Text),
    Update(Text, Option<Text>, Option<Text>, Option<Text>),
    Suspend(Text, Option<Text>),
    Delete(Text, bool),
    Restore(Text, Option<Text>),
    Purge(Text),
    AddOperator(Text, Text),
    RemoveOperator(Text),
    OperatorPassword(Text, Text),
    Recover(Text, Text),
    OwnAccount(Option<Text>, Option<Text>),
}

/// Who sends it, a write, and requests that differ from it in one thing.
type Case = (&'static str, Write, Vec<Write>);

/// Each write of organizations, and requests that differ from it in one thing.
fn organization_writes() -> Vec<Case> {
    vec![
        (
            ROOT,
            Create("New", "new@x", PASSWORD),
            vec![
                Create("New ", "other@x", PASSWORD),
                Create("Newer", "new@x", PASSWORD),
                Create("New", "new@x", OTHER),
                Delete("Acme", false),
            ],
        ),
        (
            ROOT,
            Update("Acme", None, Some("ann@x"), None),
            vec![
                Update("Acme", Some("Zephyr"), Some("ann@x"), None),
                Update("Acme", None, Some("ann@x"), Some(OTHER)),
                Update("Acme", None, Some("Ann@x"), None),
                Update("Borealis", None, Some("ann@x"), None),
                Suspend("Acme", Some("ann@x")),
            ],
        ),
        (
            ROOT,
            Update("Acme", Some("Zephyr"), None, Some(OTHER)),
            vec![
                Update("Acme", Some("Zephyr"), None, None),
                Update("Acme", Some("Zephyr"), None, Some(PASSWORD)),
                Update("Acme", Some("zephyr"), None, Some(OTHER)),
                Update("Acme", Some("Zephyr"), Some("acme@x"), Some(OTHER)),
            ],
        ),
        (
            ROOT,
            Suspend("Acme", Some("unpaid")),
            vec![
                Suspend("Acme", Some("abuse")),
                Suspend("Acme", None),
                Suspend("Borealis", Some("unpaid")),
                Suspend("Acme", Some("")),
            ],
        ),
        (ROOT, Delete("Acme", false), vec![Delete("Acme", true), Delete("Borealis", false), Purge("Acme")]),
        (ROOT, Delete("Acme", true), vec![Delete("Acme", false), Delete("Borealis", true)]),
        (
            ROOT,
            Restore("Gone", None),
            vec![Restore("Gone", Some("Gone")), Restore("Gone", Some("Back")), Purge("Gone")],
        ),
        (ROOT, Purge("Gone"), vec![Restore("Gone", None), Delete("Gone", true)]),
    ]
}

/// Each write of accounts.
fn account_writes() -> Vec<Case> {
    vec![
        (
            ROOT,
            AddOperator("zoe@x", PASSWORD),
            vec![AddOperator("zoe@x", OTHER), AddOperator("eve@x", PASSWORD), RemoveOperator("zoe@x")],
        ),
        (ROOT, RemoveOperator("kim@x"), vec![RemoveOperator("lee@x"), AddOperator("kim@x", PASSWORD)]),
        (
            ROOT,
            OperatorPassword("kim@x", OTHER),
            vec![
                OperatorPassword("kim@x", PASSWORD),
                OperatorPassword("lee@x", OTHER),
                Recover("kim@x", OTHER),
            ],
        ),
        (
            ROOT,
            Recover("kim@x", OTHER),
            vec![Recover("kim@x", PASSWORD), Recover("lee@x", OTHER), OperatorPassword("kim@x", OTHER)],
        ),
        (
            "kim@x",
            OwnAccount(None, Some(OTHER)),
            vec![
                OwnAccount(None, Some(PASSWORD)),
                OwnAccount(Some("kim@y"), Some(OTHER)),
                OwnAccount(Some("kim@y"), None),
            ],
        ),
        (
            "acme@x",
            OwnAccount(None, Some(OTHER)),
            vec![OwnAccount(None, Some(PASSWORD)), OwnAccount(Some("ann@x"), Some(OTHER))],
        ),
    ]
}

#[tokio::test]
async fn repeated_write_is_made_once() {
    for (actor, write, others) in organization_writes().into_iter().chain(account_writes()) {
        let scene = Scene::new().await;
        let before = scene.entries().await;
        let first = scene.send(actor, &write).await;
        assert!(first.is_ok(), "{write:?}: {first:?}");
        assert_eq!(scene.entries().await, before + 1, "{write:?}");
        assert_eq!(scene.send(actor, &write).await, first, "{write:?}");
        for other in others {
            assert_eq!(
                scene.send(actor, &other).await,
                Err("operation_mismatch"),
                "{write:?}, then {other:?}"
            );
        }
        if actor == ROOT && !matches!(write, Recover(..)) {
            let by_another = scene.send("lee@x", &write).await;
            assert_eq!(by_another, Err("operation_mismatch"), "{write:?} by another operator");
        }
        assert_eq!(scene.entries().await, before + 1, "{write:?}: nothing else was done");
        assert_eq!(scene.send(actor, &write).await, first, "{write:?}");
    }
}

/// The email that acted is another one in the repeat; the account is the same.
#[tokio::test]
async fn change_of_own_email_can_be_repeated() {
    for (before, after) in [("kim@x", "kim@y"), ("acme@x", "ann@x")] {
        let scene = Scene::new().await;
        let write = OwnAccount(Some(after), None);
        assert_eq!(scene.send(before, &write).await, Ok(after.to_owned()));
        assert_eq!(scene.send(after, &write).await, Ok(after.to_owned()), "{before}");
    }
}

#[tokio::test]
async fn the_first_operator_is_made_once() {
    let world = World::empty();
    let scene = Scene { world, operation: OperationId::random() };
    let service = &scene.world.service;
    let init = |email: Text, password: Text| service.initialize(email, password.into(), scene.operation);
    assert_eq!(init(ROOT, PASSWORD).await, Ok(ROOT.to_owned()));
    assert_eq!(init(ROOT, PASSWORD).await, Ok(ROOT.to_owned()));
    assert_eq!(init(ROOT, OTHER).await, Err(Error::OperationMismatch));
    assert_eq!(init("eve@x", PASSWORD).await, Err(Error::OperationMismatch));
    let anew = service.initialize(ROOT, PASSWORD.into(), OperationId::random()).await;
    assert_eq!(anew, Err(Error::AlreadyInitialized));
}

/// With a stolen session and the id of a write from the audit, nobody can guess a password.
#[tokio::test]
async fn password_guesses_by_repeats_are_throttled() {
    let scene = Scene::new().await;
    let root = scene.token(ROOT).await;
    let (service, id) = (&scene.world.service, scene.operation);
    service.set_operator_password(&root, "kim@x", OTHER.into(), id).await.unwrap();
    let mut answers = Vec::new();
    for guess in 0..8 {
        let password = format!("guess number {guess}");
        let guessed = service.set_operator_password(&root, "kim@x", password.into(), id).await;
        answers.push(guessed.map(drop).unwrap_err().code());
    }
    assert_eq!(answers[..5], ["operation_mismatch"; 5]);
    assert_eq!(answers[5..], ["throttled"; 3]);
    assert!(service.sign_in("kim@x", &OTHER.into()).await.is_ok(), "its owner signs in");
}
