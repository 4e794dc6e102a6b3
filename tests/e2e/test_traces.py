"""Traces in files, as RabbitMQ's plug-in rabbitmq_tracing makes them. Answers were compared with RabbitMQ 4.3's."""
import base64
import json
import os
import threading
import time

import pika
import pytest

from broker import OwnBroker
from command_line import CommandLine
from http_client import HttpClient

pytestmark = pytest.mark.own_server

CONF = "management.tcp.port = 0\nmanagement.tcp.ip = 127.0.0.1\n"


class Tracing:
    """A node with the plug-in, and a client that publishes and gets."""

    def __init__(self, folder, conf=CONF):
        self.own = OwnBroker(folder, conf).start()
        self.cli = CommandLine(self.own.data_dir)
        self.cli.ok("enable", "rabbitmq_tracing", tool="rabbitmq-plugins")
        self.api = HttpClient(self.own.ports["http"])
        self.node = self.api.get("nodes").json()[0]["name"]
        self.connection = pika.BlockingConnection(pika.ConnectionParameters(port=self.own.port))
        self.channel = self.connection.channel()
        self.channel.queue_declare("orders")

    def stop(self):
        self.connection.close()
        self.own.stop()

    def put(self, name, pattern="#", vhost="%2F", **more):
        return self.api.put(f"traces/{vhost}/{name}", {"format": "json", "pattern": pattern, **more})

    def text(self, name):
        answer = self.api.get(f"trace-files/{name}.log")
        return answer.body.decode() if answer.status == 200 else ""

    def entries(self, name, count):
        """The first entries of a file, once there are so many."""
        deadline = time.monotonic() + 10
        while (found := self.text(name)).count("\n") < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return [json.loads(line) for line in found.splitlines()]

    def is_traced(self):
        return self.api.get("vhosts/%2F").json()["tracing"]

    def queues(self):
        return sorted(queue["name"] for queue in self.api.get("queues").json())


@pytest.fixture
def tracing(tmp_path):
    node = Tracing(tmp_path)
    yield node
    node.stop()


def test_a_trace_writes_what_passes(tracing):
    assert tracing.put("t1").status == 201
    assert tracing.put("deliveries", "deliver.#", max_payload_bytes=3).status == 201
    assert tracing.is_traced()
    tracing.channel.basic_publish("", "orders", b"hello", pika.BasicProperties(headers={"x": 1}, content_type="a/b"))
    tracing.channel.basic_get("orders", auto_ack=True)
    published, received = tracing.entries("t1", 2)
    assert list(published) == ["node", "timestamp", "type", "exchange", "user", "queue", "connection", "vhost", "channel",
                               "routing_keys", "properties", "payload", "routed_queues"]
    assert (published["type"], published["queue"], published["routed_queues"]) == ("published", "none", ["orders"])
    assert (received["type"], received["queue"], received["routed_queues"]) == ("received", "orders", "none")
    assert published["properties"] == {"content_type": "a/b", "headers": {"x": 1}}
    assert base64.b64decode(published["payload"]) == b"hello"
    (only,) = tracing.entries("deliveries", 1)
    assert (only["type"], base64.b64decode(only["payload"])) == ("received", b"hel")

    shown = {trace["name"]: trace for trace in tracing.api.get("traces").json()}
    queue = shown["t1"].pop("queue")
    assert shown["t1"] == {"vhost": "/", "name": "t1", "format": "json", "pattern": "#"}
    assert queue["exclusive"] and queue["name"].startswith("amq.gen-")
    assert shown["deliveries"]["max_payload_bytes"] == 3
    sizes = {file["name"]: file["size"] for file in tracing.api.get("trace-files").json()}
    assert sizes.keys() == {"t1.log", "deliveries.log"} and sizes["t1.log"] == len(tracing.text("t1"))

    for name in "t1", "deliveries":
        assert tracing.is_traced()
        assert tracing.api.delete(f"traces/%2F/{name}").status == 204
    assert tracing.api.delete("traces/%2F/t1").status == 404
    assert not tracing.is_traced() and tracing.queues() == ["orders"]
    tracing.channel.basic_publish("", "orders", b"unseen")
    tracing.channel.basic_get("orders", auto_ack=True)
    assert len(tracing.entries("t1", 2)) == 2, "files stay, and get no more"
    assert tracing.api.delete("trace-files/t1.log").status == 204
    assert tracing.api.get("trace-files/t1.log").status == tracing.api.delete("trace-files/t1.log").status == 404


def test_text_is_for_people(tracing):
    assert tracing.api.put("traces/%2F/plain", {"format": "text", "pattern": "publish.#"}).status == 201
    tracing.channel.basic_publish("", "orders", b"hello")
    deadline = time.monotonic() + 10
    while not tracing.text("plain").endswith("Payload: \nhello\n"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    answer = tracing.api.get(f"trace-files/node/{tracing.node}/plain.log")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert b"Message published\n\nNode:         " in answer.body and b'Routing keys: [<<"orders">>]\n' in answer.body


def test_paths_with_a_node(tracing):
    path = f"traces/node/{tracing.node}"
    assert tracing.api.put(f"{path}/%2F/t", {"format": "json", "pattern": "#"}).status == 201
    for listing in (path, path + "/%2F", "traces", "traces/%2F"):
        assert [trace["name"] for trace in tracing.api.get(listing).json()] == ["t"], listing
    assert tracing.api.get("traces/other").json() == []
    assert tracing.api.get(path + "/%2F/t").json()["name"] == tracing.api.get("traces/%2F/t").json()["name"] == "t"
    assert tracing.api.get(f"trace-files/node/{tracing.node}").json() == []
    for path in ("traces/node/x@y", "traces/node/x@y/%2F", "trace-files/node/x@y"):
        answer = tracing.api.get(path)
        assert (answer.status, answer.json()["reason"]) == (400, "Node is not a cluster member")


def test_wrong_orders_change_nothing(tracing):
    tracing.put("there")
    before = tracing.queues()
    wrong = [({}, "[{key_missing,format},{key_missing,pattern}]"), ({"format": "json"}, "[{key_missing,pattern}]"),
             ({"format": "xml", "pattern": "#"}, "format not json or text"),
             ({"format": "json", "pattern": "#", "max_payload_bytes": "x"}, "max_payload_bytes not integer"),
             ({"format": "json", "pattern": "#", "max_payload_bytes": -1}, "max_payload_bytes is negative"),
             ({"format": "json", "pattern": "x" * 256}, "pattern is longer than 255 bytes"),
             ({"format": "json", "pattern": "#", "tracer_connection_username": "guest", "tracer_connection_password": "x"},
              "tracer_connection_username: the user or the password is wrong")]
    for body, reason in wrong:
        answer = tracing.api.put("traces/%2F/t", body)
        assert (answer.status, answer.json()["reason"]) == (400, reason), body
    for name in ("..", ".", "a%2Fb", "..%2Fx", "a%00b", "x" * 201, "a%5Cb"):
        answer = tracing.put(name)
        assert (answer.status, answer.json()["reason"]) == (400, "invalid trace name"), name
        assert tracing.api.get(f"trace-files/{name}").status == 404
        assert tracing.api.delete(f"trace-files/{name}").status == 404
    assert tracing.put("there").json()["reason"] == "there is a trace of this name"
    assert tracing.put("t", vhost="none").status == 404
    assert tracing.queues() == before
    assert [trace["name"] for trace in tracing.api.get("traces").json()] == ["there"]
    assert tracing.put("mine", tracer_connection_username="guest", tracer_connection_password="guest").status == 201
    assert tracing.api.get("traces/%2F/mine").json()["tracer_connection_username"] == "guest"


def test_only_administrators_and_only_with_the_plugin(tracing):
    tracing.api.put("users/carol", {"password": "x", "tags": "monitoring"})
    carol = HttpClient(tracing.own.ports["http"], "carol", "x")
    for path in ("traces", "trace-files"):
        assert carol.get(path).status == 401
    tracing.put("t")
    tracing.cli.ok("disable", "rabbitmq_tracing", tool="rabbitmq-plugins")
    for path in ("traces", "traces/%2F/t", "trace-files"):
        assert tracing.api.get(path).status == 404
    assert tracing.put("t").status == 404
    deadline = time.monotonic() + 10
    while tracing.queues() != ["orders"] or tracing.is_traced():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_tracing_that_somebody_else_has_switched_on_stays(tracing):
    tracing.cli.ok("trace_on")
    tracing.put("t")
    tracing.api.delete("traces/%2F/t")
    assert tracing.is_traced()


def test_orders_that_cross(tracing):
    """Each is answered, and nothing stays behind of what was stopped while it began."""
    answers = set()

    def order(which):
        for _ in range(100):
            answer = tracing.put("t") if which else tracing.api.delete("traces/%2F/t")
            answers.add((answer.status, answer.json()["reason"] if answer.status == 400 else ""))
    threads = [threading.Thread(target=order, args=(which,)) for which in (0, 1, 0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tracing.api.delete("traces/%2F/t")
    assert answers <= {(201, ""), (204, ""), (404, ""), (400, "there is a trace of this name"),
                       (400, "the trace has been stopped")}
    deadline = time.monotonic() + 10
    while tracing.queues() != ["orders"] or tracing.is_traced():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_trace_goes_with_its_virtual_host(tracing):
    tracing.api.put("vhosts/gone")
    assert tracing.put("t", vhost="gone").status == 201
    assert tracing.api.delete("vhosts/gone").status == 204
    deadline = time.monotonic() + 10
    while tracing.api.get("traces").json():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert tracing.put("t").status == 201


def test_a_file_that_cannot_be_written_ends_its_trace(tmp_path):
    (tmp_path / "traces" / "t.log").mkdir(parents=True)
    tracing = Tracing(tmp_path, CONF + f"tracing.dir = {tmp_path}/traces\n")
    try:
        assert tracing.put("t").status == 201
        tracing.channel.basic_publish("", "orders", b"x")
        tracing.own.wait_for_output("the trace 't' of vhost '/' has ended: ")
        assert tracing.api.get("traces").json() == tracing.api.get("trace-files").json() == []
        assert tracing.queues() == ["orders"]
    finally:
        tracing.stop()


def test_ten_thousand_messages(tmp_path):
    folder = tmp_path / "traces"
    folder.mkdir()
    tracing = Tracing(tmp_path, CONF + f"tracing.dir = {folder}\n")
    try:
        tracing.put("t", "publish.#")
        for number in range(10_000):
            tracing.channel.basic_publish("", "orders", b"%d" % number)
        entries = tracing.entries("t", 10_000)
        assert [int(base64.b64decode(entry["payload"])) for entry in entries] == list(range(10_000))
        assert os.stat(folder / "t.log").st_mode & 0o077 == 0
    finally:
        tracing.stop()
