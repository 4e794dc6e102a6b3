"""The event exchange (rabbitmq_event_exchange): keys and headers were compared with RabbitMQ 4.3's."""
import pika
import pytest

from broker import OwnBroker
from command_line import CommandLine
from http_client import HttpClient

pytestmark = pytest.mark.own_server

CONF = "management.tcp.port = 0\nmanagement.tcp.ip = 127.0.0.1\n"


@pytest.fixture
def node(tmp_path):
    own = OwnBroker(tmp_path, CONF + "event_exchange.vhost = /\n").start()
    yield own
    own.kill()


class Listener:
    def __init__(self, node, pattern="#"):
        self.connection = pika.BlockingConnection(pika.ConnectionParameters(port=node.port))
        self.channel = self.connection.channel()
        self.channel.queue_declare("events")
        self.channel.queue_bind("events", "amq.rabbitmq.event", pattern)

    def events(self):
        """What has come: (routing key, headers)."""
        found = []
        while True:
            method, properties, body = self.channel.basic_get("events", auto_ack=True)
            if method is None:
                return found
            assert body == b"" and properties.delivery_mode == 2
            assert properties.headers["timestamp_in_ms"] // 1000 == properties.timestamp
            found.append((method.routing_key, properties.headers))

    def keys(self):
        return [key for key, _ in self.events()]


def only(events, key):
    (headers,) = [headers for found, headers in events if found == key]
    return headers


def test_the_exchange_is_there_only_if_it_is_wanted(node, tmp_path):
    cli = CommandLine(node.data_dir)
    assert "amq.rabbitmq.event\ttopic" in cli.lines("list_exchanges", "-q", "name", "type")
    other = OwnBroker(tmp_path / "other").start()
    try:
        assert "amq.rabbitmq.event" not in CommandLine(other.data_dir).ok("list_exchanges")
    finally:
        other.stop()


def test_connections_channels_and_consumers(node):
    listener = Listener(node)
    listener.events()
    parameters = pika.ConnectionParameters(port=node.port, client_properties={"connection_name": "mine"})
    client = pika.BlockingConnection(parameters)
    channel = client.channel()
    channel.queue_declare("q")
    channel.basic_qos(prefetch_count=7)
    channel.basic_cancel(channel.basic_consume("q", lambda *a: None, consumer_tag="tag", arguments={"x-priority": 3}))
    client.close()
    events = listener.events()
    assert [key for key, _ in events] == [
        "user.authentication.success", "connection.created", "channel.created", "queue.created",
        "consumer.created", "consumer.deleted", "channel.closed", "connection.closed"]
    created = only(events, "connection.created")
    assert created["user"] == "guest" and created["vhost"] == "/" and created["user_provided_name"] == "mine"
    assert created["protocol"] == "{0,9,1}" and created["auth_mechanism"] == "PLAIN"
    assert '{<<"connection_name">>,longstr,<<"mine">>}' in created["client_properties"]
    assert only(events, "connection.closed")["pid"] == created["pid"]
    assert only(events, "channel.created")["connection"] == created["pid"]
    consumer = only(events, "consumer.created")
    assert consumer["consumer_tag"] == "tag" and consumer["queue"] == "q" and consumer["prefetch_count"] == 7
    assert consumer["ack_required"] is True and consumer["arguments"] == ['{<<"x-priority">>,signedint,3}']


def test_what_exists(node):
    listener = Listener(node)
    listener.events()
    channel = listener.channel
    channel.queue_declare("q", durable=True, arguments={"x-max-length": 5})
    channel.exchange_declare("x", "topic")
    channel.queue_bind("q", "x", "a.*")
    channel.queue_declare("q", durable=True, arguments={"x-max-length": 5})
    channel.queue_delete("q")
    channel.exchange_delete("x")
    events = listener.events()
    assert [key for key, _ in events] == [
        "queue.created", "exchange.created", "binding.created", "binding.deleted", "queue.deleted",
        "exchange.deleted"]
    queue = only(events, "queue.created")
    assert '{<<"x-max-length">>,signedint,5}' in queue["arguments"]
    assert queue["type"] == "rabbit_classic_queue" and queue["durable"] is True
    assert queue["user_who_performed_action"] == "guest"
    binding = only(events, "binding.created")
    assert (binding["source_name"], binding["destination_name"], binding["destination_kind"]) == ("x", "q", "queue")


def test_users_policies_and_vhosts(node):
    listener = Listener(node)
    listener.events()
    api = HttpClient(node.ports["http"])
    for method, path, body in [
            ("PUT", "users/carol", {"password": "x", "tags": "management"}),
            ("PUT", "vhosts/v", {"description": "d"}),
            ("PUT", "permissions/v/carol", {"configure": "c", "write": "w", "read": "r"}),
            ("DELETE", "permissions/v/carol", None),
            ("PUT", "policies/v/p", {"pattern": "^x", "definition": {"max-length": 5}, "priority": 2}),
            ("DELETE", "policies/v/p", None),
            ("DELETE", "vhosts/v", None),
            ("DELETE", "users/carol", None)]:
        assert api.ask(method, path, body).status in (201, 204), path
    events = [event for event in listener.events() if not event[0].startswith("exchange.")]
    assert [key for key, _ in events] == [
        "user.created", "user.tags.set", "vhost.created", "permission.created", "permission.created",
        "permission.deleted", "policy.set", "policy.cleared", "vhost.deleted", "user.deleted"]
    policy = only(events, "policy.set")
    assert policy["definition"] == {"max-length": 5} and policy["priority"] == 2 and policy["pattern"] == "^x"
    assert policy["user_who_performed_action"] == "guest"
    assert only(events, "vhost.created")["description"] == "d"


def test_refused_logins(node):
    listener = Listener(node, "user.authentication.failure")
    with pytest.raises(pika.exceptions.AMQPError):
        pika.BlockingConnection(pika.ConnectionParameters(
            port=node.port, credentials=pika.PlainCredentials("guest", "wrong")))
    ((key, headers),) = listener.events()
    assert headers["name"] == "guest" and headers["auth_mechanism"] == "PLAIN"


def test_the_plugin_switches_it_on_and_off(tmp_path):
    own = OwnBroker(tmp_path, CONF).start()
    try:
        cli = CommandLine(own.data_dir)
        cli.ok("enable", "rabbitmq_event_exchange", tool="rabbitmq-plugins")
        listener = Listener(own, "queue.*")
        listener.channel.queue_declare("q")
        assert listener.keys() == ["queue.created"]
        cli.ok("disable", "rabbitmq_event_exchange", tool="rabbitmq-plugins")
        listener.channel.queue_delete("q")
        assert listener.keys() == []
        cli.ok("enable", "rabbitmq_event_exchange", tool="rabbitmq-plugins")
        listener.channel.queue_declare("q")
        assert listener.keys() == ["queue.created"]
    finally:
        own.stop()
