//! Touch calibration in service mode: five marks, the residual, and one more touch to keep it.

use std::path::{Path, PathBuf};

use kiosk_screen::device::calibration::{Calibration, CalibrationError, TouchMap};
use kiosk_screen::device::geometry::{Point, Rotation};
use kiosk_ui::{ServicePage, Spot};

use crate::technician::write_private;

/// In the state's folder: the six numbers that a technician kept, in place of the configuration's.
const FILE: &str = "touch.calibration";
/// Where the marks are: near the corners, where a layer that lies wrong is off most, and in the middle.
const MARKS: [Spot; 5] = [
    Spot { x: 1_000, y: 1_000 },
    Spot { x: 9_000, y: 1_000 },
    Spot { x: 9_000, y: 9_000 },
    Spot { x: 1_000, y: 9_000 },
    Spot { x: 5_000, y: 5_000 },
];
/// Where the touch that keeps a calibration is asked for: none of the marks it was made of.
const PROOF: Spot = Spot { x: 3_000, y: 7_000 };
/// How far the proof may be off, as a part of a side: a finger's width on a small panel.
const PROOF_OFF_BY_MAX: f32 = 0.03;

/// The touch layer of the machine's own panel.
#[derive(Debug, Clone)]
pub struct Glass {
    map: TouchMap,
    rotation: Rotation,
    file: PathBuf,
}

impl Glass {
    /// The layer that uses `map`; what a technician has kept in `state_dir` is in force from here on.
    #[must_use]
    pub fn new(map: TouchMap, rotation: Rotation, state_dir: &Path) -> Self {
        let file = state_dir.join(FILE);
        if let Some(kept) = kept(&file) {
            map.set(kept);
        }
        Self { map, rotation, file }
    }
}

fn kept(file: &Path) -> Option<Calibration> {
    let numbers: [f32; 6] = serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()?;
    match Calibration::new(numbers) {
        Ok(calibration) => Some(calibration),
        Err(error) => {
            tracing::warn!("the calibration that was kept is not used: {error}");
            None
        }
    }
}

/// What a touch led to.
pub enum Aimed {
    /// Another mark.
    More,
    /// It is over: what to tell, and whether it is kept.
    Done(Result<String, String>),
}

/// A calibration on its way. Dropped, what was before is in force.
pub struct Aiming {
    glass: Glass,
    before: Calibration,
    /// What was touched and what was meant, on the panel.
    points: Vec<(Point, Point)>,
    /// In force to be proved, and how far it is off, in percent.
    tried: Option<(Calibration, f64)>,
}

impl Drop for Aiming {
    fn drop(&mut self) {
        self.glass.map.set(self.before);
    }
}

impl Aiming {
    /// At the first mark.
    pub fn new(glass: &Glass) -> Self {
        Self { before: glass.map.get(), glass: glass.clone(), points: Vec::new(), tried: None }
    }

    /// A finger was here on the screen, by the calibration in force.
    pub fn touched(&mut self, at: Spot) -> Aimed {
        if let Some((tried, off_by)) = self.tried {
            return Aimed::Done(self.proved(tried, off_by, at));
        }
        let Some(mark) = MARKS.get(self.points.len()) else { return Aimed::More };
        let on_panel = |spot: Spot| self.glass.rotation.part_of_panel(point(spot));
        self.points.push((on_panel(at), on_panel(*mark)));
        if self.points.len() < MARKS.len() {
            return Aimed::More;
        }
        match self.fit() {
            Ok((calibration, off_by)) => {
                self.glass.map.set(calibration);
                self.tried = Some((calibration, off_by * 100.0));
                Aimed::More
            }
            Err(error) => {
                tracing::info!("no calibration: {error}");
                Aimed::Done(Err("Chạm lệch dấu. Không đổi gì.".into()))
            }
        }
    }

    fn fit(&self) -> Result<(Calibration, f64), CalibrationError> {
        let more = Calibration::of_points(&self.points)?;
        Ok((more.after(self.before)?, more.off_by(&self.points)))
    }

    fn proved(&mut self, tried: Calibration, off_by: f64, at: Spot) -> Result<String, String> {
        let (touched, mark) = (point(at), point(PROOF));
        if (touched.x - mark.x).hypot(touched.y - mark.y) > PROOF_OFF_BY_MAX {
            return Err("Chưa khớp. Đã trả lại như cũ.".into());
        }
        let text = serde_json::to_string(&tried.numbers()).map_err(|error| error.to_string())?;
        if let Err(error) = write_private(&self.glass.file, text.as_bytes()) {
            tracing::warn!("the calibration is not kept: {error}");
            return Err("Không ghi được. Đã trả lại như cũ.".into());
        }
        tracing::info!(numbers = ?tried.numbers(), "touch calibrated");
        self.before = tried;
        Ok(format!("Sai số lớn nhất {off_by:.1} %").replace('.', ","))
    }

    /// The page with the mark to be touched.
    pub fn page(&self) -> ServicePage {
        match self.tried {
            None => {
                let at = self.points.len().min(MARKS.len() - 1);
                ServicePage::Target {
                    title: format!("Chạm đúng giữa dấu {}/{}", at + 1, MARKS.len()), mark: MARKS[at]
                }
            }
            Some((_, off_by)) => {
                let off_by = format!("{off_by:.1}").replace('.', ",");
                let title = format!("Sai số lớn nhất {off_by} %. Chạm dấu này để giữ. Không chạm: trả lại như cũ.");
                ServicePage::Target { title, mark: PROOF }
            }
        }
    }
}

fn point(spot: Spot) -> Point {
    let part = |part: u16| f32::from(part) / f32::from(Spot::WHOLE);
    Point::new(part(spot.x), part(spot.y))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where on the screen a finger is seen that touches `mark` of a layer that lies wrong by `wrong`.
    fn seen(map: &TouchMap, wrong: Calibration, mark: Spot) -> Spot {
        let at = map.get().apply(wrong.apply(point(mark)));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place on the screen")]
        let part = |part: f32| (part.clamp(0.0, 1.0) * 10_000.0).round() as u16;
        Spot { x: part(at.x), y: part(at.y) }
    }

    fn mark(aiming: &Aiming) -> Spot {
        let ServicePage::Target { mark, .. } = aiming.page() else { panic!("no mark") };
        mark
    }

    fn all_marks(aiming: &mut Aiming, map: &TouchMap, wrong: Calibration) {
        for _ in MARKS {
            let at = seen(map, wrong, mark(aiming));
            assert!(matches!(aiming.touched(at), Aimed::More));
        }
    }

    fn layer() -> Calibration {
        Calibration::new([-0.94, 0.0, 0.97, 0.0, 0.9, 0.05]).unwrap()
    }

    #[test]
    fn five_marks_and_a_proof_set_a_layer_right_over_restarts() {
        let (dir, map) = (tempfile::tempdir().unwrap(), TouchMap::default());
        let glass = Glass::new(map.clone(), Rotation::Upright, dir.path());
        let mut aiming = Aiming::new(&glass);
        all_marks(&mut aiming, &map, layer());
        let ServicePage::Target { title, mark: proof } = aiming.page() else { panic!("no mark") };
        assert!(title.starts_with("Sai số lớn nhất 0,0 %"), "{title}");
        let Aimed::Done(Ok(_)) = aiming.touched(seen(&map, layer(), proof)) else { panic!("not kept") };
        drop(aiming);
        let at = seen(&map, layer(), Spot { x: 2_500, y: 8_000 });
        assert!(at.x.abs_diff(2_500) < 20 && at.y.abs_diff(8_000) < 20, "{at:?}");
        let restarted = TouchMap::default();
        let glass = Glass::new(restarted.clone(), Rotation::Upright, dir.path());
        assert_eq!((restarted.get(), glass.map.get()), (map.get(), map.get()));
    }

    #[test]
    fn a_calibration_that_nobody_proves_is_put_back() {
        let (dir, map) = (tempfile::tempdir().unwrap(), TouchMap::default());
        let glass = Glass::new(map.clone(), Rotation::Right, dir.path());
        for proof in [None, Some(Spot { x: 9_000, y: 1_000 })] {
            let mut aiming = Aiming::new(&glass);
            all_marks(&mut aiming, &map, Calibration::default());
            map.set(layer());
            if let Some(proof) = proof {
                assert!(matches!(aiming.touched(proof), Aimed::Done(Err(_))));
            }
            drop(aiming);
            assert_eq!(map.get(), Calibration::default(), "{proof:?}");
        }
        assert!(!dir.path().join(FILE).exists());
    }

    #[test]
    fn a_finger_far_from_its_mark_changes_nothing() {
        let (dir, map) = (tempfile::tempdir().unwrap(), TouchMap::default());
        let mut aiming = Aiming::new(&Glass::new(map.clone(), Rotation::Upright, dir.path()));
        for at in [MARKS[0], MARKS[1], Spot { x: 2_000, y: 2_000 }, MARKS[3]] {
            assert!(matches!(aiming.touched(at), Aimed::More));
        }
        assert!(matches!(aiming.touched(MARKS[4]), Aimed::Done(Err(_))));
        drop(aiming);
        assert_eq!(map.get(), Calibration::default());
    }
}
