"""A warrenmq-server process of one's own, on a free port with a data folder of its own."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEFAULT_SERVER = ROOT / "build/release/bin/warrenmq-server"
START_SECONDS_MAX = 20
STOP_SECONDS_MAX = 10
MIB = 1024 * 1024


def server_path():
    return pathlib.Path(os.environ.get("WARRENMQ_SERVER", DEFAULT_SERVER))


class Broker:
    """Where a broker listens; one that somebody else runs has no process here."""

    def __init__(self, port, host="127.0.0.1"):
        self.host = host
        self.port = port

    def answers(self):
        """Whether the port still speaks AMQP: the first frame after a protocol header is connection.start."""
        try:
            with socket.create_connection((self.host, self.port), timeout=5) as client:
                client.sendall(b"AMQP\x00\x00\x09\x01")
                client.settimeout(5)
                return client.recv(1) == b"\x01"
        except OSError:
            return False

    def check_alive(self):
        assert self.answers(), "the broker does not answer any more"


class OwnBroker(Broker):
    def __init__(self, folder, conf="", arguments=(), environment=None):
        super().__init__(port=0)
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data_dir = self.folder / "data"
        self.conf_path = self.folder / "rabbitmq.conf"
        self.output_path = self.folder / "output"
        listeners = "" if "listeners.tcp" in conf else "listeners.tcp.1 = 127.0.0.1:0\n"
        self.conf_path.write_text(listeners + conf)
        self.arguments = list(arguments)
        self.environment = environment or {}
        self.process = None
        self.ports = {}

    def spawn(self):
        """Starts the process and returns at once."""
        with open(self.output_path, "ab") as output:
            self.process = subprocess.Popen(
                [server_path(), "--config", self.conf_path, "--data-dir", self.data_dir,
                 *self.arguments],
                stdout=output, stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment})
        return self

    def start(self):
        """Starts the process and waits until it is ready."""
        path = self.data_dir / "ports.json"
        path.unlink(missing_ok=True)
        self.spawn()
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"it ended while starting:\n{self.output()}"
            try:
                self.ports = json.loads(path.read_text())
                break
            except (FileNotFoundError, json.JSONDecodeError):
                time.sleep(0.01)
        assert self.ports, f"not ready in {START_SECONDS_MAX} seconds:\n{self.output()}"
        self.port = self.ports["amqp"]
        return self

    def stop(self):
        """SIGTERM ends it in time, with exit code 0; it must not have ended before."""
        status = self.process.poll()
        assert status is None, f"it ended by itself with status {status}:\n{self.output()}"
        self.process.send_signal(signal.SIGTERM)
        status = self.wait()
        assert status == 0, f"SIGTERM ended it with status {status}:\n{self.output()}"

    def wait(self):
        try:
            return self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(
                f"still running after {STOP_SECONDS_MAX} seconds:\n{self.output()}") from None

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def output(self):
        return self.output_path.read_text(errors="replace") if self.output_path.exists() else ""

    def wait_for_output(self, text, count=1):
        """Its log is written by a thread of its own: what happened may be told a little later."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while self.output().count(text) < count:
            assert time.monotonic() < deadline, f"{text!r} is not in the log:\n{self.output()}"
            time.sleep(0.02)

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024

    def open_files(self):
        return len(list(pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def check_alive(self):
        status = self.process.poll()
        assert status is None, f"it ended with status {status}:\n{self.output()}"
        super().check_alive()
