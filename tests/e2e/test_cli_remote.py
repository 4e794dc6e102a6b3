"""The command lines ask nodes of other machines: by TCP, with the cookie. Here each machine is an address of loopback."""
import json
import os
import socket
import stat
import struct
import subprocess
import time

import pytest

from broker import server_path
from test_tls import certificates  # noqa: F401  (a fixture)

pytestmark = pytest.mark.own_server


def free_port(*hosts):
    """A port that is free at all of these addresses."""
    while True:
        with socket.socket() as first:
            first.bind((hosts[0], 0))
            port = first.getsockname()[1]
            try:
                for host in hosts[1:]:
                    with socket.socket() as other:
                        other.bind((host, port))
                return port
            except OSError:
                continue


class Machine:
    """A shell somewhere else: it has a home and sees no data folder of any node."""

    def __init__(self, folder, port, cookie=None):
        self.home = folder
        folder.mkdir(exist_ok=True)
        self.environment = {**os.environ, "HOME": str(folder), "RABBITMQ_DIST_PORT": str(port),
                            "RABBITMQ_MNESIA_DIR": str(folder / "nowhere")}
        if cookie is not None:
            self.keep_cookie(cookie)

    def keep_cookie(self, text, mode=0o400):
        path = self.home / ".erlang.cookie"
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def run(self, tool, *arguments):
        return subprocess.run([server_path().parent / tool, *arguments], env=self.environment,
                              capture_output=True, text=True, timeout=60, check=False)

    def ok(self, *arguments, tool="rabbitmqctl"):
        done = self.run(tool, *arguments)
        assert done.returncode == 0, (arguments, done)
        assert done.stderr == "", (arguments, done)
        return done.stdout

    def refused(self, *arguments, code=69, tool="rabbitmqctl"):
        done = self.run(tool, *arguments)
        assert done.returncode == code, (arguments, done)
        return done.stderr


@pytest.fixture
def start_node(start_broker, tmp_path):
    """start_node("127.0.0.2", port) starts rabbit@127.0.0.2, which listens there for command lines."""
    def start(host, port, conf="", cookie="SHAREDSECRET", **environment):
        home = tmp_path / f"home of {host}"
        home.mkdir(exist_ok=True)
        variables = {"HOME": str(home), "RABBITMQ_NODENAME": f"rabbit@{host}", **environment}
        if cookie is not None:
            variables["RABBITMQ_ERLANG_COOKIE"] = cookie
        return start_broker(
            f"distribution.listener.interface = {host}\ndistribution.listener.port_range.min = {port}\n" + conf,
            environment=variables)
    return start


@pytest.fixture
def port():
    return free_port("127.0.0.2", "127.0.0.3")


@pytest.fixture
def node(start_node, port):
    return start_node("127.0.0.2", port, "log.audit.file = audit.log\nlog.file = node.log\n")


@pytest.fixture
def machine(tmp_path, port):
    return Machine(tmp_path / "machine", port, cookie="SHAREDSECRET\n")


def log_of(node):
    return (node.data_dir / "log" / "node.log").read_text()


def wait_for_log(node, text):
    """It is written by a thread of its own."""
    deadline = time.monotonic() + 10
    while text not in log_of(node):
        assert time.monotonic() < deadline, log_of(node)
        time.sleep(0.02)


NODE = ("-n", "rabbit@127.0.0.2")


# ---- what works ----

def test_two_nodes_are_told_apart_by_their_names(start_node, port, machine):
    start_node("127.0.0.2", port)
    start_node("127.0.0.3", port)
    machine.ok("-n", "rabbit@127.0.0.2", "add_vhost", "only on two")
    on_two = machine.ok("-q", "-s", "-n", "rabbit@127.0.0.2", "list_vhosts").splitlines()
    on_three = machine.ok("-q", "-s", "-n", "rabbit@127.0.0.3", "list_vhosts").splitlines()
    assert sorted(on_two) == ["/", "only on two"]
    assert on_three == ["/"]


def test_every_tool_asks_so(node, machine):
    assert "Ping succeeded" in machine.ok(*NODE, "ping", tool="rabbitmq-diagnostics")
    assert "rabbitmq_management" in machine.ok(*NODE, "list", "-m", tool="rabbitmq-plugins")
    status = json.loads(machine.ok(*NODE, "status", "--formatter", "json"))
    assert status["pid"] == node.process.pid
    machine.ok(*NODE, "check_port_listener", machine.environment["RABBITMQ_DIST_PORT"],
               tool="rabbitmq-diagnostics")


def test_definitions_of_megabytes_pass_both_ways(node, machine, tmp_path):
    count = 20_000
    path = tmp_path / "definitions.json"
    path.write_text(json.dumps({"queues": [
        {"name": f"queue {n} {'x' * 50}", "vhost": "/", "durable": True, "auto_delete": False, "arguments": {}}
        for n in range(count)]}))
    machine.ok(*NODE, "import_definitions", str(path))
    exported = json.loads(machine.ok("-q", *NODE, "export_definitions", "-"))
    assert len(exported["queues"]) == count


def test_the_cookie_may_come_from_the_option_or_the_environment(node, tmp_path, port):
    stranger = Machine(tmp_path / "stranger", port)
    assert "Ping succeeded" in stranger.ok(*NODE, "--erlang-cookie", "SHAREDSECRET", "ping")
    stranger.environment["RABBITMQ_ERLANG_COOKIE"] = "SHAREDSECRET"
    assert "Ping succeeded" in stranger.ok(*NODE, "ping")


def test_the_port_may_be_an_option(node, machine, port):
    machine.environment.pop("RABBITMQ_DIST_PORT")
    assert "Ping succeeded" in machine.ok(*NODE, "--dist-port", str(port), "ping")
    assert "is no port" in machine.refused(*NODE, "--dist-port", "x", "ping", code=64)


def test_a_node_elsewhere_can_be_stopped(node, machine):
    machine.ok(*NODE, "stop")
    assert node.process.wait(10) == 0


def test_await_startup_waits_for_a_node_that_is_not_there_yet(start_node, port, machine):
    waiting = subprocess.Popen([server_path().parent / "rabbitmqctl", *NODE, "-t", "20", "await_startup"],
                               env=machine.environment)
    start_node("127.0.0.2", port)
    assert waiting.wait(20) == 0


def test_files_of_another_machine_are_not_mistaken_for_ones_own(node, machine):
    assert "has to run there" in machine.refused(*NODE, "log_tail", tool="rabbitmq-diagnostics")


def test_the_cookie_is_made_where_there_is_none(start_node, port, tmp_path):
    node = start_node("127.0.0.2", port, cookie=None)
    path = node.data_dir / ".erlang.cookie"
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    cookie = path.read_text()
    assert len(cookie) == 20 and cookie.isalpha() and cookie.isupper()
    machine = Machine(tmp_path / "machine", port, cookie)
    assert "Ping succeeded" in machine.ok(*NODE, "ping")
    node.stop()
    node.start()
    assert path.read_text() == cookie


def test_who_may_not_open_the_socket_asks_with_the_cookie(start_broker, tmp_path):
    """As another user of the node's own machine does; its name is this machine's then."""
    port = free_port("127.0.0.1")
    start_broker(f"distribution.listener.port_range.min = {port}\n",
                 environment={"RABBITMQ_ERLANG_COOKIE": "SHAREDSECRET", "HOME": str(tmp_path)})
    machine = Machine(tmp_path / "other user", port, cookie="SHAREDSECRET")
    assert "Ping succeeded" in machine.ok("ping")


# ---- TLS ----

@pytest.fixture
def tls_conf(certificates):  # noqa: F811
    return (f"distribution.ssl_options.certfile = {certificates}/server.pem\n"
            f"distribution.ssl_options.keyfile = {certificates}/server.key\n"
            f"distribution.ssl_options.cacertfile = {certificates}/ca.pem\n")


def test_tls_on_the_port(start_node, port, machine, tls_conf, certificates):  # noqa: F811
    start_node("127.0.0.2", port, tls_conf)
    assert "Ping succeeded" in machine.ok(*NODE, "--tls", "ping")
    assert "Ping succeeded" in machine.ok(*NODE, "--tls-cacertfile", f"{certificates}/ca.pem", "ping")
    assert "certificate verify failed" in machine.refused(
        *NODE, "--tls-cacertfile", f"{certificates}/server.pem", "ping")
    assert "wants TLS" in machine.refused(*NODE, "ping")
    assert "another Erlang cookie" in machine.refused(*NODE, "--tls", "--erlang-cookie", "WRONG", "ping")


def test_certificates_of_command_lines_can_be_asked_for(start_node, port, machine, tls_conf,
                                                        certificates):  # noqa: F811
    start_node("127.0.0.2", port, tls_conf + "distribution.ssl_options.verify = verify_peer\n"
                                             "distribution.ssl_options.fail_if_no_peer_cert = true\n")
    own = ("--tls-certfile", f"{certificates}/client.pem", "--tls-keyfile", f"{certificates}/client.key")
    assert "Ping succeeded" in machine.ok(*NODE, *own, "ping")
    machine.refused(*NODE, "--tls", "ping")


# ---- what does not ----

def test_a_wrong_cookie_is_refused_late_counted_and_audited(node, machine):
    began = time.monotonic()
    said = machine.refused(*NODE, "--erlang-cookie", "GUESS", "list_queues")
    assert time.monotonic() - began >= 1
    assert "unable to perform an operation on node 'rabbit@127.0.0.2'" in said
    assert "another Erlang cookie than --erlang-cookie" in said
    assert "GUESS" not in said
    wait_for_log(node, "wrong Erlang cookie")
    assert "GUESS" not in log_of(node)
    audit = node.data_dir / "log" / "audit.log"
    deadline = time.monotonic() + 10
    while not audit.exists() or not audit.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    line = json.loads(audit.read_text().splitlines()[0])
    assert line["protocol"] == "cli" and line["address"].startswith("127.0.0.1:"), line


def test_without_a_cookie_nothing_is_asked(node, tmp_path, port):
    said = Machine(tmp_path / "stranger", port).refused(*NODE, "list_queues")
    assert "there is no Erlang cookie" in said


def test_a_cookie_file_for_everybody_is_refused(node, machine):
    machine.keep_cookie("SHAREDSECRET", mode=0o644)
    assert "accessible by its owner only" in machine.refused(*NODE, "list_queues")


def test_nobody_there_and_unknown_names(machine):
    assert "Connection refused" in machine.refused("-n", "rabbit@127.0.0.9", "list_queues")
    said = machine.refused("-n", "rabbit@nowhere.invalid", "--longnames", "list_queues")
    assert "nowhere.invalid: " in said


def test_a_node_of_another_name_gets_no_proof(node, machine):
    said = machine.refused("-n", "hare@127.0.0.2", "list_queues")
    assert "the node there is called 'rabbit@127.0.0.2', not 'hare@127.0.0.2'" in said


def test_a_server_that_is_no_node(machine, port):
    with socket.create_server(("127.0.0.2", port)) as listener:
        running = subprocess.Popen([server_path().parent / "rabbitmqctl", *NODE, "ping"], text=True,
                                   env=machine.environment, stderr=subprocess.PIPE)
        connection, _ = listener.accept()
        with connection:
            connection.recv(1024)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            said = running.stderr.read()
    assert running.wait(10) == 69
    assert "no WarrenMQ node" in said


def test_the_port_can_be_switched_off(start_broker, tmp_path):
    port = free_port("127.0.0.1")
    node = start_broker(f"distribution.listener = none\ndistribution.listener.port_range.min = {port}\n",
                        environment={"HOME": str(tmp_path)})
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    assert not (node.data_dir / ".erlang.cookie").exists()


def test_a_port_that_is_taken_stops_only_who_has_asked_for_it(start_broker, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        node = start_broker(f"distribution.listener.port_range.min = {port}\n"
                            f"distribution.listener.port_range.max = {min(port + 20, 65535)}\n",
                            environment={"HOME": str(tmp_path)})
        assert port < node.ports["clustering"] <= port + 20
        with pytest.raises(AssertionError, match="Address already in use"):
            start_broker(f"distribution.listener.port_range.min = {port}\n", environment={"HOME": str(tmp_path)})


# ---- bad input ----

HELLO = b"WARREN\x01\x01" + bytes(32) + b"\x09" + bytes(31)


def connect(port):
    return socket.create_connection(("127.0.0.2", port), timeout=15)


def test_what_is_no_handshake_is_closed_without_an_answer(node, machine, port):
    for input_ in (b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", b"AMQP\0\0\x09\x01", b"\xff\xff", b"\0\0",
                   struct.pack(">H", len(HELLO)) + HELLO.replace(b"\x01\x01", b"\x02\x01", 1)):
        with connect(port) as client:
            client.sendall(input_)
            assert client.recv(100) == b""
    assert "Ping succeeded" in machine.ok(*NODE, "ping")


def test_a_made_up_proof_is_answered_with_no(node, port):
    with connect(port) as client:
        client.sendall(struct.pack(">H", len(HELLO)) + HELLO)
        length, = struct.unpack(">H", client.recv(2))
        client.recv(length)
        client.sendall(struct.pack(">H", 32) + bytes(32))
        assert client.recv(100) == b"\0\x01\0"
        assert client.recv(100) == b""


def test_idle_strangers_are_few_and_are_sent_away(node, machine, port):
    strangers = [connect(port) for _ in range(40)]
    try:
        closed = 0
        for stranger in strangers:
            stranger.settimeout(0.2)
            try:
                closed += stranger.recv(1) == b""
            except ConnectionResetError:
                closed += 1
            except TimeoutError:
                pass
        assert closed == 8
        # Those that stay have so long to show the cookie.
        strangers[0].settimeout(20)
        assert strangers[0].recv(1) == b""
    finally:
        for stranger in strangers:
            stranger.close()
    assert "Ping succeeded" in machine.ok(*NODE, "ping")


def test_thousands_that_say_nothing_hold_nothing(node, machine, port):
    """What is turned away is closed at once, and told in a line a second, not a line each."""
    def wait_for_open_files(most):
        deadline = time.monotonic() + 30
        while node.open_files() > most:
            assert time.monotonic() < deadline, node.open_files()
            time.sleep(0.1)

    before = node.open_files()
    strangers = []
    try:
        for _ in range(2000):
            try:
                strangers.append(connect(port))
            except ConnectionError:
                pass
        wait_for_open_files(before + 32)
    finally:
        for stranger in strangers:
            stranger.close()
    wait_for_open_files(before + 2)
    assert "Ping succeeded" in machine.ok(*NODE, "ping")
    wait_for_log(node, "turned away from")
    assert log_of(node).count("turned away from") <= 30


def test_somebody_in_between_can_neither_read_nor_change_anything(node, machine, port, tmp_path):
    """A relay that flips one bit behind the handshake."""
    relay_port = free_port("127.0.0.2")
    seen = []
    with socket.create_server(("127.0.0.2", relay_port)) as listener:
        machine.environment["RABBITMQ_DIST_PORT"] = str(relay_port)
        running = subprocess.Popen(
            [server_path().parent / "rabbitmqctl", *NODE, "add_user", "mallory", "topsecretpassword"],
            env=machine.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        client, _ = listener.accept()
        with client, connect(port) as to_node:
            for source, target in ((client, to_node), (to_node, client), (client, to_node), (to_node, client)):
                data = source.recv(4096)
                seen.append(data)
                target.sendall(data)
            request = bytearray(client.recv(4096))
            seen.append(bytes(request))
            request[-1] ^= 1
            to_node.sendall(request)
            assert to_node.recv(4096) == b""
        said = running.stderr.read()
    assert running.wait(10) == 69, said
    everything = b"".join(seen)
    assert b"SHAREDSECRET" not in everything and b"mallory" not in everything and b"rmq-cli" not in everything
    wait_for_log(node, "a frame has been changed on its way")
    machine.environment["RABBITMQ_DIST_PORT"] = str(port)
    assert "mallory" not in machine.ok(*NODE, "list_users")
