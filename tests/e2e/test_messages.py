"""Looking into queues, and moving, copying, deleting and driving back what is in them."""
import json
import time

import pika
import pytest

from broker import OwnBroker
from command_line import CommandLine
from http_client import HttpClient

pytestmark = pytest.mark.own_server

CONF = "management.tcp.port = 0\nmanagement.tcp.ip = 127.0.0.1\n"


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    own = OwnBroker(tmp_path_factory.mktemp("messages"), CONF).start()
    yield own
    own.stop()


@pytest.fixture
def api(node):
    return HttpClient(node.ports["http"])


@pytest.fixture
def channel(node):
    connection = pika.BlockingConnection(pika.ConnectionParameters(port=node.port))
    channel = connection.channel()
    channel.confirm_delivery()
    yield channel
    connection.close()


@pytest.fixture
def cli(node):
    return CommandLine(node.data_dir)


@pytest.fixture(params=["classic", "quorum"])
def queue(request, channel):
    name = f"{request.node.originalname}-{request.param}"
    channel.queue_declare(name, durable=True, arguments={"x-queue-type": request.param})
    yield name
    channel.queue_delete(name)


def fill(channel, queue, count, **properties):
    for number in range(count):
        headers = {"n": number, "parity": "odd" if number % 2 else "even"}
        channel.basic_publish("", queue, f"m{number}".encode(), pika.BasicProperties(
            delivery_mode=2, headers=headers, **properties))


def bodies(channel, queue):
    found = []
    while True:
        method, _, body = channel.basic_get(queue, auto_ack=True)
        if method is None:
            return found
        found.append(body.decode())


def payloads(answer):
    return [message["payload"] for message in answer.json()["messages"]]


def finished(api, answer):
    assert answer.status == 202, answer.body
    job = answer.json()
    deadline = time.monotonic() + 20
    while job["state"] == "running":
        assert time.monotonic() < deadline, job
        time.sleep(0.02)
        job = api.get(f"message-jobs/{job['id']}").json()
    return job


def ready(api, queue):
    return api.get(f"queues/%2F/{queue}").json()["messages_ready"]


def counters(shown):
    """Without rates, which change by themselves."""
    return {name: count for name, count in shown.get("message_stats", {}).items() if not name.endswith("_details")}


# ---- peek ----


def test_peek_shows_messages_in_order_and_changes_nothing(api, channel, queue):
    fill(channel, queue, 20)
    before = api.get(f"queues/%2F/{queue}").json()
    answer = api.get(f"queues/%2F/{queue}/peek?count=5")
    assert payloads(answer) == [f"m{n}" for n in range(5)]
    first = answer.json()["messages"][0]
    assert first["properties"]["headers"] == {"n": 0, "parity": "even"} and first["redelivered"] is False
    further = api.get(f"queues/%2F/{queue}/peek?count=100&from={answer.json()['next']}")
    assert payloads(further) == [f"m{n}" for n in range(5, 20)] and further.json()["next"] is None
    assert payloads(api.get(f"queues/%2F/{queue}/peek?skip=18")) == ["m18", "m19"]
    after = api.get(f"queues/%2F/{queue}").json()
    assert after["messages_ready"] == 20 and counters(after) == counters(before)
    method, _, body = channel.basic_get(queue)
    assert body == b"m0" and method.redelivered is False
    channel.basic_nack(method.delivery_tag)
    channel.queue_declare(queue, passive=True)  # answered when the queue has it back
    assert payloads(api.get(f"queues/%2F/{queue}/peek?count=2")) == ["m0", "m1"]


def test_peek_picks_by_header_key_and_cuts_payloads(api, channel, queue):
    fill(channel, queue, 600)
    wish = {"count": 3, "filter": {"headers": {"parity": "odd", "n": None}}, "truncate": 1}
    answer = api.post(f"queues/%2F/{queue}/peek", wish)
    assert [message["properties"]["headers"]["n"] for message in answer.json()["messages"]] == [1, 3, 5]
    assert payloads(answer) == ["m", "m", "m"] and answer.json()["messages"][0]["payload_bytes"] == 2
    answer = api.post(f"queues/%2F/{queue}/peek", {**wish, "from": answer.json()["next"]})
    assert [message["properties"]["headers"]["n"] for message in answer.json()["messages"]] == [7, 9, 11]
    only = {"count": 10, "filter": {"headers": {"n": 555}, "routing_key": "^test_peek"}}
    assert payloads(api.post(f"queues/%2F/{queue}/peek", only)) == ["m555"]
    none = {"filter": {"exchange": "elsewhere"}}
    assert payloads(api.post(f"queues/%2F/{queue}/peek", none)) == []


def test_peek_by_age(api, channel, queue):
    now = int(time.time())
    for age in (0, 100, 1000):
        channel.basic_publish("", queue, str(age).encode(), pika.BasicProperties(timestamp=now - age))
    channel.basic_publish("", queue, b"unknown")
    older = {"filter": {"older_than": 50}}
    assert payloads(api.post(f"queues/%2F/{queue}/peek", older)) == ["100", "1000"]
    younger = {"filter": {"younger_than": 50}}
    assert payloads(api.post(f"queues/%2F/{queue}/peek", younger)) == ["0"]


def test_peek_in_a_stream_by_offset(api, channel):
    channel.queue_declare("peeked-stream", durable=True, arguments={"x-queue-type": "stream"})
    fill(channel, "peeked-stream", 10)
    answer = api.get("queues/%2F/peeked-stream/peek?offset=7")
    assert payloads(answer) == ["m7", "m8", "m9"] and answer.json()["next"] is None
    assert [message["position"] for message in answer.json()["messages"]] == [7, 8, 9]
    assert api.post("queues/%2F/peeked-stream/delete-messages", {}).status == 400
    channel.queue_declare("from-stream")
    job = finished(api, api.post("queues/%2F/peeked-stream/copy", {"to_queue": "from-stream", "offset": 8}))
    assert job["done"] == 2
    assert bodies(channel, "from-stream") == ["m8", "m9"]


def test_peek_says_what_is_wrong(api, channel, queue):
    assert api.get("queues/%2F/none/peek").status == 404
    assert api.get(f"queues/%2F/{queue}/peek?count=0").status == 400
    assert api.get(f"queues/%2F/{queue}/peek?count=x").status == 400
    assert api.get(f"queues/%2F/{queue}/peek?offset=1").status == 400
    assert api.get(f"queues/%2F/{queue}/peek?from=nowhere").status == 400
    assert api.post(f"queues/%2F/{queue}/peek", {"filter": {"routing_key": "("}}).status == 400
    assert api.post(f"queues/%2F/{queue}/peek", {"filter": 5}).status == 400


# ---- jobs ----


def test_move_by_header(api, channel, queue):
    channel.queue_declare("moved-to", durable=True)
    fill(channel, queue, 500)
    job = finished(api, api.post(f"queues/%2F/{queue}/move", {
        "to_queue": "moved-to", "filter": {"headers": {"parity": "odd"}}}))
    assert (job["state"], job["looked_at"], job["selected"], job["done"], job["left"]) == ("done", 500, 250, 250, 0)
    assert bodies(channel, queue) == [f"m{n}" for n in range(0, 500, 2)]
    method, properties, _ = channel.basic_get("moved-to", auto_ack=True)
    assert (method.exchange, method.routing_key) == ("", queue) and properties.delivery_mode == 2
    assert bodies(channel, "moved-to") == [f"m{n}" for n in range(3, 500, 2)]


def test_copy_to_an_exchange_by_position(api, channel, queue):
    channel.queue_declare("copied-to")
    channel.queue_bind("copied-to", "amq.topic", "copies.#")
    fill(channel, queue, 10)
    job = finished(api, api.post(f"queues/%2F/{queue}/copy", {
        "to_exchange": "amq.topic", "to_routing_key": "copies.x", "skip": 2, "count": 3}))
    assert job["done"] == 3
    assert bodies(channel, "copied-to") == ["m2", "m3", "m4"]
    assert bodies(channel, queue) == [f"m{n}" for n in range(10)]


def test_what_reaches_nothing_stays(api, channel, queue):
    fill(channel, queue, 3)
    job = finished(api, api.post(f"queues/%2F/{queue}/move", {
        "to_exchange": "amq.direct", "to_routing_key": "nobody"}))
    assert (job["done"], job["left"]) == (0, 3)
    assert sorted(bodies(channel, queue)) == ["m0", "m1", "m2"]


def test_delete_what_is_meant(api, channel, queue, cli):
    fill(channel, queue, 300)
    assert "say which messages" in cli.run("warrenctl", "delete-messages", queue).stderr
    lines = cli.lines("delete-messages", queue, "--headers", "parity=even", tool="warrenctl")
    assert lines[-1] == "Deleted 150 of 300 messages looked at"
    assert bodies(channel, queue) == [f"m{n}" for n in range(1, 300, 2)]


def test_redrive_brings_dead_letters_home(api, channel, queue, cli):
    kind = queue.rsplit("-", 1)[1]
    home = f"home-of-{queue}"
    channel.queue_declare(home, durable=True, arguments={
        "x-queue-type": kind, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": queue})
    channel.exchange_declare("home-exchange", "fanout")
    channel.queue_bind(home, "home-exchange")
    channel.basic_publish("home-exchange", "key", b"letter", pika.BasicProperties(
        delivery_mode=2, headers={"mine": 1}, message_id="id"))
    method, _, _ = channel.basic_get(home)
    channel.basic_reject(method.delivery_tag, requeue=False)
    channel.basic_publish("", queue, b"never died")
    deadline = time.monotonic() + 10
    while ready(api, queue) != 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    lines = cli.lines("redrive", queue, tool="warrenctl")
    assert lines[-2:] == [
        "Drove back 1 of 2 messages looked at",
        "1 are where they were: their new place does not exist or refused them"]
    method, properties, body = channel.basic_get(home, auto_ack=True)
    assert body == b"letter" and (method.exchange, method.routing_key) == ("home-exchange", "key")
    assert properties.headers == {"mine": 1} and properties.message_id == "id"
    assert bodies(channel, queue) == ["never died"]
    channel.queue_delete(home)


def test_jobs_say_what_is_wrong(api, channel, queue):
    assert api.post(f"queues/%2F/{queue}/move", {}).status == 400
    assert api.post(f"queues/%2F/{queue}/move", {"to_queue": queue}).status == 400
    assert api.post(f"queues/%2F/{queue}/move", {"to_queue": "none"}).status == 404
    assert api.post(f"queues/%2F/{queue}/copy", {"to_exchange": "none"}).status == 404
    assert api.post(f"queues/%2F/{queue}/copy", {"to_exchange": "amq.rabbitmq.trace"}).status == 400
    assert api.post("queues/%2F/none/redrive", {}).status == 404
    assert api.get("message-jobs/999999").status == 404


def test_peek_on_the_command_line(channel, queue, cli):
    fill(channel, queue, 3)
    answer = json.loads(cli.ok("peek", queue, "--count", "2", "--formatter", "json", tool="warrenctl"))
    assert [message["payload"] for message in answer["messages"]] == ["m0", "m1"]
    rows = cli.lines("peek", queue, "-q", "--no-table-headers", tool="warrenctl")
    assert [row.split("\t")[-1] for row in rows] == ["m0", "m1", "m2"]


# ---- paged out, and killed ----


def test_messages_that_only_the_disk_has(tmp_path):
    """A backlog that a start has left on disk is looked at, and picked from, all the same."""
    own = OwnBroker(tmp_path, CONF).start()
    try:
        api = HttpClient(own.ports["http"])
        channel = pika.BlockingConnection(pika.ConnectionParameters(port=own.port)).channel()
        channel.queue_declare("deep", durable=True)
        channel.queue_declare("picked", durable=True)
        body = b"x" * 2000
        for number in range(30_000):
            channel.basic_publish("", "deep", body, pika.BasicProperties(delivery_mode=2, headers={"n": number}))
        channel.queue_declare("deep", passive=True)
        own.stop()
        own.start()
        api = HttpClient(own.ports["http"])
        channel = pika.BlockingConnection(pika.ConnectionParameters(port=own.port)).channel()
        answer = api.get("queues/%2F/deep/peek?skip=15000&count=2&truncate=0")
        assert [m["properties"]["headers"]["n"] for m in answer.json()["messages"]] == [15000, 15001]
        job = finished(api, api.post("queues/%2F/deep/move", {
            "to_queue": "picked", "skip": 10_000, "count": 1000}))
        assert (job["state"], job["done"]) == ("done", 1000)
        assert ready(api, "deep") == 29_000 and ready(api, "picked") == 1000
        assert api.get("queues/%2F/picked/peek?count=1").json()["messages"][0]["properties"]["headers"]["n"] == 10_000
        numbers = []
        for method, properties, _ in channel.consume("deep", auto_ack=True, inactivity_timeout=5):
            if method is None:
                break
            numbers.append(properties.headers["n"])
            if len(numbers) == 29_000:
                break
        assert numbers == [*range(10_000), *range(11_000, 30_000)]
    finally:
        own.kill()


def test_a_move_that_is_killed_loses_nothing(tmp_path):
    own = OwnBroker(tmp_path, CONF).start()
    try:
        channel = pika.BlockingConnection(pika.ConnectionParameters(port=own.port)).channel()
        channel.confirm_delivery()
        for name in ("source", "target"):
            channel.queue_declare(name, durable=True)
        count = 5000
        fill(channel, "source", count)
        for _ in range(3):
            api = HttpClient(own.ports["http"])
            api.post("queues/%2F/source/move", {"to_queue": "target", "count": count // 4})
            time.sleep(0.05)
            own.kill()
            own.start()
        channel = pika.BlockingConnection(pika.ConnectionParameters(port=own.port)).channel()
        found = bodies(channel, "source") + bodies(channel, "target")
        assert set(found) == {f"m{n}" for n in range(count)}
        # Of each killed move one piece at most is in both.
        assert len(found) <= count + 3 * 128
    finally:
        own.kill()
