"""Debian's Nagios plug-ins for RabbitMQ, which ask the HTTP API, find nothing to complain about."""
import shutil
import socket
import subprocess

import pytest

from http_fixtures import api  # noqa: F401  (a fixture)

# pylint: disable=redefined-outer-name
pytestmark = [
    pytest.mark.own_server,
    pytest.mark.skipif(shutil.which("check_rabbitmq_server") is None,
                       reason="Debian's nagios-plugins-rabbitmq is not installed"),
]
OK, CRITICAL = 0, 2


def check(api, name, *arguments, password="guest"):
    return subprocess.run([f"check_rabbitmq_{name}", "-H", "127.0.0.1", "--port", str(api.port), "-u", "guest", "-p",
                           password, *arguments], capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("name", ["aliveness", "objects", "overview", "connections"])
def test_nothing_to_complain_about(api, name):
    done = check(api, name)
    assert done.returncode == OK, done.stdout + done.stderr
    assert f"RABBITMQ_{name.upper()} OK" in done.stdout


@pytest.mark.parametrize("name", ["server", "watermark", "partition"])
def test_the_node_is_well(api, name):
    node = api.get("nodes").json()[0]["name"]
    assert node == "rabbit@" + socket.gethostname().split(".")[0]
    done = check(api, name, "-n", node.removeprefix("rabbit@"))
    assert done.returncode == OK, done.stdout + done.stderr


def test_a_queue_is_watched(api):
    assert api.put("queues/%2F/watched").status == 201
    message = {"properties": {}, "routing_key": "watched", "payload": "x", "payload_encoding": "string"}
    for _ in range(3):
        assert api.post("exchanges/%2F/amq.default/publish", message).json() == {"routed": True}
    assert check(api, "queue", "--vhost", "/", "--queue", "watched", "-w", "5,5,5,5").returncode == OK
    done = check(api, "queue", "--vhost", "/", "--queue", "watched", "-c", "2,2,2,2")
    assert done.returncode == CRITICAL and "messages CRITICAL (3)" in done.stdout
    assert check(api, "queue", "--vhost", "/", "--queue", "nobody").returncode == CRITICAL
    assert api.delete("queues/%2F/watched").status == 204


def test_wrong_credentials_are_critical(api):
    done = check(api, "overview", password="wrong")
    assert done.returncode == CRITICAL and "Access Refused" in done.stdout
