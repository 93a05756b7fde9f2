//! What the store promises, on SQLite and on PostgreSQL: the same scenarios on both.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod access;
mod crashes;
mod groups;
mod life;
mod many;
mod offline;
mod order;
mod persons;
mod place;
mod postgres_only;
mod postgres_server;
mod requests;
mod settings;
mod walk;

use place::Place;

/// Runs each scenario on a SQLite file of its own, and all of them on one PostgreSQL server.
macro_rules! scenarios {
    ($($module:ident :: $name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                crate::$module::$name(&crate::Place::sqlite()).await;
            })*
        }

        /// One server for all: making one takes seconds.
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn on_postgresql_the_same() {
            let server = postgres_server::Server::start();
            $(
                // Shown with a failure: which scenario it was.
                println!(stringify!($name));
                crate::$module::$name(&Place::postgres(&server)).await;
            )*
        }
    };
}

scenarios! {
    access::a_code_becomes_a_key_once_and_a_key_can_be_replaced_and_revoked,
    access::a_session_opens_ends_and_is_one_of_few,
    groups::a_person_who_asks_many_times_at_once_has_one_number,
    groups::a_quota_holds_when_all_ask_at_once,
    groups::one_whose_number_cannot_be_written_harms_nobody_who_asked_with_them,
    life::a_visit_goes_from_the_kiosk_to_the_end,
    life::who_is_back_from_tests_goes_to_the_same_room_by_its_own_rule,
    life::who_missed_comes_back_after_some_calls_and_only_so_often,
    life::a_transfer_keeps_number_and_arrival_and_goes_where_it_is_told,
    life::held_cancelled_and_reactivated,
    life::a_number_is_called_out_of_turn_and_again,
    life::a_step_that_does_not_fit_changes_nothing,
    order::the_order_is_the_same_on_every_database,
    order::a_room_says_who_waits_and_why_in_that_order,
    order::staff_set_a_priority_and_the_screen_shows_it,
    order::a_clock_a_day_ahead_and_put_right_leaves_todays_board_right,
    persons::one_live_ticket_a_person_and_service,
    persons::a_person_is_wiped_when_their_day_is_over,
    persons::who_lost_the_paper_is_told_every_live_number,
    persons::marks_are_wiped_when_nobody_comes_the_next_day_either,
    persons::staff_are_told_what_a_kiosk_took_the_patients_word_for,
    persons::the_day_so_far_is_told_before_a_service_is_chosen,
    persons::quota_and_booking_have_named_answers,
    requests::every_step_is_done_once_a_request,
    requests::who_did_what_is_kept_and_cannot_be_changed,
    requests::a_room_has_one_call_open_and_the_schema_says_so,
    settings::settings_are_changed_while_the_day_runs_and_are_those_of_the_database,
    settings::settings_that_would_disturb_the_day_are_refused,
    settings::the_figures_of_a_day_are_those_of_its_numbers,
    many::presses_at_one_time_call_everybody_once,
    many::many_clients_get_numbers_without_a_repeat_or_a_hole,
    offline::a_series_is_one_installations_for_good,
    offline::numbers_handed_over_join_by_their_arrival,
    offline::a_hand_over_is_taken_once_however_often_it_comes,
    offline::a_number_nobody_saw_is_never_called,
    offline::the_number_in_the_patients_hand_stands_for_the_one_whose_answer_was_lost,
    offline::what_cannot_be_taken_in_is_named_and_harms_no_other,
    offline::an_offline_number_belongs_to_the_day_it_was_issued_on,
    offline::an_offline_number_keeps_its_place_and_its_group,
    offline::whatever_is_lost_on_the_way_everybody_is_called_once_in_order_of_arrival,
    offline::a_services_series_is_never_a_kiosks,
    offline::a_call_for_help_is_open_once_until_staff_have_been_there,
    offline::a_device_tells_and_is_listed_with_what_it_told_last,
    walk::a_walk_of_anything_at_all_ends_where_a_plain_list_says,
}
