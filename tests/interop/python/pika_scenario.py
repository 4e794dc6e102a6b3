"""pika, blocking adapter: confirms, returns, prefetch, nack, dead-lettering, RPC by direct reply-to."""
import threading

import pika
from pika.exceptions import ChannelClosedByBroker, UnroutableError

from steps import check_death, expect, parse_port, step

DIRECT_REPLY_TO = "amq.rabbitmq.reply-to"


def connect(port):
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port))


def confirms(connection):
    channel = connection.channel()
    channel.confirm_delivery()
    queue = channel.queue_declare("", exclusive=True).method.queue
    for number in range(200):
        channel.basic_publish("", queue, str(number).encode(), pika.BasicProperties(delivery_mode=2))
    expect(channel.queue_declare(queue, passive=True).method.message_count, 200, "messages")
    bodies = [channel.basic_get(queue, auto_ack=True)[2] for _ in range(200)]
    expect(bodies, [str(number).encode() for number in range(200)], "bodies in order")
    channel.close()


def properties_survive(connection):
    channel = connection.channel()
    queue = channel.queue_declare("", exclusive=True).method.queue
    sent = pika.BasicProperties(
        content_type="text/plain", content_encoding="utf-8", headers={"n": 7, "s": "text", "list": [1, "two"], "t": {"k": True}},
        delivery_mode=1, priority=3, correlation_id="c", reply_to="r", expiration="60000", message_id="m", timestamp=1234567890,
        type="t", app_id="a")
    channel.basic_publish("", queue, b"\x00\xff" * 100_000, sent)
    _, received, body = channel.basic_get(queue, auto_ack=True)
    expect(body, b"\x00\xff" * 100_000, "body")
    expect(vars(received), vars(sent), "properties")
    channel.close()


def returns(connection):
    channel = connection.channel()
    channel.confirm_delivery()
    try:
        channel.basic_publish("", "interop-no-such-queue", b"lost", mandatory=True)
    except UnroutableError as error:
        method = error.messages[0].method
        expect((method.reply_code, method.reply_text), (312, "NO_ROUTE"), "return")
        expect(error.messages[0].body, b"lost", "returned body")
    else:
        raise AssertionError("an unroutable mandatory message was not returned")
    channel.close()


def prefetch(connection):
    channel = connection.channel()
    queue = channel.queue_declare("", exclusive=True).method.queue
    for number in range(20):
        channel.basic_publish("", queue, str(number).encode())
    channel.basic_qos(prefetch_count=5)
    tags = []
    channel.basic_consume(queue, lambda _ch, method, _props, _body: tags.append(method.delivery_tag))
    connection.process_data_events(time_limit=1)
    expect(len(tags), 5, "unacknowledged messages")
    channel.basic_ack(tags[2], multiple=True)
    connection.process_data_events(time_limit=1)
    expect(len(tags), 8, "after three were acknowledged")
    channel.close()


def nack_and_dead_letter(connection):
    channel = connection.channel()
    dead = channel.queue_declare("", exclusive=True).method.queue
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead}
    work = channel.queue_declare("", exclusive=True, arguments=arguments).method.queue
    channel.basic_publish("", work, b"job")
    first, _, _ = channel.basic_get(work)
    expect(first.redelivered, False, "redelivered at first")
    channel.basic_nack(first.delivery_tag, requeue=True)
    second, _, body = channel.basic_get(work)
    expect((second.redelivered, body), (True, b"job"), "redelivered after requeue")
    channel.basic_nack(second.delivery_tag, requeue=False)
    for _ in range(50):
        method, properties, body = channel.basic_get(dead, auto_ack=True)
        if method:
            break
        connection.process_data_events(time_limit=0.05)
    expect(body, b"job", "dead-lettered body")
    check_death(properties.headers, work, "rejected")
    channel.close()


def serve_rpc(port, ready):
    connection = connect(port)
    channel = connection.channel()
    channel.queue_declare("interop-pika-rpc", auto_delete=True, exclusive=True)

    def answer(ch, method, properties, body):
        ch.basic_publish("", properties.reply_to, body.upper(), pika.BasicProperties(correlation_id=properties.correlation_id))
        ch.basic_ack(method.delivery_tag)
        if body == b"stop":
            ch.stop_consuming()

    channel.basic_consume("interop-pika-rpc", answer)
    ready.set()
    channel.start_consuming()
    connection.close()


def rpc(connection, port):
    ready = threading.Event()
    server = threading.Thread(target=serve_rpc, args=(port, ready))
    server.start()
    ready.wait(10)
    channel = connection.channel()
    replies = []
    channel.basic_consume(DIRECT_REPLY_TO, lambda _ch, _m, properties, body: replies.append((properties.correlation_id, body)),
                          auto_ack=True)
    for number, request in enumerate([b"one", b"two", b"stop"]):
        properties = pika.BasicProperties(reply_to=DIRECT_REPLY_TO, correlation_id=str(number))
        channel.basic_publish("", "interop-pika-rpc", request, properties)
    for _ in range(100):
        if len(replies) == 3:
            break
        connection.process_data_events(time_limit=0.1)
    server.join(10)
    expect(replies, [("0", b"ONE"), ("1", b"TWO"), ("2", b"STOP")], "replies")
    channel.close()


def errors(connection):
    channel = connection.channel()
    try:
        channel.queue_declare("interop-no-such-queue", passive=True)
    except ChannelClosedByBroker as error:
        expect((error.reply_code, error.reply_text),
               (404, "NOT_FOUND - no queue 'interop-no-such-queue' in vhost '/'"), "refusal")
    else:
        raise AssertionError("a passive declare of nothing succeeded")


def main():
    port = parse_port()
    with step("connect"):
        connection = connect(port)
    for scenario in (confirms, properties_survive, returns, prefetch, nack_and_dead_letter, errors):
        with step(scenario.__name__):
            scenario(connection)
    with step("rpc by direct reply-to"):
        rpc(connection, port)
    with step("close"):
        connection.close()


main()
