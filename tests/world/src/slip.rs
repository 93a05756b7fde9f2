//! Bugs that are planted in the world's own wiring, to see that the promises catch them. The product is never changed.

/// What is wrong with the wiring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Slip {
    /// Nothing.
    #[default]
    None,
    /// The service forgets which requests it has answered: a retry is taken for a new patient.
    ForgetsRequests,
    /// The service is told that the hospital is in UTC.
    UtcDay,
    /// A display passes over an event and counts on.
    LosesAnEvent,
    /// The kiosk prints again, without a word, when it does not know whether the first paper came out.
    PrintsAgain,
    /// The kiosk says that a line is on disk before it is.
    SendsBeforeDisk,
    /// The kiosk starts without asking its journal what must be taken back.
    ForgetsVoids,
    /// Provisional numbers are handed over as if they had just been issued.
    ForgetsAges,
    /// A kiosk hands its provisional numbers over under other requests each time.
    HandsOverAnew,
    /// A room's page makes a new id for each retry of one press.
    PressesAnew,
    /// The kiosk's screen is not cleared when a visit ends.
    KeepsTheScreen,
    /// The service calls the priority line first, always.
    StrictPriority,
    /// A scan's visit is told the answer of the visit before.
    MixesReplies,
}

impl Slip {
    /// All that are wrong.
    pub const PLANTED: [Self; 12] = [
        Self::ForgetsRequests,
        Self::UtcDay,
        Self::LosesAnEvent,
        Self::PrintsAgain,
        Self::SendsBeforeDisk,
        Self::ForgetsVoids,
        Self::ForgetsAges,
        Self::HandsOverAnew,
        Self::PressesAnew,
        Self::KeepsTheScreen,
        Self::StrictPriority,
        Self::MixesReplies,
    ];
}
