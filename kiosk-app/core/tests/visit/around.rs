//! What surrounds a visit: time, help, language, notices, the technician.

use kiosk_core::effect::Effect;
use kiosk_core::event::{Event, HelpFailure, IssueFailure, Offer, Technician, Touch, Ways};
use kiosk_core::ledger::Entry;
use kiosk_core::look::{Contrast, Guidance, Language, Look, Loudness, Reach, TextSize};
use kiosk_core::session::{
    CHOOSE_WAIT, HELP_ANSWER_WAIT, HELP_SHOWN_WAIT, LOOK_WAIT, OFFER_WAIT, STILL_THERE_WAIT, Session, TAKE_WAIT,
    TECHNICIAN_WAIT,
};
use kiosk_core::view::{Apology, Help, Notice, PaperAdvice, Presence, View};
use kiosk_hal::card::CardMedia;
use kiosk_hal::fault::Fault;
use kiosk_hal::printer::{Paper, PrintOutcome, PrinterStatus};

use crate::kiosk::{CARD, EVERYTHING, Kiosk, OTHER_CARD, id, ticket};

#[test]
fn a_patient_who_walks_away_leaves_nothing_on_screen() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(CARD);
    assert_eq!(kiosk.wait_unanswered(CHOOSE_WAIT), []);
    assert!(kiosk.is_welcome());
}

#[test]
fn a_kiosk_that_has_heard_of_nothing_says_so() {
    let all = vec![Notice::NoService, Notice::NoScanner, Notice::NoPrinter];
    assert_eq!(Session::new().view(), View::Welcome { notices: all });
}

#[test]
fn the_welcome_screen_says_what_is_missing() {
    let mut kiosk = Kiosk::new();
    kiosk.tell(Event::PrinterChanged(Ok(PrinterStatus { fault: Some(Fault::CoverOpen), paper: Paper::Full })));
    kiosk.tell(Event::ScannerChanged(Err(Fault::NoDevice)));
    kiosk.tell(Event::ServiceChanged(Err(IssueFailure::Unreachable)));
    let all = vec![Notice::NoService, Notice::NoScanner, Notice::NoPrinter];
    assert_eq!(kiosk.view(), View::Welcome { notices: all });
    kiosk.tell(Event::PrinterChanged(Ok(PrinterStatus { fault: None, paper: Paper::Low })));
    kiosk.tell(Event::ScannerChanged(Ok(())));
    kiosk.tell(Event::ServiceChanged(Ok(())));
    assert!(kiosk.is_welcome());
}

#[test]
fn a_kiosk_that_is_offered_no_services_apologises_at_once() {
    let mut kiosk = Kiosk::offering(Ways::default(), Vec::new());
    kiosk.scan(CARD);
    assert_eq!(kiosk.view(), View::Apology(Apology::NoNumberNow));
}

#[test]
fn a_card_held_up_before_the_kiosk_knows_its_hospital_waits_and_goes_on_when_the_offer_is_there() {
    let mut kiosk = Kiosk::silent();
    kiosk.scan(CARD);
    assert_eq!(kiosk.view(), View::AwaitingOffer);
    kiosk.scan("https://example.vn/menu");
    assert_eq!(kiosk.view(), View::AwaitingOffer, "a stray code throws nobody out");
    kiosk.tell(Event::ServiceChanged(Ok(())));
    kiosk.offers(EVERYTHING);
    assert!(matches!(kiosk.view(), View::FindingTickets), "the claim was kept: {:?}", kiosk.view());
}

#[test]
fn whoever_waits_for_the_offer_and_leaves_or_makes_room_for_another_is_forgotten() {
    let mut kiosk = Kiosk::silent();
    kiosk.scan(CARD);
    kiosk.touch(Touch::Leave);
    assert_eq!(kiosk.session.patient(), None);
    kiosk.scan(CARD);
    kiosk.scan(OTHER_CARD);
    kiosk.offers(Ways::default());
    assert_eq!(kiosk.chooser().name.as_str(), "TRẦN T* THỬ");
}

#[test]
fn an_offer_that_does_not_come_ends_the_wait_after_its_time_or_at_the_first_word_of_the_service() {
    let mut kiosk = Kiosk::silent();
    kiosk.scan(CARD);
    kiosk.wait(OFFER_WAIT);
    assert_eq!(kiosk.view(), View::Apology(Apology::NoNumberNow));
    let mut kiosk = Kiosk::silent();
    kiosk.scan(CARD);
    kiosk.tell(Event::ServiceChanged(Err(IssueFailure::Unreachable)));
    assert_eq!(kiosk.view(), View::Apology(Apology::NoNumberNow));
    kiosk.scan(CARD);
    assert_eq!(kiosk.view(), View::Apology(Apology::NoNumberNow), "the kiosk knows that nobody can tell");
}

#[test]
fn nothing_of_the_patient_is_left_when_the_visit_ends() {
    let mut kiosk = Kiosk::at_printing();
    assert!(kiosk.session.patient().is_some());
    kiosk.tell(Event::Printed(id(1), PrintOutcome::Confirmed));
    kiosk.wait(TAKE_WAIT);
    assert_eq!(kiosk.session.patient(), None);
}

#[test]
fn no_debug_text_of_a_visit_names_its_patient() {
    let kiosk = Kiosk::at_printing();
    let text = format!("{:?}", kiosk.session);
    for private in ["MẪU", "NGUYỄN", "999901", "Đường"] {
        assert!(!text.contains(private), "{private} in {text}");
    }
}

#[test]
fn who_is_slow_is_asked_and_goes_on() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(OTHER_CARD);
    kiosk.wait(CHOOSE_WAIT);
    assert_eq!(kiosk.screen().presence, Presence::Asked);
    kiosk.touch(Touch::StillHere);
    assert_eq!(kiosk.screen().presence, Presence::Assumed);
    kiosk.wait(CHOOSE_WAIT);
    kiosk.choose("noi");
    assert!(matches!(kiosk.view(), View::Issuing { .. }), "any touch is an answer, and does what it says");
}

#[test]
fn who_steps_up_to_an_abandoned_visit_sees_it_end() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(CARD);
    kiosk.wait(CHOOSE_WAIT);
    kiosk.scan(OTHER_CARD);
    assert_eq!(kiosk.chooser().name.as_str(), "TRẦN T* THỬ");
    assert_eq!(kiosk.screen().presence, Presence::Assumed);
}

#[test]
fn nobody_is_asked_while_paper_prints() {
    let mut kiosk = Kiosk::at_printing();
    kiosk.wait(kiosk_core::session::PRINT_WAIT);
    assert_eq!(kiosk.screen().presence, Presence::Assumed);
    assert_eq!(kiosk.number_on_screen(), Some(("A-042".into(), PaperAdvice::WriteDown)));
}

#[test]
fn help_is_called_once_and_the_patient_may_wait_for_it() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(OTHER_CARD);
    assert_eq!(kiosk.touch(Touch::CallHelp), [Effect::CallHelp(id(1))]);
    assert_eq!(kiosk.screen().help, Help::Calling);
    assert_eq!(kiosk.touch(Touch::CallHelp), [], "one call is enough");
    kiosk.tell(Event::HelpAnswered(id(9), Ok(())));
    assert_eq!(kiosk.screen().help, Help::Calling, "the answer to another call");
    kiosk.tell(Event::HelpAnswered(id(1), Ok(())));
    assert_eq!(kiosk.screen().help, Help::OnItsWay);
    kiosk.wait(HELP_SHOWN_WAIT);
    assert_eq!((kiosk.screen().help, kiosk.screen().presence), (Help::NotCalled, Presence::Asked));
    kiosk.wait(STILL_THERE_WAIT);
    assert!(kiosk.is_welcome());
}

#[test]
fn help_that_cannot_be_called_is_said_and_can_be_called_again() {
    let mut unheard = Kiosk::new();
    unheard.touch(Touch::CallHelp);
    unheard.wait(HELP_ANSWER_WAIT);
    let mut refused = Kiosk::new();
    refused.touch(Touch::CallHelp);
    refused.tell(Event::HelpAnswered(id(1), Err(HelpFailure::Unreachable)));
    for mut kiosk in [unheard, refused] {
        assert_eq!(kiosk.screen().help, Help::NotReached);
        assert!(kiosk.is_welcome());
        kiosk.fresh = 2;
        assert_eq!(kiosk.touch(Touch::CallHelp), [Effect::CallHelp(id(2))]);
    }
}

#[test]
fn a_call_for_help_disturbs_no_number() {
    let mut kiosk = Kiosk::at_issuing();
    kiosk.fresh = 5;
    assert_eq!(kiosk.touch(Touch::CallHelp), [Effect::CallHelp(id(5))]);
    assert_eq!(kiosk.tell(Event::Issued(ticket(1, "A-042"))), [Effect::Record(id(1), Entry::Shown)]);
    assert_eq!(kiosk.screen().help, Help::Calling);
}

#[test]
fn language_and_look_are_the_patients_own_and_end_with_the_visit() {
    let mut kiosk = Kiosk::new();
    kiosk.touch(Touch::Language(Language::English));
    kiosk.scan(OTHER_CARD);
    kiosk.touch(Touch::Text(TextSize::Large));
    kiosk.touch(Touch::Contrast(Contrast::High));
    kiosk.touch(Touch::Reach(Reach::Low));
    kiosk.touch(Touch::Guidance(Guidance::Spoken));
    kiosk.touch(Touch::Loudness(Loudness::Louder));
    let chosen = Look {
        language: Language::English,
        text: TextSize::Large,
        contrast: Contrast::High,
        reach: Reach::Low,
        guidance: Guidance::Spoken,
        loudness: Loudness::Louder,
    };
    assert_eq!(kiosk.screen().look, chosen);
    assert!(matches!(kiosk.view(), View::ChooseService { .. }), "the visit goes on where it was");
    kiosk.touch(Touch::Leave);
    assert_eq!(kiosk.screen().look, Look::default());
}

#[test]
fn a_language_chosen_by_somebody_who_left_is_the_hospitals_again() {
    let mut kiosk = Kiosk::new();
    kiosk.tell(Event::Offered(Offer { language: Language::Chinese, ..Offer::default() }));
    assert_eq!(kiosk.screen().look.language, Language::Chinese, "the hospital's own");
    kiosk.touch(Touch::Language(Language::English));
    kiosk.tell(Event::Offered(Offer { language: Language::Chinese, ..Offer::default() }));
    assert_eq!(kiosk.screen().look.language, Language::English, "an offer that comes again changes nothing");
    kiosk.wait(LOOK_WAIT);
    assert_eq!(kiosk.screen().look.language, Language::Chinese);
    assert_eq!(kiosk.session.deadline(), None);
}

#[test]
fn a_technician_ends_the_visit_and_nothing_of_it_is_lost() {
    let mut kiosk = Kiosk::at_issuing();
    assert_eq!(kiosk.tell(Event::Technician(Technician::AtWork)), [Effect::Void(id(1))]);
    assert_eq!(kiosk.view(), View::OutOfService);
    assert_eq!(kiosk.session.patient(), None);
    kiosk.scan(CARD);
    kiosk.touch(Touch::Begin);
    kiosk.touch(Touch::Leave);
    assert_eq!(kiosk.view(), View::OutOfService, "no visits meanwhile");
    kiosk.tell(Event::Technician(Technician::Gone));
    assert!(kiosk.is_welcome());

    let mut unrecorded = Kiosk::at_number();
    assert_eq!(unrecorded.tell(Event::Technician(Technician::AtWork)), [Effect::Void(id(1))]);
    let mut shown = Kiosk::at_printing();
    assert_eq!(shown.tell(Event::Technician(Technician::AtWork)), [], "its number was seen and stays valid");
}

#[test]
fn a_technician_who_is_not_heard_of_has_left() {
    let mut kiosk = Kiosk::new();
    kiosk.tell(Event::Technician(Technician::AtWork));
    kiosk.wait(TECHNICIAN_WAIT);
    assert!(kiosk.is_welcome());
}

#[test]
fn a_card_in_the_slot_is_on_every_screen() {
    let mut kiosk = Kiosk::new();
    kiosk.tell(Event::CardSlotChanged(CardMedia::Present));
    assert_eq!(kiosk.screen().slot, CardMedia::Present);
    kiosk.tell(Event::CardSlotChanged(CardMedia::NotPresent));
    assert_eq!(kiosk.screen().slot, CardMedia::NotPresent);
}
