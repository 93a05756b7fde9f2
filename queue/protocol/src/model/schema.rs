//! JSON schemas of the values that have a spelling of their own.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{
    DeviceId, KioskId, LogId, PersonMark, RequestId, RoomId, Series, ServiceDay, ServiceId, TicketNumber, UnixMillis,
    UserName, ZoneId,
};

macro_rules! schemas {
    ($($name:ident: $schema:tt,)*) => {$(
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

const SLUG: &str = "^[a-z0-9-]{1,64}$";

schemas! {
    ServiceId: {"type": "string", "pattern": SLUG, "examples": ["noi-tong-quat"]},
    RoomId: {"type": "string", "pattern": SLUG, "examples": ["p201"]},
    ZoneId: {"type": "string", "pattern": SLUG, "examples": ["khu-b"]},
    KioskId: {"type": "string", "pattern": SLUG, "examples": ["k1"]},
    DeviceId: {"type": "string", "pattern": SLUG, "examples": ["k1"]},
    UserName: {"type": "string", "pattern": SLUG, "examples": ["lan"]},
    RequestId: {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"},
    Series: {"type": "string", "pattern": "^[A-Z]{1,2}$"},
    TicketNumber: {"type": "string", "pattern": "^[A-Z]{1,2}-(0[0-9][1-9]|0[1-9]0|[1-9][0-9]{2,3})$", "examples": ["A-001"]},
    ServiceDay: {"type": "string", "format": "date"},
    UnixMillis: {"type": "integer", "format": "int64", "description": "milliseconds since 1970-01-01T00:00:00Z"},
    PersonMark: {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    LogId: {"type": "string", "pattern": "^[0-9a-f]{16}$"},
}
