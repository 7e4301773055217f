//! Frames of MongoDB's wire protocol, as far as the proxy reads and writes them.

use mongodb::bson::{Document, RawDocument, doc};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

const OP_MSG: i32 = 2013;
const UNCOUNTED: [&str; 6] = ["isMaster", "ismaster", "ping", "logout", "endSessions", "killCursors"];

pub(super) async fn read_frame(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).await.ok()?;
    let whole = usize::try_from(i32::from_le_bytes(length)).ok()?;
    let mut frame = vec![0; whole.max(16)];
    frame[..4].copy_from_slice(&length);
    stream.read_exact(&mut frame[4..]).await.ok()?;
    Some(frame)
}

fn number_at(frame: &[u8], offset: usize) -> i32 {
    i32::from_le_bytes(frame[offset..offset + 4].try_into().unwrap())
}

/// The body of a message.
pub(super) fn body_of(frame: &[u8]) -> Option<Document> {
    if number_at(frame, 12) != OP_MSG {
        return None;
    }
    // Header 16 bytes, flags 4, then sections: a kind, then a document or a sequence with its size.
    let mut offset = 20;
    while frame[offset] != 0 {
        offset += 1 + usize::try_from(number_at(frame, offset + 1)).ok()?;
    }
    let size = usize::try_from(number_at(frame, offset + 1)).ok()?;
    let body = RawDocument::from_bytes(&frame[offset + 1..offset + 1 + size]).ok()?;
    Document::try_from(body).ok()
}

/// The body of a command that counts.
pub(super) fn counted_body(frame: &[u8]) -> Option<Document> {
    let body = body_of(frame)?;
    let name = body.keys().next()?;
    // The driver asks the database "admin", tenantry its own.
    let is_the_drivers = name == "hello" && body.get_str("$db").is_ok_and(|database| database == "admin");
    (!is_the_drivers && !UNCOUNTED.contains(&name.as_str())).then_some(body)
}

pub(super) fn refusal(request: &[u8], code: i32) -> Vec<u8> {
    reply(request, &doc! {"ok": 0.0, "errmsg": "refused by the proxy", "code": code, "codeName": "Refused"})
}

pub(super) fn reply(request: &[u8], document: &Document) -> Vec<u8> {
    message(0, number_at(request, 4), document)
}

/// A command of the proxy's own.
pub(super) fn request(document: &Document) -> Vec<u8> {
    message(0, 0, document)
}

/// A request with another body.
pub(super) fn rewritten(request: &[u8], document: &Document) -> Vec<u8> {
    message(number_at(request, 4), 0, document)
}

fn message(id: i32, response_to: i32, document: &Document) -> Vec<u8> {
    let body = document.to_vec().unwrap();
    let length = i32::try_from(16 + 4 + 1 + body.len()).unwrap();
    let mut frame = Vec::new();
    for number in [length, id, response_to, OP_MSG, 0] {
        frame.extend(number.to_le_bytes());
    }
    frame.push(0);
    frame.extend(body);
    frame
}
