"""pika, the Python client, through all that an application does every day."""
import threading

import pika
import pika.exceptions
import pytest

SIXTEEN_MIB = 16 * 1024 * 1024


def deliveries(channel, queue, count, timeout=10, **options):
    """The next messages of a queue, as (method, properties, body)."""
    received = []
    for delivery in channel.consume(queue, inactivity_timeout=timeout, **options):
        assert delivery[0] is not None, f"{len(received)} of {count} messages came"
        received.append(delivery)
        if len(received) == count:
            break
    return received


def test_confirmed_messages_arrive_in_order(channel, name):
    channel.queue_declare(name, durable=True)
    channel.confirm_delivery()
    for number in range(100):
        channel.basic_publish("", name, str(number), pika.BasicProperties(delivery_mode=2))
    received = deliveries(channel, name, 100)
    assert [int(body) for _, _, body in received] == list(range(100))
    channel.basic_ack(received[-1][0].delivery_tag, multiple=True)
    channel.cancel()
    assert channel.queue_delete(name).method.message_count == 0


def test_unroutable_mandatory_publish_raises(channel):
    channel.confirm_delivery()
    with pytest.raises(pika.exceptions.UnroutableError) as raised:
        channel.basic_publish("amq.direct", "nowhere", b"lost", mandatory=True)
    returned = raised.value.messages[0]
    assert (returned.method.reply_code, returned.method.reply_text) == (312, "NO_ROUTE")
    assert returned.body == b"lost"


def test_publish_to_full_queue_is_nacked(channel, name):
    channel.queue_declare(name, exclusive=True,
                          arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
    channel.confirm_delivery()
    channel.basic_publish("", name, b"fits")
    with pytest.raises(pika.exceptions.NackError):
        channel.basic_publish("", name, b"does not fit")


def test_prefetch_bounds_what_is_delivered(channel, name):
    channel.queue_declare(name, exclusive=True)
    for number in range(10):
        channel.basic_publish("", name, str(number))
    channel.basic_qos(prefetch_count=3)
    received = []
    channel.basic_consume(name, lambda _channel, method, _properties, body: received.append(
        (method.delivery_tag, body)))
    channel.connection.process_data_events(0.5)
    assert [body for _, body in received] == [b"0", b"1", b"2"]
    channel.basic_ack(received[0][0])
    channel.connection.process_data_events(0.5)
    assert [body for _, body in received] == [b"0", b"1", b"2", b"3"]


def test_nacked_message_comes_again_redelivered(channel, name):
    channel.queue_declare(name, exclusive=True)
    channel.basic_publish("", name, b"again")
    first, _, _ = channel.basic_get(name)
    assert not first.redelivered
    channel.basic_nack(first.delivery_tag, requeue=True)
    second, _, body = channel.basic_get(name)
    assert second.redelivered and body == b"again"


def test_rejected_message_is_dead_lettered_with_its_history(channel, name):
    dead = name + "-dead"
    channel.queue_declare(dead, exclusive=True)
    channel.queue_declare(name, exclusive=True, arguments={
        "x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead})
    channel.basic_publish("", name, b"bad", pika.BasicProperties(headers={"own": "kept"}))
    method, _, _ = deliveries(channel, name, 1)[0]
    channel.basic_reject(method.delivery_tag, requeue=False)
    channel.cancel()
    _, properties, body = deliveries(channel, dead, 1, auto_ack=True)[0]
    assert body == b"bad"
    assert properties.headers["own"] == "kept"
    assert properties.headers["x-first-death-queue"] == name
    death = properties.headers["x-death"][0]
    assert (death["queue"], death["reason"], death["count"]) == (name, "rejected", 1)


def test_expired_message_is_dead_lettered(channel, name):
    dead = name + "-dead"
    channel.queue_declare(dead, exclusive=True)
    channel.queue_declare(name, exclusive=True, arguments={
        "x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead})
    channel.basic_publish("", name, b"late", pika.BasicProperties(expiration="50"))
    _, properties, _ = deliveries(channel, dead, 1, auto_ack=True)[0]
    assert properties.expiration is None
    assert properties.headers["x-death"][0]["original-expiration"] == "50"


def serve_one_request(connection, queue):
    channel = connection.channel()
    method, properties, body = deliveries(channel, queue, 1)[0]
    channel.basic_publish("", properties.reply_to, body.upper(),
                          pika.BasicProperties(correlation_id=properties.correlation_id))
    channel.basic_ack(method.delivery_tag)
    channel.cancel()


def test_rpc_by_direct_reply_to(connect, channel, name):
    channel.queue_declare(name, auto_delete=True)
    server = threading.Thread(target=serve_one_request, args=(connect(), name))
    server.start()
    replies = []
    channel.basic_consume("amq.rabbitmq.reply-to", auto_ack=True, on_message_callback=lambda
                          _channel, _method, properties, body: replies.append((properties, body)))
    channel.basic_publish("", name, b"question", pika.BasicProperties(
        reply_to="amq.rabbitmq.reply-to", correlation_id="42"))
    server.join()
    channel.connection.process_data_events(1)
    assert [(p.correlation_id, body) for p, body in replies] == [("42", b"QUESTION")]


def test_consumer_is_told_when_its_queue_goes(connect, channel, name):
    channel.queue_declare(name, durable=True)
    cancelled = []
    channel.add_on_cancel_callback(cancelled.append)
    tag = channel.basic_consume(name, lambda *_: None)
    connect().channel().queue_delete(name)
    channel.connection.process_data_events(1)
    assert [frame.method.consumer_tag for frame in cancelled] == [tag]


def test_exclusive_queue_is_locked_and_goes_with_its_connection(connect, name):
    owner, other = connect(), connect()
    owner.channel().queue_declare(name, exclusive=True)
    with pytest.raises(pika.exceptions.ChannelClosedByBroker) as raised:
        other.channel().queue_declare(name, passive=True)
    assert raised.value.reply_code == 405
    owner.close()
    with pytest.raises(pika.exceptions.ChannelClosedByBroker) as raised:
        other.channel().queue_declare(name, passive=True)
    assert raised.value.reply_code == 404


def test_transaction_publishes_on_commit(channel, name):
    channel.queue_declare(name, exclusive=True)
    channel.tx_select()
    channel.basic_publish("", name, b"one")
    assert channel.basic_get(name)[0] is None
    channel.tx_commit()
    assert channel.basic_get(name)[2] == b"one"


@pytest.mark.parametrize("size", [0, 1, 131064, 131065, 4 * 1024 * 1024 + 7, SIXTEEN_MIB])
def test_body_of_any_size_passes_unchanged(channel, name, size):
    channel.queue_declare(name, exclusive=True)
    body = (bytes(range(256)) * (size // 256 + 1))[:size]
    channel.basic_publish("", name, body)
    assert channel.basic_get(name, auto_ack=True)[2] == body


def test_many_large_bodies_at_once(connect, name):
    """More than any socket buffer holds, in both directions."""
    publisher, consumer = connect().channel(), connect().channel()
    publisher.queue_declare(name, auto_delete=True)
    publisher.confirm_delivery()
    body = b"x" * (1024 * 1024)
    for _ in range(40):
        publisher.basic_publish("", name, body)
    received = deliveries(consumer, name, 40, auto_ack=True)
    assert all(len(message) == len(body) for _, _, message in received)


def test_many_channels_work_side_by_side(connect, name):
    connection = connect()
    channels = [connection.channel() for _ in range(200)]
    for number, channel in enumerate(channels):
        channel.queue_declare(f"{name}-{number}", exclusive=True)
        channel.basic_publish("", f"{name}-{number}", str(number))
    for number, channel in enumerate(channels):
        assert channel.basic_get(f"{name}-{number}")[2] == str(number).encode()


def test_channel_error_leaves_the_connection_open(connect, name):
    connection = connect()
    with pytest.raises(pika.exceptions.ChannelClosedByBroker) as raised:
        connection.channel().queue_declare(name, passive=True)
    assert raised.value.reply_text == f"NOT_FOUND - no queue '{name}' in vhost '/'"
    connection.channel().queue_declare(name, exclusive=True)


@pytest.mark.parametrize("options", [
    {"credentials": pika.PlainCredentials("guest", "wrong")},
    {"credentials": pika.PlainCredentials("nobody", "guest")},
])
def test_wrong_login_is_refused(connect, options):
    with pytest.raises(pika.exceptions.ProbableAuthenticationError):
        connect(**options)


def test_unknown_vhost_is_refused(connect, name):
    with pytest.raises(pika.exceptions.ProbableAccessDeniedError) as raised:
        connect(virtual_host=name)
    assert f"(530) 'NOT_ALLOWED - vhost {name} not found'" in str(raised.value)


def test_small_frames_are_respected(connect, name):
    channel = connect(frame_max=8192).channel()
    channel.queue_declare(name, exclusive=True)
    channel.basic_publish("", name, b"y" * 100_000)
    assert channel.basic_get(name)[2] == b"y" * 100_000


def test_heartbeats_keep_an_idle_connection(connect, name):
    connection = connect(heartbeat=1)
    connection.process_data_events(4)
    connection.channel().queue_declare(name, exclusive=True)


def test_consumers_share_the_work(connect, name):
    """Two consumers with a prefetch of one get everything between them, once."""
    publisher = connect().channel()
    publisher.queue_declare(name, durable=True)
    publisher.confirm_delivery()
    bodies = {}

    def work(worker, connection):
        channel = connection.channel()
        channel.basic_qos(prefetch_count=1)
        for method, _, body in channel.consume(name, inactivity_timeout=2):
            if method is None:
                break
            bodies[body] = worker
            channel.basic_ack(method.delivery_tag)
        channel.cancel()

    workers = [threading.Thread(target=work, args=(number, connect())) for number in range(2)]
    for worker in workers:
        worker.start()
    for number in range(200):
        publisher.basic_publish("", name, str(number))
    for worker in workers:
        worker.join()
    assert sorted(int(body) for body in bodies) == list(range(200))
    assert set(bodies.values()) == {0, 1}
    publisher.queue_delete(name)
