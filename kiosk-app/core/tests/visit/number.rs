//! The number: asked for, shown, printed, and taken back when nobody saw it.

use kiosk_core::effect::{Arriving, Effect};
use kiosk_core::event::{Event, IssueFailure, Touch, Ways};
use kiosk_core::ledger::Entry;
use kiosk_core::session::{APOLOGY_WAIT, ISSUE_WAIT, PRINT_WAIT, RECORD_WAIT, TAKE_WAIT, WRITE_DOWN_WAIT};
use kiosk_core::view::{Apology, Mark, PaperAdvice, View};
use kiosk_hal::fault::Fault;
use kiosk_hal::printer::{Edition, PrintOutcome};
use queue_protocol::model::{AppointmentTime, GroupClaim, PriorityGroup, Proof, ServiceOffer, UnixMillis};

use crate::kiosk::{CARD, Kiosk, OTHER_CARD, id, offered, service, ticket};

/// What the code of a card says of somebody born in 1949.
const ELDERLY: GroupClaim = GroupClaim { group: PriorityGroup::Aged75, proof: Proof::Declared };

#[test]
fn one_scan_and_one_touch_lead_to_a_number_on_paper() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(CARD);
    let View::ChooseService { who, services, .. } = kiosk.view() else { panic!("{:?}", kiosk.view()) };
    assert_eq!((who.name.as_str(), services.len()), ("NGUYỄN V* MẪU", 2));

    let effects = kiosk.choose("noi");
    assert_eq!(effects, [Effect::Record(id(1), Entry::Requested)]);
    let effects = kiosk.tell(Event::Recorded(id(1), Entry::Requested));
    let [Effect::Issue { request, service: asked, arriving }] = &effects[..] else { panic!("{effects:?}") };
    let Arriving { person, groups, booked_for } = &**arriving;
    assert_eq!((*request, asked), (id(1), &service("noi")));
    assert_eq!(person.as_ref().map(|key| key.as_str()), Some("001049999901"));
    assert_eq!((&groups[..], *booked_for), (&[ELDERLY][..], None));
    let effects = kiosk.tell(Event::Issued(ticket(1, "A-042")));
    assert_eq!(effects, [Effect::Record(id(1), Entry::Shown)]);
    assert_eq!(kiosk.number_on_screen(), Some(("A-042".into(), PaperAdvice::Printing)));
    let effects = kiosk.tell(Event::Recorded(id(1), Entry::Shown));
    let [Effect::Print { request, face }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((*request, face.number.as_str(), face.patient.as_str()), (id(1), "A-042", "NGUYỄN VĂN MẪU (1949)"));
    assert_eq!((face.edition, face.notice.as_str()), (Edition::Original, ""));
    assert_eq!(face.priority, "TỪ 75 TUỔI (KIỂM TRA)", "the code of a card proves nothing");

    kiosk.tell(Event::Printed(id(1), PrintOutcome::Confirmed));
    assert_eq!(kiosk.number_on_screen(), Some(("A-042".into(), PaperAdvice::Take)));
    kiosk.wait(TAKE_WAIT);
    assert!(kiosk.is_welcome());
}

#[test]
fn no_paper_still_gives_the_number() {
    for outcome in [PrintOutcome::Failed(Fault::PaperOut), PrintOutcome::Uncertain(Fault::Offline)] {
        let mut kiosk = Kiosk::at_printing();
        let effects = kiosk.tell(Event::Printed(id(1), outcome));
        assert_eq!(effects, []);
        assert_eq!(kiosk.number_on_screen(), Some(("A-042".into(), PaperAdvice::WriteDown)));
    }
}

#[test]
fn a_printer_that_never_answers_still_gives_the_number_and_gets_no_second_job() {
    let mut kiosk = Kiosk::at_printing();
    kiosk.wait(PRINT_WAIT);
    assert_eq!(kiosk.number_on_screen(), Some(("A-042".into(), PaperAdvice::WriteDown)));
    kiosk.tell(Event::Touched(Touch::Done));

    let effects = kiosk.visit_up_to_printing(OTHER_CARD, 2, "A-043");
    assert_eq!(effects, [], "the first job may still come out");
    assert_eq!(kiosk.number_on_screen(), Some(("A-043".into(), PaperAdvice::WriteDown)));

    kiosk.tell(Event::Printed(id(1), PrintOutcome::Confirmed));
    assert_eq!(kiosk.number_on_screen(), Some(("A-043".into(), PaperAdvice::WriteDown)), "not this patient's paper");
    kiosk.tell(Event::Touched(Touch::Done));
    assert_eq!(kiosk.visit_up_to_printing(CARD, 3, "A-044").len(), 1, "the printer is free again");
}

#[test]
fn a_service_that_is_away_is_an_apology_and_a_void() {
    let mut kiosk = Kiosk::at_issuing();
    let effects = kiosk.tell(Event::IssueFailed(id(1), IssueFailure::Unreachable));
    assert_eq!(effects, [Effect::Void(id(1))]);
    assert_eq!(kiosk.view(), View::Apology(Apology::NoNumberNow));
    kiosk.wait(APOLOGY_WAIT);
    assert!(kiosk.is_welcome());
}

#[test]
fn each_refusal_has_its_own_apology() {
    for (failure, apology) in [
        (IssueFailure::Closed, Apology::ServiceClosed),
        (IssueFailure::Exhausted, Apology::NumbersExhausted),
        (IssueFailure::TooEarly, Apology::AppointmentLater),
        (IssueFailure::Refused, Apology::NoNumberNow),
    ] {
        let mut kiosk = Kiosk::at_issuing();
        kiosk.tell(Event::IssueFailed(id(1), failure));
        assert_eq!(kiosk.view(), View::Apology(apology));
    }
}

#[test]
fn a_number_that_comes_too_late_is_never_shown_and_was_taken_back() {
    let mut kiosk = Kiosk::at_issuing();
    assert_eq!(kiosk.wait(ISSUE_WAIT), [Effect::Void(id(1))]);
    kiosk.scan(OTHER_CARD);
    kiosk.choose("noi");
    kiosk.tell(Event::Recorded(id(2), Entry::Requested));
    assert_eq!(kiosk.tell(Event::Issued(ticket(1, "A-042"))), []);
    assert_eq!(kiosk.view(), View::Issuing { service: "Nội tổng quát".into() });
}

#[test]
fn nothing_is_sent_when_the_disk_does_not_take_the_request() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(CARD);
    kiosk.choose("noi");
    assert_eq!(kiosk.tell(Event::RecordFailed(id(1), Entry::Requested)), [Effect::Void(id(1))]);
    assert_eq!(kiosk.tell(Event::Recorded(id(1), Entry::Requested)), []);
    assert_eq!(kiosk.view(), View::Apology(Apology::NoNumberNow));
}

#[test]
fn a_number_whose_showing_cannot_be_recorded_is_taken_back_before_it_is_on_paper() {
    let mut failing = Kiosk::at_number();
    assert_eq!(failing.tell(Event::RecordFailed(id(1), Entry::Shown)), [Effect::Void(id(1))]);
    let mut silent = Kiosk::at_number();
    assert_eq!(silent.wait(RECORD_WAIT), [Effect::Void(id(1))]);
    assert_eq!(silent.tell(Event::Recorded(id(1), Entry::Shown)), []);
}

#[test]
fn a_closed_service_cannot_be_chosen() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(CARD);
    assert_eq!(kiosk.choose("mat"), []);
    assert!(matches!(kiosk.view(), View::ChooseService { .. }));
}

#[test]
fn a_service_without_numbers_left_cannot_be_chosen() {
    let mut services = vec![offered("noi", "Nội tổng quát", true)];
    services[0].facts.numbers_left = Some(0);
    let mut kiosk = Kiosk::offering(Ways::default(), services);
    kiosk.scan(CARD);
    assert_eq!(kiosk.choose("noi"), []);
    assert!(matches!(kiosk.view(), View::ChooseService { .. }));
}

#[test]
fn a_number_issued_while_the_network_is_away_says_so_on_screen_and_paper() {
    let mut kiosk = Kiosk::at_issuing();
    assert_eq!(kiosk.tell(Event::IssuedOffline(ticket(1, "K-007"))), [Effect::Record(id(1), Entry::Shown)]);
    let View::Number { marks, .. } = kiosk.view() else { panic!("{:?}", kiosk.view()) };
    assert!(marks.contains(&Mark::Provisional), "{marks:?}");
    let effects = kiosk.tell(Event::Recorded(id(1), Entry::Shown));
    let [Effect::Print { face, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(face.notice, "SỐ TẠM CẤP KHI MẤT MẠNG");
}

#[test]
fn a_number_nobody_could_print_stays_until_its_patient_has_written_it_down() {
    let mut kiosk = Kiosk::at_printing();
    kiosk.tell(Event::Printed(id(1), PrintOutcome::Failed(Fault::PaperOut)));
    kiosk.wait(WRITE_DOWN_WAIT);
    kiosk.touch(Touch::StillHere);
    assert_eq!(kiosk.number_on_screen(), Some(("A-042".into(), PaperAdvice::WriteDown)));
    kiosk.wait_unanswered(WRITE_DOWN_WAIT);
    assert!(kiosk.is_welcome());
}

#[test]
fn who_says_to_have_an_appointment_gets_a_number_that_staff_check() {
    let mut kiosk = Kiosk::offering(Ways::default(), vec![with_appointments()]);
    kiosk.scan(CARD);
    assert_eq!(kiosk.choose("noi"), [], "first the question");
    let View::AskAppointment { times, .. } = kiosk.view() else { panic!("{:?}", kiosk.view()) };
    assert_eq!(times[0].local, "08:30");
    assert_eq!(kiosk.touch(Touch::Appointment(Some(UnixMillis(7)))), [], "no such time");
    let effects = kiosk.touch(Touch::Appointment(Some(HALF_PAST_EIGHT)));
    assert_eq!(effects, [Effect::Record(id(2), Entry::Requested)]);
    let effects = kiosk.tell(Event::Recorded(id(2), Entry::Requested));
    let [Effect::Issue { arriving, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(arriving.booked_for, Some(HALF_PAST_EIGHT));
    kiosk.tell(Event::Issued(ticket(2, "A-042")));
    let effects = kiosk.tell(Event::Recorded(id(2), Entry::Shown));
    let [Effect::Print { face, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(face.notice, "CÓ HẸN: NHÂN VIÊN KIỂM TRA");
}

#[test]
fn who_has_no_appointment_gets_a_number_like_everybody() {
    let mut kiosk = Kiosk::offering(Ways::default(), vec![with_appointments()]);
    kiosk.scan(CARD);
    kiosk.choose("noi");
    kiosk.touch(Touch::Appointment(None));
    let effects = kiosk.tell(Event::Recorded(id(2), Entry::Requested));
    let [Effect::Issue { arriving, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(arriving.booked_for, None);
}

const HALF_PAST_EIGHT: UnixMillis = UnixMillis(1_795_397_400_000);

fn with_appointments() -> ServiceOffer {
    let mut service = offered("noi", "Nội tổng quát", true);
    service.facts.appointments = vec![AppointmentTime { at: HALF_PAST_EIGHT, local: "08:30".into() }];
    service
}
