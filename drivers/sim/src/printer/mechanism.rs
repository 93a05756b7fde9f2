//! Head, motor and cutter: rows become paper at the speed of the motor.

use std::collections::VecDeque;
use std::time::Duration;

use kiosk_hal::uptime::Uptime;

use super::command::CutKind;
use super::condition::{Condition, Cutter};
use super::model::PrinterModel;
use super::paper::{BLANK, Edge, Paper, ROWS_PER_MM, Row};
use super::presenter::{Movement, Presenter};

/// Longest piece that hangs from the printer, in rows (2 m); then it tears off by its own weight.
pub const PATH_ROWS_MAX: usize = 16_000;

/// Pieces kept for `papers()`; past it the oldest is forgotten.
pub const PAPERS_MAX: usize = 32;

#[derive(Debug, Clone)]
pub(super) enum Motion {
    Row(Row),
    Feed(u32),
    Cut(CutKind),
    Present(Movement),
}

#[derive(Debug, Clone)]
pub(super) struct Mechanism {
    work: VecDeque<Motion>,
    path: Vec<Row>,
    papers: VecDeque<Paper>,
    free_at: Uptime,
    gap_rows: usize,
    cut_time: Duration,
    mm_per_s: u32,
    presenter: Option<Presenter>,
}

/// One movement of the presenter.
const PRESENT_TIME: Duration = Duration::from_millis(400);

impl Mechanism {
    pub(super) fn new(model: &PrinterModel) -> Self {
        let gap_rows = usize::try_from(model.cutter_gap_mm * ROWS_PER_MM).unwrap_or(0).min(PATH_ROWS_MAX / 2);
        Self {
            work: VecDeque::new(),
            path: vec![BLANK; gap_rows],
            papers: VecDeque::new(),
            free_at: Uptime::ZERO,
            gap_rows,
            cut_time: Duration::from_millis(u64::from(model.cut_ms)),
            mm_per_s: model.paper_mm_per_s,
            presenter: model.presenter.then(Presenter::default),
        }
    }

    pub(super) fn print(&mut self, row: Row) {
        self.work.push_back(Motion::Row(row));
    }

    pub(super) fn feed(&mut self, rows: u32) {
        if rows > 0 {
            self.work.push_back(Motion::Feed(rows));
        }
    }

    pub(super) fn cut(&mut self, kind: CutKind) {
        self.work.push_back(Motion::Cut(kind));
    }

    pub(super) fn present(&mut self, movement: Movement) {
        self.work.push_back(Motion::Present(movement));
    }

    pub(super) const fn presenter(&self) -> Option<&Presenter> {
        self.presenter.as_ref()
    }

    pub(super) const fn presenter_mut(&mut self) -> Option<&mut Presenter> {
        self.presenter.as_mut()
    }

    /// A patient's hand takes what is at the mouth.
    pub(super) fn take_from_mouth(&mut self) {
        let taken = self.presenter.as_mut().and_then(Presenter::take);
        taken.into_iter().for_each(|paper| self.put_out(paper));
    }

    /// Rows from the head to the cutter.
    pub(super) fn gap_rows(&self) -> u32 {
        u32::try_from(self.gap_rows).unwrap_or(u32::MAX)
    }

    /// When the next motion is done; without one, since when it stands still.
    pub(super) fn ready_at(&self, from: Uptime) -> Uptime {
        let start = self.free_at.max(from);
        match self.work.front() {
            Some(Motion::Row(_) | Motion::Feed(_)) => start + self.row_time(),
            Some(Motion::Cut(_)) => start + self.cut_time,
            Some(Motion::Present(_)) => start + PRESENT_TIME,
            None => start,
        }
    }

    pub(super) fn row_time(&self) -> Duration {
        let rows_per_s = u64::from(self.mm_per_s.max(1)) * u64::from(ROWS_PER_MM);
        Duration::from_nanos(1_000_000_000 / rows_per_s)
    }

    /// It has stood still until `now`.
    pub(super) fn rest_until(&mut self, now: Uptime) {
        self.free_at = self.free_at.max(now);
    }

    pub(super) fn has_work(&self) -> bool {
        !self.work.is_empty()
    }

    pub(super) fn forget_work(&mut self) {
        self.work.clear();
    }

    pub(super) const fn set_speed(&mut self, mm_per_s: u32) {
        self.mm_per_s = mm_per_s;
    }

    pub(super) const fn speed(&self) -> u32 {
        self.mm_per_s
    }

    /// One row or one cut, to its end. A cutter that jams keeps its cut for later.
    pub(super) fn step(&mut self, condition: &mut Condition) {
        self.free_at = self.ready_at(self.free_at);
        match self.work.pop_front() {
            Some(Motion::Row(row)) => self.advance(row, condition),
            Some(Motion::Feed(rows)) => {
                if rows > 1 {
                    self.work.push_front(Motion::Feed(rows - 1));
                }
                self.advance(BLANK, condition);
            }
            Some(Motion::Cut(kind)) if condition.cutter != Cutter::Ready => {
                condition.cutter = Cutter::Jammed;
                self.work.push_front(Motion::Cut(kind));
            }
            Some(Motion::Cut(kind)) => {
                let kept = self.path.len().saturating_sub(self.gap_rows);
                let edge = match kind {
                    CutKind::Full => Edge::Full,
                    CutKind::Partial => Edge::Partial,
                };
                self.release(kept, edge);
            }
            Some(Motion::Present(movement)) => {
                let out = self.presenter.as_mut().and_then(|presenter| presenter.obey(movement));
                out.into_iter().for_each(|paper| self.put_out(paper));
            }
            None => {}
        }
    }

    fn advance(&mut self, row: Row, condition: &mut Condition) {
        self.path.push(row);
        condition.paper_left_rows = condition.paper_left_rows.saturating_sub(1);
        if self.path.len() > PATH_ROWS_MAX {
            let kept = self.path.len().saturating_sub(self.gap_rows);
            self.release(kept, Edge::Torn);
        }
    }

    fn release(&mut self, rows: usize, edge: Edge) {
        let piece: Vec<Row> = self.path.drain(..rows.min(self.path.len())).collect();
        if piece.is_empty() {
            return;
        }
        let piece = Paper::new(piece, edge);
        let out = match &mut self.presenter {
            Some(presenter) => presenter.hold(piece),
            None => Some(piece),
        };
        out.into_iter().for_each(|paper| self.put_out(paper));
    }

    fn put_out(&mut self, paper: Paper) {
        self.papers.push_back(paper);
        if self.papers.len() > PAPERS_MAX {
            self.papers.pop_front();
        }
    }

    /// A hand tears off what hangs out of the cutter.
    pub(super) fn tear_off(&mut self) {
        self.release(self.path.len().saturating_sub(self.gap_rows), Edge::Torn);
    }

    pub(super) fn papers(&self) -> Vec<Paper> {
        self.papers.iter().cloned().collect()
    }

    pub(super) fn papers_count(&self) -> usize {
        self.papers.len()
    }

    pub(super) fn take_papers(&mut self) -> Vec<Paper> {
        self.papers.drain(..).collect()
    }

    pub(super) fn uncut(&self) -> Paper {
        Paper::new(self.path.clone(), Edge::Uncut)
    }
}
