//! The kiosk's chip-card reader: a real PC/SC service with a virtual reader, and the virtual cards for it.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use device_sim::card::VirtualCard;
use device_sim::card::link::SharedCard;
use device_sim::card::person::{Day, Person};
use device_sim::card::plan::{CardPlan, Forgery, Issuer};
use device_sim::card::service::{PrivateService, Slot};
use device_sim::card::vpcd::VpcdMount;

/// Seed of the authority that signs the cards; its keys are made anew in each run.
const ISSUER_SEED: u64 = 1;
/// Seed of the cards' own keys.
const CARD_SEED: u64 = 7;

/// A card that can be put into the slot. The first two are those of the cards that the dock holds up to the scanner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChipCard {
    /// Of Nguyễn Thị Thuỳ Dương.
    Cccd,
    /// Of Trần Văn Thử.
    CanCuoc,
    /// A copy of the first: every file is right, and the chip does not have the private keys.
    Copy,
}

/// The reader. Dropping it ends the service.
pub struct CardReader {
    /// Before the service, so that the card goes first.
    slot: Mutex<Option<(ChipCard, VpcdMount)>>,
    service: PrivateService,
    issuer: Issuer,
    /// `None` when a kiosk trusts nobody.
    anchors: Option<PathBuf>,
}

impl CardReader {
    /// Starts the service in `dir`, which everybody may enter, with nothing in the slot.
    ///
    /// # Errors
    /// A system package is missing, or the service does not come up.
    pub fn start(dir: &Path) -> Result<Self> {
        let (folder, anchors) = (dir.join("pcsc"), dir.join("anchors"));
        for made in [&folder, &anchors] {
            fs::create_dir_all(made).with_context(|| format!("cannot make {}", made.display()))?;
        }
        let issuer = Issuer::sample(ISSUER_SEED);
        fs::write(anchors.join("invented.der"), issuer.anchor())?;
        let service = PrivateService::start(&folder)?;
        Ok(Self { slot: Mutex::new(None), service, issuer, anchors: Some(anchors) })
    }

    /// Where programs find the service: the value of `PCSCLITE_CSOCK_NAME`.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.service.socket()
    }

    /// The folder with the certificate of the authority that signed the cards, unless nobody is trusted.
    #[must_use]
    pub fn anchors(&self) -> Option<&Path> {
        self.anchors.as_deref()
    }

    /// A kiosk that is started from here on trusts no authority.
    pub fn trust_nobody(&mut self) {
        self.anchors = None;
    }

    /// Puts a card into the slot; one that is in it is pulled out first.
    ///
    /// # Errors
    /// The service is gone.
    pub fn insert(&self, card: ChipCard) -> Result<()> {
        let mut slot = self.slot();
        slot.take();
        *slot = Some((card, self.served(card).context("no card can be put into the virtual reader")?));
        Ok(())
    }

    /// Pulls out what is in the slot.
    pub fn pull_out(&self) {
        self.slot().take();
    }

    /// What is in the slot.
    #[must_use]
    pub fn inserted(&self) -> Option<ChipCard> {
        self.slot().as_ref().map(|(card, _)| *card)
    }

    /// A card for another reader.
    ///
    /// # Errors
    /// Its keys cannot be made.
    pub fn made(&self, card: ChipCard) -> Result<VirtualCard> {
        Ok(VirtualCard::new(card.plan(), &self.issuer)?)
    }

    fn served(&self, card: ChipCard) -> Result<VpcdMount> {
        let port: SocketAddr = self.service.port(Slot::First);
        Ok(VpcdMount::new(SharedCard::new(self.made(card)?), port)?)
    }

    fn slot(&self) -> MutexGuard<'_, Option<(ChipCard, VpcdMount)>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChipCard {
    fn plan(self) -> CardPlan {
        let forgery = match self {
            Self::Cccd | Self::CanCuoc => Forgery::Genuine,
            Self::Copy => Forgery::Clone,
        };
        CardPlan { forgery, ..CardPlan::cccd(self.person(), CARD_SEED) }
    }

    /// The holder, as on the card that is held up to the scanner.
    fn person(self) -> Person {
        match self {
            Self::Cccd | Self::Copy => Person {
                number: "001149999901".into(),
                name: "NGUYỄN THỊ THUỲ DƯƠNG".into(),
                name_mrz: "NGUYEN<<THI<THUY<DUONG".into(),
                birth: Day::new(1949, 3, 2),
                sex: 'F',
                // What the MRZ has for "no expiry" is not published; a far day stands for it.
                expiry: Day::new(2047, 3, 2),
                issued: Day::new(2022, 1, 1),
                residence: "Số 1, Đường Mẫu, Phường Mẫu, Hà Nội".into(),
                old_number: Some("999999901".into()),
            },
            Self::CanCuoc => Person {
                number: "001190999902".into(),
                name: "TRẦN VĂN THỬ".into(),
                name_mrz: "TRAN<<VAN<THU".into(),
                birth: Day::new(1990, 6, 5),
                sex: 'M',
                expiry: Day::new(2030, 6, 5),
                issued: Day::new(2024, 8, 1),
                residence: "Số 2, Đường Mẫu, Phường Mẫu, Hà Nội".into(),
                old_number: None,
            },
        }
    }
}
