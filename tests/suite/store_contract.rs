//! What every store promises, shown on every store: one suite, one line for each.

mod accounts;
mod create;
mod delete;
mod list;
mod operators;
mod update;

use crate::common::harness::{Harness, OnEmbedded, OnMongo};

macro_rules! on_every_store {
    ($($module:ident: $($case:ident)+;)+) => {
        mod on_mongo {
            $(mod $module { $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    Box::pin(crate::store_contract::$module::$case::<crate::store_contract::OnMongo>()).await;
                }
            )+ })+
        }
        mod on_embedded {
            $(mod $module { $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    Box::pin(crate::store_contract::$module::$case::<crate::store_contract::OnEmbedded>()).await;
                }
            )+ })+
        }
    };
}

on_every_store! {
    accounts:
        a_place_without_a_store_has_no_id
        the_first_operator_is_made_once
        of_six_first_operators_one_is_made
        whoever_signs_in_is_found_by_email
        tries_are_counted_and_then_wait
        a_try_in_a_wait_changes_nothing
        the_count_is_forgotten_after_an_hour
        a_wait_that_another_clock_set_is_none
        a_success_clears_the_throttle
        parallel_tries_all_count
        a_new_hash_is_written_for_the_same_version_only
        a_revoked_token_stays_revoked_until_it_would_expire
        signing_out_everywhere_raises_the_token_version
        a_session_is_checked_against_account_and_organization
        audit_entries_come_back_newest_first;
    operators:
        an_added_operator_signs_in_and_is_listed
        an_email_is_one_accounts
        of_many_of_one_email_one_is_added
        the_last_operator_stays
        of_two_that_remove_each_other_one_stays
        a_new_password_raises_both_versions
        an_operators_email_moves
        of_many_changes_of_one_operator_one_succeeds
        recovering_clears_the_throttle
        an_admin_is_no_operator
        the_audit_is_read_by_organization_actor_and_time
        pages_of_the_audit_lose_and_double_nothing
        what_looks_like_a_query_is_text;
    create:
        an_organization_is_whole
        times_are_cut_to_milliseconds
        a_name_is_taken_whatever_its_case_or_form
        an_email_signs_in_to_one_account
        a_refusal_leaves_nothing_behind
        a_foreign_collection_is_kept
        of_64_creates_of_one_name_one_succeeds
        hostile_names_come_back_as_they_were
        figures_count_documents;
    list:
        pages_come_in_every_order
        ties_are_broken_by_id
        a_page_of_one_state
        no_row_is_lost_or_doubled_while_others_come_and_go;
    update:
        a_rename_keeps_every_document
        case_only_changes_the_record
        the_old_name_is_free
        a_taken_name_changes_nothing
        an_email_moves
        a_taken_email_changes_nothing
        a_password_raises_both_versions
        everything_at_once
        all_or_nothing
        a_foreign_collection_stops_a_rename
        a_missing_collection_stops_a_rename
        an_old_epoch_is_changed
        of_many_changes_one_succeeds
        of_many_renames_to_one_name_one_succeeds
        two_names_cannot_be_swapped
        the_same_values_change_nothing
        a_gone_organization_is_not_found
        audit_says_what_changed;
    delete:
        everything_is_gone
        name_and_email_are_free_again
        a_new_owner_sees_no_old_documents
        an_old_epoch_deletes_nothing
        of_a_rename_and_a_delete_one_succeeds
        a_missing_collection_does_not_stop_a_delete
        the_session_ends;
}
