"""--check-data and --repair on data folders that the server made: what they tell, and what is left."""
import re
import subprocess

import pika
import pytest

from broker import server_path

pytestmark = pytest.mark.own_server

# Segments from the first thousand messages on.
SMALL_FILES = """shards = 1
storage.wal_file_size = 64KiB
storage.wal_size_limit = 1MiB
storage.unflushed_size_limit = 1MiB
"""
PERSISTENT = pika.BasicProperties(delivery_mode=2)


def check(data, *options):
    """Exit code and output of --check-data."""
    done = subprocess.run([server_path(), "--check-data", data, *options], text=True,
                          capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def connect(node):
    return pika.BlockingConnection(pika.ConnectionParameters(port=node.port))


def body_of(queue, number):
    """So long that a thousand of them make the log retire files, and unlike any other."""
    return f"{queue}-{number:05}-".encode() + b"x" * 500


def publish(node, queue, count):
    """Messages 0 to `count`; the last hundred one by one, so that small log files hold them."""
    with connect(node) as connection:
        channel = connection.channel()
        channel.queue_declare(queue, durable=True)
        for number in range(count + 1):
            if number == max(0, count - 100):
                channel.confirm_delivery()
            channel.basic_publish("", queue, body_of(queue, number), PERSISTENT)


def drain(node, queue):
    """The numbers of the messages in a queue, in order; each must be whole."""
    numbers = []
    with connect(node) as connection:
        channel = connection.channel()
        while True:
            method, _, body = channel.basic_get(queue, auto_ack=True)
            if method is None:
                return numbers
            numbers.append(int(body.split(b"-")[1]))
            assert body == body_of(queue, numbers[-1])


def file_with(data, pattern, text):
    """The one file below `data` that holds a text, and where."""
    found = [(path, path.read_bytes().find(text)) for path in sorted(data.glob(pattern))]
    found = [(path, offset) for path, offset in found if offset >= 0]
    assert len(found) == 1, f"{text} is in {found}"
    return found[0]


def damage(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 0x10]))


@pytest.fixture
def node(start_broker):
    """A server with 3,000 messages in each of two queues, most of them in segments; stopped."""
    node = start_broker(SMALL_FILES)
    for queue in ("orders", "bills"):
        publish(node, queue, 2999)
    node.stop()
    return node


def test_a_sound_folder_is_clean_whether_the_server_was_stopped_or_killed(node):
    status, output = check(node.data_dir)
    assert (status, "no damage" in output) == (0, True), output
    assert "shard-0: 6000 messages" in output
    node.start()
    publish(node, "orders", 500)
    node.kill()
    status, output = check(node.data_dir)
    assert (status, "no damage" in output) == (0, True), output
    assert "shard-0: 6501 messages" in output
    node.start()


def test_a_folder_in_use_is_left_alone(node):
    node.start()
    status, output = check(node.data_dir, "--repair")
    assert status == 2 and "another server is running" in output
    node.check_alive()


def test_a_folder_that_is_none_is_left_alone(tmp_path):
    status, output = check(tmp_path)
    assert status == 2 and "is not a data folder" in output
    assert not list(tmp_path.iterdir())


def test_a_damaged_message_in_a_segment_costs_itself_alone(node):
    path, offset = file_with(node.data_dir, "shard-0/segments/*.segment", body_of("orders", 17))
    damage(path, offset + 200)
    status, output = check(node.data_dir)
    assert status == 1
    assert str(path) in output and "at byte" in output
    assert "1 message of queue 'orders' in vhost '/'" in output
    status, output = check(node.data_dir, "--repair")
    assert status == 0, output
    assert list(node.data_dir.glob(f"damaged/*/shard-0/segments/{path.name}"))
    node.start()
    assert drain(node, "orders") == [number for number in range(3000) if number != 17]
    assert drain(node, "bills") == list(range(3000))


@pytest.mark.parametrize("place", ["header", "footer", "trailer"])
def test_a_segment_with_a_damaged_frame_is_read_all_the_same(node, place):
    path, _ = file_with(node.data_dir, "shard-0/segments/*.segment", body_of("orders", 17))
    bytes_of_file = path.stat().st_size
    damage(path, {"header": 3, "footer": bytes_of_file - 50, "trailer": bytes_of_file - 3}[place])
    refused = node.spawn()
    assert refused.wait() != 0
    assert str(path) in refused.output() and "--check-data" in refused.output()
    status, output = check(node.data_dir)
    assert status == 1 and str(path) in output
    status, output = check(node.data_dir, "--repair")
    assert status == 0, output
    node.start()
    assert drain(node, "orders") == list(range(3000))
    assert drain(node, "bills") == list(range(3000))


def test_damage_in_the_log_stops_the_start_and_costs_what_lies_on_it(node):
    path, offset = file_with(node.data_dir, "shard-0/wal/*.wal", body_of("bills", 2950))
    damage(path, offset)
    refused = node.spawn()
    assert refused.wait() != 0
    assert str(path) in refused.output() and re.search(r"at byte \d+", refused.output())
    status, output = check(node.data_dir)
    assert status == 1
    assert "perhaps of queue 'bills' in vhost '/'" in output
    assert "Lost at most: 1 message" in output
    status, output = check(node.data_dir, "--repair")
    assert status == 0, output
    assert list(node.data_dir.glob(f"damaged/*/shard-0/wal/{path.name}"))
    node.start()
    assert drain(node, "bills") == [number for number in range(3000) if number != 2950]
    assert drain(node, "orders") == list(range(3000))


def test_what_is_repaired_stays_so_over_further_starts(node):
    path, offset = file_with(node.data_dir, "shard-0/wal/*.wal", body_of("bills", 2950))
    damage(path, offset)
    assert check(node.data_dir, "--repair")[0] == 0
    for _ in range(2):
        node.start()
        publish(node, "more", 99)
        node.kill()
        assert check(node.data_dir)[0] == 0
    node.start()
    assert len(drain(node, "bills")) == 2999
    assert len(drain(node, "more")) == 200


def test_a_torn_tail_is_no_damage(node):
    node.start()
    publish(node, "orders", 10)
    node.kill()
    path, offset = file_with(node.data_dir, "shard-0/wal/*.wal", body_of("orders", 10))
    with open(path, "r+b") as file:
        file.truncate(offset + 100)
    status, output = check(node.data_dir)
    assert status == 0 and "never finished" in output, output
    assert check(node.data_dir, "--repair")[0] == 0
    node.start()
    assert 3000 <= len(drain(node, "orders")) <= 3010


def test_a_repair_that_was_cut_short_keeps_the_server_away(node):
    (node.data_dir / "repair-unfinished").write_text("2026-05-04T12-30-00")
    refused = node.spawn()
    assert refused.wait() != 0
    assert "--check-data" in refused.output() and "--repair" in refused.output()
    assert check(node.data_dir)[0] == 1
    assert check(node.data_dir, "--repair")[0] == 0
    node.start()


def test_damaged_metadata_is_told_and_not_guessed_at(node):
    path, offset = file_with(node.data_dir, "metadata/*.wal", b"orders")
    damage(path, offset)
    status, output = check(node.data_dir)
    assert status == 1 and str(path) in output
    status, output = check(node.data_dir, "--repair")
    assert status == 2 and "the metadata is damaged" in output


STREAM_LENGTH = 6000  # more than one list of its messages
TASKS = 60


def fill_stream(channel):
    channel.queue_declare("events", durable=True, arguments={"x-queue-type": "stream"})
    for number in range(STREAM_LENGTH):
        channel.basic_publish("", "events", body_of("events", number))


def fill_quorum_queue(channel):
    """Every third message was given back; the others come back when the connection ends."""
    channel.queue_declare("tasks", durable=True, arguments={"x-queue-type": "quorum"})
    for number in range(TASKS):
        channel.basic_publish("", "tasks", body_of("tasks", number))
    got = [channel.basic_get("tasks")[0] for _ in range(TASKS)]
    for number, method in enumerate(got):
        if number % 3 == 0:
            channel.basic_nack(method.delivery_tag)


def fill_deduplicating(channel):
    channel.confirm_delivery()
    channel.queue_declare("once", durable=True, arguments={"x-message-deduplication": True})
    channel.exchange_declare("unique", "x-message-deduplication", durable=True,
                             arguments={"x-cache-size": 1000, "x-cache-persistence": "disk"})
    channel.queue_declare("passed", durable=True)
    channel.queue_bind("passed", "unique")
    for exchange in ("", "unique"):
        for number in range(50):
            publish_once(channel, exchange, number)


def publish_once(channel, exchange, number):
    queue = "passed" if exchange else "once"
    properties = pika.BasicProperties(headers={"x-deduplication-header": str(number)}, delivery_mode=2)
    try:
        channel.basic_publish(exchange, queue, body_of(queue, number), properties)
    except pika.exceptions.NackError:
        pass


def fill_delayed(channel):
    channel.exchange_declare("later", "x-delayed-message", durable=True,
                             arguments={"x-delayed-type": "fanout"})
    channel.queue_declare("arrived", durable=True)
    channel.queue_bind("arrived", "later")
    hour = pika.BasicProperties(headers={"x-delay": 3_600_000}, delivery_mode=2)
    for number in range(50):
        channel.basic_publish("later", "", body_of("later", number), hour)


@pytest.fixture(params=[SMALL_FILES, "shards = 2\n"], ids=["in segments", "in logs"])
def node_of_all_kinds(request, start_broker):
    """A server with all kinds of queue and of what they keep beside messages; stopped."""
    node = start_broker(request.param)
    with connect(node) as connection:
        channel = connection.channel()
        for fill in (fill_stream, fill_delayed, fill_quorum_queue, fill_deduplicating):
            fill(channel)
    publish(node, "orders", 2999)
    node.stop()
    return node


def read_stream(node, count):
    """(offset, number) of the first messages."""
    with connect(node) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=1000)
        read = []
        for method, properties, body in channel.consume(
                "events", arguments={"x-stream-offset": "first"}, inactivity_timeout=20):
            assert method is not None, f"only {len(read)} messages have come"
            read.append((properties.headers["x-stream-offset"], int(body.split(b"-")[1])))
            channel.basic_ack(method.delivery_tag)
            if len(read) == count:
                return read


def check_all_kinds(node, lost_task=None, lost_event=None):
    """All that was filled in is there, and known as it was, but for what is said."""
    events = [(number, number) for number in range(STREAM_LENGTH) if number != lost_event]
    assert read_stream(node, len(events)) == events
    with connect(node) as connection:
        channel = connection.channel()
        tasks = {}
        for _ in range(TASKS - (lost_task is not None)):
            _, properties, body = channel.basic_get("tasks")
            tasks[int(body.split(b"-")[1])] = (properties.headers or {}).get("x-delivery-count", 0)
        assert tasks == {number: int(number % 3 != 0) for number in range(TASKS) if number != lost_task}
        assert channel.queue_declare("amq.delayed.later", passive=True).method.message_count == 50
        channel.confirm_delivery()
        for number in range(51):
            publish_once(channel, "", number)
            publish_once(channel, "unique", number)
    assert drain(node, "once") == list(range(51))
    assert drain(node, "passed") == list(range(51))
    assert drain(node, "orders") == list(range(3000))


def contents(data):
    return {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}


def test_all_kinds_of_queue_are_clean_and_nothing_of_them_is_repaired(node_of_all_kinds):
    node = node_of_all_kinds
    before = contents(node.data_dir)
    status, output = check(node.data_dir)
    assert (status, "no damage" in output) == (0, True), output
    assert "forgets" not in output
    status, output = check(node.data_dir, "--repair")
    assert (status, "no damage" in output) == (0, True), output
    assert contents(node.data_dir) == before
    node.start()
    check_all_kinds(node)


def test_all_kinds_of_queue_are_clean_after_a_kill(node_of_all_kinds):
    node = node_of_all_kinds
    node.start()
    publish(node, "more", 50)
    node.kill()
    assert check(node.data_dir, "--repair")[0] == 0
    node.start()
    check_all_kinds(node)


@pytest.mark.parametrize("queue, lost", [("tasks", {"lost_task": 7}), ("events", {"lost_event": 700})])
def test_a_damaged_message_of_any_queue_costs_itself_alone(node_of_all_kinds, queue, lost):
    node = node_of_all_kinds
    (number,) = lost.values()
    found = [(path, offset) for path in sorted(node.data_dir.glob("shard-*/*/*"))
             for offset in [path.read_bytes().find(body_of(queue, number))] if offset >= 0]
    for path, offset in found:
        damage(path, offset + 200)
    status, output = check(node.data_dir)
    assert status == 1, output
    assert f"queue '{queue}' in vhost '/'" in output
    status, output = check(node.data_dir, "--repair")
    assert status == 0, output
    node.start()
    check_all_kinds(node, **lost)
