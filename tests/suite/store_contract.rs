//! What every store promises, shown on every store: one suite, one line for each.

mod accounts;
mod admin_gone;
mod create;
mod embedded;
mod ended;
mod list;
mod operators;
mod purge;
mod restore;
mod suspend;
mod trash;
mod update;

use crate::common::harness::{Harness, OnEmbedded, OnMongo, OnSecured};

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
        mod on_secured_mongo {
            $(mod $module { $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    Box::pin(crate::store_contract::$module::$case::<crate::store_contract::OnSecured>()).await;
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
        places_are_five_less_the_failures
        a_place_given_back_clears_the_count_only_when_it_is_to
        parallel_tries_all_count
        a_store_of_many_failures_verifies_five_a_second
        sixty_registrations_an_hour_are_counted
        a_sign_in_is_kept_on_its_account_with_the_check_of_its_key
        a_new_hash_is_written_for_the_same_version_only
        a_revoked_session_stays_revoked_until_its_end
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
        stats_count_documents;
    ended:
        a_write_of_a_session_that_ended_is_refused;
    list:
        pages_come_in_every_order
        ties_are_broken_by_id
        a_page_of_one_status
        the_trash_is_listed_in_every_order
        a_page_says_whether_more_follow
        an_unreadable_record_ends_no_list
        an_unreadable_entry_ends_no_audit
        no_row_is_lost_or_doubled_while_others_come_and_go;
    update:
        a_rename_keeps_every_document
        case_only_changes_the_record
        the_old_name_is_free
        a_taken_name_changes_nothing
        a_taken_email_changes_nothing
        all_or_nothing
        a_foreign_collection_stops_a_rename
        a_missing_collection_stops_a_rename
        an_email_moves
        a_password_raises_both_versions
        everything_at_once
        an_old_epoch_is_changed
        of_many_changes_one_succeeds
        of_many_renames_to_one_name_one_succeeds
        two_names_cannot_be_swapped
        the_same_values_change_nothing
        a_purged_organization_is_not_found
        a_deleted_organization_is_not_changed
        audit_says_what_changed
        audit_keeps_who_acted_and_the_hash_of_the_request;
    suspend:
        a_suspended_organization_lets_nobody_in
        a_resumed_organization_lets_in_new_sessions
        a_second_suspension_replaces_the_first
        a_suspended_organization_can_be_changed_and_stays_suspended
        of_many_suspensions_of_one_epoch_one_succeeds;
    trash:
        a_deleted_organization_is_in_the_trash_whole
        no_name_email_or_list_finds_a_deleted_organization
        name_email_and_collection_are_free_at_once
        a_deletes_sessions_end
        an_old_epoch_deletes_nothing
        of_a_rename_and_a_delete_one_succeeds
        a_missing_collection_does_not_stop_a_delete
        a_collection_that_is_not_its_own_is_left_and_told;
    restore:
        a_restored_organization_is_as_it_was
        a_restore_under_new_values
        a_taken_value_restores_nothing
        of_two_of_one_name_the_second_restore_is_refused
        only_what_is_in_the_trash_is_restored
        of_a_restore_and_a_purge_one_succeeds;
    purge:
        a_purge_from_the_trash_leaves_nothing
        a_purge_without_the_trash_leaves_nothing
        a_suspended_organization_is_purged
        an_old_epoch_purges_nothing
        of_two_deleted_ones_of_one_name_one_is_purged
        a_collection_that_is_not_its_own_is_left_and_told
        what_is_due_is_purged_a_few_at_a_time
        of_many_sweeps_each_purges_what_no_other_does
        of_many_purges_one_succeeds;
    admin_gone:
        it_is_listed_and_found_as_before
        email_and_password_make_the_account_anew
        one_of_the_two_makes_none
        an_account_that_is_there_is_not_made_anew
        it_is_renamed_suspended_and_deleted;
}
