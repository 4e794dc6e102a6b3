"""RabbitMQ's own rabbitmqadmin (the Python script, from Debian's rabbitmq-server) does its work against the HTTP API."""
import json
import subprocess

import pytest

from http_fixtures import api  # noqa: F401  (a fixture)
from programs import path_of

# pylint: disable=redefined-outer-name
pytestmark = pytest.mark.own_server


@pytest.fixture
def admin(api):
    def run(*arguments):
        done = subprocess.run(["/usr/bin/python3", path_of("rabbitmqadmin"), "--host", "127.0.0.1", "--port",
                               str(api.port), *arguments], capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout
    return run


def names(admin, *arguments):
    return [line.split("\t")[0] for line in admin("-q", "-f", "tsv", *arguments, "name").splitlines()]


def test_objects_come_and_go(admin):
    assert "exchange declared" in admin("declare", "exchange", "name=ax", "type=topic")
    assert "queue declared" in admin("declare", "queue", "name=aq", "durable=true", 'arguments={"x-max-length":5}')
    assert "binding declared" in admin("declare", "binding", "source=ax", "destination=aq", "routing_key=a.#")
    assert {"ax", "amq.topic"} <= set(names(admin, "list", "exchanges"))
    assert "aq" in names(admin, "list", "queues")
    bindings = json.loads(admin("-f", "raw_json", "list", "bindings"))
    assert any(one["source"] == "ax" and one["routing_key"] == "a.#" for one in bindings)
    assert "Message published" in admin("publish", "exchange=ax", "routing_key=a.b", "payload=hello")
    got = json.loads(admin("-f", "raw_json", "get", "queue=aq", "ackmode=ack_requeue_false"))
    assert [one["payload"] for one in got] == ["hello"]
    assert "queue purged" in admin("purge", "queue", "name=aq")
    assert "binding deleted" in admin("delete", "binding", "source=ax", "destination=aq", "destination_type=queue",
                                      "properties_key=a.%23")
    assert "queue deleted" in admin("delete", "queue", "name=aq")
    assert "exchange deleted" in admin("delete", "exchange", "name=ax")


def test_users_and_vhosts(admin):
    admin("declare", "vhost", "name=av")
    admin("declare", "user", "name=au", "password=secret", "tags=monitoring")
    admin("declare", "permission", "vhost=av", "user=au", "configure=.*", "write=.*", "read=.*")
    assert "au" in names(admin, "list", "users")
    assert "av" in names(admin, "list", "vhosts")
    assert "au" in admin("list", "permissions")
    admin("declare", "vhost_limit", "vhost=av", "name=max-queues", "value=5")
    assert "max-queues" in admin("list", "vhost_limits")
    admin("delete", "vhost_limit", "vhost=av", "name=max-queues")
    admin("delete", "permission", "vhost=av", "user=au")
    admin("delete", "user", "name=au")
    admin("delete", "vhost", "name=av")


def test_policies_and_parameters(admin):
    admin("declare", "policy", "name=ap", "pattern=^a", 'definition={"max-length":7}', "apply-to=queues", "priority=2")
    assert "ap" in names(admin, "list", "policies")
    admin("delete", "policy", "name=ap")
    admin("declare", "operator_policy", "name=ao", "pattern=^a", 'definition={"max-length":7}', "apply-to=queues",
          "priority=0")
    assert "ao" in names(admin, "list", "operator_policies")
    admin("delete", "operator_policy", "name=ao")
    admin("declare", "parameter", "component=shovel", "name=as", 'value={"src-uri":"amqp://"}')
    assert "as" in names(admin, "list", "parameters")
    admin("delete", "parameter", "component=shovel", "name=as")


def test_definitions(admin, tmp_path):
    file = tmp_path / "definitions.json"
    admin("declare", "queue", "name=exported")
    admin("export", str(file))
    admin("delete", "queue", "name=exported")
    assert "Uploaded definitions" in admin("import", str(file))
    assert "exported" in names(admin, "list", "queues")
    admin("delete", "queue", "name=exported")


def test_overviews(admin):
    assert "rabbitmq_version" in admin("-f", "pretty_json", "show", "overview")
    assert names(admin, "list", "nodes")
    for what in ("connections", "channels", "consumers"):
        admin("list", what)
