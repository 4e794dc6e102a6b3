"""One connection to the broker, seen frame by frame.

Nothing here checks what a client library would check: every illegal thing can be sent, and all that
arrives is kept for the scenario to look at.
"""
import collections
import socket
import time
from dataclasses import dataclass, field

from . import codec

CLIENT_CAPABILITIES = (
    b"publisher_confirms", b"exchange_exchange_bindings", b"basic.nack",
    b"consumer_cancel_notify", b"connection.blocked", b"authentication_failure_close",
)


class TimedOut(Exception):
    """Nothing arrived in time."""


class Closed(Exception):
    """The broker closed the connection."""


@dataclass
class Arrival:
    """One method from the broker with its content, or a heartbeat."""
    name: str
    values: dict = field(default_factory=dict)
    properties: dict = field(default_factory=dict)
    body: bytes = b""


class Peer:
    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = b""
        self.arrived = collections.defaultdict(collections.deque)  # by channel
        self.partial = {}  # by channel: (Arrival, bytes still missing or None)
        self.closed = False
        self.frame_max = 131072
        self.open_channels = set()

    # --- out

    def send(self, data):
        try:
            self.socket.settimeout(30)
            self.socket.sendall(data)
        except OSError:
            pass  # the broker may have closed already; what it said before is still to be read

    def send_method(self, channel, method, values):
        payload = codec.encode_method(method, values)
        self.send(codec.encode_frame(codec.FRAME_METHOD, channel, payload))

    def send_content(self, channel, method, values, properties, body):
        frames = [
            codec.encode_frame(codec.FRAME_METHOD, channel, codec.encode_method(method, values)),
            codec.encode_frame(
                codec.FRAME_HEADER, channel,
                codec.encode_content_header(method.class_id, 0, len(body), properties)),
        ]
        step = self.frame_max - 8 if self.frame_max else len(body) or 1
        for at in range(0, len(body), step):
            frames.append(codec.encode_frame(codec.FRAME_BODY, channel, body[at:at + step]))
        self.send(b"".join(frames))

    # --- in

    def _receive(self, deadline):
        if self.closed:
            raise Closed()
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimedOut()
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(1 << 18)
        except socket.timeout:
            raise TimedOut() from None
        except OSError:
            data = b""
        if not data:
            self.closed = True
            raise Closed()
        self.input += data

    def read_raw(self, count, timeout):
        deadline = time.monotonic() + timeout
        while len(self.input) < count:
            self._receive(deadline)
        data, self.input = self.input[:count], self.input[count:]
        return data

    def _cut_frames(self):
        at = 0
        while len(self.input) - at >= 7:
            kind = self.input[at]
            channel = int.from_bytes(self.input[at + 1:at + 3], "big")
            size = int.from_bytes(self.input[at + 3:at + 7], "big")
            if len(self.input) - at < 8 + size:
                break
            if self.input[at + 7 + size] != codec.FRAME_END:
                raise codec.DecodeError("frame without its end octet")
            if self.frame_max and size + 8 > self.frame_max:
                raise codec.DecodeError(f"frame of {size + 8} bytes is over frame_max")
            payload = self.input[at + 7:at + 7 + size]
            at += 8 + size
            self._take_frame(kind, channel, payload)
        self.input = self.input[at:]

    def _take_frame(self, kind, channel, payload):
        if kind == codec.FRAME_HEARTBEAT:
            self.arrived["heartbeat"].append(Arrival("heartbeat"))
            return
        if kind == codec.FRAME_METHOD:
            if channel in self.partial:
                raise codec.DecodeError("method within content")
            method, values = codec.decode_method(payload)
            arrival = Arrival(method.name, values)
            if method.has_content:
                self.partial[channel] = (arrival, None)
            else:
                self.arrived[channel].append(arrival)
            return
        if channel not in self.partial:
            raise codec.DecodeError(f"frame type {kind} without its method")
        arrival, missing = self.partial[channel]
        if kind == codec.FRAME_HEADER and missing is None:
            missing, arrival.properties = codec.decode_content_header(payload)
            arrival.body = bytearray()
        elif kind == codec.FRAME_BODY and missing:
            arrival.body += payload
            missing -= len(payload)
        else:
            raise codec.DecodeError(f"frame type {kind} out of order")
        if missing < 0:
            raise codec.DecodeError("body longer than its header said")
        if missing == 0:
            arrival.body = bytes(arrival.body)
            del self.partial[channel]
            self.arrived[channel].append(arrival)
        else:
            self.partial[channel] = (arrival, missing)

    def next(self, channel, timeout):
        """The next arrival on this channel; raises TimedOut or Closed."""
        deadline = time.monotonic() + timeout
        while not self.arrived[channel]:
            if channel != 0 and self.arrived[0] and self.arrived[0][0].name == "connection.close":
                raise Closed(self.arrived[0].popleft())
            self._receive(deadline)
            self._cut_frames()
        return self.arrived[channel].popleft()

    def wait_closed(self, timeout):
        deadline = time.monotonic() + timeout
        try:
            while True:
                self._receive(deadline)
                self._cut_frames()
        except Closed:
            return True
        except TimedOut:
            return False

    def drop(self):
        self.closed = True
        self.socket.close()
