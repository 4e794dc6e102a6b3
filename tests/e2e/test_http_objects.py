"""Exchanges, queues, bindings, lists and health checks over HTTP: status codes and bodies are RabbitMQ's."""
import pytest

from http_client import quoted
from http_fixtures import api, vhost  # noqa: F401  (fixtures)

# pylint: disable=redefined-outer-name
pytestmark = pytest.mark.own_server


# ---- exchanges, queues, bindings ----

def test_exchanges_come_and_go(api, vhost):
    assert api.put(f"exchanges/{vhost}/e", {"type": "topic"}).status == 201
    assert api.put(f"exchanges/{vhost}/e", {"type": "topic"}).status == 204
    answer = api.put(f"exchanges/{vhost}/e", {"type": "direct"})
    assert answer.status == 400
    assert answer.json()["reason"] == (f"inequivalent arg 'type' for exchange 'e' in vhost '{vhost}': "
                                       "received 'direct' but current is 'topic'")
    assert api.put(f"exchanges/{vhost}/f", {"type": "nope"}).json()["reason"] == "unknown exchange type 'nope'"
    assert len(api.get(f"exchanges/{vhost}").json()) == 8
    shown = api.get(f"exchanges/{vhost}/e").json()
    assert (shown["type"], shown["durable"], shown["incoming"]) == ("topic", False, [])
    assert api.get(f"exchanges/{vhost}/amq.default").json()["name"] == ""
    assert api.delete(f"exchanges/{vhost}/amq.fanout").json()["reason"] == "Access refused."
    assert api.delete(f"exchanges/{vhost}/e").status == 204
    assert api.delete(f"exchanges/{vhost}/e").status == 404
    assert api.put("exchanges/no-such-vhost/e").json() == {"error": "not_found", "reason": "vhost_not_found"}


@pytest.mark.parametrize("name", ["plain", "a/b", "%2F", "ä ö+ü?&#", "\u4e2d\u6587", "..", "q\"\\"])
def test_queue_names_may_hold_every_character(api, vhost, name):
    path = f"queues/{vhost}/{quoted(name)}"
    assert api.put(path, {"auto_delete": False}).status == 201
    assert api.get(path).json()["name"] == name
    assert [queue["name"] for queue in api.get(f"queues/{vhost}").json()] == [name]
    assert api.delete(path).status == 204
    assert api.get(path).status == 404


def test_queues_are_declared_as_clients_would(api, vhost):
    path = f"queues/{vhost}/q"
    arguments = {"x-max-length": 10, "x-queue-type": "quorum"}
    assert api.put(path, {"durable": True, "arguments": arguments}).status == 201
    shown = api.get(path).json()
    assert (shown["type"], shown["arguments"], shown["durable"]) == ("quorum", arguments, True)
    assert shown["leader"] == shown["node"] and shown["members"] == [shown["node"]]
    assert api.put(path, {"durable": True, "arguments": arguments}).status == 204
    answer = api.put(path, {"durable": True, "arguments": {"x-queue-type": "quorum"}})
    assert answer.status == 400 and "inequivalent arg 'x-max-length'" in answer.json()["reason"]
    assert api.put(path, {"durable": "x"}).json()["reason"] == ["not_boolean", "x"]
    assert api.put(f"queues/{vhost}/n", {"node": "no@where"}).json()["reason"] == \
        "Node no@where is not a cluster member"
    assert api.put(f"queues/{vhost}/amq.q").json() == {"error": "not_authorised", "reason": "Access refused."}
    assert api.put(f"queues/{vhost}/x", {"arguments": {"x-max-length": "y"}}).status == 400


def test_messages_are_published_and_taken(api, vhost):
    assert api.put(f"queues/{vhost}/q").status == 201
    letter = {"properties": {"delivery_mode": 2, "headers": {"h": 1}, "message_id": "m"}, "routing_key": "q",
              "payload": "hello", "payload_encoding": "string"}
    publish = f"exchanges/{vhost}/amq.default/publish"
    assert api.post(publish, letter).json() == {"routed": True}
    assert api.post(publish, {**letter, "routing_key": "none"}).json() == {"routed": False}
    assert api.post(publish, {**letter, "payload": "AAH/", "payload_encoding": "base64"}).json() == {"routed": True}
    shown = api.get(f"queues/{vhost}/q").json()
    assert (shown["messages"], shown["messages_ready"], shown["message_bytes"]) == (2, 2, 8)
    assert shown["message_stats"]["publish"] == 2

    take = {"count": 5, "ackmode": "ack_requeue_true", "encoding": "auto"}
    first, second = api.post(f"queues/{vhost}/q/get", take).json()
    assert first == {"payload_bytes": 5, "redelivered": False, "exchange": "", "routing_key": "q",
                     "message_count": 1, "payload": "hello", "payload_encoding": "string",
                     "properties": letter["properties"]}
    assert (second["payload"], second["payload_encoding"]) == ("AAH/", "base64")
    again = api.post(f"queues/{vhost}/q/get", {**take, "truncate": 2, "ackmode": "ack_requeue_false"}).json()
    assert again[0]["redelivered"] and again[0]["payload"] == "he" and again[0]["payload_bytes"] == 5
    assert api.post(f"queues/{vhost}/q/get", take).json() == []
    assert api.get(f"queues/{vhost}/q").json()["messages"] == 0


def test_a_large_message_goes_through(api, vhost):
    assert api.put(f"queues/{vhost}/q").status == 201
    payload = "x" * 5_000_000
    letter = {"properties": {}, "routing_key": "q", "payload": payload, "payload_encoding": "string"}
    assert api.post(f"exchanges/{vhost}/amq.default/publish", letter).json() == {"routed": True}
    take = {"count": 1, "ackmode": "reject_requeue_false", "encoding": "auto"}
    assert api.post(f"queues/{vhost}/q/get", take).json()[0]["payload"] == payload


def test_an_answer_with_messages_has_a_bound(api, vhost):
    assert api.put(f"queues/{vhost}/q").status == 201
    letter = {"properties": {}, "routing_key": "q", "payload": "x" * (15 << 20), "payload_encoding": "string"}
    for _ in range(6):
        assert api.post(f"exchanges/{vhost}/amq.default/publish", letter).json() == {"routed": True}
    take = {"count": 6, "ackmode": "ack_requeue_true", "encoding": "auto"}
    assert len(api.post(f"queues/{vhost}/q/get", take).json()) == 5
    assert len(api.post(f"queues/{vhost}/q/get", {**take, "truncate": 10}).json()) == 6


def test_what_publish_and_get_refuse(api, vhost):
    assert api.put(f"queues/{vhost}/q").status == 201
    letter = {"properties": {}, "routing_key": "q", "payload": "x", "payload_encoding": "string"}
    publish = f"exchanges/{vhost}/amq.direct/publish"

    def reason(body):
        answer = api.post(publish, body)
        assert answer.status == 400
        return answer.json()["reason"]

    assert api.post(f"exchanges/{vhost}/none/publish", letter).json()["reason"] == "exchange_not_found"
    assert "{key_missing,payload}" in reason({})
    assert reason({**letter, "payload_encoding": "foo"}) == ["unsupported_encoding", "foo"]
    assert reason({**letter, "payload": "!", "payload_encoding": "base64"}) == ["not_base64", "!"]
    assert reason({**letter, "properties": {"delivery_mode": "x"}}) == ["not_int", "delivery_mode"]
    assert "invalid expiration" in reason({**letter, "properties": {"expiration": "x"}})
    take = {"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"}
    assert api.post(f"queues/{vhost}/none/get", take).json()["reason"] == "queue_not_found"
    assert api.post(f"queues/{vhost}/q/get", {**take, "ackmode": "x"}).status == 400
    assert api.post(f"queues/{vhost}/q/get", {}).json()["reason"] == \
        "[{key_missing,ackmode},{key_missing,count},{key_missing,encoding}]"
    assert api.put(f"queues/{vhost}/s", {"durable": True, "arguments": {"x-queue-type": "stream"}}).status == 201
    assert api.post(f"queues/{vhost}/s/get", take).json()["reason"] == \
        f"540 basic.get not supported by stream queues queue 's' in vhost '{vhost}'"


def test_queues_are_purged_and_deleted_under_conditions(api, vhost):
    assert api.put(f"queues/{vhost}/q").status == 201
    letter = {"properties": {}, "routing_key": "q", "payload": "x", "payload_encoding": "string"}
    api.post(f"exchanges/{vhost}/amq.default/publish", letter)
    answer = api.delete(f"queues/{vhost}/q?if-empty=true")
    assert (answer.status, answer.json()["reason"]) == (400, f"queue 'q' in vhost '{vhost}' not empty")
    assert api.delete(f"queues/{vhost}/q/contents").status == 204
    assert api.get(f"queues/{vhost}/q").json()["messages"] == 0
    assert api.delete(f"queues/{vhost}/q?if-empty=true").status == 204
    assert api.delete(f"queues/{vhost}/q/contents").status == 404


def test_bindings_have_names(api, vhost):
    api.put(f"exchanges/{vhost}/e", {"type": "topic"})
    api.put(f"queues/{vhost}/q")
    between = f"bindings/{vhost}/e/e/q/q"
    plain = api.post(between, {"routing_key": "a.#"})
    assert (plain.status, plain.headers["location"]) == (201, "q/a.%2523")
    assert api.post(between, {"routing_key": "a.#", "arguments": {"k": 1}}).status == 201
    assert api.post(f"bindings/{vhost}/e/e/e/amq.fanout").headers["location"] == "amq.fanout/~"
    shown = api.get(between).json()
    assert len(shown) == 2
    for binding in shown:
        assert api.get(f"{between}/{quoted(binding['properties_key'])}").json() == binding
    assert {binding["source"] for binding in api.get(f"queues/{vhost}/q/bindings").json()} == {"", "e"}
    assert len(api.get(f"exchanges/{vhost}/e/bindings/source").json()) == 3
    assert len(api.get(f"exchanges/{vhost}/amq.fanout/bindings/destination").json()) == 1
    assert len(api.get(f"bindings/{vhost}").json()) == 4
    for binding in shown:
        assert api.delete(f"{between}/{quoted(binding['properties_key'])}").status == 204
    assert api.get(between).json() == []
    assert api.delete(f"{between}/x").status == 404
    assert api.post(f"bindings/{vhost}/e/none/q/q").json() == \
        {"error": "not_found", "reason": f"no exchange 'none' in vhost '{vhost}'"}
    assert api.post(f"bindings/{vhost}/e/e/q/none").json()["reason"] == f"no queue 'none' in vhost '{vhost}'"


# ---- lists ----

def test_lists_are_cut_into_pages(api, vhost):
    for number in range(25):
        api.put(f"queues/{vhost}/queue-{number:02}")
    names = [f"queue-{number:02}" for number in range(25)]
    page = api.get(f"queues/{vhost}?page=2&page_size=10&columns=name").json()
    assert page == {"filtered_count": 25, "item_count": 10, "page": 2, "page_count": 3, "page_size": 10,
                    "total_count": 25, "items": [{"name": name} for name in names[10:20]]}
    page = api.get(f"queues/{vhost}?page=1&name=-2&columns=name").json()
    assert (page["filtered_count"], page["total_count"]) == (5, 25)
    page = api.get(f"queues/{vhost}?page=1&name=0$&use_regex=true&columns=name").json()
    assert [item["name"] for item in page["items"]] == ["queue-00", "queue-10", "queue-20"]
    page = api.get(f"queues/{vhost}?page=1&name=(&use_regex=true").json()
    assert (page["filtered_count"], page["items"]) == (0, [])
    page = api.get(f"queues/{vhost}?page=1&page_size=2&sort=name&sort_reverse=true&columns=name").json()
    assert [item["name"] for item in page["items"]] == ["queue-24", "queue-23"]
    for query, error in (("page=0", "invalid_pagination_parameters"), ("page=x", "bad_request"),
                         ("page=1&page_size=501", "invalid_pagination_parameters"), ("page=9", "page_out_of_range")):
        answer = api.get(f"queues/{vhost}?{query}")
        assert (answer.status, answer.json()["error"]) == (400, error)
    assert [item["name"] for item in api.get(f"exchanges/{vhost}?page=1&page_size=2").json()["items"]] == \
        ["", "amq.direct"]


def test_lists_are_sorted_by_what_queues_hold(api, vhost):
    for name, count in (("few", 1), ("many", 3), ("none", 0)):
        api.put(f"queues/{vhost}/{name}")
        for _ in range(count):
            api.post(f"exchanges/{vhost}/amq.default/publish",
                     {"properties": {}, "routing_key": name, "payload": "x", "payload_encoding": "string"})
    for path in (f"queues/{vhost}?sort=messages&sort_reverse=true", f"queues/{vhost}?page=1&sort=messages&sort_reverse=true"):
        shown = api.get(path).json()
        items = shown if isinstance(shown, list) else shown["items"]
        assert [(item["name"], item["messages"]) for item in items] == [("many", 3), ("few", 1), ("none", 0)]
    assert "messages" not in api.get(f"queues/{vhost}?disable_stats=true").json()[0]
    totals = api.get(f"queues/{vhost}?disable_stats=true&enable_queue_totals=true").json()
    assert sum(item["messages"] for item in totals) == 4
    assert api.get("overview").json()["queue_totals"]["messages"] >= 4


# ---- health ----

def test_health_checks(api):
    for check in ("alarms", "local-alarms", "virtual-hosts", "is-in-service", "ready-to-serve-clients",
                  "below-node-connection-limit", "certificate-expiration/1/days", "metadata-store/initialized",
                  "quorum-queues-without-elected-leaders/all-vhosts/"):
        assert api.get(f"health/checks/{check}").json()["status"] == "ok"
    assert api.get(f"health/checks/port-listener/{api.port}").json() == {"status": "ok", "port": api.port}
    answer = api.get("health/checks/port-listener/1")
    assert answer.status == 503
    assert (answer.json()["status"], answer.json()["missing"]) == ("failed", 1)
    assert api.get("health/checks/protocol-listener/amqp").status == 200
    assert api.get("health/checks/protocol-listener/amqp,mqtt").json()["missing"] == ["mqtt"]
    assert api.get("health/checks/port-listener/x").json()["reason"] == "Invalid port"
    assert api.get("healthchecks/node").json() == {"status": "ok"}
    assert api.get("aliveness-test/%2F").json() == {"status": "ok"}
    assert api.get("aliveness-test/none").status == 404


def test_what_is_not_said_to_be_durable_is_not(api, vhost):
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    assert api.put(f"permissions/{vhost}/guest", everything).status in (201, 204)
    for path in (f"queues/{vhost}/a", f"exchanges/{vhost}/a"):
        assert api.put(path).status == 201
        assert api.get(path).json()["durable"] is False
    answer = api.put(f"queues/{vhost}/b", {"arguments": {"x-queue-type": "quorum"}})
    assert (answer.status, answer.json()["error"]) == (400, "bad_request")


def test_exchanges_show_their_policies(api, vhost):
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    assert api.put(f"permissions/{vhost}/guest", everything).status in (201, 204)
    assert api.put(f"exchanges/{vhost}/shown").status == 201
    assert "policy" not in api.get(f"exchanges/{vhost}/shown").json()
    policy = {"pattern": "^sh", "definition": {"alternate-exchange": "amq.direct"}}
    assert api.put(f"policies/{vhost}/p", policy).status == 201
    assert api.get(f"exchanges/{vhost}/shown").json()["policy"] == "p"
    assert {"name": "shown", "policy": "p"} in api.get(f"exchanges/{vhost}?columns=name,policy").json()


def test_what_has_come_back_to_a_quorum_queue_is_shown(api, vhost):
    arguments = {"x-queue-type": "quorum", "x-delayed-retry-type": "failed", "x-delayed-retry-min": 500_000}
    assert api.put(f"queues/{vhost}/q", {"durable": True, "arguments": {"x-queue-type": "quorum"}}).status == 201
    assert api.put(f"queues/{vhost}/late", {"durable": True, "arguments": arguments}).status == 201
    message = {"properties": {}, "routing_key": "q", "payload": "m", "payload_encoding": "string"}
    assert api.post(f"exchanges/{vhost}/amq.default/publish", message).json() == {"routed": True}
    shown = api.get(f"queues/{vhost}/q").json()
    assert (shown["messages_ready_returned"], shown["delayed_retry"]) == (0, "disabled")
    returned = {"count": 1, "ackmode": "reject_requeue_true", "encoding": "auto"}
    assert len(api.post(f"queues/{vhost}/q/get", returned).json()) == 1
    shown = api.get(f"queues/{vhost}/q").json()
    assert (shown["messages_ready_returned"], shown["messages_ready"]) == (1, 1)
    assert api.get(f"queues/{vhost}/late").json()["delayed_retry"] == "failed (min: 500000ms, max: 500000ms)"


def test_the_member_of_a_quorum_queue(api, vhost):
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    assert api.put(f"permissions/{vhost}/guest", everything).status in (201, 204)
    assert api.put(f"queues/{vhost}/q", {"durable": True, "arguments": {"x-queue-type": "quorum"}}).status == 201
    node = api.get("nodes").json()[0]["name"]
    (member,) = api.get(f"queues/quorum/{vhost}/q/status").json()
    assert (member["Node Name"], member["Raft State"], member["Membership"]) == (node, "leader", "voter")
    assert member.keys() == {"Node Name", "Raft State", "Membership", "Last Log Index", "Last Written", "Last Applied", "Commit Index",
                             "Snapshot Index", "Term", "Machine Version"}
    assert api.get(f"queues/quorum/{vhost}/nobody/status").status == 404
    assert api.post(f"queues/quorum/{vhost}/q/replicas/add", {"node": "other"}).status == 400
