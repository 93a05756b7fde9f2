//! The description of the interface (OpenAPI 3.1), made from the types of the handlers' own arguments and answers.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use queue_protocol::v1::Problem;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::access::{Allow, Role};
use crate::caller::Caller;
use crate::problem::ApiError;
use crate::request::{Asked, Body, Segment};

/// One operation while it is described.
pub(crate) struct Operation<'g> {
    schemas: &'g mut SchemaGenerator,
    parameter: Option<Value>,
    queries: Vec<Value>,
    body: Option<Value>,
    responses: Map<String, Value>,
}

impl Operation<'_> {
    fn schema<T: JsonSchema>(&mut self) -> Value {
        self.schemas.subschema_for::<T>().to_value()
    }

    pub(crate) fn answers(&mut self, status: StatusCode, meaning: &str, media: Option<(&str, Value)>) {
        let mut response = json!({"description": meaning});
        if let Some((media, schema)) = media {
            response["content"] = json!({media: {"schema": schema}});
        }
        self.responses.insert(status.as_str().to_owned(), response);
    }
}

/// An argument of a handler.
pub(crate) trait Argument {
    /// What the caller has to send for it.
    fn describe(_: &mut Operation<'_>) {}
}

impl<S> Argument for State<S> {}
impl Argument for Caller {}
impl Argument for HeaderMap {}

impl<T: JsonSchema> Argument for Body<T> {
    fn describe(operation: &mut Operation<'_>) {
        let schema = operation.schema::<T>();
        operation.body = Some(json!({"required": true, "content": {"application/json": {"schema": schema}}}));
    }
}

impl<T: JsonSchema> Argument for Segment<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.parameter = Some(operation.schema::<T>());
    }
}

impl<T: JsonSchema> Argument for Asked<T> {
    fn describe(operation: &mut Operation<'_>) {
        let schema = T::json_schema(operation.schemas).to_value();
        let is_required = |name: &String| schema["required"].as_array().is_some_and(|all| all.contains(&json!(name)));
        let all = schema["properties"].as_object().into_iter().flatten();
        operation.queries = all
            .map(|(name, schema)| json!({"in": "query", "name": name, "required": is_required(name), "schema": schema}))
            .collect();
    }
}

/// What a handler answers.
pub(crate) trait Answer {
    /// Statuses and bodies.
    fn describe(operation: &mut Operation<'_>);
}

impl<T: JsonSchema> Answer for Json<T> {
    fn describe(operation: &mut Operation<'_>) {
        let schema = operation.schema::<T>();
        operation.answers(StatusCode::OK, "Done.", Some(("application/json", schema)));
    }
}

/// Without a body.
impl Answer for StatusCode {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers(Self::NO_CONTENT, "Done.", None);
    }
}

impl Answer for &'static str {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers(StatusCode::OK, "Done.", Some(("text/plain; charset=utf-8", json!({"type": "string"}))));
    }
}

/// Headers in front, such as a cookie.
impl<T: Answer> Answer for ([(HeaderName, HeaderValue); 1], T) {
    fn describe(operation: &mut Operation<'_>) {
        T::describe(operation);
    }
}

/// Without a body, and headers behind.
impl Answer for (StatusCode, [(HeaderName, HeaderValue); 1]) {
    fn describe(operation: &mut Operation<'_>) {
        <StatusCode as Answer>::describe(operation);
    }
}

/// Any refusal or failure is a problem.
impl<T: Answer> Answer for Result<T, ApiError> {
    fn describe(operation: &mut Operation<'_>) {
        T::describe(operation);
        let problem = operation.schema::<Problem>();
        let response = json!({"description": "Why not.", "content": {"application/problem+json": {"schema": problem}}});
        operation.responses.insert("default".to_owned(), response);
    }
}

/// A handler whose arguments and answer are described.
pub(crate) trait Described<Arguments> {
    /// Writes down what it takes and gives.
    fn describe(operation: &mut Operation<'_>);
}

macro_rules! described {
    ($($argument:ident),*) => {
        impl<F, Fut, $($argument),*> Described<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Fut,
            Fut: Future,
            Fut::Output: Answer,
            $($argument: Argument),*
        {
            fn describe(operation: &mut Operation<'_>) {
                $($argument::describe(operation);)*
                <Fut::Output as Answer>::describe(operation);
            }
        }
    };
}

described!();
described!(A);
described!(A, B);
described!(A, B, C);
described!(A, B, C, D);

/// The description while routes are added.
pub(crate) struct Description {
    schemas: SchemaGenerator,
    paths: Map<String, Value>,
}

/// What a route is, besides its handler.
#[derive(Clone, Copy)]
pub(crate) struct About {
    /// What it does, in a few words.
    pub(crate) summary: &'static str,
    pub(crate) path: &'static str,
    pub(crate) allow: Allow,
}

impl Description {
    pub(crate) fn new() -> Self {
        let settings =
            SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = "/components/schemas".into());
        Self { schemas: settings.into_generator(), paths: Map::new() }
    }

    /// Adds one operation.
    pub(crate) fn add<Arguments, H: Described<Arguments>>(&mut self, method: &Method, about: About) {
        let mut operation = Operation {
            schemas: &mut self.schemas,
            parameter: None,
            queries: Vec::new(),
            body: None,
            responses: Map::new(),
        };
        H::describe(&mut operation);
        let Operation { parameter, queries, body, responses, .. } = operation;
        let mut described = head(about);
        described["responses"] = Value::Object(responses);
        if let Some(body) = body {
            described["requestBody"] = body;
        }
        let name = about.path.split_once('{').and_then(|(_, rest)| rest.split('}').next());
        let segment = parameter
            .zip(name)
            .map(|(schema, name)| json!({"in": "path", "name": name, "required": true, "schema": schema}));
        let parameters: Vec<Value> = segment.into_iter().chain(queries).collect();
        if !parameters.is_empty() {
            described["parameters"] = Value::Array(parameters);
        }
        self.insert(method, about, described);
    }

    /// Adds the event stream of a board.
    pub(crate) fn add_stream(&mut self, about: About) {
        let text = |meaning: &str| json!({"type": "string", "description": meaning});
        let mut described = head(about);
        let zone = self.schemas.subschema_for::<queue_protocol::model::ZoneId>().to_value();
        let query = |name: &str, meaning: &str| json!({"in": "query", "name": name, "schema": text(meaning)});
        described["parameters"] = json!([
            {"in": "path", "name": "zone", "required": true, "schema": zone},
            query("last_event_id", "the newest event held; a header Last-Event-ID says the same"),
            query("events", "2 for every kind of event"),
        ]);
        let problem = self.schemas.subschema_for::<Problem>().to_value();
        described["responses"] = json!({
            "200": {"description": "Server-sent events without an end.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}}},
            "default": {"description": "Why not.", "content": {"application/problem+json": {"schema": problem}}},
        });
        self.insert(&Method::GET, about, described);
    }

    fn insert(&mut self, method: &Method, about: About, described: Value) {
        let path = self.paths.entry(about.path).or_insert_with(|| json!({}));
        path[method.as_str().to_lowercase()] = described;
    }

    /// The whole description.
    pub(crate) fn into_value(mut self) -> Value {
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Tiếp Đón queue service",
                "version": "1",
                "description": "Numbers, calls, rooms and boards of a hospital's queue. Fields are only ever added.",
                "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
            },
            "paths": self.paths,
            "components": {
                "schemas": self.schemas.take_definitions(true),
                "securitySchemes": {
                    "key": {"type": "http", "scheme": "bearer", "description": "a device's key, from POST /v1/enrol"},
                    "session": {"type": "apiKey", "in": "cookie", "name": crate::guard::COOKIE,
                        "description": "a person's session, from POST /v1/session"},
                },
            },
        })
    }
}

fn head(about: About) -> Value {
    let (security, who) = match about.allow {
        Allow::Anybody => (json!([]), "Anybody.".to_owned()),
        Allow::Only(roles) => {
            let is_device = |role: &Role| [Role::Kiosk, Role::Display, Role::Room].contains(role);
            let mut ways = Vec::new();
            if roles.iter().any(is_device) {
                ways.push(json!({"key": []}));
            }
            if !roles.iter().all(is_device) {
                ways.push(json!({"session": []}));
            }
            let names: Vec<String> = roles.iter().map(Role::to_string).collect();
            (Value::Array(ways), format!("Roles: {}.", names.join(", ")))
        }
    };
    json!({"summary": about.summary, "description": who, "security": security})
}
