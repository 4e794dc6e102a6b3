"""Whatever arrives on the port: an AMQP error or a closed connection, and everybody else goes on."""
import random
import socket
import time

import pytest
from runner import codec
from runner.peer import Closed, Peer

import raw

PIECE_SECONDS = 0.002


@pytest.fixture(autouse=True)
def bystander(broker):
    """A client that is there all the time must not notice anything."""
    peer = raw.open_connection(broker)
    yield
    raw.call(peer, "queue.declare", exclusive=True)
    peer.drop()
    broker.check_alive()


def session(name):
    """Every kind of frame: a handshake, a declaration, a message, and an orderly end."""
    return b"".join([
        raw.opening(),
        raw.frame("channel.open"),
        raw.frame("queue.declare", queue=name.encode(), auto_delete=True,
                  arguments={b"x-max-length": codec.Field("I", 5)}),
        raw.frame("confirm.select"),
        raw.message(name.encode(), b"hello", properties={
            "content_type": b"text/plain", "headers": {b"a": codec.Field("A", [
                codec.Field("S", b"x"), codec.Field("t", True)])}}),
        codec.encode_frame(codec.FRAME_HEARTBEAT, 0, b""),
        raw.frame("queue.delete", queue=name.encode()),
        raw.frame("channel.close", code=200, text=b"bye"),
        raw.frame("connection.close", 0, code=200, text=b"bye"),
    ])


def send_and_vanish(broker, data):
    """Sends all of it, reads nothing, resets the connection."""
    with raw.tcp(broker) as client:
        try:
            client.sendall(data)
        except OSError:
            pass  # the broker had enough already


def test_random_bytes_end_the_connection(broker):
    """Noise instead of a header, after the header, and after a whole handshake."""
    starts = [b"", codec.PROTOCOL_HEADER, raw.opening() + raw.frame("channel.open")]
    clients = [raw.tcp(broker) for _ in range(120)]
    for seed, client in enumerate(clients):
        noise = random.Random(seed).randbytes(5000)
        try:
            client.sendall(starts[seed % len(starts)] + noise)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the broker had enough already
    for client in clients:
        wait_for_end(client)


def wait_for_end(client):
    """Reads until the broker has closed the connection; fails when it does not within ten seconds."""
    client.settimeout(10)
    try:
        while client.recv(65536):
            pass
    except ConnectionError:
        pass  # closed with our bytes unread
    client.close()


def test_session_cut_at_every_byte(broker, name):
    data = session(name)
    for end in range(len(data)):
        send_and_vanish(broker, data[:end])


def test_session_with_every_byte_changed(broker, name):
    data = session(name)
    random_source = random.Random(1)
    for index in range(len(data)):
        changed = bytearray(data)
        changed[index] ^= random_source.randint(1, 255)
        send_and_vanish(broker, bytes(changed))


def test_session_split_at_every_byte_works(broker, name):
    data = session(name)
    for middle in range(1, len(data)):
        peer = Peer(broker.host, broker.port)
        peer.send(data[:middle])
        time.sleep(PIECE_SECONDS)
        peer.send(data[middle:])
        for expected in ("connection.start", "connection.tune", "connection.open-ok"):
            raw.expect(peer, 0, expected)
        raw.expect(peer, 1, "channel.open-ok")
        raw.expect(peer, 1, "queue.declare-ok")
        raw.expect(peer, 0, "connection.close-ok")
        peer.drop()


def test_session_byte_by_byte_works(broker, name):
    peer = Peer(broker.host, broker.port)
    for byte in session(name):
        peer.send(bytes([byte]))
    for expected in ("connection.start", "connection.tune", "connection.open-ok",
                     "connection.close-ok"):
        raw.expect(peer, 0, expected)
    peer.drop()


def nested(depth):
    """A table in a table in a table."""
    field = codec.Field("t", True)
    for _ in range(depth):
        field = codec.Field("F", {b"t": field})
    return {b"t": field}


def encode_nested(depth):
    """The bytes of the same, without recursion on our side."""
    data = b"\x01tt\x01"
    for _ in range(depth):
        data = b"\x01tF" + len(data).to_bytes(4, "big") + data
    return len(data).to_bytes(4, "big") + data


@pytest.mark.own_server
def test_table_nested_a_thousand_deep_in_arguments_is_a_syntax_error(broker):
    peer = raw.open_connection(broker)
    declare = b"\x00\x32\x00\x0a\x00\x00\x00\x02" + encode_nested(1000)
    peer.send(codec.encode_frame(codec.FRAME_METHOD, 1, declare))
    assert raw.last_words(peer)["code"] in (501, 502)


@pytest.mark.own_server
def test_table_nested_a_thousand_deep_in_headers_is_a_syntax_error(broker):
    peer = raw.open_connection(broker)
    header = b"\x00\x3c\x00\x00" + (0).to_bytes(8, "big") + b"\x20\x00" + encode_nested(1000)
    peer.send(raw.frame("basic.publish", routing_key=b"nowhere"))
    peer.send(codec.encode_frame(codec.FRAME_HEADER, 1, header))
    assert raw.last_words(peer)["code"] in (501, 502)


@pytest.mark.own_server
def test_table_nested_a_thousand_deep_in_client_properties_ends_the_connection(broker):
    peer = Peer(broker.host, broker.port)
    tail = b"\x05PLAIN" + (12).to_bytes(4, "big") + b"\0guest\0guest" + b"\x05en_US"
    payload = b"\x00\x0a\x00\x0b" + encode_nested(1000) + tail
    peer.send(codec.PROTOCOL_HEADER + codec.encode_frame(codec.FRAME_METHOD, 0, payload))
    raw.expect(peer, 0, "connection.start")
    assert peer.wait_closed(10) or raw.last_words(peer)


def test_moderately_nested_table_is_fine(broker, name):
    peer = raw.open_connection(broker)
    raw.call(peer, "queue.declare", queue=name.encode(), exclusive=True)
    peer.send(raw.message(name.encode(), b"x", properties={"headers": nested(30)}))
    peer.send(raw.frame("basic.get", queue=name.encode(), no_ack=True))
    assert raw.expect(peer, 1, "basic.get-ok").properties["headers"] == nested(30)


def test_frame_over_the_limit_is_refused_by_its_header(broker):
    peer = raw.open_connection(broker)
    peer.send(b"\x03\x00\x01\xff\xff\xff\xff" + b"x" * 1000)
    words = raw.last_words(peer)
    assert words["code"] == 501 and "frame_too_large" in words["text"].decode()


@pytest.mark.own_server
def test_huge_announced_sizes_take_no_memory(broker):
    """Headers that promise gigabytes on many connections."""
    before = broker.resident_bytes()
    peers = [raw.open_connection(broker) for _ in range(50)]
    for peer in peers:
        peer.send(raw.frame("basic.publish", routing_key=b"nowhere"))
        header = codec.encode_content_header(60, 0, 16 * 1024 * 1024, {})
        peer.send(codec.encode_frame(codec.FRAME_HEADER, 1, header))
    time.sleep(0.5)
    assert broker.resident_bytes() - before < 50 * 1024 * 1024
    for peer in peers:
        peer.drop()


def test_frames_after_close_are_ignored(broker):
    peer = raw.open_connection(broker)
    peer.send(b"\x07")  # an unknown frame type
    peer.send(b"\x00" * 100_000)
    words = raw.last_words(peer)
    assert words is None or words["code"] == 501


@pytest.mark.own_server
def test_unfinished_handshakes_are_ended(start_broker):
    """Slow clients, one byte at a time, do not hold a connection longer than handshake_timeout."""
    broker = start_broker("handshake_timeout = 1000\n")
    data = raw.opening()
    clients = [raw.tcp(broker) for _ in range(100)]
    started = time.monotonic()
    for position in range(60):
        for client in clients:
            try:
                client.sendall(data[position:position + 1])
            except OSError:
                pass
        time.sleep(0.03)
    for client in clients:
        wait_for_end(client)
    assert time.monotonic() - started < 10
    broker.check_alive()


def test_client_that_never_reads_disturbs_nobody(broker, name):
    """A consumer without prefetch that leaves its socket full: publishing and consuming go on elsewhere."""
    queue = name.encode()
    deaf = raw.open_connection(broker)
    raw.call(deaf, "queue.declare", queue=queue, auto_delete=True)
    raw.call(deaf, "basic.consume", queue=queue, consumer_tag=b"deaf", no_ack=True)
    publisher = raw.open_connection(broker)
    raw.call(publisher, "confirm.select")
    body = b"x" * 100_000
    for number in range(1, 401):
        publisher.send(raw.message(queue, body))
        if number % 50 == 0:
            while raw.expect(publisher, 1, "basic.ack", 30).values["delivery_tag"] < number:
                pass
    deaf.drop()
    publisher.drop()


@pytest.mark.own_server
def test_client_that_never_reads_costs_bounded_memory(broker, name):
    """What it does not take stays in the queue, once: no second copy in its output beyond a bound."""
    queue = name.encode()
    publisher = raw.open_connection(broker)
    raw.call(publisher, "queue.declare", queue=queue)
    raw.call(publisher, "confirm.select")
    count, body = 600, b"x" * 100_000
    for _ in range(count):
        publisher.send(raw.message(queue, body))
    while raw.expect(publisher, 1, "basic.ack", 30).values["delivery_tag"] < count:
        pass
    before = broker.resident_bytes()
    deaf = [raw.open_connection(broker) for _ in range(5)]
    for peer in deaf:
        raw.call(peer, "basic.consume", queue=queue, consumer_tag=b"deaf")
    time.sleep(1)
    growth = broker.resident_bytes() - before
    for peer in deaf:
        peer.drop()
    raw.call(publisher, "queue.delete", queue=queue)
    assert growth < 40 * 1024 * 1024, f"{growth} bytes"


def wait_for_counts(peer, queue, ready, consumers=0):
    deadline = time.monotonic() + 10
    while True:
        counts = raw.call(peer, "queue.declare", queue=queue).values
        if (counts["message_count"], counts["consumer_count"]) == (ready, consumers):
            return
        assert time.monotonic() < deadline, counts
        time.sleep(0.02)


def test_publisher_that_stops_within_a_message_loses_only_that(broker, name):
    queue = name.encode()
    owner = raw.open_connection(broker)
    raw.call(owner, "queue.declare", queue=queue)
    half = raw.open_connection(broker)
    half.send(raw.message(queue, b"whole") + raw.message(queue, b"cut in half")[:-9])
    wait_for_counts(owner, queue, ready=1)
    half.drop()
    time.sleep(0.1)
    assert raw.call(owner, "queue.delete", queue=queue).values["message_count"] == 1


def test_connection_reset_while_delivering(broker, name):
    """Clients that vanish with unread deliveries give back what they held."""
    queue = name.encode()
    owner = raw.open_connection(broker)
    raw.call(owner, "queue.declare", queue=queue)
    for _ in range(500):
        owner.send(raw.message(queue, b"m" * 1000))
    for _ in range(20):
        peer = raw.open_connection(broker)
        raw.call(peer, "basic.consume", queue=queue)
        peer.drop()
    wait_for_counts(owner, queue, ready=500)
    raw.call(owner, "queue.delete", queue=queue)


def test_closed_peer_raises_for_the_reader(broker):
    """The helper of these tests itself: an ended connection is seen as such."""
    peer = Peer(broker.host, broker.port)
    peer.send(b"AMQP\x00\x00\x09\x07")
    assert peer.read_raw(8, 5) == codec.PROTOCOL_HEADER
    with pytest.raises(Closed):
        peer.read_raw(1, 5)
