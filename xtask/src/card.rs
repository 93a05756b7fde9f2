//! `cargo xtask card`: a virtual identity card in a PC/SC reader, for `kioskctl card` and for any other program that
//! reads passports.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use device_sim::card::cipher::Suite;
use device_sim::card::curve::{Curve, Hash, Naming};
use device_sim::card::issuer::{Signing, Validity};
use device_sim::card::levers::{Mishap, Planned};
use device_sim::card::link::SharedCard;
use device_sim::card::person::Person;
use device_sim::card::plan::{ActiveKey, CardPlan, Forgery, Issuer, Lengths};
use device_sim::card::rsa::{RsaBits, Trailer};
use device_sim::card::service::{PrivateService, Slot};
use device_sim::card::vpcd::VpcdMount;
use device_sim::card::{Chance, Entropy, VirtualCard};

use crate::console::say;
use crate::demo::run_dir::RunDir;
use crate::system_packages::{self, TO_BUILD_AND_TEST};

/// Between two looks whether the card is still served.
const LOOK: Duration = Duration::from_millis(200);

/// Most bytes of a response where extended lengths are on.
const EXTENDED_RESPONSE_MAX: usize = 65_536;

/// Which card, and where.
#[derive(Debug, Args)]
pub struct CardArguments {
    /// Port of a running vpcd; Debian's package listens on 35963. Without it a private reader service is started.
    #[arg(long)]
    port: Option<u16>,
    /// Another card, holder and keys for each number.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Whose card: the same invented person always, or one drawn from the seed.
    #[arg(long, value_enum, default_value_t = Holder::Sample)]
    holder: Holder,
    /// How the card opens.
    #[arg(long, value_enum, default_value_t = Opens::Both)]
    opens: Opens,
    /// Curve of PACE.
    #[arg(long, value_enum, default_value_t = CurveName::Brainpool256)]
    curve: CurveName,
    /// Ciphers of PACE and of Chip Authentication.
    #[arg(long, value_enum, default_value_t = SuiteName::Aes128)]
    suite: SuiteName,
    /// Key of Active Authentication.
    #[arg(long, value_enum, default_value_t = ActiveName::Ec)]
    active: ActiveName,
    /// How the issuer signs.
    #[arg(long, value_enum, default_value_t = SigningName::Ecdsa)]
    signing: SigningName,
    /// Lengths of APDUs.
    #[arg(long, value_enum, default_value_t = LengthName::Short)]
    lengths: LengthName,
    /// What is wrong with the card.
    #[arg(long, value_enum, default_value_t = Fault::None)]
    fault: Fault,
    /// Pull the card out at this command, counted from 1.
    #[arg(long, value_name = "N")]
    pull_out_at: Option<usize>,
    /// Draw values that begin with zero bytes.
    #[arg(long)]
    leading_zeros: bool,
    /// Where the issuer's certificate is written, as csca.der. Its private key is written nowhere.
    #[arg(long, value_name = "DIR")]
    anchors: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Holder {
    Sample,
    Drawn,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Opens {
    /// By PACE and by BAC
    Both,
    /// By PACE alone
    Pace,
    /// By BAC alone
    Bac,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum CurveName {
    P256,
    Brainpool256,
    P384,
    Brainpool384,
    Brainpool512,
    P521,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SuiteName {
    TripleDes,
    Aes128,
    Aes192,
    Aes256,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ActiveName {
    Ec,
    Rsa1024,
    Rsa2048,
    None,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SigningName {
    /// brainpoolP512r1 over brainpoolP256r1, explicit parameters
    Ecdsa,
    /// PKCS#1 v1.5, SHA-256
    RsaPkcs1,
    /// PSS, SHA-256
    RsaPss,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LengthName {
    Short,
    Extended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Fault {
    None,
    /// A bit of DG13 changed after signing
    TamperedGroup,
    /// A bit of the signature changed
    TamperedSignature,
    /// Right files without the chip's keys
    Clone,
    /// The document signer's certificate is over
    ExpiredSigner,
    /// Signed under another authority of the same name
    WrongSigner,
}

/// Serves the card until the service or the user ends it.
pub fn run(arguments: &CardArguments, path: &str) -> Result<()> {
    let issuer = issuer(arguments);
    let plan = plan(arguments);
    if let Some(folder) = &arguments.anchors {
        write_anchor(folder, &issuer)?;
    }
    let signer = signer(arguments, &issuer);
    let card = SharedCard::new(VirtualCard::new(plan, &signer).context("cannot make the card")?);
    if let Some(at) = arguments.pull_out_at {
        card.with(|it| it.plan_mishap(Planned { at, mishap: Mishap::PullOut }));
    }
    describe(&card);
    match arguments.port {
        Some(port) => serve(&card, SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
        None => serve_privately(&card, path),
    }
}

fn serve_privately(card: &SharedCard, path: &str) -> Result<()> {
    system_packages::ensure(TO_BUILD_AND_TEST, path)?;
    let folder = RunDir::new()?;
    let service = PrivateService::start(folder.path())?;
    say(&format!("reader service:  export PCSCLITE_CSOCK_NAME={}", service.socket().display()));
    serve(card, service.port(Slot::First))
}

fn serve(card: &SharedCard, port: SocketAddr) -> Result<()> {
    let mount = VpcdMount::new(card.clone(), port).with_context(|| format!("no vpcd listens on {port}"))?;
    say(&format!("in the reader:   {port}; Ctrl-C takes it out"));
    while mount.serves() {
        thread::sleep(LOOK);
    }
    say("the reader service has gone");
    Ok(())
}

fn describe(card: &SharedCard) {
    let (can, mrz) = card.with(|it| (it.plan().person.can().to_owned(), it.plan().person.mrz()));
    let (lines, third) = mrz.split_at(60);
    let (first, second) = lines.split_at(30);
    say(&format!(
        "CAN:             {can}\nMRZ:             {first}\n                 {second}\n                 {third}"
    ));
}

fn write_anchor(folder: &Path, issuer: &Issuer) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let file = folder.join("csca.der");
    fs::write(&file, issuer.anchor()).with_context(|| format!("cannot write {}", file.display()))?;
    say(&format!("trust anchor:    {}", file.display()));
    Ok(())
}

fn issuer(arguments: &CardArguments) -> Issuer {
    match arguments.signing {
        SigningName::Ecdsa => Issuer::sample(arguments.seed),
        SigningName::RsaPkcs1 | SigningName::RsaPss => {
            let signing = signing(arguments.signing);
            Issuer::new(signing, signing, Validity::LONG, arguments.seed)
        }
    }
}

/// Who really signs: the issuer, unless the card is false.
fn signer(arguments: &CardArguments, issuer: &Issuer) -> Issuer {
    match arguments.fault {
        Fault::ExpiredSigner => issuer.with_signer(signing(arguments.signing), Validity::EXPIRED, arguments.seed),
        Fault::WrongSigner => Issuer::sample(arguments.seed.wrapping_add(1)),
        Fault::None | Fault::TamperedGroup | Fault::TamperedSignature | Fault::Clone => issuer.clone(),
    }
}

const fn signing(name: SigningName) -> Signing {
    match name {
        SigningName::Ecdsa => Signing::Ecdsa(Curve::Brainpool256, Naming::Explicit, Hash::Sha256),
        SigningName::RsaPkcs1 => Signing::RsaPkcs1(RsaBits::B2048, Hash::Sha256),
        SigningName::RsaPss => Signing::RsaPss(RsaBits::B2048, Hash::Sha256),
    }
}

fn plan(arguments: &CardArguments) -> CardPlan {
    let person = match arguments.holder {
        Holder::Sample => Person::sample(),
        Holder::Drawn => Person::drawn(&mut Entropy::seeded(arguments.seed).branch("holder")),
    };
    let mut plan = CardPlan::cccd(person, arguments.seed);
    let suite = suite(arguments.suite);
    plan.pace = match arguments.opens {
        Opens::Both | Opens::Pace => Some((curve(arguments.curve), suite)),
        Opens::Bac => None,
    };
    if matches!(arguments.opens, Opens::Pace) {
        plan.bac = device_sim::card::plan::Bac::Absent;
    }
    plan.chip_key = plan.chip_key.map(|key| device_sim::card::plan::ChipKey { suite, ..key });
    plan.active_key = match arguments.active {
        ActiveName::Ec => plan.active_key,
        ActiveName::Rsa1024 => Some(ActiveKey::Rsa(RsaBits::B1024, Trailer::Sha256)),
        ActiveName::Rsa2048 => Some(ActiveKey::Rsa(RsaBits::B2048, Trailer::Sha256)),
        ActiveName::None => None,
    };
    if let LengthName::Extended = arguments.lengths {
        plan.lengths = Lengths::Extended { response_max: EXTENDED_RESPONSE_MAX };
    }
    plan.forgery = match arguments.fault {
        Fault::TamperedGroup => Forgery::TamperedGroup(13),
        Fault::TamperedSignature => Forgery::TamperedSignature,
        Fault::Clone => Forgery::Clone,
        Fault::None | Fault::ExpiredSigner | Fault::WrongSigner => Forgery::Genuine,
    };
    plan.chance = if arguments.leading_zeros { Chance::LeadingZeros } else { Chance::Fair };
    plan
}

const fn curve(name: CurveName) -> Curve {
    match name {
        CurveName::P256 => Curve::P256,
        CurveName::Brainpool256 => Curve::Brainpool256,
        CurveName::P384 => Curve::P384,
        CurveName::Brainpool384 => Curve::Brainpool384,
        CurveName::Brainpool512 => Curve::Brainpool512,
        CurveName::P521 => Curve::P521,
    }
}

const fn suite(name: SuiteName) -> Suite {
    match name {
        SuiteName::TripleDes => Suite::TripleDes,
        SuiteName::Aes128 => Suite::Aes128,
        SuiteName::Aes192 => Suite::Aes192,
        SuiteName::Aes256 => Suite::Aes256,
    }
}
