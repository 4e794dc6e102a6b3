"""What exchanges, channels, connections and virtual hosts tell about the messages that went through them."""
import time
from urllib.parse import quote

import pika
import pika.exceptions
import pytest

from broker import OwnBroker
from http_client import HttpClient

AGES = "msg_rates_age=60&msg_rates_incr=5&data_rates_age=60&data_rates_incr=5"
CONF = ("management.tcp.port = 0\nmanagement.tcp.ip = 127.0.0.1\n"
        "collect_statistics_interval = 1000\n")
SECONDS_MAX = 20


def start(folder, more=""):
    own = OwnBroker(folder, CONF + more).start()
    own.api = HttpClient(own.ports["http"])
    return own


@pytest.fixture(scope="module", params=["basic", "detailed"])
def broker(request, tmp_path_factory):
    own = start(tmp_path_factory.mktemp(request.param), f"management.rates_mode = {request.param}\n")
    own.rates_mode = request.param
    yield own
    own.stop()


def connect(broker):
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port))


def eventually(look):
    end = time.monotonic() + SECONDS_MAX
    while True:
        found = look()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.1)


def counts(stats):
    return {name: value for name, value in stats.items() if not name.endswith("_details")}


@pytest.fixture
def traffic(broker):
    """Seven messages to an exchange: five reach the queue, one is dropped, one comes back; two are taken, one acknowledged."""
    connection = connect(broker)
    channel = connection.channel()
    channel.confirm_delivery()
    channel.exchange_declare("ways", "direct")
    channel.queue_declare("end", durable=True)
    channel.queue_bind("end", "ways", "k")
    for _ in range(5):
        channel.basic_publish("ways", "k", b"abc")
    channel.basic_publish("ways", "nowhere", b"abc")
    with pytest.raises(pika.exceptions.UnroutableError):
        channel.basic_publish("ways", "nowhere", b"abc", mandatory=True)
    channel.basic_publish("", "end", b"abc")
    tags = [channel.basic_get("end")[0].delivery_tag for _ in range(2)]
    channel.basic_ack(tags[0])
    channel.basic_get("end", auto_ack=True)
    yield channel
    if connection.is_open:
        channel.exchange_delete("ways")
        channel.queue_delete("end")
        connection.close()


def channel_name(broker):
    (name,) = [each["name"] for each in broker.api.get("channels").json()]
    return name


@pytest.mark.usefixtures("traffic")
def test_an_exchange_counts_what_comes_in_and_goes_out(broker):
    def stats():
        return broker.api.get("exchanges/%2F/ways").json().get("message_stats", {})
    assert counts(stats()) == {"publish_in": 7, "publish_out": 5}
    listed = {each["name"]: each for each in broker.api.get("exchanges/%2F").json()}
    assert counts(listed["ways"]["message_stats"]) == {"publish_in": 7, "publish_out": 5}
    assert listed[""]["message_stats"]["publish_in"] >= 1
    assert "message_stats" not in listed["amq.fanout"]
    assert eventually(lambda: stats()["publish_in_details"]["rate"] > 0)
    assert eventually(lambda: stats()["publish_in_details"]["rate"] == 0)
    details = broker.api.get("exchanges/%2F/ways?" + AGES).json()["message_stats"]["publish_in_details"]
    assert details["samples"][0]["sample"] == 7 and details["samples"][-1]["sample"] == 0
    assert len(details["samples"]) == 13


@pytest.mark.usefixtures("traffic")
def test_a_channel_counts_by_exchange_and_queue_if_details_are_wanted(broker):
    shown = broker.api.get("channels/" + quote(channel_name(broker))).json()
    assert counts(shown["message_stats"]) == {
        "publish": 8, "confirm": 8, "drop_unroutable": 1, "return_unroutable": 1, "ack": 1, "deliver": 0,
        "deliver_no_ack": 0, "get": 2, "get_no_ack": 1, "get_empty": 0, "redeliver": 0, "deliver_get": 3}
    if broker.rates_mode == "basic":
        assert shown["publishes"] == [] and shown["deliveries"] == []
        return
    publishes = {each["exchange"]["name"]: counts(each["stats"]) for each in shown["publishes"]}
    assert publishes == {
        "ways": {"publish": 7, "confirm": 7, "drop_unroutable": 1, "return_unroutable": 1},
        "": {"publish": 1, "confirm": 1, "drop_unroutable": 0, "return_unroutable": 0}}
    (delivered,) = shown["deliveries"]
    assert delivered["queue"] == {"name": "end", "vhost": "/"}
    assert (delivered["stats"]["get"], delivered["stats"]["get_no_ack"], delivered["stats"]["ack"]) == (2, 1, 1)


@pytest.mark.usefixtures("traffic")
def test_what_went_from_whom_to_where_is_told_if_details_are_wanted(broker):
    queue = broker.api.get("queues/%2F/end").json()
    exchange = broker.api.get("exchanges/%2F/ways").json()
    if broker.rates_mode == "basic":
        assert [queue["incoming"], queue["deliveries"], exchange["incoming"], exchange["outgoing"]] == [[]] * 4
        return
    name = channel_name(broker)
    assert {each["exchange"]["name"]: each["stats"]["publish"] for each in queue["incoming"]} == {"ways": 5, "": 1}
    (delivered,) = queue["deliveries"]
    assert delivered["channel_details"]["name"] == name and delivered["stats"]["deliver_get"] == 3
    (incoming,) = exchange["incoming"]
    assert incoming["channel_details"]["name"] == name and incoming["stats"]["publish"] == 7
    (outgoing,) = exchange["outgoing"]
    assert outgoing["queue"] == {"name": "end", "vhost": "/"} and outgoing["stats"]["publish"] == 5

    def outgoing_rate():
        (way,) = broker.api.get("exchanges/%2F/ways").json()["outgoing"]
        return way["stats"]["publish_details"]["rate"]
    assert eventually(lambda: outgoing_rate() > 0)


def test_what_is_counted_outlives_the_channel(broker, traffic):
    traffic.connection.close()
    assert counts(broker.api.get("exchanges/%2F/ways").json()["message_stats"]) == {"publish_in": 7, "publish_out": 5}
    connection = connect(broker)
    connection.channel().exchange_delete("ways")
    connection.channel().exchange_declare("ways", "direct")
    assert "message_stats" not in broker.api.get("exchanges/%2F/ways").json()
    connection.channel().exchange_delete("ways")
    connection.channel().queue_delete("end")
    connection.close()


def test_a_channel_on_which_nothing_happens_says_since_when(broker, traffic):
    name = quote(channel_name(broker))
    assert eventually(lambda: "idle_since" in broker.api.get("channels/" + name).json())
    assert broker.api.get("channels/" + name).json()["state"] == "running"

    def busy():
        traffic.basic_publish("", "end", b"")
        return "idle_since" not in broker.api.get("channels/" + name).json()
    assert eventually(busy)


def test_a_connection_has_rates_of_bytes(broker, traffic):
    def shown(ages=""):
        (connection,) = broker.api.get("connections" + ages).json()
        return connection
    before = shown()["recv_oct"]

    def rate():
        traffic.basic_publish("", "end", bytes(10_000))
        return shown()["recv_oct_details"]["rate"]
    assert eventually(lambda: rate() > 1000)
    after = shown("?" + AGES)
    assert after["recv_oct"] > before + 10_000
    assert len(after["recv_oct_details"]["samples"]) == 13
    assert len(after["send_oct_details"]["samples"]) == 13


@pytest.mark.usefixtures("traffic")
def test_a_virtual_host_adds_up_what_is_in_it(broker):
    broker.api.put("vhosts/unused")

    def shown():
        return broker.api.get("vhosts/%2F").json()
    assert eventually(lambda: shown().get("message_stats", {}).get("publish_details", {}).get("rate", 0) > 0)
    vhost = shown()
    assert vhost["messages"] == vhost["messages_ready"] + vhost["messages_unacknowledged"]
    assert vhost["messages_unacknowledged"] >= 1
    stats = vhost["message_stats"]
    assert stats["publish"] >= 8 and stats["confirm"] >= 8 and stats["return_unroutable"] >= 1
    assert stats["get"] >= 2 and stats["ack"] >= 1
    assert vhost["recv_oct"] > 100 and vhost["send_oct"] > 100
    assert "rate" in vhost["recv_oct_details"]
    detailed = broker.api.get("vhosts/%2F?lengths_age=60&lengths_incr=5&" + AGES).json()
    for details in (detailed["messages_details"], detailed["recv_oct_details"],
                    detailed["message_stats"]["publish_details"]):
        assert len(details["samples"]) == 13
    listed = {each["name"]: each for each in broker.api.get("vhosts").json()}
    assert "messages" in listed["/"] and "messages" not in listed["unused"]
    assert "messages" not in broker.api.get("vhosts/%2F?disable_stats=true").json()
    broker.api.delete("vhosts/unused")


def publish_over_http(broker, vhost, exchange, key):
    answer = broker.api.post(f"exchanges/{vhost}/{exchange}/publish", {
        "properties": {"delivery_mode": 2}, "routing_key": key, "payload": "x", "payload_encoding": "string"})
    assert answer.status == 200
    return answer.json()["routed"]


def test_what_is_done_over_http_counts_as_on_a_channel(broker):
    broker.api.put("vhosts/asked")
    broker.api.put("permissions/asked/guest", {"configure": ".*", "write": ".*", "read": ".*"})
    assert broker.api.put("exchanges/asked/hub", {"type": "fanout", "durable": True}).status == 201
    for name in "one", "two":
        assert broker.api.put(f"queues/asked/{name}", {"durable": True}).status == 201
        assert broker.api.post(f"bindings/asked/e/hub/q/{name}", {}).status == 201
    before = broker.api.get("overview").json()["message_stats"]
    assert [publish_over_http(broker, "asked", "hub", "") for _ in range(3)] == [True] * 3
    assert not publish_over_http(broker, "asked", "amq.default", "nowhere")
    wanted = {"ackmode": "ack_requeue_true", "count": 2, "encoding": "auto"}
    assert len(broker.api.post("queues/asked/one/get", wanted).json()) == 2
    assert counts(broker.api.get("exchanges/asked/hub").json()["message_stats"]) == {"publish_in": 3, "publish_out": 6}
    after = broker.api.get("overview").json()["message_stats"]
    rises = {name: after[name] - before.get(name, 0) for name in ("publish", "confirm", "return_unroutable", "get", "disk_writes")}
    assert rises == {"publish": 4, "confirm": 4, "return_unroutable": 1, "get": 2, "disk_writes": 6}
    assert eventually(lambda: broker.api.get("vhosts/asked").json().get("message_stats", {}).get("publish") == 4)
    stats = counts(broker.api.get("vhosts/asked").json()["message_stats"])
    assert (stats["publish"], stats["confirm"], stats["return_unroutable"], stats["get"]) == (4, 4, 1, 2)
    broker.api.delete("vhosts/asked")


def test_counters_of_a_vhost_do_not_fall_when_its_queues_and_exchanges_go(broker):
    broker.api.put("vhosts/lasting")
    broker.api.put("permissions/lasting/guest", {"configure": ".*", "write": ".*", "read": ".*"})
    for _ in range(2):
        assert broker.api.put("queues/lasting/q", {"durable": True}).status == 201
        assert broker.api.put("exchanges/lasting/x", {"type": "fanout", "durable": True}).status == 201
        assert broker.api.post("bindings/lasting/e/x/q/q", {}).status == 201
        assert publish_over_http(broker, "lasting", "x", "")
        assert broker.api.post("queues/lasting/q/get", {"ackmode": "ack_requeue_false", "count": 1, "encoding": "auto"}).json()
        broker.api.delete("queues/lasting/q")
        broker.api.delete("exchanges/lasting/x")

    def stats():
        shown = counts(broker.api.get("vhosts/lasting").json().get("message_stats", {}))
        return shown.get("publish"), shown.get("confirm"), shown.get("get_no_ack")
    assert eventually(lambda: stats() == (2, 2, 2)), stats()
    # Another vhost of that name has done nothing.
    broker.api.delete("vhosts/lasting")
    broker.api.put("vhosts/lasting")
    assert eventually(lambda: stats() == (None, None, None)), stats()
    broker.api.delete("vhosts/lasting")


def test_without_rates_no_messages_are_counted(tmp_path):
    own = start(tmp_path, "management.rates_mode = none\n")
    try:
        connection = connect(own)
        channel = connection.channel()
        channel.queue_declare("end", durable=True)
        channel.basic_publish("", "end", b"")
        channel.basic_get("end")
        queue = eventually(lambda: (lambda shown: shown.get("messages") == 1 and shown)
                           (own.api.get("queues/%2F/end").json()))
        assert "message_stats" not in queue
        assert "message_stats" not in own.api.get("channels").json()[0]
        assert all("message_stats" not in each for each in own.api.get("exchanges").json())
        assert own.api.get("overview").json()["message_stats"] == {}
        assert own.api.get("overview").json()["rates_mode"] == "none"
        connection.close()
    finally:
        own.stop()


def test_samples_are_kept_as_configured(tmp_path):
    own = start(tmp_path, "management.sample_retention_policies.global.minute = 5\n"
                          "management.sample_retention_policies.global.hour = 60\n"
                          "management.sample_retention_policies.basic.20 = 5\n")
    try:
        assert own.api.get("overview").json()["sample_retention_policies"] == {
            "global": [60, 3600], "basic": [20], "detailed": [600]}
    finally:
        own.stop()


def test_wrong_retention_is_refused(tmp_path):
    with pytest.raises(Exception):
        start(tmp_path, "management.sample_retention_policies.globl.minute = 5\n")
