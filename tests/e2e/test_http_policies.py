"""Policies over HTTP: RabbitMQ's answers, and queues that work by a policy at once."""
import time
import urllib.parse

import pika
import pytest

from http_client import quoted
from http_fixtures import api, user, vhost  # noqa: F401  (fixtures)
from waiting import wait_until

# pylint: disable=redefined-outer-name
pytestmark = pytest.mark.own_server

OPENSTACK = r"^(?!(amq\.)|(.*_fanout_)|(reply_)).*"


@pytest.fixture
def channel(api, vhost):
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    assert api.put(f"permissions/{vhost}/guest", everything).status in (201, 204)
    parameters = pika.ConnectionParameters("127.0.0.1", api.amqp_port, urllib.parse.unquote(vhost))
    connection = pika.BlockingConnection(parameters)
    yield connection.channel()
    connection.close()


def ready_in(channel, queue):
    return channel.queue_declare(queue, passive=True).method.message_count


def test_a_policy_comes_and_goes(api, vhost):
    path = f"policies/{vhost}/{quoted('a/b')}"
    policy = {"pattern": OPENSTACK, "definition": {"ha-mode": "all"}}
    assert api.put(path, policy).status == 201
    assert api.put(path, {**policy, "priority": 2}).status == 204
    expected = {"vhost": urllib.parse.unquote(vhost), "name": "a/b", "pattern": OPENSTACK, "apply-to": "all",
                "definition": {"ha-mode": "all"}, "priority": 2}
    assert api.get(path).json() == expected
    assert api.get(f"policies/{vhost}").json() == [expected]
    assert expected in api.get("policies").json()
    assert api.delete(path).status == 204
    assert api.delete(path).status == 404
    assert api.get(path).status == 404


def test_what_rabbitmq_refuses_is_refused_in_its_words(api, vhost):
    path = f"policies/{vhost}/p"
    answer = api.put(path, {"pattern": ".*", "definition": {"message-ttl": "1h"}})
    assert (answer.status, answer.json()) == (
        400, {"error": "bad_request", "reason": 'Validation failed\n\n<<"1h">> is not a valid message TTL\n'})
    assert api.put(path, {"definition": {"message-ttl": 1}}).json()["reason"] == "[{key_missing,pattern}]"
    assert api.put(path, {"pattern": ".*"}).json()["reason"] == "[{key_missing,definition}]"
    assert api.put("policies/no-such-vhost/p", {"pattern": "", "definition": {"max-length": 1}}).status == 404
    operator = api.put(f"operator-policies/{vhost}/p", {"pattern": "", "definition": {"queue-mode": "lazy"}})
    assert operator.json()["reason"] == ('Validation failed\n\n[{<<"queue-mode">>,<<"lazy">>}] are not recognised '
                                         'policy settings\n')


def test_policymakers_set_policies_but_no_operators_policies(api, vhost, user):
    policy = {"pattern": "", "definition": {"max-length": 1}}
    maker = user("policymaker", vhost)
    assert maker.put(f"policies/{vhost}/p", policy).status == 201
    assert maker.put(f"operator-policies/{vhost}/p", policy).status == 401
    assert user("management", vhost).put(f"policies/{vhost}/p", policy).status == 401


def test_a_queue_shows_what_it_works_by(api, vhost):
    assert api.put(f"queues/{vhost}/q", {"durable": True}).status == 201
    assert api.put(f"policies/{vhost}/mine", {"pattern": "q", "definition": {"max-length": 9, "expires": 60000}}).status == 201
    assert api.put(f"operator-policies/{vhost}/theirs", {"pattern": "q", "definition": {"max-length": 3}}).status == 201
    shown = api.get(f"queues/{vhost}/q").json()
    assert (shown["policy"], shown["operator_policy"]) == ("mine", "theirs")
    assert shown["effective_policy_definition"] == {"expires": 60000, "max-length": 3}


@pytest.mark.parametrize("queue_type", ["classic", "quorum"])
def test_a_change_counts_when_it_is_answered(api, vhost, channel, queue_type):
    channel.queue_declare("q", durable=True, arguments={"x-queue-type": queue_type})
    path = f"policies/{vhost}/p"
    assert api.put(path, {"pattern": "q", "definition": {"message-ttl": 1}}).status == 201
    channel.basic_publish("", "q", b"x")
    wait_until(lambda: ready_in(channel, "q") == 0)
    assert api.put(path, {"pattern": "q", "definition": {"message-ttl": 3_600_000}}).status == 204
    channel.basic_publish("", "q", b"x")
    wait_until(lambda: ready_in(channel, "q") == 1)
    time.sleep(0.1)  # a hundred times what it lived before
    assert ready_in(channel, "q") == 1
    for _ in range(9):
        channel.basic_publish("", "q", b"x")
    wait_until(lambda: ready_in(channel, "q") == 10)
    assert api.put(path, {"pattern": "q", "definition": {"max-length": 2}}).status == 204
    wait_until(lambda: ready_in(channel, "q") == 2)
    assert api.delete(path).status == 204
    channel.basic_publish("", "q", b"x")
    wait_until(lambda: ready_in(channel, "q") == 3)


def test_an_alternate_exchange_comes_and_goes_with_its_policy(api, vhost, channel):
    channel.exchange_declare("x", "direct")
    channel.queue_declare("lost")
    channel.queue_bind("lost", "amq.fanout")
    channel.basic_publish("x", "nowhere", b"1")
    definition = {"alternate-exchange": "amq.fanout"}
    assert api.put(f"policies/{vhost}/p", {"pattern": "^x$", "apply-to": "exchanges", "definition": definition}).status == 201
    channel.basic_publish("x", "nowhere", b"2")
    wait_until(lambda: ready_in(channel, "lost") == 1)
    assert api.delete(f"policies/{vhost}/p").status == 204
    channel.basic_publish("x", "nowhere", b"3")
    channel.basic_publish("amq.fanout", "", b"4")
    wait_until(lambda: ready_in(channel, "lost") == 2)
    assert [channel.basic_get("lost", auto_ack=True)[2] for _ in range(2)] == [b"2", b"4"]


def test_an_export_names_what_is_there(api, vhost):
    assert api.put(f"queues/{vhost}/q", {"durable": True}).status == 201
    assert api.put(f"policies/{vhost}/p", {"pattern": "q", "definition": {"max-length": 9}}).status == 201
    exported = api.get(f"definitions/{vhost}").json()
    assert [queue["name"] for queue in exported["queues"]] == ["q"]
    assert exported["policies"] == [{"apply-to": "all", "definition": {"max-length": 9}, "name": "p", "pattern": "q",
                                     "priority": 0}]
    everything = api.get("definitions").json()
    assert {"vhost": urllib.parse.unquote(vhost), **exported["policies"][0]} in everything["policies"]
    assert "guest" in [entry["name"] for entry in everything["users"]]
