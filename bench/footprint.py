#!/usr/bin/python3
"""What is idle costs in memory: a node, connections with two channels each, queues. The queues are declared, a sample of them
works while all exist, the node is killed and starts again with them, and the sample works again.

    bench/footprint.py                                        ours: 5,000 connections, 1,000,000 queues of each kind
    bench/footprint.py --peer-port 5692 --peer-name rabbitmq  beside a RabbitMQ that runs on this machine, with fewer

Memory is what the broker's processes have resident, and its growth for each connection and queue.
"""
import argparse
import os
import pathlib
import re
import struct
import sys
import threading
import time

import amqp
import brokers
import table

TOP = pathlib.Path(__file__).resolve().parent.parent
COLUMNS = ["what", "broker", "count", "MiB", "at most", "bytes each", "made/s", "ready after SIGKILL", "MiB then", "bytes each then"]

AUTO_DELETE, NOWAIT = 8, 16
CONSUME, CONSUME_OK = (60, 20), (60, 21)
DELIVER, ACK = (60, 60), (60, 80)
DELETE = (50, 40)
BATCH = 1000  # declares in one write
DECLARING_CONNECTIONS = 4
SAMPLE_MAX = 1000
PATIENCE_SECONDS = 300
QUIET_CPU_SHARE = 0.05
SETTLE_SECONDS = 5  # longer than it takes a shard to tidy up behind its work


class Footprint:
    """A row of the table."""

    def __init__(self, what, broker, count=None):
        self.what, self.broker, self.count = what, broker.name, count
        self.before = self.after = self.peak = self.rate = self.restart_seconds = self.before_restarted = self.restarted = None

    def each(self, before, after):
        return (after - before) / self.count if self.count and after is not None and before is not None else None

    def cells(self):
        def mib(count):
            return table.number(count / 2**20, 1) if count is not None else "-"
        ready = f"{self.restart_seconds * 1000:,.0f} ms" if self.restart_seconds is not None else "-"
        return [self.what, self.broker, f"{self.count:,}" if self.count else "-", mib(self.after), mib(self.peak),
                table.number(self.each(self.before, self.after), 0), table.number(self.rate), ready, mib(self.restarted),
                table.number(self.each(self.before_restarted, self.restarted), 0)]


def peak_bytes(broker):
    """The most that the broker's own process had resident since it started; a peer has a past of its own."""
    if not broker.restartable:
        return None
    status = pathlib.Path(f"/proc/{broker.pid}/status").read_text()
    return int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE).group(1)) * 1024


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def settled(broker):
    """What is resident once there is nothing left to do: a log is folded in the background. Peers are never quite still."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        before = cpu_seconds(broker.pid)
        time.sleep(SETTLE_SECONDS)
        quiet = cpu_seconds(broker.pid) - before < QUIET_CPU_SHARE * SETTLE_SECONDS
        if quiet or not broker.restartable or time.monotonic() > deadline:
            return broker.resident()


def queue_name(kind, number):
    return f"footprint-{kind}-{number}"


def declare_some(port, kind, flags, numbers):
    """Without waiting for each; when the last one is answered all are there, and safe if they are durable."""
    numbers = list(numbers)
    with amqp.Client(port) as client:
        for first in range(0, len(numbers), BATCH):
            client.send(b"".join(amqp.declare(1, queue_name(kind, number), flags | NOWAIT) for number in numbers[first:first + BATCH]))
        client.send(amqp.declare(1, queue_name(kind, numbers[-1]), flags))
        client.expect(amqp.DECLARE_OK)


def run_on_threads(work, count):
    """work(number) for each; the first failure is raised here."""
    failures = []

    def guarded(number):
        try:
            work(number)
        except (OSError, amqp.Refused) as failure:
            failures.append(failure)
    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def declare_queues(port, kind, flags, count):
    """The seconds it took."""
    begin = time.monotonic()
    run_on_threads(lambda at: declare_some(port, kind, flags, range(at, count, DECLARING_CONNECTIONS)), DECLARING_CONNECTIONS)
    return time.monotonic() - begin


def delete_queues(port, kind, count):
    with amqp.Client(port) as client:
        for first in range(0, count, BATCH):
            client.send(b"".join(amqp.method(1, DELETE, struct.pack(">H", 0) + amqp.short_string(queue_name(kind, number)) + b"\4")
                                 for number in range(first, min(first + BATCH, count))))
        client.send(amqp.declare(1, "footprint-last", amqp.DURABLE | AUTO_DELETE))  # answered behind all of them
        client.expect(amqp.DECLARE_OK)


def consume(queue):
    return amqp.method(1, CONSUME, struct.pack(">H", 0) + amqp.short_string(queue) + amqp.short_string(queue) + b"\0"
                       + amqp.long_string(b""))


def sample_size(count):
    return max(1, min(SAMPLE_MAX, count // 50))


def work_with_sample(port, kind, count):
    """A message to each queue of the sample, consumed and acknowledged; leaves them empty and without consumers."""
    sample = [queue_name(kind, number) for number in range(0, count, count // sample_size(count))]
    with amqp.Client(port) as client:
        client.send(b"".join(amqp.publish(1, name, name.encode()) for name in sample))
        came = []
        client.send(b"".join(consume(name) for name in sample))
        while len(came) < len(sample):
            frame_kind, _, size = struct.unpack(">BHI", client.take(7))
            payload = client.take(size + 1)[:-1]
            if frame_kind == 3:
                came.append(payload.decode())
            elif frame_kind == 1 and struct.unpack(">HH", payload[:4]) not in (CONSUME_OK, DELIVER):
                raise amqp.Refused(f"the broker sent {payload!r}")
        client.send(amqp.method(1, ACK, struct.pack(">QB", 0, 1)))
        if sorted(came) != sorted(sample):
            raise brokers.BrokerFailure("messages of the sample came twice or not at all")
    with amqp.Client(port) as client:
        if any(client.message_count(name) != 0 for name in sample):
            raise brokers.BrokerFailure("an acknowledged message is still there")


def is_there(port, queue):
    try:
        with amqp.Client(port) as client:
            client.message_count(queue)
        return True
    except amqp.Refused:
        return False


def measure_idle(broker):
    row = Footprint("idle node", broker)
    broker.start()
    try:
        row.after = settled(broker)
    finally:
        broker.stop()
    return row


def measure_connections(broker, count):
    row = Footprint("idle connections, two channels each", broker, count)
    broker.start()
    clients = []
    try:
        # What the first connections leave behind is no cost of the others.
        for _ in range(100):
            amqp.Client(broker.port, channels=2).socket.close()
        row.before = settled(broker)
        begin = time.monotonic()
        for _ in range(count):
            clients.append(amqp.Client(broker.port, channels=2))
        row.rate = count / (time.monotonic() - begin)
        row.after, row.peak = settled(broker), peak_bytes(broker)
    finally:
        for client in clients:
            client.socket.close()
        broker.stop()
    return row


def measure_queues(broker, kind, flags, count):
    row = Footprint(f"{kind} queues", broker, count)
    broker.start()
    try:
        declare_queues(broker.port, f"{kind}-before", flags, sample_size(count))
        work_with_sample(broker.port, f"{kind}-before", sample_size(count))
        row.before = settled(broker)
        row.rate = count / declare_queues(broker.port, kind, flags, count)
        work_with_sample(broker.port, kind, count)
        row.after, row.peak = settled(broker), peak_bytes(broker)
        if broker.restartable:
            restart_with_queues(row, broker, kind, flags, count)
        else:
            delete_queues(broker.port, f"{kind}-before", sample_size(count))
            delete_queues(broker.port, kind, count)
    finally:
        broker.stop()
    return row


def restart_with_queues(row, broker, kind, flags, count):
    last = queue_name(kind, count - 1)
    row.restart_seconds = broker.kill_and_restart()
    if is_there(broker.port, last) != bool(flags & amqp.DURABLE):
        raise brokers.BrokerFailure(f"{last} is there, or not, against what was asked for")
    if flags & amqp.DURABLE:
        work_with_sample(broker.port, kind, count)
        row.before_restarted = row.before
    row.restarted = settled(broker)


def parse_arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default=str(TOP / "build/release/bin/warrenmq-server"), help="our binary")
    parser.add_argument("--server-name", default="warrenmq")
    parser.add_argument("--server-config", action="append", default=[], metavar="LINE", help="a further line of rabbitmq.conf")
    parser.add_argument("--no-server", action="store_true", help="measure the peer only")
    parser.add_argument("--peer-port", type=int, help="a running broker")
    parser.add_argument("--peer-name", default="peer")
    parser.add_argument("--connections", type=int, default=5000)
    parser.add_argument("--queues", type=int, default=1_000_000)
    parser.add_argument("--peer-connections", type=int, default=500)
    parser.add_argument("--peer-queues", type=int, default=5000)
    parser.add_argument("--only", choices=("idle", "connections", "transient", "durable"), action="append", help="may be repeated")
    parser.add_argument("--data-root", default="/var/tmp", help="our data folders go below it")
    return parser.parse_args(argv)


def rows_of(broker, connections, queues, wanted):
    measures = {"idle": lambda: measure_idle(broker), "connections": lambda: measure_connections(broker, connections),
                "transient": lambda: measure_queues(broker, "transient", 0, queues),
                "durable": lambda: measure_queues(broker, "durable", amqp.DURABLE, queues)}
    if not broker.restartable:
        del measures["transient"]  # RabbitMQ 4.3 has none that others may use
    for name in measures if not wanted else [name for name in measures if name in wanted]:
        print(f"{name}: {broker.name}", file=sys.stderr, flush=True)
        yield measures[name]()


def main(argv):
    options = parse_arguments(argv)
    rows = []
    if not options.no_server:
        ours = brokers.Server(options.server_name, options.server, options.data_root, options.server_config)
        ours.patience_seconds = PATIENCE_SECONDS
        rows += rows_of(ours, options.connections, options.queues, options.only)
    if options.peer_port:
        peer = brokers.Peer(options.peer_name, options.peer_port, "auto")
        rows += rows_of(peer, options.peer_connections, options.peer_queues, options.only)
    if not rows:
        raise SystemExit("no broker to measure")
    print(table.render(COLUMNS, [row.cells() for row in rows]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
