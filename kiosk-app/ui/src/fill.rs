//! A page as the properties of the screens.

use kiosk_core::look::{Contrast, Guidance, Language, Look, Loudness, Reach, TextSize};
use kiosk_core::view::{Help, Screen};
use slint::{ComponentHandle, ModelRc, SharedString, VecModel};

use crate::generated::{self, Fixed, Kiosk, KioskWindow, Theme};
use crate::page::{Action, Choice, Fact, Line, Page};
use crate::pages;
use crate::portrait;
use crate::words::{Said, card, screen as words};

/// Shows a screen. What the one before held of its patient is overwritten.
pub fn fill(window: &KioskWindow, screen: &Screen) {
    let kiosk = window.global::<Kiosk>();
    fill_look(window, &kiosk, screen.look);
    kiosk.set_hospital((&screen.hospital).into());
    kiosk.set_help_line(pages::help_line(screen.help, screen.look.language).into());
    kiosk.set_help_failed(screen.help == Help::NotReached);
    fill_page(&kiosk, pages::page(screen), screen.look);
    kiosk.set_screen_name(pages::screen_name(screen).into());
}

/// How the screens look at the moment.
pub fn look_of(window: &KioskWindow) -> Look {
    let (theme, kiosk) = (window.global::<Theme>(), window.global::<Kiosk>());
    Look {
        language: match kiosk.get_language().as_str() {
            "en" => Language::English,
            "zh" => Language::Chinese,
            _ => Language::Vietnamese,
        },
        text: if theme.get_large() { TextSize::Large } else { TextSize::Normal },
        contrast: if theme.get_contrast() { Contrast::High } else { Contrast::Normal },
        reach: if theme.get_reach() { Reach::Low } else { Reach::Whole },
        guidance: if kiosk.get_voice() { Guidance::Spoken } else { Guidance::Silent },
        loudness: Loudness::ALL
            .into_iter()
            .find(|loudness| i32::from(loudness.steps()) == kiosk.get_loudness())
            .unwrap_or_default(),
    }
}

fn fill_look(window: &KioskWindow, kiosk: &Kiosk<'_>, look: Look) {
    let theme = window.global::<Theme>();
    theme.set_large(look.text == TextSize::Large);
    theme.set_contrast(look.contrast == Contrast::High);
    theme.set_reach(look.reach == Reach::Low);
    kiosk.set_voice(look.guidance == Guidance::Spoken);
    kiosk.set_loudness(look.loudness.steps().into());
    let language = match look.language {
        Language::Vietnamese => "vi",
        Language::English => "en",
        Language::Chinese => "zh",
    };
    kiosk.set_language(language.into());
    kiosk.set_words(fixed(look.language));
}

fn fixed(language: Language) -> Fixed {
    let text = |said: Said| SharedString::from(said.to(language));
    Fixed {
        help: text(words::HELP),
        large: text(words::LARGE),
        contrast: text(words::CONTRAST),
        reach: text(words::REACH),
        voice: text(words::VOICE),
        quieter: text(words::QUIETER),
        louder: text(words::LOUDER),
        page: text(words::PAGE),
        page_before: text(words::PAGE_BEFORE),
        page_after: text(words::PAGE_AFTER),
        erase: text(card::ERASE),
        slot: text(card::SLOT),
        picture: text(card::PICTURE),
        photo: text(card::PHOTO),
        old_card: text(card::OLD_CARD),
        old_card_side: text(card::OLD_CARD_SIDE),
        new_card: text(card::NEW_CARD),
        new_card_side: text(card::NEW_CARD_SIDE),
    }
}

fn fill_page(kiosk: &Kiosk<'_>, page: Page, look: Look) {
    kiosk.set_other_columns(if page.other_columns(look) == 2 { 2 } else { 1 });
    kiosk.set_title(page.title.into());
    kiosk.set_lead(page.lead.into());
    kiosk.set_sign(page.sign);
    kiosk.set_tone(page.tone);
    kiosk.set_lines(list(page.lines.into_iter().map(line)));
    kiosk.set_steps(list(page.steps.into_iter().map(SharedString::from)));
    kiosk.set_mains(list(page.main.into_iter().map(action)));
    kiosk.set_others(list(page.others.into_iter().map(action)));
    kiosk.set_card_hints(page.card_hints);
    kiosk.set_chip_picture(page.chip_picture);
    kiosk.set_greeting(page.greeting.into());
    kiosk.set_greeting_lines(i32::try_from(page.greeting_lines).unwrap_or(1));
    kiosk.set_patient_lines(i32::try_from(page.patient_lines).unwrap_or(1));
    kiosk.set_patient(page.patient.into());
    kiosk.set_not_me(page.not_me.map(action).unwrap_or_default());
    kiosk.set_columns(page.grid.columns);
    kiosk.set_rows(page.grid.rows);
    kiosk.set_tile_height(page.grid.tile_height as f32);
    kiosk.set_choices_height(page.grid.height as f32);
    kiosk.set_normal_type(page.grid.is_normal_type);
    kiosk.set_choices(list(page.choices.into_iter().map(choice)));
    kiosk.set_typed(page.typed.into());
    kiosk.set_typed_label(page.typed_spoken.into());
    kiosk.set_number(page.number.into());
    kiosk.set_ahead(page.ahead.into());
    kiosk.set_service(page.service.into());
    kiosk.set_place_lead(page.place_lead.into());
    kiosk.set_place(page.place.into());
    kiosk.set_progress(page.progress.done);
    kiosk.set_progress_max(page.progress.all);
    kiosk.set_facts(list(page.facts.into_iter().map(fact)));
    portrait::show(kiosk, page.photo);
    kiosk.set_layout(page.layout);
}

fn list<T: Clone + 'static>(items: impl Iterator<Item = T>) -> ModelRc<T> {
    ModelRc::new(items.collect::<VecModel<T>>())
}

fn line(line: Line) -> generated::Line {
    generated::Line { id: line.id.into(), text: line.text.into(), sign: line.sign, tone: line.tone }
}

fn action(action: Action) -> generated::Action {
    generated::Action { id: action.id.into(), label: action.label.into(), sign: action.sign }
}

fn fact(fact: Fact) -> generated::Fact {
    generated::Fact { label: fact.label.into(), value: fact.value.into(), sign: fact.sign }
}

fn choice(choice: Choice) -> generated::Choice {
    generated::Choice {
        id: choice.id.into(),
        name: choice.name.into(),
        place: choice.place.into(),
        people: choice.people.into(),
        wait: choice.wait.into(),
        remark: choice.remark.into(),
        spoken: choice.spoken.into(),
        sign: choice.sign,
        enabled: choice.enabled,
        checked: choice.checked.unwrap_or(false),
        checkable: choice.checked.is_some(),
    }
}
