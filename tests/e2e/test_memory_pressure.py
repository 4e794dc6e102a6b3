"""Memory runs short: queues write what waits to disk, and nobody notices but the memory."""
import signal
import time

import pika
import pytest

from broker import MIB

pytestmark = pytest.mark.own_server

MESSAGES = 3000
BODY_BYTES = 20_000


def connect(node):
    return pika.BlockingConnection(pika.ConnectionParameters(node.host, node.port))


def segment_bytes(node):
    return sum(path.stat().st_size for path in node.data_dir.glob("shard-*/segments/*"))


def body_of(number):
    return b"%08d" % number + b"x" * (BODY_BYTES - 8)


def test_transient_messages_go_to_disk_come_back_in_order_and_do_not_outlive_a_restart(start_broker):
    node = start_broker("vm_memory_high_watermark.absolute = 100MiB\nshards = 1\n")
    connection = connect(node)
    channel = connection.channel()
    for queue in ("taken", "left"):
        channel.queue_declare(queue)
        for number in range(MESSAGES // 2):
            channel.basic_publish("", queue, body_of(number))
    deadline = time.monotonic() + 20
    while segment_bytes(node) < MESSAGES * BODY_BYTES // 2:
        assert time.monotonic() < deadline, f"only {segment_bytes(node)} bytes were paged out"
        connection.sleep(0.1)
    for number in range(MESSAGES // 2):
        _, _, body = channel.basic_get("taken", auto_ack=True)
        assert body == body_of(number)
    connection.close()
    node.process.send_signal(signal.SIGKILL)
    node.process.wait()
    node.start()
    connection = connect(node)
    with pytest.raises(pika.exceptions.ChannelClosedByBroker) as gone:
        connection.channel().queue_declare("left", passive=True)
    assert gone.value.reply_code == 404
    assert segment_bytes(node) < MIB, "what belongs to no queue is forgotten"
    connection.close()
