//! The groups that the law puts first.

use kiosk_core::effect::Effect;
use kiosk_core::event::{Answer, Event, Touch};
use kiosk_core::ledger::Entry;
use kiosk_core::view::View;
use queue_protocol::model::{GroupClaim, PriorityGroup, Proof};

use crate::kiosk::{CARD, Kiosk, OTHER_CARD, id, ticket};

/// A health insurance card with a year of birth alone: 75 this year, or not yet.
const BORN_IN_1951: &str = "0199990001|4de1baab75205468e1bbad|1951|1";

const fn declared(group: PriorityGroup) -> GroupClaim {
    GroupClaim { group, proof: Proof::Declared }
}

#[test]
fn an_age_that_the_card_says_needs_no_question() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(CARD);
    assert_eq!(kiosk.chooser().groups, [declared(PriorityGroup::Aged75)]);
    let mut child = Kiosk::new();
    child.scan("001222999902||TRẦN VĂN BÉ|24112020|Nam|Số 2 Đường Mẫu|01012025");
    assert_eq!(child.chooser().groups, [declared(PriorityGroup::Under6)]);
}

#[test]
fn of_a_bare_year_the_patient_is_asked() {
    for (answer, groups) in [(Answer::Yes, vec![declared(PriorityGroup::Aged75)]), (Answer::No, Vec::new())] {
        let mut kiosk = Kiosk::new();
        kiosk.scan(BORN_IN_1951);
        let View::AskAge { group, .. } = kiosk.view() else { panic!("{:?}", kiosk.view()) };
        assert_eq!(group, PriorityGroup::Aged75);
        kiosk.touch(Touch::Age(answer));
        assert_eq!(kiosk.chooser().groups, groups);
    }
}

#[test]
fn a_declared_group_goes_with_the_request_and_is_marked_for_staff() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(OTHER_CARD);
    kiosk.touch(Touch::DeclarePriority);
    let View::DeclarePriority { groups, .. } = kiosk.view() else { panic!("{:?}", kiosk.view()) };
    assert_eq!(groups, [PriorityGroup::Pregnant, PriorityGroup::SevereDisability, PriorityGroup::Merit]);
    kiosk.touch(Touch::Declare(PriorityGroup::Merit));
    kiosk.touch(Touch::Declare(PriorityGroup::Pregnant));
    kiosk.touch(Touch::Declare(PriorityGroup::Merit));
    kiosk.touch(Touch::Done);
    assert_eq!(kiosk.chooser().groups, [declared(PriorityGroup::Pregnant)], "a second touch takes it back");
    kiosk.choose("noi");
    let effects = kiosk.tell(Event::Recorded(id(1), Entry::Requested));
    let [Effect::Issue { arriving, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(arriving.groups, [declared(PriorityGroup::Pregnant)]);
    kiosk.tell(Event::Issued(ticket(1, "A-042")));
    let effects = kiosk.tell(Event::Recorded(id(1), Entry::Shown));
    let [Effect::Print { face, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(face.priority, "PHỤ NỮ CÓ THAI (KIỂM TRA)");
}

#[test]
fn an_age_is_declared_only_where_no_birth_date_decides_and_an_emergency_never() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(OTHER_CARD);
    kiosk.touch(Touch::DeclarePriority);
    kiosk.touch(Touch::Declare(PriorityGroup::Aged75));
    kiosk.touch(Touch::Declare(PriorityGroup::Emergency));
    kiosk.touch(Touch::Back);
    assert_eq!(kiosk.chooser().groups, []);

    let mut unknown = Kiosk::with_everything();
    unknown.touch(Touch::NoCard);
    unknown.touch(Touch::DeclarePriority);
    unknown.touch(Touch::Declare(PriorityGroup::Aged75));
    unknown.touch(Touch::Declare(PriorityGroup::Emergency));
    unknown.touch(Touch::Done);
    assert_eq!(unknown.chooser().groups, [declared(PriorityGroup::Aged75)]);
}

#[test]
fn the_next_patient_declares_nothing_of_the_one_before() {
    let mut kiosk = Kiosk::new();
    kiosk.scan(OTHER_CARD);
    kiosk.touch(Touch::DeclarePriority);
    kiosk.touch(Touch::Declare(PriorityGroup::Pregnant));
    kiosk.scan(CARD);
    assert_eq!(kiosk.chooser().groups, [declared(PriorityGroup::Aged75)]);
}
