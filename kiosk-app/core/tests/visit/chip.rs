//! The chip: an upgrade with consent, never in the way of a number, and never another person's.

use kiosk_core::chip::{Checked, ChipEvent, ChipFailure, ChipForm, ChipStep, ChipTrust, ChipVerdict, Portrait};
use kiosk_core::effect::Effect;
use kiosk_core::event::{Event, Touch};
use kiosk_core::session::{CHIP_READ_WAIT, CHOOSE_WAIT};
use kiosk_core::view::{ChipOffer, ChipStage, ChipTrouble, KnownBy, View};
use kiosk_hal::fault::Fault;
use queue_protocol::model::{GroupClaim, PriorityGroup, Proof};
use vn_identity::{Claim, Provenance};

use crate::kiosk::{CARD, INSURANCE, Kiosk, OTHER_CARD, id};

const ISSUED: ChipTrust = ChipTrust { intact: Checked::Yes, issued: Checked::Yes, genuine: Checked::NotChecked };
const DOUBTFUL: ChipTrust = ChipTrust { intact: Checked::Yes, issued: Checked::Yes, genuine: Checked::No };

#[test]
fn a_scanned_card_is_read_with_consent_and_its_form_is_usable_before_the_portrait() {
    let mut kiosk = scanned(CARD);
    assert_eq!(chip_offer(&kiosk), ChipOffer::Available);
    assert_eq!(kiosk.touch(Touch::UseChip), [], "nothing is read before the patient agrees");
    assert_eq!(stage(&kiosk), ChipStage::Consent);
    kiosk.fresh = 5;
    let effects = kiosk.touch(Touch::Consent);
    let [Effect::ReadChip { reading, number }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((*reading, number.as_str()), (id(5), "001049999901"));
    assert_eq!(stage(&kiosk), ChipStage::Insert);
    kiosk.tell(chip(ChipEvent::Step(ChipStep::Opening)));
    kiosk.tell(chip(ChipEvent::Step(ChipStep::Reading)));
    assert_eq!(stage(&kiosk), ChipStage::Reading(ChipStep::Reading));
    assert_eq!(kiosk.tell(form(CARD, ISSUED)), []);
    assert_eq!(kiosk.chooser().known_by, KnownBy::Chip(ISSUED));
    assert_eq!(kiosk.chooser().groups, [GroupClaim { group: PriorityGroup::Aged75, proof: Proof::Verified }]);
    assert_eq!((kiosk.chooser().portrait, chip_offer(&kiosk)), (None, ChipOffer::ReadingPortrait));

    kiosk.tell(chip(ChipEvent::Portrait(portrait(), ISSUED)));
    kiosk.tell(chip(ChipEvent::Ended(Ok(()))));
    assert_eq!(kiosk.chooser().portrait.as_deref(), Some(&portrait()));
    assert_eq!(chip_offer(&kiosk), ChipOffer::None);
}

#[test]
fn a_service_chosen_while_the_portrait_is_read_stops_the_reading() {
    let mut kiosk = reading();
    kiosk.tell(form(CARD, ISSUED));
    kiosk.fresh = 6;
    let effects = kiosk.choose("noi");
    assert!(
        matches!(&effects[..], [Effect::Record(..), Effect::StopChip(reading)] if *reading == id(5)),
        "{effects:?}"
    );
    assert_eq!(kiosk.tell(chip(ChipEvent::Portrait(portrait(), ISSUED))), []);
    assert_eq!(kiosk.session.patient().unwrap().trust, Some(ISSUED));
}

#[test]
fn a_portrait_that_was_changed_lowers_what_the_card_is_worth() {
    let changed = ChipTrust { intact: Checked::No, ..ISSUED };
    for told in [ChipEvent::Portrait(portrait(), changed), ChipEvent::NoPortrait(changed)] {
        let mut kiosk = reading();
        kiosk.tell(form(CARD, ISSUED));
        kiosk.tell(chip(told));
        assert_eq!(kiosk.chooser().known_by, KnownBy::Chip(changed));
        assert_eq!(kiosk.chooser().groups, [GroupClaim { group: PriorityGroup::Aged75, proof: Proof::Declared }]);
    }
}

#[test]
fn the_card_of_another_person_is_said_to_be_and_never_mixed() {
    let mut told_by_the_data = reading();
    assert_eq!(told_by_the_data.tell(form(OTHER_CARD, ISSUED)), [Effect::StopChip(id(5))]);
    let mut told_by_the_lock = reading();
    told_by_the_lock.tell(chip(ChipEvent::Ended(Err(ChipFailure::OtherCard))));
    for mut kiosk in [told_by_the_data, told_by_the_lock] {
        assert_eq!(stage(&kiosk), ChipStage::Trouble(ChipTrouble::OtherPerson));
        kiosk.touch(Touch::WithoutChip);
        let who = kiosk.chooser();
        assert_eq!((who.name.as_str(), who.known_by), ("NGUYỄN V* MẪU", KnownBy::Code));
    }
}

#[test]
fn a_card_with_something_against_it_upgrades_nothing_and_refuses_nobody() {
    let mut kiosk = reading();
    kiosk.tell(form(CARD, DOUBTFUL));
    assert_eq!(stage(&kiosk), ChipStage::Trouble(ChipTrouble::Doubtful(DOUBTFUL)));
    kiosk.touch(Touch::WithoutChip);
    assert_eq!(kiosk.chooser().known_by, KnownBy::Code);
}

#[test]
fn each_failure_of_the_chip_has_a_way_on() {
    for (failure, trouble) in [
        (ChipFailure::PulledOut, ChipTrouble::PulledOut),
        (ChipFailure::Unreadable, ChipTrouble::Unreadable),
        (ChipFailure::ReaderGone, ChipTrouble::PulledOut),
    ] {
        let mut kiosk = reading();
        kiosk.tell(chip(ChipEvent::Ended(Err(failure))));
        assert_eq!(stage(&kiosk), ChipStage::Trouble(trouble));
        kiosk.fresh = 6;
        let effects = kiosk.touch(Touch::TryAgain);
        assert!(matches!(&effects[..], [Effect::ReadChip { reading, .. }] if *reading == id(6)), "{effects:?}");
        kiosk.touch(Touch::Back);
        assert!(matches!(kiosk.view(), View::ChooseService { .. }));
    }
}

#[test]
fn a_reader_that_goes_while_it_reads_is_said_so() {
    let mut kiosk = reading();
    kiosk.tell(Event::ChipReaderChanged(Err(Fault::NoDevice)));
    kiosk.tell(chip(ChipEvent::Ended(Err(ChipFailure::ReaderGone))));
    assert_eq!(stage(&kiosk), ChipStage::Trouble(ChipTrouble::ReaderGone));
    assert_eq!(kiosk.touch(Touch::TryAgain), []);
    kiosk.touch(Touch::WithoutChip);
    assert_eq!(chip_offer(&kiosk), ChipOffer::None);
}

#[test]
fn a_card_pulled_out_after_the_form_disturbs_nobody() {
    let mut kiosk = reading();
    kiosk.tell(form(CARD, ISSUED));
    kiosk.tell(chip(ChipEvent::Ended(Err(ChipFailure::PulledOut))));
    assert_eq!(kiosk.chooser().known_by, KnownBy::Chip(ISSUED));
}

#[test]
fn a_reader_that_does_not_answer_is_given_up_and_told_so() {
    let mut kiosk = reading();
    kiosk.tell(chip(ChipEvent::Step(ChipStep::Opening)));
    assert_eq!(kiosk.wait(CHIP_READ_WAIT), [Effect::StopChip(id(5))]);
    assert_eq!(stage(&kiosk), ChipStage::Trouble(ChipTrouble::Unreadable));
    assert_eq!(kiosk.tell(form(CARD, ISSUED)), [], "too late");
    assert_eq!(stage(&kiosk), ChipStage::Trouble(ChipTrouble::Unreadable));
}

#[test]
fn nobody_inserts_a_card_and_the_reading_stops_with_the_visit() {
    let mut kiosk = reading();
    assert_eq!(kiosk.wait_unanswered(CHOOSE_WAIT), [Effect::StopChip(id(5))]);
    assert!(kiosk.is_welcome());
}

#[test]
fn another_card_held_up_stops_the_reading_of_the_first() {
    let mut kiosk = reading();
    assert_eq!(kiosk.scan(OTHER_CARD).last(), Some(&Effect::StopChip(id(5))));
    kiosk.tell(form(CARD, ISSUED));
    kiosk.tell(Event::TicketsFound(id(5), Ok(Vec::new())));
    let who = kiosk.chooser();
    assert_eq!((who.name.as_str(), who.known_by), ("TRẦN T* THỬ", KnownBy::Code));
}

#[test]
fn no_chip_is_offered_without_reader_or_number_to_open_it() {
    let mut unplugged = scanned(CARD);
    unplugged.tell(Event::ChipReaderChanged(Err(Fault::NoDevice)));
    assert_eq!(chip_offer(&unplugged), ChipOffer::None);
    unplugged.touch(Touch::UseChip);
    assert!(matches!(unplugged.view(), View::ChooseService { .. }));
    assert_eq!(chip_offer(&scanned(INSURANCE)), ChipOffer::None);
}

#[test]
fn a_reader_that_goes_while_the_patient_reads_the_consent_is_said_so() {
    let mut kiosk = scanned(CARD);
    kiosk.touch(Touch::UseChip);
    kiosk.tell(Event::ChipReaderChanged(Err(Fault::NoDevice)));
    assert_eq!(kiosk.touch(Touch::Consent), []);
    assert_eq!(stage(&kiosk), ChipStage::Trouble(ChipTrouble::ReaderGone));
}

#[test]
fn no_single_result_stands_for_all() {
    let verdict = |intact, issued, genuine| ChipTrust { intact, issued, genuine }.verdict();
    let (yes, no, unknown) = (Checked::Yes, Checked::No, Checked::NotChecked);
    assert_eq!(verdict(yes, yes, yes), ChipVerdict::Genuine);
    assert_eq!(verdict(yes, yes, unknown), ChipVerdict::Issued);
    assert_eq!(verdict(yes, unknown, yes), ChipVerdict::NotVouchedFor);
    assert_eq!(verdict(unknown, yes, yes), ChipVerdict::NotVouchedFor);
    let expired = verdict(yes, Checked::Expired, yes);
    for doubtful in [verdict(no, yes, yes), verdict(yes, no, yes), verdict(yes, yes, no), verdict(no, no, no), expired]
    {
        assert_eq!(doubtful, ChipVerdict::Doubtful);
    }
}

#[test]
fn a_portrait_has_the_pixels_it_says_and_shows_none_of_them() {
    assert_eq!(Portrait::new(2, 1, vec![0; 5]), None);
    assert_eq!(Portrait::new(0, 0, Vec::new()), None);
    assert_eq!(format!("{:?}", portrait()), "Portrait(2 x 1)");
}

fn scanned(card: &str) -> Kiosk {
    let mut kiosk = Kiosk::with_everything();
    kiosk.scan(card);
    kiosk.tell(Event::TicketsFound(id(1), Ok(Vec::new())));
    kiosk
}

/// A patient who has agreed; the reading has id 5.
fn reading() -> Kiosk {
    let mut kiosk = scanned(CARD);
    kiosk.touch(Touch::UseChip);
    kiosk.fresh = 5;
    kiosk.touch(Touch::Consent);
    kiosk
}

fn chip(event: ChipEvent) -> Event {
    Event::Chip(id(5), event)
}

fn form(card: &str, trust: ChipTrust) -> Event {
    chip(ChipEvent::Form(Box::new(ChipForm { claim: on_the_chip(card), trust })))
}

fn on_the_chip(card: &str) -> Claim {
    vn_identity::decode(card.as_bytes()).unwrap().from_source(Provenance::Chip)
}

fn portrait() -> Portrait {
    Portrait::new(2, 1, vec![1, 2, 3, 4, 5, 6]).unwrap()
}

fn chip_offer(kiosk: &Kiosk) -> ChipOffer {
    match kiosk.view() {
        View::ChooseService { chip, .. } => chip,
        other => panic!("{other:?}"),
    }
}

fn stage(kiosk: &Kiosk) -> ChipStage {
    match kiosk.view() {
        View::Chip { stage, .. } => stage,
        other => panic!("{other:?}"),
    }
}
