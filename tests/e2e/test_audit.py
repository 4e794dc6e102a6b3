"""The audit log: who has changed what, from where."""
import json
import time

import pika
import pytest

from broker import OwnBroker
from command_line import CommandLine
from http_client import HttpClient, quoted

pytestmark = pytest.mark.own_server

CONF = "management.tcp.port = 0\nmanagement.tcp.ip = 127.0.0.1\nlog.audit.file = audit.log\n"


class Audited:
    def __init__(self, folder, conf=CONF):
        self.node = OwnBroker(folder, conf).start()
        self.path = self.node.data_dir / "log" / "audit.log"

    def lines(self, count):
        """The first `count` lines, once they are there: they are written behind the answer."""
        deadline = time.monotonic() + 10
        while True:
            lines = self.path.read_text().splitlines() if self.path.exists() else []
            if len(lines) >= count or time.monotonic() > deadline:
                assert len(lines) == count, lines
                return [json.loads(line) for line in lines]
            time.sleep(0.02)


@pytest.fixture
def audited(tmp_path):
    own = Audited(tmp_path)
    yield own
    own.node.kill()


def test_amqp_http_and_command_line(audited):
    connection = pika.BlockingConnection(pika.ConnectionParameters(port=audited.node.port))
    channel = connection.channel()
    channel.queue_declare("q", durable=True, arguments={"x-max-length": 5})
    channel.queue_declare("q", durable=True, arguments={"x-max-length": 5})
    channel.queue_delete("q")
    api = HttpClient(audited.node.ports["http"])
    assert api.put("policies/%2F/p", {"pattern": "^x", "definition": {"max-length": 5}}).status == 201
    assert api.put("policies/%2F/p", {"pattern": "^x", "definition": {"max-length": 6}}).status == 204
    cli = CommandLine(audited.node.data_dir)
    cli.ok("add_user", "carol", "secret-of-carol")
    made, gone, policy, changed, user = audited.lines(5)
    assert made["action"] == "created" and made["kind"] == "queue" and made["vhost"] == "/" and made["name"] == "q"
    assert made["user"] == "guest" and made["protocol"] == "amqp" and made["address"].startswith("127.0.0.1:")
    assert made["after"]["arguments"]["x-max-length"] == 5 and "before" not in made
    assert gone["action"] == "deleted" and gone["before"]["durable"] is True and "after" not in gone
    assert policy["protocol"] == "http" and policy["after"]["pattern"] == "^x"
    assert changed["action"] == "changed"
    assert changed["before"] == {"definition": {"max-length": 5}}
    assert changed["after"] == {"definition": {"max-length": 6}}
    assert user["protocol"] == "cli" and user["kind"] == "user" and user["name"] == "carol"
    text = audited.path.read_text()
    assert "secret-of-carol" not in text and "password_hash" not in text
    connection.close()


def test_refused_logins(audited):
    with pytest.raises(pika.exceptions.AMQPError):
        pika.BlockingConnection(pika.ConnectionParameters(
            port=audited.node.port, credentials=pika.PlainCredentials("guest", "wrong-one")))
    assert HttpClient(audited.node.ports["http"], "eve", "wrong-two").get("whoami").status == 401
    over_amqp, over_http = audited.lines(2)
    assert (over_amqp["action"], over_amqp["kind"], over_amqp["user"]) == ("refused", "login", "guest")
    assert (over_http["user"], over_http["protocol"]) == ("eve", "http")
    assert over_http["address"].startswith("127.0.0.1:")
    assert "wrong-" not in audited.path.read_text()


def test_passwords_in_uris_are_left_out(audited):
    cli = CommandLine(audited.node.data_dir)
    value = json.dumps({"src-uri": "amqp://u:topsecret@host", "src-queue": "a", "dest-uri": "amqp://",
                        "dest-queue": "b"})
    done = cli.ctl("set_parameter", "shovel", "s", value)
    if done.returncode == 64:
        pytest.skip("no set_parameter yet")
    assert done.returncode == 0, done
    (line,) = audited.lines(1)
    assert line["after"]["value"]["src-uri"] == "amqp://u:***@host"


def test_all_is_written_when_the_node_stops_and_files_rotate(tmp_path):
    audited = Audited(tmp_path, CONF + "log.audit.rotation.size = 20000\n")
    connection = pika.BlockingConnection(pika.ConnectionParameters(port=audited.node.port))
    channel = connection.channel()
    for number in range(200):
        channel.queue_declare(f"q{number}")
    audited.node.stop()
    files = [audited.path, *(audited.path.parent / f"audit.log.{n}" for n in range(9))]
    lines = [json.loads(line) for file in files if file.exists() for line in file.read_text().splitlines()]
    assert {line["name"] for line in lines if line["action"] == "created"} >= {f"q{n}" for n in range(200)}
    assert (audited.path.parent / "audit.log.0").exists()


def test_what_is_done_without_a_change_of_metadata(audited):
    connection = pika.BlockingConnection(pika.ConnectionParameters(port=audited.node.port))
    channel = connection.channel()
    channel.queue_declare("q")
    channel.queue_purge("q")
    api = HttpClient(audited.node.ports["http"])
    assert api.delete("queues/%2F/q/contents").status == 204
    cli = CommandLine(audited.node.data_dir)
    cli.ok("delete-messages", "q", "--all", tool="warrenctl")
    (name,) = [shown["name"] for shown in api.get("connections").json()]
    assert api.ask("DELETE", "connections/" + quoted(name), headers={"X-Reason": "enough"}).status == 204
    cli.ok("set_log_level", "debug")
    cli.ok("enable_auth_attempt_source_tracking", tool="rabbitmq-diagnostics")
    _, by_client, by_http, job, closed, level, tracking = audited.lines(7)
    for line in (by_client, by_http):
        assert (line["action"], line["kind"], line["vhost"], line["name"]) == ("purged", "queue", "/", "q")
    assert by_client["protocol"] == "amqp" and by_http["protocol"] == "http"
    assert (job["action"], job["kind"], job["name"], job["protocol"]) == ("delete", "messages", "q", "cli")
    assert (closed["action"], closed["kind"], closed["name"], closed["reason"]) == (
        "closed", "connection", name, "enough")
    assert (level["kind"], level["name"], level["reason"]) == ("node", "log_level", "debug")
    assert (tracking["kind"], tracking["name"], tracking["reason"]) == ("node", "login_tracking", "enabled")
