"""The value syntax of scenario lines, and what it means to expect a value.

    5  -1  true  word  "text \\xff"  "a"*1000  {key=value}  [value, value]  void
    l:5  T:1700000000  d:1.5  x:"bytes"     a field-table value of that type
    *   /regular expression/   ?name   ?name:/regular expression/     expected values only

`$name` within words and texts stands for a captured value, or else for a name of this run.
"""
import re
from dataclasses import dataclass

from .codec import Field

WORD = re.compile(r"[A-Za-z0-9_.$#@-]+")
NUMBER = re.compile(r"-?\d+(\.\d+)?$")
VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)\}")
ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)")
SIMPLE_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"0": b"\0"}
TYPED = re.compile(r"([bBsuIilLfdDtSAFVTx]):(?=\S)")


class SyntaxProblem(Exception):
    """The scenario line cannot be read."""


@dataclass(frozen=True)
class Expected:
    """Matches any value, or any text that the pattern matches whole; may remember it."""
    pattern: object = None
    capture: str = ""


class Names:
    """The variables of one scenario run."""

    def __init__(self, run_id):
        self.run_id = run_id
        self.captured = {}

    def value_of(self, name):
        return self.captured.get(name, f"{name}-{self.run_id}".encode())

    def expand(self, text):
        def replace(match):
            return self.value_of(match[1] or match[2]).decode("latin-1")
        # latin-1 keeps every byte while the expression works on text
        return VARIABLE.sub(replace, text.decode("latin-1")).encode("latin-1")

    def fold(self, text):
        """The other way: what a value of this run looks like in a scenario file."""
        for name, value in self.captured.items():
            text = text.replace(value.decode("latin-1"), "$" + name)
        return re.sub(rf"([A-Za-z_][A-Za-z0-9_]*?)-{self.run_id}", r"$\1", text)


def unescape(text):
    def replace(match):
        code = match[1]
        if code[:1] == b"x" and len(code) == 3:
            return bytes([int(code[1:], 16)])
        return SIMPLE_ESCAPES.get(code, code)
    return ESCAPE.sub(replace, text.encode())


class LineReader:
    """Reads the words of one scenario line."""

    def __init__(self, text, names):
        self.text = text
        self.names = names
        self.at = 0

    def skip_space(self):
        while self.at < len(self.text) and self.text[self.at] == " ":
            self.at += 1

    def at_end(self):
        self.skip_space()
        return self.at >= len(self.text) or self.text[self.at] == "#" and (
            self.at == 0 or self.text[self.at - 1] == " ")

    def peek(self):
        self.skip_space()
        return self.text[self.at:self.at + 1]

    def expect(self, mark):
        if self.peek() != mark:
            raise SyntaxProblem(f"{mark!r} expected at {self.text[self.at:]!r}")
        self.at += 1

    def take(self, pattern):
        match = pattern.match(self.text, self.at)
        if not match:
            return None
        self.at = match.end()
        return match

    def delimited(self, mark):
        """The text up to the next unescaped mark; the reader stands on the opening one."""
        end = self.at + 1
        while end < len(self.text) and self.text[end] != mark:
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            raise SyntaxProblem(f"{mark} is never closed")
        inner = self.text[self.at + 1:end]
        self.at = end + 1
        return inner

    def arguments(self):
        """Positional values and name=value pairs to the end of the line."""
        positional, named = [], {}
        key = re.compile(r"([a-z_]+)=")
        while not self.at_end():
            match = self.take(key)
            if match:
                named[match[1]] = self.value()
            else:
                positional.append(self.value())
        return positional, named

    def value(self):
        mark = self.peek()
        if mark == '"':
            return self.string()
        if mark == "{":
            return self.table()
        if mark == "[":
            return self.array()
        if mark == "/":
            return Expected(self.pattern())
        if mark == "*":
            self.at += 1
            return Expected()
        if mark == "?":
            return self.capture()
        typed = self.take(TYPED)
        if typed:
            return Field(typed[1], field_value(typed[1], self.value()))
        return self.bare_word()

    def pattern(self):
        inner = self.delimited("/").replace("\\/", "/")
        return self.names.expand(inner.encode()).decode()

    def capture(self):
        self.at += 1
        name = self.take(re.compile(r"\w+"))[0]
        if self.text[self.at:self.at + 1] != ":":
            return Expected(None, name)
        self.at += 1
        return Expected(self.pattern(), name)

    def string(self):
        text = self.names.expand(unescape(self.delimited('"')))
        times = self.take(re.compile(r"\*(\d+)"))
        return text * int(times[1]) if times else text

    def bare_word(self):
        match = self.take(WORD)
        if not match:
            raise SyntaxProblem(f"a value expected at {self.text[self.at:]!r}")
        word = match[0]
        if NUMBER.match(word):
            return float(word) if "." in word else int(word)
        if word in ("true", "false"):
            return word == "true"
        if word == "void":
            return Field("V", None)
        return self.names.expand(word.encode())

    def table(self):
        self.expect("{")
        result = {}
        while self.peek() != "}":
            key = self.string() if self.peek() == '"' else self.bare_word()
            self.expect("=")
            result[str(key).encode() if not isinstance(key, bytes) else key] = self.value()
            if self.peek() == ",":
                self.at += 1
        self.expect("}")
        return result

    def array(self):
        self.expect("[")
        items = []
        while self.peek() != "]":
            items.append(self.value())
            if self.peek() == ",":
                self.at += 1
        self.expect("]")
        return items


def field_value(tag, value):
    if isinstance(value, Expected):
        return value
    if tag == "F":
        return {key: as_field(item) for key, item in value.items()}
    if tag == "A":
        return [as_field(item) for item in value]
    if tag == "D":
        return (value[0], value[1])
    if tag in "Sx" and isinstance(value, (int, float)):
        return str(value).encode()
    return value


def as_field(value):
    """The field-table value that a plain value stands for."""
    if isinstance(value, (Field, Expected)):
        return value
    if isinstance(value, bool):
        return Field("t", value)
    if isinstance(value, int):
        return Field("I", value)
    if isinstance(value, float):
        return Field("d", value)
    if isinstance(value, bytes):
        return Field("S", value)
    if isinstance(value, dict):
        return Field("F", field_value("F", value))
    return Field("A", field_value("A", value))


def as_argument(kind, value):
    """The method argument or property of this type that a plain value stands for."""
    if isinstance(value, Expected):
        return value
    if kind == "table":
        return {key: as_field(item) for key, item in value.items()}
    if kind in ("shortstr", "longstr") and isinstance(value, (int, float)):
        return str(value).lower().encode()
    if kind not in ("shortstr", "longstr") and isinstance(value, bytes) and value.isdigit():
        return int(value)  # a captured number
    return value
