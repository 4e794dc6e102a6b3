#!/usr/bin/env python3
"""Runs a command against a fresh broker on a free port: tools/with_server.py [--conf LINE]... COMMAND {amqp_port}

The data folder is thrown away afterwards. The end of the broker's log is shown when the broker fails."""
import argparse
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SERVER = pathlib.Path(__file__).resolve().parent.parent / "build/release/bin/warrenmq-server"
START_SECONDS_MAX = 20
STOP_SECONDS_MAX = 20
LOG_LINES_SHOWN = 60


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", type=pathlib.Path, default=SERVER)
    parser.add_argument("--conf", action="append", default=[], metavar="LINE", help="a line of rabbitmq.conf")
    parser.add_argument("--log", type=pathlib.Path, help="where to keep the broker's log")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    return parser.parse_args()


def wait_for_ports(node, path):
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and node.poll() is None:
        try:
            return json.loads(path.read_text())
        except (FileNotFoundError, json.JSONDecodeError):  # not there, or half written
            time.sleep(0.02)
    return None


def stop(node):
    """Whether the broker was still there and ended cleanly in time."""
    if node.poll() is not None:
        return False
    node.send_signal(signal.SIGTERM)
    try:
        return node.wait(STOP_SECONDS_MAX) == 0
    except subprocess.TimeoutExpired:
        node.kill()
        node.wait()
        return False


def run(options, folder):
    conf, data = folder / "rabbitmq.conf", folder / "data"
    log = options.log or folder / "log"
    conf.write_text("\n".join(["listeners.tcp.default = 127.0.0.1:0", *options.conf]) + "\n")
    with open(log, "wb") as log_file:
        node = subprocess.Popen([options.server, "--config", conf, "--data-dir", data],
                                stdout=log_file, stderr=subprocess.STDOUT)
    ports = wait_for_ports(node, data / "ports.json")
    status, ended_well = 1, False
    try:
        if ports is not None:
            words = [word.replace("{amqp_port}", str(ports["amqp"])) for word in options.command]
            status = subprocess.run(words, check=False).returncode
    finally:
        ended_well = stop(node)
    if not ended_well:
        print(f"with_server: the broker {'did not start' if ports is None else 'did not end cleanly'} "
              f"(status {node.returncode}); the end of its log:", flush=True)
        print("".join(log.read_text(errors="replace").splitlines(True)[-LOG_LINES_SHOWN:]), end="", flush=True)
    elif status != 0 and options.log:
        print(f"with_server: the broker's log is in {log}")
    return status if ended_well else status or 1


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="warrenmq-test-"))
    try:
        return run(parse_arguments(), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
