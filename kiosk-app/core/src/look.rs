//! How the screens look and sound for one patient; back to the hospital's default after the visit.

/// A language of the screens. Tickets stay Vietnamese: staff read them too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Tiếng Việt.
    #[default]
    Vietnamese,
    /// English.
    English,
    /// 中文.
    Chinese,
}

/// How large text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TextSize {
    /// As designed.
    #[default]
    Normal,
    /// For weak eyes.
    Large,
}

/// How strongly text stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Contrast {
    /// As designed.
    #[default]
    Normal,
    /// Light on black.
    High,
}

/// Where controls are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Reach {
    /// All over the screen.
    #[default]
    Whole,
    /// In the lower half, for a wheelchair or a child.
    Low,
}

/// Whether screens are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Guidance {
    /// They are not.
    #[default]
    Silent,
    /// Each is, through the headphone jack or the loudspeaker.
    Spoken,
}

/// How loud a patient wants the voice, beside what is usual at the kiosk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Loudness {
    /// Two steps below.
    Quietest,
    /// One step below.
    Quieter,
    /// As it is for everybody.
    #[default]
    Usual,
    /// One step above.
    Louder,
    /// Two steps above.
    Loudest,
}

impl Loudness {
    /// From the quietest to the loudest.
    pub const ALL: [Self; 5] = [Self::Quietest, Self::Quieter, Self::Usual, Self::Louder, Self::Loudest];

    /// One step more; the loudest stays.
    #[must_use]
    pub const fn louder(self) -> Self {
        match self {
            Self::Quietest => Self::Quieter,
            Self::Quieter => Self::Usual,
            Self::Usual => Self::Louder,
            Self::Louder | Self::Loudest => Self::Loudest,
        }
    }

    /// One step less; the quietest stays.
    #[must_use]
    pub const fn quieter(self) -> Self {
        match self {
            Self::Quietest | Self::Quieter => Self::Quietest,
            Self::Usual => Self::Quieter,
            Self::Louder => Self::Usual,
            Self::Loudest => Self::Louder,
        }
    }

    /// Steps above the usual, from -2 to 2.
    #[must_use]
    pub const fn steps(self) -> i8 {
        match self {
            Self::Quietest => -2,
            Self::Quieter => -1,
            Self::Usual => 0,
            Self::Louder => 1,
            Self::Loudest => 2,
        }
    }
}

/// How one patient wants the screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Look {
    /// In this language.
    pub language: Language,
    /// This large.
    pub text: TextSize,
    /// This strong.
    pub contrast: Contrast,
    /// With the controls here.
    pub reach: Reach,
    /// Spoken or not.
    pub guidance: Guidance,
    /// And if so, this loud.
    pub loudness: Loudness,
}
