//! A value and its exact bytes.

use std::fmt::Debug;

use queue_protocol::model::RequestId;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub const REQUEST: &str = "0190a1b2-0000-7000-8000-000000000001";

pub fn frozen<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, bytes: &str) {
    assert_eq!(serde_json::to_string(value).unwrap(), bytes);
    assert_eq!(&serde_json::from_str::<T>(bytes).unwrap(), value);
    // Readers ignore fields of later versions.
    if let Some(rest) = bytes.strip_prefix('{').filter(|rest| *rest != "}") {
        let later = format!("{{\"added_later\":[1],{rest}");
        assert_eq!(&serde_json::from_str::<T>(&later).unwrap(), value, "{later}");
    }
}

pub fn request() -> RequestId {
    REQUEST.parse().unwrap()
}
