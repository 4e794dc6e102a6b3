"""A disk that fills up: publishers wait, consumers go on, nothing confirmed is lost, freed space resumes."""
import os
import subprocess
import time

import pytest
from runner.peer import TimedOut

import raw

pytestmark = [
    pytest.mark.own_server,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a small file system"),
]

DISK = "24m"
BODY_BYTES = 10_000
FILL_SECONDS_MAX = 60
UNCONFIRMED_MAX = 60
CONF = """shards = 1
storage.wal_file_size = 1MiB
storage.wal_size_limit = 4MiB
storage.unflushed_size_limit = 1MiB
"""


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 24 MB where the first broker's data folder will be."""
    data = tmp_path / "broker0" / "data"
    data.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", data],
                             capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("file systems cannot be mounted here")
    yield data
    subprocess.run(["umount", "--lazy", data], check=True)


def message(number):
    properties = {"delivery_mode": 2}
    return raw.message(b"q", f"{number:06}".encode() + b"x" * BODY_BYTES, properties=properties)


class Confirms:
    """The highest number up to which all messages are confirmed, and whether the connection is blocked."""

    def __init__(self, peer):
        self.peer = peer
        self.through = 0
        self.done = set()
        self.reason = None

    def gather(self, seconds):
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and self.reason is None:
            self._take(1, min(left, 0.005))
            self._take(0, 0.001)

    def _take(self, channel, seconds):
        try:
            arrival = self.peer.next(channel, seconds)
        except TimedOut:
            return
        if arrival.name == "connection.blocked":
            self.reason = arrival.values["reason"]
            return
        assert arrival.name == "basic.ack", arrival
        tag = arrival.values["delivery_tag"]
        first = self.through + 1 if arrival.values["multiple"] else tag
        self.done.update(range(first, tag + 1))
        while self.through + 1 in self.done:
            self.through += 1


def fill(node):
    """Publishes until the connection is blocked. Returns it, and how many are confirmed."""
    publisher = raw.open_connection(node)
    raw.call(publisher, "queue.declare", queue=b"q", durable=True)
    raw.call(publisher, "confirm.select")
    confirms = Confirms(publisher)
    sent = 0
    deadline = time.monotonic() + FILL_SECONDS_MAX
    while confirms.reason is None:
        assert time.monotonic() < deadline, "the disk does not fill up"
        # Never so much that sending would have to wait for a server that does not read; and now and
        # then one more, for only who publishes during an alarm hears of it.
        wanted = max(sent + 1, confirms.through + UNCONFIRMED_MAX)
        for number in range(sent, wanted):
            publisher.send(message(number))
        stuck = wanted == sent + 1
        sent = wanted
        confirms.gather(0.2 if stuck else 0.01)
    assert confirms.reason == b"low on disk"
    return publisher, confirms.through


def drain(consumer, wanted):
    """Consumes and acknowledges until a message with this number or a later one has come."""
    numbers = []
    raw.call(consumer, "basic.qos", prefetch_count=10)
    raw.call(consumer, "basic.consume", queue=b"q", consumer_tag=b"c")
    while not numbers or numbers[-1] < wanted:
        delivery = raw.expect(consumer, 1, "basic.deliver", timeout=20)
        numbers.append(int(delivery.body[:6]))
        consumer.send(raw.frame("basic.ack", delivery_tag=delivery.values["delivery_tag"]))
    return numbers


# The alarm comes before the disk is full, or only when a write finds no space.
@pytest.mark.parametrize("limit", ["4MB", "1"])
def test_a_full_disk_holds_publishers_back_and_drains(small_disk, start_broker, limit):
    node = start_broker(CONF + f"disk_free_limit.absolute = {limit}\n")
    assert node.data_dir == small_disk
    publisher, confirmed = fill(node)
    assert confirmed > 100
    consumer = raw.open_connection(node)
    assert drain(consumer, confirmed - 1) == list(range(confirmed))
    raw.expect(publisher, 0, "connection.unblocked", timeout=30)
    node.check_alive()


def test_what_was_confirmed_outlives_a_kill_with_a_full_disk(small_disk, start_broker):
    node = start_broker(CONF + "disk_free_limit.absolute = 1\n")
    assert node.data_dir == small_disk
    _, confirmed = fill(node)
    node.kill()
    node.start()
    consumer = raw.open_connection(node)
    assert drain(consumer, confirmed - 1) == list(range(confirmed))
