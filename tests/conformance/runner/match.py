"""Compares what arrived with what a scenario expects, and writes arrivals in scenario syntax."""
import re

from . import spec
from .codec import Field, default_of
from .values import Expected

LONG_TEXT = 200


def matches(expected, actual, captured):
    """Whether the value is the expected one; fills `captured` on the way."""
    if isinstance(expected, Expected):
        text = actual.value if isinstance(actual, Field) else actual
        if expected.pattern is not None:
            whole = re.compile(expected.pattern.encode(), re.S)
            if not isinstance(text, bytes) or not whole.fullmatch(text):
                return False
        if expected.capture:
            captured[expected.capture] = text if isinstance(text, bytes) else str(text).encode()
        return True
    if isinstance(expected, Field):
        return (
            isinstance(actual, Field)
            and expected.tag == actual.tag
            and matches(expected.value, actual.value, captured)
        )
    if isinstance(expected, dict):
        return (
            isinstance(actual, dict)
            and expected.keys() == actual.keys()
            and all(matches(expected[key], actual[key], captured) for key in expected)
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(expected) == len(actual)
            and all(matches(e, a, captured) for e, a in zip(expected, actual))
        )
    return type(expected) is type(actual) and expected == actual


def arrival_matches(name, values, properties, body, arrival, captured):
    if name != arrival.name:
        return False
    arguments = spec.METHODS[name].arguments if name in spec.METHODS else ()
    wanted = {argument: values.get(argument, default_of(kind)) for argument, kind in arguments}
    return (
        matches(wanted, arrival.values, captured)
        and matches(properties, arrival.properties, captured)
        and matches(body, arrival.body, captured)
    )


def render_text(text):
    try:
        decoded = text.decode()
    except UnicodeDecodeError:
        decoded = None
    if len(text) > LONG_TEXT and len(set(text)) == 1:
        return f"{render_text(text[:1])}*{len(text)}"
    if decoded is not None and decoded.isprintable():
        quoted = decoded.replace("\\", "\\\\").replace('"', '\\"')
    else:
        quoted = "".join(
            chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}"
            for byte in text)
    return f'"{quoted}"'


def render_word(text):
    if re.fullmatch(rb"[A-Za-z_][A-Za-z0-9_.-]*", text) and text not in (b"true", b"false", b"void"):
        return text.decode()
    return render_text(text)


def render_field(field):
    tag, value = field.tag, field.value
    if tag == "t":
        return str(value).lower()
    if tag == "I":
        return str(value)
    if tag == "S":
        return render_text(value)
    if tag == "F":
        return render_table(value)
    if tag == "A":
        return "[" + ", ".join(render_field(item) for item in value) + "]"
    if tag == "V":
        return "void"
    if tag == "x":
        return "x:" + render_text(value)
    if tag == "D":
        return f"D:[{value[0]}, {value[1]}]"
    return f"{tag}:{value}"


def render_table(table):
    return "{" + ", ".join(f"{render_word(k)}={render_field(v)}" for k, v in table.items()) + "}"


def render_value(kind, value):
    if kind == "bit":
        return str(value).lower()
    if kind == "table":
        return render_table(value)
    if kind in ("shortstr", "longstr"):
        return render_word(value)
    return str(value)


def render(arrival):
    """The expectation line that this arrival would satisfy."""
    words = [arrival.name]
    if arrival.name in ("channel.close", "connection.close"):
        values = arrival.values
        words += [str(values["code"]), render_text(values["text"])]
        if values["class"] or values["method"]:
            words.append(f"class={values['class']} method={values['method']}")
        return " ".join(words)
    method = spec.METHODS.get(arrival.name)
    for name, kind in method.arguments if method else ():
        if arrival.values[name] != default_of(kind):
            words.append(f"{name}={render_value(kind, arrival.values[name])}")
    for name, value in arrival.properties.items():
        words.append(f"{name}={render_value(spec.PROPERTY_TYPES[name], value)}")
    if arrival.body:
        words.append(f"body={render_text(arrival.body)}")
    return " ".join(words)
