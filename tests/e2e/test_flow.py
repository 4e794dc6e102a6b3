"""Slow sockets: who is held back, and that it goes on by itself."""
import time

import raw


def test_a_consumer_that_stopped_reading_gets_the_rest(broker, name, connect):
    """Deliveries beyond the window and the output's bound wait in the queue, and come once the client reads again."""
    publisher = connect().channel()
    publisher.confirm_delivery()
    publisher.queue_declare(name)
    peer = raw.open_connection(broker)
    raw.call(peer, "basic.consume", queue=name.encode(), consumer_tag=b"slow", no_ack=True)
    body, count = b"x" * 100_000, 300  # far more than sockets and windows hold
    for _ in range(count):
        publisher.basic_publish("", name, body)
    time.sleep(0.3)  # the client does not read
    received = 0
    while received < count:
        raw.expect(peer, 1, "basic.deliver", timeout=10)
        received += 1
    peer.drop()
    publisher.queue_delete(name)


def test_many_small_messages_reach_a_consumer_that_pauses(broker, name, connect):
    """The same with messages that fit by thousands into one write."""
    publisher = connect().channel()
    publisher.queue_declare(name)
    peer = raw.open_connection(broker)
    raw.call(peer, "basic.consume", queue=name.encode(), consumer_tag=b"slow", no_ack=True)
    count = 30_000
    for _ in range(count):
        publisher.basic_publish("", name, b"small")
    for _ in range(count):
        raw.expect(peer, 1, "basic.deliver", timeout=10)
    peer.drop()
    publisher.queue_delete(name)
