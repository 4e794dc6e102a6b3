"""Connections, channels and consumers over HTTP and the command line: who is there, and telling them to go."""
import contextlib
import json
import socket
import time

import pika
import pytest

from broker import OwnBroker
from command_line import CommandLine
from http_client import HttpClient, quoted
from http_fixtures import CONF, user, vhost  # noqa: F401  (fixtures)

# pylint: disable=redefined-outer-name
pytestmark = pytest.mark.own_server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    own = OwnBroker(tmp_path_factory.mktemp("connections"), CONF).start()
    yield own
    own.stop()


@pytest.fixture(scope="module")
def api(server):
    client = HttpClient(server.ports["http"])
    client.amqp_port = server.port
    return client


@pytest.fixture
def connect(api):
    """connect(client_properties name, vhost, user) opens a connection, closed at the end of the test."""
    opened = []

    def make(name, virtual_host="/", login="guest"):
        parameters = pika.ConnectionParameters(
            port=api.amqp_port, virtual_host=virtual_host, client_properties={"connection_name": name},
            credentials=pika.PlainCredentials(login, "guest" if login == "guest" else "secret"))
        opened.append(pika.BlockingConnection(parameters))
        return opened[-1]

    yield make
    for connection in opened:
        with contextlib.suppress(pika.exceptions.AMQPError):
            connection.close()


def eventually(fact):
    """Waits until fact() is true; what it was then."""
    end = time.monotonic() + 10
    while not (seen := fact()):
        assert time.monotonic() < end, "it has not come to that"
        time.sleep(0.02)
    return seen


def named(api, name):
    """The connection whose client calls itself so, as the list shows it."""
    return next(each for each in api.get("connections").json() if each.get("user_provided_name") == name)


def test_a_connection_is_shown_as_it_was_agreed_on(api, connect):
    connection = connect("shop/ä")
    connection.channel()
    listed = named(api, "shop/ä")
    shown = api.get(f"connections/{quoted(listed['name'])}").json()
    assert shown["name"] == f"{shown['peer_host']}:{shown['peer_port']} -> 127.0.0.1:{api.amqp_port}"
    assert (shown["user"], shown["vhost"], shown["protocol"]) == ("guest", "/", "AMQP 0-9-1")
    assert (shown["state"], shown["channels"], shown["type"]) == ("running", 1, "network")
    assert (shown["auth_mechanism"], shown["frame_max"], shown["timeout"]) == ("PLAIN", 131072, 60)
    assert shown["client_properties"]["capabilities"]["basic.nack"] is True
    assert shown["ssl"] is False and listed["ssl_cipher"] is None and shown["ssl_cipher"] == ""
    assert abs(shown["connected_at"] / 1000 - time.time()) < 60
    assert shown["recv_oct"] > 100 and shown["send_oct"] > 100 and shown["recv_cnt"] > 0
    answer = api.get(f"connections/{quoted(listed['name'])}/sessions")
    assert (answer.status, answer.json()["reason"]) == (400, "connection does not use AMQP 1.0")


def test_a_channel_is_shown_with_what_it_does(api, connect, vhost):
    connection = connect("worker", vhost)
    channel = connection.channel()
    channel.queue_declare("q")
    channel.basic_qos(prefetch_count=10)
    for _ in range(3):
        channel.basic_publish("", "q", b"m")
    channel.basic_publish("", "nowhere", b"m")
    for _ in range(2):
        channel.basic_get("q")
    channel.basic_get("q", auto_ack=True)
    channel.basic_get("q")
    channel.basic_ack(1)
    transactional = connection.channel()
    transactional.tx_select()
    transactional.basic_publish("", "q", b"m")
    connection.process_data_events()
    name = named(api, "worker")["name"]
    first, second = api.get(f"connections/{quoted(name)}/channels").json()
    assert (first["name"], first["number"], first["vhost"]) == (f"{name} (1)", 1, vhost)
    assert first["prefetch_count"] == 10 and not first["confirm"] and not first["transactional"]
    assert first["messages_unacknowledged"] == 1 and first["connection_details"]["name"] == name
    counts = {key: value for key, value in first["message_stats"].items() if not key.endswith("_details")}
    assert counts == {"publish": 4, "confirm": 0, "return_unroutable": 0, "drop_unroutable": 1, "deliver": 0,
                      "deliver_no_ack": 0, "get": 2, "get_no_ack": 1, "get_empty": 1, "redeliver": 0, "ack": 1,
                      "deliver_get": 3}
    assert second["transactional"] and second["messages_uncommitted"] == 1 and "message_stats" not in second
    assert api.get(f"channels/{quoted(name + ' (2)')}").json()["number"] == 2
    assert [each["number"] for each in api.get(f"vhosts/{vhost}/channels").json()] == [1, 2]


def test_consumers_are_shown_with_their_queue_and_their_channel(api, connect, vhost):
    channel = connect("consumer", vhost).channel()
    for queue, arguments in (("single", {"x-single-active-consumer": True}), ("sole", {})):
        channel.queue_declare(queue, arguments=arguments)
    mine = channel.queue_declare("", exclusive=True).method.queue
    channel.basic_qos(prefetch_count=5)
    for tag in ("first", "second"):
        channel.basic_consume("single", lambda *_: None, consumer_tag=tag)
    channel.basic_consume("sole", lambda *_: None, consumer_tag="excl/é", exclusive=True,
                          arguments={"x-priority": 5})
    channel.basic_consume(mine, lambda *_: None, auto_ack=True, consumer_tag="own")
    consumers = {each["consumer_tag"]: each for each in api.get(f"consumers/{vhost}").json()}
    assert {tag: each["activity_status"] for tag, each in consumers.items()} == {
        "first": "single_active", "second": "waiting", "excl/é": "up", "own": "up"}
    assert not consumers["second"]["active"] and consumers["excl/é"]["exclusive"]
    assert consumers["excl/é"]["arguments"] == {"x-priority": 5}
    assert (consumers["own"]["ack_required"], consumers["own"]["prefetch_count"]) == (False, 0)
    assert consumers["first"]["queue"] == {"name": "single", "vhost": vhost}
    name = named(api, "consumer")["name"]
    assert consumers["first"]["channel_details"]["connection_name"] == name
    single = api.get(f"queues/{vhost}/single").json()
    assert single["single_active_consumer_tag"] == "first" and single["exclusive_consumer_tag"] is None
    assert {each["consumer_tag"] for each in single["consumer_details"]} == {"first", "second"}
    assert api.get(f"queues/{vhost}/sole").json()["exclusive_consumer_tag"] == "excl/é"
    owned = next(each for each in api.get(f"queues/{vhost}").json() if each["name"] == mine)
    assert owned["owner_pid_details"]["name"] == name
    assert api.get(f"queues/{vhost}/{quoted(mine)}").json()["owner_pid_details"]["name"] == name
    of_channel = api.get(f"channels/{quoted(name + ' (1)')}").json()
    assert of_channel["consumer_count"] == 4 and len(of_channel["consumer_details"]) == 4
    channel.basic_cancel("first")
    assert api.get(f"queues/{vhost}/single").json()["single_active_consumer_tag"] == "second"


def test_a_connection_is_closed_with_the_reason_given(api, connect):
    for reason, told in (({"X-Reason": "out of hours"}, "out of hours"), ({}, "Closed via management plugin"),
                         ({"X-Reason": "x" * 2000}, "x" * 100),
                         ({"X-Reason": "caf\u00e9"}, "caf\u00e9")):
        connection = connect("victim")
        path = f"connections/{quoted(eventually(lambda: named(api, 'victim'))['name'])}"
        assert api.ask("DELETE", path, headers=reason).status == 204
        with pytest.raises(pika.exceptions.ConnectionClosedByBroker) as closed:
            connection.process_data_events(time_limit=5)
        assert closed.value.reply_code == 320
        assert closed.value.reply_text.startswith(f"CONNECTION_FORCED - {told}")
        eventually(lambda path=path: api.get(path).status == 404)
    assert api.delete("connections/nobody").status == 404


def test_what_is_not_there_is_not_found(api):
    for path in ("connections/x", "connections/x/channels", "channels/x", "vhosts/nope/connections",
                 "vhosts/nope/channels", "consumers/nope"):
        assert api.get(path).status == 404, path
    assert api.get("connections/username/nobody").json() == []
    assert api.delete("connections/username/nobody").status == 204


def test_users_see_and_close_what_is_their_own(api, connect, vhost, user):
    manager = user("management", vhost)
    monitor = user("monitoring")
    own = connect("own", vhost, manager.user)
    connect("other", vhost)
    other = quoted(named(api, "other")["name"])
    assert [each["user"] for each in manager.get("connections").json()] == [manager.user]
    assert monitor.get(f"vhosts/{vhost}/connections").status == 404
    assert len(api.get(f"vhosts/{vhost}/connections").json()) == 2
    assert len(monitor.get(f"consumers/{vhost}").json()) == 0
    assert manager.get(f"connections/{other}").json()["reason"] == "User not authorised to access object"
    assert monitor.get(f"connections/{other}").status == 200
    assert manager.get("connections/username/guest").status == 401
    assert monitor.delete(f"connections/{other}").status == 401
    assert monitor.delete("connections/username/guest").status == 401
    assert manager.delete("connections").status == 401
    assert manager.delete(f"connections/username/{manager.user}").status == 204
    with pytest.raises(pika.exceptions.ConnectionClosedByBroker):
        own.process_data_events(time_limit=5)
    assert api.get(f"connections/{other}").status == 200


def test_lists_are_cut_sorted_and_filtered(api, connect, vhost, user):
    eventually(lambda: api.get("connections").json() == [])  # those of other tests have gone
    logins = [user("management", vhost).user for _ in range(2)]
    for login in logins + ["guest"]:
        connect("paged", vhost, login)
    path = "connections?columns=user&sort=user&sort_reverse=true&page=1&page_size=2"
    page = api.get(path).json()
    assert page["items"] == [{"user": logins[1]}, {"user": logins[0]}]
    assert (page["total_count"], page["filtered_count"], page["page_count"]) == (3, 3, 2)
    assert api.get("connections?page=1&name=zzz").json()["items"] == []
    assert api.get("connections?page=9&page_size=2").json()["error"] == "page_out_of_range"
    assert len(api.get(f"vhosts/{vhost}/connections?page=1&page_size=2").json()) == 3
    assert api.get("connections?page=x").status == 400
    plain = api.get(f"vhosts/{vhost}/connections?disable_stats=true").json()[0]
    assert "recv_oct" not in plain and plain["user"] in logins + ["guest"]


def open_raw(port, login=b"\0guest\0guest"):
    """A connection that costs the test little: its handshake by hand."""
    def frame(method, payload):
        body = method + payload
        return b"\1\0\0" + len(body).to_bytes(4, "big") + body + b"\xce"

    def receive(stream, method):
        head = stream.read(7)
        body = stream.read(int.from_bytes(head[3:], "big") + 1)
        assert body[:4] == method

    connection = socket.create_connection(("127.0.0.1", port))
    stream = connection.makefile("rwb")
    stream.write(b"AMQP\0\0\x09\x01")
    stream.flush()
    receive(stream, b"\0\x0a\0\x0a")
    stream.write(frame(b"\0\x0a\0\x0b", bytes(4) + b"\x05PLAIN" + len(login).to_bytes(4, "big") + login + b"\x05en_US"))
    stream.flush()
    receive(stream, b"\0\x0a\0\x1e")
    stream.write(frame(b"\0\x0a\0\x1f", b"\x07\xff" + (131072).to_bytes(4, "big") + b"\0\0")
                 + frame(b"\0\x0a\0\x28", b"\x01/\0\0"))
    stream.flush()
    receive(stream, b"\0\x0a\0\x29")
    return connection


def test_a_thousand_connections_are_listed_a_page_at_a_time(api):
    eventually(lambda: api.get("connections").json() == [])
    opened = [open_raw(api.amqp_port) for _ in range(1000)]
    seen = set()
    for number in range(1, 11):
        page = api.get(f"connections?page={number}&page_size=100&columns=name&sort=peer_port").json()
        assert page["total_count"] == 1000 and page["item_count"] == 100
        seen |= {each["name"] for each in page["items"]}
    assert len(seen) == 1000
    assert api.ask("DELETE", "connections?limit=10", headers={"X-Reason": "some"}).json() == {"closed": 10}
    for connection in opened:
        connection.close()
    eventually(lambda: api.get("connections").json() == [])


# ---- the command line ----

@pytest.fixture
def cli(server):
    return CommandLine(server.data_dir)


def test_the_tools_list_and_close_connections(api, cli, connect):
    eventually(lambda: api.get("connections").json() == [])
    connection = connect("tool")
    channel = connection.channel()
    channel.queue_declare("of-tool", exclusive=True)
    channel.basic_qos(prefetch_count=7)
    channel.basic_consume("of-tool", lambda *_: None, consumer_tag="t", arguments={"x-priority": 3})
    port = named(api, "tool")["peer_port"]
    assert cli.lines("list_connections") == ["Listing connections ...", "user\tpeer_host\tpeer_port\tstate",
                                             f"guest\t127.0.0.1\t{port}\trunning"]
    assert cli.refused(64, "list_connections", "nope").startswith(
        "Error (argument validation): Info key(s) nope are not supported")
    pid, listed = cli.lines("-s", "list_connections", "pid", "name")[0].split("\t")
    assert listed == named(api, "tool")["name"]
    assert cli.lines("-s", "list_channels", "name", "connection", "number", "user", "prefetch_count") == [
        f"{listed} (1)\t{pid}\t1\tguest\t7"]
    consumers = cli.lines("list_consumers")
    assert consumers[:2] == ["Listing consumers in vhost / ...", "queue_name\tchannel_pid\tconsumer_tag\tack_required"
                             "\tprefetch_count\tactive\targuments"]
    assert consumers[2].split("\t")[2:] == ["t", "true", "7", "true", '[{"x-priority",3}]']
    as_json = json.loads(cli.ok("-q", "list_consumers", "--formatter", "json", "arguments"))
    assert as_json == [{"arguments": [["x-priority", "long", 3]]}]
    assert cli.ok("close_connection", pid, "go away") == f"Closing connection {pid}, reason: go away...\n"
    with pytest.raises(pika.exceptions.ConnectionClosedByBroker, match="go away"):
        connection.process_data_events(time_limit=5)
    assert "{:invalid_pid_syntax, \"garbage\"}" in cli.refused(69, "close_connection", "garbage", "x")
    assert cli.refused(64, "close_connection", "garbage").startswith("Error (argument validation): not enough")


def test_the_tools_close_all_connections(api, cli, connect, vhost):
    connect("one")
    connect("two", vhost)
    connect("three", vhost)
    assert cli.lines("close_all_connections", "-p", vhost, "--limit", "1", "bye") == [
        f"Closing 1 connections in vhost {vhost}, reason: bye...", "Closed 1 connections"]
    assert cli.lines("close_all_connections", "-p", vhost, "bye")[-1] == "Closed 1 connections"
    assert cli.lines("-q", "close_all_connections", "-p", "nope", "bye") == ["Closed 0 connections"]
    assert named(api, "one")
    assert cli.lines("close_all_user_connections", "guest", "done") == [
        "Closing connections of user guest, reason: done..."]
    assert cli.lines("close_all_connections", "--global", "--per-connection-delay", "1", "bye")[-1] == \
        "Closed 0 connections"
