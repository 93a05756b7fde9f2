//! Who is here: a token held up at any moment, a number typed, or no card at all.

use kiosk_core::effect::Effect;
use kiosk_core::event::{Event, Touch};
use kiosk_core::ledger::Entry;
use kiosk_core::session::{CHOOSE_WAIT, PRESENT_CARD_WAIT};
use kiosk_core::typing::{Key, TypingProblem};
use kiosk_core::view::{Advice, Apology, KnownBy, PaperAdvice, Purpose, View};
use vn_identity::{Date, PriorityGroup, PriorityHint, Sureness, Validity};

use crate::kiosk::{CARD, INSURANCE, Kiosk, OTHER_CARD, id, ticket};

#[test]
fn what_is_no_identity_token_gets_an_apology_and_the_next_card_a_new_try() {
    let mut kiosk = Kiosk::new();
    kiosk.scan("https://example.vn/menu");
    assert_eq!(kiosk.view(), View::Apology(Apology::NotAnIdentityToken));
    kiosk.scan(CARD);
    assert!(matches!(kiosk.view(), View::ChooseService { .. }));
}

#[test]
fn an_insurance_card_leads_to_a_number_as_an_identity_card_does() {
    let mut kiosk = Kiosk::new();
    let effects = kiosk.visit_up_to_printing(INSURANCE, 1, "A-042");
    let [Effect::Print { face, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(face.patient, "Mẫu Thử (1960)");
}

#[test]
fn a_token_without_a_name_is_known_by_the_end_of_its_number() {
    let mut kiosk = Kiosk::new();
    kiosk.scan("0199990001||14/05/1990|2");
    assert_eq!(kiosk.chooser().name.as_str(), "******0001");
    let effects = kiosk.visit_up_to_printing("0199990001||14/05/1990|2", 1, "A-042");
    let [Effect::Print { face, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(face.patient, "******0001 (1990)");
}

#[test]
fn what_another_device_has_read_enters_the_visit_as_a_scan_does() {
    let mut kiosk = Kiosk::new();
    let claim = vn_identity::typed("001190999902").unwrap();
    assert_eq!(kiosk.tell(Event::Identified(Box::new(claim.clone()))), []);
    assert!(matches!(kiosk.view(), View::ChooseService { .. }));
    let mut busy = Kiosk::at_printing();
    busy.tell(Event::Identified(Box::new(claim)));
    assert_eq!(busy.number_on_screen(), Some(("A-042".into(), PaperAdvice::Printing)));
}

#[test]
fn an_expired_card_and_a_priority_are_known_in_the_visit_and_turn_nobody_away() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(CARD);
    let patient = kiosk.session.patient().unwrap();
    let elderly = PriorityHint { group: PriorityGroup::SeventyFiveAndOver, sureness: Sureness::Certain };
    assert_eq!((patient.validity, patient.priority), (Validity::Valid, Some(elderly)));

    kiosk.scan("001096999902||TRẦN VĂN HẾT HẠN|15061996|Nam|Số 2 Đường Mẫu|14062019");
    let expired = Validity::Expired { on: Date { year: 2021, month: 6, day: 15 } };
    assert_eq!(kiosk.session.patient().map(|patient| patient.validity), Some(expired));
    assert!(matches!(kiosk.view(), View::ChooseService { .. }));
}

#[test]
fn a_card_from_the_future_is_refused_only_while_the_day_is_known() {
    let from_2027 = CARD.replace("01012022", "01012027");
    let mut kiosk = Kiosk::new();
    kiosk.scan(&from_2027);
    assert_eq!(kiosk.apology(), Some(Apology::DamagedCode));
    let mut dayless = Kiosk::new();
    dayless.today = None;
    dayless.scan(&from_2027);
    assert_eq!(dayless.session.patient().map(|patient| patient.validity), Some(Validity::Unknown));
}

#[test]
fn whoever_holds_up_a_card_last_owns_the_visit() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(CARD);
    kiosk.scan("a stray code");
    kiosk.scan(OTHER_CARD);
    assert_eq!(kiosk.chooser().name.as_str(), "TRẦN T* THỬ");
}

#[test]
fn a_card_held_up_while_a_number_is_on_screen_changes_nothing() {
    let mut kiosk = Kiosk::at_printing();
    kiosk.scan(OTHER_CARD);
    assert_eq!(kiosk.number_on_screen(), Some(("A-042".into(), PaperAdvice::Printing)));
}

#[test]
fn each_code_that_is_no_identity_has_its_own_way_on() {
    for (code, apology) in [
        ("https://example.vn/menu", Apology::NotAnIdentityToken),
        ("WIFI:T:WPA;S:MAU;P:thu;;", Apology::NotAnIdentityToken),
        ("https://vneid.gov.vn/qr?token=MAU", Apology::UnknownPhoneCode),
        ("dfGh45JKLmnopq7654321==", Apology::UnknownPhoneCode),
        ("001049999901||NGUYỄN VĂN MẪU|02031949", Apology::DamagedCode),
    ] {
        let mut kiosk = Kiosk::with_everything();
        kiosk.scan(code);
        assert_eq!(kiosk.apology(), Some(apology), "{code}");
        kiosk.touch(Touch::TypeNumber);
        assert!(matches!(kiosk.view(), View::TypeNumber { .. }), "{code}");
    }
}

#[test]
fn a_number_typed_on_the_keypad_leads_to_a_number_marked_as_typed() {
    let mut kiosk = Kiosk::with_everything();
    kiosk.touch(Touch::Begin);
    kiosk.touch(Touch::TypeNumber);
    kiosk.types("0011909999");
    kiosk.touch(Touch::Key(Key::Erase));
    kiosk.types("902");
    let View::TypeNumber { digits, problem: None, .. } = kiosk.view() else { panic!("{:?}", kiosk.view()) };
    assert_eq!(digits.as_str(), "001190999902");
    assert_eq!(kiosk.touch(Touch::Key(Key::Enter)), [], "whoever knows a number learns nothing of its owner's tickets");
    let who = kiosk.chooser();
    assert_eq!((who.known_by, who.name.as_str()), (KnownBy::Typed, "********9902"));
    let effects = kiosk.number_up_to_printing(1, ticket(1, "A-042"));
    let [Effect::Print { face, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(face.patient, "********9902");
}

#[test]
fn ten_digits_are_a_health_insurance_number() {
    let mut kiosk = typing();
    kiosk.types("0199990001");
    kiosk.touch(Touch::Key(Key::Enter));
    assert_eq!(kiosk.chooser().name.as_str(), "******0001");
}

#[test]
fn a_slip_of_the_finger_is_told_and_the_digits_stay() {
    let mut kiosk = typing();
    kiosk.types("00119099990");
    kiosk.touch(Touch::Key(Key::Enter));
    assert_eq!(problem(&kiosk), Some(TypingProblem::Length));
    kiosk.types("2");
    assert_eq!(problem(&kiosk), None, "typing on is the answer");
    kiosk.touch(Touch::Key(Key::Clear));
    kiosk.types("000190999902");
    kiosk.touch(Touch::Key(Key::Enter));
    assert_eq!(problem(&kiosk), Some(TypingProblem::Unlikely), "no province has 000");
    kiosk.touch(Touch::Key(Key::Enter));
    assert_eq!(kiosk.chooser().known_by, KnownBy::Typed, "the patient knows better");
}

#[test]
fn a_card_held_up_while_typing_is_taken_instead() {
    let mut kiosk = typing();
    kiosk.types("00119");
    kiosk.scan(CARD);
    kiosk.tell(Event::TicketsFound(id(1), Ok(Vec::new())));
    assert_eq!(kiosk.chooser().known_by, KnownBy::Code);
}

#[test]
fn typed_digits_are_gone_with_the_screen_and_in_no_debug_text() {
    let mut kiosk = typing();
    kiosk.types("001190");
    let text = format!("{:?}", kiosk.session);
    assert!(text.contains("TypedDigits(6 digits)") && !text.contains("00119"), "{text}");
    assert_eq!(kiosk.wait_unanswered(CHOOSE_WAIT), []);
    assert!(kiosk.is_welcome());
    kiosk.touch(Touch::TypeNumber);
    let View::TypeNumber { digits, .. } = kiosk.view() else { panic!("{:?}", kiosk.view()) };
    assert_eq!(digits.as_str(), "");
}

#[test]
fn who_has_no_card_gets_a_number_that_staff_check() {
    let mut kiosk = Kiosk::with_everything();
    kiosk.touch(Touch::Begin);
    assert_eq!(kiosk.touch(Touch::NoCard), []);
    let who = kiosk.chooser();
    assert_eq!((who.known_by, who.name.as_str(), &who.advice[..]), (KnownBy::NoCard, "", &[Advice::NoCard][..]));
    kiosk.choose("noi");
    let effects = kiosk.tell(Event::Recorded(id(1), Entry::Requested));
    let [Effect::Issue { arriving, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(arriving.person, None);
    kiosk.tell(Event::Issued(ticket(1, "A-042")));
    let effects = kiosk.tell(Event::Recorded(id(1), Entry::Shown));
    let [Effect::Print { face, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((face.patient.as_str(), face.notice.as_str()), ("", "CHƯA CÓ GIẤY TỜ: NHÂN VIÊN KIỂM TRA"));
}

#[test]
fn a_way_that_the_hospital_does_not_offer_leads_nowhere() {
    let mut kiosk = Kiosk::new();
    for touch in [Touch::NoCard, Touch::TypeNumber, Touch::FindTicket] {
        kiosk.touch(touch.clone());
        assert!(kiosk.is_welcome(), "{touch:?}");
    }
    kiosk.scan(CARD);
    kiosk.touch(Touch::UseChip);
    assert!(matches!(kiosk.view(), View::ChooseService { .. }));
}

#[test]
fn a_card_held_up_twice_keeps_what_its_owner_has_chosen() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(OTHER_CARD);
    kiosk.touch(Touch::DeclarePriority);
    kiosk.touch(Touch::Declare(queue_protocol::model::PriorityGroup::Pregnant));
    kiosk.scan(OTHER_CARD);
    let View::DeclarePriority { who, .. } = kiosk.view() else { panic!("{:?}", kiosk.view()) };
    assert_eq!(who.groups.len(), 1);
}

#[test]
fn an_expired_card_and_a_child_are_told_what_staff_will_ask_for() {
    for (card, advice) in [
        ("001096999902||TRẦN VĂN HẾT HẠN|15061996|Nam|Số 2 Đường Mẫu|14062019", Some(Advice::CardExpired)),
        ("001213999902||TRẦN VĂN BÉ|24112012|Nam|Số 2 Đường Mẫu|01012025", Some(Advice::Under14)),
        ("001212999902||TRẦN VĂN LỚN|23112012|Nam|Số 2 Đường Mẫu|01012025", Some(Advice::Under16)),
        ("001210999902||TRẦN VĂN HAI|24112010|Nam|Số 2 Đường Mẫu|01022025", Some(Advice::Under16)),
        ("001210999903||TRẦN VĂN BA|23112010|Nam|Số 2 Đường Mẫu|01022025", None),
        (OTHER_CARD, None),
    ] {
        let mut kiosk = Kiosk::new();
        kiosk.scan(card);
        assert_eq!(kiosk.chooser().advice.first().copied(), advice, "{card}");
    }
}

#[test]
fn back_and_leave_lead_out_of_every_way_in() {
    let mut kiosk = typing();
    kiosk.touch(Touch::Back);
    assert_eq!(kiosk.view(), View::PresentCard { purpose: Purpose::TakeNumber });
    kiosk.touch(Touch::Back);
    assert!(kiosk.is_welcome());
    kiosk.touch(Touch::Begin);
    kiosk.wait_unanswered(PRESENT_CARD_WAIT);
    assert!(kiosk.is_welcome());
}

fn typing() -> Kiosk {
    let mut kiosk = Kiosk::with_everything();
    kiosk.touch(Touch::TypeNumber);
    kiosk
}

fn problem(kiosk: &Kiosk) -> Option<TypingProblem> {
    match kiosk.view() {
        View::TypeNumber { problem, .. } => problem,
        other => panic!("{other:?}"),
    }
}
