#!/usr/bin/python3
"""How long messages take while the broker does something large for somebody else.

    bench/latency.py                                            ours alone, every disturbance
    bench/latency.py drain purge                                those whose names contain a word
    bench/latency.py --peer-port 5692 --peer-name rabbitmq-4.3  beside a broker that runs on this machine
    chrt -r 2 bench/latency.py                                  our broker and the steady load before all other programs,
                                                                the disturbing clients behind them

Messages of 100 B go through one queue at 20,000 a second, and their time from publisher to consumer is taken, while another
connection drains, purges or deletes a queue of a million messages, sends and receives a large body, declares very many
queues, has them, or very many connections, listed over HTTP or shown to Prometheus, or imports definitions. Each disturbance is a run of its own; with several rounds the median of each figure is shown, and the worst maximum.
"""
import argparse
import base64
import contextlib
import http.client
import json
import os
import pathlib
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import amqp
import brokers
import table

TOP = pathlib.Path(__file__).resolve().parent.parent
STEADY = ("--queue-pattern", "bench-steady-%d", "--size", "100", "--rate", "20000", "--latency", "--auto-ack")
WARM_UP = 1.0
BACKLOG = "bench-backlog-1"
BACKLOG_PATTERN = ("--queue-pattern", "bench-backlog-%d")
PURGE, PURGE_OK = (50, 30), (50, 31)
DELETE, DELETE_OK = (50, 40), (50, 41)
QUEUES = 20_000
LOOK_UPS = 100_000
# RabbitMQ takes bodies up to 16 MiB unless it is told otherwise; ours is told here.
BODY_BYTES, PEER_BODY_BYTES = 100_000_000, 16_000_000
LISTED, PAGES = 100_000, 20
SCRAPED = 50_000
IMPORTED = 100_000  # queues, and as many bindings
CONNECTED = 50_000  # fewer where the system allows fewer descriptors
CONFIG = ("max_message_size = 134217728", "management.tcp.ip = 127.0.0.1", "management.tcp.port = 0",
          "prometheus.tcp.ip = 127.0.0.1", "prometheus.tcp.port = 0", "management.http.max_body_size = 100000000")
LOGIN = {"Authorization": "Basic " + base64.b64encode(b"guest:guest").decode()}
DESCRIPTORS_KEPT = 200  # for all but those connections
COLUMNS = ["meanwhile", "broker", "rate/s", "p50 us", "p99 us", "p99.9 us", "max us", "took s"]


def parse_arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="words in the names of the disturbances (default: all)")
    parser.add_argument("--server", default=str(TOP / "build/release/bin/warrenmq-server"))
    parser.add_argument("--server-config", action="append", default=[], metavar="LINE", help="a further line of rabbitmq.conf")
    parser.add_argument("--no-server", action="store_true", help="measure the peer only")
    parser.add_argument("--loadgen", default=str(TOP / "build/release/bin/warrenmq-loadgen"))
    parser.add_argument("--peer-port", type=int, help="a running broker")
    parser.add_argument("--peer-http-port", type=int, help="of its management (default: --peer-port and 10,000)")
    parser.add_argument("--peer-metrics-port", type=int, help="of its metrics (default: --peer-port and 11,000)")
    parser.add_argument("--peer-name", default="peer")
    parser.add_argument("--time", type=float, default=5, help="measured seconds of each run")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--backlog", type=int, default=1_000_000, metavar="MESSAGES")
    parser.add_argument("--data-root", default="/var/tmp")
    return parser.parse_args(argv)


class Load:
    """The load generator at one broker."""

    def __init__(self, options, broker):
        self.options = options
        self.broker = broker

    def command(self, *arguments):
        return [self.options.loadgen, "--port", str(self.broker.port), "--quiet", *arguments]

    def run(self, *arguments):
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise brokers.BrokerFailure(f"{' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")

    def fill(self, *arguments):
        self.run("--backlog", "--keep", "--warmup", "0", "--count", str(self.options.backlog), "--size", "100", *BACKLOG_PATTERN,
                 *arguments)

    def ask(self, which, answer, arguments):
        with amqp.Client(self.broker.port) as client:
            client.send(amqp.method(1, which, arguments))
            return client.expect(answer)

    def purge(self):
        count = struct.unpack(">I", self.ask(PURGE, PURGE_OK, struct.pack(">H", 0) + amqp.short_string(BACKLOG) + b"\0"))[0]
        if count != self.options.backlog:
            raise brokers.BrokerFailure(f"{count} messages purged, {self.options.backlog} were there")

    def delete(self):
        self.ask(DELETE, DELETE_OK, struct.pack(">H", 0) + amqp.short_string(BACKLOG) + b"\0")

    def drain(self):
        self.run("--drain", "--size", "100", "--prefetch", "1000", "--ack-every", "100", *BACKLOG_PATTERN)

    def pass_bodies(self):
        size = BODY_BYTES if self.broker.restartable else PEER_BODY_BYTES
        self.run("--queue-pattern", "bench-body-%d", "--size", str(size), "--count", "5", "--auto-ack", "--warmup", "0")

    def declare(self, count, flags, name):
        """Asks for everything, then reads the answers."""
        with amqp.Client(self.broker.port) as client:
            client.send(b"".join(amqp.declare(1, name(number), flags) for number in range(count)))
            for _ in range(count):
                client.expect(amqp.DECLARE_OK)

    def http_port(self):
        if self.broker.restartable:
            return json.loads((self.broker.data / "ports.json").read_text())["http"]
        return self.options.peer_http_port or self.options.peer_port + 10_000

    def metrics_port(self):
        if self.broker.restartable:
            return json.loads((self.broker.data / "ports.json").read_text())["prometheus"]
        return self.options.peer_metrics_port or self.options.peer_port + 11_000

    def ask_http(self, port, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        connection.request(method, path, body, {**LOGIN, "Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status not in (200, 204):
            raise brokers.BrokerFailure(f"{path}: {answer.status}, {text[:200]}")
        return text

    def scrape(self):
        """Every metric of every queue, as Prometheus asks for them."""
        shown = self.ask_http(self.metrics_port(), "GET", "/metrics/per-object").count(b"\nrabbitmq_queue_messages{")
        if shown < SCRAPED:
            raise brokers.BrokerFailure(f"{shown} queues are shown, {SCRAPED} are there")

    def make_definitions(self):
        queues = [{"vhost": "/", "name": declared(number), "durable": True, "auto_delete": False, "arguments": {}}
                  for number in range(IMPORTED)]
        bindings = [{"vhost": "/", "source": "amq.direct", "destination": declared(number), "destination_type": "queue",
                     "routing_key": f"key-{number}", "arguments": {}} for number in range(IMPORTED)]
        self.definitions = json.dumps({"queues": queues, "bindings": bindings}).encode()

    def send_definitions(self):
        self.ask_http(self.http_port(), "POST", "/api/definitions", self.definitions)

    def list_queues(self):
        """Pages of 100 of all queues, those with the most messages first."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port(), timeout=120)
        for page in range(1, PAGES + 1):
            connection.request("GET", f"/api/queues?page={page}&page_size=100&sort=messages&sort_reverse=true", headers=LOGIN)
            answer = connection.getresponse()
            body = json.loads(answer.read())
            if answer.status != 200 or body["total_count"] < LISTED or len(body["items"]) != 100:
                raise brokers.BrokerFailure(f"page {page} of the queues: {answer.status}, {str(body)[:200]}")
        connection.close()

    def connect(self):
        """As many as this process may have; the broker needs as many descriptors."""
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self.connections = amqp.connect_many(self.broker.port, min(CONNECTED, limit - DESCRIPTORS_KEPT))

    def list_connections(self):
        """Pages of 100 of all connections, and then all of them at once; how long either took."""
        def ask(query):
            begin = time.monotonic()
            answer = self.ask_http(self.http_port(), "GET", "/api/connections" + query)
            return time.monotonic() - begin, json.loads(answer)
        pages = []
        for number in range(1, PAGES + 1):
            took, page = ask(f"?page={number}&page_size=100")
            if page["total_count"] < len(self.connections) or len(page["items"]) != 100:
                raise brokers.BrokerFailure(f"page {number} of the connections: {str(page)[:200]}")
            pages.append(took)
        took, shown = ask("")
        if len(shown) < len(self.connections):
            raise brokers.BrokerFailure(f"{len(shown)} connections are listed, {len(self.connections)} are there")
        print(f"  {len(shown)} connections: a page {statistics.median(pages) * 1000:.0f} ms, {max(pages) * 1000:.0f} ms at most; "
              f"all of them {took:.2f} s", file=sys.stderr)

    def disconnect(self):
        for connection in self.connections:
            connection.socket.close()

    def delete_declared(self, count=QUEUES):
        with amqp.Client(self.broker.port) as client:
            for number in range(count):
                client.send(amqp.method(1, DELETE, struct.pack(">H", 0) + amqp.short_string(declared(number)) + b"\0"))
            for _ in range(count):
                client.expect(DELETE_OK)


def declared(number):
    return f"bench-declared-{number}"


def nothing(_):
    pass


# Name, title, what is done before, meanwhile and afterwards.
DISTURBANCES = [
    ("nothing", "nothing", nothing, nothing, nothing),
    ("drain", "1 million messages drained", Load.fill, Load.drain, nothing),
    ("purge", "1 million messages purged", Load.fill, Load.purge, Load.delete),
    ("purge-durable", "1 million durable messages purged", lambda load: load.fill("--durable", "--persistent"), Load.purge,
     Load.delete),
    ("delete", "a queue of 1 million messages deleted", Load.fill, Load.delete, nothing),
    ("delete-durable", "a durable queue of 1 million deleted", lambda load: load.fill("--durable", "--persistent"), Load.delete,
     nothing),
    ("body", "five bodies of 100 MB (peer: 16 MB)", nothing, Load.pass_bodies, nothing),
    ("declare", "20,000 queues declared on one connection", nothing, lambda load: load.declare(QUEUES, amqp.DURABLE, declared),
     Load.delete_declared),
    ("look-up", "100,000 passive declares on one connection", lambda load: load.declare(1, 0, lambda _: BACKLOG),
     lambda load: load.declare(LOOK_UPS, amqp.PASSIVE, lambda _: BACKLOG), Load.delete),
    ("listing", "20 pages of 100,000 queues over HTTP", lambda load: load.declare(LISTED, 0, declared), Load.list_queues,
     lambda load: load.delete_declared(LISTED)),
    ("scrape", "50,000 queues shown to Prometheus one by one", lambda load: load.declare(SCRAPED, 0, declared), Load.scrape,
     lambda load: load.delete_declared(SCRAPED)),
    ("connections", "connections listed over HTTP, 20 pages and all", Load.connect, Load.list_connections, Load.disconnect),
    ("import", "definitions: 100,000 queues, 100,000 bindings", Load.make_definitions, Load.send_definitions,
     lambda load: load.delete_declared(IMPORTED)),
]


@contextlib.contextmanager
def lower_priority():
    """For what is started within: who disturbs must not take the processors from those who are measured."""
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0).sched_priority
    if priority > 1:
        os.sched_setscheduler(0, policy, os.sched_param(priority - 1))
    yield
    os.sched_setscheduler(0, policy, os.sched_param(priority))


def measure(disturbance, broker, options):
    """The steady traffic's latency, and the seconds that the disturbance took."""
    _, _, before, meanwhile, afterwards = disturbance
    broker.start()
    try:
        load = Load(options, broker)
        before(load)
        with tempfile.TemporaryDirectory() as directory:
            result = pathlib.Path(directory) / "result.json"
            steady = subprocess.Popen(load.command(*STEADY, "--warmup", str(WARM_UP), "--time", str(options.time), "--json", str(result)),
                                      stdout=subprocess.DEVNULL)
            try:
                time.sleep(WARM_UP + 0.5)
                with lower_priority():
                    begin = time.monotonic()
                    meanwhile(load)
                    took = time.monotonic() - begin
            finally:
                steady.wait(timeout=120)
            answer = json.loads(result.read_text())
        afterwards(load)
        if answer["failures"]:
            raise brokers.BrokerFailure(answer["failures"][0])
        return {"rate": answer["delivered_per_s"], "took": took, **answer["latency"]}
    finally:
        broker.stop()


def row_of(title, name, runs):
    def middle(key):
        return statistics.median(run[key] for run in runs)
    latencies = [table.number(middle(key), 0) for key in ("p50_us", "p99_us", "p999_us")]
    return [title, name, table.number(middle("rate")), *latencies, table.number(max(run["max_us"] for run in runs), 0),
            table.number(middle("took"))]


def raise_descriptors():
    """For CONNECTED connections on both sides: what is started inherits it. Beyond the hard limit only root may go."""
    wanted = CONNECTED + 2 * DESCRIPTORS_KEPT
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


def main(argv):
    options = parse_arguments(argv)
    raise_descriptors()
    members = [] if options.no_server else [
        brokers.Server("warrenmq", options.server, options.data_root, [*CONFIG, *options.server_config])]
    if options.peer_port:
        members.append(brokers.Peer(options.peer_name, options.peer_port, "auto"))
    rows = []
    failed = False
    for disturbance in DISTURBANCES:
        if options.names and not any(word in disturbance[0] for word in options.names):
            continue
        runs = {broker.name: [] for broker in members}
        for _ in range(options.rounds):
            for broker in members:
                print(f"{disturbance[0]}: {broker.name}", file=sys.stderr, flush=True)
                try:
                    runs[broker.name].append(measure(disturbance, broker, options))
                except (brokers.BrokerFailure, amqp.Refused, OSError, subprocess.TimeoutExpired) as failure:
                    failed = True
                    print(f"  {failure}", file=sys.stderr)
        rows += [row_of(disturbance[1], name, done) for name, done in runs.items() if done]
    print(table.render(COLUMNS, rows))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
