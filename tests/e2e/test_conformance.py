"""The scenario files of tests/conformance, all of them, through their own runner."""
import os
import pathlib
import subprocess
import sys

import pytest

CONFORMANCE = pathlib.Path(__file__).resolve().parents[1] / "conformance"
DEFINITIONS = CONFORMANCE / "definitions.json"


def play(broker, have):
    played = subprocess.run(
        [sys.executable, CONFORMANCE / "run.py", "--host", broker.host, "--port", str(broker.port),
         "--quiet", "--have", have], capture_output=True, text=True, timeout=300, check=False)
    last_line = played.stdout.strip().splitlines()[-1]
    assert played.returncode == 0, played.stdout
    assert not last_line.startswith("0 passed"), last_line


@pytest.mark.own_server
def test_every_scenario_passes(start_broker):
    play(start_broker(f"load_definitions = {DEFINITIONS}\n"), "plugins,warren,users")


def test_scenarios_pass_on_a_broker_in_use(broker):
    """What a bare RabbitMQ passes too; WARRENMQ_TEST_HAVE names what else the broker has."""
    play(broker, os.environ.get("WARRENMQ_TEST_HAVE", ""))
