"""/metrics for Prometheus: RabbitMQ's names, strictly in the text format, and truthful."""
import gzip
import pathlib
import resource
import subprocess
import urllib.error
import urllib.request

import pika
import pika.exceptions
import pytest

from broker import OwnBroker
from http_client import HttpClient, quoted
from metrics_client import CONF, channel, fetch, scrape, start  # noqa: F401  (a fixture)
from metrics_text import Scrape
from programs import path_of

RECORDED = pathlib.Path(__file__).with_name("rabbitmq_metric_names.txt")


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    own = start(tmp_path_factory.mktemp("metrics"))
    yield own
    own.stop()


def test_metrics_have_the_names_and_types_of_rabbitmq(broker):
    types = scrape(broker).types
    recorded = dict(line.split() for line in RECORDED.read_text().splitlines() if not line.startswith("#"))
    wanted = {name for name in recorded if not name.startswith("rabbitmq_raft_")}
    assert wanted - types.keys() == set()
    assert {name: types[name] for name in wanted} == {name: recorded[name] for name in wanted}


def test_totals_follow_what_clients_do(broker, channel):
    before = scrape(broker)
    channel.queue_declare("followed", durable=True)
    for _ in range(10):
        channel.basic_publish("", "followed", b"four")
    for _ in range(3):
        channel.basic_get("followed", auto_ack=True)
    after = scrape(broker)

    def rise(name, **labels):
        return after.value(name, **labels) - before.value(name, **labels)

    assert rise("rabbitmq_queue_messages_ready") == 7
    assert rise("rabbitmq_queue_messages_bytes") == 28
    assert rise("rabbitmq_queues") == 1
    assert rise("rabbitmq_queues_created_total") == 1
    assert rise("rabbitmq_global_messages_received_total", protocol="amqp091") == 10
    assert rise("rabbitmq_global_messages_confirmed_total", protocol="amqp091") == 10
    assert rise("rabbitmq_global_messages_delivered_get_auto_ack_total", protocol="amqp091",
                queue_type="rabbit_classic_queue") == 3
    assert after.value("rabbitmq_connections") == 1
    channel.queue_delete("followed")
    assert scrape(broker).value("rabbitmq_queue_messages_ready") == before.value("rabbitmq_queue_messages_ready")


def test_few_descriptors_are_an_alarm(broker):
    alarm = "rabbitmq_alarms_file_descriptor_limit"
    found = scrape(broker)
    assert found.value(alarm) == 0
    _, hard = resource.prlimit(broker.process.pid, resource.RLIMIT_NOFILE)
    few = int(found.value("rabbitmq_process_open_fds")) + 50
    soft, _ = resource.prlimit(broker.process.pid, resource.RLIMIT_NOFILE, (few, hard))
    assert scrape(broker).value(alarm) == 1
    resource.prlimit(broker.process.pid, resource.RLIMIT_NOFILE, (soft, hard))
    assert scrape(broker).value(alarm) == 0


def test_counters_do_not_fall_when_queues_go(broker, channel):
    name, labels = "rabbitmq_global_messages_delivered_total", {"queue_type": "rabbit_classic_queue"}
    for _ in range(3):
        before = scrape(broker).value(name, **labels)
        channel.queue_declare("gone", durable=True)
        channel.basic_publish("", "gone", b"")
        channel.basic_get("gone", auto_ack=True)
        assert scrape(broker).value(name, **labels) == before + 1
        channel.queue_delete("gone")
        assert scrape(broker).value(name, **labels) == before + 1


def test_each_queue_is_shown_whatever_its_name(broker, channel):
    name = 'a "quoted" \\ name'
    channel.queue_declare(name, durable=True)
    channel.basic_publish("", name, b"12345")
    found = scrape(broker, "/metrics/per-object")
    assert found.value("rabbitmq_queue_messages", vhost="/", queue=name) == 1
    assert found.value("rabbitmq_queue_info", queue=name, queue_type="rabbit_classic_queue") == 1
    channel.queue_delete(name)


def test_families_and_vhosts_are_chosen(broker, channel):
    api = HttpClient(broker.ports["http"])
    api.put("vhosts/other")
    api.put(f"queues/{quoted('other', 'there')}", {"durable": True})
    channel.queue_declare("here", durable=True)
    found = scrape(broker, "/metrics/detailed?vhost=other&family=queue_coarse_metrics&family=vhost_status")
    assert found.value("rabbitmq_detailed_queue_messages", vhost="other", queue="there") == 0
    assert len(found.samples["rabbitmq_detailed_queue_messages"]) == 1
    assert list(found.samples["rabbitmq_cluster_vhost_status"]) == [(("vhost", "other"),)]
    assert "rabbitmq_detailed_queue_consumers" not in found.types
    assert found.value("rabbitmq_identity_info", rabbitmq_endpoint="detailed") == 1
    channel.queue_delete("here")
    api.delete("vhosts/other")


# Of each family, what the labels of its metrics are called.
DETAILED = {
    "connection_coarse_metrics": {
        "connection_incoming_bytes_total": "channel", "connection_outgoing_bytes_total": "channel",
        "connection_process_reductions_total": "channel"},
    "connection_metrics": {
        "connection_incoming_packets_total": "channel", "connection_outgoing_packets_total": "channel",
        "connection_pending_packets": "channel", "connection_channels": "channel"},
    "channel_metrics": {
        "channel_consumers": "channel", "channel_messages_unacked": "channel",
        "channel_messages_unconfirmed": "channel", "channel_messages_uncommitted": "channel",
        "channel_acks_uncommitted": "channel", "consumer_prefetch": "channel", "channel_prefetch": "channel"},
    "channel_process_metrics": {"channel_process_reductions_total": "channel"},
    "channel_exchange_metrics": {
        "channel_messages_published_total": "channel vhost exchange",
        "channel_messages_confirmed_total": "channel vhost exchange",
        "channel_messages_unroutable_returned_total": "channel vhost exchange",
        "channel_messages_unroutable_dropped_total": "channel vhost exchange"},
    "channel_queue_metrics": {
        "channel_get_ack_total": "channel vhost queue", "channel_get_total": "channel vhost queue",
        "channel_messages_delivered_ack_total": "channel vhost queue",
        "channel_messages_delivered_total": "channel vhost queue",
        "channel_messages_redelivered_total": "channel vhost queue",
        "channel_messages_acked_total": "channel vhost queue", "channel_get_empty_total": "channel vhost queue"},
    "channel_queue_exchange_metrics": {
        "queue_messages_published_total": "channel queue_vhost queue exchange_vhost exchange"},
    "exchange_metrics": {
        "exchange_messages_published_total": "vhost exchange", "exchange_messages_confirmed_total": "vhost exchange",
        "exchange_messages_unroutable_returned_total": "vhost exchange",
        "exchange_messages_unroutable_dropped_total": "vhost exchange"},
    "stream_consumer_metrics": {"stream_consumer_max_offset_lag": "vhost queue"},
    "ra_metrics": {
        "raft_term": "vhost queue", "raft_last_index": "vhost queue", "raft_last_written_index": "vhost queue",
        "raft_commit_index": "vhost queue", "raft_last_applied": "vhost queue",
        "raft_snapshot_index": "vhost queue", "raft_num_segments": "vhost queue", "raft_term_total": "vhost queue",
        "raft_log_snapshot_index": "vhost queue", "raft_log_last_applied_index": "vhost queue",
        "raft_log_commit_index": "vhost queue", "raft_log_last_written_index": "vhost queue",
        "raft_commit_latency_seconds": "vhost queue", "raft_entry_commit_latency_seconds": "vhost queue",
        "raft_wal_files": "module ra_system", "raft_batches": "module ra_system",
        "raft_bytes_written": "module ra_system", "raft_entries": "module ra_system",
        "raft_segments": "module ra_system", "raft_mem_tables": "module ra_system"},
    "queue_exchange_metrics": {"queue_exchange_messages_published_total": "vhost exchange queue"},
}


@pytest.fixture
def traffic(channel):
    """Three messages by an exchange, one by the default one; one is taken."""
    channel.exchange_declare("hub", "fanout")
    channel.queue_declare("end", durable=True)
    channel.queue_bind("end", "hub")
    for _ in range(3):
        channel.basic_publish("hub", "", b"x")
    channel.basic_publish("", "end", b"x")
    channel.basic_get("end")
    yield channel
    channel.exchange_delete("hub")
    channel.queue_delete("end")


@pytest.fixture
def typed(traffic):
    """The same, and five messages each in a quorum queue and in a stream, of which a consumer has got two."""
    traffic.queue_declare("agreed", durable=True, arguments={"x-queue-type": "quorum"})
    traffic.queue_declare("read", durable=True, arguments={"x-queue-type": "stream"})
    traffic.basic_qos(prefetch_count=2)
    for queue in "agreed", "read":
        for _ in range(5):
            traffic.basic_publish("", queue, b"x")
    traffic.basic_consume("read", lambda *_: None, arguments={"x-stream-offset": "first"})
    yield traffic
    for queue in "agreed", "read":
        traffic.queue_delete(queue)


@pytest.mark.usefixtures("typed")
@pytest.mark.parametrize("family", DETAILED)
def test_families_have_the_names_and_labels_of_rabbitmq(broker, family):
    found = scrape(broker, "/metrics/detailed?family=" + family)
    own = {"rabbitmq_build_info", "rabbitmq_identity_info", "warrenmq_metrics_queues_left_out",
           "warrenmq_metrics_objects_left_out"}
    assert found.types.keys() - own == {"rabbitmq_detailed_" + name for name in DETAILED[family]}
    for name, labels in DETAILED[family].items():
        (first, *_) = found.samples["rabbitmq_detailed_" + name]
        assert [key for key, _ in first] == labels.split(), name


@pytest.mark.usefixtures("typed")
def test_what_only_queues_of_some_type_have_is_shown_of_those(broker):
    api = HttpClient(broker.ports["http"])
    found = scrape(broker, "/metrics/per-object")

    def of(name):
        return {dict(labels)["queue"]: value for labels, value in found.samples["rabbitmq_" + name].items()}
    assert of("queue_disk_writes_total")["end"] == 0  # transient
    assert not {"agreed", "read"} & of("queue_disk_reads_total").keys()
    assert of("stream_segments") == {"read": 1}
    assert of("stream_consumer_max_offset_lag") == {"read": 3}
    total = scrape(broker)
    assert total.value("rabbitmq_stream_segments") == 1
    assert total.value("rabbitmq_stream_consumer_max_offset_lag") == 3
    stream = api.get("queues/%2F/read").json()
    assert (stream["segments"], stream["committed_offset"], list(stream["readers"].values())) == (1, 4, [1])
    assert stream["max_offset_lag"] == 3 and stream["first_timestamp"] > 1_600_000_000_000
    quorum = api.get("queues/%2F/agreed").json()
    assert (quorum["messages_by_priority"], quorum["messages_active_priorities"]) == ({"4": 5}, 1)


def test_channels_connections_and_exchanges_are_shown_one_by_one(broker, traffic):
    del traffic
    found = scrape(broker, "/metrics/per-object")
    assert found.value("rabbitmq_channel_messages_published_total", vhost="/", exchange="hub") == 3
    assert found.value("rabbitmq_channel_messages_published_total", vhost="/", exchange="") == 1
    assert found.value("rabbitmq_channel_messages_confirmed_total", vhost="/", exchange="hub") == 3
    assert found.value("rabbitmq_queue_messages_published_total", queue="end", exchange="hub") == 3
    assert found.value("rabbitmq_channel_get_ack_total", vhost="/", queue="end") == 1
    assert found.value("rabbitmq_channel_messages_unacked") == 1
    assert found.value("rabbitmq_exchange_messages_published_total", exchange="hub") == 3
    assert found.value("rabbitmq_queue_exchange_messages_published_total", exchange="hub", queue="end") == 3
    assert found.value("rabbitmq_connection_channels") == 1
    assert found.value("rabbitmq_connection_incoming_bytes_total") > 100
    other = scrape(broker, "/metrics/detailed?vhost=nosuch&family=channel_metrics&family=exchange_metrics")
    assert "rabbitmq_detailed_channel_consumers" not in other.samples
    assert "rabbitmq_detailed_exchange_messages_published_total" not in other.samples


def test_sums_over_sessions_are_true(broker, channel):
    def sums():
        return {name: value for found in [scrape(broker)] for name, labelled in found.samples.items()
                for labels, value in labelled.items() if not labels or labels[0] == ("protocol", "amqp091")}
    before = sums()
    channel.basic_qos(prefetch_count=5)
    channel.queue_declare("sized", durable=True)
    for size in 50, 100, 5000:
        channel.basic_publish("", "sized", bytes(size), pika.BasicProperties(delivery_mode=2))
    committing = channel.connection.channel()
    committing.tx_select()
    committing.basic_publish("", "sized", b"later")
    channel.connection.process_data_events(0)
    after = sums()

    def rise(name):
        return after["rabbitmq_" + name] - before["rabbitmq_" + name]
    assert rise("consumer_prefetch") == 5
    assert rise("connection_incoming_bytes_total") > 5150
    assert rise("connection_incoming_packets_total") > 0
    assert after["rabbitmq_global_publishers"] == 1
    assert after["rabbitmq_channel_messages_uncommitted"] == 1
    assert rise("message_size_bytes_sum") == 5155
    assert rise("message_size_bytes_count") == 4
    assert rise("io_write_ops_total") > 0 and rise("io_write_time_seconds_total") > 0
    assert rise("io_sync_ops_total") > 0 and rise("io_sync_time_seconds_total") > 0
    found = scrape(broker)
    sizes = {bound: found.value("rabbitmq_message_size_bytes_bucket", protocol="amqp091", le=bound)
             for bound in ("100", "1000", "10000", "+Inf")}
    assert sizes["100"] == sizes["1000"] == sizes["10000"] - 1
    assert sizes["+Inf"] == after["rabbitmq_message_size_bytes_count"]
    committing.close()
    channel.queue_delete("sized")


def test_logins_over_amqp_are_counted(broker, channel):
    del channel
    before = scrape(broker).value("rabbitmq_auth_attempts_failed_total", protocol="amqp091")
    with pytest.raises(pika.exceptions.ProbableAuthenticationError):
        pika.BlockingConnection(pika.ConnectionParameters(
            "127.0.0.1", broker.port, credentials=pika.PlainCredentials("guest", "wrong")))
    found = scrape(broker)
    assert found.value("rabbitmq_auth_attempts_failed_total", protocol="amqp091") == before + 1
    assert found.value("rabbitmq_auth_attempts_succeeded_total", protocol="amqp091") >= 1


def test_queues_can_be_left_out_of_sums(tmp_path):
    own = start(tmp_path, "prometheus.filter_aggregated_queue_metrics_pattern = ^hidden\n")
    try:
        connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", own.port))
        channel = connection.channel()
        channel.confirm_delivery()
        for name in "hidden.1", "shown":
            channel.queue_declare(name, durable=True)
            channel.basic_publish("", name, b"x")
        assert scrape(own).value("rabbitmq_queue_messages_ready") == 1
        assert scrape(own, "/metrics/per-object").value("rabbitmq_queue_messages_ready", queue="hidden.1") == 1
        connection.close()
    finally:
        own.stop()


def test_memory_is_broken_down(broker):
    found = scrape(broker, "/metrics/memory-breakdown")
    assert found.value("rabbitmq_memory_other_system_bytes") > 1_000_000


def test_a_client_that_takes_gzip_gets_it(broker):
    response, body = fetch(broker, headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    Scrape(gzip.decompress(body).decode())


@pytest.mark.parametrize("path, status", [("/metrics/unknown", 404), ("/", 404), ("/metricsx", 404)])
def test_what_is_not_there_is_told(broker, path, status):
    with pytest.raises(urllib.error.HTTPError) as raised:
        fetch(broker, path)
    assert raised.value.code == status


def test_only_reading_is_allowed(broker):
    with pytest.raises(urllib.error.HTTPError) as raised:
        fetch(broker, method="POST")
    assert raised.value.code == 405
    assert fetch(broker, method="HEAD")[1] == b""


def test_a_login_can_be_asked_for(tmp_path):
    own = start(tmp_path, "prometheus.authentication.enabled = true\nprometheus.path = /scrape\n")
    try:
        with pytest.raises(urllib.error.HTTPError) as raised:
            fetch(own, "/scrape")
        assert raised.value.code == 401
        scraped = fetch(own, "/scrape", {"Authorization": "Basic Z3Vlc3Q6Z3Vlc3Q="})[1]
        assert Scrape(scraped.decode()).types
    finally:
        own.stop()


def test_too_many_samples_are_left_out_and_that_is_said(tmp_path):
    own = start(tmp_path, "prometheus.max_samples = 100\nprometheus.return_per_object_metrics = true\n")
    try:
        connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", own.port))
        for number in range(10):
            connection.channel().queue_declare(f"q{number}", durable=True)
        text = fetch(own)[1].decode()
        found = Scrape(text)
        shown = len(found.samples["rabbitmq_queue_messages"])
        assert 0 < shown < 10
        assert found.value("warrenmq_metrics_queues_left_out") == 10 - shown
        assert f"# {10 - shown} queues are left out" in text
        assert found.value("rabbitmq_queues") == 10
        connection.close()
    finally:
        own.stop()


@pytest.mark.parametrize("path", ["", "/per-object", "/memory-breakdown", "/detailed?family=queue_metrics",
                                  "/detailed?" + "&".join("family=" + name for name in DETAILED)])
def test_promtool_finds_nothing_wrong(broker, path):
    text = fetch(broker, "/metrics" + path)[1]
    checked = subprocess.run([path_of("promtool"), "check", "metrics"], input=text, capture_output=True, check=False)
    # 3: advice on names, which are RabbitMQ's.
    assert checked.returncode in (0, 3), checked.stderr.decode()
    assert b"error" not in checked.stderr
