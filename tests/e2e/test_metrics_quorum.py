"""What /metrics says of quorum queues: their dead letters, their Raft groups, and the log below."""

import pika
import pytest

from metrics_client import channel, scrape, start  # noqa: F401  (a fixture)
from waiting import wait_until

QUORUM = {"x-queue-type": "quorum"}
TO_TARGET = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "target"}
ASSURED = {**TO_TARGET, "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}
STRATEGIES = {"disabled": {}, "at_most_once": TO_TARGET, "at_least_once": ASSURED}
GIVEN_UP = "rabbitmq_global_messages_dead_lettered_delivery_limit_total"
CONFIRMED = "rabbitmq_global_messages_dead_lettered_confirmed_total"
REJECTED = "rabbitmq_global_messages_dead_lettered_rejected_total"
OF_QUORUM = "rabbit_quorum_queue"


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    # So that messages leave the log, and memory, early.
    own = start(tmp_path_factory.mktemp("quorum"),
                "storage.unflushed_size_limit = 1MiB\nstorage.wal_file_size = 65536\n")
    yield own
    own.stop()


def take(channel, queue):
    """The next message, which may be on its way back."""
    got = []

    def has_come():
        got[:] = channel.basic_get(queue)
        return got[0] is not None
    wait_until(has_come)
    return got[0].delivery_tag


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_dead_letters_are_counted_by_strategy(broker, channel, strategy):
    labels = {"queue_type": OF_QUORUM, "dead_letter_strategy": strategy}
    before = scrape(broker)
    channel.queue_declare("target", durable=True)
    channel.queue_declare("tried", durable=True,
                          arguments={**QUORUM, "x-delivery-limit": 1, **STRATEGIES[strategy]})
    for _ in range(3):
        channel.basic_publish("", "tried", b"x")
    for _ in range(6):
        channel.basic_reject(take(channel, "tried"), requeue=True)
    channel.basic_publish("", "tried", b"x")
    channel.basic_reject(take(channel, "tried"), requeue=False)

    def rise(name, **labels):
        return scrape(broker).value(name, **labels) - before.value(name, **labels)

    def confirmed():
        return rise(CONFIRMED, queue_type=OF_QUORUM, dead_letter_strategy="at_least_once")

    wait_until(lambda: rise(REJECTED, **labels) == 1)
    assert rise(GIVEN_UP, **labels) == 3
    wait_until(lambda: confirmed() == (4 if strategy == "at_least_once" else 0))
    for other in STRATEGIES.keys() - {strategy}:
        assert rise(GIVEN_UP, queue_type=OF_QUORUM, dead_letter_strategy=other) == 0
    assert channel.queue_delete("target").method.message_count == (0 if strategy == "disabled" else 4)
    channel.queue_delete("tried")
    assert rise(GIVEN_UP, **labels) == 3, "it stays when the queue goes"


def test_raft_groups_are_shown_by_queue(broker, channel):
    channel.queue_declare("agreed", durable=True, arguments=QUORUM)
    channel.queue_declare("plain", durable=True)
    for number in range(5):
        channel.basic_publish("", "agreed", b"x")
    found = scrape(broker, "/metrics/per-object")

    def of(name):
        return {dict(labels)["queue"]: value for labels, value in found.samples["rabbitmq_raft_" + name].items()}
    index = of("commit_index")
    assert list(index) == ["agreed"] and index["agreed"] > 1
    for same in ("last_index", "last_written_index", "last_applied", "snapshot_index",
                 "log_commit_index", "log_last_written_index", "log_last_applied_index", "log_snapshot_index"):
        assert of(same) == index, same
    assert of("term")["agreed"] > 0 and of("term_total") == of("term")
    assert of("num_segments") == {"agreed": 0}
    assert list(of("commit_latency_seconds")) == list(of("entry_commit_latency_seconds")) == ["agreed"]
    # Until 4.1 RabbitMQ added them up in /metrics.
    channel.queue_declare("agreed too", durable=True, arguments=QUORUM)
    channel.basic_publish("", "agreed too", b"x")
    total = scrape(broker)
    assert total.value("rabbitmq_raft_term_total") == 2 * of("term")["agreed"]
    assert total.value("rabbitmq_raft_log_commit_index") > index["agreed"]
    for queue in "agreed", "agreed too", "plain":
        channel.queue_delete(queue)


def test_segments_of_quorum_queues_are_counted(broker, channel):
    def log(name, module):
        return scrape(broker).value("rabbitmq_raft_" + name, module=module, ra_system="quorum_queues")
    files = log("wal_files", "ra_log_wal")
    written = log("bytes_written", "ra_log_wal")
    assert log("segments", "ra_log_segment_writer") == log("entries", "ra_log_segment_writer") == 0
    channel.queue_declare("long", durable=True, arguments=QUORUM)
    size = 100_000
    for _ in range(60):
        channel.basic_publish("", "long", b"x" * size)
    wait_until(lambda: log("segments", "ra_log_segment_writer") > 0, seconds=20)
    assert log("mem_tables", "ra_log_segment_writer") == log("segments", "ra_log_segment_writer")
    assert 0 < log("entries", "ra_log_segment_writer")
    assert log("bytes_written", "ra_log_segment_writer") > size
    assert log("bytes_written", "ra_log_wal") - written > 60 * size
    assert log("wal_files", "ra_log_wal") - files >= 60 * size // 65536 // 2
    wait_until(lambda: scrape(broker, "/metrics/per-object").value(
        "rabbitmq_raft_num_segments", vhost="/", queue="long") > 0)
    assert scrape(broker).value("rabbitmq_raft_max_num_segments", ra_system="quorum_queues") > 0
    channel.queue_delete("long")
    assert scrape(broker).value("rabbitmq_raft_max_num_segments", ra_system="quorum_queues") == 0
