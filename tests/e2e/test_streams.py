"""Streams, with a client that everybody uses: where readers begin, what they see again after kill -9, filters,
retention, and several readers at once."""
import time
import uuid

import pika
import pytest

STREAM = {"x-queue-type": "stream"}


def connect(broker):
    return pika.BlockingConnection(pika.ConnectionParameters(broker.host, broker.port))


def publish(broker, name, bodies, headers=None):
    """With confirms, in batches: all of them are on disk afterwards."""
    connection = connect(broker)
    channel = connection.channel()
    channel.confirm_delivery()
    for body in bodies:
        channel.basic_publish("", name, body, pika.BasicProperties(headers=headers))
    connection.close()


def declare(broker, name, **arguments):
    connection = connect(broker)
    connection.channel().queue_declare(name, durable=True, arguments={**STREAM, **arguments})
    connection.close()


def read(broker, name, offset="first", count=None, prefetch=100, **arguments):
    """Reads `count` messages, or what comes until half a second of silence: (offset, body) pairs."""
    connection = connect(broker)
    channel = connection.channel()
    channel.basic_qos(prefetch_count=prefetch)
    seen = []
    for method, properties, body in channel.consume(
            name, arguments={"x-stream-offset": offset, **arguments}, inactivity_timeout=0.5):
        if method is None:
            break
        assert not method.redelivered
        seen.append((properties.headers["x-stream-offset"], body))
        channel.basic_ack(method.delivery_tag)
        if len(seen) == count:
            break
    connection.close()
    return seen


@pytest.fixture
def name(broker):
    """Of a stream that is deleted in the end."""
    name = f"stream-{uuid.uuid4().hex}"
    yield name
    connection = connect(broker)
    connection.channel().queue_delete(name)
    connection.close()


def numbered(count, start=0):
    return [f"message {number}".encode() for number in range(start, start + count)]


def test_everybody_reads_everything(broker, name):
    declare(broker, name)
    bodies = numbered(300)
    publish(broker, name, bodies)
    for _ in range(2):
        assert read(broker, name) == list(enumerate(bodies))


def test_a_reader_begins_where_it_says(broker, name):
    declare(broker, name)
    bodies = numbered(20)
    publish(broker, name, bodies)
    assert read(broker, name, offset=15) == list(enumerate(bodies))[15:]
    assert read(broker, name, offset="next") == []
    assert read(broker, name, offset="last") == [(19, bodies[19])]
    assert read(broker, name, offset="1h") == list(enumerate(bodies))


@pytest.mark.own_server
def test_what_was_confirmed_is_there_after_kill_9(start_broker):
    broker = start_broker()
    declare(broker, "survivor")
    bodies = numbered(500)
    publish(broker, "survivor", bodies)
    broker.kill()
    broker.start()
    assert read(broker, "survivor") == list(enumerate(bodies))
    publish(broker, "survivor", numbered(10, start=500))
    assert [offset for offset, _ in read(broker, "survivor", offset=495)] == list(range(495, 510))


def test_a_filter_passes_over_what_is_not_wanted(broker, name):
    declare(broker, name)
    for value in ("north", "south", None, "north"):
        publish(broker, name, [str(value).encode()],
                headers={"x-stream-filter-value": value} if value else None)
    wanted = {"x-stream-filter": "north"}
    assert read(broker, name, **wanted) == [(0, b"north"), (3, b"north")]
    assert read(broker, name, **wanted, **{"x-stream-match-unfiltered": True}) == \
        [(0, b"north"), (2, b"None"), (3, b"north")]


def test_retention_removes_the_oldest_segments(broker, name):
    declare(broker, name, **{"x-max-length-bytes": 50_000, "x-stream-max-segment-size-bytes": 10_000})
    bodies = [body.ljust(1000) for body in numbered(200)]
    publish(broker, name, bodies)
    seen = [body for _, body in read(broker, name)]
    assert 30 <= len(seen) <= 60
    assert seen == bodies[-len(seen):]


def test_ten_readers_at_ten_places(broker, name):
    declare(broker, name)
    bodies = numbered(400)
    publish(broker, name, bodies)
    connection = connect(broker)
    seen = {}
    for place in range(10):
        channel = connection.channel(place + 1)
        channel.basic_qos(prefetch_count=7)
        seen[place] = []

        def take(channel, method, properties, body, place=place):
            seen[place].append((properties.headers["x-stream-offset"], body))
            channel.basic_ack(method.delivery_tag)

        channel.basic_consume(name, take, arguments={"x-stream-offset": place * 40})
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(
            len(seen[place]) < 400 - place * 40 for place in range(10)):
        connection.process_data_events(time_limit=0.1)
    for place in range(10):
        assert seen[place] == list(enumerate(bodies))[place * 40:]
    connection.close()


def test_readers_of_a_deleted_stream_are_told(broker, name):
    declare(broker, name)
    connection = connect(broker)
    channel = connection.channel()
    channel.basic_qos(prefetch_count=1)
    cancelled = []
    channel.add_on_cancel_callback(lambda frame: cancelled.append(frame))
    channel.basic_consume(name, lambda *_: None)
    other = connect(broker)
    other.channel().queue_delete(name)
    connection.process_data_events(time_limit=1)
    assert len(cancelled) == 1
    other.close()
    connection.close()
