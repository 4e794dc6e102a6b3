"""The firehose, switched by the command line and over HTTP. Headers were compared with RabbitMQ 4.3's."""
import pika
import pytest

from broker import OwnBroker
from command_line import CommandLine
from http_client import HttpClient

pytestmark = pytest.mark.own_server

CONF = "management.tcp.port = 0\nmanagement.tcp.ip = 127.0.0.1\n"


class Firehose:
    def __init__(self, port, queue="firehose"):
        self.connection = pika.BlockingConnection(pika.ConnectionParameters(port=port))
        self.channel = self.connection.channel()
        self.queue = queue
        self.channel.queue_declare(queue)
        self.channel.queue_bind(queue, "amq.rabbitmq.trace", "#")

    def copies(self):
        """All that have come: routing key, headers and body."""
        found = []
        while True:
            method, properties, body = self.channel.basic_get(self.queue, auto_ack=True)
            if method is None:
                return found
            found.append((method.routing_key, properties.headers, body))


@pytest.fixture
def traced(tmp_path):
    own = OwnBroker(tmp_path, CONF).start()
    yield own
    own.kill()


def test_trace_on_and_off(traced):
    cli = CommandLine(traced.data_dir)
    firehose = Firehose(traced.port)
    channel = firehose.channel
    channel.queue_declare("orders")
    assert cli.lines("trace_on") == ['Starting tracing for vhost "/" ...', "Trace enabled for vhost /"]
    assert cli.lines("list_vhosts", "-q", "--no-table-headers", "name", "tracing") == ["/\ttrue"]
    properties = pika.BasicProperties(headers={"x": 1}, content_type="text/plain", delivery_mode=2, timestamp=123)
    channel.basic_publish("", "orders", b"hello", properties)
    method, _, _ = channel.basic_get("orders")
    channel.basic_reject(method.delivery_tag, requeue=True)
    channel.basic_get("orders", auto_ack=True)
    assert cli.lines("trace_off", "-q") == ["Trace disabled for vhost /"]
    channel.basic_publish("", "orders", b"unseen")

    published, delivered, again = firehose.copies()
    key, headers, body = published
    assert (key, body) == ("publish.", b"hello")
    assert headers["exchange_name"] == "" and headers["routing_keys"] == ["orders"]
    assert headers["routed_queues"] == ["orders"] and headers["user"] == "guest" and headers["vhost"] == "/"
    assert headers["channel"] == 1 and headers["connection"].endswith(f" -> 127.0.0.1:{traced.port}")
    assert headers["properties"] == {
        "timestamp": 123, "delivery_mode": 2, "headers": {"x": 1}, "content_type": "text/plain"}
    assert list(headers) == sorted(headers)
    assert [delivered[0], delivered[1]["redelivered"]] == ["deliver.orders", 0]
    assert [again[0], again[1]["redelivered"]] == ["deliver.orders", 1]


def test_over_http_and_gone_after_a_restart(traced):
    api = HttpClient(traced.ports["http"])
    firehose = Firehose(traced.port)
    assert api.put("vhosts/%2F", {"tracing": "on"}).json() == {
        "error": "bad_request", "reason": ["not_boolean", "on"]}
    assert api.put("vhosts/%2F", {"tracing": True}).status == 204
    assert api.get("vhosts/%2F").json()["tracing"] is True
    letter = {"properties": {}, "routing_key": "nowhere", "payload": "x", "payload_encoding": "string"}
    assert api.post("exchanges/%2F/amq.default/publish", letter).json() == {"routed": False}
    # What does not speak of tracing leaves it as it is.
    assert api.put("vhosts/%2F", {"description": "d"}).status == 204
    (copy,) = firehose.copies()
    assert copy[0] == "publish." and copy[1]["routed_queues"] == ["nowhere"]
    firehose.connection.close()

    traced.stop()
    traced.start()
    api = HttpClient(traced.ports["http"])
    assert api.get("vhosts/%2F").json()["tracing"] is False


def test_a_vhost_that_is_not_there(traced):
    cli = CommandLine(traced.data_dir)
    assert "Virtual host 'none' does not exist" in cli.refused(65, "trace_on", "-p", "none")
