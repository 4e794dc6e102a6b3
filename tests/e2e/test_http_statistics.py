"""Rates and histories in the HTTP API, as RabbitMQ 4.3 shows them."""
import time

import pika
import pika.exceptions
import pytest

from broker import OwnBroker
from http_client import HttpClient

AGES = ("lengths_age=60&lengths_incr=5&msg_rates_age=60&msg_rates_incr=5"
        "&node_stats_age=60&node_stats_incr=5")
CONF = ("management.tcp.port = 0\nmanagement.tcp.ip = 127.0.0.1\n"
        "collect_statistics_interval = 1000\n")
SECONDS_MAX = 20


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    own = OwnBroker(tmp_path_factory.mktemp("statistics"), CONF).start()
    own.api = HttpClient(own.ports["http"])
    yield own
    own.stop()


@pytest.fixture
def channel(broker):
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port))
    yield connection.channel()
    connection.close()


def eventually(look):
    end = time.monotonic() + SECONDS_MAX
    while True:
        found = look()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.1)


def publish(channel, queue, count):
    channel.queue_declare(queue, durable=True)
    for _ in range(count):
        channel.basic_publish("", queue, b"x")


def test_a_queue_that_is_published_to_has_a_rate(broker, channel):
    publish(channel, "rated", 50)

    def rate():
        queue = broker.api.get("queues/%2F/rated").json()
        return queue["message_stats"]["publish_details"]["rate"] if "message_stats" in queue else 0
    # Fifty messages in five seconds, or in two times five.
    assert 0 < eventually(rate) <= 10.0
    # It falls again when nothing comes.
    assert eventually(lambda: rate() == 0.0)
    channel.queue_delete("rated")


def test_samples_have_rabbitmqs_shape(broker, channel):
    publish(channel, "sampled", 7)

    def samples():
        return broker.api.get("queues/%2F/sampled?" + AGES).json()["messages_details"]["samples"]
    # Until the first look at it the queue has no history: it has always been as it is.
    assert eventually(lambda: samples()[0]["sample"] == 7 and samples()[-1]["sample"] == 0)
    queue = broker.api.get("queues/%2F/sampled?" + AGES).json()
    for details in queue["messages_details"], queue["message_stats"]["publish_details"]:
        assert set(details) == {"rate", "samples", "avg_rate", "avg"}
        times = [sample["timestamp"] for sample in details["samples"]]
        assert len(times) == 13
        assert all(newer - older == 5000 for newer, older in zip(times, times[1:]))
        assert details["samples"][-1]["sample"] == 0
        assert details["avg_rate"] == pytest.approx(7 / 60)
    assert set(broker.api.get("queues/%2F/sampled").json()["messages_details"]) == {"rate"}
    channel.queue_delete("sampled")


def test_the_overview_adds_everything_up(broker, channel):
    before = broker.api.get("overview").json()
    publish(channel, "counted", 5)
    after = eventually(lambda: (lambda seen: seen["queue_totals"]["messages_ready"] ==
                                before["queue_totals"]["messages_ready"] + 5 and seen)
                       (broker.api.get("overview?" + AGES).json()))
    assert after["message_stats"]["publish"] == before["message_stats"].get("publish", 0) + 5
    assert after["object_totals"]["connections"] == 1
    assert after["object_totals"]["channels"] == 1
    assert after["churn_rates"]["queue_created"] == before["churn_rates"]["queue_created"] + 1
    for part in "message_stats", "queue_totals", "churn_rates":
        for name, value in after[part].items():
            if name.endswith("_details"):
                assert len(value["samples"]) == 13, name
    channel.queue_delete("counted")
    eventually(lambda: broker.api.get("queues/%2F/counted").status == 404)
    # What a queue has counted stays when it goes.
    assert broker.api.get("overview").json()["message_stats"]["publish"] == after["message_stats"]["publish"]


def test_a_node_has_gauges_that_are_true(broker):
    node = broker.api.get("nodes?" + AGES).json()[0]
    assert 1_000_000 < node["mem_used"] < 1_000_000_000
    assert node["fd_used"] > 5
    assert node["uptime"] > 0
    for name, value in node.items():
        if name.endswith("_details"):
            assert name[:-len("_details")] in node
            assert len(value["samples"]) == 13, name


def test_a_node_has_limits_that_can_be_divided_by(broker):
    node = broker.api.get("nodes").json()[0]
    for used, total in ("fd_used", "fd_total"), ("sockets_used", "sockets_total"), ("proc_used", "proc_total"):
        assert 0 < node[used] < node[total], used
    assert node["mem_used"] < node["mem_limit"]
    assert 0 < node["disk_free_limit"] < node["disk_free"]
    assert node["mem_alarm"] is False and node["disk_free_alarm"] is False
    assert 0 <= node["run_queue"] <= node["proc_used"]


def test_logins_are_counted_by_protocol(broker, channel):  # pylint: disable=unused-argument
    node = broker.api.get("nodes").json()[0]["name"]

    def attempts():
        return {each["protocol"]: each for each in broker.api.get(f"auth/attempts/{node}").json()}
    before = attempts()
    assert before["amqp091"]["auth_attempts_succeeded"] >= 1
    with pytest.raises(pika.exceptions.ProbableAuthenticationError):
        pika.BlockingConnection(pika.ConnectionParameters(
            "127.0.0.1", broker.port, credentials=pika.PlainCredentials("guest", "wrong")))
    after = attempts()["amqp091"]
    assert after["auth_attempts_failed"] == before["amqp091"]["auth_attempts_failed"] + 1
    assert after["auth_attempts"] == before["amqp091"]["auth_attempts"] + 1
    assert broker.api.delete(f"auth/attempts/{node}").status == 204
    assert "amqp091" not in attempts()


def test_clients_are_told_the_name_that_the_cluster_was_given(broker):
    def told():
        connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port))
        name = connection._impl.server_properties["cluster_name"]  # pylint: disable=protected-access
        connection.close()
        return name
    first = broker.api.get("cluster-name").json()["name"]
    assert told() == first
    assert broker.api.put("cluster-name", {"name": "burrow"}).status == 204
    assert told() == "burrow"
    broker.api.put("cluster-name", {"name": first})


def test_without_statistics_there_are_no_rates(tmp_path):
    own = OwnBroker(tmp_path, CONF + "management.disable_stats = true\n").start()
    try:
        api = HttpClient(own.ports["http"])
        api.put("queues/%2F/plain", {})
        assert "messages" not in api.get("queues/%2F/plain").json()
        assert "message_stats" not in api.get("overview").json()
    finally:
        own.stop()
