"""Bytes from and to values: frames, method arguments, content headers, field tables.

Strings are `bytes` everywhere, so that a scenario can send and expect what is no UTF-8.
A field-table value is a `Field`, which keeps its type letter: what type RabbitMQ answers with is
part of what is recorded.
"""
import struct
from dataclasses import dataclass

from . import spec

FRAME_METHOD, FRAME_HEADER, FRAME_BODY, FRAME_HEARTBEAT = 1, 2, 3, 8
FRAME_END = 0xCE
PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"

INTEGER_FIELDS = {
    "b": ">b", "B": ">B", "s": ">h", "u": ">H", "I": ">i", "i": ">I", "l": ">q", "L": ">q",
    "T": ">Q", "f": ">f", "d": ">d",
}
INTEGER_ARGUMENTS = {"octet": ">B", "short": ">H", "long": ">I", "longlong": ">Q"}


class DecodeError(Exception):
    """The broker sent bytes that are no AMQP 0-9-1."""


@dataclass(frozen=True)
class Field:
    tag: str
    value: object  # number, bool, bytes, None, list of Field, or dict of bytes to Field


def encode_field(field):
    tag, value = field.tag, field.value
    if tag in INTEGER_FIELDS:
        payload = struct.pack(INTEGER_FIELDS[tag], value)
    elif tag == "t":
        payload = b"\x01" if value else b"\x00"
    elif tag == "D":
        payload = struct.pack(">Bi", *value)
    elif tag in "Sx":
        payload = struct.pack(">I", len(value)) + value
    elif tag == "F":
        payload = encode_table(value)
    elif tag == "A":
        items = b"".join(encode_field(item) for item in value)
        payload = struct.pack(">I", len(items)) + items
    else:  # "V", and letters unknown to us, which a scenario may want to send
        payload = value or b""
    return tag.encode("latin-1") + payload


def encode_table(table):
    body = b"".join(
        bytes([len(key)]) + key + encode_field(field) for key, field in table.items()
    )
    return struct.pack(">I", len(body)) + body


class Reader:
    """Takes values from the front of a byte string."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise DecodeError(f"{count} bytes wanted, {len(self.data) - self.at} left")
        piece = self.data[self.at:self.at + count]
        self.at += count
        return piece

    def number(self, layout):
        return struct.unpack(layout, self.take(struct.calcsize(layout)))[0]

    def shortstr(self):
        return self.take(self.number(">B"))

    def longstr(self):
        return self.take(self.number(">I"))

    def table(self):
        inner = Reader(self.longstr())
        result = {}
        while inner.at < len(inner.data):
            key = inner.shortstr()
            if key in result:
                raise DecodeError(f"field {key!r} twice in one table")
            result[key] = inner.field()
        return result

    def field(self):
        tag = self.take(1).decode("latin-1")
        if tag in INTEGER_FIELDS:
            return Field(tag, self.number(INTEGER_FIELDS[tag]))
        if tag == "t":
            return Field(tag, self.number(">B") != 0)
        if tag == "D":
            return Field(tag, (self.number(">B"), self.number(">i")))
        if tag in "Sx":
            return Field(tag, self.longstr())
        if tag == "F":
            return Field(tag, self.table())
        if tag == "A":
            inner = Reader(self.longstr())
            items = []
            while inner.at < len(inner.data):
                items.append(inner.field())
            return Field(tag, items)
        if tag == "V":
            return Field(tag, None)
        raise DecodeError(f"unknown field type {tag!r}")

    def argument(self, kind):
        if kind in INTEGER_ARGUMENTS:
            return self.number(INTEGER_ARGUMENTS[kind])
        return getattr(self, kind)()


def encode_argument(kind, value):
    if kind in INTEGER_ARGUMENTS:
        return struct.pack(INTEGER_ARGUMENTS[kind], value)
    if kind == "shortstr":
        return bytes([len(value)]) + value
    if kind == "longstr":
        return struct.pack(">I", len(value)) + value
    return encode_table(value)


DEFAULTS = {"bit": False, "shortstr": b"", "longstr": b"", "table": {}}


def default_of(kind):
    return DEFAULTS.get(kind, 0)


def encode_method(method, values):
    """The payload of a method frame; arguments that are not given are 0, false or empty."""
    out = [struct.pack(">HH", method.class_id, method.method_id)]
    bits = bit_count = 0
    for name, kind in method.arguments:
        value = values.get(name, default_of(kind))
        if kind == "bit":
            bits |= int(value) << bit_count
            bit_count += 1
            continue
        if bit_count:
            out.append(bytes([bits]))
            bits = bit_count = 0
        out.append(encode_argument(kind, value))
    if bit_count:
        out.append(bytes([bits]))
    return b"".join(out)


def decode_method(payload):
    reader = Reader(payload)
    key = (reader.number(">H"), reader.number(">H"))
    if key not in spec.BY_ID:
        raise DecodeError(f"unknown method {key}")
    method = spec.BY_ID[key]
    values = {}
    bits = bit_count = 0
    for name, kind in method.arguments:
        if kind == "bit":
            if bit_count == 0:
                bits = reader.number(">B")
            values[name] = bool(bits >> bit_count & 1)
            bit_count += 1
            continue
        bit_count = 0
        values[name] = reader.argument(kind)
    if reader.at != len(payload):
        raise DecodeError(f"{len(payload) - reader.at} bytes too many in {method.name}")
    return method, values


def encode_content_header(class_id, weight, size, properties):
    flags, body = 0, b""
    for index, (name, kind) in enumerate(spec.PROPERTIES):
        if name in properties:
            flags |= 1 << (15 - index)
            body += encode_argument(kind, properties[name])
    return struct.pack(">HHQH", class_id, weight, size, flags) + body


def decode_content_header(payload):
    reader = Reader(payload)
    class_id, weight, size = reader.number(">H"), reader.number(">H"), reader.number(">Q")
    flags = reader.number(">H")
    if class_id != 60 or weight != 0 or flags & 3:
        raise DecodeError(f"content header: class {class_id}, weight {weight}, flags {flags:#x}")
    properties = {
        name: reader.argument(kind)
        for index, (name, kind) in enumerate(spec.PROPERTIES)
        if flags & 1 << (15 - index)
    }
    if reader.at != len(payload):
        raise DecodeError("bytes too many in the content header")
    return size, properties


def encode_frame(kind, channel, payload, end=FRAME_END):
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + bytes([end])
