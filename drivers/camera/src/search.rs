//! The cascade: looks at a frame in one way after the other, each paid for from the frame's work.

use kiosk_hal::frame::GreyFrame;
use kiosk_hal::scanner::Scan;

use crate::codewords::{self, Facts, Payload};
use crate::finder::{Field, Finder};
use crate::fit::{Guess, Mapping, Stage};
use crate::geometry::Point;
use crate::modules::Darkness;
use crate::plane::Plane;
use crate::symbol::{Layout, VERSION_MAX, Version};
use crate::threshold::Division;
use crate::triple::{Triple, triples};
use crate::work::{SAMPLE_UNITS, Work};

/// Most codes returned for one frame. More in view is no patient's card.
pub const CODES_MAX: usize = 8;

/// Modules on a side of the smallest symbol (version 1): a smaller frame holds none.
const SYMBOL_MODULES_MIN: usize = 21;

/// Share of the fixed modules that must be seen in their colour before codewords are read.
const AGREEMENT_MIN: f32 = 0.72;

/// The same before the bulges are looked for.
const AGREEMENT_MIN_FIRST: f32 = 0.64;

/// One way of looking for finder patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// The frame as it is.
    Whole,
    /// At half the size: noise, large codes.
    Half,
    /// At a quarter of the size: very large codes, photographs.
    Quarter,
    /// With its edges raised: blur.
    Sharp,
    /// At half the size with its edges raised: more blur.
    SharpHalf,
    /// With its noise smoothed: little contrast.
    Smooth,
    /// At twice the size: modules of less than two pixels.
    Double,
}

/// What is done for one frame.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// In this order, until all is read or the work is done.
    pub passes: &'a [Pass],
    /// Rows between two that are looked at for finder patterns.
    pub row_step: usize,
    /// Most triples of finder patterns tried in a pass.
    pub triples_max: usize,
    /// Versions tried on each side of the one estimated.
    pub version_reach: usize,
    /// Versions for which a triple is fitted.
    pub versions_max: usize,
}

/// Patterns that go together worse than this are no reason to look on when a code was read.
const ODDNESS_OF_A_SECOND_CODE: f32 = 0.9;

struct Code {
    payload: Payload,
    corners: [Point; 4],
}

/// What the versions met so far fix: the same for every frame.
#[derive(Debug, Default)]
pub struct Versions(Vec<Option<Facts>>);

impl Versions {
    fn facts(&mut self, version: Version) -> Option<&Facts> {
        self.0.resize_with(VERSION_MAX + 1, || None);
        let place = self.0.get_mut(version.number())?;
        Some(place.get_or_insert_with(|| Facts::of(Layout::of(version))))
    }
}

pub struct Search<'a> {
    frame: Plane<'a>,
    fields: Vec<Field<'a>>,
    finders: Vec<Finder>,
    tried: Vec<[usize; 3]>,
    codes: Vec<Code>,
    known: &'a mut Versions,
}

impl<'a> Search<'a> {
    pub fn new(frame: &'a GreyFrame, known: &'a mut Versions) -> Self {
        let frame = Plane::of(frame);
        Self { frame, fields: Vec::new(), finders: Vec::new(), tried: Vec::new(), codes: Vec::new(), known }
    }

    /// Carries out a plan and gives the codes found from left to right, each payload once, and how many were too long to be a scan.
    pub fn carry_out(mut self, plan: &Plan<'_>, work: &mut Work) -> (Vec<Scan>, usize) {
        if self.frame.width.min(self.frame.height) < SYMBOL_MODULES_MIN {
            return (Vec::new(), 0);
        }
        for pass in plan.passes {
            let before = self.finders.len();
            // Small modules are those of one far card; where one was read, this is its neighbourhood.
            if *pass == Pass::Double && !self.codes.is_empty() {
                continue;
            }
            if !self.look(*pass, plan.row_step, work) {
                continue;
            }
            if self.finders.len() > before || *pass == Pass::Whole {
                self.read_triples(plan, work);
            }
            if self.all_read() {
                break;
            }
        }
        self.codes.sort_by(|one, other| one.corners[0].x.total_cmp(&other.corners[0].x));
        let mut scans: Vec<Scan> = Vec::new();
        let too_long = self.codes.iter().filter(|code| matches!(code.payload, Payload::TooLong)).count();
        for code in self.codes {
            match code.payload {
                Payload::Scan(scan) if !scans.contains(&scan) => scans.push(scan),
                Payload::Scan(_) | Payload::TooLong => {}
            }
        }
        (scans, too_long)
    }

    /// Adds a field and its finder patterns. `false` when there is no work left for it.
    fn look(&mut self, pass: Pass, row_step: usize, work: &mut Work) -> bool {
        let area = self.frame.area();
        // What it takes to make the plane and its thresholds; rows are paid for when they are looked at.
        let cost = match pass {
            Pass::Whole => area / 4,
            Pass::Half | Pass::Quarter => area / 3,
            Pass::Sharp | Pass::SharpHalf | Pass::Smooth => area / 2,
            Pass::Double => area * 4,
        };
        if !work.take(cost) {
            return false;
        }
        let frame = &self.frame;
        let plane = match pass {
            Pass::Whole => frame.clone(),
            Pass::Half => frame.halved(),
            Pass::Quarter => frame.halved().halved(),
            Pass::Sharp => frame.sharpened(),
            Pass::SharpHalf => frame.halved().sharpened(),
            Pass::Smooth => frame.smoothed(),
            Pass::Double => frame.doubled().sharpened(),
        };
        let division = match pass {
            Pass::Half | Pass::SharpHalf => Division::Mean,
            Pass::Whole | Pass::Sharp | Pass::Smooth | Pass::Quarter | Pass::Double => Division::TowardsMiddle,
        };
        let field = Field::new(plane, division);
        field.find(row_step, &mut self.finders, work);
        self.fields.push(field);
        true
    }

    fn read_triples(&mut self, plan: &Plan<'_>, work: &mut Work) {
        // A sixth of the cube are the triples there are; most are passed over after a look at their sides.
        if !work.take(self.finders.len().pow(3) / 3) {
            return;
        }
        let mut left = plan.triples_max;
        for triple in triples(&self.finders, plan.triples_max * 4) {
            if left == 0 {
                return;
            }
            if self.tried.contains(&triple.key) || self.is_read(&triple) {
                continue;
            }
            left -= 1;
            self.tried.push(triple.key);
            if let Some(code) = self.read(&triple, plan, work) {
                self.codes.push(code);
                if self.codes.len() >= CODES_MAX {
                    return;
                }
            }
        }
    }

    /// Whether one of the patterns belongs to a code that was read.
    fn is_read(&self, triple: &Triple) -> bool {
        triple.corners.iter().any(|finder| self.codes.iter().any(|code| code.covers(finder.centre)))
    }

    /// Whether something was read and no further symbol can be made of the patterns outside it.
    fn all_read(&self) -> bool {
        let seen_well = |finder: &&Finder| finder.hits > 1;
        let outside = |finder: &&Finder| !self.codes.iter().any(|code| code.covers(finder.centre));
        let left: Vec<Finder> = self.finders.iter().filter(seen_well).filter(outside).copied().collect();
        !self.codes.is_empty() && triples(&left, 1).iter().all(|triple| triple.oddness > ODDNESS_OF_A_SECOND_CODE)
    }

    fn read(&mut self, triple: &Triple, plan: &Plan<'_>, work: &mut Work) -> Option<Code> {
        // The 58 directions in which rims are looked for; the ways are paid for as they are gone.
        if !work.take(1_000) {
            return None;
        }
        let guess = Guess::of(&self.fields, triple, work)?;
        let versions = guess.versions(&self.frame, plan.version_reach, work);
        let sign = triple.corners[0].polarity.sign();
        versions.into_iter().take(plan.versions_max).find_map(|version| {
            let facts = self.known.facts(version)?;
            let (payload, corners) = read_version(&self.frame, &guess, facts, sign, work)?;
            Some(Code { payload, corners })
        })
    }
}

/// Fits and reads in turns: most symbols are read before their bulges are looked for.
fn read_version(
    plane: &Plane<'_>,
    guess: &Guess,
    facts: &Facts,
    sign: f32,
    work: &mut Work,
) -> Option<(Payload, [Point; 4])> {
    let mut fit = guess.start(plane, &facts.layout, &facts.pattern, work)?;
    for stage in [Stage::Start, Stage::Corners, Stage::All] {
        fit.climb(plane, &facts.pattern, stage, work);
        match read_symbol(plane, &fit.mapping, facts, sign, stage, work) {
            Reading::Payload(payload) => return Some((payload, fit.mapping.corners)),
            Reading::Unsure => {}
            Reading::NoSymbol => return None,
        }
    }
    None
}

impl Code {
    /// Whether a place is inside the symbol.
    fn covers(&self, at: Point) -> bool {
        let sides = (0..4).map(|corner| {
            let (from, to) = (self.corners[corner], self.corners[(corner + 1) % 4]);
            to.minus(from).cross(at.minus(from)) >= 0.0
        });
        let clockwise = sides.filter(|side| *side).count();
        clockwise == 4 || clockwise == 0
    }
}

/// What came of reading a symbol's modules.
enum Reading {
    Payload(Payload),
    /// Its fixed patterns are there; its codewords could not be corrected.
    Unsure,
    /// Its fixed patterns are not there, or there is no work left.
    NoSymbol,
}

/// Reads the modules as they are; then, with the mapping at its best, against blur in several ways and mirrored.
fn read_symbol(
    plane: &Plane<'_>,
    mapping: &Mapping,
    facts: &Facts,
    sign: f32,
    stage: Stage,
    work: &mut Work,
) -> Reading {
    let layout = &facts.layout;
    let modules = layout.size().pow(2);
    if !work.take(modules * (SAMPLE_UNITS * Darkness::SAMPLES + 5)) {
        return Reading::NoSymbol;
    }
    let Some(plain) = Darkness::read(plane, mapping, layout, sign) else { return Reading::NoSymbol };
    let agreement = plain.agreement(layout);
    let least = match stage {
        Stage::Start => 0.0,
        Stage::Corners => AGREEMENT_MIN_FIRST,
        Stage::All => AGREEMENT_MIN,
    };
    if agreement < least {
        return Reading::NoSymbol;
    }
    // Each with what it takes for a module: its making, and the correction of what it gives.
    let ways: [(usize, &dyn Fn() -> Option<Darkness>); 5] = [
        (10, &|| Some(plain.clone())),
        (40, &|| plain.equalised(layout)),
        (20, &|| Some(plain.sharpened(1.0))),
        (20, &|| Some(plain.sharpened(2.5))),
        (10, &|| Some(plain.transposed())),
    ];
    let count = match stage {
        Stage::Start | Stage::Corners => 1,
        Stage::All => ways.len(),
    };
    let mut tries = ways.into_iter().take(count).map_while(|(units, way)| work.take(modules * units).then(way));
    tries.find_map(|darkness| codewords::payload(&darkness?, facts)).map_or(Reading::Unsure, Reading::Payload)
}
