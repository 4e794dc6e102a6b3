"""Plays one scenario: sends what its lines say and checks that what arrives is what they expect."""
import re
from dataclasses import dataclass, field

from . import codec, spec
from .directives import Directives, Mismatch, seconds
from .match import arrival_matches, render
from .peer import Closed, TimedOut
from .values import LineReader, Names, SyntaxProblem, as_argument

STEP = re.compile(
    r"(?P<peer>[a-z]\w*)?(?:\.(?P<channel>\d+))?(?P<arrow>[<>])\s*(?P<verb>\S+)\s*")
HEADER = re.compile(r"(needs|start|timeout):\s*(.*)")
POSITIONAL = {
    "channel.close": ("code", "text"), "connection.close": ("code", "text"),
    "basic.return": ("code", "text"),
}


@dataclass
class Target:
    host: str = "127.0.0.1"
    port: int = 5672
    user: str = "guest"
    password: str = "guest"


@dataclass
class Scenario:
    path: str
    lines: list
    settings: dict = field(default_factory=dict)

    @staticmethod
    def load(path):
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        settings = {}
        for line in lines:
            match = HEADER.fullmatch(line)
            if match:
                settings[match[1]] = match[2].strip()
        return Scenario(str(path), lines, settings)

    def needs(self):
        return set(self.settings.get("needs", "").replace(",", " ").split())


class Player(Directives):
    def __init__(self, scenario, target, run_id, update=False):
        self.scenario = scenario
        self.target = target
        self.names = Names(run_id)
        self.peers = {}
        self.declared = []  # (kind, name, login)
        self.logins = {}  # by Peer: (user, password, vhost)
        self.bound = []  # the queues that bind-queue declared
        self.timeout = seconds(scenario.settings.get("timeout", "5s"))
        self.update = update
        self.rewritten = {}  # line index to its new lines
        self.line = 0

    # --- the whole

    def run(self):
        """None, or (line number, text of the difference)."""
        try:
            if self.scenario.settings.get("start", "channel") == "channel":
                self.connect("a", {})
            self.play_lines(0, len(self.scenario.lines))
            self.line = len(self.scenario.lines)
            self.check_nothing_left()
        except (Mismatch, SyntaxProblem) as problem:
            return self.line + 1, self.names.fold(str(problem))
        except codec.DecodeError as problem:
            return self.line + 1, f"the broker sent what is not AMQP: {problem}"
        except Closed as problem:
            return self.line + 1, "the broker closed the connection" + self.reason_of(problem)
        except TimedOut:
            return self.line + 1, "the broker did not answer"
        finally:
            self.clean_up()
        return None

    def reason_of(self, problem):
        return ": " + self.names.fold(render(problem.args[0])) if problem.args else ""

    def play_lines(self, first, end):
        index = first
        while index < end:
            self.line = index
            text = self.scenario.lines[index].strip()
            index += 1
            if not text or text.startswith("#") or HEADER.fullmatch(text):
                continue
            if text.startswith("repeat "):
                index = self.repeat(text, index)
            else:
                self.play(text)

    def repeat(self, text, first):
        last = next(i for i in range(first, len(self.scenario.lines))
                    if self.scenario.lines[i].strip() == "end")
        for turn in range(1, int(text.split()[1]) + 1):
            self.names.captured["n"] = str(turn).encode()
            self.play_lines(first, last)
        del self.names.captured["n"]
        return last + 1

    def play(self, text):
        step = STEP.match(text)
        if not step:
            verb, _, rest = text.partition(" ")
            handler = getattr(self, "do_" + verb.replace("-", "_"), None)
            if handler is None:
                raise SyntaxProblem(f"no such step: {verb}")
            handler(rest.strip())
            return
        name = step["peer"] or "a"
        if name not in self.peers:
            raise SyntaxProblem(f"connection {name} is not there")
        verb = step["verb"]
        default_channel = 0 if verb.startswith("connection.") else 1
        channel = int(step["channel"]) if step["channel"] else default_channel
        arguments = LineReader(text[step.end():], self.names)
        act = self.send if step["arrow"] == ">" else self.receive
        act(self.peers[name], channel, verb, arguments)

    # --- sending

    def send(self, peer, channel, verb, arguments):
        positional, named = arguments.arguments()
        special = getattr(self, "send_" + verb.replace("-", "_").replace(".", "_"), None)
        if special:
            special(peer, channel, positional, named)
            return
        if verb not in spec.METHODS:
            raise SyntaxProblem(f"no such method: {verb}")
        method = spec.METHODS[verb]
        values, properties, body = self.content_of(method, positional, named)
        self.remember(peer, verb, values)
        alone = named.get("content") == b"none"
        if method.has_content and not alone:
            peer.send_content(channel, method, values, properties, body)
        else:
            peer.send_method(channel, method, values)
        if verb == "channel.open":
            peer.open_channels.add(channel)

    def content_of(self, method, positional, named):
        """Method arguments, content properties and body out of the words of a line."""
        named = {**dict(zip(POSITIONAL.get(method.name, ()), positional)), **named}
        kinds = dict(method.arguments)
        values, properties, body = {}, {}, b""
        for name, value in named.items():
            if name in kinds:
                values[name] = as_argument(kinds[name], value)
            elif method.has_content and name in spec.PROPERTY_TYPES:
                properties[name] = as_argument(spec.PROPERTY_TYPES[name], value)
            elif method.has_content and name == "body":
                body = as_argument("longstr", value)
            elif not (method.has_content and name == "content"):
                raise SyntaxProblem(f"{method.name} has no argument {name}")
        return values, properties, body

    def remember(self, peer, verb, values):
        if verb in ("queue.declare", "exchange.declare") and not values.get("passive"):
            kind = verb.split(".")[0]
            self.declared.append((kind, values.get(kind, b""), self.logins.get(peer)))

    def send_protocol_header(self, peer, channel, positional, named):
        peer.send(codec.PROTOCOL_HEADER)

    def send_raw(self, peer, channel, positional, named):
        peer.send(b"".join(positional))

    def send_frame(self, peer, channel, positional, named):
        payload = b"".join(positional)
        data = bytearray(codec.encode_frame(
            named.get("type", 1), channel, payload, named.get("end", codec.FRAME_END)))
        if "size" in named:
            data[3:7] = named["size"].to_bytes(4, "big")
        peer.send(bytes(data))

    def send_content_header(self, peer, channel, positional, named):
        properties = {
            name: as_argument(spec.PROPERTY_TYPES[name], value)
            for name, value in named.items() if name in spec.PROPERTY_TYPES
        }
        payload = codec.encode_content_header(
            named.get("class", 60), named.get("weight", 0), named.get("size", 0), properties)
        peer.send(codec.encode_frame(codec.FRAME_HEADER, channel, payload))

    def send_content_body(self, peer, channel, positional, named):
        peer.send(codec.encode_frame(codec.FRAME_BODY, channel, b"".join(positional)))

    def send_heartbeat(self, peer, channel, positional, named):
        peer.send(codec.encode_frame(codec.FRAME_HEARTBEAT, channel, b"".join(positional)))

    # --- expecting

    def receive(self, peer, channel, verb, arguments):
        if verb.startswith("..."):
            self.receive_placeholder(peer, channel, verb)
            return
        positional, named = arguments.arguments()
        if verb == "eof":
            self.receive_eof(peer)
        elif verb == "raw":
            self.receive_raw(peer, b"".join(positional))
        elif verb == "heartbeat":
            peer.next("heartbeat", self.timeout)
        elif verb in ("confirmed", "refused"):
            self.receive_confirms(peer, channel, verb, positional)
        else:
            self.receive_method(peer, channel, verb, positional, named)

    def receive_method(self, peer, channel, verb, positional, named):
        if verb not in spec.METHODS:
            raise SyntaxProblem(f"no such method: {verb}")
        wanted = self.content_of(spec.METHODS[verb], positional, named)
        arrival = self.next(peer, channel)
        captured = {}
        if not arrival_matches(verb, *wanted, arrival, captured):
            self.answer_close(peer, channel, arrival)
            self.differs(peer, channel, [arrival])
            return
        self.names.captured.update(captured)
        self.after(peer, channel, arrival)

    def next(self, peer, channel):
        try:
            return peer.next(channel, self.timeout)
        except TimedOut:
            self.differs(peer, channel, [])
            raise
        except Closed as problem:
            if problem.args:
                self.differs(peer, 0, [problem.args[0]])
            elif self.update:
                self.rewrite([self.prefix(peer, 1) + "< eof"])
            raise

    def after(self, peer, channel, arrival):
        """What a client does at once on such an arrival."""
        if arrival.name == "queue.declare-ok":
            login = self.logins.get(peer)
            self.declared.append(("queue", arrival.values["queue"], login))
        elif arrival.name == "channel.close-ok":
            peer.open_channels.discard(channel)
        elif arrival.name == "connection.close-ok":
            peer.open_channels.clear()
        self.answer_close(peer, channel, arrival)
        if arrival.name == "connection.close" and not peer.wait_closed(self.timeout):
            raise Mismatch("the broker leaves the connection open after connection.close-ok")

    def answer_close(self, peer, channel, arrival):
        if arrival.name == "channel.close":
            peer.open_channels.discard(channel)
            peer.send_method(channel, spec.METHODS["channel.close-ok"], {})
        elif arrival.name == "connection.close":
            peer.send_method(0, spec.METHODS["connection.close-ok"], {})

    def receive_eof(self, peer):
        if not peer.wait_closed(self.timeout):
            raise Mismatch("the connection stays open")

    def receive_raw(self, peer, wanted):
        try:
            actual = peer.read_raw(len(wanted), self.timeout)
        except (TimedOut, Closed):
            actual = peer.input
        if actual != wanted:
            raise Mismatch(f"got {actual!r}")

    def receive_confirms(self, peer, channel, verb, positional):
        """Reads basic.ack (or nack) until exactly these tags are settled, however merged."""
        method = "basic.ack" if verb == "confirmed" else "basic.nack"
        missing = set(tag for word in positional for tag in tags_of(word))
        while missing:
            arrival = self.next(peer, channel)
            if arrival.name != method:
                raise Mismatch("got " + render(arrival))
            tag = arrival.values["delivery_tag"]
            settled = {t for t in missing if t == tag or arrival.values["multiple"] and t < tag}
            if tag not in settled:
                raise Mismatch("got " + render(arrival))
            missing -= settled

    # --- differences

    def prefix(self, peer, channel):
        name = next(name for name, candidate in self.peers.items() if candidate is peer)
        shown = "" if name == "a" else name
        return shown + (f".{channel}" if channel > 1 else "")

    def differs(self, peer, channel, arrivals):
        lines = [f"{self.prefix(peer, channel)}< {self.names.fold(render(a))}" for a in arrivals]
        if self.update:
            self.rewrite(lines or [f"quiet {self.prefix(peer, channel)}".strip()])
            return
        raise Mismatch("got " + " and ".join(lines) if lines else "nothing arrives")

    def rewrite(self, lines):
        self.rewritten[self.line] = lines

    def receive_placeholder(self, peer, channel, verb):
        """`...` stands for what is not yet recorded; only --update can play it."""
        if not self.update:
            raise Mismatch("not recorded yet; run with --update")
        arrivals = []
        try:
            arrivals.append(peer.next(channel, 4.5))
            while verb == "...all":
                arrivals.append(peer.next(channel, 0.3))
        except TimedOut:
            if not arrivals and peer.arrived[0]:
                channel = 0
                arrivals.append(peer.arrived[0].popleft())
        except Closed as problem:
            if peer.arrived[0]:
                problem.args = (peer.arrived[0].popleft(),)
            if not problem.args:
                self.rewrite([self.prefix(peer, channel) + "< eof"])
                return
            channel = 0
            arrivals.append(problem.args[0])
        self.differs(peer, channel, arrivals)
        for arrival in arrivals:
            self.after(peer, channel, arrival)

    # --- the end

    def check_nothing_left(self):
        for name, peer in self.peers.items():
            if peer.closed:
                continue
            for channel in sorted(peer.open_channels):
                left = self.sync(peer, channel)
                if left:
                    shown = "; ".join(self.names.fold(render(arrival)) for arrival in left)
                    raise Mismatch(f"more has arrived on {name}.{channel}: {shown}")

    def clean_up(self):
        for peer in self.peers.values():
            peer.drop()
        for login in {login for _, _, login in self.declared if login}:
            try:
                self.delete_declared(login)
            except (Mismatch, Closed, TimedOut, codec.DecodeError):
                pass  # an unfinished clean-up must not hide what the scenario found

    def delete_declared(self, login):
        user, password, vhost = login
        self.connect("cleaner", {"user": user, "password": password, "vhost": vhost})
        peer = self.peers["cleaner"]
        names = {(kind, name) for kind, name, owner in self.declared if owner == login}
        for kind, name in names:
            if not name or name.startswith(b"amq.") and kind == "exchange":
                continue
            peer.send_method(1, spec.METHODS[kind + ".delete"], {kind: name})
            arrival = peer.next(1, self.timeout)
            if arrival.name == "channel.close":
                peer.send_method(1, spec.METHODS["channel.close-ok"], {})
                self.open_channel(peer, 1)
        peer.drop()


def tags_of(word):
    """3 or 1..5 as a range of delivery tags."""
    if isinstance(word, int):
        return [word]
    first, _, last = word.decode().partition("..")
    return range(int(first), int(last) + 1)
