//! Framing and trigger protocols of bar-code engines over any byte link.
