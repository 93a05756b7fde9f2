//! Every screen of the kiosk, by name, with invented people.

#![allow(dead_code, unused_imports, reason = "each test uses its part")]

mod numbers;
mod people;

use kiosk_core::event::{Offered, Ways};
use kiosk_core::look::{Contrast, Guidance, Language, Look, Reach, TextSize};
use kiosk_core::view::{Apology, Help, Notice, Presence, Purpose, Screen, View};
use kiosk_hal::card::CardMedia;

pub use numbers::numbers;
pub use people::{choosing, eight_services, people, who};

pub const HOSPITAL: &str = "Bệnh viện Đa khoa Mẫu";
pub const LANGUAGES: [Language; 3] = [Language::Vietnamese, Language::English, Language::Chinese];

/// A screen by its name.
pub type Scene = (&'static str, Screen);

/// A screen of a hospital that offers everything.
pub fn screen(view: View) -> Screen {
    let ways = Ways { typed: Offered::Yes, no_card: Offered::Yes, held_tickets: Offered::Yes, chip: Offered::Yes };
    Screen { ways, ..Screen::plain(HOSPITAL, view) }
}

pub fn welcome() -> Screen {
    screen(View::Welcome { notices: Vec::new() })
}

/// Every screen.
pub fn all() -> Vec<Scene> {
    [beginnings(), people(), numbers(), apologies()].into_iter().flatten().collect()
}

pub fn beginnings() -> Vec<Scene> {
    let notices = vec![Notice::NoPrinter, Notice::NoScanner, Notice::NoService];
    let bare = |view| Screen::plain("Bệnh viện Đa khoa Mẫu tỉnh Thừa Thiên Huế cơ sở Phú Vang", view);
    let welcome = screen(View::Welcome { notices: Vec::new() });
    let asked = Screen { presence: Presence::Asked, ..screen(View::PresentCard { purpose: Purpose::TakeNumber }) };
    vec![
        ("welcome-bare", bare(View::Welcome { notices: notices.clone() })),
        ("welcome-limited", screen(View::Welcome { notices })),
        ("welcome-card-left", Screen { slot: CardMedia::Present, ..welcome.clone() }),
        ("welcome-help-calling", Screen { help: Help::Calling, ..welcome.clone() }),
        ("welcome-help-coming", Screen { help: Help::OnItsWay, ..welcome.clone() }),
        ("welcome-help-not-reached", Screen { help: Help::NotReached, ..welcome.clone() }),
        ("welcome", welcome),
        ("out-of-service", screen(View::OutOfService)),
        ("present-card", screen(View::PresentCard { purpose: Purpose::TakeNumber })),
        ("present-card-bare", bare(View::PresentCard { purpose: Purpose::TakeNumber })),
        ("present-card-find", screen(View::PresentCard { purpose: Purpose::FindTicket })),
        ("still-there", asked),
    ]
}

pub fn apologies() -> Vec<Scene> {
    let said = |why| screen(View::Apology(why));
    vec![
        ("apology-card", said(Apology::NotAnIdentityToken)),
        ("apology-phone", said(Apology::UnknownPhoneCode)),
        ("apology-damaged", said(Apology::DamagedCode)),
        ("apology-closed", said(Apology::ServiceClosed)),
        ("apology-exhausted", said(Apology::NumbersExhausted)),
        ("apology-early", said(Apology::AppointmentLater)),
        ("apology-no-number", said(Apology::NoNumberNow)),
    ]
}

/// The three ways to see: normal, large type, high contrast.
pub fn modes(language: Language) -> [Look; 3] {
    let normal = Look { language, ..Look::default() };
    [normal, Look { text: TextSize::Large, ..normal }, Look { contrast: Contrast::High, ..normal }]
}

/// Every combination of language, type size and reach; colours change no layout.
pub fn layouts() -> Vec<Look> {
    let mut looks = Vec::new();
    for language in LANGUAGES {
        for text in [TextSize::Normal, TextSize::Large] {
            for reach in [Reach::Whole, Reach::Low] {
                looks.push(Look { language, text, reach, ..Look::default() });
            }
        }
        // With the two buttons more that a voice has.
        looks.push(Look { language, guidance: Guidance::Spoken, ..Look::default() });
    }
    looks
}
