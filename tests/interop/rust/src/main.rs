//! lapin: confirms, returns, prefetch, nack, dead-lettering, RPC by direct reply-to.
use std::fmt::Debug;
use std::future::Future;
use std::time::{Duration, Instant};

use futures_lite::StreamExt;
use lapin::message::{BasicGetMessage, Delivery};
use lapin::options::*;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer, ErrorKind};
use tokio::time::{sleep, timeout};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const DIRECT_REPLY_TO: &str = "amq.rabbitmq.reply-to";

async fn step(name: &str, work: impl Future<Output = Outcome>) {
    let start = Instant::now();
    if let Err(error) = work.await {
        println!("    FAIL {name}: {error}");
        std::process::exit(1);
    }
    println!("    ok   {name} ({:.2} s)", start.elapsed().as_secs_f64());
}

fn expect<T: PartialEq + Debug>(actual: T, wanted: T, what: &str) -> Outcome {
    if actual == wanted {
        return Ok(());
    }
    Err(format!("{what}: {actual:?} where {wanted:?} was expected").into())
}

async fn exclusive_queue(channel: &Channel, arguments: FieldTable) -> Outcome<ShortString> {
    let options = QueueDeclareOptions { exclusive: true, ..Default::default() };
    Ok(channel.queue_declare("".into(), options, arguments).await?.name().clone())
}

async fn publish(channel: &Channel, queue: &ShortString, body: &str, properties: BasicProperties) -> Outcome {
    let sent = channel.basic_publish("".into(), queue.clone(), BasicPublishOptions::default(), body.as_bytes(), properties);
    sent.await?.await?;
    Ok(())
}

async fn get_soon(channel: &Channel, queue: &ShortString) -> Outcome<Delivery> {
    for _ in 0..100 {
        if let Some(BasicGetMessage { delivery, .. }) = channel.basic_get(queue.clone(), BasicGetOptions::default()).await? {
            return Ok(delivery);
        }
        sleep(Duration::from_millis(20)).await;
    }
    Err(format!("nothing came into {queue}").into())
}

/// What comes until nothing has come for half a second.
async fn take_all(consumer: &mut Consumer) -> Outcome<Vec<Delivery>> {
    let mut taken = Vec::new();
    while let Ok(Some(delivery)) = timeout(Duration::from_millis(500), consumer.next()).await {
        taken.push(delivery?);
    }
    Ok(taken)
}

async fn confirms(channel: Channel) -> Outcome {
    let queue = exclusive_queue(&channel, FieldTable::default()).await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let mut pending = Vec::new();
    for number in 0..500 {
        let body = number.to_string();
        let persistent = BasicProperties::default().with_delivery_mode(2);
        let options = BasicPublishOptions::default();
        pending.push(channel.basic_publish("".into(), queue.clone(), options, body.as_bytes(), persistent).await?);
    }
    for confirm in pending {
        expect(confirm.await?.is_ack(), true, "confirm")?;
    }
    for number in 0..500 {
        let delivery = get_soon(&channel, &queue).await?;
        expect(String::from_utf8(delivery.data.clone())?, number.to_string(), "body in order")?;
        delivery.ack(BasicAckOptions::default()).await?;
    }
    Ok(())
}

async fn returns(channel: Channel) -> Outcome {
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let options = BasicPublishOptions { mandatory: true, ..Default::default() };
    let confirm = channel.basic_publish("".into(), "interop-no-such-queue".into(), options, b"lost", BasicProperties::default());
    let returned = confirm.await?.await?.take_message().ok_or("an unroutable mandatory message was not returned")?;
    expect(returned.reply_code, 312, "reply code")?;
    expect(returned.reply_text.as_str(), "NO_ROUTE", "reply text")?;
    expect(returned.delivery.data.as_slice(), b"lost".as_slice(), "body")
}

async fn prefetch(channel: Channel) -> Outcome {
    let queue = exclusive_queue(&channel, FieldTable::default()).await?;
    for number in 0..20 {
        publish(&channel, &queue, &number.to_string(), BasicProperties::default()).await?;
    }
    channel.basic_qos(5, BasicQosOptions::default()).await?;
    let consuming = channel.basic_consume(queue, "".into(), BasicConsumeOptions::default(), FieldTable::default());
    let mut consumer = consuming.await?;
    let held = take_all(&mut consumer).await?;
    expect(held.len(), 5, "unacknowledged messages")?;
    held[2].ack(BasicAckOptions { multiple: true }).await?;
    expect(take_all(&mut consumer).await?.len(), 3, "after three were acknowledged")
}

fn check_death(delivery: &Delivery, queue: &ShortString) -> Outcome {
    let headers = delivery.properties.headers().as_ref().ok_or("no headers")?;
    let deaths = headers.inner().get("x-death").and_then(AMQPValue::as_array).ok_or("no x-death")?;
    let Some(AMQPValue::FieldTable(death)) = deaths.as_slice().first() else {
        return Err(format!("x-death: {deaths:?}").into());
    };
    let field = |name: &str| death.inner().get(name).cloned();
    expect(field("queue"), Some(AMQPValue::LongString(queue.as_str().into())), "queue of death")?;
    expect(field("reason"), Some(AMQPValue::LongString("rejected".into())), "reason of death")?;
    expect(field("count"), Some(AMQPValue::LongLongInt(1)), "count of deaths")
}

async fn nack_and_dead_letter(channel: Channel) -> Outcome {
    let dead = exclusive_queue(&channel, FieldTable::default()).await?;
    let mut arguments = FieldTable::default();
    arguments.insert("x-dead-letter-exchange".into(), AMQPValue::LongString("".into()));
    arguments.insert("x-dead-letter-routing-key".into(), AMQPValue::LongString(dead.as_str().into()));
    let work = exclusive_queue(&channel, arguments).await?;
    publish(&channel, &work, "job", BasicProperties::default()).await?;
    let first = get_soon(&channel, &work).await?;
    expect(first.redelivered, false, "redelivered at first")?;
    first.nack(BasicNackOptions { requeue: true, ..Default::default() }).await?;
    let second = get_soon(&channel, &work).await?;
    expect(second.redelivered, true, "redelivered after requeue")?;
    second.nack(BasicNackOptions { requeue: false, ..Default::default() }).await?;
    let message = get_soon(&channel, &dead).await?;
    check_death(&message, &work)?;
    message.ack(BasicAckOptions::default()).await?;
    Ok(())
}

async fn serve_upper_case(channel: Channel, queue: ShortString) -> Outcome {
    let consuming = channel.basic_consume(queue, "".into(), BasicConsumeOptions::default(), FieldTable::default());
    let mut requests = consuming.await?;
    for _ in 0..3 {
        let request = requests.next().await.ok_or("the server's consumer ended")??;
        let reply_to = request.properties.reply_to().clone().ok_or("no reply-to")?;
        let id = request.properties.correlation_id().clone().ok_or("no correlation id")?;
        let body = String::from_utf8(request.data.clone())?.to_uppercase();
        publish(&channel, &reply_to, &body, BasicProperties::default().with_correlation_id(id)).await?;
        request.ack(BasicAckOptions::default()).await?;
    }
    Ok(())
}

async fn call_three_times(channel: Channel, queue: ShortString) -> Outcome {
    let no_ack = BasicConsumeOptions { no_ack: true, ..Default::default() };
    let mut replies = channel.basic_consume(DIRECT_REPLY_TO.into(), "".into(), no_ack, FieldTable::default()).await?;
    for number in 0..3 {
        let properties = BasicProperties::default().with_reply_to(DIRECT_REPLY_TO.into());
        publish(&channel, &queue, "ping", properties.with_correlation_id(number.to_string().into())).await?;
    }
    for number in 0..3 {
        let reply = timeout(Duration::from_secs(10), replies.next()).await?.ok_or("the reply consumer ended")??;
        let id = reply.properties.correlation_id().as_ref().map(|id| id.as_str().to_string());
        expect(id, Some(number.to_string()), "correlation id")?;
        expect(reply.data.as_slice(), b"PING".as_slice(), "reply")?;
    }
    Ok(())
}

async fn rpc(client: Channel, server_connection: Connection) -> Outcome {
    let server = server_connection.create_channel().await?;
    let queue = exclusive_queue(&server, FieldTable::default()).await?;
    let (served, called) = futures_lite::future::zip(serve_upper_case(server, queue.clone()), call_three_times(client, queue)).await;
    served?;
    called?;
    server_connection.close(200, "".into()).await?;
    Ok(())
}

async fn refusals(channel: Channel) -> Outcome {
    let passive = QueueDeclareOptions { passive: true, ..Default::default() };
    let Err(error) = channel.queue_declare("interop-no-such-queue".into(), passive, FieldTable::default()).await else {
        return Err("a passive declare of nothing succeeded".into());
    };
    let ErrorKind::ProtocolError(refusal) = error.kind() else {
        return Err(format!("another error: {error}").into());
    };
    expect(refusal.get_id(), 404, "code")?;
    expect(refusal.get_message().as_str(), "NOT_FOUND - no queue 'interop-no-such-queue' in vhost '/'", "text")
}

async fn connect(uri: &str) -> Outcome<Connection> {
    Ok(Connection::connect(uri, ConnectionProperties::default()).await?)
}

#[tokio::main]
async fn main() -> Outcome {
    let port = std::env::args().skip_while(|word| word != "--port").nth(1).ok_or("usage: --port PORT")?;
    let uri = format!("amqp://guest:guest@127.0.0.1:{port}/%2f");
    let connection = connect(&uri).await?;
    step("connect", async { Ok(()) }).await;
    step("confirms", confirms(connection.create_channel().await?)).await;
    step("returns", returns(connection.create_channel().await?)).await;
    step("prefetch", prefetch(connection.create_channel().await?)).await;
    step("nack and dead-lettering", nack_and_dead_letter(connection.create_channel().await?)).await;
    step("refusals", refusals(connection.create_channel().await?)).await;
    step("rpc by direct reply-to", rpc(connection.create_channel().await?, connect(&uri).await?)).await;
    step("close", async { Ok(connection.close(200, "".into()).await?) }).await;
    Ok(())
}
