"""Parameters, the cluster's name and what else is asked of vhosts and nodes over HTTP."""
import urllib.parse

import pytest

from http_client import HttpClient, quoted
from http_fixtures import api, user, vhost  # noqa: F401  (fixtures)

# pylint: disable=redefined-outer-name
pytestmark = pytest.mark.own_server


def name_of(vhost):
    return urllib.parse.unquote(vhost)


def test_limits_and_operator_policies_are_parameters(api, vhost):
    limits = f"parameters/vhost-limits/{vhost}/limits"
    assert api.put(limits, {"value": {"max-queues": 5}}).status == 201
    assert api.put(limits, {"value": {"max-queues": 6}}).status == 204
    assert api.get(limits).json() == {"value": {"max-queues": 6}, "vhost": name_of(vhost),
                                      "component": "vhost-limits", "name": "limits"}
    assert api.get(f"vhost-limits/{vhost}").json() == [{"vhost": name_of(vhost), "value": {"max-queues": 6}}]
    policy = {"pattern": "^a", "definition": {"max-length": 1}, "priority": 0, "apply-to": "queues"}
    assert api.put(f"parameters/operator_policy/{vhost}/o", {"value": policy}).status == 201
    assert api.get(f"operator-policies/{vhost}/o").json()["pattern"] == "^a"
    assert [entry["component"] for entry in api.get("parameters").json() if entry["vhost"] == name_of(vhost)] == [
        "operator_policy", "vhost-limits"]
    assert api.get(f"parameters/operator_policy/{vhost}").json()[0]["value"] == policy
    assert api.delete(f"parameters/operator_policy/{vhost}/o").status == 204
    assert api.delete(limits).status == 204
    assert api.get("parameters/vhost-limits").json() == []
    assert api.get(limits).status == 404
    assert api.delete(limits).status == 404


def test_parameters_of_shovels_are_kept(api, vhost):
    path = f"parameters/shovel/{vhost}/{quoted('s/1')}"
    value = {"src-uri": "amqp://", "src-queue": "q", "dest-uri": ["amqp://"], "prefetch": 100, "x": None}
    assert api.put(path, {"value": value}).status == 201
    assert api.get(path).json()["value"] == value
    assert api.get("parameters/shovel").json() == [api.get(path).json()]
    assert api.delete(path).status == 204


@pytest.mark.parametrize("component, body, reason", [
    ("foo", {"value": {}}, "Validation failed\n\ncomponent foo not found\n"),
    ("policy", {"value": {}}, "policies may not be set using this method"),
    ("shovel", {}, "[{key_missing,value}]"),
    ("vhost-limits", {"value": {"foo": 7}}, 'Validation failed\n\nUnrecognised terms [{<<"foo">>,7}] in limits\n'),
])
def test_what_rabbitmq_refuses_is_refused_in_its_words(api, vhost, component, body, reason):
    answer = api.put(f"parameters/{component}/{vhost}/limits", body)
    assert (answer.status, answer.json()) == (400, {"error": "bad_request", "reason": reason})
    answer = api.put("parameters/shovel/nowhere/x", {"value": 1})
    assert (answer.status, answer.json()) == (404, {"error": "not_found", "reason": "vhost_not_found"})


def test_global_parameters(api):
    path = f"global-parameters/{quoted('ü/1')}"
    assert api.get(path).status == api.delete(path).status == 404
    assert api.put(path, {"value": {"a": [1, 2.5, None, "x"]}}).status == 201
    assert api.put(path, {"value": "y"}).status == 204
    assert api.get(path).json() == {"name": "ü/1", "value": "y"}
    assert {"name": "ü/1", "value": "y"} in api.get("global-parameters").json()
    assert api.put(path, {}).json()["reason"] == "[{key_missing,value}]"
    assert api.delete(path).status == 204


def test_the_cluster_has_a_name(api):
    before = api.get("cluster-name").json()["name"]
    assert api.put("cluster-name", {"name": "of a test"}).status == 204
    assert api.get("cluster-name").json() == {"name": "of a test"}
    assert api.get("overview").json()["cluster_name"] == "of a test"
    assert api.get("definitions").json()["original_cluster_name"] == "of a test"
    assert api.put("cluster-name", {}).json()["reason"] == "[{key_missing,name}]"
    assert api.put("cluster-name", {"name": 5}).status == 400
    assert api.put("cluster-name", {"name": before}).status == 204


def test_who_may(user, vhost):
    management, policymaker = user("management", vhost), user("policymaker", vhost)
    assert management.get("parameters").status == 401
    assert policymaker.get(f"parameters/shovel/{vhost}").status == 200
    assert policymaker.get("global-parameters").status == 200
    assert policymaker.put("global-parameters/x", {"value": 1}).status == 201
    assert policymaker.delete("global-parameters/x").status == 204
    assert policymaker.put("cluster-name", {"name": "x"}).status == 401
    assert management.get("cluster-name").status == 200


def test_a_protected_vhost_stays(api, vhost):
    path = f"vhosts/{vhost}/deletion/protection"
    assert api.post(path).status == 204
    assert api.get(f"vhosts/{vhost}").json()["protected_from_deletion"] is True
    answer = api.delete(f"vhosts/{vhost}")
    assert (answer.status, answer.json()["error"]) == (412, "precondition_failed")
    assert answer.json()["reason"].endswith("because it is protected from deletion")
    assert api.delete(path).status == 204
    assert api.post("vhosts/nowhere/deletion/protection").status == 404


def test_vhosts_are_started_already(api, vhost):
    node = api.get("nodes").json()[0]["name"]
    assert api.post(f"vhosts/{vhost}/start/{node}").status == 204
    assert api.post(f"vhosts/nowhere/start/{node}").json() == {
        "error": "bad_request", "reason": f'Request to node {node} failed with {{no_such_vhost,<<"nowhere">>}}'}
    assert api.post(f"vhosts/{vhost}/start/nobody").json()["reason"] == "Unknown node: nobody"


def test_memory_of_the_node(api):
    node = api.get("nodes").json()[0]["name"]
    memory = api.get(f"nodes/{node}/memory").json()["memory"]
    assert memory["strategy"] == "rss"
    assert 0 < memory["code"] < memory["total"]["rss"]
    parts = sum(value for value in memory.values() if isinstance(value, int))
    assert 0.9 < parts / memory["total"]["rss"] < 1.1
    shares = api.get(f"nodes/{node}/memory/relative").json()["memory"]
    assert shares["total"] == 100 and 0 < shares["other_proc"] <= 100
    assert api.get(f"nodes/{node}/memory/ets").json() == {"ets_tables_memory": {"total": 0}}
    assert api.get("nodes/nobody/memory").status == 404


def test_login(api):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = api.ask("POST", "login", b"username=guest&password=guest", form)
    assert answer.json() == {"user": {"name": "guest", "tags": ["administrator"], "is_internal_user": True},
                             "token": {"type": "basic", "value": "Z3Vlc3Q6Z3Vlc3Q="}}
    for body in (b"username=guest&password=wrong", b"username=guest", b"", b"%"):
        answer = api.ask("POST", "login", body, form)
        assert (answer.status, answer.json()["error"]) == (401, "not_authorized"), body
    assert api.ask("POST", "login", b"{}", {"Content-Type": "application/json"}).status == 415
    assert api.delete("login").status == 204
    nobody = HttpClient(api.port, user=None)
    assert nobody.get("auth").json() == {"oauth_enabled": False}, "asked before there is a login"


def test_plugins_that_are_not_there_have_no_resources(api):
    for path in ("shovels", "federation-links", "traces", "top/x"):
        assert api.get(path).status == 404, path


def test_what_is_the_owners_is_not_there_from_outside(api):
    for path in ("listeners", "maintenance", "limits", "log"):
        assert api.put(f"node/{path}", {}).status == 404, path
