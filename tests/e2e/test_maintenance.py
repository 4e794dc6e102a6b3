"""What probes and upgrades do to a node: health checks that look, maintenance, limits, the log."""
import json

import pika
import pytest

from broker import OwnBroker
from command_line import CommandLine
from http_client import HttpClient
from waiting import wait_until

# pylint: disable=redefined-outer-name
pytestmark = pytest.mark.own_server
CONF = """management.tcp.port = 0
management.tcp.ip = 127.0.0.1
connection_max = 2
log.console = true
log.file = node.log
"""


class Node:
    def __init__(self, folder):
        logs = folder / "logs"
        logs.mkdir()
        self.own = OwnBroker(folder, CONF + f"log.dir = {logs}\n").start()
        self.api = HttpClient(self.own.ports["http"])
        self.anybody = HttpClient(self.own.ports["http"], user=None)
        self.cli = CommandLine(self.own.data_dir)
        self.log = logs / "node.log"

    def connect(self):
        return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", self.own.port))


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    made = Node(tmp_path_factory.mktemp("maintenance"))
    yield made
    made.own.stop()


def failed(answer, reason):
    assert (answer.status, answer.json()["status"], answer.json()["reason"]) == (503, "failed", reason)


def test_drain_and_revive(node):
    connection = node.connect()
    node.cli.ok("drain", tool="rabbitmq-upgrade")
    with pytest.raises(pika.exceptions.ConnectionClosedByBroker) as closed:
        while True:
            connection.process_data_events(time_limit=1)
    assert closed.value.reply_code == 320
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        node.connect()
    failed(node.anybody.get("health/checks/is-in-service"), "this rabbit node is not currently available to serve")
    failed(node.anybody.get("health/checks/ready-to-serve-clients"),
           "the rabbit node is not currently available to serve")
    assert json.loads(node.cli.ok("status", "--formatter", "json"))["is_under_maintenance"] is True
    node.cli.ok("await_online_quorum_plus_one", tool="rabbitmq-upgrade")
    node.cli.ok("drain", tool="rabbitmq-upgrade")
    node.cli.ok("revive", tool="rabbitmq-upgrade")
    node.connect().close()
    assert node.anybody.get("health/checks/is-in-service").json() == {"status": "ok"}
    assert node.anybody.get("health/checks/ready-to-serve-clients").status == 200


def test_the_limit_of_connections(node):
    check = "health/checks/below-node-connection-limit"
    assert node.anybody.get(check).json() == {"status": "ok", "limit": 2, "connections": 0}
    connections = [node.connect(), node.connect()]
    failed(node.anybody.get(check), "node connection limit is reached")
    failed(node.anybody.get("health/checks/ready-to-serve-clients"), "node connection limit is reached")
    connections.pop().close()
    wait_until(lambda: node.anybody.get(check).status == 200)
    connections.pop().close()


def test_suspended_listeners_leave_connections(node):
    connection = node.connect()
    node.cli.ok("suspend_listeners")
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        node.connect()
    connection.channel().close()
    node.cli.ok("resume_listeners")
    node.connect().close()
    connection.close()


def test_limits_until_the_next_start(node):
    node.cli.ok("set_vm_memory_high_watermark", "absolute", "1MB")
    wait_until(lambda: node.api.get("health/checks/local-alarms").status == 503)
    said = node.cli.run("rabbitmq-diagnostics", "check_local_alarms")
    assert said.returncode == 69
    assert "memory" in node.cli.ok("-q", "alarms", tool="rabbitmq-diagnostics")
    node.cli.ok("set_vm_memory_high_watermark", "0.9")
    wait_until(lambda: node.api.get("health/checks/local-alarms").status == 200)
    node.cli.ok("set_disk_free_limit", "1000TB")
    wait_until(lambda: node.api.get("health/checks/alarms").status == 503)
    node.cli.ok("set_disk_free_limit", "mem_relative", "0.0001")
    wait_until(lambda: node.api.get("health/checks/alarms").status == 200)
    for arguments in (["2"], ["a"], ["absolute", "x"], ["absolute"], ["0.5", "x"]):
        assert "Bad argument" in node.cli.refused(65, "set_vm_memory_high_watermark", *arguments), arguments
    for arguments in (["x"], ["mem_relative", "x"], ["mem_relative"], ["1", "x"]):
        assert "Bad argument" in node.cli.refused(65, "set_disk_free_limit", *arguments), arguments


def test_the_log_can_be_asked_and_told(node):
    assert str(node.log) in node.cli.lines("-q", "log_location", tool="rabbitmq-diagnostics")
    node.cli.ok("set_log_level", "debug")
    assert "level foo is not supported" in node.cli.refused(69, "set_log_level", "foo")
    node.cli.ok("set_log_level", "info")
    node.log.rename(node.log.with_suffix(".old"))
    node.cli.ok("rotate_logs")
    node.cli.ok("drain", tool="rabbitmq-upgrade")
    node.cli.ok("revive", tool="rabbitmq-upgrade")
    wait_until(lambda: node.log.exists() and "maintenance" in node.log.read_text())
    tail = node.cli.lines("-q", "log_tail", "-N", "2", tool="rabbitmq-diagnostics")
    assert len(tail) == 2 and "open again" in tail[-1]


def test_files_that_the_node_has_read(node):
    status = node.cli.ok("status")
    assert f" * {node.own.conf_path}\n" in status
    assert f" * {node.log}\n * <stdout>\n" in status
    settings = json.loads(node.cli.ok("environment", "--formatter", "json"))
    assert settings["connection_max"] == "2"
    assert "connection_max = 2" in node.cli.lines("environment")


def test_probes(node):
    diagnostics = "rabbitmq-diagnostics"
    for command in (["ping"], ["check_running"], ["check_local_alarms"], ["check_alarms"], ["check_port_connectivity"],
                    ["check_virtual_hosts"], ["status"], ["check_protocol_listener", "amqp"],
                    ["check_port_listener", str(node.own.port)], ["check_if_node_is_quorum_critical"],
                    ["check_if_metadata_store_is_initialized"], ["check_if_metadata_store_is_initialized_with_data"],
                    ["check_for_quorum_queues_without_an_elected_leader", "--across-all-vhosts", ".*"],
                    ["check_certificate_expiration", "--within", "2", "--unit", "months"],
                    ["check_if_any_deprecated_features_are_used"], ["is_running"], ["is_booting"], ["listeners"],
                    ["memory_breakdown"], ["os_env"], ["resolve_hostname", "localhost"], ["tls_versions"],
                    ["cipher_suites"], ["metadata_store_status"], ["list_network_interfaces"], ["discover_peers"]):
        node.cli.ok("-q", *command, tool=diagnostics)
    assert node.cli.run(diagnostics, "check_port_listener", "1").returncode == 69
    node.cli.ok("await_startup")
    node.cli.ok("wait", "--pid", str(node.own.process.pid), "--timeout", "10")
    node.cli.ok("-q", "post_upgrade", tool="rabbitmq-upgrade")


def test_what_needs_erlang_is_refused_with_a_reason(node):
    for command in (["eval", "1+1."], ["exec", "x"], ["force_gc"], ["join_cluster", "rabbit@other"], ["reset"]):
        said = node.cli.refused(69, *command)
        assert said.startswith("Error:\n") and len(said) > 30, command


def test_queues_tell_their_status(node):
    for kind in ("quorum", "stream"):
        body = {"durable": True, "arguments": {"x-queue-type": kind}}
        assert node.api.put(f"queues/%2F/{kind}", body).status == 201
    for queue in "quorum", "stream":
        for _ in range(3):
            message = {"properties": {"delivery_mode": 2}, "routing_key": queue, "payload": "x", "payload_encoding": "string"}
            assert node.api.post("exchanges/%2F/amq.default/publish", message).json() == {"routed": True}

    def status(tool, *command):
        (shown,) = json.loads(node.cli.ok("-q", *command, "--formatter", "json", tool=tool))
        return shown
    member = status("rabbitmq-queues", "quorum_status", "quorum")
    assert (member["Raft State"], member["Membership"]) == ("leader", "voter")
    assert member["Last Log Index"] == member["Last Written"] == member["Last Applied"] == member["Commit Index"] > 2
    assert member["Term"] > 0 and member["Machine Version"] > 0
    writer = status("rabbitmq-streams", "stream_status", "stream")
    assert (writer["role"], writer["committed_offset"], writer["first_offset"], writer["segments"]) == ("writer", 2, 0, 1)
    assert json.loads(node.cli.ok("-q", "stream_status", "stream", "--tracking", "--formatter", "json", tool="rabbitmq-streams")) == []
    for arguments in (["quorum_status", "stream"], ["quorum_status", "nobody"], ["stream_status", "quorum"]):
        assert node.cli.run("rabbitmq-queues", *arguments).returncode == 65, arguments
    assert node.cli.lines("-q", "list_unresponsive_queues") == []
    report = node.cli.ok("report")
    for part in ("Status of node", "Cluster status of node", "Listing queues for vhost /", "quorum"):
        assert part in report, part


def test_shells_can_complete(node):
    assert sorted(node.cli.lines("autocomplete", "set_p")) == [
        "set_parameter", "set_permissions", "set_permissions_globally", "set_policy"]
    options = node.cli.lines("autocomplete", "--options", "--s", "import_definitions")
    assert {"--skip-if-unchanged", "--silent"} <= set(options)
    assert "--skip-if-unchanged" in node.cli.ok("help", "import_definitions")
