"""Policies and operators' policies, as definitions bring them, and what queues and exchanges make of them."""
import json
import time

import pika
import pytest

from waiting import wait_until

pytestmark = pytest.mark.own_server

OPENSTACK = r"^(?!(amq\.)|(.*_fanout_)|(reply_)).*"


@pytest.fixture
def start_with(start_broker, tmp_path):
    """start_with(policies=[...], ...) starts a broker with these definitions."""
    def start(sections=None, conf="", **policies):
        path = tmp_path / "definitions.json"
        path.write_text(json.dumps(definitions(sections or {}, **policies)))
        return start_broker(f"load_definitions = {path}\n{conf}")

    return start


def definitions(sections, policies=(), operator_policies=()):
    with_vhost = [{"vhost": "/", "priority": 0, "apply-to": "all", **policy} for policy in policies]
    parameters = [{"vhost": "/", "component": "operator_policy", "name": policy.pop("name"),
                   "value": {"priority": 0, "apply-to": "queues", **policy}} for policy in map(dict, operator_policies)]
    return {"users": [{"name": "guest", "password": "guest", "tags": "administrator"}], "vhosts": [{"name": "/"}],
            "permissions": [{"user": "guest", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}],
            "policies": with_vhost, "parameters": parameters, **sections}


def open_channel(broker):
    connection = pika.BlockingConnection(pika.ConnectionParameters(broker.host, broker.port))
    return connection.channel()


def ready_in(channel, queue):
    return channel.queue_declare(queue, passive=True).method.message_count


def test_openstacks_policy_and_mirroring_keys_are_taken(start_with):
    broker = start_with(policies=[{"name": "ha", "pattern": OPENSTACK,
                                   "definition": {"ha-mode": "all", "ha-sync-mode": "automatic"}}])
    channel = open_channel(broker)
    channel.queue_declare("notifications.info", durable=True)
    channel.basic_publish("", "notifications.info", b"x")
    wait_until(lambda: ready_in(channel, "notifications.info") == 1)


def test_what_policy_matches_decides_how_long_messages_live(start_with):
    broker = start_with(policies=[{"name": "ttl", "pattern": OPENSTACK, "definition": {"message-ttl": 1}}])
    channel = open_channel(broker)
    for queue in ("orders", "reply_1"):
        channel.queue_declare(queue)
        channel.basic_publish("", queue, b"x")
    wait_until(lambda: ready_in(channel, "orders") == 0)
    assert ready_in(channel, "reply_1") == 1


@pytest.mark.parametrize("queue_type", ["classic", "quorum"])
def test_an_operators_limit_holds_against_a_users_policy_and_arguments(start_with, queue_type):
    broker = start_with(
        policies=[{"name": "p", "pattern": "q", "definition": {"max-length": 10, "overflow": "reject-publish"}}],
        operator_policies=[{"name": "o", "pattern": "q", "definition": {"max-length": 3}}])
    channel = open_channel(broker)
    channel.confirm_delivery()
    channel.queue_declare("q", durable=True, arguments={"x-queue-type": queue_type, "x-max-length": 5})
    refused = 0
    for _ in range(8):
        try:
            channel.basic_publish("", "q", b"x")
        except pika.exceptions.NackError:
            refused += 1
    # A quorum queue of RabbitMQ's, and ours, lets some more in before it refuses.
    assert refused >= (5 if queue_type == "classic" else 1)
    assert ready_in(channel, "q") == 8 - refused


def test_a_policy_dead_letters_and_an_argument_goes_before_it(start_with):
    broker = start_with(policies=[{"name": "dlx", "pattern": "^work", "definition": {
        "dead-letter-exchange": "", "dead-letter-routing-key": "dead", "max-length": 1}}])
    channel = open_channel(broker)
    channel.queue_declare("dead")
    channel.queue_declare("other")
    channel.queue_declare("work.a")
    channel.queue_declare("work.b", arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "other"})
    for queue in ("work.a", "work.b"):
        for body in (b"1", b"2"):
            channel.basic_publish("", queue, body)
    wait_until(lambda: ready_in(channel, "dead") == 1 and ready_in(channel, "other") == 1)


def test_a_policy_gives_an_exchange_its_alternate(start_with):
    broker = start_with(policies=[{"name": "ae", "pattern": "^x$", "apply-to": "exchanges",
                                   "definition": {"alternate-exchange": "amq.fanout"}}])
    channel = open_channel(broker)
    channel.exchange_declare("x", "direct")
    channel.queue_declare("lost")
    channel.queue_bind("lost", "amq.fanout")
    channel.basic_publish("x", "nowhere", b"x")
    wait_until(lambda: ready_in(channel, "lost") == 1)


def test_a_changed_policy_counts_for_queues_that_were_there(start_broker, tmp_path):
    path = tmp_path / "definitions.json"

    def write(ttl_ms):
        policy = {"name": "p", "pattern": "^q", "definition": {"message-ttl": ttl_ms}}
        path.write_text(json.dumps(definitions({}, policies=[policy])))

    write(3_600_000)
    broker = start_broker(f"load_definitions = {path}")
    channel = open_channel(broker)
    channel.queue_declare("q", durable=True)
    channel.basic_publish("", "q", b"x")
    wait_until(lambda: ready_in(channel, "q") == 1)
    broker.stop()
    write(1)
    broker.start()
    channel = open_channel(broker)
    channel.basic_publish("", "q", b"x", pika.BasicProperties(delivery_mode=2))
    wait_until(lambda: ready_in(channel, "q") == 0)


def test_a_queue_that_nobody_has_touched_expires_by_policy(start_with):
    queue = {"vhost": "/", "name": "idle", "durable": True, "auto_delete": False, "arguments": {}}
    broker = start_with({"queues": [queue]}, policies=[{"name": "p", "pattern": "idle", "definition": {"expires": 50}}])
    connection = pika.BlockingConnection(pika.ConnectionParameters(broker.host, broker.port))

    def is_gone():
        try:
            connection.channel().queue_declare("idle", passive=True)
        except pika.exceptions.ChannelClosedByBroker as closed:
            return closed.reply_code == 404
        time.sleep(0.1)  # to ask is to use it
        return False

    wait_until(is_gone)


def test_a_policy_that_rabbitmq_refuses_stops_the_start_and_is_named(start_broker, tmp_path):
    path = tmp_path / "definitions.json"
    path.write_text(json.dumps(definitions({}, policies=[
        {"name": "p", "pattern": "", "definition": {"message-ttl": "1h"}}])))
    with pytest.raises(Exception) as failed:
        start_broker(f"load_definitions = {path}")
    assert 'policies[0].definition.message-ttl: <<"1h">> is not a valid message TTL' in str(failed.value)


def test_unchanged_definitions_are_not_imported_again(start_broker, tmp_path):
    path = tmp_path / "definitions.json"
    queue = {"vhost": "/", "name": "q", "durable": True, "auto_delete": False, "arguments": {}}
    path.write_text(json.dumps(definitions({"queues": [queue]})))
    broker = start_broker(f"load_definitions = {path}\ndefinitions.skip_if_unchanged = true")
    open_channel(broker).queue_delete("q")
    broker.stop()
    broker.start()
    with pytest.raises(pika.exceptions.ChannelClosedByBroker):
        open_channel(broker).queue_declare("q", passive=True)
    broker.stop()
    path.write_text(json.dumps(definitions({"queues": [queue, {**queue, "name": "r"}]})))
    broker.start()
    assert ready_in(open_channel(broker), "q") == 0


def test_definitions_of_the_management_come_behind_the_others(start_broker, tmp_path):
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    first.write_text(json.dumps(definitions({})))
    second.write_text(json.dumps({"policies": [{"vhost": "/", "name": "p", "pattern": "", "definition": {"max-length": 1}}]}))
    broker = start_broker(f"load_definitions = {first}\nmanagement.load_definitions = {second}")
    channel = open_channel(broker)
    channel.queue_declare("q")
    for body in (b"1", b"2"):
        channel.basic_publish("", "q", body)
    wait_until(lambda: ready_in(channel, "q") == 1)
