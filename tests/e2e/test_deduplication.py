"""Messages that come twice: what exchanges of type x-message-deduplication and queues with that argument let through,
for how long they remember it, and what of that outlives the server."""
import time

import pika
import pytest

from broker import OwnBroker

pytestmark = pytest.mark.own_server

EXCHANGE = "once"
QUEUE = "taken"
ON_DISK = {"x-cache-persistence": "disk"}
QUEUE_TYPES = ["classic", "quorum"]


class Client:
    """A confirming publisher who names keys, and who may count and take what has come to a queue."""

    def __init__(self, broker):
        self.connection = pika.BlockingConnection(
            pika.ConnectionParameters(host=broker.host, port=broker.port, heartbeat=0))
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()

    def declare_exchange(self, size=100, **arguments):
        self.channel.exchange_declare(EXCHANGE, "x-message-deduplication", durable=True,
                                      arguments={"x-cache-size": size, **arguments})
        self.channel.queue_declare(QUEUE, durable=True)
        self.channel.queue_bind(QUEUE, EXCHANGE)
        return self

    def declare_queue(self, **arguments):
        self.channel.queue_declare(QUEUE, durable=True,
                                   arguments={"x-message-deduplication": True, **arguments})
        return self

    def publish(self, key, body="", exchange=EXCHANGE, header="x-deduplication-header", **headers):
        """Raises pika's NackError if it is refused."""
        properties = pika.BasicProperties(headers={header: key, **headers}, delivery_mode=2)
        self.channel.basic_publish(exchange, "" if exchange else QUEUE, body, properties)

    def publish_to_queue(self, key, body="", **headers):
        """False: it was refused."""
        try:
            self.publish(key, body, exchange="", **headers)
            return True
        except pika.exceptions.NackError:
            return False

    def count(self, queue=QUEUE):
        return self.channel.queue_declare(queue, passive=True).method.message_count

    def let_through(self, key, **headers):
        """Whether the exchange passes on another message with this key."""
        before = self.count()
        self.publish(key, **headers)
        return self.count() == before + 1

    def take(self):
        """What waits in the queue, acknowledged: the bodies."""
        bodies = []
        while True:
            method, _, body = self.channel.basic_get(QUEUE)
            if method is None:
                return bodies
            bodies.append(body.decode())
            self.channel.basic_ack(method.delivery_tag)

    def close(self):
        self.connection.close()


@pytest.fixture
def node(tmp_path):
    broker = OwnBroker(tmp_path / "node").start()
    yield broker
    broker.kill()


@pytest.fixture
def client(node):
    opened = Client(node)
    yield opened
    try:
        opened.close()
    except pika.exceptions.AMQPError:
        pass  # it was closed by the test, or its server was killed


def restart(node, end):
    if end == "stop":
        node.stop()
    else:
        time.sleep(0.5)  # what is settled, and which keys are remembered, is on its way to the disk
        node.kill()
    node.start()
    return Client(node)


# ---- exchanges ----


def test_an_exchange_passes_on_the_first_of_each_key(client):
    client.declare_exchange()
    for round_number in range(3):
        for key in ("a", "b", "c"):
            client.publish(key, f"{key}{round_number}")
    assert client.take() == ["a0", "b0", "c0"]
    # That the first has been consumed changes nothing.
    assert not client.let_through("a")


def test_only_the_header_of_that_name_is_looked_at(client):
    client.declare_exchange()
    for header in ("X-Deduplication-Header", "x-deduplication", "message-id"):
        client.publish("a", header, header=header)
        client.publish("a", header, header=header)
    properties = pika.BasicProperties(message_id="a")
    for _ in range(2):
        client.channel.basic_publish(EXCHANGE, "", "no headers", properties)
    assert client.count() == 8
    assert client.let_through("a")
    assert not client.let_through("a")


def test_keys_are_compared_by_value(client):
    client.declare_exchange()
    assert client.let_through(7)
    assert not client.let_through(7)
    assert client.let_through("7")
    assert client.let_through(2**40)
    assert not client.let_through(2**40)
    assert client.let_through(None)
    assert not client.let_through(None)
    assert client.let_through(True)
    assert client.let_through(1)
    # Two kinds of integer, of 32 and of 64 bits, to pika.
    assert not client.let_through(pika.compat.long(7))


def test_a_full_cache_forgets_the_oldest(client):
    client.declare_exchange(size=3)
    for key in ("a", "b", "c"):
        assert client.let_through(key)
    assert client.let_through("d")
    for key in ("b", "c", "d"):
        assert not client.let_through(key)
    assert client.let_through("a")
    assert client.let_through("b")


def test_keys_have_their_time(client):
    client.declare_exchange(**{"x-cache-ttl": 600})
    assert client.let_through("usual")
    assert client.let_through("short", **{"x-cache-ttl": 100})
    assert client.let_through("long", **{"x-cache-ttl": 60_000})
    assert not client.let_through("usual")
    time.sleep(0.15)
    assert client.let_through("short")
    time.sleep(0.6)
    assert client.let_through("usual")
    assert not client.let_through("long")


def test_what_is_bound_to_nothing_else_counts_as_unroutable(client):
    client.declare_exchange()
    properties = pika.BasicProperties(headers={"x-deduplication-header": "a"})
    client.channel.basic_publish(EXCHANGE, "", "first", properties, mandatory=True)
    with pytest.raises(pika.exceptions.UnroutableError):
        client.channel.basic_publish(EXCHANGE, "", "second", properties, mandatory=True)
    assert client.take() == ["first"]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_an_exchange_remembers_on_disk(node, client, end):
    client.declare_exchange(size=1000, **ON_DISK)
    for number in range(100):
        client.publish(f"key {number}", str(number))
    client.publish("short", "short", **{"x-cache-ttl": 1})
    client.close()
    client = restart(node, end)
    for number in range(100):
        client.publish(f"key {number}", "again")
    client.publish("short", "again")
    client.publish("key 100", "100")
    assert client.take() == [*map(str, range(100)), "short", "again", "100"]
    client.close()


def test_an_exchange_in_memory_forgets_with_the_server(node, client):
    client.declare_exchange()
    client.publish("a", "before")
    client.close()
    client = restart(node, "kill")
    client.publish("a", "after")
    client.publish("a", "after, again")
    assert client.take() == ["before", "after"]
    client.close()


def test_size_and_time_hold_on_after_a_restart(node, client):
    client.declare_exchange(size=3, **ON_DISK, **{"x-cache-ttl": 3000})
    for key in ("a", "b", "c", "d"):
        client.publish(key)
    published = time.monotonic()
    client.close()
    client = restart(node, "kill")
    assert time.monotonic() - published < 2.5, "this machine is too slow for this test"
    for key in ("b", "c", "d"):
        assert not client.let_through(key)
    assert client.let_through("a")  # and the oldest, b, is forgotten for it
    assert not client.let_through("c")
    time.sleep(max(0.0, 3.1 - (time.monotonic() - published)))
    assert client.let_through("c")
    assert not client.let_through("a")
    client.close()


# ---- queues ----


@pytest.mark.parametrize("queue_type", QUEUE_TYPES)
def test_a_queue_takes_no_second_one_while_it_holds_the_first(client, queue_type):
    client.declare_queue(**{"x-queue-type": queue_type})
    assert client.publish_to_queue("a", "first")
    assert client.publish_to_queue("b", "other")
    assert not client.publish_to_queue("a", "second")
    method, _, body = client.channel.basic_get(QUEUE)
    assert body == b"first"
    assert not client.publish_to_queue("a", "while it is unacknowledged")
    client.channel.basic_nack(method.delivery_tag, requeue=True)
    assert not client.publish_to_queue("a", "while it is back")
    assert client.take() == ["first", "other"]
    assert client.publish_to_queue("a", "third")
    assert client.take() == ["third"]


@pytest.mark.parametrize("queue_type", QUEUE_TYPES)
def test_duplicates_are_dead_lettered(client, queue_type):
    client.channel.queue_declare("duplicates", durable=True)
    client.declare_queue(**{"x-queue-type": queue_type, "x-dead-letter-exchange": "",
                            "x-dead-letter-routing-key": "duplicates"})
    assert client.publish_to_queue("a", "first")
    assert not client.publish_to_queue("a", "second")
    deadline = time.monotonic() + 5
    while client.count("duplicates") == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    _, properties, body = client.channel.basic_get("duplicates", auto_ack=True)
    assert body == b"second"
    assert properties.headers["x-death"][0]["reason"] == "maxlen"


@pytest.mark.parametrize("queue_type", QUEUE_TYPES)
def test_a_key_goes_with_its_message_however_that_goes(client, queue_type):
    client.declare_queue(**{"x-queue-type": queue_type, "x-max-length": 2})
    for key in ("a", "b", "c"):
        assert client.publish_to_queue(key, key)  # c drops a
    assert client.publish_to_queue("a", "a")  # and a drops b
    assert not client.publish_to_queue("c", "c")
    client.channel.queue_purge(QUEUE)
    assert client.publish_to_queue("c", "c")
    method, _, _ = client.channel.basic_get(QUEUE)
    client.channel.basic_reject(method.delivery_tag, requeue=False)
    assert client.publish_to_queue("c", "c")
    client.channel.queue_purge(QUEUE)
    properties = pika.BasicProperties(headers={"x-deduplication-header": "e"}, expiration="50",
                                      delivery_mode=2)
    client.channel.basic_publish("", QUEUE, "expires", properties)
    assert not client.publish_to_queue("e", "too early")
    time.sleep(0.2)
    assert client.publish_to_queue("e", "in time")


@pytest.mark.parametrize("end", ["stop", "kill"])
@pytest.mark.parametrize("queue_type", QUEUE_TYPES)
def test_keys_come_back_with_their_messages(node, client, queue_type, end):
    client.declare_queue(**{"x-queue-type": queue_type})
    for number in range(100):
        assert client.publish_to_queue(f"key {number}", str(number))
    for number in range(10):
        method, _, _ = client.channel.basic_get(QUEUE)
        client.channel.basic_ack(method.delivery_tag)
    held, _, body = client.channel.basic_get(QUEUE)
    assert body == b"10" and held is not None
    client.count()  # the acknowledgements have arrived
    if end == "stop":
        client.close()
    client = restart(node, end)
    for number in range(100):
        assert client.publish_to_queue(f"key {number}", "again") == (number < 10)
    assert client.take() == [*map(str, range(10, 100)), *["again"] * 10]
    assert client.publish_to_queue("key 50", "and again")
    client.close()


@pytest.mark.parametrize("queue_type", QUEUE_TYPES)
def test_whoever_publishes_again_after_a_kill_doubles_nothing(node, client, queue_type):
    """Nobody waits for anything to settle here: the kill comes in the middle of what is published."""
    client.declare_queue(**{"x-queue-type": queue_type})
    confirmed = 300
    for number in range(confirmed):
        assert client.publish_to_queue(number, str(number))
    fast = pika.BlockingConnection(pika.ConnectionParameters(host=node.host, port=node.port, heartbeat=0))
    channel = fast.channel()
    for number in range(confirmed, 2000):  # without confirms: how far they get is open
        channel.basic_publish("", QUEUE, str(number), pika.BasicProperties(
            headers={"x-deduplication-header": number}, delivery_mode=2))
    node.kill()
    node.start()
    client = Client(node)
    assert client.count() >= confirmed
    for number in range(2000):
        client.publish_to_queue(number, str(number))
    assert client.take() == [str(number) for number in range(2000)]
    client.close()
