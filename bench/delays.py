"""Delayed messages: how late they come while the broker has other work, and what a million that wait cost in memory."""
import json
import multiprocessing
import pathlib
import random
import socket
import struct
import subprocess
import tempfile
import time

import amqp
import backlog
import brokers
import disk

EXCHANGE, QUEUE, READY = "bench-delayed", "bench-due", "bench-ready"
EXCHANGE_DECLARE, EXCHANGE_DECLARE_OK = (40, 10), (40, 11)
BIND, BIND_OK = (50, 20), (50, 21)
CONSUME, CONSUME_OK = (60, 20), (60, 21)
BODY_FRAME = 3

RATE = 5000
DELAYS_MS = (200, 2000)
STAMP = struct.Struct(">QI")  # when it was published, by the monotonic clock in ns; its delay in ms
LOAD = "--size 1000 --persistent --durable --rate 10000 --confirm 1000 --prefetch 1000 --ack-every 100 --warmup 0"
BACKLOG_DELAY_MS = 3_600_000
BACKLOG_BODY = b"0123456789abcdef"
BATCH = 1000


def table(key, value):
    return amqp.long_string(amqp.short_string(key) + value)


def declare_exchange():
    arguments = table("x-delayed-type", b"S" + amqp.long_string(b"fanout"))
    return amqp.method(1, EXCHANGE_DECLARE, struct.pack(">H", 0) + amqp.short_string(EXCHANGE)
                       + amqp.short_string("x-delayed-message") + bytes([amqp.DURABLE]) + arguments)


def bind():
    return amqp.method(1, BIND, struct.pack(">H", 0) + amqp.short_string(QUEUE) + amqp.short_string(EXCHANGE)
                       + amqp.short_string("") + b"\0" + amqp.long_string(b""))


def consume():
    no_ack = 2
    return amqp.method(1, CONSUME, struct.pack(">H", 0) + amqp.short_string(QUEUE) + amqp.short_string("") + bytes([no_ack])
                       + amqp.long_string(b""))


def publish_delayed(delay_ms, body):
    """A persistent message."""
    properties = struct.pack(">H", 1 << 13 | 1 << 12) + table("x-delay", b"I" + struct.pack(">i", delay_ms)) + b"\2"
    return (amqp.method(1, amqp.PUBLISH, struct.pack(">H", 0) + amqp.short_string(EXCHANGE) + amqp.short_string("") + b"\0")
            + amqp.frame(2, 1, struct.pack(">HHQ", amqp.BASIC, 0, len(body)) + properties) + amqp.frame(BODY_FRAME, 1, body))


def prepare(port):
    with amqp.Client(port) as client:
        client.send(declare_exchange())
        client.expect(EXCHANGE_DECLARE_OK)
        for queue in (QUEUE, READY):
            client.send(amqp.declare(1, queue, amqp.DURABLE))
            client.expect(amqp.DECLARE_OK)
        client.send(bind())
        client.expect(BIND_OK)


def publish_all(port, seconds):
    """A few messages each millisecond."""
    chance = random.Random(1)
    with amqp.Client(port) as client:
        begin = time.monotonic_ns()
        sent = 0
        while sent < RATE * seconds:
            due = int((time.monotonic_ns() - begin) * RATE / 1e9)
            now = time.monotonic_ns()
            delays = [chance.randint(*DELAYS_MS) for _ in range(sent, due)]
            if delays:
                client.send(b"".join(publish_delayed(delay, STAMP.pack(now, delay)) for delay in delays))
            sent += len(delays)
            time.sleep(0.0005)
        client.message_count(QUEUE)  # all that came before has been taken
        return sent


class Arrivals:
    """Reads deliveries from a socket; how late each message was, in ms."""

    def __init__(self, client):
        self.socket = client.socket
        self.input = client.input
        self.late = []

    def read(self, seconds):
        """False: nothing has come for that long."""
        self.socket.settimeout(seconds)
        try:
            more = self.socket.recv(1 << 18)
        except socket.timeout:
            return False
        if not more:
            raise amqp.Refused("the broker ended the connection")
        now = time.monotonic_ns()
        data = self.input + more
        at = 0
        while at + 7 <= len(data):
            kind, _, size = struct.unpack_from(">BHI", data, at)
            if at + size + 8 > len(data):
                break
            if kind == BODY_FRAME:
                published, delay = STAMP.unpack_from(data, at + 7)
                self.late.append((now - published) / 1e6 - delay)
            at += size + 8
        self.input = data[at:]
        return True


def take_all(port, ready, results):
    with amqp.Client(port) as client:
        client.send(consume())
        client.expect(CONSUME_OK)
        ready.set()
        arrivals = Arrivals(client)
        while arrivals.read(DELAYS_MS[1] / 1000 + 1):
            pass
        results.put(arrivals.late)


def take_in_another_process(port):
    ready, results = multiprocessing.Event(), multiprocessing.Queue()
    taker = multiprocessing.Process(target=take_all, args=(port, ready, results), daemon=True)
    taker.start()
    if not ready.wait(30):
        raise brokers.BrokerFailure("no consumer could be started")
    return taker, results


def lateness(broker, loadgen, seconds):
    """In ms, sorted; and what the load generator says of the other messages."""
    taker, results = take_in_another_process(broker.port)
    with tempfile.TemporaryDirectory() as directory:
        result = pathlib.Path(directory) / "result.json"
        load = subprocess.Popen([str(loadgen), "--port", str(broker.port), "--broker-pid", str(broker.pid), "--quiet", "--json",
                                 str(result), *LOAD.split(), "--time", str(seconds + DELAYS_MS[1] / 1000)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        sent = publish_all(broker.port, seconds)
        late = sorted(results.get(timeout=seconds + 60))
        taker.join()
        load.wait(timeout=60)
        answer = json.loads(result.read_text())
    if len(late) != sent:
        raise brokers.BrokerFailure(f"{len(late)} of {sent} delayed messages came")
    return late, answer


def fill(broker, message, count, queue):
    """What a fresh broker takes more of memory with so many messages than before, bytes: at most, and two seconds later."""
    broker.stop()
    broker.start()
    prepare(broker.port)
    before = broker.resident()
    with amqp.Client(broker.port) as client:
        with backlog.Watch(broker) as watch:
            for _ in range(count // BATCH):
                client.send(message * BATCH)
            held = client.message_count(queue)
    if held != count:
        raise brokers.BrokerFailure(f"{held} of {count} messages are in {queue}")
    time.sleep(2)
    return max(watch.resident) - before, broker.resident() - before


def measure(broker, loadgen, seconds, messages):
    prepare(broker.port)
    late, load = lateness(broker, loadgen, seconds)
    quantiles = {name: disk.quantile(late, share) for name, share in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))}
    ready = fill(broker, amqp.publish(1, READY, BACKLOG_BODY), messages, READY)
    waiting = fill(broker, publish_delayed(BACKLOG_DELAY_MS, BACKLOG_BODY), messages, f"amq.delayed.{EXCHANGE}")
    early = sum(ms < 0 for ms in late)
    failures = [f"{early} messages came early, by up to {-late[0]:.2f} ms"] if early else []
    return {**{name: ms * 1000 for name, ms in quantiles.items()}, "rate": len(late) / seconds, "failures": failures,
            "notes": [f"{len(late):,} messages, delayed by {DELAYS_MS[0]} to {DELAYS_MS[1]} ms, beside "
                      f"{load['delivered_per_s']:,.0f} others a second",
                      f"late by {late[0]:.2f} ms at least, {late[-1]:.2f} ms at most",
                      *(f"{messages:,} {what}: at most {backlog.mib(most)} more resident, {backlog.mib(later)} afterwards"
                        for what, (most, later) in (("ready in a durable queue", ready), ("that wait", waiting)))]}
