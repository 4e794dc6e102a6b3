"""What growth.py draws: a curve is one quantity that grows, its lines are what is measured as it does."""
import dataclasses
from typing import Callable

import plot

QUEUES = (1, 10, 100, 1_000, 10_000)
CONNECTIONS = (2, 10, 100, 1_000, 10_000)
BINDINGS = (10, 100, 1_000, 10_000, 100_000)
BACKLOGS = (1_000, 10_000, 100_000, 1_000_000)
SIZES = (0, 16, 64, 256, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24)

SLOW = 20_000  # messages a second, where it is the rate that is given


@dataclasses.dataclass(frozen=True)
class Line:
    """One line; a broker's name goes before its own."""
    name: str
    values: tuple
    arguments: Callable  # of the load generator (or routing-cost), for a value
    kind: str = "load"  # load, publish, drain (of a backlog), routing
    peer_max: int = 0  # a peer is measured up to this value; 0: not at all
    relay_max: int = -1  # the same for the relay


@dataclasses.dataclass(frozen=True)
class Curve:
    name: str
    chart: plot.Chart
    lines: tuple


def cpu_axis(of="message"):
    return plot.Axis(f"CPU of the broker for each {of}", plot.microseconds)


def queues(count, rate=""):
    return f"--size 16 --queues {count} --spread --producers 4 --consumers {min(count, 10)} --auto-ack {rate}"


def connections(count, rate=""):
    half = count // 2
    return f"--size 16 --queues {min(half, 100)} --producers {half} --consumers {half} --auto-ack {rate and f'--rate {rate / half}'}"


def bindings(count, kind):
    return f"--size 16 --exchange growth --type {kind} --queues 10 --bindings {count} --producers 4 --consumers 4 --auto-ack"


def fan_out(count):
    return f"--size 16 --exchange growth --type fanout --queues {count} --consumers {min(count, 4)} --auto-ack"


def durable(messages):
    return f"--size 16 --count {messages} --durable --persistent --confirm 10000"


CURVES = (
    Curve("queues", plot.Chart("Queues", plot.Axis("queues"), cpu_axis(),
                               "16 B, auto-ack; 4 producers, each publishes to all queues in turn, and up to 10 consumers"),
          (Line("as fast as it goes", QUEUES, queues, peer_max=1_000),
           Line("20,000 a second in all", QUEUES, lambda n: queues(n, f"--rate {SLOW // 4}"), peer_max=1_000))),
    Curve("connections", plot.Chart("Connections", plot.Axis("connections, half of them publish, half consume"), cpu_axis(),
                                    "16 B, auto-ack, up to 100 queues"),
          (Line("as fast as it goes", CONNECTIONS[:3], connections, peer_max=100),
           Line("20,000 a second in all", CONNECTIONS, lambda n: connections(n, SLOW), peer_max=100))),
    Curve("bindings", plot.Chart("Bindings", plot.Axis("bindings of the exchange"), cpu_axis(),
                                 "16 B, auto-ack; as many routing keys in turn, each matches one binding; 10 queues"),
          (Line("topic, mixed patterns", BINDINGS, lambda n: bindings(n, "topic"), peer_max=10_000),
           Line("direct", BINDINGS, lambda n: bindings(n, "direct"), peer_max=10_000))),
    Curve("routing", plot.Chart("Routing by itself", plot.Axis("bindings (default exchange: queues)"),
                                plot.Axis("CPU for each message", plot.microseconds),
                                "as many routing keys in a mixed order, each matches one binding; no session, no queue"),
          (Line("topic, mixed patterns", BINDINGS, lambda n: f"topic {n} 300000", kind="routing"),
           Line("direct", BINDINGS, lambda n: f"direct {n} 300000", kind="routing"),
           Line("default", BINDINGS, lambda n: f"default {n} 300000", kind="routing"),
           Line("headers, 4 of 4", BINDINGS[:3], lambda n: f"headers {n} {3_000_000 // n}", kind="routing"))),
    Curve("fan-out", plot.Chart("Fan-out", plot.Axis("queues that get each message"), cpu_axis("delivery"), "16 B, auto-ack"),
          (Line("", QUEUES[:4], fan_out, peer_max=100),)),
    Curve("backlog", plot.Chart("Backlog", plot.Axis("messages in the queue"), cpu_axis(),
                                "16 B; publishing doubles the backlog, consuming empties it (auto-ack)"),
          (Line("publish", BACKLOGS, lambda n: f"--size 16 --count {n}", kind="publish", peer_max=100_000),
           Line("consume", BACKLOGS, lambda n: f"--size 16 --count {n}", kind="drain", peer_max=100_000),
           Line("publish, durable", BACKLOGS, durable, kind="publish"),
           Line("consume, durable", BACKLOGS, durable, kind="drain"))),
    Curve("sizes", plot.Chart("Message sizes", plot.Axis("octets of a body", plot.octets, 4), cpu_axis(),
                              "one queue, one producer, one consumer, auto-ack; the relay only re-frames: the floor"),
          (Line("", SIZES, lambda n: f"--size {n} --auto-ack", peer_max=SIZES[-1], relay_max=1 << 18),)),
)


def select(words):
    """Curves whose names contain one of the words; all of them without any."""
    chosen = [curve for curve in CURVES if not words or any(word in curve.name for word in words)]
    if not chosen:
        raise SystemExit(f"no curve matches {' '.join(words)}: " + ", ".join(curve.name for curve in CURVES))
    return chosen


def shortened(values, short):
    """In a short run every other point, first and last among them."""
    return values if not short else values[:-1:2] + values[-1:] if len(values) % 2 == 0 else values[::2]
