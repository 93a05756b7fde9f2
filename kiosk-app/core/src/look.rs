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
}
