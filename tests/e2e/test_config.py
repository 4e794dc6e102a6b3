"""rabbitmq.conf: what it takes, and how it says what is wrong."""
import subprocess

import pytest
from runner import codec
from runner.peer import Peer

import raw
from broker import OwnBroker, server_path
from http_client import HttpClient

pytestmark = pytest.mark.own_server


def check(tmp_path, conf):
    """The exit code and output of --check-config."""
    path = tmp_path / "rabbitmq.conf"
    path.write_text(conf)
    done = subprocess.run([server_path(), "--check-config", "--config", path], text=True,
                          capture_output=True, timeout=10, check=False)
    return done.returncode, done.stdout + done.stderr


def test_good_configuration_passes(tmp_path):
    status, _ = check(tmp_path, "heartbeat = 30\nlisteners.tcp.default = 5672\n")
    assert status == 0


def test_unknown_key_is_named_with_file_line_and_nearest_key(tmp_path):
    status, output = check(tmp_path, "# comment\nheartbeat = 30\nhartbeat = 60\n")
    assert status != 0
    assert "rabbitmq.conf:3" in output
    assert "hartbeat" in output and "heartbeat" in output.replace("hartbeat", "")


@pytest.mark.parametrize("line", [
    "heartbeat = sixty", "heartbeat = -1", "channel_max = 70000", "frame_max = large",
    "listeners.tcp.1 = 127.0.0.1:99999", "max_message_size = 1TB", "log.console = maybe",
    "log.console.level = loud", "default_permissions.configure = [",
])
def test_bad_value_is_named_with_file_and_line(tmp_path, line):
    status, output = check(tmp_path, f"\n{line}\n")
    assert status != 0
    assert "rabbitmq.conf:2" in output
    assert line.split()[0] in output


def test_line_without_value_is_refused(tmp_path):
    status, output = check(tmp_path, "heartbeat\n")
    assert status != 0 and "rabbitmq.conf:1" in output


def test_missing_file_is_refused(tmp_path):
    done = subprocess.run([server_path(), "--check-config", "--config", tmp_path / "nothing.conf"],
                          text=True, capture_output=True, timeout=10, check=False)
    assert done.returncode != 0 and "nothing.conf" in done.stdout + done.stderr


def test_bad_configuration_stops_the_start(tmp_path):
    conf = tmp_path / "rabbitmq.conf"
    conf.write_text("listeners.tcp.1 = 127.0.0.1:0\nno_such_key = 1\n")
    done = subprocess.run([server_path(), "--config", conf, "--data-dir", tmp_path / "data"],
                          text=True, capture_output=True, timeout=10, check=False)
    assert done.returncode != 0
    assert "rabbitmq.conf:2" in done.stdout + done.stderr
    assert not (tmp_path / "data" / "ports.json").exists()


def test_key_of_later_work_is_a_warning_only(start_broker):
    broker = start_broker("prometheus.tcp.max_keepalive = 5\n")
    broker.wait_for_output("prometheus.tcp.max_keepalive")
    broker.check_alive()


def test_tune_values_come_from_the_configuration(start_broker):
    broker = start_broker("heartbeat = 17\nchannel_max = 11\nframe_max = 65536\n")
    peer = Peer(broker.host, broker.port)
    peer.send(raw.opening()[:-1])  # all but the last octet: nothing is negotiated yet
    raw.expect(peer, 0, "connection.start")
    tune = raw.expect(peer, 0, "connection.tune").values
    assert tune == {"heartbeat": 17, "channel_max": 11, "frame_max": 65536}


def test_message_size_limit_comes_from_the_configuration(start_broker):
    broker = start_broker("max_message_size = 1000\n")
    peer = raw.open_connection(broker)
    peer.send(raw.message(b"x", b"y" * 1001))
    closed = raw.expect(peer, 1, "channel.close").values
    assert closed["text"] == (b"PRECONDITION_FAILED - message size 1001 is larger than configured "
                              b"max size 1000")


def test_default_user_comes_from_the_configuration(start_broker):
    broker = start_broker("default_user = hare\ndefault_pass = carrot\ndefault_vhost = field\n")
    peer = Peer(broker.host, broker.port)
    peer.send(raw.opening(b"hare", b"carrot"))  # to the vhost "/", which is not there
    raw.expect(peer, 0, "connection.start")
    raw.expect(peer, 0, "connection.tune")
    assert raw.last_words(peer)["text"] == b"NOT_ALLOWED - vhost / not found"


def test_loopback_users_can_be_emptied(start_broker):
    """guest from elsewhere cannot be tried here; that the setting is taken can."""
    broker = start_broker("loopback_users = none\n")
    raw.open_connection(broker)


def test_several_listeners(start_broker):
    broker = start_broker("listeners.tcp.1 = 127.0.0.1:0\nlisteners.tcp.2 = 127.0.0.1:0\n")
    broker.check_alive()


def test_512_mib_body_is_allowed_by_configuration(start_broker):
    """The header of a body of exactly the limit is taken; one more is not."""
    broker = start_broker("max_message_size = 536870912\n")
    peer = raw.open_connection(broker)
    peer.send(raw.frame("basic.publish", routing_key=b"x"))
    header = codec.encode_content_header(60, 0, 536870913, {})
    peer.send(codec.encode_frame(codec.FRAME_HEADER, 1, header))
    assert b"536870912" in raw.expect(peer, 1, "channel.close").values["text"]


ENCRYPTED = "encrypted:2x6E4VHFhSM+V3tCUTgo60/q0dXIHxHS9I/ARfL/m5BUC3WFjd1GLNvCcenfltly"  # by RabbitMQ 4.3


@pytest.mark.parametrize("passphrase", ["pass phrase", "wrong phrase"])
def test_an_encrypted_password_is_decrypted_or_refuses_the_start(tmp_path, passphrase):
    (tmp_path / "phrase").write_text(passphrase + "\n")
    advanced = tmp_path / "advanced.config"
    advanced.write_text(f'[{{rabbit, [{{config_entry_decoder, [{{passphrase, {{file, "{tmp_path}/phrase"}}}}]}}]}}].\n')
    node = OwnBroker(tmp_path / "node", f"management.tcp.port = 0\nmanagement.tcp.ip = 127.0.0.1\ndefault_pass = {ENCRYPTED}\n",
                     environment={"RABBITMQ_ADVANCED_CONFIG_FILE": str(advanced)})
    try:
        if passphrase == "pass phrase":
            node.start()
            assert HttpClient(node.ports["http"], "guest", "geheim").get("whoami").status == 200
            assert HttpClient(node.ports["http"], "guest", ENCRYPTED).get("whoami").status == 401
            shown = HttpClient(node.ports["http"], "guest", "geheim").get("config/effective").body
            assert b"geheim" not in shown
        else:
            assert node.spawn().wait() != 0
            assert "default_pass: cannot be decrypted" in node.output() and "advanced.config" in node.output()
        for secret in ("geheim", passphrase, ENCRYPTED):
            assert secret not in node.output()
    finally:
        node.kill()
