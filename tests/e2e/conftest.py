"""Fixtures: `broker` is one broker for all tests, `start_broker` starts further ones with their own configuration.

With WARRENMQ_TEST_PORT set the tests run against whatever broker is on that port; those that start,
stop, configure or measure a server of ours (`own_server`) are skipped then.
"""
import os
import pathlib
import sys
import uuid

import pika
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "conformance"))

from broker import Broker, OwnBroker, server_path  # noqa: E402
from command_line import CommandLine  # noqa: E402

OTHER_PORT = os.environ.get("WARRENMQ_TEST_PORT")


def pytest_collection_modifyitems(items):
    if OTHER_PORT is None:
        return
    skip = pytest.mark.skip(reason="needs a server of our own")
    for item in items:
        if "own_server" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """The broker that most tests share."""
    if OTHER_PORT is not None:
        yield Broker(int(OTHER_PORT))
        return
    if not server_path().exists():
        pytest.fail(f"no server at {server_path()}; build it, or set WARRENMQ_SERVER", pytrace=False)
    own = OwnBroker(tmp_path_factory.mktemp("broker")).start()
    yield own
    own.stop()


@pytest.fixture
def cli(broker):
    """The command lines, asking the broker of the test."""
    return CommandLine(broker.data_dir)


@pytest.fixture
def start_broker(tmp_path):
    """start_broker(conf="...") starts a broker; what still runs at the end must stop cleanly."""
    started = []

    def start(conf="", **options):
        own = OwnBroker(tmp_path / f"broker{len(started)}", conf, **options)
        started.append(own)
        return own.start()

    yield start
    running = [own for own in started if own.process is not None and own.process.poll() is None]
    try:
        for own in running:
            own.stop()
    finally:
        for own in running:
            own.kill()


@pytest.fixture
def connect(broker):
    """connect() opens a pika connection to the shared broker, closed at the end of the test."""
    opened = []

    def open_connection(**options):
        parameters = pika.ConnectionParameters(
            host=broker.host, port=broker.port, blocked_connection_timeout=30, **options)
        connection = pika.BlockingConnection(parameters)
        opened.append(connection)
        return connection

    yield open_connection
    for connection in opened:
        if connection.is_open:
            connection.close()


@pytest.fixture
def channel(connect):
    return connect().channel()


@pytest.fixture
def name():
    """A name that no other test and no other run uses."""
    return f"e2e-{uuid.uuid4().hex[:12]}"
