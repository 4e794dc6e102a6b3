"""For how long messages wait and stay unacknowledged, and who holds them: over HTTP, to Prometheus, by explain."""
import time
import urllib.request

import pika
import pytest

from broker import OwnBroker
from http_client import HttpClient
from metrics_text import Scrape

pytestmark = pytest.mark.own_server

CONF = ("management.tcp.port = 0\nmanagement.tcp.ip = 127.0.0.1\n"
        "prometheus.tcp.port = 0\nprometheus.tcp.ip = 127.0.0.1\n")


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    own = OwnBroker(tmp_path_factory.mktemp("ages"), CONF).start()
    yield own
    own.stop()


@pytest.fixture
def connection(node):
    parameters = pika.ConnectionParameters(port=node.port, client_properties={"connection_name": "holder"})
    made = pika.BlockingConnection(parameters)
    yield made
    made.close()


def queue_of(node, name):
    answer = HttpClient(node.ports["http"]).get(f"queues/%2F/{name}")
    assert answer.status == 200
    return answer.json()


def wait_for(node, name, is_so):
    """The queue, once it is so."""
    end = time.monotonic() + 10
    while not is_so(found := queue_of(node, name)):
        assert time.monotonic() < end, found
        time.sleep(0.02)
    return found


def metrics(node, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{node.ports['prometheus']}{path}", timeout=20) as response:
        return Scrape(response.read().decode())


def counts(histogram):
    return [part["messages"] for part in histogram]


def test_a_queue_that_keeps_nothing_has_no_ages(node, connection):
    connection.channel().queue_declare("empty")
    found = queue_of(node, "empty")
    assert found["ages"]["oldest_message"] is None and found["ages"]["oldest_unacknowledged"] is None
    assert sum(counts(found["ages"]["waiting_times"])) == 0 and "oldest_delivery" not in found
    assert found["head_message_timestamp"] is None


def test_messages_that_wait(node, connection):
    channel = connection.channel()
    channel.queue_declare("waiting")
    channel.basic_publish("", "waiting", b"1", pika.BasicProperties(timestamp=1234))
    found = wait_for(node, "waiting", lambda q: (q["ages"]["oldest_message"] or 0) >= 0.15)
    assert found["head_message_timestamp"] == 1234
    scraped = metrics(node, "/metrics/per-object")
    assert scraped.value("rabbitmq_queue_head_message_timestamp", vhost="/", queue="waiting") == 1234
    # What comes later does not make the oldest younger.
    channel.basic_publish("", "waiting", b"2")
    assert queue_of(node, "waiting")["ages"]["oldest_message"] >= 0.15
    assert channel.basic_get("waiting", auto_ack=True)[2] == b"1"
    histogram = queue_of(node, "waiting")["ages"]["waiting_times"]
    assert [part["below"] for part in histogram] == [0.01, 0.1, 1, 10, 60, 600, 3600, 21600, 86400, None]
    assert sum(counts(histogram)) == 1 and counts(histogram)[:2] == [0, 0]


def test_the_oldest_delivery_is_shown_with_its_holder(node, connection):
    channel = connection.channel()
    channel.queue_declare("held")
    channel.basic_publish("", "held", b"1")
    channel.basic_consume("held", lambda *a: None, consumer_tag="sleeper")
    connection.process_data_events(0)
    found = wait_for(node, "held", lambda q: (q["ages"]["oldest_unacknowledged"] or 0) >= 0.15)
    oldest = found["oldest_delivery"]
    assert oldest["age"] >= 0.15 and oldest["consumer_tag"] == "sleeper" and oldest["user"] == "guest"
    assert oldest["channel"].endswith(f"({channel.channel_number})")
    assert oldest["connection_details"]["name"] in oldest["channel"]
    channel.basic_ack(0, multiple=True)
    found = wait_for(node, "held", lambda q: q["messages_unacknowledged"] == 0)
    assert "oldest_delivery" not in found
    histogram = counts(found["ages"]["unacknowledged_times"])
    assert sum(histogram) == 1 and histogram[:2] == [0, 0]


def test_metrics(node, connection):
    channel = connection.channel()
    channel.queue_declare("measured")
    channel.basic_publish("", "measured", b"1")
    wait_for(node, "measured", lambda q: (q["ages"]["oldest_message"] or 0) >= 0.15)
    labels = {"vhost": "/", "queue": "measured"}
    scraped = metrics(node, "/metrics/per-object")
    assert scraped.value("warrenmq_queue_oldest_message_age_seconds", **labels) >= 0.15
    channel.basic_get("measured", auto_ack=True)
    detailed = metrics(node, "/metrics/detailed?family=queue_age_metrics")
    name = "warrenmq_detailed_queue_waiting_time_seconds"
    assert detailed.value(name + "_count", **labels) == 1
    assert detailed.value(name + "_sum", **labels) >= 0.15
    assert detailed.value(name + "_bucket", le="0.1", **labels) == 0
    assert detailed.value(name + "_bucket", le="+Inf", **labels) == 1
    total = metrics(node, "/metrics")
    assert total.value("warrenmq_queue_waiting_time_seconds_count") >= 1
    assert total.value("warrenmq_queue_oldest_message_age_seconds") >= 0
