"""warrenctl explain, and the API behind it."""
import pika
import pytest

from broker import OwnBroker
from command_line import CommandLine
from http_client import HttpClient

pytestmark = pytest.mark.own_server

CONF = "management.tcp.port = 0\nmanagement.tcp.ip = 127.0.0.1\n"


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    own = OwnBroker(tmp_path_factory.mktemp("explain"), CONF).start()
    yield own
    own.stop()


@pytest.fixture
def cli(node):
    return CommandLine(node.data_dir)


@pytest.fixture
def channel(node):
    connection = pika.BlockingConnection(pika.ConnectionParameters(port=node.port))
    yield connection.channel()
    connection.close()


def codes(node, queue):
    answer = HttpClient(node.ports["http"]).get(f"explain/%2F/queue/{queue}").json()
    return [finding["code"] for finding in answer["findings"]]


def test_where_a_message_goes(node, cli, channel):
    channel.exchange_declare("orders", "topic", arguments={"alternate-exchange": "lost"})
    channel.exchange_declare("archive", "fanout")
    channel.exchange_declare("lost", "fanout")
    for queue in ("books", "all", "found"):
        channel.queue_declare(queue)
    channel.queue_bind("books", "orders", "*.books")
    channel.queue_bind("books", "orders", "never")
    channel.exchange_bind("archive", "orders", "#.books")
    channel.queue_bind("all", "archive", "")
    channel.queue_bind("found", "lost", "")
    assert cli.lines("explain", "route", "orders", "eu.books", "-q", tool="warrenctl") == [
        "exchange 'orders' (topic): it is published there",
        "  -> queue 'books', by the binding with key '*.books'",
        "  -> exchange 'archive', by the binding with key '#.books'",
        "exchange 'archive' (fanout): it is bound to exchange 'orders'",
        "  -> queue 'all', by the binding with key ''"]
    assert cli.lines("explain", "route", "orders", "eu.toys", "-q", tool="warrenctl") == [
        "exchange 'orders' (topic): it is published there",
        "exchange 'lost' (fanout): it is the alternate exchange of exchange 'orders', where nothing matched",
        "  -> queue 'found', by the binding with key ''"]
    api = HttpClient(node.ports["http"])
    answer = api.post("explain/%2F/route", {"exchange": "amq.default", "routing_key": "books",
                                            "headers": {"CC": ["all"]}}).json()
    assert answer["queues"] == ["books", "all"]
    assert api.post("explain/%2F/route", {"exchange": "none", "routing_key": ""}).status == 404
    # Nothing was published.
    assert all(channel.queue_declare(queue, passive=True).method.message_count == 0
               for queue in ("books", "all", "found"))


def test_headers_are_followed_too(node, channel):
    channel.exchange_declare("by-header", "headers")
    channel.queue_declare("acme")
    channel.queue_bind("acme", "by-header", arguments={"tenant": "acme"})
    api = HttpClient(node.ports["http"])
    wish = {"exchange": "by-header", "routing_key": "", "headers": {"tenant": "acme"}}
    answer = api.post("explain/%2F/route", wish).json()
    assert answer["queues"] == ["acme"]
    assert answer["steps"][0]["bindings"][0]["arguments"] == {"tenant": "acme"}
    answer = api.post("explain/%2F/route", {**wish, "headers": {"tenant": "other"}}).json()
    assert answer["queues"] == [] and "reaches no queue" in answer["text"][-1]


def test_why_a_queue_is_not_consumed(node, cli, channel):
    channel.queue_declare("waiting", arguments={"x-max-length": 5, "x-overflow": "reject-publish"})
    assert codes(node, "waiting") == ["nothing_ready", "no_consumers"]
    for _ in range(5):
        channel.basic_publish("", "waiting", b"m")
    channel.queue_declare("waiting", passive=True)
    assert codes(node, "waiting") == ["no_consumers", "rejects_publishes"]
    channel.basic_qos(prefetch_count=2)
    channel.basic_consume("waiting", lambda *arguments: None)
    channel.connection.process_data_events(0.2)
    assert codes(node, "waiting") == ["prefetch_full", "unacknowledged"]
    assert "2 messages wait for an acknowledgement." in cli.lines(
        "explain", "queue", "waiting", "-q", tool="warrenctl")
    cli_done = cli.run("warrenctl", "explain", "queue", "none")
    assert cli_done.returncode == 65
