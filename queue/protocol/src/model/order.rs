use serde::{Deserialize, Serialize};

/// Who is called before whom. Arrival times are never changed to express it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PriorityPolicy {
    /// Priority first, always. A normal ticket may be passed over without end.
    Strict,
    /// After `priority` calls from the priority line, `normal` from the normal one.
    Ratio {
        /// 1 or more.
        priority: u32,
        /// 1 or more.
        normal: u32,
    },
    /// Who arrived first, as if the priority line had arrived this much earlier.
    Ageing {
        /// Minutes.
        head_start_minutes: u32,
    },
}

/// Where a ticket goes in the line it joins. The number on paper stays the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// By its arrival, as if it had stood in this line all the time.
    KeepPlace,
    /// Next, after the one that is called now.
    AfterCurrent,
    /// Behind everybody.
    End,
}

/// Why a ticket is the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WhyNext {
    /// An emergency.
    Emergency,
    /// It is back, and the calls it had to let pass have passed.
    Back,
    /// Its appointment has come.
    Booked,
    /// It is the priority line's turn.
    PriorityTurn,
    /// It is the normal line's turn.
    NormalTurn,
    /// It has waited longest, the priority line's head start included.
    LongestWait,
    /// Only this line waits.
    InOrder,
    /// Its time has not come, and nobody else waits.
    NobodyElse,
}
