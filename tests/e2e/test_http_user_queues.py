"""GET of users/USER/queues: the queues that a user has declared, as RabbitMQ 4.3 lists them."""
import pathlib

import pika
import pytest

from broker import OwnBroker
from http_client import HttpClient
from http_fixtures import CONF, api, user, vhost  # noqa: F401  (fixtures)

# pylint: disable=redefined-outer-name
pytestmark = pytest.mark.own_server
EVERYTHING = {"configure": ".*", "write": ".*", "read": ".*"}


def connect(port, vhost, name, password="secret"):
    return pika.BlockingConnection(
        pika.ConnectionParameters("127.0.0.1", port, vhost, pika.PlainCredentials(name, password)))


def declared(client, user, query=""):
    answer = client.get(f"users/{user}/queues?columns=name{query}")
    assert answer.status == 200, answer.body
    return [queue["name"] for queue in answer.json()]


def test_queues_are_those_of_who_declared_them_first(api, vhost, user):
    anna, ben = user("management", vhost), user("management", vhost)
    with connect(api.amqp_port, vhost, anna.user) as connection:
        channel = connection.channel()
        channel.queue_declare("by-amqp", durable=True)
        channel.queue_declare("exclusive", exclusive=True)
        channel.queue_declare("quorum", durable=True, arguments={"x-queue-type": "quorum"})
        channel.queue_declare("stream", durable=True, arguments={"x-queue-type": "stream"})
        assert anna.put(f"queues/{vhost}/by-http", {"durable": True}).status == 201
        with connect(api.amqp_port, vhost, ben.user) as other:
            other.channel().queue_declare("by-amqp", durable=True)
            other.channel().queue_declare("of-ben", durable=True)
        assert declared(api, anna.user) == ["by-amqp", "by-http", "exclusive", "quorum", "stream"]
    assert declared(api, anna.user) == ["by-amqp", "by-http", "quorum", "stream"]
    assert declared(api, ben.user) == ["of-ben"]
    # An import is the doing of who imports.
    imported = {"queues": [{"name": "imported", "durable": True, "auto_delete": False, "arguments": {}}]}
    assert api.post(f"definitions/{vhost}", imported).status == 204
    assert "imported" in declared(api, "guest")
    # Who is gone may have left queues; who never was has none.
    assert api.delete(f"users/{ben.user}").status == 204
    assert declared(api, ben.user) == ["of-ben"]
    assert declared(api, "nobody") == []


def test_each_queue_looks_as_in_the_list_of_all(api, vhost, user):
    anna = user("management", vhost)
    assert anna.put(f"queues/{vhost}/q", {"durable": True}).status == 201
    [mine], [all_of_them] = api.get(f"users/{anna.user}/queues").json(), api.get(f"queues/{vhost}").json()
    assert mine.keys() == all_of_them.keys()
    assert (mine["name"], mine["vhost"], mine["messages"]) == ("q", vhost, 0)
    # RabbitMQ's lists do not say who declared a queue either.
    assert not [key for key in mine if "user" in key]


def test_everybody_with_a_tag_may_ask_and_sees_their_virtual_hosts(api, vhost, user):
    anna, ben = user("management", vhost), user("policymaker")
    nobody, admin = user(""), user("administrator")
    assert anna.put(f"queues/{vhost}/q", {"durable": True}).status == 201
    path = f"users/{anna.user}/queues"
    assert declared(anna, anna.user) == declared(admin, anna.user) == ["q"]
    assert declared(ben, anna.user) == []
    assert api.put(f"permissions/{vhost}/{ben.user}", {"configure": "", "write": "", "read": ""}).status == 201
    assert declared(ben, anna.user) == ["q"]
    refused = nobody.get(path)
    assert (refused.status, refused.json()) == (401, {"error": "not_authorised", "reason": "Not management user"})
    assert HttpClient(api.port, user=None).get(path).status == 401
    assert api.ask("POST", path).status == 405
    assert api.ask("OPTIONS", path).headers["allow"] == "HEAD, GET, OPTIONS"


def test_pages_count_only_the_queues_of_the_user(api, vhost, user):
    anna = user("management", vhost)
    for name in ("a1", "a2", "a3", "b1"):
        assert anna.put(f"queues/{vhost}/{name}", {"durable": True}).status == 201
    assert api.put(f"queues/{vhost}/a4", {"durable": True}).status == 201
    path = f"users/{anna.user}/queues"
    page = api.get(f"{path}?page=2&page_size=2&name=a&columns=name").json()
    assert page == {"filtered_count": 3, "item_count": 1, "items": [{"name": "a3"}], "page": 2, "page_count": 2,
                    "page_size": 2, "total_count": 4}
    assert declared(api, anna.user, "&sort=name&sort_reverse=true") == ["b1", "a3", "a2", "a1"]
    assert api.post(f"exchanges/{vhost}/amq.default/publish", {
        "routing_key": "a2", "payload": "x", "payload_encoding": "string", "properties": {}}).json() == {"routed": True}
    assert declared(api, anna.user, "&sort=messages&sort_reverse=true")[0] == "a2"
    behind = api.get(f"{path}?page=9")
    assert (behind.status, behind.json()["error"]) == (400, "page_out_of_range")
    assert api.get(f"{path}?page=0").json()["error"] == "invalid_pagination_parameters"
    assert set(api.get(f"{path}?disable_stats=true").json()[0]) & {"messages", "name"} == {"name"}


def test_a_restart_does_not_forget_who_declared(tmp_path):
    own = OwnBroker(pathlib.Path(tmp_path), CONF).start()
    api = HttpClient(own.ports["http"])
    for name in ("anna", "ben"):
        assert api.put(f"users/{name}", {"password": "secret", "tags": "management"}).status == 201
        assert api.put(f"permissions/%2F/{name}", EVERYTHING).status == 201
        with connect(own.port, "/", name) as connection:
            connection.channel().queue_declare("durable-" + name, durable=True)
            connection.channel().queue_declare("quorum-" + name, durable=True, arguments={"x-queue-type": "quorum"})
            connection.channel().queue_declare("transient-" + name)
    before = {name: declared(api, name) for name in ("anna", "ben", "guest")}
    assert before["anna"] == ["durable-anna", "quorum-anna", "transient-anna"]
    for _ in range(2):
        own.stop()
        own.start()
        api = HttpClient(own.ports["http"])
        assert declared(api, "anna") == ["durable-anna", "quorum-anna"]
        assert declared(api, "ben") == ["durable-ben", "quorum-ben"]
        assert declared(api, "guest") == []
    own.stop()
