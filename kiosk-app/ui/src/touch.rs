//! The ids of controls, and what a touch on each means.

use kiosk_core::event::{Answer, Touch};
use kiosk_core::look::{Contrast, Guidance, Language, Look, Reach, TextSize};
use kiosk_core::typing::{Digit, Key};
use queue_protocol::model::{PriorityGroup, ServiceId, TicketNumber, UnixMillis};

const SERVICE: &str = "service-";
const GROUP: &str = "group-";
const TICKET: &str = "ticket-";
const APPOINTMENT: &str = "appointment-";
const DIGIT: &str = "digit-";

pub fn service_id(service: &ServiceId) -> String {
    format!("{SERVICE}{}", service.as_str())
}

pub fn group_id(group: PriorityGroup) -> String {
    format!("{GROUP}{}", group_word(group))
}

pub fn ticket_id(number: TicketNumber) -> String {
    format!("{TICKET}{number}")
}

pub fn appointment_id(at: UnixMillis) -> String {
    format!("{APPOINTMENT}{}", at.0)
}

/// What a touch on the control `id` means while the screens look like `look`; `None` for an id of no control.
pub fn meaning(id: &str, look: Look) -> Option<Touch> {
    way(id).or_else(|| looks(id, look)).or_else(|| choice(id))
}

fn way(id: &str) -> Option<Touch> {
    Some(match id {
        "begin" => Touch::Begin,
        "find-ticket" => Touch::FindTicket,
        "type-number" => Touch::TypeNumber,
        "enter" => Touch::Key(Key::Enter),
        "erase" => Touch::Key(Key::Erase),
        "clear" => Touch::Key(Key::Clear),
        "no-card" => Touch::NoCard,
        "yes" => Touch::Age(Answer::Yes),
        "no" => Touch::Age(Answer::No),
        "declare-priority" => Touch::DeclarePriority,
        "no-appointment" => Touch::Appointment(None),
        "use-chip" => Touch::UseChip,
        "consent" => Touch::Consent,
        "try-again" => Touch::TryAgain,
        "without-chip" => Touch::WithoutChip,
        "take-another" => Touch::TakeAnother,
        "print-again" => Touch::PrintAgain,
        "back-in" => Touch::BackIn,
        "help" => Touch::CallHelp,
        "still-here" => Touch::StillHere,
        "back" => Touch::Back,
        "leave" => Touch::Leave,
        "done" => Touch::Done,
        _ => return None,
    })
}

fn looks(id: &str, look: Look) -> Option<Touch> {
    Some(match id {
        "language-vi" => Touch::Language(Language::Vietnamese),
        "language-en" => Touch::Language(Language::English),
        "language-zh" => Touch::Language(Language::Chinese),
        "mode-large" => Touch::Text(match look.text {
            TextSize::Normal => TextSize::Large,
            TextSize::Large => TextSize::Normal,
        }),
        "mode-contrast" => Touch::Contrast(match look.contrast {
            Contrast::Normal => Contrast::High,
            Contrast::High => Contrast::Normal,
        }),
        "mode-reach" => Touch::Reach(match look.reach {
            Reach::Whole => Reach::Low,
            Reach::Low => Reach::Whole,
        }),
        "mode-voice" => Touch::Guidance(match look.guidance {
            Guidance::Silent => Guidance::Spoken,
            Guidance::Spoken => Guidance::Silent,
        }),
        // A voice that says nothing has no loudness.
        "louder" if look.guidance == Guidance::Spoken => Touch::Loudness(look.loudness.louder()),
        "quieter" if look.guidance == Guidance::Spoken => Touch::Loudness(look.loudness.quieter()),
        _ => return None,
    })
}

fn choice(id: &str) -> Option<Touch> {
    if let Some(service) = id.strip_prefix(SERVICE) {
        return Some(Touch::Choose(ServiceId::new(service).ok()?));
    }
    if let Some(word) = id.strip_prefix(GROUP) {
        return GROUPS.into_iter().find(|group| group_word(*group) == word).map(Touch::Declare);
    }
    if let Some(number) = id.strip_prefix(TICKET) {
        return Some(Touch::ShowTicket(number.parse().ok()?));
    }
    if let Some(at) = id.strip_prefix(APPOINTMENT) {
        return Some(Touch::Appointment(Some(UnixMillis(at.parse().ok()?))));
    }
    let digit = id.strip_prefix(DIGIT)?.parse().ok()?;
    Some(Touch::Key(Key::Digit(Digit::new(digit)?)))
}

const GROUPS: [PriorityGroup; 6] = [
    PriorityGroup::Emergency,
    PriorityGroup::Under6,
    PriorityGroup::Pregnant,
    PriorityGroup::SevereDisability,
    PriorityGroup::Aged75,
    PriorityGroup::Merit,
];

const fn group_word(group: PriorityGroup) -> &'static str {
    match group {
        PriorityGroup::Emergency => "emergency",
        PriorityGroup::Under6 => "under-6",
        PriorityGroup::Pregnant => "pregnant",
        PriorityGroup::SevereDisability => "severe-disability",
        PriorityGroup::Aged75 => "aged-75",
        PriorityGroup::Merit => "merit",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_comes_back_from_its_id() {
        let look = Look::default();
        let service = ServiceId::new("tim-mach").unwrap();
        assert_eq!(meaning(&service_id(&service), look), Some(Touch::Choose(service)));
        for group in GROUPS {
            assert_eq!(meaning(&group_id(group), look), Some(Touch::Declare(group)));
        }
        let number: TicketNumber = "A-042".parse().unwrap();
        assert_eq!(meaning(&ticket_id(number), look), Some(Touch::ShowTicket(number)));
        let at = UnixMillis(1_790_000_000_000);
        assert_eq!(meaning(&appointment_id(at), look), Some(Touch::Appointment(Some(at))));
        assert_eq!(meaning("digit-7", look), Digit::new(7).map(|digit| Touch::Key(Key::Digit(digit))));
    }

    #[test]
    fn an_id_of_no_control_means_nothing() {
        for id in ["", "page-after", "service-", "service-Ü", "group-tall", "digit-10", "digit-x", "ticket-1"] {
            assert_eq!(meaning(id, Look::default()), None, "{id}");
        }
    }

    #[test]
    fn a_voice_is_made_louder_and_quieter_step_by_step_and_only_while_it_speaks() {
        let mut look = Look { guidance: Guidance::Spoken, ..Look::default() };
        for (id, expected) in [("louder", 1), ("louder", 2), ("louder", 2), ("quieter", 1)] {
            let Some(Touch::Loudness(loudness)) = meaning(id, look) else { panic!("{id} means nothing") };
            look.loudness = loudness;
            assert_eq!(loudness.steps(), expected, "{id}");
        }
        look.guidance = Guidance::Silent;
        assert_eq!(meaning("louder", look), None);
    }

    #[test]
    fn a_mode_is_switched_off_by_the_button_that_switched_it_on() {
        let mut look = Look::default();
        assert_eq!(meaning("mode-large", look), Some(Touch::Text(TextSize::Large)));
        look.text = TextSize::Large;
        assert_eq!(meaning("mode-large", look), Some(Touch::Text(TextSize::Normal)));
    }
}
