//! The kiosk's firmware: configuration, wiring, device threads, journal and the run loop.
