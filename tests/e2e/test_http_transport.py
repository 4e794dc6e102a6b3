"""What the HTTP API makes of clients that are odd, slow, many or hostile, whatever the resource."""
import gzip
import json
import socket
import time

import pytest

from http_client import HttpClient, quoted
from http_fixtures import api, vhost  # noqa: F401  (fixtures)

# pylint: disable=redefined-outer-name
pytestmark = pytest.mark.own_server
AUTHORIZATION = b"Authorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n"
NAMES = ["a/b", "/", "%2F", "%", "?", "#", "a b", "ü", "日本", "\U0001f430", "..", ".", "../../etc/passwd", "a;b", "a&b=c",
         "a+b", '"', "'", "\\", "<script>", "a\tb", "*", "x" * 255]


def raw(api, text, seconds=10):
    """What comes back for these bytes until the server closes, or nothing comes any more."""
    with socket.create_connection(("127.0.0.1", api.port), timeout=seconds) as client:
        client.sendall(text)
        received = b""
        try:
            while piece := client.recv(65536):
                received += piece
        except TimeoutError:
            pass
        return received


@pytest.mark.parametrize("name", NAMES)
def test_names_with_every_character(api, vhost, name):
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    assert api.put(f"permissions/{vhost}/guest", everything).status in (201, 204)
    path = f"queues/{vhost}/{quoted(name)}"
    assert api.put(path).status == 201
    assert api.get(path).json()["name"] == name
    binding = f"bindings/{vhost}/e/amq.direct/q/{quoted(name)}"
    made = api.post(binding, {"routing_key": name})
    assert made.status == 201
    key = made.headers["location"].rsplit("/", 1)[-1]
    assert api.get(f"{binding}/{quoted(key) if '%' not in key else key}").status in (200, 404)
    assert name in [entry["name"] for entry in api.get(f"queues/{vhost}").json()]
    assert api.put(f"vhosts/{quoted(name)}").status == 201 or name == "/"
    if name != "/":
        assert api.get(f"vhosts/{quoted(name)}").json()["name"] == name
        assert api.delete(f"vhosts/{quoted(name)}").status == 204
    assert api.delete(path).status == 204


@pytest.mark.parametrize("path", ["/../../../../etc/passwd", "/api/../../etc/passwd", "/api/..%2f..%2fetc%2fpasswd",
                                  "/%2e%2e/%2e%2e/etc/passwd", "/js/..%5c..%5cetc/passwd", "/api//overview/../nodes",
                                  "/etc/passwd", "/api/queues/../../overview"])
def test_there_is_nothing_outside(api, path):
    answer = api.ask("GET", path)
    assert answer.status in (400, 404), path
    assert b"root:" not in answer.body


@pytest.mark.parametrize("body", [b"{", b"[]", b"5", b'"x"', b"null", b"{]", b"\xff", b"\x00", b'{"a":1}x', b"[" * 100_000,
                                  b'{"durable":5}', b'{"durable":"x"}', b'{"arguments":5}', b'{"arguments":[1]}',
                                  b'{"arguments":{"x-max-length":"x"}}', b'{"arguments":{"' + b"k" * 300 + b'":1}}',
                                  b'{"auto_delete":{}}', b'{"arguments":{"x":1e999}}', b'{"node":[]}'])
def test_bodies_that_make_no_sense_change_nothing(api, body):
    answer = api.ask("PUT", "queues/%2F/nothing", body, {"Content-Type": "application/json"})
    assert answer.status == 400, answer.body
    assert answer.json()["error"] == "bad_request"
    assert api.get("queues/%2F/nothing").status == 404


def test_ten_megabytes_are_taken_and_more_than_allowed_is_refused(api):
    body = {"routing_key": "nobody", "payload": "x" * 10_000_000, "payload_encoding": "string", "properties": {}}
    assert api.post("exchanges/%2F/amq.default/publish", body).json() == {"routed": False}
    head = (b"PUT /api/queues/%2F/nothing HTTP/1.1\r\nHost: x\r\n" + AUTHORIZATION +
            b"Content-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n")
    answer = raw(api, head + b"{", seconds=5)
    assert answer.startswith(b"HTTP/1.1 400 ") and b"body size limit" in answer


@pytest.mark.parametrize("text, status", [
    (b"nonsense\r\n\r\n", b"400"),
    (b"GET / HTTP/9.9\r\n\r\n", b"400"),
    (b"GET /api/overview HTTP/1.1\r\nBad Header: x\r\n\r\n", b"400"),
    (b"GET /api/overview HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
    (b"GET /api/overview HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400"),
    (b"POST /api/definitions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
    (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n", b"414"),
    (b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", b"431"),
    (b"GET /%zz HTTP/1.1\r\n\r\n", b"400"),
    (b"\x00\x01\x02\r\n\r\n", b"400"),
    (b"AMQP\x00\x00\x09\x01", b"400"),
])
def test_what_is_no_http_is_refused(api, text, status):
    answer = raw(api, text, seconds=8)
    assert answer.startswith(b"HTTP/1.1 " + status), answer[:100]


def test_requests_in_a_row_are_answered_in_order(api):
    request = b"GET /api/%s HTTP/1.1\r\nHost: x\r\n" + AUTHORIZATION + b"%s\r\n"
    answer = raw(api, request % (b"version", b"") + request % (b"nobody", b"") +
                 request % (b"whoami", b"Connection: close\r\n"))
    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404", b"200"]
    assert answer.index(b'"4.') < answer.index(b"Not Found") < answer.index(b'"guest"')


def test_slow_clients_hold_up_nobody(api):
    slow = []
    for _ in range(50):
        client = socket.create_connection(("127.0.0.1", api.port), timeout=20)
        client.sendall(b"GET /api/overview HTTP/1.1\r\nHost: ")
        slow.append(client)
    started = time.monotonic()
    assert api.get("whoami").status == 200
    assert time.monotonic() - started < 2
    # A head must arrive within five seconds.
    assert slow[0].recv(1) == b""
    assert time.monotonic() - started < 15
    for client in slow:
        client.close()


def test_a_thousand_idle_connections(api):
    idle = [socket.create_connection(("127.0.0.1", api.port), timeout=20) for _ in range(1000)]
    try:
        started = time.monotonic()
        assert api.get("whoami").status == 200
        assert time.monotonic() - started < 2
        idle[999].sendall(b"GET /api/version HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle[999].recv(100).startswith(b"HTTP/1.1 200 ")
    finally:
        for client in idle:
            client.close()


def test_wrong_credentials_at_speed(api):
    """Each is answered late, all are counted, and nobody else waits."""
    node = api.get("nodes").json()[0]["name"]

    def failures():
        return api.get(f"auth/attempts/{node}").json()[0]["auth_attempts_failed"]

    before = failures()
    request = b"GET /api/overview HTTP/1.1\r\nHost: x\r\nAuthorization: Basic eDp5\r\n\r\n"
    clients = [socket.create_connection(("127.0.0.1", api.port), timeout=20) for _ in range(100)]
    started = time.monotonic()
    for client in clients:
        client.sendall(request)
    assert api.get("whoami").status == 200
    assert time.monotonic() - started < 2
    for client in clients:
        assert client.recv(4096).startswith(b"HTTP/1.1 401 ")
    assert time.monotonic() - started > 0.4
    for client in clients:
        client.close()
    assert failures() == before + 100
    for authorization in ("Basic", "Basic !", "Bearer x", "Basic " + "eA==", "x" * 1000):
        answer = HttpClient(api.port, user=None).ask("GET", "overview", headers={"Authorization": authorization})
        assert answer.status == 401, authorization


def test_answers_are_compressed_for_those_who_take_it(api):
    plain = api.get("exchanges")
    assert "content-encoding" not in plain.headers
    packed = api.ask("GET", "exchanges", headers={"Accept-Encoding": "deflate, gzip;q=0.5"})
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(plain.body)
    assert json.loads(gzip.decompress(packed.body)) == plain.json()
    for encoding in ("identity", "gzip;q=0", "br"):
        assert "content-encoding" not in api.ask("GET", "exchanges", headers={"Accept-Encoding": encoding}).headers
    assert "content-encoding" not in api.ask("GET", "version", headers={"Accept-Encoding": "gzip"}).headers


@pytest.mark.parametrize("path, allowed", [
    ("overview", "HEAD, GET, OPTIONS"),
    ("queues/%2F/q", "HEAD, GET, PUT, DELETE, OPTIONS"),
    ("queues/%2F/q/get", "POST, OPTIONS"),
    ("definitions", "HEAD, GET, POST, OPTIONS"),
    ("login", "POST, DELETE, OPTIONS"),
])
def test_what_is_allowed_is_told(api, path, allowed):
    answer = HttpClient(api.port, user=None).ask("OPTIONS", path)
    assert (answer.status, answer.headers["allow"], answer.body) == (200, allowed, b"")
    wrong = api.ask("PATCH", path)
    assert (wrong.status, wrong.headers["allow"]) == (405, allowed)


def test_head_is_get_without_a_body(api):
    got, head = api.get("exchanges"), api.ask("HEAD", "exchanges")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert api.ask("HEAD", "queues/%2F/nobody").status == 404
