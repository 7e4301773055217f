//! Places for what costs much while it lasts: some in all, and a few for each admin, so that one tenant cannot keep the
//! others out.

use crate::domain::{AccountId, Principal, Role};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who has how many places.
type Taken = Mutex<HashMap<AccountId, usize>>;

/// A bounded number of places.
#[derive(Debug)]
pub(super) struct Places {
    /// Places in all.
    all: usize,
    /// Places of one admin at most.
    each: usize,
    taken: Arc<Taken>,
}

impl Places {
    pub(super) fn new(all: usize, each: usize) -> Self {
        Self { all, each, taken: Arc::default() }
    }

    /// A place for a caller, if there is one.
    pub(super) fn take(&self, caller: &Principal) -> Option<Place> {
        let account = caller.account_id;
        let mut taken = lock(&self.taken);
        let own = taken.get(&account).copied().unwrap_or_default();
        let has_all = caller.role == Role::Admin && own >= self.each;
        if has_all || taken.values().sum::<usize>() >= self.all {
            return None;
        }
        taken.insert(account, own + 1);
        Some(Place { account, taken: Arc::clone(&self.taken) })
    }
}

/// A place, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    account: AccountId,
    taken: Arc<Taken>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        match taken.get_mut(&self.account) {
            Some(own) if *own > 1 => *own -= 1,
            Some(_) | None => drop(taken.remove(&self.account)),
        }
    }
}

fn lock(taken: &Taken) -> MutexGuard<'_, HashMap<AccountId, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Claims;
    use uuid::Uuid;

    fn caller(number: u128, role: Role) -> Principal {
        let account_id = AccountId(Uuid::from_u128(number));
        let claims = Claims {
            iss: "tenantry".into(),
            aud: Uuid::nil(),
            sub: account_id,
            org: None,
            role,
            tv: 1,
            iat: 0,
            nbf: 0,
            exp: 0,
            auth_time: 0,
            sid: Uuid::nil(),
            jti: Uuid::nil(),
        };
        let (organization_id, organization_name) = (None, None);
        Principal { account_id, email: "a@x".into(), role, organization_id, organization_name, claims }
    }

    #[test]
    fn an_admin_has_a_few_of_all_places() {
        let places = Places::new(4, 1);
        let [ann, bob, root] = [(1, Role::Admin), (2, Role::Admin), (3, Role::Operator)]
            .map(|(number, role)| caller(number, role));
        let first = places.take(&ann).unwrap();
        assert!(places.take(&ann).is_none(), "it has its own");
        let more = (places.take(&root).unwrap(), places.take(&root).unwrap(), places.take(&bob).unwrap());
        assert!(places.take(&root).is_none(), "all are taken");
        drop(first);
        drop(places.take(&ann).unwrap());
        drop(more);
        assert!(places.taken.lock().unwrap().is_empty(), "nothing is kept of who was there");
    }
}
