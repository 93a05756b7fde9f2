//! Faces as they come: long, decomposed, hostile.

use embedded_graphics::prelude::{OriginDimensions, Point};
use kiosk_hal::printer::{Edition, TicketFace};
use thermal_printer_escpos::canvas::TicketCanvas;
use thermal_printer_escpos::ticket::{self, FaceRefused, Field, Layout, PaperWidth, Reason};

mod sample;
use sample::face;

type Edit = fn(&mut TicketFace, &str);

const FIELDS: [(Field, Edit); 15] = [
    (Field::Hospital, |face, text| face.hospital = text.into()),
    (Field::Address, |face, text| face.address = text.into()),
    (Field::Title, |face, text| face.title = text.into()),
    (Field::Number, |face, text| face.number = text.into()),
    (Field::Service, |face, text| face.service = text.into()),
    (Field::Notice, |face, text| face.notice = text.into()),
    (Field::Department, |face, text| face.department = text.into()),
    (Field::Wait, |face, text| face.wait = text.into()),
    (Field::Place, |face, text| face.place = text.into()),
    (Field::Patient, |face, text| face.patient = text.into()),
    (Field::Priority, |face, text| face.priority = text.into()),
    (Field::Ahead, |face, text| face.ahead = text.into()),
    (Field::IssuedAt, |face, text| face.issued_at = text.into()),
    (Field::Qr, |face, text| face.qr = text.into()),
    (Field::Footer, |face, text| face.footer = vec![text.into()]),
];

/// Columns with ink, first and last.
fn ink_columns(canvas: &TicketCanvas) -> (i32, i32) {
    let inked = |x: &i32| (0..canvas.size().height as i32).any(|y| canvas.is_black(Point::new(*x, y)));
    let width = canvas.size().width as i32;
    ((0..width).find(inked).unwrap_or(0), (0..width).rev().find(inked).unwrap_or(width))
}

#[test]
fn a_control_character_is_refused_by_the_name_of_its_field() {
    for (field, edit) in FIELDS {
        for text in ["A\u{1b}@", "A\u{10}\u{04}\u{01}", "A\n", "\u{7f}A", "A\u{9b}"] {
            let mut face = face();
            edit(&mut face, text);
            let refused = ticket::draw(&face).unwrap_err();
            assert_eq!(refused.field, field);
            assert!(matches!(refused.reason, Reason::Control(_)), "{refused:?}");
        }
    }
}

#[test]
fn direction_marks_and_invisible_letters_are_refused_by_the_name_of_their_field() {
    for (field, edit) in FIELDS {
        for text in ["A\u{202e}321", "A\u{200b}", "A\u{2066}B", "\u{feff}A", "A\u{fe0f}", "A\u{ad}", "A\u{e0041}"] {
            let mut face = face();
            edit(&mut face, text);
            let refused = ticket::draw(&face).unwrap_err();
            assert!(refused.field == field && matches!(refused.reason, Reason::Invisible(_)), "{refused:?}");
        }
    }
}

#[test]
fn a_refusal_tells_nothing_of_the_patient() {
    let mut face = face();
    face.patient = "NGUYỄN VĂN MẪU\u{1b}".into();
    let refused = ticket::draw(&face).unwrap_err();
    assert_eq!(refused.to_string(), "field patient refused");
    assert_eq!(refused.reason.to_string(), "control character U+001B");
}

#[test]
fn a_decomposed_name_gives_the_same_dots_as_a_composed_one() {
    let mut decomposed = face();
    decomposed.patient = "NGUYE\u{302}\u{303}N THI\u{323} THUY\u{300} DU\u{31b}O\u{31b}NG (1949)".into();
    assert_eq!(ticket::draw(&decomposed).unwrap(), ticket::draw(&face()).unwrap());
}

#[test]
fn the_longest_text_in_every_field_leaves_the_margins_white() {
    for (field, edit) in FIELDS {
        let mut face = face();
        let text = if field == Field::Number {
            "W-01234567".to_owned()
        } else if field == Field::Qr {
            "https://kham.example.vn/".repeat(16)
        } else {
            "NGHIÊNG ".repeat(19)
        };
        edit(&mut face, &text);
        let (left, right) = ink_columns(&ticket::draw(&face).unwrap());
        assert!(left >= 23 && right <= 552, "{field}: ink from {left} to {right}");
    }
}

#[test]
fn a_longer_name_makes_a_longer_ticket_not_a_shorter_name() {
    let height = |patient: &str| {
        let mut face = face();
        face.patient = patient.into();
        ticket::draw(&face).unwrap().size().height
    };
    assert!(height(&"TÔN NỮ ".repeat(9)) > height("TÔN NỮ"));
}

#[test]
fn too_much_is_refused() {
    let refuse = |edit: fn(&mut TicketFace)| {
        let mut face = face();
        edit(&mut face);
        ticket::draw(&face).unwrap_err()
    };
    let number = refuse(|face| face.number.clear());
    assert_eq!(number, FaceRefused { field: Field::Number, reason: Reason::Empty });
    let number = refuse(|face| face.number = "WWWWWWWWWWWW".into());
    assert_eq!(number, FaceRefused { field: Field::Number, reason: Reason::TooWide });
    let patient = refuse(|face| face.patient = "A".repeat(161));
    assert_eq!(patient.reason, Reason::TooLong { letters: 161, max: 160 });
    let qr = refuse(|face| face.qr = "x".repeat(413));
    assert_eq!(qr.reason, Reason::CodeTooLarge { bytes: 413 });
    let footer = refuse(|face| face.footer = vec!["a".into(); 5]);
    assert_eq!(footer.reason, Reason::TooManyLines { lines: 5 });
}

#[test]
fn what_cannot_be_drawn_right_is_refused_by_the_name_of_its_field() {
    for (field, edit) in FIELDS.into_iter().filter(|(field, _)| *field != Field::Qr) {
        for (text, code_point) in
            [("A 😀", 0x1F600), ("שלום", 0x5E9), ("عمر", 0x639), ("龘", 0x9F98), ("Q\u{302}", 0x302)]
        {
            let mut face = face();
            edit(&mut face, text);
            let refused = ticket::draw(&face).unwrap_err();
            assert_eq!(refused, FaceRefused { field, reason: Reason::NoGlyph(code_point) }, "{text}");
        }
    }
}

#[test]
fn names_of_the_minorities_and_chinese_phrases_are_drawn() {
    for patient in ["Y BLŎ NIÊ", "H’ƀĔ ČIL", "Nguyễn Văn Mẫu", "前面等候人数：17", "预计等候约35分钟", "星期一 07:42"]
    {
        let mut face = face();
        face.patient = patient.into();
        ticket::draw(&face).unwrap_or_else(|error| panic!("{patient}: {:?}", error.reason));
    }
}

#[test]
fn a_reprint_is_marked_across_the_whole_paper() {
    let mut reprint = face();
    reprint.edition = Edition::Reprint;
    let canvas = ticket::draw(&reprint).unwrap();
    assert!((0..576).all(|x| canvas.is_black(Point::new(x, 0))));
    let original = ticket::draw(&face()).unwrap();
    assert!(!(0..576).any(|x| original.is_black(Point::new(x, 0))));
}

#[test]
fn empty_fields_take_no_paper() {
    let mut bare = face();
    for edit in [1, 5, 6, 7, 8].map(|at| FIELDS[at].1) {
        edit(&mut bare, "");
    }
    bare.qr = String::new();
    bare.footer = Vec::new();
    assert!(ticket::draw(&bare).unwrap().size().height < ticket::draw(&face()).unwrap().size().height / 2 + 60);
}

/// Dots in which two processors may draw the same outlines differently.
const DOTS_APART_MAX: u32 = 60;

#[test]
fn the_ticket_looks_like_its_picture() {
    let original = face();
    let mut reprint = face();
    reprint.edition = Edition::Reprint;
    reprint.notice = "SỐ TẠM CẤP KHI MẤT MẠNG".into();
    for (face, paper, file) in [
        (&original, PaperWidth::Mm80, "ticket.png"),
        (&reprint, PaperWidth::Mm80, "reprint.png"),
        (&original, PaperWidth::Mm58, "ticket-58mm.png"),
        (&reprint, PaperWidth::Mm58, "reprint-58mm.png"),
    ] {
        let sheet = ticket::compose(face, &Layout { paper, ..Layout::default() }).unwrap();
        let canvas = sheet.canvas();
        let expected = picture(file);
        assert_eq!(canvas.packed().len(), expected.len(), "{file}: size");
        let apart = canvas.packed().iter().zip(&expected).map(|(drawn, kept)| (drawn ^ kept).count_ones()).sum::<u32>();
        assert!(apart <= DOTS_APART_MAX, "{file}: {apart} dots differ; draw it again with the example and look at it");
    }
}

/// The packed dots of a picture drawn by `examples/draw_ticket.rs`, black as 1.
fn picture(file: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures").join(file);
    let read = || -> Result<Vec<u8>, Box<dyn std::error::Error>> {
        let mut reader = png::Decoder::new(std::io::Cursor::new(std::fs::read(path)?)).read_info()?;
        let mut bits = vec![0; reader.output_buffer_size().ok_or("too large")?];
        reader.next_frame(&mut bits)?;
        Ok(bits.iter().map(|bits| !bits).collect())
    };
    read().unwrap_or_else(|error| panic!("{file}: {error}"))
}
