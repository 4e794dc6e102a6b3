"""Logins counted by who tried them and from where, as rabbitmq-diagnostics switches it on: at RabbitMQ off until then."""
import json

import pika
import pika.exceptions
import pytest

import raw
from broker import OwnBroker
from command_line import CommandLine
from http_client import HttpClient
from metrics_text import Scrape
from runner.peer import Peer

pytestmark = pytest.mark.own_server

CONF = ("management.tcp.port = 0\nmanagement.tcp.ip = 127.0.0.1\n"
        "prometheus.tcp.port = 0\nprometheus.tcp.ip = 127.0.0.1\n")
METRIC = "auth_attempts_detailed"


class Watched:
    """A node, and all ways to see who has logged in."""

    def __init__(self, folder, environment=None):
        self.own = OwnBroker(folder, CONF, environment=environment).start()
        self.cli = CommandLine(self.own.data_dir)
        self.api = HttpClient(self.own.ports["http"])
        self.node = self.api.get("nodes").json()[0]["name"]

    def switch(self, on):
        verb = "enable" if on else "disable"
        return self.cli.lines(f"{verb}_auth_attempt_source_tracking", tool="rabbitmq-diagnostics")

    def sources(self):
        """(user, protocol) -> (failed, succeeded), as the API has it."""
        listed = self.api.get(f"auth/attempts/{self.node}/source").json()
        for each in listed:
            assert list(each) == ["remote_address", "username", "protocol", "auth_attempts", "auth_attempts_failed",
                                  "auth_attempts_succeeded"]
            assert each["remote_address"] == "127.0.0.1"
            assert each["auth_attempts"] == each["auth_attempts_failed"] + each["auth_attempts_succeeded"]
        return {(each["username"], each["protocol"]): (each["auth_attempts_failed"], each["auth_attempts_succeeded"])
                for each in listed}

    def scrape(self, path):
        return Scrape(HttpClient(self.own.ports["prometheus"]).ask("GET", path).body.decode())

    def log_in(self, user="guest", password="guest"):
        try:
            pika.BlockingConnection(pika.ConnectionParameters(
                "127.0.0.1", self.own.port, credentials=pika.PlainCredentials(user, password))).close()
        except pika.exceptions.AMQPConnectionError:
            pass


@pytest.fixture
def watched(tmp_path):
    node = Watched(tmp_path)
    yield node
    node.own.stop()


def test_nothing_is_counted_by_source_until_it_is_asked_for(watched):
    watched.log_in()
    watched.log_in(password="wrong")
    assert watched.sources() == {}
    assert watched.cli.lines("-q", "list_node_auth_attempt_stats", "--by-source") == []
    assert f"rabbitmq_{METRIC}_total" not in watched.scrape("/metrics/per-object").samples


def test_logins_are_counted_by_user_and_address(watched):
    assert watched.switch(on=True) == ["Enabling authentication attempt source tracking ..."]
    for _ in range(5):  # on all shards
        watched.log_in()
    watched.log_in(password="wrong")
    watched.log_in("mallory", "x")
    HttpClient(watched.own.ports["http"], 'o"brien\\é', "x").get("overview")
    counted = {("guest", "amqp091"): (1, 5), ("mallory", "amqp091"): (1, 0), ('o"brien\\é', "http"): (1, 0)}
    found = watched.sources()
    assert found.pop(("guest", "http"))[0] == 0
    assert found == counted

    lines = watched.cli.lines("-q", "list_node_auth_attempt_stats", "--by-source")
    assert lines[0] == "remote_address\tusername\tprotocol\tauth_attempts\tauth_attempts_failed\tauth_attempts_succeeded"
    assert "127.0.0.1\tguest\tamqp091\t6\t1\t5" in lines
    told = json.loads(watched.cli.ok("list_node_auth_attempt_stats", "--by-source", "--formatter", "json"))
    assert {each["username"] for each in told["attempts"]} == {"guest", "mallory", 'o"brien\\é'}

    for path, prefix in (("/metrics/per-object", "rabbitmq_"),
                         ("/metrics/detailed?family=auth_attempt_detailed_metrics", "rabbitmq_detailed_")):
        shown = watched.scrape(path)
        for (user, protocol), (failed, succeeded) in counted.items():
            labels = {"remote_address": "127.0.0.1", "username": user, "protocol": protocol}
            assert shown.value(f"{prefix}{METRIC}_total", **labels) == failed + succeeded
            assert shown.value(f"{prefix}{METRIC}_failed_total", **labels) == failed
            assert shown.value(f"{prefix}{METRIC}_succeeded_total", **labels) == succeeded
        assert {tuple(name for name, _ in labels) for labels in shown.samples[f"{prefix}{METRIC}_total"]} == {
            ("remote_address", "username", "protocol")}
        assert shown.types[f"{prefix}{METRIC}_total"] == "counter"
    assert f"rabbitmq_{METRIC}_total" not in watched.scrape("/metrics").types

    assert watched.switch(on=False) == ["Disabling authentication attempt source tracking ..."]
    watched.log_in("mallory", "x")
    assert watched.sources()["mallory", "amqp091"] == (1, 0), "what was counted stays, as in RabbitMQ"


def test_counts_begin_anew_whichever_is_reset(watched):
    watched.switch(on=True)
    watched.log_in(password="wrong")
    assert watched.api.delete(f"auth/attempts/{watched.node}/source").status == 204
    assert ("guest", "amqp091") not in watched.sources()
    assert "amqp091" not in {each["protocol"] for each in watched.api.get(f"auth/attempts/{watched.node}").json()}
    watched.log_in(password="wrong")
    assert watched.sources()["guest", "amqp091"] == (1, 0), "it goes on counting"
    watched.cli.ok("reset_node_auth_attempt_metrics", tool="rabbitmq-diagnostics")
    assert ("guest", "amqp091") not in watched.sources()
    assert watched.api.get("auth/attempts/elsewhere/source").status == 404


@pytest.mark.parametrize("user, shown", [(b"\xff\xfe", "\ufffd\ufffd"), (b"x" * 2000, "x" * 255), (b"", ""),
                                         (b"two\nlines", "two\nlines")], ids=["octets", "long", "empty", "lines"])
def test_names_that_are_none(watched, user, shown):
    watched.switch(on=True)
    peer = Peer(watched.own.host, watched.own.port)
    peer.send(raw.opening(user=user, password=b"x"))
    raw.expect(peer, 0, "connection.start")
    raw.expect(peer, 0, "connection.close")
    assert watched.sources()[shown, "amqp091"] == (1, 0)
    found = watched.scrape("/metrics/per-object")
    assert found.value(f"rabbitmq_{METRIC}_failed_total", username=shown, protocol="amqp091") == 1


def test_advanced_config_switches_it_on_from_the_start(tmp_path):
    advanced = tmp_path / "advanced.config"
    advanced.write_text("[{rabbit, [{track_auth_attempt_source, true}]}].\n")
    node = Watched(tmp_path, {"RABBITMQ_ADVANCED_CONFIG_FILE": str(advanced)})
    try:
        node.log_in()
        assert node.sources()["guest", "amqp091"] == (0, 1)
    finally:
        node.own.stop()
