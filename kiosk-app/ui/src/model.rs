//! A view as the properties of the screens.

use kiosk_core::view::{Apology, Notice, PaperAdvice, Screen, View};
use queue_protocol::model::ServiceOffer;
use slint::{ModelRc, SharedString, ToSharedString, VecModel};

use crate::generated::{self, Kiosk, ScreenKind, ServiceTile};

/// Most tiles of one column; more need a second column or a second page.
const ONE_COLUMN_TILES: usize = 4;
/// Longest name in letters that fits a half-width tile in two lines.
const HALF_WIDTH_NAME_LETTERS: usize = 32;
/// Longest place in letters that fits a half-width tile in one line.
const HALF_WIDTH_PLACE_LETTERS: usize = 21;
/// Longest name or place in letters that fits a full-width tile in one line.
const ONE_LINE_LETTERS: usize = 36;

/// The stable name of a screen, which is the window's title as well. One name for each thing a patient is told to do.
#[must_use]
pub const fn screen_name(view: &View) -> &'static str {
    match view {
        View::Welcome { notices } if notices.is_empty() => "welcome",
        View::Welcome { .. } => "welcome-limited",
        View::OutOfService => "out-of-service",
        View::PresentCard { .. } => "present-card",
        View::TypeNumber { .. } => "type-number",
        View::FindingTickets => "finding-tickets",
        View::ChooseTicket { .. } => "choose-ticket",
        View::AskAge { .. } => "ask-age",
        View::DeclarePriority { .. } => "declare-priority",
        View::AskAppointment { .. } => "ask-appointment",
        View::Chip { .. } => "chip",
        View::ChooseService { .. } => "choose-service",
        View::Issuing { .. } => "issuing",
        View::Number { paper: PaperAdvice::Printing, .. } => "number-printing",
        View::Number { paper: PaperAdvice::Take, .. } => "number-take",
        View::Number { paper: PaperAdvice::WriteDown, .. } => "number-write-down",
        View::Number { paper: PaperAdvice::OnRequest, .. } => "number-held",
        View::Apology(_) => "apology",
    }
}

/// Fills the screens. The data of the patient before is overwritten first.
pub fn fill(kiosk: &Kiosk<'_>, screen: &Screen) {
    forget_patient(kiosk, &screen.view);
    kiosk.set_hospital(screen.hospital.to_shared_string());
    kiosk.set_screen_name(screen_name(&screen.view).into());
    kiosk.set_screen(fill_view(kiosk, &screen.view));
}

fn forget_patient(kiosk: &Kiosk<'_>, next: &View) {
    if !matches!(next, View::ChooseService { .. }) {
        kiosk.set_patient(SharedString::default());
        kiosk.set_services(ModelRc::default());
    }
    if !matches!(next, View::Issuing { .. } | View::Number { .. }) {
        kiosk.set_service(SharedString::default());
    }
    if !matches!(next, View::Number { .. }) {
        kiosk.set_number(SharedString::default());
        kiosk.set_place(SharedString::default());
    }
}

fn fill_view(kiosk: &Kiosk<'_>, view: &View) -> ScreenKind {
    match view {
        View::Welcome { notices } => {
            kiosk.set_notices(list(notices.iter().map(notice)));
            ScreenKind::Welcome
        }
        View::PresentCard { .. }
        | View::OutOfService
        | View::TypeNumber { .. }
        | View::FindingTickets
        | View::ChooseTicket { .. }
        | View::AskAge { .. }
        | View::DeclarePriority { .. }
        | View::AskAppointment { .. }
        | View::Chip { .. } => ScreenKind::PresentCard,
        View::ChooseService { who, services, .. } => {
            kiosk.set_patient(who.name.as_str().into());
            let (columns, rows) = tile_grid(services);
            kiosk.set_tile_columns(columns);
            kiosk.set_tile_rows(rows);
            kiosk.set_services(list(services.iter().map(tile)));
            ScreenKind::ChooseService
        }
        View::Issuing { service } => {
            kiosk.set_service(service.into());
            ScreenKind::Issuing
        }
        View::Number { number, service, place, ahead, paper, .. } => {
            kiosk.set_number(number.to_shared_string());
            kiosk.set_service(service.into());
            kiosk.set_place(place.into());
            kiosk.set_ahead(count(*ahead));
            kiosk.set_paper(advice(*paper));
            ScreenKind::Number
        }
        View::Apology(why) => {
            kiosk.set_apology(apology(*why));
            ScreenKind::Apology
        }
    }
}

fn list<T: Clone + 'static>(items: impl Iterator<Item = T>) -> ModelRc<T> {
    ModelRc::new(items.collect::<VecModel<T>>())
}

fn tile(offer: &ServiceOffer) -> ServiceTile {
    ServiceTile {
        id: offer.id.as_str().into(),
        name: (&offer.name).into(),
        place: (&offer.place).into(),
        is_open: offer.open,
        waiting: count(offer.waiting),
    }
}

/// Columns and rows of a page, so that the longest name and place are whole.
fn tile_grid(services: &[ServiceOffer]) -> (i32, i32) {
    let name = services.iter().map(|offer| offer.name.chars().count()).max().unwrap_or(0);
    let place = services.iter().map(|offer| offer.place.chars().count()).max().unwrap_or(0);
    let is_half_width = name <= HALF_WIDTH_NAME_LETTERS && place <= HALF_WIDTH_PLACE_LETTERS;
    if is_half_width && services.len() > ONE_COLUMN_TILES {
        (2, 4)
    } else if name.max(place) <= ONE_LINE_LETTERS {
        (1, 4)
    } else {
        (1, 3)
    }
}

/// Slint counts in 32 bits with a sign; no queue is longer.
fn count(people: u32) -> i32 {
    i32::try_from(people).unwrap_or(i32::MAX)
}

const fn notice(notice: &Notice) -> generated::Notice {
    match notice {
        Notice::NoPrinter => generated::Notice::NoPrinter,
        Notice::NoScanner => generated::Notice::NoScanner,
        Notice::NoService => generated::Notice::NoService,
    }
}

const fn advice(paper: PaperAdvice) -> generated::PaperAdvice {
    match paper {
        PaperAdvice::Printing => generated::PaperAdvice::Printing,
        PaperAdvice::Take => generated::PaperAdvice::Take,
        PaperAdvice::WriteDown | PaperAdvice::OnRequest => generated::PaperAdvice::WriteDown,
    }
}

const fn apology(why: Apology) -> generated::Apology {
    match why {
        Apology::NotAnIdentityToken | Apology::UnknownPhoneCode | Apology::DamagedCode => {
            generated::Apology::NotAnIdentityToken
        }
        Apology::ServiceClosed => generated::Apology::ServiceClosed,
        Apology::NumbersExhausted => generated::Apology::NumbersExhausted,
        Apology::NoNumberNow | Apology::AppointmentLater => generated::Apology::NoNumberNow,
    }
}

#[cfg(test)]
mod tests {
    use i_slint_backend_testing::init_no_event_loop;
    use kiosk_core::view::{ChipOffer, KnownBy, MaskedName, NumberStanding, Who};
    use slint::{ComponentHandle, Model};

    use queue_protocol::model::ServiceFacts;

    use super::*;
    use crate::generated::KioskWindow;

    fn screen(view: View) -> Screen {
        Screen::plain("Bệnh viện Mẫu", view)
    }

    #[test]
    fn a_patient_is_forgotten_with_the_screen_that_needed_them() {
        init_no_event_loop();
        let window = KioskWindow::new().unwrap();
        let kiosk = window.global::<Kiosk<'_>>();
        let name = MaskedName::of("NGUYỄN MẪU");
        let who = Who { name, known_by: KnownBy::Code, groups: Vec::new(), advice: Vec::new(), portrait: None };
        fill(&kiosk, &screen(View::ChooseService { who, services: Vec::new(), chip: ChipOffer::None }));
        assert_eq!(kiosk.get_patient(), "NGUYỄN MẪU");
        let (service, place) = (String::from("Nhi"), String::from("Phòng 102"));
        let number = "A-042".parse().unwrap();
        let (paper, standing) = (PaperAdvice::Take, NumberStanding::New);
        let view = View::Number { number, service, place, ahead: 0, paper, standing, marks: Vec::new() };
        fill(&kiosk, &screen(view));
        assert_eq!((kiosk.get_patient().as_str(), kiosk.get_services().row_count()), ("", 0));
        fill(&kiosk, &screen(View::Welcome { notices: Vec::new() }));
        assert_eq!((kiosk.get_number().as_str(), kiosk.get_place().as_str()), ("", ""));
    }

    #[test]
    fn long_texts_get_larger_tiles() {
        let offer = |name: &str, place: &str| ServiceOffer {
            id: queue_protocol::model::ServiceId::new("s").unwrap(),
            name: name.into(),
            place: place.into(),
            open: true,
            waiting: 0,
            facts: ServiceFacts::default(),
        };
        let short = offer("Nội tổng quát", "Phòng 101, tầng 1");
        assert_eq!(tile_grid(&vec![short.clone(); 8]), (2, 4));
        assert_eq!(tile_grid(&vec![short.clone(); 4]), (1, 4));
        assert_eq!(tile_grid(&[short.clone(), offer(&"n".repeat(37), "p")]), (1, 3));
        assert_eq!(tile_grid(&[vec![short; 7], vec![offer("n", &"p".repeat(22))]].concat()), (1, 4));
    }
}
