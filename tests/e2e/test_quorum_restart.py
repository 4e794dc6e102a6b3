"""Quorum queues and the death of their server: what was confirmed, what was counted, what was on its way."""
import time

import pika
import pytest

pytestmark = pytest.mark.own_server

QUORUM = {"x-queue-type": "quorum"}


def connect(node):
    return pika.BlockingConnection(pika.ConnectionParameters(node.host, node.port))


def confirming_channel(connection):
    channel = connection.channel()
    channel.confirm_delivery()
    return channel


def declare(channel, queue, **arguments):
    channel.queue_declare(queue, durable=True, arguments={
        **QUORUM, **{f"x-{key.replace('_', '-')}": value for key, value in arguments.items()}})


def get_one(channel, queue, seconds=10):
    """The next message, which may still be on its way to the queue."""
    deadline = time.monotonic() + seconds
    while True:
        method, properties, body = channel.basic_get(queue)
        if method is not None:
            return method, properties.headers or {}, body
        assert time.monotonic() < deadline, f"nothing comes to {queue}"
        time.sleep(0.01)


def kill_and_restart(node):
    node.process.kill()
    node.process.wait()
    node.start()
    return connect(node)


def test_confirmed_messages_of_any_delivery_mode_survive_a_kill_in_order(start_broker):
    node = start_broker()
    channel = confirming_channel(connect(node))
    declare(channel, "q")
    for number in range(200):
        mode = 1 if number % 2 else 2
        channel.basic_publish("", "q", b"%d" % number, pika.BasicProperties(delivery_mode=mode))
    connection = kill_and_restart(node)
    channel = connection.channel()
    for number in range(200):
        method, _, body = get_one(channel, "q")
        assert body == b"%d" % number
        channel.basic_ack(method.delivery_tag)
    # What was written before something that is confirmed is safe as well.
    channel.confirm_delivery()
    channel.basic_publish("", "q", b"barrier")
    connection = kill_and_restart(node)
    channel = connection.channel()
    assert get_one(channel, "q")[2] == b"barrier"
    assert channel.basic_get("q")[0] is None
    connection.close()


def test_counts_of_deliveries_survive_a_kill(start_broker):
    node = start_broker()
    connection = connect(node)
    channel = confirming_channel(connection)
    declare(channel, "q", delivery_limit=3)
    channel.basic_publish("", "q", b"poison")
    for failures in range(4):
        method, headers, _ = get_one(channel, "q")
        assert headers.get("x-delivery-count", 0) == failures
        assert headers.get("x-acquired-count", 0) >= failures
        channel.basic_reject(method.delivery_tag, requeue=True)
        if failures == 3:
            break
        # Answered after the return: so it is in the log by then, and safe with the next confirm.
        channel.basic_publish("", "q", b"barrier")
        barrier, _, _ = get_one_named(channel, "q", b"barrier")
        channel.basic_ack(barrier.delivery_tag)
        channel.close()
        connection = kill_and_restart(node)
        channel = confirming_channel(connection)
        drop_named(channel, "q", b"barrier")
    assert channel.basic_get("q")[0] is None, "the fourth failure was one too many"
    connection.close()


def get_one_named(channel, queue, wanted):
    """Takes messages until the wanted one comes; gives the others back."""
    others = []
    while True:
        method, headers, body = get_one(channel, queue)
        if body == wanted:
            break
        others.append(method.delivery_tag)
    for tag in others:
        channel.basic_nack(tag, requeue=True)
    return method, headers, body


def drop_named(channel, queue, unwanted):
    """An acknowledgement just before a kill may be forgotten."""
    kept = []
    while (got := channel.basic_get(queue))[0] is not None:
        if got[2] == unwanted:
            channel.basic_ack(got[0].delivery_tag)
        else:
            kept.append(got[0].delivery_tag)
    for tag in kept:
        channel.basic_nack(tag, requeue=True)


def test_dead_letters_wait_for_a_target_and_are_not_lost_by_a_kill(start_broker):
    node = start_broker()
    connection = connect(node)
    channel = confirming_channel(connection)
    declare(channel, "source", dead_letter_exchange="late", dead_letter_strategy="at-least-once",
            overflow="reject-publish")
    for number in range(20):
        channel.basic_publish("", "source", b"%d" % number)
    for _ in range(20):
        method, _, _ = get_one(channel, "source")
        channel.basic_reject(method.delivery_tag, requeue=False)
    channel.basic_publish("", "source", b"barrier")
    connection = kill_and_restart(node)
    channel = connection.channel()
    channel.exchange_declare("late", "fanout", durable=True)
    declare(channel, "letters")
    channel.queue_bind("letters", "late")
    bodies = set()
    deadline = time.monotonic() + 60
    while len(bodies) < 20:
        method, _, body = channel.basic_get("letters", auto_ack=True)
        if method is not None:
            bodies.add(body)
        elif time.monotonic() > deadline:
            break
        else:
            # What the kill has undone is rejected once more.
            again = channel.basic_get("source")
            if again[0] is not None and again[2] != b"barrier":
                channel.basic_reject(again[0].delivery_tag, requeue=False)
            time.sleep(0.05)
    assert bodies == {b"%d" % number for number in range(20)}
    connection.close()


def test_a_delayed_retry_is_neither_lost_nor_early_after_a_kill(start_broker):
    node = start_broker()
    connection = connect(node)
    channel = confirming_channel(connection)
    declare(channel, "q", delayed_retry_type="all", delayed_retry_min=3000)
    channel.basic_publish("", "q", b"later")
    method, _, _ = get_one(channel, "q")
    returned = time.time()
    channel.basic_reject(method.delivery_tag, requeue=True)
    channel.basic_publish("", "q", b"barrier")
    barrier, _, body = get_one(channel, "q")
    assert body == b"barrier", "the other one waits"
    channel.basic_ack(barrier.delivery_tag)
    channel.basic_publish("", "q", b"second barrier")
    connection = kill_and_restart(node)
    channel = connection.channel()
    while True:
        method, headers, body = get_one(channel, "q")
        if body == b"later":
            break
    assert time.time() - returned >= 3
    assert headers["x-delivery-count"] == 1
    connection.close()
