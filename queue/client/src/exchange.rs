use std::time::Duration;

use queue_protocol::v1::Problem;
use reqwest::header::{HeaderMap, SET_COOKIE};
use reqwest::{RequestBuilder, Response, StatusCode, Url};

use crate::error::{BoxError, ClientError};

/// Longest reply that is read, in bytes. The largest, a list of services, is a few KiB.
const REPLY_BYTES_MAX: usize = 1024 * 1024;

/// A reply longer than any of the protocol.
#[derive(Debug, thiserror::Error)]
#[error("expected a reply of at most {REPLY_BYTES_MAX} bytes")]
struct ReplyTooLong;

/// An error reply without problem details.
#[derive(Debug, thiserror::Error)]
#[error("expected problem details with status {status}")]
struct NoProblem {
    status: StatusCode,
    source: serde_json::Error,
}

/// `base` with `v1` and `segments` after its own path.
pub(crate) fn with_path(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().push("v1").extend(segments);
    }
    url
}

/// Sends one request and reads its whole reply within `attempt`.
pub(crate) async fn exchange<T: serde::de::DeserializeOwned>(
    request: RequestBuilder,
    attempt: Duration,
) -> Result<T, ClientError> {
    let (_, body) = send(request, attempt).await?;
    serde_json::from_slice(&body).map_err(|error| ClientError::Protocol(error.into()))
}

/// [`exchange`] for a reply without a body.
pub(crate) async fn exchange_nothing(request: RequestBuilder, attempt: Duration) -> Result<(), ClientError> {
    send(request, attempt).await.map(drop)
}

/// The cookie that a login sets, as it is sent back.
pub(crate) async fn session_of(request: RequestBuilder, attempt: Duration) -> Result<String, ClientError> {
    let (headers, _) = send(request, attempt).await?;
    let cookie = headers.get(SET_COOKIE).and_then(|value| value.to_str().ok()).and_then(|text| text.split(';').next());
    cookie.map(str::to_owned).ok_or_else(|| ClientError::Protocol(NoCookie.into()))
}

/// A login without a session.
#[derive(Debug, thiserror::Error)]
#[error("expected a cookie with the session")]
struct NoCookie;

async fn send(request: RequestBuilder, attempt: Duration) -> Result<(HeaderMap, Vec<u8>), ClientError> {
    let sent = async {
        let response = request.send().await.map_err(|error| failed(error, attempt))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read_bounded(response, attempt).await?;
        if status.is_success() { Ok((headers, body)) } else { Err(refused(status, &body)) }
    };
    match tokio::time::timeout(attempt, sent).await {
        Ok(reply) => reply,
        Err(elapsed) => Err(ClientError::TimedOut { after: attempt, source: Some(elapsed.into()) }),
    }
}

/// The problem in an error reply.
pub(crate) async fn refusal(response: Response, attempt: Duration) -> ClientError {
    let status = response.status();
    match tokio::time::timeout(attempt, read_bounded(response, attempt)).await {
        Ok(Ok(body)) => refused(status, &body),
        Ok(Err(error)) => error,
        Err(elapsed) => ClientError::TimedOut { after: attempt, source: Some(elapsed.into()) },
    }
}

/// What a failed send means.
pub(crate) fn failed(error: reqwest::Error, attempt: Duration) -> ClientError {
    let timed_out = error.is_timeout();
    let source: BoxError = error.into();
    if timed_out {
        ClientError::TimedOut { after: attempt, source: Some(source) }
    } else {
        ClientError::Unreachable(source)
    }
}

fn refused(status: StatusCode, body: &[u8]) -> ClientError {
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) => ClientError::Problem(Box::new(problem)),
        Err(source) => ClientError::Protocol(NoProblem { status, source }.into()),
    }
}

async fn read_bounded(mut response: Response, attempt: Duration) -> Result<Vec<u8>, ClientError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(error, attempt))? {
        if body.len() + chunk.len() > REPLY_BYTES_MAX {
            return Err(ClientError::Protocol(ReplyTooLong.into()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_after_the_base_and_cannot_leave_it() {
        let plain = Url::parse("http://127.0.0.1:7070").unwrap();
        assert_eq!(with_path(&plain, &["services"]).as_str(), "http://127.0.0.1:7070/v1/services");
        let prefixed = Url::parse("http://gw/queue/").unwrap();
        assert_eq!(with_path(&prefixed, &["rooms", "a/b"]).as_str(), "http://gw/queue/v1/rooms/a%2Fb");
    }
}
