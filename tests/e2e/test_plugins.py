"""enabled_plugins files: what they switch on when a node starts, and what the command line does to them."""
import json
import random
import socket
import urllib.request

import pytest

from broker import OwnBroker
from command_line import CommandLine
from http_client import HttpClient

# pylint: disable=redefined-outer-name
pytestmark = pytest.mark.own_server
MANAGEMENT_PORT = 15672
METRICS_PORT = 15692
TOOL = "rabbitmq-plugins"


class Node:
    """A node that would listen at an address of loopback that nobody else has."""

    def __init__(self, folder, conf="", environment=None):
        self.host = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.{random.randint(2, 254)}"
        self.file = folder / "enabled_plugins"
        environment = {"RABBITMQ_ENABLED_PLUGINS_FILE": str(self.file), **(environment or {})}
        addresses = f"management.tcp.ip = {self.host}\nprometheus.tcp.ip = {self.host}\n"
        self.own = OwnBroker(folder, addresses + conf, environment=environment)
        self.cli = CommandLine(self.own.data_dir)
        self.cli.environment.update(environment)

    def listens(self, port=MANAGEMENT_PORT):
        try:
            return HttpClient(port, host=self.host).get("version").status == 200
        except OSError:
            return False

    def metrics(self):
        with urllib.request.urlopen(f"http://{self.host}:{METRICS_PORT}/metrics", timeout=10) as answer:
            return answer.read().decode()


@pytest.fixture
def make_node(tmp_path):
    made = []

    def make(conf="", environment=None):
        made.append(Node(tmp_path / f"node{len(made)}", conf, environment))
        return made[-1]

    yield make
    for node in made:
        if node.own.process is not None and node.own.process.poll() is None:
            node.own.stop()


def test_the_file_switches_the_listener_on(make_node):
    node = make_node()
    node.file.write_text("%% mine\n[rabbitmq_management,\n rabbitmq_shovel].\n")
    node.own.start()
    assert node.listens()
    assert node.own.ports["http"] == MANAGEMENT_PORT
    node.own.wait_for_output("plugin rabbitmq_shovel is enabled in")
    assert HttpClient(MANAGEMENT_PORT, host=node.host).get("nodes").json()[0]["enabled_plugins"] == [
        "rabbitmq_management", "rabbitmq_management_agent", "rabbitmq_web_dispatch"]


def test_no_file_no_listener(make_node):
    node = make_node()
    node.own.start()
    assert not node.listens()
    assert node.cli.lines("-q", "list", "--minimal", "-E", tool=TOOL) == []


def test_enabling_opens_the_listener_at_once(make_node):
    node = make_node()
    node.own.start()
    said = node.cli.ok("enable", "rabbitmq_management", tool=TOOL)
    assert "Applying plugin configuration to" in said and "started 3 plugins." in said
    assert node.listens()
    assert node.file.read_text() == "[rabbitmq_management].\n"
    assert json.loads((node.own.data_dir / "ports.json").read_text())["http"] == MANAGEMENT_PORT
    node.cli.ok("-q", "check_port_listener", str(MANAGEMENT_PORT), tool="rabbitmq-diagnostics")
    assert "Plugin configuration unchanged." in node.cli.ok("enable", "rabbitmq_management", tool=TOOL)
    node.cli.ok("is_enabled", "rabbitmq_management", "rabbitmq_management_agent", tool=TOOL)
    assert "stopped 3 plugins." in node.cli.ok("disable", "rabbitmq_management", tool=TOOL)
    assert not node.listens()
    assert node.file.read_text() == "[].\n"
    gone = node.cli.run(TOOL, "is_enabled", "rabbitmq_management")
    assert gone.returncode == 69 and "Plugin rabbitmq_management is not enabled on node" in gone.stderr
    node.cli.ok("set", "rabbitmq_management", "rabbitmq_prometheus", tool=TOOL)
    assert node.listens()
    assert "rabbitmq_identity_info{" in node.metrics()
    node.own.stop()
    node.own.start()
    assert node.listens()


def test_keys_of_the_configuration_win(make_node):
    node = make_node("management.tcp.port = 0\n")
    node.file.write_text("[rabbitmq_management].")
    node.own.start()
    port = node.own.ports["http"]
    assert port != MANAGEMENT_PORT and node.listens(port) and not node.listens()
    node.cli.ok("disable", "rabbitmq_management", tool=TOOL)
    assert node.listens(port)


def test_the_environment_has_the_last_word(make_node):
    node = make_node(environment={"RABBITMQ_ENABLED_PLUGINS": "rabbitmq_management"})
    node.file.write_text("[].")
    node.own.start()
    assert node.listens()


def test_a_file_that_cannot_be_read_is_told(make_node):
    node = make_node()
    node.file.write_text("[rabbitmq_management")
    node.own.spawn()
    assert node.own.process.wait(20) == 1
    assert "line 1: expected ',' or ']'" in node.own.output()
    node.own.process = None


def test_offline_only_the_file_changes(make_node):
    node = make_node()
    assert "Offline change" in node.cli.ok("enable", "--offline", "rabbitmq_management", "nobody", tool=TOOL)
    assert node.file.read_text() == "[rabbitmq_management,nobody].\n"
    assert "WARNING - plugins currently enabled but missing: nobody" in node.cli.ok("list", tool=TOOL)
    assert "Offline change" in node.cli.ok("disable", "rabbitmq_management_agent", tool=TOOL)
    assert node.file.read_text() == "[nobody].\n"
    assert node.cli.run(TOOL, "list", "--online").returncode == 69


def test_lists_and_directories(make_node):
    node = make_node()
    node.own.start()
    node.cli.ok("-q", "enable", "rabbitmq_prometheus", tool=TOOL)
    lines = node.cli.lines("list", tool=TOOL)
    assert lines[0] == 'Listing plugins with pattern ".*" ...'
    marks = {line.split()[-2]: line[:4] for line in lines if line.startswith("[")}
    assert marks["rabbitmq_prometheus"] == "[E*]"
    assert marks["rabbitmq_web_dispatch"] == "[e*]"
    assert marks["rabbitmq_management"] == "[  ]"
    assert node.cli.lines("-q", "list", "-m", "-e", tool=TOOL) == [
        "rabbitmq_management_agent", "rabbitmq_prometheus", "rabbitmq_web_dispatch"]
    listed = json.loads(node.cli.ok("list", "prometheus", "--formatter", "json", tool=TOOL))
    assert listed["status"] == "running"
    assert [(one["name"], one["enabled"], one["running"]) for one in listed["plugins"]] == [
        ("rabbitmq_prometheus", "enabled", True)]
    assert f"Enabled plugins file: {node.file}" in node.cli.lines("directories", tool=TOOL)
    assert node.cli.run(TOOL, "list", "(").returncode == 65


def test_a_port_that_is_taken_changes_nothing(make_node):
    node = make_node()
    node.file.write_text("[].\n")
    node.own.start()
    with socket.create_server((node.host, METRICS_PORT)):
        done = node.cli.run(TOOL, "enable", "rabbitmq_management", "rabbitmq_prometheus")
        assert done.returncode == 69, done
        assert "Address already in use" in done.stderr
    assert node.file.read_text() == "[].\n"
    assert not node.listens()
    assert node.cli.lines("-q", "list", "--minimal", "-E", tool=TOOL) == []
    node.cli.ok("enable", "rabbitmq_management", "rabbitmq_prometheus", tool=TOOL)
    assert node.listens() and node.metrics()
