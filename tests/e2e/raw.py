"""Raw AMQP for what client libraries will not do; the wire code is that of the conformance runner."""
import socket

from runner import codec, spec
from runner.peer import CLIENT_CAPABILITIES, Closed, Peer, TimedOut


def frame(name, channel=1, **values):
    """The bytes of a method frame."""
    payload = codec.encode_method(spec.METHODS[name], values)
    return codec.encode_frame(codec.FRAME_METHOD, channel, payload)


def message(routing_key, body, channel=1, exchange=b"", properties=None):
    """The bytes of a basic.publish with its content, in one body frame."""
    header = codec.encode_content_header(60, 0, len(body), properties or {})
    parts = frame("basic.publish", channel, exchange=exchange, routing_key=routing_key)
    parts += codec.encode_frame(codec.FRAME_HEADER, channel, header)
    return parts + (codec.encode_frame(codec.FRAME_BODY, channel, body) if body else b"")


def opening(user=b"guest", password=b"guest", heartbeat=0):
    """All that a client says to open a connection, without waiting for answers."""
    capabilities = {key: codec.Field("t", True) for key in CLIENT_CAPABILITIES}
    properties = {b"capabilities": codec.Field("F", capabilities)}
    response = b"\0" + user + b"\0" + password
    return b"".join([
        codec.PROTOCOL_HEADER,
        frame("connection.start-ok", 0, client_properties=properties, mechanism=b"PLAIN",
              response=response, locale=b"en_US"),
        frame("connection.tune-ok", 0, channel_max=2047, frame_max=131072, heartbeat=heartbeat),
        frame("connection.open", 0, virtual_host=b"/"),
    ])


def tcp(broker):
    return socket.create_connection((broker.host, broker.port), timeout=10)


def expect(peer, channel, name, timeout=10):
    arrival = peer.next(channel, timeout)
    assert arrival.name == name, f"{name} expected, got {arrival}"
    return arrival


def open_connection(broker, channel=1, **options):
    """A connection after the whole handshake, with one channel open."""
    peer = Peer(broker.host, broker.port)
    peer.send(opening(**options))
    for name in ("connection.start", "connection.tune", "connection.open-ok"):
        expect(peer, 0, name)
    if channel:
        peer.send(frame("channel.open", channel))
        expect(peer, channel, "channel.open-ok")
    return peer


def call(peer, name, channel=1, timeout=10, **values):
    peer.send(frame(name, channel, **values))
    return expect(peer, channel, name + "-ok", timeout)


def last_words(peer, timeout=10):
    """The connection.close that the broker says before it ends the connection, or None if it says nothing."""
    try:
        arrival = peer.next(0, timeout)
    except Closed:
        return None
    except TimedOut:
        raise AssertionError("the broker neither answers nor closes the connection") from None
    assert arrival.name == "connection.close", arrival
    peer.send(frame("connection.close-ok", 0))
    assert peer.wait_closed(timeout), "the connection stays open after connection.close-ok"
    return arrival.values
