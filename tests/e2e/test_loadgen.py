"""The load generator against a broker: what its own tests cannot show with the relay, which knows no queues."""
import json
import subprocess

import pytest

from broker import ROOT

LOADGEN = ROOT / "build/release/bin/warrenmq-loadgen"


@pytest.mark.parametrize("producers, channels, consumers", [(2, 10, 3), (1, 20, 20), (20, 1, 1)])
def test_channels_are_spread_over_more_queues_than_connections(broker, name, producers, channels, consumers):
    done = subprocess.run(
        [LOADGEN, "--host", broker.host, "--port", str(broker.port), "--quiet", "--json", "-", "--queues", "20",
         "--queue-pattern", f"{name}-%d", "--producers", str(producers), "--producer-channels", str(channels),
         "--consumers", str(consumers), "--confirm", "20", "--prefetch", "50", "--ack-every", "10", "--count", "200",
         "--verify-body"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["delivered"] == answer["confirmed"] == 4000
    assert answer["redelivered"] == answer["out_of_order"] == 0


@pytest.mark.parametrize("more", [
    ["--spread"],
    ["--exchange", "{}-topic", "--type", "topic", "--bindings", "360"],
    ["--exchange", "{}-direct", "--type", "direct", "--bindings", "360"],
])
def test_producers_serve_many_routing_keys_in_turn(broker, name, more):
    done = subprocess.run(
        [LOADGEN, "--host", broker.host, "--port", str(broker.port), "--quiet", "--json", "-", "--queues", "20",
         "--queue-pattern", f"{name}-%d", *(word.format(name) for word in more), "--producers", "3", "--consumers", "4",
         "--confirm", "500", "--prefetch", "50", "--ack-every", "10", "--count", "3000"],
        capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["delivered"] == answer["confirmed"] == 9000
    assert answer["redelivered"] == answer["out_of_order"] == 0
