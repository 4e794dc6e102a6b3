"""Large numbers of everything, with a bound on time and on the memory of the server."""
import resource
import selectors
import time

import pytest
from runner.peer import Peer

import raw
from broker import MIB

pytestmark = [pytest.mark.own_server, pytest.mark.heavy]

CONNECTIONS = 10_000
QUEUES = 100_000
BINDINGS = 100_000


@pytest.fixture
def many_files():
    """Room for as many sockets on our side, and, by inheritance, on the server's."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + 1000
    if before[1] != resource.RLIM_INFINITY and before[1] < wanted:
        pytest.skip(f"the limit on open files is {before[1]}, {wanted} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], wanted), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def open_many(broker, count, batch=500):
    """Opens connections in batches, each with its whole handshake, and leaves them idle."""
    ready = []
    for _ in range(count // batch):
        peers = [Peer(broker.host, broker.port) for _ in range(batch)]
        for peer in peers:
            peer.send(raw.opening())
        for peer in peers:
            for name in ("connection.start", "connection.tune", "connection.open-ok"):
                raw.expect(peer, 0, name, timeout=30)
        ready += peers
    return ready


def test_ten_thousand_idle_connections_in_200_mib(many_files, start_broker):
    broker = start_broker()
    peers = open_many(broker, CONNECTIONS)
    resident = broker.resident_bytes()
    assert resident <= 200 * MIB, f"{resident / MIB:.0f} MiB"
    broker.check_alive()
    with selectors.DefaultSelector() as selector:
        for peer in peers:
            selector.register(peer.socket, selectors.EVENT_READ)
        assert selector.select(0) == [], "an idle connection got something, or was closed"
    for peer in peers:
        peer.drop()
    deadline = time.monotonic() + 20
    while broker.open_files() > 100:
        assert time.monotonic() < deadline, "lost connections keep their sockets"
        time.sleep(0.1)


def test_2047_channels_on_one_connection(broker):
    peer = raw.open_connection(broker, channel=0)
    peer.send(b"".join(raw.frame("channel.open", number) for number in range(1, 2048)))
    for number in range(1, 2048):
        raw.expect(peer, number, "channel.open-ok")
    raw.call(peer, "queue.declare", channel=2047, exclusive=True)
    peer.send(raw.frame("channel.open", 2048))
    words = raw.last_words(peer)
    assert words["code"] == 530
    assert words["text"] == (b"NOT_ALLOWED - number of channels opened (2047) has reached the "
                             b"negotiated channel_max (2047)")


def test_a_hundred_thousand_queues(start_broker):
    """Declared, counted, used and deleted; each may cost 3 KiB."""
    broker = start_broker()
    before = broker.resident_bytes()
    peer = raw.open_connection(broker)
    started = time.monotonic()
    for first in range(0, QUEUES, 1000):
        peer.send(b"".join(
            raw.frame("queue.declare", queue=b"scale-%d" % number, durable=True, nowait=True)
            for number in range(first, first + 1000)))
    raw.call(peer, "queue.declare", timeout=60, queue=b"scale-0", passive=True)
    raw.call(peer, "queue.declare", timeout=60, queue=b"scale-%d" % (QUEUES - 1), passive=True)
    assert time.monotonic() - started < 30
    growth = broker.resident_bytes() - before
    assert growth <= QUEUES * 3 * 1024, f"{growth / QUEUES:.0f} bytes a queue"
    peer.send(raw.message(b"scale-77777", b"one of many"))
    peer.send(raw.frame("basic.get", queue=b"scale-77777", no_ack=True))
    assert raw.expect(peer, 1, "basic.get-ok").body == b"one of many"


@pytest.mark.parametrize("kind", ["topic", "direct", "headers", "fanout"])
def test_queue_with_a_hundred_thousand_bindings_is_deleted_quickly(start_broker, kind):
    broker = start_broker()
    peer = raw.open_connection(broker)
    raw.call(peer, "exchange.declare", exchange=b"e", type=kind.encode())
    raw.call(peer, "queue.declare", queue=b"q")
    for first in range(0, BINDINGS, 1000):
        peer.send(b"".join(
            raw.frame("queue.bind", queue=b"q", exchange=b"e", nowait=True,
                      routing_key=b"a.%d.*.b.#" % number)
            for number in range(first, first + 1000)))
    raw.call(peer, "queue.declare", timeout=60, queue=b"q", passive=True)
    other = raw.open_connection(broker)
    started = time.monotonic()
    peer.send(raw.frame("queue.delete", queue=b"q"))
    raw.call(other, "queue.declare", exclusive=True)
    waited = time.monotonic() - started
    raw.expect(peer, 1, "queue.delete-ok")
    deleted = time.monotonic() - started
    assert deleted < 2, f"it took {deleted:.1f} s"
    assert waited < 2, f"another client waited {waited:.1f} s"


def test_memory_comes_back_after_a_backlog(start_broker):
    """300 MiB of messages, purged: most of the memory is given back."""
    broker = start_broker()
    peer = raw.open_connection(broker)
    raw.call(peer, "queue.declare", queue=b"q")
    before = broker.resident_bytes()
    body = b"x" * 10_000
    for _ in range(30):
        peer.send(raw.message(b"q", body) * 1000)
    counted = raw.call(peer, "queue.purge", timeout=60, queue=b"q").values["message_count"]
    assert counted == 30_000
    deadline = time.monotonic() + 10
    while broker.resident_bytes() - before > 100 * MIB:
        assert time.monotonic() < deadline, f"{broker.resident_bytes() / MIB:.0f} MiB are kept"
        time.sleep(0.1)
