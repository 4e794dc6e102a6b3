"""A backlog in one durable queue: published, survived a SIGKILL, consumed; and how the data folder shrinks afterwards."""
import json
import pathlib
import re
import subprocess
import tempfile
import threading
import time

import amqp
import brokers
import disk

QUEUE = "loadgen-1"
PROGRESS = re.compile(r"([\d.]+) s\s+published ([\d,]+)/s")
MESSAGES_PER_SECOND_LEAST = 10_000  # slower than this is a failure
WARM_UP_MESSAGES = 200_000
SHRINK_SECONDS_MAX = 60
SHRUNK_SLACK_BYTES = 16 << 20


class Watch:
    """Looks at a broker's memory and data folder twice a second."""

    def __init__(self, broker):
        self.broker = broker
        self.resident = []
        self.folder = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def run(self):
        while not self.over.wait(0.5):
            self.resident.append(self.broker.resident())
            if self.broker.data:
                self.folder.append(disk.allocated_bytes(self.broker.data))


def run_loadgen(loadgen, broker, arguments, seconds_max):
    """The load generator's JSON, and the rates of each second."""
    with tempfile.TemporaryDirectory() as directory:
        result = pathlib.Path(directory) / "result.json"
        command = [str(loadgen), "--port", str(broker.port), "--broker-pid", str(broker.pid), "--json", str(result), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds_max)
        try:
            answer = json.loads(result.read_text())
        except (OSError, ValueError):
            raise brokers.BrokerFailure(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}") from None
        if answer.get("failures"):
            raise brokers.BrokerFailure(answer["failures"][0])
    return answer, rates_of(done.stdout + done.stderr)


def rates_of(progress):
    return [int(rate.replace(",", "")) for _, rate in PROGRESS.findall(progress)]


def slowdown(rates):
    """The rate of the first minute (or tenth, if that is shorter), and the lowest of as long a time later, ten seconds at least
    where there are as many."""
    first_seconds = min(60, max(1, len(rates) // 10))
    window = min(10, first_seconds)
    if len(rates) < first_seconds + window:
        return None, None
    first = sum(rates[:first_seconds]) / first_seconds
    later = [sum(rates[at:at + window]) / window for at in range(first_seconds, len(rates) - window + 1)]
    return first, min(later)


def fill(broker, loadgen, messages, queue_type):
    """Publishes, with confirms; the figures of it."""
    arguments = ["--size", "16", "--persistent", "--durable", "--backlog", "--keep", "--confirm", "10000", "--interval", "1",
                 "--count", str(messages), *arguments_of(queue_type)]
    with Watch(broker) as watch:
        answer, rates = run_loadgen(loadgen, broker, arguments, 60 + messages / MESSAGES_PER_SECOND_LEAST)
    first, slowest = slowdown(rates)
    return {
        "rate": answer["published_per_s"], "cpu_us": answer.get("broker_cpu_us_per_message"),
        "memory": max([*watch.resident, answer.get("broker_resident_peak_bytes") or 0]),
        "rate_first": first, "rate_slowest": slowest, "folder_full": max(watch.folder, default=None),
        "resident_samples": watch.resident,
    }


def arguments_of(queue_type):
    return ["--queue-args", f"x-queue-type={queue_type}"] if queue_type else []


def drain(broker, loadgen, messages):
    arguments = ["--drain", "--predeclared", "--durable", "--prefetch", "2000", "--ack-every", "200", "--interval", "1"]
    with Watch(broker) as watch:
        answer, _ = run_loadgen(loadgen, broker, arguments, 60 + messages / MESSAGES_PER_SECOND_LEAST)
    if answer["delivered"] != messages:
        raise brokers.BrokerFailure(f"{answer['delivered']} of {messages} messages came back")
    return {"drain_rate": answer["delivered_per_s"], "drain_memory": max(watch.resident, default=None)}


def wait_until_shrunk(folder, idle_bytes):
    """Seconds until the folder is about as small as it was before, and its size then (or at last)."""
    begin = time.monotonic()
    while True:
        size = disk.allocated_bytes(folder)
        waited = time.monotonic() - begin
        if size <= idle_bytes + SHRUNK_SLACK_BYTES or waited > SHRINK_SECONDS_MAX:
            return waited, size
        time.sleep(0.1)


def restart(broker, messages):
    """Milliseconds from a start after SIGKILL until a client is told how many messages the queue holds, which must be all."""
    begin = time.monotonic()
    broker.kill_and_restart()
    with amqp.Client(broker.port) as client:
        found = client.message_count(QUEUE)
    taken = (time.monotonic() - begin) * 1000
    if found != messages:
        raise brokers.BrokerFailure(f"{found} of {messages} messages are there after a restart")
    return taken


def idle_size(broker, loadgen, queue_type):
    """Of the data folder of a broker that has worked before and holds nothing."""
    fill(broker, loadgen, WARM_UP_MESSAGES, queue_type)
    drain(broker, loadgen, WARM_UP_MESSAGES)
    time.sleep(2)
    return disk.allocated_bytes(broker.data)


def measure(broker, loadgen, messages, queue_type=""):
    """All of it, with a broker that runs; what takes a restart and a data folder only where there are such."""
    idle_bytes = idle_size(broker, loadgen, queue_type) if broker.data else None
    figures = fill(broker, loadgen, messages, queue_type)
    if broker.restartable:
        figures["restart_ms"] = restart(broker, messages)
        figures["restart_memory"] = broker.resident()
    figures.update(drain(broker, loadgen, messages))
    if broker.data:
        figures["folder_idle"] = idle_bytes
        figures["shrink_s"], figures["folder_after"] = wait_until_shrunk(broker.data, idle_bytes)
    figures["notes"] = notes_of(figures, messages)
    return figures


def mib(count):
    return f"{count / 2**20:,.1f} MiB"


def notes_of(figures, messages):
    notes = [f"{messages:,} messages, at most {mib(figures['memory'])} resident while published"]
    if figures["rate_first"]:
        notes.append(f"published {figures['rate_first']:,.0f}/s at first, {figures['rate_slowest']:,.0f}/s when slowest later")
    if "restart_ms" in figures:
        notes.append(f"after SIGKILL answers with all of them in {figures['restart_ms']:,.0f} ms, "
                     f"then {mib(figures['restart_memory'])} resident")
    notes.append(f"consumed at {figures['drain_rate']:,.0f}/s")
    if "shrink_s" in figures:
        notes.append(f"data folder {mib(figures['folder_idle'])} idle, {mib(figures['folder_full'])} full, "
                     f"{mib(figures['folder_after'])} {figures['shrink_s']:.1f} s after the last message was consumed")
    return notes


def measure_restart_with_queues(broker, queues, queue_type=""):
    """Milliseconds from a start after SIGKILL until a client is answered, with as many durable queues."""
    names = [f"bench-{number}" for number in range(queues)]
    declared = amqp.declare_queues(broker.port, names, queue_type)
    begin = time.monotonic()
    broker.kill_and_restart()
    with amqp.Client(broker.port) as client:
        client.message_count(names[-1])
        taken = (time.monotonic() - begin) * 1000
        if any(client.message_count(name) != 1 for name in names):
            raise brokers.BrokerFailure("a queue has lost its message")
    return {"start_ms": taken, "memory": broker.resident(),
            "notes": [f"{queues:,} queues with a message each, declared in {declared:.1f} s"]}
