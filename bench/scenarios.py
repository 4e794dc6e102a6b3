"""The named scenarios: what the load generator is asked to do, and what of its answer counts."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    arguments: tuple
    latency: str = ""  # "latency" (end to end), "confirm_latency", or none worth showing
    seconds_max: float = 0  # a shorter time than asked for, where memory grows with it
    relay: bool = False  # the relay can stand in for a broker
    disk: bool = False  # the disk by itself is worth a row
    kind: str = "load"  # load, idle-memory, start-up, idle-connections, churn, backlog, stream, delays, restart
    queues: int = 0  # of a restart
    queue_type: str = ""  # of a backlog or restart
    warmup: float = 1


def load(name, title, arguments, **more):
    return Scenario(name, title, tuple(arguments.split()), **more)


def churn(name, title, arguments):
    return Scenario(name, title, ("--churn", *arguments.split()), kind="churn")


# Consumers acknowledge late wherever a confirm is to wait for the disk: what has been consumed need not be stored.
# Ten publishing and ten consuming connections, with a channel for each queue.
MANY_QUEUES = "--size 100 --persistent --durable --queues {0} --consumers 10 --producers 10 --producer-channels {1} --rate 100 " \
              "--confirm 100 --prefetch 100 --ack-every 10"

STREAM = "--size 100 --persistent --durable --streams --queue-args x-queue-type=stream --rate 20000 --confirm 1000 " \
         "--prefetch 1000 --ack-every 100"

FAN_OUT = "--durable --churn-depth 1000 --exchange loadgen-churn --type fanout"

SCENARIOS = [
    load("16b-auto-ack", "16 B, auto-ack", "--size 16 --auto-ack", relay=True),
    load("1000b-auto-ack", "1,000 B, auto-ack", "--size 1000 --auto-ack", relay=True),
    load("100b-acks", "100 B, prefetch 1000, ack every 100", "--size 100 --prefetch 1000 --ack-every 100", relay=True),
    load("1kb-confirmed", "1,000 B persistent, confirmed, 1,000 outstanding",
         "--size 1000 --persistent --durable --confirm 1000 --prefetch 1000 --ack-every 100", latency="confirm_latency", relay=True),
    load("1kb-quorum", "1,000 B confirmed, quorum queue, 1,000 outstanding",
         "--size 1000 --persistent --durable --queue-args x-queue-type=quorum --confirm 1000 --prefetch 1000 --ack-every 100",
         latency="confirm_latency"),
    load("16b-publish", "16 B publish only, backlog grows", "--size 16 --backlog", seconds_max=2, warmup=0.5, relay=True),
    load("16b-fan-out", "16 B fan-out to 10 queues, deliveries",
         "--size 16 --exchange loadgen-fan-out --type fanout --queues 10 --consumers 10 --auto-ack"),
    load("100b-10-queues", "100 B, 10 queues, 10 producers, 10 consumers",
         "--size 100 --queues 10 --producers 10 --consumers 10 --prefetch 1000 --ack-every 100"),
    load("100b-shared-queue", "100 B, one queue, 4 producers, 4 consumers",
         "--size 100 --producers 4 --consumers 4 --prefetch 1000 --ack-every 100"),
    load("64kb-auto-ack", "64 kB, auto-ack", "--size 65536 --auto-ack", relay=True),
    load("100b-one-at-a-time", "100 B, persistent, one at a time",
         "--size 100 --persistent --durable --one-at-a-time --prefetch 1000 --ack-every 100", latency="confirm_latency",
         relay=True, disk=True),
    load("100b-20k-latency", "100 B at 20,000/s: end to end", "--size 100 --rate 20000 --latency --auto-ack", latency="latency",
         relay=True),
    load("1kb-10k-latency", "1 kB persistent at 10,000/s: confirm",
         "--size 1000 --persistent --durable --rate 10000 --confirm 1000 --prefetch 1000 --ack-every 100",
         latency="confirm_latency", relay=True, disk=True),
    Scenario("backlog", "16 B persistent, a backlog in one durable queue", (), kind="backlog"),
    Scenario("restart-10k-queues", "10,000 durable queues: start after SIGKILL", (), kind="restart", queues=10_000),
    Scenario("backlog-quorum", "16 B, a backlog in one quorum queue", (), kind="backlog", queue_type="quorum"),
    Scenario("restart-10k-quorum", "10,000 quorum queues: start after SIGKILL", (), kind="restart", queues=10_000,
             queue_type="quorum"),
    Scenario("stream-read", "100 B, a stream read by one and by ten readers", (), kind="stream"),
    load("stream-publish", "100 B at 20,000/s into a stream: confirm", STREAM + " --backlog", latency="confirm_latency"),
    load("stream-10-readers", "100 B at 20,000/s into a stream, 10 readers: confirm", STREAM + " --consumers 10",
         latency="confirm_latency"),
    Scenario("delayed", "5,000 delayed messages a second beside others: lateness", (), kind="delays"),
    load("queues-10", "100 B persistent, 10 durable queues, 100/s each: confirm", MANY_QUEUES.format(10, 1),
         latency="confirm_latency"),
    load("queues-1000", "100 B persistent, 1,000 durable queues, 100/s each: confirm", MANY_QUEUES.format(1000, 100),
         latency="confirm_latency", disk=True),
    Scenario("idle-memory", "idle node, memory", (), kind="idle-memory"),
    Scenario("start-up", "start to first answer", (), kind="start-up"),
    Scenario("10k-idle", "10,000 idle connections", ("--idle-connections", "10000"), kind="idle-connections"),
    Scenario("connection-churn", "connections opened and closed", ("--churn", "connection"), kind="churn"),
    Scenario("channel-churn", "channels opened and closed", ("--churn", "channel"), kind="churn"),
    churn("queue-churn", "durable queues declared and deleted, 100 at once", "queue --durable"),
    churn("queue-churn-alone", "durable queues, one request at a time", "queue --durable --churn-depth 1"),
    churn("queue-churn-50", "the same on 50 connections", "queue --durable --churn-depth 1 --churn-connections 50"),
    churn("binding-churn", "durable topic bindings made and removed, 100 at once", "binding --durable"),
    churn("fan-out-churn", "10,000 durable queues bound to one fan-out exchange, then deleted", f"queue {FAN_OUT} --churn-count 10000"),
    churn("fan-out-churn-100k", "100,000 of them", f"queue {FAN_OUT} --churn-count 100000"),
    churn("exclusive-churn-100k", "100,000 exclusive queues that go with their connection",
          "queue --churn-depth 1000 --churn-leave --churn-count 100000"),
    churn("auto-delete-churn-100k", "100,000 auto-delete queues that go with their consumers",
          "queue --churn-depth 1000 --churn-leave --auto-delete --churn-count 100000"),
]


def select(words):
    """Scenarios whose names contain one of the words; all of them without any."""
    chosen = [scenario for scenario in SCENARIOS if not words or any(word in scenario.name for word in words)]
    if not chosen:
        raise SystemExit(f"no scenario matches {' '.join(words)}: " + ", ".join(scenario.name for scenario in SCENARIOS))
    return chosen
