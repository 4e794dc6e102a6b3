"""Starting and stopping as a system's service manager does it."""
import json
import os
import signal
import socket
import subprocess
import time

import pytest
from runner.peer import Peer

import raw
from broker import OwnBroker, server_path

pytestmark = pytest.mark.own_server


def test_ports_file_says_where_it_listens(start_broker):
    broker = start_broker()
    ports = json.loads((broker.data_dir / "ports.json").read_text())
    assert ports["amqp"] == broker.port > 0
    assert broker.answers()


def test_it_is_ready_at_once(start_broker):
    started = time.monotonic()
    start_broker()
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_it_cleanly_and_clients_are_told(start_broker, which):
    broker = start_broker()
    peer = raw.open_connection(broker)
    started = time.monotonic()
    broker.process.send_signal(which)
    words = raw.last_words(peer)
    assert words["code"] == 320
    assert words["text"].startswith(b"CONNECTION_FORCED - ")
    assert broker.wait() == 0
    assert time.monotonic() - started < 5


def test_client_that_does_not_answer_delays_the_stop_by_seconds_only(start_broker):
    broker = start_broker()
    silent = [raw.open_connection(broker) for _ in range(5)]
    unfinished = raw.tcp(broker)
    broker.stop()
    assert all(peer.wait_closed(5) for peer in silent)
    unfinished.close()


def test_stop_with_a_consumer_that_never_reads(start_broker):
    broker = start_broker()
    peer = raw.open_connection(broker)
    raw.call(peer, "queue.declare", queue=b"q")
    raw.call(peer, "basic.consume", queue=b"q", no_ack=True)
    publisher = raw.open_connection(broker)
    raw.call(publisher, "confirm.select")
    for _ in range(200):
        publisher.send(raw.message(b"q", b"x" * 100_000))
    while raw.expect(publisher, 1, "basic.ack", 30).values["delivery_tag"] < 200:
        pass
    broker.stop()


def test_killed_broker_starts_again(start_broker):
    broker = start_broker()
    raw.open_connection(broker)
    broker.process.kill()
    broker.process.wait()
    broker.start()
    broker.check_alive()


def test_hangup_reopens_the_log_file(start_broker, tmp_path):
    log, moved = tmp_path / "broker.log", tmp_path / "broker.log.1"
    broker = start_broker(f"log.file = {log}\nlog.file.level = info\n")
    raw.open_connection(broker)
    wait_for_text(log, "connection")
    log.rename(moved)
    broker.process.send_signal(signal.SIGHUP)
    wait_for_text(log, "")
    before = moved.read_text()
    raw.open_connection(broker)
    wait_for_text(log, "connection")
    assert moved.read_text() == before or moved.read_text().startswith(before)
    broker.check_alive()


def wait_for_text(path, text):
    deadline = time.monotonic() + 5
    while not path.exists() or text not in path.read_text(errors="replace"):
        assert time.monotonic() < deadline, f"{text!r} does not appear in {path.name}"
        time.sleep(0.05)


def test_port_in_use_is_said_and_ends_it(start_broker, tmp_path):
    first = start_broker()
    second = OwnBroker(tmp_path / "second", f"listeners.tcp.1 = 127.0.0.1:{first.port}\n").spawn()
    assert second.wait() != 0
    assert str(first.port) in second.output()
    first.check_alive()


def test_failed_login_is_in_the_log(start_broker, tmp_path):
    log = tmp_path / "broker.log"
    broker = start_broker(f"log.file = {log}\n")
    peer = Peer(broker.host, broker.port)
    peer.send(raw.opening(password=b"wrong"))
    raw.expect(peer, 0, "connection.start")
    assert raw.last_words(peer)["code"] == 403
    wait_for_text(log, "guest")


def test_protocol_error_is_in_the_log(start_broker, tmp_path):
    log = tmp_path / "broker.log"
    broker = start_broker(f"log.file = {log}\n")
    peer = raw.open_connection(broker)
    peer.send(raw.frame("queue.declare", queue=b"missing", passive=True))
    raw.expect(peer, 1, "channel.close")
    wait_for_text(log, "no queue 'missing' in vhost '/'")


def test_version_is_printed():
    shown = subprocess.run([server_path(), "--version"], capture_output=True, text=True, timeout=10,
                           check=False)
    assert shown.returncode == 0
    assert any(character.isdigit() for character in shown.stdout)


def test_systemd_is_told(start_broker, tmp_path):
    """NOTIFY_SOCKET gets READY=1 once it is ready, as Type=notify wants it."""
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.settimeout(5)
        start_broker(environment={"NOTIFY_SOCKET": address})
        assert b"READY=1" in listener.recv(4096)


def test_data_folder_from_the_environment(tmp_path):
    """A container names configuration and data by RabbitMQ's variables."""
    conf, data = tmp_path / "rabbitmq.conf", tmp_path / "data"
    conf.write_text("listeners.tcp.1 = 127.0.0.1:0\n")
    process = subprocess.Popen(
        [server_path()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "RABBITMQ_CONFIG_FILE": str(conf), "RABBITMQ_MNESIA_BASE": str(data)})
    try:
        deadline = time.monotonic() + 10
        while not list(tmp_path.rglob("ports.json")):
            assert process.poll() is None, process.stdout.read()
            assert time.monotonic() < deadline, "no ports.json"
            time.sleep(0.05)
    finally:
        process.terminate()
        assert process.wait(10) == 0
