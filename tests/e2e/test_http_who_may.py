"""Who may do what over HTTP, by tags, to a virtual host that no permissions open: statuses, reasons and lengths of lists as
RabbitMQ 4.3 has answered them (rabbitmq_http_who_may.json)."""
import json
import pathlib

import pika
import pytest

from broker import OwnBroker
from http_client import HttpClient

pytestmark = pytest.mark.own_server

RECORDED = json.loads(pathlib.Path(__file__).with_name("rabbitmq_http_who_may.json").read_text())
ALL = {"configure": ".*", "write": ".*", "read": ".*"}
LIMIT = {"pattern": "x", "definition": {"max-length": 5}}
# What changes something goes with a body; all others have none.
BODIES = {
    "PUT queues/mv/new": {}, "PUT exchanges/mv/newx": {"type": "direct"},
    "POST bindings/mv/e/amq.direct/q/q1": {"routing_key": "a"},
    "POST exchanges/mv/amq.default/publish": {
        "properties": {}, "routing_key": "q1", "payload": "x", "payload_encoding": "string"},
    "POST queues/mv/q1/get": {"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"},
    "PUT policies/mv/p2": LIMIT, "PUT operator-policies/mv/p2": LIMIT, "PUT vhost-limits/mv/max-connections": {"value": 5},
    "PUT user-limits/guest/max-connections": {"value": 50}, "PUT parameters/nocomp/mv/n": {"value": {}},
    "PUT global-parameters/mvgp": {"value": 1}, "PUT vhosts/mv2": {}, "PUT permissions/mv/guest": ALL,
    "PUT users/u_x": {"password": "x", "tags": ""}, "POST queues/mv/q1/actions": {"action": "sync"},
    "POST rebalance/queues": {}, "POST definitions/mv": {}}


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    own = OwnBroker(tmp_path_factory.mktemp("may"), "management.tcp.port = 0\nmanagement.tcp.ip = 127.0.0.1\n").start()
    api = HttpClient(own.ports["http"])
    api.put("vhosts/mv")
    for path, body in (("permissions/mv/guest", ALL), ("queues/mv/q1", {"durable": True}), ("queues/%2F/q0", {"durable": True}),
                       ("policies/mv/p1", LIMIT), ("operator-policies/mv/o1", LIMIT),
                       ("vhost-limits/mv/max-queues", {"value": 50}), ("user-limits/guest/max-channels", {"value": 500})):
        assert api.put(path, body).status in (201, 204)
    connections = []
    for vhost in "/", "mv":
        connections.append(pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", own.port, vhost)))
        channel = connections[-1].channel()
        channel.queue_declare("c", durable=True)
        channel.basic_consume("c", lambda *_: None)
    yield own
    for connection in connections:
        connection.close()
    own.stop()


@pytest.mark.parametrize("tag", RECORDED)
def test_tags_open_what_they_open_in_rabbitmq(node, tag):
    guest = HttpClient(node.ports["http"])
    name = "u_" + tag
    guest.put("users/" + name, {"password": "x", "tags": "" if tag == "none" else tag})
    guest.put(f"user-limits/{name}/max-channels", {"value": 500})
    user = HttpClient(node.ports["http"], name, "x")
    different = {}
    for call, expected in RECORDED[tag].items():
        method, path = call.split()
        answer = user.ask(method, path.replace("U", name), BODIES.get(call))
        told = answer.json() if answer.body else None
        found = [answer.status]
        if len(expected) > 1:
            found.append(len(told) if isinstance(told, list) else told["reason"][:len(str(expected[1]))])
        if found != expected:
            different[call] = (found, expected)
    guest.delete("users/" + name)
    assert not different
