"""What exists after a restart: of the server that was told to stop, and of the one that was killed."""
import base64
import hashlib
import json

import pika
import pika.exceptions
import pytest

from broker import OwnBroker

pytestmark = pytest.mark.own_server


either_end = pytest.mark.parametrize("end", ["stop", "kill"])


class Node:
    """A server that ends and comes back, and the connections to it."""

    def __init__(self, broker):
        self.broker = broker
        self.connections = []

    def connect(self, user="guest", vhost="/"):
        connection = pika.BlockingConnection(pika.ConnectionParameters(
            host=self.broker.host, port=self.broker.port, virtual_host=vhost,
            blocked_connection_timeout=30, credentials=pika.PlainCredentials(user, user)))
        self.connections.append(connection)
        return connection

    def disconnect(self):
        """pika answers only while it is called: an open connection would delay a stop by seconds."""
        for connection in self.connections:
            if connection.is_open:
                connection.close()
        self.connections.clear()

    def end(self, how):
        if how == "stop":
            self.disconnect()
            self.broker.stop()
        else:
            self.broker.kill()
            self.connections.clear()

    def restart(self, end):
        self.end(end)
        self.broker.start()
        return self.connect()

    def configure(self, conf=""):
        self.broker.conf_path.write_text("listeners.tcp.1 = 127.0.0.1:0\n" + conf)

    def refusal(self):
        """What it says when it does not start."""
        assert self.broker.spawn().wait() != 0
        return self.broker.output()


@pytest.fixture
def start_node(start_broker):
    nodes = []

    def start(conf=""):
        nodes.append(Node(start_broker(conf)))
        return nodes[-1]

    yield start
    for node in nodes:
        node.disconnect()


def is_there(connection, ask):
    """Whether a passive declare finds it; 404 closes the channel and means no."""
    channel = connection.channel()
    try:
        ask(channel)
    except pika.exceptions.ChannelClosedByBroker as refusal:
        assert refusal.reply_code == 404, refusal
        return False
    channel.close()
    return True


def has_queue(connection, name):
    return is_there(connection, lambda channel: channel.queue_declare(name, passive=True))


def has_exchange(connection, name):
    return is_there(connection, lambda channel: channel.exchange_declare(name, passive=True))


def is_routed(connection, exchange, key):
    channel = connection.channel()
    channel.confirm_delivery()
    try:
        channel.basic_publish(exchange, key, b"", mandatory=True)
    except pika.exceptions.UnroutableError:
        return False
    return True


@either_end
def test_durable_things_stay_and_transient_ones_go(start_node, end):
    node = start_node()
    connection = node.connect()
    channel = connection.channel()
    channel.queue_declare("durable", durable=True, arguments={"x-max-length": 7})
    channel.queue_declare("transient")
    channel.queue_declare("exclusive", exclusive=True)
    channel.exchange_declare("durable", "topic", durable=True)
    channel.exchange_declare("transient", "topic")
    channel.exchange_declare("lonely", "fanout", durable=True, auto_delete=True)
    channel.queue_bind("durable", "durable", "a.*")
    channel.queue_bind("transient", "durable", "b.*")
    channel.queue_bind("transient", "lonely")
    channel.exchange_bind("durable", "amq.topic", "c")

    connection = node.restart(end)
    assert has_queue(connection, "durable")
    assert has_exchange(connection, "durable")
    for name in "transient", "exclusive":
        assert not has_queue(connection, name)
    for name in "transient", "lonely":
        assert not has_exchange(connection, name)
    assert is_routed(connection, "durable", "a.x")
    assert not is_routed(connection, "durable", "b.x")

    # Arguments are kept, names that are free again can be used otherwise, and all this once more.
    channel = connection.channel()
    channel.queue_declare("durable", durable=True, arguments={"x-max-length": 7})
    channel.queue_declare("transient", durable=True)
    channel.queue_delete("durable")
    connection = node.restart(end)
    assert has_queue(connection, "transient")
    assert not has_queue(connection, "durable")
    assert has_exchange(connection, "durable")
    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="PRECONDITION_FAILED"):
        connection.channel().queue_declare("transient", durable=False)


@either_end
def test_bindings_that_were_removed_stay_away(start_node, end):
    node = start_node()
    channel = node.connect().channel()
    channel.queue_declare("q", durable=True)
    for key in "kept", "gone":
        channel.queue_bind("q", "amq.direct", key)
    channel.queue_unbind("q", "amq.direct", "gone")
    connection = node.restart(end)
    assert is_routed(connection, "amq.direct", "kept")
    assert not is_routed(connection, "amq.direct", "gone")


def test_what_was_answered_is_safe_at_once(start_node):
    node = start_node()
    for round_number in range(10):
        channel = node.connect().channel()
        for number in range(5):
            channel.queue_declare(f"q{round_number}.{number}", durable=True)
        connection = node.restart("kill")
        assert all(has_queue(connection, f"q{earlier}.{number}")
                   for earlier in range(round_number + 1) for number in range(5))
        connection.close()


def hash_of(password):
    salt = b"salt"
    digest = hashlib.sha256(salt + password.encode()).digest()
    return base64.b64encode(salt + digest).decode()


def definitions(tmp_path, **sections):
    path = tmp_path / "definitions.json"
    path.write_text(json.dumps(sections))
    return path


@either_end
def test_what_definitions_brought_remains_without_them(start_node, tmp_path, end):
    path = definitions(
        tmp_path,
        users=[{"name": "ann", "password_hash": hash_of("ann"), "tags": ["administrator"],
                "hashing_algorithm": "rabbit_password_hashing_sha256"}],
        vhosts=[{"name": "/"}, {"name": "other"}],
        permissions=[{"user": "ann", "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*"}
                     for vhost in ("/", "other")],
        queues=[{"vhost": "other", "name": "q", "durable": True, "arguments": {}}])
    node = start_node(f"load_definitions = {path}\n")
    assert has_queue(node.connect("ann", "other"), "q")
    node.end(end)
    node.configure()
    node.broker.start()
    assert has_queue(node.connect("ann", "other"), "q")
    with pytest.raises(pika.exceptions.ProbableAuthenticationError):
        node.connect("guest")


def test_definitions_at_a_later_start_come_on_top(start_node, tmp_path):
    node = start_node()
    node.connect().channel().queue_declare("q", durable=True)
    node.end("stop")
    path = definitions(
        tmp_path,
        queues=[{"vhost": "/", "name": "q", "durable": True, "arguments": {"x-max-length": 1}},
                {"vhost": "/", "name": "r", "durable": True, "arguments": {}}])
    node.configure(f"load_definitions = {path}\n")
    node.broker.start()
    connection = node.connect()
    assert has_queue(connection, "r")
    connection.channel().queue_declare("q", durable=True)


def test_second_server_on_the_same_folder_is_refused(start_node, tmp_path):
    first = start_node().broker
    second = OwnBroker(tmp_path / "second")
    second.data_dir = first.data_dir
    assert "another server is running on the data folder" in Node(second).refusal()
    first.check_alive()
    assert json.loads((first.data_dir / "ports.json").read_text())["amqp"] == first.port


def test_folder_keeps_its_number_of_shards(start_node):
    node = start_node("shards = 3\n")
    node.connect().channel().queue_declare("q", durable=True)
    node.end("stop")
    node.configure("shards = 2\n")
    refused = node.refusal()
    assert "was made with 3 shards" in refused and "shards = 2" in refused
    node.configure()
    node.broker.start()
    assert has_queue(node.connect(), "q")


def test_folder_of_a_newer_version_is_refused(start_node):
    node = start_node()
    node.end("stop")
    (node.broker.data_dir / "format").write_text("format = 99\n")
    assert "made by a newer version" in node.refusal()
