"""What new virtual hosts begin with: default_limits.vhosts, default_users, default_policies.operator."""
import pytest

from broker import OwnBroker
from command_line import CommandLine
from http_client import HttpClient

pytestmark = pytest.mark.own_server

CONF = r"""
management.tcp.port = 0
management.tcp.ip = 127.0.0.1
default_limits.vhosts.1.pattern = ^qa
default_limits.vhosts.1.max_connections = 10
default_limits.vhosts.1.max_queues = 20
default_limits.vhosts.2.pattern = .*
default_limits.vhosts.2.max_queues = 99
default_users.tester.vhost_pattern = ^qa
default_users.tester.password = secret
default_users.tester.tags = management
default_users.tester.configure = ^mine
default_policies.operator.bound.vhost_pattern = ^qa
default_policies.operator.bound.queue_pattern = ^short
default_policies.operator.bound.max_length = 5
default_policies.operator.bound.message_ttl = 7s
default_policies.operator.mirrors.vhost_pattern = ^old
default_policies.operator.mirrors.apply_to = queues
default_policies.operator.mirrors.classic_queues.ha_mode = exactly
default_policies.operator.mirrors.classic_queues.ha_params = 2
default_policies.operator.mirrors.classic_queues.ha_sync_mode = automatic
default_policies.operator.mirrors.classic_queues.queue_version = 2
default_policies.operator.places.vhost_pattern = ^old
default_policies.operator.places.classic_queues.ha_mode = nodes
default_policies.operator.places.classic_queues.ha_params = rabbit@one, rabbit@two
"""


@pytest.fixture
def node(tmp_path):
    own = OwnBroker(tmp_path, CONF).start()
    yield own
    own.kill()


def begins_with_defaults(api, vhost):
    assert api.get(f"vhost-limits/{vhost}").json() == [
        {"vhost": vhost, "value": {"max-connections": 10, "max-queues": 20}}]
    permissions = {shown["user"]: shown for shown in api.get(f"vhosts/{vhost}/permissions").json()}
    assert permissions["tester"]["configure"] == "^mine" and permissions["tester"]["write"] == ".*"
    (policy,) = api.get(f"operator-policies/{vhost}").json()
    assert (policy["name"], policy["pattern"], policy["apply-to"]) == ("bound", "^short", "all")
    assert policy["definition"] == {"max-length": 5, "message-ttl": 7000}


def test_a_vhost_over_http_and_by_command_line(node):
    api = HttpClient(node.ports["http"])
    assert api.put("vhosts/qa1").status == 201
    CommandLine(node.data_dir).ok("add_vhost", "qa2")
    for vhost in ("qa1", "qa2"):
        begins_with_defaults(api, vhost)
    assert api.put("vhosts/other").status == 201
    assert api.get("vhost-limits/other").json() == [{"vhost": "other", "value": {"max-queues": 99}}]
    assert api.get("operator-policies/other").json() == []
    assert HttpClient(node.ports["http"], "tester", "secret").get("whoami").json()["tags"] == ["management"]


def test_mirrors_of_3x_are_kept_and_shown(node):
    """RabbitMQ 4.3 knows the keys, and then can make no such vhost: the policy of 3.x is refused there."""
    api = HttpClient(node.ports["http"])
    assert api.put("vhosts/old1").status == 201
    mirrors, places = sorted(api.get("operator-policies/old1").json(), key=lambda shown: shown["name"])
    assert mirrors["definition"] == {"ha-mode": "exactly", "ha-params": 2, "ha-sync-mode": "automatic", "queue-version": 2}
    assert places["definition"] == {"ha-mode": "nodes", "ha-params": ["rabbit@one", "rabbit@two"]}
    assert (mirrors["apply-to"], places["apply-to"]) == ("queues", "all")


def test_changes_of_them_stay(node):
    """A vhost that exists is not given them again, nor when the node starts again."""
    api = HttpClient(node.ports["http"])
    assert api.put("vhosts/qa1").status == 201
    assert api.delete("operator-policies/qa1/bound").status == 204
    assert api.put("vhosts/qa1", {"description": "new"}).status == 204
    assert api.put("users/tester", {"password": "other", "tags": ""}).status == 204
    node.kill()
    node.start()
    api = HttpClient(node.ports["http"])
    assert api.get("operator-policies/qa1").json() == []
    assert api.put("vhosts/qa2").status == 201
    begins_with_defaults(api, "qa2")
    # The user was there already, with another password.
    assert HttpClient(node.ports["http"], "tester", "secret").get("whoami").status == 401


def test_what_an_import_says_counts(node):
    api = HttpClient(node.ports["http"])
    definitions = {
        "vhosts": [{"name": "qa3"}],
        "parameters": [{"vhost": "qa3", "component": "vhost-limits", "name": "limits", "value": {"max-queues": 3}}]}
    assert api.post("definitions", definitions).status in (200, 204)
    assert api.get("vhost-limits/qa3").json() == [{"vhost": "qa3", "value": {"max-queues": 3}}]
    assert len(api.get("operator-policies/qa3").json()) == 1
