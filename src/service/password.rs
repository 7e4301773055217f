//! Passwords become bcrypt hashes and are verified against them, in a bounded pool off the runtime's threads.
//!
//! The only place that may call `bcrypt`. bcrypt silently cuts at 72 bytes and stops at a NUL, so only a [`Password`]
//! or what its [`PasswordRule`] lets through reaches it.

use super::{Error, Result};
use crate::domain::{Password, PasswordRule};
use secrecy::{ExposeSecret, SecretString};
use std::str::FromStr;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The highest cost that is verified: a hash of cost 31, from a forged record, would take more than a day.
pub const MAX_COST: u32 = 15;
/// The lowest cost of the type; settings allow 10 and more, tests of the service use 4.
pub const MIN_COST: u32 = 4;

/// Salt and digest of a hash whose password is unknown. It is verified when there is no account, so that a refusal
/// takes equally long.
const DUMMY: &str = "R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW";

/// Passwords that may wait for each that is hashed: at the default cost, some seconds of work.
const WAITING: usize = 32;

/// Hashes and verifies passwords on all cores but one, so that who signs in does not hold up who reads; a bounded number
/// waits.
#[derive(Debug, Clone)]
pub struct PasswordPool {
    cost: u32,
    /// A permit for each password that is hashed or waits.
    places: Arc<Semaphore>,
    permits: Arc<Semaphore>,
}

impl PasswordPool {
    /// A pool that hashes at this cost, clamped to [`MIN_COST`] and [`MAX_COST`].
    pub fn new(cost: u32) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let at_once = at_once(cores);
        Self {
            cost: cost.clamp(MIN_COST, MAX_COST),
            places: Arc::new(Semaphore::new(at_once * (1 + WAITING))),
            permits: Arc::new(Semaphore::new(at_once)),
        }
    }

    /// Hashes a password at the pool's cost (`$2b$`).
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait, [`Error::Internal`] when the system has no random bytes.
    pub async fn hash(&self, password: &Password) -> Result<SecretString> {
        let (cost, password) = (self.cost, password.secret().clone());
        tracing::trace!(cost, "hashing a password");
        self.run(move || {
            #[expect(clippy::disallowed_methods, reason = "the pool is where hashing is allowed")]
            let hash = bcrypt::hash(password.expose_secret(), cost);
            hash.map(SecretString::from).map_err(|error| Error::internal(&error))
        })
        .await
    }

    /// Whether a text is the password of a hash, by the rule of that hash. Without a hash, and for a text that cannot be a
    /// password, it verifies a hash of the pool's cost all the same and returns false.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait, [`Error::Internal`] when the task failed.
    pub async fn verify(
        &self,
        typed: &SecretString,
        hash: Option<(&SecretString, PasswordRule)>,
    ) -> Result<bool> {
        let dummy = SecretString::from(format!("$2b${:02}${DUMMY}", self.cost));
        let rule = hash.map_or(PasswordRule::Own, |(_, rule)| rule);
        let is_possible = rule.verified(typed).is_some();
        let known = hash.map(|(hash, _)| hash);
        let known = known.filter(|hash| is_possible && cost_of(hash).is_some_and(|cost| cost <= MAX_COST));
        let (hash, known) = (known.cloned().unwrap_or(dummy), known.is_some());
        let typed = if is_possible { typed.clone() } else { SecretString::from("") };
        tracing::trace!(cost = cost_of(&hash), "verifying a password");
        self.run(move || {
            #[expect(clippy::disallowed_methods, reason = "the pool is where verifying is allowed")]
            let equal = bcrypt::verify(rule.verified(&typed).unwrap_or_default(), hash.expose_secret());
            // A hash that bcrypt cannot parse matches no password.
            Ok(equal.unwrap_or(false) && known)
        })
        .await
    }

    /// Whether a hash has a lower cost than the pool's, so that the next sign-in replaces it. A higher cost stays: a
    /// lower setting weakens no stored password.
    pub fn is_outdated(&self, hash: &SecretString) -> bool {
        cost_of(hash).is_some_and(|cost| cost < self.cost)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Error::Overloaded)?;
        let permit =
            Arc::clone(&self.permits).acquire_owned().await.map_err(|error| Error::internal(&error))?;
        crate::blocking::calculate(move || {
            let result = work();
            drop((permit, place));
            result
        })
        .await
        .map_err(|error| Error::internal(&error))?
    }
}

/// How many passwords are hashed at the same time.
fn at_once(cores: usize) -> usize {
    cores.saturating_sub(1).max(1)
}

fn cost_of(hash: &SecretString) -> Option<u32> {
    bcrypt::HashParts::from_str(hash.expose_secret()).ok().map(|parts| parts.get_cost())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::new(text.into()).unwrap()
    }

    #[tokio::test]
    async fn only_the_right_password_verifies() {
        let pool = PasswordPool::new(4);
        let hash = pool.hash(&password("correct horse")).await.unwrap();
        assert!(hash.expose_secret().starts_with("$2b$04$"));
        assert!(pool.verify(&"correct horse".into(), Some((&hash, PasswordRule::Own))).await.unwrap());
        assert!(!pool.verify(&"correct horsf".into(), Some((&hash, PasswordRule::Own))).await.unwrap());
        assert!(!pool.verify(&"correct horse".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn byte_72_counts_and_byte_73_is_refused() {
        let pool = PasswordPool::new(4);
        let long = "x".repeat(72);
        let hash = pool.hash(&password(&long)).await.unwrap();
        assert!(pool.verify(&long.clone().into(), Some((&hash, PasswordRule::Own))).await.unwrap());
        assert!(
            !pool
                .verify(&format!("{}y", "x".repeat(71)).into(), Some((&hash, PasswordRule::Own)))
                .await
                .unwrap()
        );
        assert!(
            !pool.verify(&format!("{long}x").into(), Some((&hash, PasswordRule::Own))).await.unwrap(),
            "cut, it would match"
        );
    }

    #[tokio::test]
    async fn an_earlier_password_is_verified_over_its_first_72_bytes() {
        let pool = PasswordPool::new(4);
        let long = "x".repeat(72);
        #[expect(clippy::disallowed_methods, reason = "the earlier service hashed what it was given")]
        let hash = |text: &str| SecretString::from(bcrypt::hash(text, 4).unwrap());
        for (text, typed, is_right) in [
            ("", "", true),
            ("", "x", false),
            ("short", "short", true),
            ("short", "short ", false),
            (&long, &format!("{long} and more"), true),
            (&long, &"x".repeat(71), false),
        ] {
            let hash = hash(text);
            let earlier = pool.verify(&typed.into(), Some((&hash, PasswordRule::Earlier))).await.unwrap();
            assert_eq!(earlier, is_right, "{text:?} {typed:?}");
        }
        let hash = hash("short");
        assert!(!pool.verify(&"short".into(), Some((&hash, PasswordRule::Own))).await.unwrap());
        assert!(!pool.verify(&"short\0".into(), Some((&hash, PasswordRule::Earlier))).await.unwrap());
    }

    #[tokio::test]
    async fn nul_does_not_repeat_the_password() {
        let pool = PasswordPool::new(4);
        let hash = pool.hash(&password("abababab")).await.unwrap();
        assert!(!pool.verify(&"abababab\0abababab".into(), Some((&hash, PasswordRule::Own))).await.unwrap());
    }

    #[tokio::test]
    async fn full_queue_refuses_and_empties_again() {
        let pool = PasswordPool::new(4);
        let waiting = pool.places.available_permits();
        let all = Arc::clone(&pool.places).acquire_many_owned(u32::try_from(waiting).unwrap()).await.unwrap();
        let refused = pool.hash(&password("correct horse")).await.map(drop);
        assert_eq!(refused, Err(Error::Overloaded));
        assert_eq!(pool.verify(&"correct horse".into(), None).await, Err(Error::Overloaded));
        drop(all);
        pool.hash(&password("correct horse")).await.unwrap();
        assert_eq!(pool.places.available_permits(), waiting, "every place is given back");
    }

    #[test]
    fn a_core_stays_free_where_there_are_several() {
        assert_eq!([1, 2, 3, 8].map(at_once), [1, 1, 2, 7]);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn passwords_step_back_behind_other_work() {
        let usual = rustix::process::nice(0).unwrap();
        let pool = PasswordPool::new(4);
        let of_password = pool.run(|| Ok(rustix::process::nice(0).unwrap())).await.unwrap();
        assert_eq!(of_password, usual + crate::blocking::STEP_BACK);
        let after = crate::blocking::run(|| rustix::process::nice(0).unwrap()).await.unwrap();
        assert_eq!(after, usual, "threads that do other work keep their priority");
    }

    #[tokio::test]
    async fn broken_and_too_expensive_hashes_match_no_password() {
        let pool = PasswordPool::new(4);
        for hash in ["", "plain", "$2b$31$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW", "$2b$04$ä"]
        {
            assert!(
                !pool
                    .verify(&"whatever it is".into(), Some((&hash.into(), PasswordRule::Own)))
                    .await
                    .unwrap()
            );
        }
    }

    #[tokio::test]
    async fn hashes_of_other_tools_verify_and_are_outdated_by_cost() {
        let pool = PasswordPool::new(4);
        // The dummy is the published example of the algorithm, so its password is known: an unknown account is refused
        // even with that password.
        assert!(!pool.verify(&"abc123xyz".into(), None).await.unwrap());
        let twelve = SecretString::from(format!("$2a$12${DUMMY}"));
        assert!(PasswordPool::new(13).is_outdated(&twelve));
        assert!(!pool.is_outdated(&twelve), "never downwards");
        let four = pool.hash(&password("correct horse")).await.unwrap();
        assert!(!pool.is_outdated(&four));
    }
}
