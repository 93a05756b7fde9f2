//! How many commands and bytes a reading takes, and how long on a modelled line; beside the figures of other readers.

#![expect(clippy::print_stdout, reason = "a bench prints its page")]

#[path = "../tests/card/seeded.rs"]
mod seeded;

use std::error::Error;
use std::time::Duration;

use chip_card::{AccessKeys, Can, CardSession, Lengths, ReadingStep, StepRecord, Trust, Wish};
use device_sim::card::VirtualCard;
use device_sim::card::curve::{Curve, Hash, Naming};
use device_sim::card::issuer::{Signing, Validity};
use device_sim::card::line::{Line, Overhead};
use device_sim::card::link::{CardLink, SharedCard};
use device_sim::card::person::Person;
use device_sim::card::plan::{CardPlan, Issuer, Lengths as CardLengths};
use kiosk_hal::link::ApduLink;
use seeded::SeededRng;
use vn_identity::Date;

/// Far beyond any line here.
const PATIENCE: Duration = Duration::from_secs(600);

const LINES: [(&str, Line); 4] = [
    ("106 kbit/s contactless", Line::Contactless106),
    ("424 kbit/s contactless", Line::Contactless424),
    ("848 kbit/s contactless", Line::Contactless848),
    ("115.2 k contact", Line::Contact115k),
];

/// What the reference gives for a whole card of 16.4 kB in reads of 223 bytes (74 APDUs): (4 ms, 15 ms) an APDU.
const REFERENCE_SHORT: [&str; 4] = ["2.2 / 3.0", "0.9 / 1.7", "0.7 / 1.5", "2.4 / –"];
/// The same in reads of 1,000 bytes (17 APDUs).
const REFERENCE_EXTENDED: [&str; 4] = ["1.8 / 2.0", "0.65 / 0.84", "0.46 / 0.64", "–"];

/// Longest modelled reading of the form, in seconds: 424 kbit/s, short APDUs, a quick reader.
const FORM_SECONDS_MAX: f64 = 0.8;

/// Whether the chip is asked to prove itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    LeftOut,
    Wanted,
}

/// What a part of a reading cost.
#[derive(Default, Clone, Copy)]
struct Cost {
    apdus: usize,
    bytes: usize,
    took: Duration,
}

/// Access; the form after it; everything after it.
struct Costs {
    access: Cost,
    form: Cost,
    whole: Cost,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("# Reading a chip card\n");
    println!(
        "`cargo xtask bench card`: the reader (`drivers/chip-card`) on the virtual card (`drivers/sim`), over a modelled"
    );
    println!(
        "line. Counts and bytes are exact; seconds are a model (`drivers/sim/src/card/line.rs`), not a measurement: type A"
    );
    println!(
        "framing with blocks of 256 bytes, T=1 at 11 bit times a byte, 8 µs a byte in the chip, 4 or 15 ms an APDU in reader"
    );
    println!(
        "and chip, and 100 ms a multiplication of a point, which is a guess. Card: PACE on brainpoolP256r1, AES-128, portrait"
    );
    println!(
        "of 15,000 bytes. *Form*: DG1, DG13 and SOD, after access. *All*: the form and DG2. *Proved*: all, and DG14 with"
    );
    println!("Chip Authentication.\n");
    // A document signer with a named curve: a SOD of about 1,000 bytes, as the reference counts.
    let signing = Signing::Ecdsa(Curve::Brainpool256, Naming::Named, Hash::Sha256);
    let issuer = Issuer::new(signing, signing, Validity::LONG, 1);
    counts(&issuer)?;
    seconds(&issuer, CardLengths::Short, REFERENCE_SHORT)?;
    seconds(&issuer, CardLengths::Extended { response_max: 65_536 }, REFERENCE_EXTENDED)?;
    targets(&issuer)
}

/// The targets, in the columns that the page of all benches reads.
fn targets(issuer: &Issuer) -> Result<(), Box<dyn Error>> {
    let row = |what: &str, most: f64, here: f64| {
        let met = if here <= most { "yes" } else { "no" };
        println!("| {what} | ≤ {most} | {} | {met} |", (here * 100.0).round() / 100.0);
    };
    println!("\n## Targets\n\n| what | target | here | met |\n|---|---|---|---|");
    let line = (Line::Contactless424, Overhead::QUICK);
    let short = read(issuer, CardLengths::Short, Proof::Wanted, line)?;
    let extended = read(issuer, CardLengths::Extended { response_max: 65_536 }, Proof::Wanted, line)?;
    row("APDUs of the form after access, short", 20.0, short.form.apdus as f64);
    row("APDUs of the form after access, extended", 8.0, extended.form.apdus as f64);
    row("APDUs of the whole card, proved, short", 80.0, short.whole.apdus as f64);
    row("APDUs of the whole card, proved, extended", 25.0, extended.whole.apdus as f64);
    let form = read(issuer, CardLengths::Short, Proof::LeftOut, line)?.form.took.as_secs_f64();
    row("modelled seconds of the form at 424 kbit/s", FORM_SECONDS_MAX, form);
    Ok(())
}

fn counts(issuer: &Issuer) -> Result<(), Box<dyn Error>> {
    println!("| | APDUs | bytes | target APDUs | gmrtd, by the reference |\n|---|---|---|---|---|");
    for (name, lengths, form_max, all_max, other) in [
        ("short", CardLengths::Short, 20, 80, "105, 7 files and Active Authentication"),
        ("extended", CardLengths::Extended { response_max: 65_536 }, 8, 25, "38, reads of 4,096 bytes"),
    ] {
        let line = (Line::Contactless424, Overhead::QUICK);
        let all = read(issuer, lengths, Proof::LeftOut, line)?;
        let proved = read(issuer, lengths, Proof::Wanted, line)?;
        println!("| access, {name} | {} | {} | – | – |", all.access.apdus, all.access.bytes);
        println!("| form, {name} | {} | {} | ≤ {form_max} | – |", all.form.apdus, all.form.bytes);
        println!("| all, {name} | {} | {} | ≤ {all_max} | {other} |", all.whole.apdus, all.whole.bytes);
        println!("| proved, {name} | {} | {} | ≤ {all_max} | – |", proved.whole.apdus, proved.whole.bytes);
        if all.form.apdus > form_max || proved.whole.apdus > all_max {
            return Err(format!("more APDUs than the target allows, {name}").into());
        }
    }
    println!();
    Ok(())
}

fn seconds(issuer: &Issuer, lengths: CardLengths, reference: [&str; 4]) -> Result<(), Box<dyn Error>> {
    let name = if lengths == CardLengths::Short { "short" } else { "extended" };
    println!("| {name} APDUs, modelled seconds at 4 / 15 ms an APDU | access | form | all | proved | reference, all |");
    println!("|---|---|---|---|---|---|");
    for ((title, line), reference) in LINES.into_iter().zip(reference) {
        let of = |proof, overhead| read(issuer, lengths, proof, (line, overhead));
        let (quick, slow) = (of(Proof::LeftOut, Overhead::QUICK)?, of(Proof::LeftOut, Overhead::SLOW)?);
        let proved = pair(of(Proof::Wanted, Overhead::QUICK)?.whole, of(Proof::Wanted, Overhead::SLOW)?.whole);
        let (access, form) = (pair(quick.access, slow.access), pair(quick.form, slow.form));
        let all = pair(quick.whole, slow.whole);
        println!("| {title} | {access} | {form} | {all} | {proved} | {reference} |");
        if line == Line::Contactless424 && slow.form.took > Duration::from_millis(800) {
            return Err("the form takes more than 0.8 s at 424 kbit/s".into());
        }
    }
    println!();
    Ok(())
}

fn pair(quick: Cost, slow: Cost) -> String {
    format!("{:.2} / {:.2}", quick.took.as_secs_f64(), slow.took.as_secs_f64())
}

fn read(
    issuer: &Issuer,
    lengths: CardLengths,
    proof: Proof,
    (line, overhead): (Line, Overhead),
) -> Result<Costs, Box<dyn Error>> {
    let person = Person::sample();
    let keys = AccessKeys { can: Can::from_digits(person.can()), mrz: None };
    let card = VirtualCard::new(CardPlan { lengths, ..CardPlan::cccd(person, 1) }, issuer)?;
    let mut link = CardLink::new(SharedCard::new(card), line, overhead);
    let until = link.now() + PATIENCE;
    let known = if lengths == CardLengths::Short { Lengths::Short } else { Lengths::Extended };
    let mut session = CardSession::new(&mut link, known);
    let mut rng = SeededRng::new(1);
    let mut go_on = |_| Wish::Continue;
    let mut trust = Trust::new(Date::new(2026, 11, 23).ok_or("no day")?);
    trust.add_anchor(issuer.anchor())?;
    session.open(&keys, &mut rng, until, &mut go_on)?;
    let opened = session.steps().len();
    let mut document = session.read_form(&trust, until, &mut go_on)?;
    let formed = session.steps().len();
    if proof == Proof::Wanted {
        session.prove_chip(&mut document, &mut rng, until, &mut go_on)?;
    }
    session.read_portrait(&mut document, until, &mut go_on)?;
    let steps = session.steps();
    let access = cost(steps.iter().take(opened).filter(|it| it.step == ReadingStep::Access));
    let form = cost(steps.iter().take(formed).skip(opened));
    Ok(Costs { access, form, whole: cost(steps.iter().skip(opened)) })
}

fn cost<'s>(steps: impl Iterator<Item = &'s StepRecord>) -> Cost {
    steps.fold(Cost::default(), |sum, step| Cost {
        apdus: sum.apdus + step.traffic.apdus,
        bytes: sum.bytes + step.traffic.bytes_sent + step.traffic.bytes_received,
        took: sum.took + step.took,
    })
}
