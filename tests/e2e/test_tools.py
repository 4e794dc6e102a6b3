"""librabbitmq's command-line tools, as Debian ships them in amqp-tools: a C client."""
import subprocess

import pytest


@pytest.fixture
def tool(broker):
    """tool("amqp-get", "-q", "x") runs a tool against the broker and returns what came of it."""
    def run(program, *arguments, body=None):
        url = f"amqp://guest:guest@{broker.host}:{broker.port}/%2f"
        return subprocess.run([program, "--url", url, *arguments], input=body, timeout=20,
                              capture_output=True, check=False)
    return run


@pytest.fixture
def queue(tool, name):
    assert tool("amqp-declare-queue", "-d", "-q", name).stdout.decode().strip() == name
    yield name
    tool("amqp-delete-queue", "-q", name)


def test_published_message_can_be_got(tool, queue):
    assert tool("amqp-publish", "-r", queue, "-b", "hello").returncode == 0
    got = tool("amqp-get", "-q", queue)
    assert (got.returncode, got.stdout) == (0, b"hello")


def test_empty_queue_is_exit_code_2(tool, queue):
    assert tool("amqp-get", "-q", queue).returncode == 2


def test_missing_queue_is_an_error_with_our_text(tool, name):
    got = tool("amqp-get", "-q", name)
    assert got.returncode == 1
    assert f"NOT_FOUND - no queue '{name}' in vhost '/'" in got.stderr.decode()


def test_lines_become_messages_and_a_program_consumes_them(tool, queue):
    tool("amqp-publish", "-r", queue, "-p", "-l", "-C", "text/plain", body=b"one\ntwo\nthree\n")
    consumed = tool("amqp-consume", "-q", queue, "-c", "3", "-p", "1", "cat")
    assert consumed.returncode == 0
    assert consumed.stdout == b"one\ntwo\nthree\n"
    assert tool("amqp-get", "-q", queue).returncode == 2


def test_delete_counts_the_messages(tool, name):
    tool("amqp-declare-queue", "-d", "-q", name)
    for body in ("one", "two"):
        tool("amqp-publish", "-r", name, "-b", body)
    deleted = tool("amqp-delete-queue", "-q", name)
    assert deleted.stdout.decode().strip() == "2"


def test_if_empty_is_refused_while_there_are_messages(tool, queue):
    tool("amqp-publish", "-r", queue, "-b", "one")
    deleted = tool("amqp-delete-queue", "-e", "-q", queue)
    assert deleted.returncode == 1
    assert "PRECONDITION_FAILED" in deleted.stderr.decode()


def test_wrong_password_is_refused(broker):
    got = subprocess.run(
        ["amqp-get", "--url", f"amqp://guest:wrong@{broker.host}:{broker.port}/%2f", "-q", "x"],
        capture_output=True, timeout=20, check=False)
    assert got.returncode == 1
    assert b"403" in got.stderr or b"ACCESS_REFUSED" in got.stderr
