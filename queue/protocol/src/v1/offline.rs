use serde::{Deserialize, Serialize};

use crate::model::{Arrival, KioskId, RequestId, Series, ServiceId, TicketNumber, UnixMillis};

/// Most tickets of one hand-over: so many fit a request body with every field filled.
pub const HAND_OVER_MAX: usize = 32;

/// A kiosk asks for a series of its own. The same installation always gets the same one; another installation of the
/// kiosk gets another, because what the one before has issued and not handed over is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LeaseSeries {
    /// Made by the kiosk when its state was first written, and kept there.
    pub installation: RequestId,
    /// The series it holds already. A service that was restored from a copy does not know of it and takes it back in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Series>,
}

/// The series a kiosk owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SeriesLease {
    /// Whose it is.
    pub kiosk: KioskId,
    /// The series; nobody else issues from it.
    pub series: Series,
}

/// A number that a kiosk issued from its own series while the service was away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OfflineTicket {
    /// The visit's request: the one that was asked, or would have been asked, of the service.
    pub request: RequestId,
    /// The number the patient has.
    pub number: TicketNumber,
    /// The service chosen.
    pub service: ServiceId,
    /// When it was issued, by the kiosk's clock, which may have been wrong. For the record only.
    pub issued_at: UnixMillis,
    /// How long ago it was issued, in milliseconds, as well as the kiosk can tell. The service's clock less this is
    /// the time of arrival.
    pub age_ms: u64,
    /// What is known of the one who arrived.
    #[serde(flatten)]
    pub arrival: Arrival,
}

/// Numbers a kiosk hands over, in the order of arrival, at most [`HAND_OVER_MAX`]. Sent again they are known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HandOver {
    /// Whose series it is.
    pub installation: RequestId,
    /// The numbers.
    pub tickets: Vec<OfflineTicket>,
}

/// What became of each number of a hand-over, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HandedOver {
    /// One a number.
    pub outcomes: Vec<HandOverOutcome>,
}

/// What became of one number. Whatever it is, the kiosk need not send the number again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HandOverOutcome {
    /// It waits by its arrival, from now or from before.
    Joined,
    /// Its request was voided: nobody has seen the number.
    Voided,
    /// The service it was for is no longer there: a case for the desk.
    UnknownService,
    /// The number is not one of the kiosk's series, or is another request's: a case for the desk.
    NotYours,
    /// Its request was used for something that is no ticket.
    RequestSpent,
}
