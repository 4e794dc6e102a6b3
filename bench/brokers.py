"""The brokers of a run: ours, started anew for every measurement; a relay as the floor; peers that are already running; and
the disk, which is the floor where a confirm waits for it."""
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"


class BrokerFailure(Exception):
    """A broker that does not start, answer or end as it should: a result of the measurement, not the end of the run."""


def answers(port):
    """True once a broker greets a client on the port with connection.start."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(PROTOCOL_HEADER)
            return connection.recv(1) == b"\x01"
    except OSError:
        return False


def listening_inodes(port, tables=("/proc/net/tcp", "/proc/net/tcp6")):
    """Socket inodes that listen on the port, from the kernel's tables."""
    inodes = set()
    for table in tables:
        try:
            lines = pathlib.Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            listening = fields[3] == "0A"
            if listening and int(fields[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(fields[9])
    return inodes


def pid_listening_on(port):
    """The process that owns the listening socket; for RabbitMQ that is beam.smp."""
    wanted = {f"socket:[{inode}]" for inode in listening_inodes(port)}
    for process in pathlib.Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            for descriptor in (process / "fd").iterdir():
                if os.readlink(descriptor) in wanted:
                    return int(process.name)
        except OSError:
            continue
    raise SystemExit(f"no process that may be looked at listens on port {port}")


def resident_bytes(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE).group(1)) * 1024


def descendants(pid):
    """The process and all below it."""
    parents = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(text[text.rindex(")") + 2:].split()[1])
    family = [pid]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return family


class Peer:
    """A broker that somebody else has started."""
    restartable = False
    data = None  # where its data is, only itself knows

    def __init__(self, name, port, pid, start_command=""):
        self.name = name
        self.port = port
        self.pid = pid_listening_on(port) if pid in ("", "auto") else int(pid)
        self.start_command = start_command

    def start(self):
        if not answers(self.port):
            raise BrokerFailure(f"does not answer on port {self.port}")

    def stop(self):
        """It stays as it was."""

    def resident(self):
        return sum(resident_bytes(pid) for pid in descendants(self.pid))

    def start_seconds(self):
        """The time a given command takes from its start until a broker answers on the port the command names."""
        if not self.start_command:
            return None
        port_text, _, command = self.start_command.partition(":")
        port = int(port_text)
        if answers(port):
            raise SystemExit(f"{self.name}: port {port} answers before the start command has run")
        begin = time.monotonic()
        process = subprocess.Popen(shlex.split(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            return wait_for_answer(port, process, begin)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=60)


def wait_for_answer(port, process, begin, limit=120):
    while time.monotonic() < begin + limit:
        if answers(port):
            return time.monotonic() - begin
        if process.poll() is not None:
            break
        time.sleep(0.001)
    raise BrokerFailure(f"nothing answers on port {port}")


class Server:
    """Our broker, with an empty data directory below `root` at every start."""
    restartable = True
    patience_seconds = 30

    def __init__(self, name, binary, root, config_lines=()):
        self.name = name
        self.root = root
        self.binary = pathlib.Path(binary)
        if not os.access(self.binary, os.X_OK):
            raise SystemExit(f"{self.binary} is not there: make build")
        self.config_lines = ["listeners.tcp.1 = 127.0.0.1:0", *config_lines]
        self.process = None
        self.directory = self.data = None
        self.port = self.pid = 0

    def start(self):
        """Returns the seconds until it answered a client."""
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="warrenmq-bench-", dir=self.root))
        self.data = self.directory / "data"
        self.data.mkdir()
        (self.directory / "rabbitmq.conf").write_text("\n".join(self.config_lines) + "\n")
        return self.spawn()

    def spawn(self):
        ports = self.data / "ports.json"
        ports.unlink(missing_ok=True)
        begin = time.monotonic()
        with open(self.directory / "log", "ab") as log:
            command = [str(self.binary), "--config", str(self.directory / "rabbitmq.conf"), "--data-dir", str(self.data)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self.pid = self.process.pid
        self.port = self.wait_for_port(ports, begin)
        return wait_for_answer(self.port, self.process, begin)

    def kill_and_restart(self):
        """SIGKILL, and a start with the data that is there. Returns the seconds of the start."""
        self.process.kill()
        self.process.wait()
        return self.spawn()

    def wait_for_port(self, file, begin):
        while time.monotonic() < begin + self.patience_seconds:
            try:
                return json.loads(file.read_text())["amqp"]
            except (OSError, ValueError, KeyError):
                time.sleep(0.0005)
            if self.process.poll() is not None:
                break
        raise BrokerFailure(f"has not started: {self.last_words()}")

    def last_words(self):
        lines = (self.directory / "log").read_text(errors="replace").splitlines()
        return lines[-1] if lines else "nothing in its log"

    def stop(self):
        if self.process is None:
            return
        process, self.process = self.process, None
        process.terminate()
        try:
            code = process.wait(timeout=self.patience_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        if code != 0:
            raise BrokerFailure(f"ended with {code}, its files are in {self.directory}: {self.last_words()}")
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory = self.data = None

    def resident(self):
        return sum(resident_bytes(pid) for pid in descendants(self.pid))


class Disk:
    """The floor of a confirm that waits for the disk: one block after another is written and synced, without any broker."""
    restartable = False
    name = "disk"

    def __init__(self, root):
        self.root = root


class Relay:
    """The floor: frames are taken in and put out, and nothing else."""
    restartable = True
    name = "relay"

    def __init__(self, binary):
        self.binary = binary
        self.process = None
        self.port = self.pid = 0

    def start(self):
        self.process = subprocess.Popen([str(self.binary)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.pid = self.process.pid

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=10)
            self.process.stdout.close()
            self.process = None
