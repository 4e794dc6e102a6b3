"""Declares, binds and deletes that are sent without waiting: answers, effects and what a killed server has of them."""
import pytest

from raw import call, expect, frame, message, open_connection


def declares(queues, **options):
    return b"".join(frame("queue.declare", queue=queue, **options) for queue in queues)


def deletes(queues):
    return b"".join(frame("queue.delete", queue=queue) for queue in queues)


def queue_names(name, count):
    return [f"{name}-{number}".encode() for number in range(count)]


def is_there(broker, queue):
    peer = open_connection(broker)
    peer.send(frame("queue.declare", queue=queue, passive=True))
    return peer.next(1, 10).name == "queue.declare-ok"


def test_a_run_is_answered_in_order_and_seen_by_what_follows(broker, name):
    peer = open_connection(broker)
    queue, exchange = name.encode(), f"{name}-x".encode()
    peer.send(frame("exchange.declare", exchange=exchange, type=b"topic")
              + frame("queue.declare", queue=queue)
              + frame("queue.bind", exchange=exchange, routing_key=b"a.#")
              + message(b"a.b", b"hello", exchange=exchange)
              + frame("queue.unbind", queue=queue, exchange=exchange, routing_key=b"a.#")
              + message(b"a.b", b"lost", exchange=exchange)
              + frame("queue.declare", queue=queue, passive=True)
              + frame("exchange.delete", exchange=exchange)
              + frame("basic.get", queue=queue, no_ack=True)
              + frame("queue.delete", queue=queue))
    for answer in ("exchange.declare-ok", "queue.declare-ok", "queue.bind-ok", "queue.unbind-ok"):
        expect(peer, 1, answer)
    assert expect(peer, 1, "queue.declare-ok").values["message_count"] == 1
    expect(peer, 1, "exchange.delete-ok")
    assert expect(peer, 1, "basic.get-ok").body == b"hello"
    assert expect(peer, 1, "queue.delete-ok").values["message_count"] == 0


def test_an_error_in_the_middle_stops_its_channel_only(broker, name):
    peer = open_connection(broker)
    call(peer, "channel.open", 2)
    first, second, other = (f"{name}-{part}".encode() for part in ("first", "second", "other"))
    peer.send(frame("queue.declare", queue=first)
              + frame("queue.declare", queue=first, durable=True)
              + frame("queue.declare", queue=second)
              + frame("queue.declare", 2, queue=other, exclusive=True)
              + frame("queue.bind", 2, exchange=b"amq.fanout"))
    expect(peer, 1, "queue.declare-ok")
    error = expect(peer, 1, "channel.close").values
    assert (error["code"], error["class"], error["method"]) == (406, 50, 10)
    expect(peer, 2, "queue.declare-ok")
    expect(peer, 2, "queue.bind-ok")
    assert is_there(broker, first)
    assert not is_there(broker, second)
    peer.send(frame("channel.close-ok"))
    call(peer, "channel.open")
    call(peer, "queue.delete", queue=first)


def test_thousands_in_one_piece(broker, name):
    queues = queue_names(name, 3000)
    peer = open_connection(broker)
    peer.send(declares(queues))
    assert [expect(peer, 1, "queue.declare-ok").values["queue"] for _ in queues] == queues
    peer.send(deletes(queues))
    for _ in queues:
        expect(peer, 1, "queue.delete-ok")
    assert not is_there(broker, queues[0])


@pytest.mark.own_server
def test_what_was_answered_is_there_after_a_kill(start_broker, name):
    own = start_broker()
    queues = queue_names(name, 500)
    peer = open_connection(own)
    peer.send(declares(queues[:400], durable=True) + deletes(queues[:100]) + declares(queues[400:], durable=True))
    for answer, count in (("queue.declare-ok", 400), ("queue.delete-ok", 100), ("queue.declare-ok", 60)):
        for _ in range(count):
            expect(peer, 1, answer)
    own.kill()
    own.start()
    peer = open_connection(own)
    for queue in queues[100:460]:
        call(peer, "queue.declare", queue=queue, passive=True)
    assert not any(is_there(own, queue) for queue in queues[:100:9])


@pytest.mark.own_server
@pytest.mark.parametrize("kind", ["exclusive", "auto_delete"])
def test_queues_go_with_a_connection_that_is_cut_in_the_middle_of_a_run(start_broker, name, kind):
    own = start_broker()
    queues = queue_names(name, 2000)
    peer = open_connection(own)
    consume = [frame("basic.consume", queue=queue) if kind == "auto_delete" else b"" for queue in queues]
    peer.send(b"".join(declares([queue], **{kind: True}) + take for queue, take in zip(queues, consume)))
    for _ in range(1000):
        expect(peer, 1, "queue.declare-ok")
        if kind == "auto_delete":
            expect(peer, 1, "basic.consume-ok")
    peer.socket.close()
    witness = open_connection(own)
    # All that the cut connection got done, and no more, is gone in the end.
    gone = frame("queue.declare", queue=queues[0], passive=True)
    for _ in range(200):
        witness.send(gone)
        arrival = witness.next(1, 10)
        if arrival.name == "channel.close" and arrival.values["code"] == 404:
            break
        if arrival.name == "channel.close":
            witness.send(frame("channel.close-ok"))
            call(witness, "channel.open")
    else:
        pytest.fail("the queues stay")
    assert not any(is_there(own, queue) for queue in queues[1:1000:50])
