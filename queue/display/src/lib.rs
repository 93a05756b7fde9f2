//! The waiting-room screen: event stream to board to Slint and to the loudspeaker.
//!
//! [`wall`] is what the wall shows as a pure function of what was heard and the time, [`spoken`] what is said; [`ui`]
//! draws it; [`follow`] hears the queue service in a thread of its own and tells the window and the voice. It never issues, calls or changes anything, and says
//! on screen when what it shows may be old.

pub mod follow;
pub mod spoken;
pub mod ui;
pub mod wall;
