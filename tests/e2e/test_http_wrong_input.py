"""Bodies and queries that are wrong in one place. Statuses and reasons are those of RabbitMQ 4.3 where it has some; where it answers
500 (a number for the properties of a message, an object for tags), this broker says what is wrong."""
import pytest

from http_client import HttpClient
from http_fixtures import api, vhost  # noqa: F401  (fixtures)

# pylint: disable=redefined-outer-name
pytestmark = pytest.mark.own_server
LONG = "x" * 256
MESSAGE = {"properties": {}, "routing_key": "q", "payload": "x", "payload_encoding": "string"}
GET = {"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"}
PERMISSIONS = {"configure": "", "write": "", "read": ""}

WRONG = [
    ("PUT", "queues/V/" + LONG, {}, "queue should be less than 255 bytes, actually was 256\n"),
    ("PUT", "exchanges/V/" + LONG, {"type": "direct"}, "exchange should be less than 255 bytes, actually was 256\n"),
    ("POST", "bindings/V/e/amq.direct/q/q", {"routing_key": LONG}, "routing_key should be less than 255 bytes, actually was 256\n"),
    ("PUT", "queues/V/new", {"durable": None}, ["not_boolean", None]),
    ("PUT", "queues/V/new", {"auto_delete": None}, ["not_boolean", None]),
    ("PUT", "exchanges/V/new", {"type": "direct", "internal": None}, ["not_boolean", None]),
    ("PUT", "vhosts/V", {"tracing": None}, ["not_boolean", None]),
    ("PUT", "vhosts/V", {"default_queue_type": ""}, "default_queue_type must not be an empty string"),
    ("POST", "queues/V/q/get", {**GET, "truncate": None}, ["not_integer", None]),
    ("POST", "exchanges/V/amq.default/publish", {**MESSAGE, "properties": 5}, "properties is not an object"),
    ("POST", "exchanges/V/amq.default/publish", {**MESSAGE, "routing_key": None}, "[{key_missing,routing_key}]"),
    ("PUT", "users/new", {"password": "x", "tags": 5}, "tags is neither a text nor a list of texts"),
    ("PUT", "users/new", {"password": "x", "tags": {}}, "tags is neither a text nor a list of texts"),
    ("PUT", "users/new", {"password": None, "tags": ""}, "[{key_missing,password}]"),
    ("PUT", "permissions/V/guest", {**PERMISSIONS, "read": None}, "[{key_missing,read}]"),
    ("PUT", "cluster-name", {"name": None}, "[{key_missing,name}]"),
]


@pytest.fixture
def there(api, vhost):
    """A queue in a vhost, and what there is before and must be there afterwards."""
    assert api.put(f"queues/{vhost}/q", {"durable": True}).status == 201

    def state():
        return [api.get(path).json() for path in
                (f"exchanges/{vhost}", f"bindings/{vhost}", f"vhosts/{vhost}/permissions", "users", "cluster-name")] + [
                    [queue["name"] for queue in api.get(f"queues/{vhost}").json()]]
    return state


@pytest.mark.parametrize("method, path, body, reason", WRONG, ids=[f"{m} {p.split('/')[0]} {n}" for n, (m, p, *_) in enumerate(WRONG)])
def test_a_wrong_body_changes_nothing_and_is_explained(api, vhost, there, method, path, body, reason):
    before = there()
    answer = api.ask(method, path.replace("/V", "/" + vhost), body)
    assert (answer.status, answer.json()) == (400, {"error": "bad_request", "reason": reason})
    assert there() == before


def test_a_routing_key_of_255_bytes_arrives(api, vhost, there):
    del there
    name = "x" * 255
    assert api.put(f"queues/{vhost}/{name}").status == api.put(f"exchanges/{vhost}/{name}", {"type": "direct"}).status == 201
    assert api.post(f"bindings/{vhost}/e/{name}/q/{name}", {"routing_key": name}).status == 201
    assert api.post(f"exchanges/{vhost}/{name}/publish", {**MESSAGE, "routing_key": name}).json() == {"routed": True}
    (got,) = api.post(f"queues/{vhost}/{name}/get", GET).json()
    assert (got["exchange"], got["routing_key"], got["payload"]) == (name, name, "x")


def test_no_properties_may_be_an_empty_list(api, vhost, there):
    del there
    assert api.post(f"exchanges/{vhost}/amq.default/publish", {**MESSAGE, "properties": []}).json() == {"routed": True}


@pytest.mark.parametrize("group", ["lengths", "msg_rates", "data_rates", "node_stats"])
@pytest.mark.parametrize("age, increment, shown", [
    ("60", "0", False), ("60", "-5", False), ("0", "5", False), ("-60", "5", False), ("501", "1", False), ("86400", "60", False),
    ("500", "1", True), ("3506", "7", True), ("5", "60", True), ("60", "x", True), ("1e3", "5", True), ("86400", "1800", True)])
@pytest.mark.parametrize("path", ["queues", "overview", "nodes", "exchanges/%2F/amq.direct", "vhosts", "channels"])
def test_ages_of_samples(api, group, age, increment, shown, path):
    answer = api.get(f"{path}?{group}_age={age}&{group}_incr={increment}")
    if shown:
        assert answer.status == 200
    else:
        assert (answer.status, answer.json()) == (400, {
            "error": "invalid_range_parameters", "reason": f"Invalid range parameters: age {age}, incr {increment}"})


def test_nobody_learns_of_wrong_ages_without_a_login(api):
    assert HttpClient(api.port, user="nobody", password="x").get("overview?lengths_age=5&lengths_incr=0").status == 401


def test_a_page_without_a_size(api):
    answer = api.get("queues?page=1&page_size=")
    assert (answer.status, answer.json()["reason"]) == (400, "Pagination parameters are invalid")


def test_definitions_that_an_editor_has_marked(api, vhost):
    body = b"\xef\xbb\xbf" + b'{"queues": [{"name": "marked", "vhost": "%s", "durable": true, "auto_delete": false, "arguments": {}}]}' % (
        vhost.encode())
    assert api.ask("POST", "definitions", body, {"Content-Type": "application/json"}).status == 204
    assert api.get(f"queues/{vhost}/marked").status == 200
    wrong = api.ask("POST", "definitions", b'\xef\xbb\xbf{"queues":\n [{"name": 5}]}', {"Content-Type": "application/json"})
    assert (wrong.status, wrong.json()["line"]) == (400, 2)
