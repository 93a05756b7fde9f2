//! Questions and answers.

use std::error::Error;
use std::time::{Duration, Instant};

use queue_client::{ATTEMPTS_MAX, ClientError, Deadlines, QueueClient, new_request_id};
use queue_protocol::model::{KioskId, ServiceId, Ticket};
use queue_protocol::v1::{IssueTicket, ProblemCode};

use crate::wire::{Act, Heard, play};

const QUICK: Deadlines = Deadlines {
    connect: Duration::from_millis(200),
    attempt: Duration::from_millis(200),
    total: Duration::from_secs(2),
};

/// A hung attempt ends in a second; what is answered at once is answered within it on a busy machine too.
const ROOMY: Duration = Duration::from_secs(1);

fn asked() -> IssueTicket {
    let (kiosk, service) = (KioskId::new("k1").unwrap(), ServiceId::new("mat").unwrap());
    IssueTicket::new(new_request_id(), kiosk, service)
}

fn ticket() -> Act {
    let body = r#"{"request":"0190a1b2-0000-7000-8000-000000000001","day":"2026-11-23","number":"F-001","service":"mat",
        "service_name":"Khám Mắt","place":"","ahead":0,"issued_at":1,"issued_at_local":""}"#;
    Act::Reply(200, body.into())
}

fn problem(status: u16, code: &str) -> Act {
    let body = format!(r#"{{"type":"urn:x","title":"t","status":{status},"detail":"d","code":"{code}"}}"#);
    Act::Reply(status, body)
}

async fn issue(acts: Vec<Act>) -> (Result<Ticket, ClientError>, Heard) {
    issue_within(Deadlines { connect: ROOMY, attempt: ROOMY, total: 30 * ROOMY }, acts).await
}

async fn issue_within(deadlines: Deadlines, acts: Vec<Act>) -> (Result<Ticket, ClientError>, Heard) {
    let (address, heard) = play(acts).await;
    let client = QueueClient::new(&format!("http://{address}"), deadlines).unwrap();
    (client.issue(&asked()).await, heard)
}

#[tokio::test]
async fn a_lost_reply_is_asked_for_again_with_the_same_id() {
    let (reply, heard) = issue(vec![Act::LoseReply, Act::Hang, problem(503, "store_unavailable"), ticket()]).await;
    assert_eq!(reply.unwrap().number.to_string(), "F-001");
    let bodies = heard.bodies();
    assert_eq!(bodies.len(), 4);
    assert!(bodies.iter().all(|body| *body == bodies[0] && body.contains("request")), "{bodies:?}");
}

#[tokio::test]
async fn a_refusal_is_final() {
    for code in ["request_spent", "service_closed", "unknown_service", "series_exhausted", "bad_request"] {
        let (reply, heard) = issue(vec![problem(409, code), ticket()]).await;
        let error = reply.unwrap_err();
        assert!(matches!(error, ClientError::Problem(_)), "{error:?}");
        assert_eq!(heard.bodies().len(), 1, "{code}");
    }
    let (reply, _) = issue(vec![problem(409, "request_spent")]).await;
    assert_eq!(reply.unwrap_err().code(), Some(ProblemCode::RequestSpent));
}

#[tokio::test]
async fn a_silent_service_is_given_up_in_time() {
    let before = Instant::now();
    let (reply, heard) = issue_within(QUICK, (0..20).map(|_| Act::Hang).collect()).await;
    let error = reply.unwrap_err();
    assert!(matches!(error, ClientError::TimedOut { .. }) && error.may_pass(), "{error:?}");
    assert!(before.elapsed() < QUICK.total + Duration::from_secs(10), "{:?}", before.elapsed());
    assert!((2..=10).contains(&heard.bodies().len()), "{}", heard.bodies().len());
}

#[tokio::test]
async fn tries_are_counted() {
    let (address, heard) = play((0..20).map(|_| problem(503, "internal")).collect()).await;
    let patient = Deadlines { total: Duration::from_secs(30), ..QUICK };
    let client = QueueClient::new(&format!("http://{address}"), patient).unwrap();
    assert_eq!(client.issue(&asked()).await.unwrap_err().code(), Some(ProblemCode::Internal));
    assert_eq!(heard.bodies().len(), usize::try_from(ATTEMPTS_MAX).unwrap());
}

#[tokio::test]
async fn nobody_at_the_address_is_told_with_its_cause() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = QueueClient::new(&format!("http://{address}"), QUICK).unwrap();
    let error = client.issue(&asked()).await.unwrap_err();
    assert!(matches!(error, ClientError::Unreachable(_)) && error.source().is_some(), "{error:?}");
}

#[tokio::test]
async fn a_reply_of_another_program_is_no_ticket() {
    for body in ["<html>", "{}", "[1]"] {
        let (reply, _) = issue((0..5).map(|_| Act::Reply(200, body.into())).collect()).await;
        let error = reply.unwrap_err();
        assert!(matches!(error, ClientError::Protocol(_)), "{error:?}");
    }
    let (reply, _) = issue((0..5).map(|_| Act::Reply(502, "Bad gateway".into())).collect()).await;
    assert!(matches!(reply, Err(ClientError::Protocol(_))), "{reply:?}");
}

#[test]
fn only_an_http_address_is_a_base() {
    for bad in ["", "127.0.0.1:7070", "ftp://x", "https://x", "http://"] {
        assert!(QueueClient::new(bad, QUICK).is_err(), "{bad:?}");
    }
    assert!(QueueClient::new("http://queue.local:7070/", QUICK).is_ok());
}
