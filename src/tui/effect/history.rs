//! The queries over documents that were run before, also by earlier consoles.

use super::Effect;
use crate::domain::OrganizationId;
use crate::domain::document::Query;
use std::fmt;
use std::sync::Arc;

/// Queries of one organization that are offered at most.
const OFFERED: usize = 100;

/// A query as it is kept from one time to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptQuery {
    /// Whose documents it was about.
    pub organization: OrganizationId,
    /// The query, as typed.
    pub query: String,
}

/// Keeps a query.
type Keep = dyn Fn(&KeptQuery) + Send + Sync;

/// Where queries are kept.
#[derive(Clone)]
pub struct KeepQuery(pub Arc<Keep>);

impl fmt::Debug for KeepQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeepQuery")
    }
}

impl PartialEq for KeepQuery {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The queries that were run, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct History {
    queries: Vec<KeptQuery>,
    keep: Option<KeepQuery>,
}

impl History {
    /// Of queries that were kept, and where those to come are kept, if anywhere.
    pub fn new(queries: Vec<KeptQuery>, keep: Option<KeepQuery>) -> Self {
        Self { queries, keep }
    }

    /// The queries of an organization, each once, the newest first.
    pub fn of(&self, organization: OrganizationId) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for kept in self.queries.iter().rev().filter(|kept| kept.organization == organization) {
            if !found.contains(&kept.query.as_str()) {
                found.push(&kept.query);
            }
            if found.len() == OFFERED {
                break;
            }
        }
        found
    }

    /// One more query was run. It is not kept if it may contain a secret, or if it was the last one anyway.
    pub fn add(&mut self, organization: OrganizationId, query: &str) -> Option<Effect> {
        let is_secret = Query::parse(query).is_ok_and(|query| query.is_about_secrets());
        let last = self.queries.iter().rev().find(|kept| kept.organization == organization);
        if query.is_empty() || is_secret || last.is_some_and(|last| last.query == query) {
            return None;
        }
        let kept = KeptQuery { organization, query: query.to_owned() };
        self.queries.push(kept.clone());
        self.keep.clone().map(|keep| Effect::KeepQuery(keep, kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn queries_are_offered_per_organization_the_newest_first_and_once() {
        let [acme, beta] = [1, 2].map(|number| OrganizationId(Uuid::from_u128(number)));
        let mut history = History::new(Vec::new(), Some(KeepQuery(Arc::new(|_| {}))));
        for query in ["a:1", "b:2", "b:2", "a:1"] {
            history.add(acme, query);
        }
        assert!(history.add(beta, "c:3").is_some());
        assert_eq!(history.of(acme), ["a:1", "b:2"]);
        assert_eq!(history.of(beta), ["c:3"]);
        assert_eq!(history.queries.len(), 4, "the same query again is not kept again");
    }

    #[test]
    fn query_about_a_secret_is_not_kept() {
        let acme = OrganizationId(Uuid::from_u128(1));
        let mut history = History::default();
        for query in ["password:x", r#"{"login.api_key":{"$exists":true}}"#, ""] {
            assert_eq!(history.add(acme, query), None);
        }
        assert!(history.of(acme).is_empty());
    }
}
