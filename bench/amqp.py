"""As much of an AMQP 0-9-1 client as the benchmarks need besides the load generator: declaring many queues, asking one."""
import socket
import struct
import time

START, START_OK = (10, 10), (10, 11)
TUNE, TUNE_OK = (10, 30), (10, 31)
OPEN, OPEN_OK = (10, 40), (10, 41)
CHANNEL_OPEN, CHANNEL_OPEN_OK = (20, 10), (20, 11)
DECLARE, DECLARE_OK = (50, 10), (50, 11)
PUBLISH = (60, 40)
BASIC = 60
PASSIVE, DURABLE = 1, 2
PERSISTENT_PROPERTIES = struct.pack(">HB", 1 << 12, 2)


class Refused(Exception):
    """The broker closed the connection or a channel, or answered something else."""


def short_string(text):
    data = text.encode()
    return bytes([len(data)]) + data


def long_string(data):
    return struct.pack(">I", len(data)) + data


def frame(kind, channel, payload):
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"


def method(channel, which, arguments=b""):
    return frame(1, channel, struct.pack(">HH", *which) + arguments)


def declare(channel, queue, flags, queue_type=""):
    arguments = short_string("x-queue-type") + b"S" + long_string(queue_type.encode()) if queue_type else b""
    return method(channel, DECLARE, struct.pack(">H", 0) + short_string(queue) + bytes([flags]) + long_string(arguments))


def publish(channel, queue, body):
    """A persistent message by way of the default exchange."""
    return (method(channel, PUBLISH, struct.pack(">H", 0) + short_string("") + short_string(queue) + b"\0")
            + frame(2, channel, struct.pack(">HHQ", BASIC, 0, len(body)) + PERSISTENT_PROPERTIES) + frame(3, channel, body))


class Client:
    def __init__(self, port, channels=1, user="guest", password="guest", source="127.0.0.1"):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120, source_address=(source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = b""
        try:
            self.open(channels, user, password)
        except BaseException:
            self.socket.close()
            raise

    def open(self, channels, user, password):
        self.socket.sendall(b"AMQP\x00\x00\x09\x01")
        self.expect(START)
        login = b"\0" + user.encode() + b"\0" + password.encode()
        self.send(method(0, START_OK, long_string(b"") + short_string("PLAIN") + long_string(login) + short_string("en_US")))
        tune = self.expect(TUNE)
        self.send(method(0, TUNE_OK, tune[:6] + struct.pack(">H", 0)))  # no heartbeats
        self.send(method(0, OPEN, short_string("/") + short_string("") + b"\0"))
        self.expect(OPEN_OK)
        for channel in range(1, channels + 1):
            self.send(method(channel, CHANNEL_OPEN, short_string("")))
        for _ in range(channels):
            self.expect(CHANNEL_OPEN_OK)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, frames):
        self.socket.sendall(frames)

    def take(self, count):
        while len(self.input) < count:
            more = self.socket.recv(1 << 16)
            if not more:
                raise Refused("the broker ended the connection")
            self.input += more
        taken, self.input = self.input[:count], self.input[count:]
        return taken

    def expect(self, which):
        """The arguments of the next method, which must be this one; on whichever channel."""
        while True:
            kind, _, size = struct.unpack(">BHI", self.take(7))
            payload = self.take(size + 1)[:-1]
            if kind == 8:
                continue
            if struct.unpack(">HH", payload[:4]) != which:
                raise Refused(f"expected {which}, the broker sent {payload!r}")
            return payload[4:]

    def message_count(self, queue):
        """Asks passively: the queue must be there."""
        self.send(declare(1, queue, PASSIVE))
        answer = self.expect(DECLARE_OK)
        return struct.unpack(">I", answer[1 + answer[0]:5 + answer[0]])[0]


# From one address to one port there are 28,232 connections at most (net.ipv4.ip_local_port_range).
CONNECTIONS_PER_ADDRESS = 20_000


def connect_many(port, count):
    """Connections with a channel each, on which nothing happens."""
    return [Client(port, source=f"127.0.0.{2 + number // CONNECTIONS_PER_ADDRESS}") for number in range(count)]


FILL_SECONDS_MAX = 60


def declare_queues(port, names, queue_type="", channels=100):
    """Durable queues with one persistent message each, on many channels, so that changes share their syncs. The seconds that
    declaring them took."""
    declaring = 0
    with Client(port, channels) as client:
        for first in range(0, len(names), channels):
            group = list(enumerate(names[first:first + channels], start=1))
            begin = time.monotonic()
            client.send(b"".join(declare(channel, name, DURABLE, queue_type) for channel, name in group))
            for _ in group:
                client.expect(DECLARE_OK)
            declaring += time.monotonic() - begin
            client.send(b"".join(publish(channel, name, b"sixteen octets..") for channel, name in group))
        # A classic queue answers after what was published to it; replicated ones count what is committed.
        deadline = time.monotonic() + FILL_SECONDS_MAX
        for name in names:
            while client.message_count(name) != 1:
                if time.monotonic() > deadline:
                    raise Refused(f"{name} does not hold its message")
                time.sleep(0.01)
    return declaring
