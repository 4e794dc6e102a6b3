"""Slow sockets and alarms: who is held back, and that it goes on by itself."""
import time

import raw

MIB = 1 << 20


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


def test_the_memory_alarm_blocks_publishers_and_nobody_else(start_broker):
    """connection.blocked with the reason; consumers go on; all returns by itself once memory is back."""
    node = start_broker("vm_memory_high_watermark.absolute = 150MiB\n")
    publisher = raw.open_connection(node)
    raw.call(publisher, "queue.declare", queue=b"q")
    message = raw.message(b"q", b"x" * 100_000)
    while node.resident_bytes() < 160 * MIB:
        publisher.send(message * 10)
    blocked = raw.expect(publisher, 0, "connection.blocked", timeout=10)
    assert blocked.values["reason"] == b"low on memory"
    consumer = raw.open_connection(node)
    raw.call(consumer, "queue.purge", queue=b"q", timeout=10)
    raw.expect(publisher, 0, "connection.unblocked", timeout=20)
    raw.call(publisher, "queue.declare", queue=b"q")
