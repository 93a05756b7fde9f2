//! What a technician types in service mode: forms of one field after the other, on keyboards of buttons.

use kiosk_ui::{ServiceLine, ServicePage};
use zeroize::Zeroizing;

use super::pages::plain;
use crate::technician::{Addresses, NetworkChange, NetworkLink, Passphrase};

/// The characters of an enrolment code: none that looks like another.
const CODE: &str = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// Of addresses.
const ADDRESS: &str = "1234567890./";
/// Of a wireless network's name and passphrase, layer by layer.
const LAYERS: [&str; 3] = [
    "abcdefghijklmnopqrstuvwxyz -._",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ -._",
    "1234567890 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
];
/// The button to the next layer.
const NEXT_LAYER: &str = "abc→ABC→123";

/// What is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// An enrolment code.
    Enrolment,
    /// The addresses of a kind of link.
    Addresses(NetworkLink),
    /// A wireless network.
    Wifi,
}

/// One field of a form.
struct Field {
    title: &'static str,
    layers: &'static [&'static str],
    chars_max: usize,
}

impl Form {
    const fn fields(self) -> &'static [Field] {
        match self {
            Self::Enrolment => &[Field { title: "Mã ghi danh", layers: &[CODE], chars_max: 8 }],
            Self::Addresses(_) => &[
                Field { title: "Địa chỉ, ví dụ 10.1.2.3/24", layers: &[ADDRESS], chars_max: 18 },
                Field { title: "Cổng mạng (gateway), có thể bỏ trống", layers: &[ADDRESS], chars_max: 15 },
                Field { title: "Máy chủ tên (DNS), có thể bỏ trống", layers: &[ADDRESS], chars_max: 15 },
            ],
            Self::Wifi => &[
                Field { title: "Tên mạng Wi-Fi", layers: &LAYERS, chars_max: 32 },
                Field { title: "Mật khẩu Wi-Fi", layers: &LAYERS, chars_max: 64 },
            ],
        }
    }
}

/// A whole form.
pub enum Typed {
    /// An enrolment code.
    Code(Zeroizing<String>),
    /// What the network shall be.
    Network(NetworkChange),
}

/// A form as far as it is typed. Wiped on drop.
pub struct Typing {
    form: Form,
    /// The fields before, and the one that is typed at the end.
    texts: Vec<Zeroizing<String>>,
    layer: usize,
}

impl Typing {
    /// Nothing is typed.
    pub fn new(form: Form) -> Self {
        Self { form, texts: vec![field_text(&form.fields()[0])], layer: 0 }
    }

    fn field(&self) -> &'static Field {
        &self.form.fields()[self.texts.len() - 1]
    }

    /// The character on a key of the keyboard; anything else is none.
    pub fn key(&mut self, key: &str) {
        if key == NEXT_LAYER {
            self.layer = (self.layer + 1) % self.field().layers.len();
            return;
        }
        let field = self.field();
        let (Some(text), mut chars) = (self.texts.last_mut(), key.chars()) else { return };
        if let (Some(letter), None) = (chars.next(), chars.next())
            && field.layers.iter().any(|layer| layer.contains(letter))
            && text.len() < field.chars_max
        {
            text.push(letter);
        }
    }

    /// One character less.
    pub fn erase(&mut self) {
        if let Some(text) = self.texts.last_mut() {
            text.pop();
        }
    }

    /// The field is whole: the next one, or all of them.
    pub fn enter(&mut self) -> Option<Typed> {
        match self.form.fields().get(self.texts.len()) {
            Some(next) => {
                self.texts.push(field_text(next));
                self.layer = 0;
                None
            }
            None => Some(self.typed()),
        }
    }

    fn typed(&self) -> Typed {
        let text = |at: usize| self.texts.get(at).map_or("", |text| text.trim());
        let some = |at: usize| Some(text(at).to_owned()).filter(|text| !text.is_empty());
        match self.form {
            Form::Enrolment => Typed::Code(Zeroizing::new(text(0).to_owned())),
            Form::Addresses(on) => Typed::Network(NetworkChange::addresses(
                on,
                Addresses {
                    address: text(0).to_owned(),
                    gateway: some(1),
                    name_servers: some(2).into_iter().collect(),
                },
            )),
            // A passphrase may begin with a space.
            Form::Wifi => {
                let phrase = self.texts.get(1).map_or("", |text| text.as_str());
                Typed::Network(NetworkChange::wifi(text(0), Passphrase::typed(phrase)))
            }
        }
    }

    /// The page with the field and its keys.
    pub fn page(&self) -> ServicePage {
        let field = self.field();
        let typed = self.texts.last().map_or("", |text| text.as_str());
        let layer = field.layers.get(self.layer).copied().unwrap_or_default();
        let mut buttons: Vec<(&'static str, &'static str)> = layer
            .char_indices()
            .map(|(at, letter)| {
                let key = &layer[at..at + letter.len_utf8()];
                (key, if letter == ' ' { "cách" } else { key })
            })
            .collect();
        if field.layers.len() > 1 {
            buttons.push((NEXT_LAYER, "đổi phím"));
        }
        buttons.extend([("xóa", "xóa"), ("menu", "Không"), ("vào", "Tiếp")]);
        let lines: Vec<ServiceLine> = vec![plain(&format!("{typed}_"), "")];
        ServicePage::List { title: field.title.to_owned(), lines, buttons }
    }
}

/// With room for all of it: a string that grows leaves copies behind that nobody wipes.
fn field_text(field: &Field) -> Zeroizing<String> {
    Zeroizing::new(String::with_capacity(field.chars_max))
}
