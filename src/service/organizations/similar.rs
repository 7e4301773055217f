//! Names close to the typed one, for "Did you mean" and for shell completion. Both read a page or two of an index,
//! however many organizations exist.

use crate::domain::name::{MAX_NAME_BYTES, key_of};
use crate::domain::search::fold;
use crate::domain::{AccessToken, OrganizationId, SortKey, State, Status};
use crate::port::{Lookup, OrganizationQuery, Position};
use crate::service::access::{Scope, UseCase};
use crate::service::{MAX_LIMIT, Result, TenantService};
use std::sync::Arc;
use uuid::Uuid;

/// Names that are suggested at most.
const SUGGESTED: usize = 3;
/// The similarity that two names need, from 0 to 1.
const ALIKE: f64 = 0.7;
/// Names to read from the typed one on.
const NEIGHBOURS: usize = 100;

impl TenantService {
    /// Existing names similar to a wrong one, the most similar first; names of deleted organizations with `in_trash`.
    /// An admin learns no name but that of its own organization.
    ///
    /// # Errors
    /// Those of the session, and the store's.
    pub async fn similar_names(
        &self,
        token: &AccessToken,
        typed: &str,
        in_trash: bool,
    ) -> Result<Vec<String>> {
        let scope = self.scope_of_names(token).await?;
        // No name is longer.
        if typed.len() > MAX_NAME_BYTES {
            return Ok(Vec::new());
        }
        let mut names = Vec::new();
        match scope {
            Scope::Only(own) => names.extend(self.own_name(own).await?.filter(|_| !in_trash)),
            Scope::All => {
                let key = key_of(typed);
                let beginning: String = key.chars().take(2).collect();
                // Names that begin with it, names with the same beginning, and in a small store all names.
                for (from, limit) in [(&*key, NEIGHBOURS), (&*beginning, MAX_LIMIT), ("", MAX_LIMIT)] {
                    names.extend(
                        self.names_from(from, limit, in_trash).await?.into_iter().map(|(_, name)| name),
                    );
                }
            }
        }
        let typed = fold(typed).into_owned();
        let mut alike: Vec<(f64, String)> = names
            .into_iter()
            .map(|name| (alikeness(&typed, &fold(&name)), name))
            .filter(|(alike, _)| *alike >= ALIKE)
            .collect();
        alike.sort_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| one.cmp(other)));
        alike.dedup_by(|(_, one), (_, other)| one == other);
        Ok(alike.into_iter().take(SUGGESTED).map(|(_, name)| name).collect())
    }

    /// Names that begin with the typed text, in any case, in their order; of deleted organizations with `in_trash`.
    ///
    /// # Errors
    /// Those of the session, and the store's.
    pub async fn names_beginning_with(
        &self,
        token: &AccessToken,
        typed: &str,
        in_trash: bool,
    ) -> Result<Vec<String>> {
        let scope = self.scope_of_names(token).await?;
        let key = key_of(typed);
        Ok(match scope {
            Scope::Only(own) => {
                let own = self.own_name(own).await?.filter(|own| !in_trash && key_of(own).starts_with(&key));
                own.into_iter().collect()
            }
            Scope::All => {
                let found = self.names_from(&key, NEIGHBOURS, in_trash).await?;
                found
                    .into_iter()
                    .take_while(|(found, _)| found.starts_with(&key))
                    .map(|(_, name)| name)
                    .collect()
            }
        })
    }

    async fn scope_of_names(&self, token: &AccessToken) -> Result<Scope> {
        let principal = self.authenticate(token).await?;
        self.scope(UseCase::ListOrganizations, &principal)
    }

    async fn own_name(&self, own: OrganizationId) -> Result<Option<String>> {
        let found = self.store.find(&Lookup::Id(own)).await?;
        Ok(found.filter(|found| found.state != State::Deleted).map(|found| found.name))
    }

    /// Folded names and their display names, from a folded name on.
    async fn names_from(&self, key: &str, limit: usize, in_trash: bool) -> Result<Vec<(String, String)>> {
        let query = OrganizationQuery {
            status: in_trash.then_some(Status::Deleted),
            sort: SortKey::Name,
            reverse: false,
            after: Some(Position::Name(key.to_owned(), OrganizationId(Uuid::nil()))),
            limit,
        };
        let page = self.store.page(&query).await?;
        let names = page.rows.into_iter().map(Arc::unwrap_or_clone);
        Ok(names.map(|row| (row.sort_name().to_owned(), row.name)).collect())
    }
}

/// How similar two folded names are, from 0 to 1: a name that continues the typed one is nearly the same.
fn alikeness(typed: &str, name: &str) -> f64 {
    let letters = strsim::normalized_damerau_levenshtein(typed, name);
    let is_part = typed.chars().count() >= 3
        && (name.starts_with(typed) || name.split(' ').any(|word| word == typed))
        || name.chars().count() >= 3 && typed.starts_with(name);
    if is_part { 0.9 + letters / 10.0 } else { letters }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("acme", "acme books", true)]
    #[case("books", "acme books", true)]
    #[case("acme books ltd", "acme books", true)]
    #[case("acem", "acme", true)]
    #[case("zephir air", "zephyr air", true)]
    #[case("acme", "zephyr", false)]
    #[case("a", "acme", false)]
    #[case("acme", "pacemaker", false)]
    fn similar_names_score_higher_than_others(
        #[case] typed: &str,
        #[case] name: &str,
        #[case] expected: bool,
    ) {
        assert_eq!(alikeness(typed, name) >= ALIKE, expected, "{}", alikeness(typed, name));
    }
}
