"""The steps of a scenario that are more than one frame: connecting, waiting, counting, routing."""
import re
import time

from . import codec, spec
from .match import render
from .peer import CLIENT_CAPABILITIES, Peer, TimedOut
from .values import LineReader, SyntaxProblem, as_argument

ROUTES_CHANNEL = 2045
AWAIT_CHANNEL = 2046
NOT_FOUND = 404
POLL_SECONDS = 0.02


class Mismatch(Exception):
    """The broker did something else than the scenario says."""


def seconds(text):
    match = re.fullmatch(r"(\d+)(ms|s)", text)
    if not match:
        raise SyntaxProblem(f"a time such as 200ms or 2s expected, not {text!r}")
    return int(match[1]) / (1000 if match[2] == "ms" else 1)


class Directives:
    """A method `do_x_y` for each step `x-y`; Player, which inherits them, holds the state."""

    def do_connect(self, rest):
        name, _, options = rest.partition(" ")
        self.connect(name, LineReader(options, self.names).arguments()[1])

    def do_login(self, rest):
        """Like connect, up to connection.tune-ok: connection.open is the scenario's."""
        name, _, options = rest.partition(" ")
        self.login(name, LineReader(options, self.names).arguments()[1])

    def login(self, name, options):
        """The handshake up to connection.tune-ok. A user's password is its name if not given."""
        peer = self.tcp(name)
        user = options.get("user", self.target.user.encode())
        password = options.get("password", user if "user" in options else None)
        if password is None:
            password = self.target.password.encode()
        vhost = options.get("vhost", b"/")
        self.logins[peer] = (user, password, vhost)
        capabilities = options.get("capabilities", {key: True for key in CLIENT_CAPABILITIES})
        properties = as_argument("table", {b"capabilities": capabilities})
        peer.send(codec.PROTOCOL_HEADER)
        self.expect(peer, 0, "connection.start")
        peer.send_method(0, spec.METHODS["connection.start-ok"], {
            "client_properties": properties, "mechanism": b"PLAIN",
            "response": b"\0" + user + b"\0" + password, "locale": b"en_US"})
        self.expect(peer, 0, "connection.tune")
        peer.frame_max = options.get("frame_max", 131072)
        peer.send_method(0, spec.METHODS["connection.tune-ok"], {
            "channel_max": options.get("channel_max", 2047), "frame_max": peer.frame_max,
            "heartbeat": options.get("heartbeat", 0)})
        return peer, vhost

    def connect(self, name, options):
        """The whole handshake, and channel 1 opened."""
        peer, vhost = self.login(name, options)
        peer.send_method(0, spec.METHODS["connection.open"], {"virtual_host": vhost})
        self.expect(peer, 0, "connection.open-ok")
        if options.get("channel", 1):
            self.open_channel(peer, 1)

    def expect(self, peer, channel, name):
        arrival = peer.next(channel, self.timeout)
        if arrival.name != name:
            raise Mismatch(f"{name} expected, got {render(arrival)}")
        return arrival

    def open_channel(self, peer, channel):
        peer.send_method(channel, spec.METHODS["channel.open"], {})
        self.expect(peer, channel, "channel.open-ok")
        peer.open_channels.add(channel)

    def tcp(self, name):
        try:
            peer = Peer(self.target.host, self.target.port)
        except OSError as error:
            raise Mismatch(f"cannot connect: {error}") from None
        self.peers[name] = peer
        return peer

    def do_tcp(self, rest):
        self.tcp(rest)

    def at(self, place):
        """The connection and channel that `b.2` names."""
        name, _, channel = place.partition(".")
        return self.peers[name or "a"], int(channel or 1)

    def do_open(self, rest):
        peer, channel = self.at(rest)
        if self.update and channel in peer.open_channels:
            self.rewrite([])  # what was to close the channel did not
            return
        self.open_channel(peer, channel)

    def do_sync(self, rest):
        self.sync(*self.at(rest))

    def sync(self, peer, channel):
        """Returns the arrivals that came before the broker answered to a channel.flow."""
        peer.send_method(channel, spec.METHODS["channel.flow"], {"active": True})
        before = []
        while True:
            arrival = peer.next(channel, self.timeout)
            if arrival.name == "channel.flow-ok":
                peer.arrived[channel].extendleft(reversed(before))
                return before
            before.append(arrival)

    def do_quiet(self, rest):
        """Nothing more arrives on the channel, at once or within the given time."""
        place, _, time_text = rest.partition(" ")
        if re.fullmatch(r"\d+m?s", place):
            place, time_text = "", place
        peer, channel = self.at(place)
        if time_text:
            time.sleep(seconds(time_text))
        left = self.sync(peer, channel) if channel in peer.open_channels else []
        if left:
            peer.arrived[channel].clear()
            self.differs(peer, channel, left)

    def do_wait(self, rest):
        time.sleep(seconds(rest))

    def do_drop(self, rest):
        self.peers.pop(rest).drop()

    def do_close(self, rest):
        peer = self.peers.pop(rest)
        peer.send_method(0, spec.METHODS["connection.close"], {"code": 200, "text": b"bye"})
        self.expect(peer, 0, "connection.close-ok")
        peer.drop()

    def do_await(self, rest):
        """await QUEUE [ready=N] [consumers=N] [gone=true] [by=b]: polls a passive declare."""
        positional, named = LineReader(rest, self.names).arguments()
        peer = self.peers[named.get("by", b"a").decode()]
        deadline = time.monotonic() + self.timeout
        while True:
            counts = self.counts_of(peer, positional[0])
            wanted = (named.get("ready"), named.get("consumers"))
            if counts is None and named.get("gone"):
                return
            if counts and not named.get("gone") and all(
                    want is None or want == have for want, have in zip(wanted, counts)):
                return
            if time.monotonic() > deadline:
                raise Mismatch(f"still ready, consumers = {counts}")
            time.sleep(POLL_SECONDS)

    def counts_of(self, peer, queue):
        self.open_channel(peer, AWAIT_CHANNEL)
        peer.send_method(AWAIT_CHANNEL, spec.METHODS["queue.declare"],
                         {"queue": queue, "passive": True})
        arrival = peer.next(AWAIT_CHANNEL, self.timeout)
        peer.open_channels.discard(AWAIT_CHANNEL)
        if arrival.name == "channel.close":
            peer.send_method(AWAIT_CHANNEL, spec.METHODS["channel.close-ok"], {})
            return None if arrival.values["code"] == NOT_FOUND else ()
        peer.send_method(AWAIT_CHANNEL, spec.METHODS["channel.close"], {"code": 200})
        self.expect(peer, AWAIT_CHANNEL, "channel.close-ok")
        return arrival.values["message_count"], arrival.values["consumer_count"]

    # --- routing, as a table: which of the bound queues does a message reach?

    def do_bind_queue(self, rest):
        """bind-queue QUEUE exchange=E [routing_key=K] [arguments={}]: an exclusive queue, bound."""
        positional, named = LineReader(rest, self.names).arguments()
        peer, queue = self.peers["a"], positional[0]
        if queue not in self.bound:
            self.call(peer, 1, "queue.declare", {"queue": queue, "exclusive": True})
            self.bound.append(queue)
        self.call(peer, 1, "queue.bind", {
            "queue": queue, "exchange": named["exchange"],
            "routing_key": as_argument("shortstr", named.get("routing_key", b"")),
            "arguments": as_argument("table", named.get("arguments", {}))})

    def call(self, peer, channel, name, values):
        peer.send_method(channel, spec.METHODS[name], values)
        return self.expect(peer, channel, name + "-ok")

    def do_routes(self, rest):
        """routes exchange=E [routing_key=K] [headers={}] to=[QUEUE, ...]: these, and no other."""
        wanted, reached = self.route(rest)
        if self.update and reached != wanted:
            self.rewrite_routes(reached)
        elif reached != wanted:
            raise Mismatch("it reaches " + self.names_of(reached))

    def do_routes_to_one(self, rest):
        """The same, where the broker may choose: to exactly one of these."""
        wanted, reached = self.route(rest)
        if len(reached) != 1 or reached[0] not in wanted:
            raise Mismatch("it reaches " + self.names_of(reached))

    def route(self, rest):
        named = LineReader(rest, self.names).arguments()[1]
        wanted = sorted(named.pop("to", []))
        peer = self.peers["a"]
        if ROUTES_CHANNEL not in peer.open_channels:
            self.open_channel(peer, ROUTES_CHANNEL)
            self.call(peer, ROUTES_CHANNEL, "confirm.select", {})
        content = self.content_of(spec.METHODS["basic.publish"], [], named)
        peer.send_content(ROUTES_CHANNEL, spec.METHODS["basic.publish"], *content)
        self.expect(peer, ROUTES_CHANNEL, "basic.ack")
        return wanted, sorted(queue for queue in self.bound for _ in range(self.drain(peer, queue)))

    def drain(self, peer, queue):
        """How many messages the queue held."""
        for count in range(1000):
            peer.send_method(ROUTES_CHANNEL, spec.METHODS["basic.get"],
                             {"queue": queue, "no_ack": True})
            if peer.next(ROUTES_CHANNEL, self.timeout).name == "basic.get-empty":
                return count
        raise Mismatch("the queue does not run dry")

    def names_of(self, queues):
        return "[" + ", ".join(queue.decode() for queue in queues) + "]"

    def rewrite_routes(self, reached):
        line = self.scenario.lines[self.line]
        self.rewrite([re.sub(r"to=\[.*\]", "", line).rstrip() + " to=" +
                      self.names.fold(self.names_of(reached))])
