//! The hospital queue service: HTTP routes and the event stream over a store.
