"""Messages that wait at exchanges of type x-delayed-message: through restarts, in time, and for whoever may cancel them."""
import time

import pika
import pytest

from broker import OwnBroker

pytestmark = pytest.mark.own_server

EXCHANGE = "later"
WAITING = "amq.delayed.later"
QUEUE = "arrived"


class Client:
    """A confirming publisher, and a queue bound to a delayed exchange."""

    def __init__(self, broker):
        self.connection = pika.BlockingConnection(
            pika.ConnectionParameters(host=broker.host, port=broker.port, heartbeat=0))
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()

    def declare(self, routed_as="fanout", **arguments):
        self.channel.exchange_declare(EXCHANGE, "x-delayed-message", durable=True,
                                      arguments={"x-delayed-type": routed_as, **arguments})
        self.channel.queue_declare(QUEUE, durable=True)
        self.channel.queue_bind(QUEUE, EXCHANGE)
        return self

    def publish(self, body, delay_ms, delivery_mode=2, key=None):
        headers = {"x-delay": delay_ms}
        if key is not None:
            headers["x-deduplication-header"] = key
        properties = pika.BasicProperties(headers=headers, delivery_mode=delivery_mode)
        self.channel.basic_publish(EXCHANGE, "", body, properties)

    def count(self, queue):
        return self.channel.queue_declare(queue, passive=True).method.message_count

    def take(self, seconds):
        """What arrives within that time, as (body, moment)."""
        arrived = []
        end = time.monotonic() + seconds
        for method, _, body in self.channel.consume(QUEUE, auto_ack=True, inactivity_timeout=0.05):
            if method is not None:
                arrived.append((body.decode(), time.monotonic()))
            if time.monotonic() > end:
                break
        self.channel.cancel()
        return arrived

    def bodies(self, seconds):
        return [body for body, _ in self.take(seconds)]

    def close(self):
        self.connection.close()


@pytest.fixture
def node(tmp_path):
    broker = OwnBroker(tmp_path / "node").start()
    yield broker
    broker.kill()


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_delays_outlive_the_server(node, end):
    client = Client(node).declare()
    client.publish("due during the stop", 300)
    client.publish("transient and due during the stop", 400, delivery_mode=1)
    sent_at = time.monotonic()
    client.publish("due afterwards", 3000)
    client.publish("in ten years", 315_360_000_000)
    if end == "stop":
        client.close()
        node.stop()
    else:
        node.kill()
    time.sleep(0.5)
    node.start()
    client = Client(node)
    arrived = client.take(max(0.3, 3.3 - (time.monotonic() - sent_at)))
    assert [body for body, _ in arrived] == ["due during the stop", "transient and due during the stop",
                                             "due afterwards"]
    assert arrived[2][1] - sent_at >= 3, "it came early"
    assert client.count(WAITING) == 1
    client.close()


def test_nothing_that_has_arrived_comes_again_after_a_kill(node):
    client = Client(node).declare()
    for number in range(200):
        client.publish(str(number), 1)
    deadline = time.monotonic() + 10
    while client.count(QUEUE) < 200 and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.5)  # what is settled is on its way to the disk
    node.kill()
    node.start()
    client = Client(node)
    assert sorted(map(int, client.bodies(0.5))) == list(range(200))
    assert client.count(WAITING) == 0
    client.close()


def test_purging_the_queue_cancels(node):
    client = Client(node).declare()
    for number in range(10):
        client.publish(str(number), 600)
    client.publish("kept", 700)
    method, _, body = client.channel.basic_get(WAITING, auto_ack=False)
    assert body == b"0" and method.message_count == 10
    assert client.channel.queue_purge(WAITING).method.message_count == 10
    client.channel.basic_nack(method.delivery_tag, requeue=True)
    assert client.bodies(1) == ["0"]
    client.close()


def test_messages_arrive_in_time_while_much_else_goes_on(node):
    client = Client(node).declare()
    busy = Client(node)
    busy.channel.queue_declare("busy", durable=True)
    late = []
    for _ in range(20):
        sent = time.monotonic()  # the confirm may take as long as the disk likes
        client.publish("x", 100)
        while time.monotonic() < sent + 0.09:
            busy.channel.basic_publish("", "busy", b"y" * 1000)
        while True:
            method, _, _ = client.channel.basic_get(QUEUE, auto_ack=True)
            if method is not None:
                break
        late.append(time.monotonic() - sent - 0.1)
    late.sort()
    # Half of them, because other tests and their clients share the machine.
    assert late[0] > 0, "one came early"
    assert late[len(late) // 2] < 0.02, late
    busy.close()
    client.close()


def test_messages_with_the_same_delivery_time_go_on_in_order(node):
    client = Client(node).declare()
    due_ms = int(time.time() * 1000) + 1500
    published = 0
    while time.time() * 1000 < due_ms - 500:  # at many moments, which the clocks must not tell apart
        headers = {"x-opt-delivery-time": due_ms}
        client.channel.basic_publish(EXCHANGE, "", str(published), pika.BasicProperties(headers=headers))
        published += 1
    first = None
    arrived = []
    for method, _, body in client.channel.consume(QUEUE, auto_ack=True, inactivity_timeout=10):
        assert method is not None, f"only {len(arrived)} of {published} have come"
        first = first or time.time() * 1000
        arrived.append(int(body))
        if len(arrived) == published:
            break
    assert first >= due_ms
    assert arrived == list(range(published))
    client.close()


@pytest.mark.parametrize("shards", [1, 2])
def test_duplicates_are_found_when_they_fall_due(tmp_path, shards):
    node = OwnBroker(tmp_path / "shards", f"shards = {shards}\n").start()
    try:
        client = Client(node).declare("x-message-deduplication",
                                      **{"x-cache-size": 100, "x-cache-persistence": "disk"})
        client.publish("due second", 2100, key="a")
        client.publish("due first", 1500, key="a")
        client.publish("another", 1700, key="b")
        client.publish("without a key", 1900)
        assert client.count(WAITING) == 4, "both wait: which is first is not known before"
        assert client.bodies(2.6) == ["due first", "another", "without a key"]
        client.publish("at once, but again", 0, key="a")
        assert client.count(WAITING) == 0
        client.publish("waits over the restart", 1500, key="b")
        client.publish("new over the restart", 1500, key="c")
        client.close()
        time.sleep(0.3)  # keys are on their way to the disk
        node.kill()
        node.start()
        client = Client(node)
        client.publish("again behind the restart", 0, key="a")
        assert client.bodies(2.5) == ["new over the restart"]
        client.close()
    finally:
        node.kill()


def test_a_history_is_of_what_was_due(node):
    client = Client(node).declare("x-recent-history", **{"x-recent-history-length": 2})
    for number in range(3):
        client.publish(str(number), 100 + 100 * number)
    client.publish("not yet", 60_000)
    assert client.bodies(0.8) == ["0", "1", "2"]
    client.channel.queue_declare("latecomer", durable=True)
    client.channel.queue_bind("latecomer", EXCHANGE)
    end = time.monotonic() + 5
    while client.count("latecomer") < 2 and time.monotonic() < end:
        time.sleep(0.02)
    got = [client.channel.basic_get("latecomer", auto_ack=True)[2] for _ in range(3)]
    assert got == [b"1", b"2", None]
    client.close()
