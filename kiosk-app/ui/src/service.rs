//! The technician's layer over the patients' screens: a page in, a touch out. It decides nothing.

use slint::{ComponentHandle, ModelRc, SharedString, VecModel};

use crate::generated::{self, Service};
use crate::{KioskUi, UiEnded, UiHandle};

/// What the layer shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServicePage {
    /// Nothing: the patients' screen is seen, and two corners wait for the gesture.
    Closed,
    /// The keypad for the PIN.
    Pin {
        /// Such as "PIN" or how long to wait.
        title: String,
        /// Digits typed so far.
        digits: usize,
    },
    /// Lines and buttons.
    List {
        /// The heading.
        title: String,
        /// The lines.
        lines: Vec<ServiceLine>,
        /// Identifier and label of each button.
        buttons: Vec<(&'static str, &'static str)>,
    },
    /// A grid of which each cell is filled when it is touched.
    TouchGrid,
    /// Whole screens of one colour, to find dead pixels.
    Colours,
    /// One mark to be touched.
    Target {
        /// What to do.
        title: String,
        /// Where it is.
        mark: Spot,
    },
}

/// A place on the screen, from its upper left corner, in ten-thousandths of each side: 0 to [`Spot::WHOLE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// To the right.
    pub x: u16,
    /// Down.
    pub y: u16,
}

impl Spot {
    /// A whole side.
    pub const WHOLE: u16 = 10_000;

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
    fn of_parts(x: f32, y: f32) -> Self {
        let part = |part: f32| (part.clamp(0.0, 1.0) * f32::from(Self::WHOLE)).round() as u16;
        Self { x: part(x), y: part(y) }
    }
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceLine {
    /// What it is about.
    pub text: String,
    /// What to do, or more of it; may be empty.
    pub detail: String,
    /// Whether it is well.
    pub tone: ServiceTone,
}

/// Whether a line is good news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceTone {
    /// Neither.
    Plain,
    /// It works.
    Good,
    /// It does not.
    Bad,
}

/// What was touched on the layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceTouch {
    /// Both corners were held, in their order.
    Gesture,
    /// A digit of the keypad.
    Digit(char),
    /// The keypad's "erase".
    Erase,
    /// The keypad's "enter".
    Enter,
    /// "Close".
    Close,
    /// A button of a list, by its identifier.
    Button(String),
    /// A finger came down here while a mark was shown.
    At(Spot),
}

impl KioskUi {
    /// Calls `tell` for each touch on the technician's layer, in the event loop's thread. Replaces the `tell` before.
    pub fn on_service(&self, tell: impl Fn(ServiceTouch) + Clone + 'static) {
        let service = self.window.global::<Service<'_>>();
        let (gesture, aimed) = (tell.clone(), tell.clone());
        service.on_opened(move || gesture(ServiceTouch::Gesture));
        service.on_aimed(move |x, y| aimed(ServiceTouch::At(Spot::of_parts(x, y))));
        service.on_pressed(move |id| tell(meaning(&id)));
    }

    /// Shows a page of the technician's layer.
    pub fn show_service_page(&self, page: &ServicePage) {
        fill(&self.window.global::<Service<'_>>(), page);
    }
}

impl UiHandle {
    /// Shows a page of the technician's layer soon, in the order of the calls.
    ///
    /// # Errors
    /// [`UiEnded`]; nobody sees it.
    pub fn show_service(&self, page: ServicePage) -> Result<(), UiEnded> {
        let show = move |window: generated::KioskWindow| fill(&window.global::<Service<'_>>(), &page);
        self.window.upgrade_in_event_loop(show).map_err(UiEnded)
    }
}

fn meaning(id: &str) -> ServiceTouch {
    let mut letters = id.chars();
    match (id, letters.next(), letters.next()) {
        (_, Some(digit), None) if digit.is_ascii_digit() => ServiceTouch::Digit(digit),
        ("xóa", ..) => ServiceTouch::Erase,
        ("vào", ..) => ServiceTouch::Enter,
        ("close", ..) => ServiceTouch::Close,
        (other, ..) => ServiceTouch::Button(other.to_owned()),
    }
}

fn fill(service: &Service<'_>, page: &ServicePage) {
    let (layout, title) = match page {
        ServicePage::Closed => (generated::ServiceLayout::Closed, ""),
        ServicePage::Pin { title, digits } => {
            service.set_digits(i32::try_from(*digits).unwrap_or(i32::MAX));
            (generated::ServiceLayout::Pin, title.as_str())
        }
        ServicePage::List { title, lines, buttons } => {
            service.set_lines(list(lines.iter().map(line)));
            service.set_buttons(list(buttons.iter().map(|(id, label)| generated::ServiceButton {
                id: SharedString::from(*id),
                label: SharedString::from(*label),
            })));
            (generated::ServiceLayout::List, title.as_str())
        }
        ServicePage::TouchGrid => (generated::ServiceLayout::TouchGrid, "Chạm kín các ô"),
        ServicePage::Colours => (generated::ServiceLayout::Colours, ""),
        ServicePage::Target { title, mark } => {
            let part = |part: u16| f32::from(part) / f32::from(Spot::WHOLE);
            service.set_mark_x(part(mark.x));
            service.set_mark_y(part(mark.y));
            (generated::ServiceLayout::Target, title.as_str())
        }
    };
    service.set_title(title.into());
    service.set_layout(layout);
}

fn list<T: Clone + 'static>(items: impl Iterator<Item = T>) -> ModelRc<T> {
    ModelRc::new(items.collect::<VecModel<T>>())
}

fn line(line: &ServiceLine) -> generated::ServiceLine {
    generated::ServiceLine {
        text: (&line.text).into(),
        detail: (&line.detail).into(),
        tone: match line.tone {
            ServiceTone::Plain => generated::ServiceTone::Plain,
            ServiceTone::Good => generated::ServiceTone::Good,
            ServiceTone::Bad => generated::ServiceTone::Bad,
        },
    }
}
