"""Resource alarms: who is held back, who is not, and that it goes on by itself."""
import signal

import pika
import pytest
from runner.peer import TimedOut

import raw
from broker import MIB

pytestmark = pytest.mark.own_server

# More than any disk of a test machine has.
NEVER_FREE = "9PB"


def reload_with(node, conf):
    node.conf_path.write_text("listeners.tcp.1 = 127.0.0.1:0\n" + conf)
    node.process.send_signal(signal.SIGHUP)


def is_silent(peer, channel=0, seconds=0.5):
    try:
        arrival = peer.next(channel, seconds)
    except TimedOut:
        return True
    raise AssertionError(f"unexpected: {arrival}")


def test_memory_alarm_holds_publishers_back_until_memory_is_back(start_broker):
    node = start_broker("vm_memory_high_watermark.absolute = 150MiB\n")
    publisher = raw.open_connection(node)
    raw.call(publisher, "queue.declare", queue=b"q")
    message = raw.message(b"q", b"x" * 100_000)
    while node.resident_bytes() < 160 * MIB:
        publisher.send(message * 10)
    node.wait_for_output("memory resource limit alarm set on node")
    publisher.send(message)
    blocked = raw.expect(publisher, 0, "connection.blocked", timeout=10)
    assert blocked.values["reason"] == b"low on memory"
    assert "bytes in use, 157286400 allowed" in node.output()
    consumer = raw.open_connection(node)
    raw.call(consumer, "queue.purge", queue=b"q", timeout=10)
    raw.expect(publisher, 0, "connection.unblocked", timeout=20)
    raw.call(publisher, "queue.declare", queue=b"q")


def test_disk_alarm_holds_publishers_back_until_a_reload_lowers_the_limit(start_broker):
    node = start_broker(f"disk_free_limit.absolute = {NEVER_FREE}\nlog.console.level = info\n")
    node.wait_for_output("disk resource limit alarm set on node")
    assert "bytes free, at least 9000000000000000 wanted" in node.output()
    publisher = raw.open_connection(node)
    raw.call(publisher, "queue.declare", queue=b"q")
    publisher.send(raw.message(b"q", b"first"))
    blocked = raw.expect(publisher, 0, "connection.blocked")
    assert blocked.values["reason"] == b"low on disk"
    publisher.send(raw.message(b"q", b"second") + raw.frame("queue.declare", queue=b"q"))
    assert is_silent(publisher, channel=1)

    reload_with(node, "disk_free_limit.absolute = 1MB\nlog.console.level = info\n")
    raw.expect(publisher, 0, "connection.unblocked")
    declared = raw.expect(publisher, 1, "queue.declare-ok")
    assert declared.values["message_count"] == 2
    node.wait_for_output("disk resource limit alarm cleared on node")


def test_consumers_drain_a_queue_during_an_alarm(start_broker):
    """Somebody else's client, which publishes first: only who publishes during the alarm waits."""
    node = start_broker("disk_free_limit.absolute = 1MB\n")
    parameters = pika.ConnectionParameters(host=node.host, port=node.port)
    with pika.BlockingConnection(parameters) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("q", durable=True)
        for number in range(200):
            channel.basic_publish("", "q", str(number), pika.BasicProperties(delivery_mode=2))
        reload_with(node, f"disk_free_limit.absolute = {NEVER_FREE}\n")
        node.wait_for_output("disk resource limit alarm set")
        channel.basic_qos(prefetch_count=7)
        for got, (method, _, body) in enumerate(channel.consume("q", inactivity_timeout=10)):
            assert body == str(got).encode()
            channel.basic_ack(method.delivery_tag)
            if got == 199:
                break
        channel.cancel()
        assert channel.queue_declare("q", passive=True).method.message_count == 0


def test_two_alarms_are_told_together_and_both_must_end(start_broker):
    """What RabbitMQ 4.3 says: the reason once, as it was when the connection was held back."""
    both = f"disk_free_limit.absolute = {NEVER_FREE}\nvm_memory_high_watermark.absolute = 1\n"
    node = start_broker(both)
    node.wait_for_output("memory resource limit alarm set")
    publisher = raw.open_connection(node)
    publisher.send(raw.message(b"nowhere", b"x"))
    blocked = raw.expect(publisher, 0, "connection.blocked")
    assert blocked.values["reason"] == b"low on disk & memory"
    reload_with(node, "disk_free_limit.absolute = 1MB\nvm_memory_high_watermark.absolute = 1\n")
    node.wait_for_output("disk resource limit alarm cleared")
    assert is_silent(publisher)
    reload_with(node, "disk_free_limit.absolute = 1MB\n")
    raw.expect(publisher, 0, "connection.unblocked")


def test_a_connection_that_published_before_is_held_back_at_its_next_publish(start_broker):
    node = start_broker("")
    publisher = raw.open_connection(node)
    raw.call(publisher, "queue.declare", queue=b"q")
    publisher.send(raw.message(b"q", b"before"))
    raw.call(publisher, "queue.declare", queue=b"q")
    reload_with(node, "vm_memory_high_watermark.absolute = 1\n")
    node.wait_for_output("memory resource limit alarm set")
    assert is_silent(publisher)
    assert raw.call(publisher, "queue.purge", queue=b"q").values["message_count"] == 1
    publisher.send(raw.message(b"q", b"during"))
    raw.expect(publisher, 0, "connection.blocked")
