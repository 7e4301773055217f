//! One connection through the proxy: what happens to each command that comes along it.

use super::frames::{body_of, counted_body, read_frame, refusal, reply};
use super::{Act, Shared, uuids};
use mongodb::bson::Document;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection: a request, its answer, the next request. It ends when either side does, or as it is told.
pub(super) async fn serve(mut client: TcpStream, shared: Arc<Shared>) {
    let Ok(mut server) = TcpStream::connect(&shared.server).await else {
        return;
    };
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    while let Some(request) = read_frame(&mut client).await {
        let Some(body) = counted_body(&request) else {
            if !pass(&mut client, &mut server, &request).await {
                return;
            }
            continue;
        };
        let act = shared.meet(body.clone());
        let command = Command { frame: request, body };
        let goes_on = perform(&shared, act, &mut client, &mut server, &command).await;
        shared.done();
        if !goes_on {
            return;
        }
    }
}

/// A counted command as it came.
struct Command {
    frame: Vec<u8>,
    body: Document,
}

async fn perform(
    shared: &Shared,
    act: Act,
    client: &mut TcpStream,
    server: &mut TcpStream,
    command: &Command,
) -> bool {
    let request = &command.frame;
    let answer = match act {
        Act::Cut => return false,
        Act::DropReply => {
            let _ = forward(shared, server, command).await;
            return false;
        }
        Act::Silence | Act::HalfClose => {
            let _ = forward(shared, server, command).await;
            if matches!(act, Act::HalfClose) {
                let _ = client.shutdown().await;
            }
            until_closed(client).await;
            return false;
        }
        Act::Refuse(code) => Some(refusal(request, code)),
        Act::Answer(document) => Some(reply(request, &document)),
        Act::Alter(change) => forward(shared, server, command).await.map(|answer| {
            let mut document = body_of(&answer).unwrap();
            change(&mut document);
            reply(request, &document)
        }),
        Act::Twice => {
            let _ = forward(shared, server, command).await;
            forward(shared, server, command).await
        }
        Act::Hold => {
            shared.hold().await;
            forward(shared, server, command).await
        }
        Act::Delay(time) => {
            tokio::time::sleep(time).await;
            forward(shared, server, command).await
        }
        Act::Pass => forward(shared, server, command).await,
    };
    let Some(answer) = answer else {
        return false;
    };
    shared.step_is_whole().await;
    client.write_all(&answer).await.is_ok()
}

/// Reads on and says nothing, until the client closes its side.
async fn until_closed(client: &mut TcpStream) {
    let mut rest = [0; 1024];
    while matches!(client.read(&mut rest).await, Ok(1..)) {}
}

async fn pass(client: &mut TcpStream, server: &mut TcpStream, request: &[u8]) -> bool {
    match exchange(server, request).await {
        Some(answer) => client.write_all(&answer).await.is_ok(),
        None => false,
    }
}

/// The answer of the server, or of the check before it.
async fn forward(shared: &Shared, server: &mut TcpStream, command: &Command) -> Option<Vec<u8>> {
    let question = uuids::question(&command.body).filter(|_| shared.lock().checks_uuids);
    if let Some(question) = question {
        let answer = exchange(server, &question).await?;
        if let Some(refusal) = uuids::refusal(&command.body, &command.frame, &answer) {
            return Some(refusal);
        }
        return exchange(server, &uuids::without_unknown(&command.body, &command.frame)).await;
    }
    exchange(server, &command.frame).await
}

async fn exchange(server: &mut TcpStream, request: &[u8]) -> Option<Vec<u8>> {
    server.write_all(request).await.ok()?;
    read_frame(server).await
}
