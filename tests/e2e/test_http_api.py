"""The HTTP API around its objects: what the node tells, how requests are read, who may what."""
import pytest

from http_client import HttpClient
from http_fixtures import api, user, vhost  # noqa: F401  (fixtures)

# pylint: disable=redefined-outer-name
pytestmark = pytest.mark.own_server


# ---- the node ----

def test_overview_says_what_the_node_is(api):
    overview = api.get("overview").json()
    assert overview["rabbitmq_version"].startswith("4.")
    assert overview["product_name"] == "WarrenMQ"
    assert {"exchanges", "queues", "consumers"} <= set(overview["object_totals"])
    assert {"amqp", "http"} <= {listener["protocol"] for listener in overview["listeners"]}
    assert "direct" in {kind["name"] for kind in overview["exchange_types"]}


def test_whoami(api):
    assert api.get("whoami").json() == {"name": "guest", "tags": ["administrator"], "is_internal_user": True}


def test_nodes_and_cluster_name(api):
    (node,) = api.get("nodes").json()
    assert node["running"] and node["mem_used"] > 0 and node["disk_free"] > 0
    assert api.get(f"nodes/{node['name']}").json()["os_pid"] == node["os_pid"]
    assert api.get("nodes/no@where").status == 404
    assert api.get("cluster-name").json()["name"]
    assert isinstance(api.get("version").json(), str)


def test_columns_choose_what_is_shown(api):
    assert set(api.get("overview?columns=node,object_totals.queues").json()) == {"node", "object_totals"}


# ---- methods, paths, bodies ----

def test_unknown_paths_are_not_found(api):
    for path in ("nosuch", "/nosuch", "queues/%2F/a/b/c", "/../etc/passwd", "/api/../../etc/passwd"):
        answer = api.get(path)
        assert answer.status == 404
        assert answer.json() == {"error": "Object Not Found", "reason": "Not Found"}


def test_wrong_methods_are_told_what_is_allowed(api):
    answer = api.post("whoami")
    assert answer.status == 405
    assert answer.headers["allow"] == "HEAD, GET, OPTIONS"
    assert api.ask("PATCH", "queues/%2F/q").status == 405


def test_options_and_head(api):
    answer = HttpClient(api.port, user=None).ask("OPTIONS", "queues/%2F/q")
    assert answer.status == 200
    assert answer.headers["allow"] == "HEAD, GET, PUT, DELETE, OPTIONS"
    answer = api.ask("HEAD", "overview")
    assert answer.status == 200 and answer.body == b"" and int(answer.headers["content-length"]) > 100


@pytest.mark.parametrize("body", [b"{nope", b"[]", b"\xff\xfe", b'{"a":' * 1000, b"1"],
                         ids=["broken", "list", "no text", "deep", "number"])
def test_what_is_no_json_object_is_refused(api, body):
    answer = api.ask("PUT", "queues/%2F/x", body)
    assert answer.status == 400
    assert answer.json() == {"error": "bad_request", "reason": "not_json"}


def test_a_body_that_is_too_long_is_refused_and_nothing_changes(api):
    answer = api.ask("PUT", "queues/%2F/too-long", b" " * 20_000_001)
    assert answer.status == 400
    assert answer.json()["reason"] == "Exceeded HTTP request body size limit"
    assert api.get("queues/%2F/too-long").status == 404
    assert api.ask("PUT", "queues/%2F/long", b" " * 10_000_000 + b"{}").status == 201
    assert api.delete("queues/%2F/long").status == 204


# ---- who may what ----

def test_without_credentials_there_is_a_challenge(api):
    answer = HttpClient(api.port, user=None).get("whoami")
    assert (answer.status, answer.body) == (401, b"")
    assert answer.headers["www-authenticate"] == 'Basic realm="RabbitMQ Management"'


def test_wrong_credentials_are_refused(api):
    answer = HttpClient(api.port, "guest", "wrong").get("whoami")
    assert answer.status == 401
    assert answer.json() == {"error": "not_authorized", "reason": "Not_Authorized"}
    node = api.get("overview").json()["node"]
    attempts = api.get(f"auth/attempts/{node}").json()[0]
    assert attempts["auth_attempts_failed"] >= 1
    assert attempts["auth_attempts"] == attempts["auth_attempts_failed"] + attempts["auth_attempts_succeeded"]


def test_each_tag_opens_what_it_opens(user):
    nobody, management, monitoring = user(""), user("management"), user("monitoring")
    answer = nobody.get("overview")
    assert (answer.status, answer.json()["reason"]) == (401, "Not management user")
    assert management.get("overview").status == 200
    assert management.get("nodes").json()["reason"] == "Not monitor user"
    assert monitoring.get("nodes").status == 200
    assert monitoring.get("users").json() == {"error": "not_authorised", "reason": "Not administrator user"}


def test_vhosts_are_hidden_from_those_who_may_not_enter(api, user, vhost):
    assert api.put(f"queues/{vhost}/q").status == 201
    outsider, insider, monitor = user("management"), user("management", vhost), user("monitoring")
    assert outsider.get(f"queues/{vhost}").json() == {"error": "not_found", "reason": "Not Found"}
    assert [queue["name"] for queue in insider.get("queues").json()] == ["q"]
    assert vhost in [shown["name"] for shown in monitor.get("vhosts").json()]
    assert monitor.get("queues").json() == [], "as in RabbitMQ 4.3"
    assert outsider.put(f"queues/{vhost}/other").status == 404


def test_permissions_count_for_changes(api, user, vhost):
    client = user("management")
    narrow = {"configure": "^mine", "write": "", "read": ""}
    assert api.put(f"permissions/{vhost}/{client.user}", narrow).status == 201
    assert client.put(f"queues/{vhost}/mine").status == 201
    answer = client.put(f"queues/{vhost}/yours")
    assert (answer.status, answer.json()) == (401, {"error": "not_authorised", "reason": "Access refused."})
    assert client.delete(f"queues/{vhost}/mine").status == 204


# ---- vhosts, users, permissions ----

def test_vhosts_come_change_and_go(api):
    assert api.put("vhosts/v1", {"description": "first", "tags": "a, b"}).status == 201
    vhost = api.get("vhosts/v1").json()
    assert (vhost["description"], vhost["tags"]) == ("first", ["a", "b"])
    assert vhost["default_queue_type"] == "classic"
    assert api.put("vhosts/v1", {"description": "second", "default_queue_type": "quorum"}).status == 204
    vhost = api.get("vhosts/v1").json()
    assert (vhost["description"], vhost["tags"], vhost["default_queue_type"]) == ("second", ["a", "b"], "quorum")
    answer = api.put("vhosts/v1", {"default_queue_type": "nope"})
    assert (answer.status, answer.json()["reason"]) == (400, "nope is not a valid queue type")
    assert "v1" in [entry["name"] for entry in api.get("vhosts").json()]
    assert api.delete("vhosts/v1").status == 204
    assert api.delete("vhosts/v1").status == 404
    assert api.get("vhosts/v1").status == 404


def test_users_come_change_and_go(api):
    assert api.put("users/u1", {"password": "x"}).json() == {"error": "bad_request", "reason": "tags_not_present"}
    assert api.put("users/u1", {"password": "x", "tags": "management,other"}).status == 201
    shown = api.get("users/u1").json()
    assert shown["tags"] == ["management", "other"] and shown["limits"] == {}
    assert shown["hashing_algorithm"] == "rabbit_password_hashing_sha256"
    assert api.put("users/u2", {"password_hash": shown["password_hash"], "tags": ["management"]}).status == 201
    assert HttpClient(api.port, "u2", "x").get("whoami").status == 200
    assert api.put("users/u2", {"password_hash": "!", "tags": ""}).json()["reason"] == ["not_base64", "!"]
    assert {"u1", "u2"} <= {entry["name"] for entry in api.get("users/without-permissions").json()}
    assert api.post("users/bulk-delete", {"users": ["u1", "u2", "nobody"]}).status == 204
    assert api.get("users/u1").status == 404


def test_permissions(api, vhost):
    assert api.put(f"permissions/{vhost}/guest", {"configure": ""}).json()["reason"] == \
        "[{key_missing,write},{key_missing,read}]"
    patterns = {"configure": "a", "write": "b", "read": "c"}
    assert api.put(f"permissions/{vhost}/nobody", patterns).json()["reason"] == "vhost_or_user_not_found"
    assert api.put(f"permissions/{vhost}/guest", patterns).status == 204  # who makes a vhost may use it
    assert api.get(f"permissions/{vhost}/guest").json() == {"user": "guest", "vhost": vhost, **patterns}
    assert len(api.get(f"vhosts/{vhost}/permissions").json()) == 1
    assert api.delete(f"permissions/{vhost}/guest").status == 204
    assert api.delete(f"permissions/{vhost}/guest").status == 404
    topic = {"exchange": "amq.topic", "write": "a", "read": "b"}
    assert api.put(f"topic-permissions/{vhost}/guest", topic).status == 201
    assert api.get(f"topic-permissions/{vhost}/guest").json() == [{"user": "guest", "vhost": vhost, **topic}]
    assert api.put(f"topic-permissions/{vhost}/guest", {**topic, "exchange": "amq.direct"}).status == 201
    one = f"topic-permissions/{vhost}/guest/{topic['exchange']}"
    assert api.get(one).json() == [{"user": "guest", "vhost": vhost, **topic}]
    assert api.delete(one).status == 204
    assert api.get(one).status == 404 and api.delete(one).status == 404
    assert [shown["exchange"] for shown in api.get(f"topic-permissions/{vhost}/guest").json()] == ["amq.direct"]
    assert api.delete(f"topic-permissions/{vhost}/guest").status == 204


def test_limits(api, vhost, user):
    name = user("").user
    assert api.put(f"vhost-limits/{vhost}/max-queues", {"value": 1}).status == 204
    assert api.get(f"vhost-limits/{vhost}").json() == [{"vhost": vhost, "value": {"max-queues": 1}}]
    assert api.put(f"queues/{vhost}/a").status == 201
    assert api.put(f"queues/{vhost}/b").status == 400
    assert api.put(f"vhost-limits/{vhost}/max-queues", {"value": "x"}).status == 400
    assert api.put(f"vhost-limits/{vhost}/max-foo", {"value": 1}).status == 400
    assert api.ask("PUT", f"vhost-limits/{vhost}/max-queues", b'{"value":1}',
                   {"Content-Type": "text/plain"}).status == 415
    assert api.delete(f"vhost-limits/{vhost}/max-queues").status == 204
    assert api.put(f"user-limits/{name}/max-channels", {"value": 5}).status == 204
    assert api.get(f"users/{name}").json()["limits"] == {"max-channels": 5}
    assert api.get(f"user-limits/{name}").json() == [{"user": name, "value": {"max-channels": 5}}]
    assert api.put("user-limits/nobody/max-channels", {"value": 5}).json()["reason"] == ["no_such_user", "nobody"]
