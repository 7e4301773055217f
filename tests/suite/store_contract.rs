//! What every store promises, shown on every store: one suite, one line for each.

mod accounts;
mod admin_gone;
mod changes;
mod create;
mod documents;
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
    changes:
        every_write_is_told_once_it_is_acknowledged
        quiet_store_tells_nothing
        more_than_the_limit_is_said_and_not_cut
        writes_that_come_one_after_the_other_are_all_seen
        what_vanished_at_work_is_gone;
    accounts:
        location_without_a_store_has_no_id
        the_first_operator_is_made_once
        only_one_of_six_first_operators_is_created
        accounts_are_found_by_email
        attempts_are_counted_and_then_wait
        attempt_during_a_wait_changes_nothing
        count_is_reset_after_an_hour
        wait_set_by_a_wrong_clock_is_ignored
        a_success_clears_the_throttle
        places_are_five_minus_the_failures
        returned_place_clears_the_count_only_on_request
        parallel_attempts_all_count
        store_with_many_failures_verifies_five_a_second
        sixty_registrations_an_hour_are_counted
        sign_in_is_recorded_with_the_check_value_of_its_key
        a_new_hash_is_written_for_the_same_version_only
        a_revoked_session_stays_revoked_until_its_end
        signing_out_everywhere_raises_the_token_version
        a_session_is_checked_against_account_and_organization
        audit_entries_come_back_newest_first;
    operators:
        an_added_operator_signs_in_and_is_listed
        email_belongs_to_one_account
        only_one_of_many_operators_with_one_email_is_added
        last_operator_cannot_be_removed
        operators_who_remove_each_other_leave_one
        a_new_password_raises_both_versions
        email_of_an_operator_can_change
        only_one_of_many_changes_of_an_operator_succeeds
        recovery_clears_the_throttle
        admin_does_not_count_as_an_operator
        the_audit_is_read_by_organization_actor_and_time
        audit_pages_have_no_gaps_and_no_duplicates
        text_that_looks_like_a_query_is_text;
    create:
        created_organization_is_complete
        times_are_cut_to_milliseconds
        name_is_taken_in_any_case_or_form
        an_email_signs_in_to_one_account
        a_refusal_leaves_nothing_behind
        a_foreign_collection_is_kept
        only_one_of_64_creates_with_one_name_succeeds
        hostile_names_are_returned_unchanged
        stats_count_documents;
    ended:
        write_of_an_ended_session_is_refused;
    list:
        pages_are_sorted_in_every_order
        ties_are_broken_by_id
        page_can_be_limited_to_a_status
        the_trash_is_listed_in_every_order
        a_page_says_whether_more_follow
        unreadable_record_does_not_end_a_list
        unreadable_entry_does_not_end_the_audit
        pages_lose_and_repeat_no_row_during_writes;
    update:
        a_rename_keeps_every_document
        change_of_case_only_changes_the_record
        old_name_is_free_after_a_rename
        a_taken_name_changes_nothing
        a_taken_email_changes_nothing
        update_is_all_or_nothing
        a_foreign_collection_stops_a_rename
        a_missing_collection_stops_a_rename
        email_of_an_admin_can_change
        a_password_raises_both_versions
        name_email_and_password_change_together
        update_with_an_old_epoch_is_refused
        only_one_of_many_updates_succeeds
        only_one_of_many_renames_to_one_name_succeeds
        two_names_cannot_be_swapped
        the_same_values_change_nothing
        a_purged_organization_is_not_found
        a_deleted_organization_is_not_changed
        audit_says_what_changed
        audit_records_the_actor_and_the_hash_of_the_request;
    documents:
        pages_lead_through_ids_of_every_type
        pages_hold_while_documents_change
        queries_find_sort_and_count
        a_sorted_page_says_that_its_bytes_cut_it
        each_insert_is_done_or_refused_by_itself
        a_write_needs_the_bytes_that_were_read
        only_one_of_many_writes_of_a_document_succeeds
        a_call_behind_a_rename_does_nothing
        a_collection_that_is_not_its_own_any_more_is_missing;
    suspend:
        admin_of_a_suspended_organization_cannot_sign_in
        admin_of_a_resumed_organization_can_sign_in
        a_second_suspension_replaces_the_first
        a_suspended_organization_can_be_changed_and_stays_suspended
        only_one_of_many_suspensions_succeeds;
    trash:
        deleted_organization_is_complete_in_the_trash
        no_name_email_or_list_finds_a_deleted_organization
        name_email_and_collection_are_free_after_a_delete
        delete_ends_sessions
        delete_with_an_old_epoch_is_refused
        only_one_of_a_rename_and_a_delete_succeeds
        a_missing_collection_does_not_stop_a_delete
        foreign_collection_is_left_alone_and_reported;
    restore:
        restored_organization_has_its_old_values
        organization_can_be_restored_with_new_values
        restore_with_a_taken_value_is_refused
        second_restore_with_one_name_is_refused
        only_deleted_organizations_can_be_restored
        only_one_of_a_restore_and_a_purge_succeeds;
    purge:
        a_purge_from_the_trash_leaves_nothing
        a_purge_without_the_trash_leaves_nothing
        a_suspended_organization_is_purged
        purge_with_an_old_epoch_is_refused
        purge_removes_only_one_of_two_with_one_name
        foreign_collection_is_left_alone_and_reported
        expired_organizations_are_purged_a_few_at_a_time
        parallel_purges_of_expired_organizations_do_not_overlap
        only_one_of_many_purges_succeeds;
    admin_gone:
        organization_without_an_admin_is_listed_and_found
        email_and_password_create_the_account_again
        email_or_password_alone_creates_no_account
        existing_account_is_not_created_again
        organization_without_an_admin_can_be_renamed_suspended_and_deleted;
}
