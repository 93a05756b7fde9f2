//! The waiting-room screen: event stream to board to Slint.
