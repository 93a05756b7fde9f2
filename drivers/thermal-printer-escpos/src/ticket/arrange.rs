//! What stands on a ticket, from top to bottom.

use kiosk_hal::printer::Edition;

use super::block::{self, Block, Shape};
use super::check::{CheckedFace, FaceRefused, Field, Reason};
use super::fit::{self, Line};
use super::sizes::{Sizes, VariableLines};
use super::{Layout, qr};
use crate::encode::{Content, Emphasis, Group};
use crate::typeface::{self, Style};

/// What a reprint says above everything else.
const REPRINT: &str = "IN LẠI";

/// A block, and what an encoder may know of it; `None` = white.
pub(super) struct Placed {
    pub block: Block,
    pub content: Option<Content>,
}

struct Arranger<'a> {
    face: &'a CheckedFace,
    layout: &'a Layout,
    sizes: &'static Sizes,
    placed: Vec<Placed>,
}

/// The blocks of a ticket in order.
pub(super) fn arrange(face: &CheckedFace, layout: &Layout) -> Result<Vec<Placed>, FaceRefused> {
    let mut ticket = Arranger { face, layout, sizes: Sizes::of(layout.paper), placed: Vec::new() };
    ticket.head();
    ticket.destination();
    ticket.number()?;
    ticket.patient();
    ticket.code()?;
    ticket.foot();
    Ok(ticket.placed)
}

impl Arranger<'_> {
    fn head(&mut self) {
        if self.face.edition == Edition::Reprint {
            let banner = Shape::Banner(Line::one(REPRINT, self.sizes.reprint));
            self.add(banner, Content::Fixed(Group::Reprint));
            self.gap(12);
        }
        if let Some(logo) = &self.layout.logo {
            self.add(Shape::Logo(logo.clone()), Content::Fixed(Group::Head));
            self.gap(10);
        }
        self.fixed(Group::Head, &self.face.hospital, self.sizes.hospital);
        self.fixed(Group::Head, &self.face.address, self.sizes.address);
        self.gap(8);
        self.add(Shape::Rule(3), Content::Fixed(Group::Head));
        self.gap(8);
        self.fixed(Group::Head, &self.face.title, self.sizes.title);
    }

    fn destination(&mut self) {
        self.fixed(Group::Place, &self.face.department, self.sizes.department);
        self.fixed(Group::Place, &self.face.service, self.sizes.service);
        self.fixed(Group::Place, &self.face.place, self.sizes.place);
    }

    fn number(&mut self) -> Result<(), FaceRefused> {
        let (largest, least) = self.sizes.number;
        let number = &self.face.number;
        let inked = |px| (Style::bold(px), typeface::ink_box(number, Style::bold(px)));
        let mut sizes = (least..=largest).rev().step_by(2).map(inked);
        let fitting = sizes.find(|(_, ink)| ink.size.width <= self.sizes.text());
        let (style, ink) = fitting.ok_or(FaceRefused { field: Field::Number, reason: Reason::TooWide })?;
        self.gap(24);
        self.add(Shape::Hero(Line::one(number, style), ink), Content::Number(number.clone()));
        self.gap(22);
        if !self.face.notice.is_empty() {
            let (style, px_min) = self.sizes.notice;
            let lines = fit::fit(&self.face.notice, style, px_min, self.sizes.text() - 2 * block::BOX_PADDING_DOTS);
            self.add(Shape::Frame(lines), Content::Fixed(Group::Notice));
            self.gap(14);
        }
        Ok(())
    }

    fn patient(&mut self) {
        self.variable(&self.face.patient, self.sizes.patient, Emphasis::Strong);
        if !self.face.priority.is_empty() {
            let (style, px_min) = self.sizes.priority;
            let lines = fit::fit(&self.face.priority, style, px_min, self.sizes.text() - 2 * block::BOX_PADDING_DOTS);
            self.gap(8);
            self.add(Shape::Badge(lines), Content::Fixed(Group::Priority));
            self.gap(8);
        }
        self.variable(&self.face.ahead, self.sizes.ahead, Emphasis::Plain);
        self.variable(&self.face.wait, self.sizes.wait, Emphasis::Plain);
        self.variable(&self.face.issued_at, self.sizes.issued, Emphasis::Plain);
    }

    fn code(&mut self) -> Result<(), FaceRefused> {
        if self.face.qr.is_empty() {
            return Ok(());
        }
        let text = self.face.qr.clone();
        let code = qr::encode(&text, self.sizes.text() / self.sizes.module)?;
        self.gap(18);
        let module_dots = self.sizes.module as u8;
        self.add(Shape::Code(code), Content::Code { text, module_dots });
        self.gap(18);
        Ok(())
    }

    /// The closing lines all have the size of the one that has to be smallest.
    fn foot(&mut self) {
        let lines: Vec<&str> = self.face.footer.iter().filter(|line| !line.is_empty()).map(String::as_str).collect();
        if lines.is_empty() {
            return;
        }
        self.gap(6);
        self.add(Shape::Rule(2), Content::Fixed(Group::Foot));
        self.gap(6);
        let (style, px_min) = self.sizes.footer;
        let fitted = lines.iter().flat_map(|line| fit::fit(line, style, px_min, self.sizes.text()));
        let px = fitted.map(|line| line.style.px).min().unwrap_or(px_min);
        for line in lines {
            self.fixed(Group::Foot, line, (style.at(px), px_min.min(px)));
        }
    }

    fn fixed(&mut self, group: Group, words: &str, (style, px_min): (Style, u32)) {
        if !words.is_empty() {
            self.add(Shape::Text(fit::fit(words, style, px_min, self.sizes.text())), Content::Fixed(group));
        }
    }

    /// A line that only this ticket has. Compact lines stand in the middle of the rows that large ones take.
    fn variable(&mut self, words: &str, (style, px_min): (Style, u32), emphasis: Emphasis) {
        if words.is_empty() {
            return;
        }
        let large = Shape::Text(fit::fit(words, style, px_min, self.sizes.text()));
        let content = Content::Text { words: words.to_owned(), emphasis };
        match self.layout.variable_lines {
            VariableLines::Large => self.add(large, content),
            VariableLines::Compact => {
                let percent = self.sizes.compact_percent;
                let small = style.at(style.px * percent / 100);
                let lines = fit::fit(words, small, px_min * percent / 100, self.sizes.text());
                let compact = Block { shape: Shape::Text(lines), sizes: self.sizes };
                let room = Block { shape: large, sizes: self.sizes }.height().saturating_sub(compact.height());
                self.gap(room / 2);
                self.placed.push(Placed { block: compact, content: Some(content) });
                self.gap(room - room / 2);
            }
        }
    }

    fn gap(&mut self, dots: u32) {
        self.placed.push(Placed { block: Block { shape: Shape::Gap(dots), sizes: self.sizes }, content: None });
    }

    fn add(&mut self, shape: Shape, content: Content) {
        self.placed.push(Placed { block: Block { shape, sizes: self.sizes }, content: Some(content) });
    }
}
