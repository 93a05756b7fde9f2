//! Screens between the card and the number.

use std::sync::Arc;

use kiosk_core::chip::{Checked, ChipStep, ChipTrust, Portrait};
use kiosk_core::typing::{Digit, TypedDigits, TypingProblem};
use kiosk_core::view::{Advice, ChipOffer, ChipStage, ChipTrouble, KnownBy, MaskedName, Purpose, View, Who};
use queue_protocol::model::{
    AppointmentTime, GroupClaim, PriorityGroup, Proof, ServiceFacts, ServiceId, ServiceOffer, UnixMillis,
};

use super::{Scene, screen};

/// Sixty letters, the longest a hospital may configure.
const LONG_NAME: &str = "Khám chuyên khoa Răng Hàm Mặt và Phẫu thuật tạo hình hàm mặt";
const LONG_PLACE: &str = "Khu khám bệnh theo yêu cầu, nhà C, tầng 12, phòng C1204-C128";
const LONG_PATIENT: &str = "CÔNG TẰNG TÔN NỮ NGUYỄN PHÚC HOÀNG THỊ THÙY NGHIÊNGNGHIÊNG";
const GENUINE: ChipTrust = ChipTrust { intact: Checked::Yes, issued: Checked::Yes, genuine: Checked::Yes };
const DOUBTFUL: ChipTrust = ChipTrust { intact: Checked::Yes, issued: Checked::NotChecked, genuine: Checked::No };

pub fn who(name: &str) -> Who {
    Who { name: MaskedName::of(name), known_by: KnownBy::Code, groups: Vec::new(), advice: Vec::new(), portrait: None }
}

pub fn offer(id: &str, name: &str, place: &str, waiting: u32) -> ServiceOffer {
    let wait_minutes = (waiting > 0).then_some(waiting * 5);
    let facts = ServiceFacts { hours: Some("06:30-16:30".into()), wait_minutes, ..ServiceFacts::default() };
    ServiceOffer { id: ServiceId::new(id).unwrap(), name: name.into(), place: place.into(), open: true, waiting, facts }
}

fn closed(offer: ServiceOffer, opens_at: Option<&str>) -> ServiceOffer {
    let facts = ServiceFacts { opens_at: opens_at.map(Into::into), ..offer.facts };
    ServiceOffer { open: false, facts, ..offer }
}

fn full(offer: ServiceOffer) -> ServiceOffer {
    let facts = ServiceFacts { numbers_left: Some(0), ..offer.facts };
    ServiceOffer { facts, ..offer }
}

/// Eight services as a district hospital has them; one is closed, one opens later, one has no numbers left.
pub fn eight_services() -> Vec<ServiceOffer> {
    vec![
        offer("noi", "Nội tổng quát", "Phòng 101", 12),
        offer("nhi", "Nhi", "Phòng 102", 7),
        closed(offer("san", "Sản phụ khoa", "Phòng 201", 3), Some("13:00")),
        offer("mat", "Mắt", "Phòng 205", 0),
        offer("tmh", "Tai Mũi Họng", "Phòng 206", 5),
        closed(offer("rhm", "Răng Hàm Mặt", "Phòng 207", 0), None),
        offer("tim", "Tim mạch, huyết áp", "Phòng 305", 21),
        full(offer("yhct", "Y học cổ truyền", "Nhà B, tầng trệt", 2)),
    ]
}

pub fn choosing(who: Who, services: Vec<ServiceOffer>, chip: ChipOffer) -> View {
    View::ChooseService { who, services, chip }
}

fn portrait() -> Arc<Portrait> {
    let (width, height) = (60_u32, 80_u32);
    let pixel = |place: u32| {
        let (x, y) = (place % width, place / width);
        let is_head = (i64::from(x) - 30).pow(2) + (i64::from(y) - 30).pow(2) < 260;
        let is_body = (i64::from(x) - 30).pow(2) / 2 + (i64::from(y) - 84).pow(2) < 900;
        if is_head || is_body { [60, 80, 90] } else { [200, 215, 220] }
    };
    Arc::new(Portrait::new(width, height, (0..width * height).flat_map(pixel).collect()).unwrap())
}

fn digits(text: &str) -> TypedDigits {
    let mut typed = TypedDigits::new();
    for digit in text.bytes() {
        typed.push(Digit::new(digit - b'0').unwrap());
    }
    typed
}

fn typing(text: &str, problem: Option<TypingProblem>) -> View {
    View::TypeNumber { purpose: Purpose::TakeNumber, digits: digits(text), problem }
}

fn chip(stage: ChipStage) -> View {
    View::Chip { name: MaskedName::of("NGUYỄN VĂN MẪU"), stage }
}

pub fn people() -> Vec<Scene> {
    let mut scenes = typed();
    scenes.extend(services());
    scenes.extend(questions());
    scenes.extend(chips());
    scenes
}

fn typed() -> Vec<Scene> {
    vec![
        ("type-number", screen(typing("", None))),
        ("type-number-typed", screen(typing("001049999901", None))),
        ("type-number-length", screen(typing("0010", Some(TypingProblem::Length)))),
        ("type-number-unlikely", screen(typing("999049999901", Some(TypingProblem::Unlikely)))),
        ("type-number-wrong", screen(typing("001049999901", Some(TypingProblem::NoNumber)))),
    ]
}

fn services() -> Vec<Scene> {
    let duong = || who("NGUYỄN THỊ THÙY DƯƠNG");
    let mut eleven = eight_services();
    eleven.extend([
        offer("da", "Da liễu", "Phòng 306", 4),
        offer("ung", "Ung bướu", "Nhà C", 1),
        offer("than", "Thận", "Phòng 308", 1),
    ]);
    let mut long = eight_services();
    long[0] = offer("dai", LONG_NAME, LONG_PLACE, 101);
    let child = GroupClaim { group: PriorityGroup::Under6, proof: Proof::Verified };
    let told = Who { groups: vec![child], advice: vec![Advice::CardExpired, Advice::Under14], ..who("ĐỖ MẪU") };
    let nobody =
        Who { name: MaskedName::default(), known_by: KnownBy::NoCard, advice: vec![Advice::NoCard], ..who("") };
    let read = Who { known_by: KnownBy::Chip(GENUINE), portrait: Some(portrait()), ..duong() };
    let few = eight_services().split_off(5);
    vec![
        ("choose-service", screen(choosing(duong(), eight_services(), ChipOffer::None))),
        ("choose-service-chip", screen(choosing(duong(), eight_services(), ChipOffer::Available))),
        ("choose-service-few", screen(choosing(who("ĐỖ VĂN MẪU"), few, ChipOffer::ReadingPortrait))),
        ("choose-service-paged", screen(choosing(duong(), eleven, ChipOffer::None))),
        ("choose-service-long", screen(choosing(who(LONG_PATIENT), long, ChipOffer::None))),
        ("choose-service-told", screen(choosing(told, eight_services(), ChipOffer::None))),
        ("choose-service-no-card", screen(choosing(nobody, eight_services(), ChipOffer::None))),
        ("choose-service-read", screen(choosing(read, eight_services(), ChipOffer::None))),
    ]
}

fn questions() -> Vec<Scene> {
    let times = ["07:30", "08:00", "08:30", "09:15"];
    let time = |(place, local): (usize, &&str)| AppointmentTime {
        at: UnixMillis(1_790_000_000_000 + i64::try_from(place).unwrap()),
        local: (*local).into(),
    };
    let times = times.iter().enumerate().map(time).collect();
    let groups = vec![
        PriorityGroup::Pregnant,
        PriorityGroup::SevereDisability,
        PriorityGroup::Merit,
        PriorityGroup::Under6,
        PriorityGroup::Aged75,
        PriorityGroup::Emergency,
    ];
    let pregnant = GroupClaim { group: PriorityGroup::Pregnant, proof: Proof::Declared };
    let declared = Who { groups: vec![pregnant], ..who("NGUYỄN THỊ MẪU") };
    let ask = |group| screen(View::AskAge { who: who("NGUYỄN THỊ MẪU"), group });
    vec![
        ("ask-age-under-6", ask(PriorityGroup::Under6)),
        ("ask-age-75", ask(PriorityGroup::Aged75)),
        ("declare-priority", screen(View::DeclarePriority { who: declared, groups })),
        ("ask-appointment", screen(View::AskAppointment { service: "Tim mạch, huyết áp".into(), times })),
    ]
}

fn chips() -> Vec<Scene> {
    let trouble = |trouble| screen(chip(ChipStage::Trouble(trouble)));
    vec![
        ("chip-consent", screen(chip(ChipStage::Consent))),
        ("chip-insert", screen(chip(ChipStage::Insert))),
        ("chip-opening", screen(chip(ChipStage::Reading(ChipStep::Opening)))),
        ("chip-reading", screen(chip(ChipStage::Reading(ChipStep::Reading)))),
        ("chip-checking", screen(chip(ChipStage::Reading(ChipStep::Checking)))),
        ("chip-portrait", screen(chip(ChipStage::Reading(ChipStep::Portrait)))),
        ("chip-pulled-out", trouble(ChipTrouble::PulledOut)),
        ("chip-other-person", trouble(ChipTrouble::OtherPerson)),
        ("chip-unreadable", trouble(ChipTrouble::Unreadable)),
        ("chip-doubtful", trouble(ChipTrouble::Doubtful(DOUBTFUL))),
        ("chip-reader-gone", trouble(ChipTrouble::ReaderGone)),
    ]
}
