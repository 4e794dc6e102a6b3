"""What a tool like Terraform does: declare, read back, plan again, change, delete. What is read must be what was written,
field by field, or the next plan would want to change it for ever."""
import copy

import pytest

from http_client import HttpClient, quoted
from http_fixtures import api  # noqa: F401  (a fixture)

# pylint: disable=redefined-outer-name
pytestmark = pytest.mark.own_server

VHOST = "declared / by ünits"
V = quoted(VHOST)
EVERYTHING = {"configure": ".*", "write": "^(?!amq\\.).*", "read": ""}
POLICY = {"pattern": "^(?!(amq\\.)|(.*_fanout_)|(reply_)).*", "definition": {"max-length": 10, "message-ttl": 60000},
          "priority": 3, "apply-to": "queues"}
OPERATOR_POLICY = {"pattern": "^a", "definition": {"expires": 100000}, "priority": 0, "apply-to": "queues"}
ARGUMENTS = {"x-max-length": 5, "x-overflow": "reject-publish", "x-dead-letter-exchange": "", "x-single-active-consumer": True,
             "x-expires": 3600000}
SHOVEL = {"src-protocol": "amqp091", "src-uri": "amqp:///x", "src-queue": "here", "dest-protocol": "amqp091",
          "dest-uri": ["amqp://one", "amqp://two"], "dest-queue": "there", "ack-mode": "on-confirm", "reconnect-delay": 5,
          "src-prefetch-count": 100, "src-delete-after": "never", "dest-add-forward-headers": False}
UPSTREAM = {"uri": "amqp://elsewhere", "prefetch-count": 1000, "reconnect-delay": 5, "ack-mode": "on-confirm",
            "trust-user-id": False, "expires": 3600000, "max-hops": 1, "exchange": "x", "queue": "q"}


class Resource:
    """How one kind of thing is declared: where, with what, with what next, and what of it is read back."""

    def __init__(self, path, body, changed=None, read=None):
        self.path = path
        self.body = body
        self.changed = changed
        self.read = read or (lambda wanted: wanted)


def parameter(component, value, changed):
    def body(value):
        return {"value": value, "component": component, "name": "p", "vhost": VHOST}
    return Resource(f"parameters/{component}/{V}/p", body(value), body(changed))


RESOURCES = {
    "vhost": Resource(f"vhosts/{V}", {"description": "of a test", "tags": ["a", "b"], "default_queue_type": "quorum",
                                      "tracing": True},
                      {"description": "", "tags": [], "default_queue_type": "classic", "tracing": False}),
    "user": Resource("users/declared", {"password": "secret", "tags": "monitoring,management"},
                     {"password": "other", "tags": ""},
                     read=lambda wanted: {"name": "declared", "tags": [tag for tag in wanted["tags"].split(",") if tag]}),
    "user with a hash": Resource(
        "users/hashed", {"password_hash": "AAECA4DmWTpBRyDIvIj4VH9yDSwdY3hTLZPfYiFcDKMFZMfB", "tags": ["administrator"],
                         "hashing_algorithm": "rabbit_password_hashing_sha256"}),
    "permissions": Resource(f"permissions/{V}/declared", EVERYTHING, {**EVERYTHING, "write": ""}),
    "topic permissions": Resource(f"topic-permissions/{V}/declared",
                                  {"exchange": "amq.topic", "write": "^a", "read": "{username}.*"},
                                  {"exchange": "amq.topic", "write": "^b", "read": ".*"}),
    "policy": Resource(f"policies/{V}/p", POLICY,
                       {**POLICY, "definition": {"ha-mode": "exactly", "ha-params": 2, "ha-sync-mode": "automatic",
                                                 "alternate-exchange": "x"}, "apply-to": "all"}),
    "operator policy": Resource(f"operator-policies/{V}/p", OPERATOR_POLICY, {**OPERATOR_POLICY, "priority": 7}),
    "exchange": Resource(f"exchanges/{V}/e", {"type": "topic", "durable": True, "auto_delete": False, "internal": False,
                                              "arguments": {"alternate-exchange": "amq.fanout"}}),
    "classic queue": Resource(f"queues/{V}/q", {"durable": True, "auto_delete": False,
                                                "arguments": {**ARGUMENTS, "x-queue-type": "classic"}}),
    "quorum queue": Resource(f"queues/{V}/quorum", {"durable": True, "auto_delete": False, "arguments": {
        "x-queue-type": "quorum", "x-delivery-limit": 5, "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish", "x-dead-letter-exchange": "amq.direct"}}),
    "stream": Resource(f"queues/{V}/stream", {"durable": True, "auto_delete": False, "arguments": {
        "x-queue-type": "stream", "x-max-length-bytes": 10**9, "x-max-age": "7D", "x-stream-max-segment-size-bytes": 10**8}}),
    "shovel": parameter("shovel", SHOVEL, {**SHOVEL, "ack-mode": "no-ack", "dest-uri": "amqp://one"}),
    "federation upstream": parameter("federation-upstream", UPSTREAM, {**UPSTREAM, "max-hops": 2}),
    "federation upstream set": parameter("federation-upstream-set", [{"upstream": "u"}, {"upstream": "v", "queue": "q"}],
                                         [{"upstream": "all"}]),
    "global parameter": Resource("global-parameters/declared", {"name": "declared", "value": {"a": [1, 2.5, None, "x", {}]}},
                                 {"name": "declared", "value": "text"}),
    "vhost limit": Resource(f"vhost-limits/{V}/max-queues", {"value": 10}, {"value": -1}),
    "user limit": Resource("user-limits/declared/max-channels", {"value": 10}, {"value": 0}),
}
# Whose path cannot be read by itself: where to look instead, and what is there.
ELSEWHERE = {
    "vhost limit": (f"vhost-limits/{V}", lambda found: {"value": found[0]["value"].get("max-queues")}),
    "user limit": ("user-limits/declared", lambda found: {"value": found[0]["value"].get("max-channels")}),
    "topic permissions": (f"topic-permissions/{V}/declared", lambda found: found[0]),
}


def read(api, name):
    """As it is now; None if it is not there."""
    resource = RESOURCES[name]
    path, pick = ELSEWHERE.get(name, (resource.path, lambda found: found))
    answer = api.get(path)
    if answer.status == 404 or (name in ELSEWHERE and answer.json() in ([], None)):
        return None
    assert answer.status == 200, (name, answer.status, answer.body)
    return pick(answer.json())


def differences(wanted, found):
    """The fields that a plan would want to change."""
    return {key: (value, found.get(key)) for key, value in wanted.items() if found.get(key) != value}


@pytest.fixture
def surroundings(api):
    """A virtual host and a user, for what needs them."""
    api.put(f"vhosts/{V}")
    api.put("users/declared", {"password": "secret", "tags": ""})
    api.put(f"permissions/{V}/guest", {"configure": ".*", "write": ".*", "read": ".*"})
    yield
    api.delete(f"vhosts/{V}")
    api.delete("users/declared")


@pytest.mark.parametrize("name", RESOURCES)
def test_what_is_read_is_what_was_written(api, surroundings, name):
    resource = RESOURCES[name]
    existed = read(api, name) is not None
    made = api.put(resource.path, copy.deepcopy(resource.body))
    assert made.status == (204 if existed or name in ("vhost limit", "user limit") else 201), (made.status, made.body)
    assert differences(resource.read(resource.body), read(api, name)) == {}

    again = api.put(resource.path, copy.deepcopy(resource.body))
    assert again.status == 204, again.body
    assert differences(resource.read(resource.body), read(api, name)) == {}

    if resource.changed is not None:
        assert api.put(resource.path, copy.deepcopy(resource.changed)).status == 204
        assert differences(resource.read(resource.changed), read(api, name)) == {}

    assert api.delete(resource.path).status == 204
    assert read(api, name) is None
    if name not in ("vhost limit", "user limit"):
        assert api.delete(resource.path).status == 404


@pytest.mark.parametrize("destination_type", ["q", "e"])
@pytest.mark.parametrize("key", ["", "a.b.#", "a/b c%ü", "~", "x" * 255])
@pytest.mark.parametrize("arguments", [{}, {"x-match": "all", "n": 1, "deep": {"list": [1, "a"]}}])
def test_bindings_are_found_by_what_made_them(api, surroundings, destination_type, key, arguments):
    api.put(f"queues/{V}/to", {"durable": True})
    api.put(f"exchanges/{V}/to", {"type": "direct", "durable": True})
    place = f"bindings/{V}/e/amq.headers/{destination_type}/to"
    made = api.post(place, {"routing_key": key, "arguments": arguments})
    assert made.status == 201, made.body
    name = made.headers["location"].rsplit("/", 1)[1]
    found = api.get(f"{place}/{name}")
    assert found.status == 200, (name, found.body)
    assert differences({"source": "amq.headers", "vhost": VHOST, "destination": "to", "routing_key": key,
                        "arguments": arguments,
                        "destination_type": "queue" if destination_type == "q" else "exchange"}, found.json()) == {}
    assert api.post(place, {"routing_key": key, "arguments": arguments}).status == 201
    assert len(api.get(place).json()) == 1
    assert api.delete(f"{place}/{quoted(found.json()['properties_key'])}").status == 204
    assert api.get(f"{place}/{name}").status == 404


def test_a_whole_plan_comes_out_of_definitions_again(api, surroundings):
    """Everything declared at once, exported, taken away, imported: nothing is left to change."""
    for name, resource in RESOURCES.items():
        assert api.put(resource.path, copy.deepcopy(resource.body)).status in (201, 204), name
    exported = api.get("definitions").json()
    assert api.delete(f"vhosts/{V}").status == 204
    assert api.delete("users/declared").status == 204
    assert api.post("definitions", exported).status == 204
    for name, resource in RESOURCES.items():
        left = differences(resource.read(resource.body), read(api, name))
        left.pop("tracing", None)  # as with RabbitMQ, definitions do not say who is traced
        assert left == {}, name
    assert HttpClient(api.port, "declared", "secret").get("whoami").status == 200
    api.delete("users/hashed")
    api.delete("global-parameters/declared")
