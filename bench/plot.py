"""Draws curves as one SVG: both axes in powers of ten, a legend, readable on light and dark pages.

    chart = Chart("CPU per message", x=Axis("queues"), y=Axis("CPU per message", microseconds))
    pathlib.Path("queues.svg").write_text(render(chart, [Series("warrenmq", [(1, 0.3), (10, 0.31)])]))

A value of 0 on the x axis has a place of its own, left of all others.
"""
import dataclasses
import math
from html import escape
from typing import Callable

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 78, 24, 104, 60
LIGHT = ("#0969da", "#1a7f37", "#8250df", "#bc4c00", "#9a6700", "#57606a")  # of series, in turn
DARK = ("#58a6ff", "#3fb950", "#bc8cff", "#f0883e", "#d29922", "#8b949e")


def colours(of_series):
    return "".join(f".c{n} .line{{stroke:{colour}}}.c{n} .dot,.c{n} .value{{fill:{colour}}}" for n, colour in enumerate(of_series))


STYLE = (
    "text{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;font-size:12.5px}"
    ".title{font-size:17px;font-weight:600}.line{fill:none;stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round}"
    ".dot{stroke-width:1.5}.value{font-size:11.5px;font-weight:600;paint-order:stroke;stroke-width:3px;stroke-linejoin:round}"
    ".card{fill:#fff;stroke:#d8dee4}.text{fill:#1f2328}.soft{fill:#59636e}.grid{stroke:#e6eaef}.axis{stroke:#8c959f}.halo{stroke:#fff}"
    + colours(LIGHT) + "@media(prefers-color-scheme:dark){.card{fill:#0d1117;stroke:#30363d}.text{fill:#e6edf3}.soft{fill:#9198a1}"
    ".grid{stroke:#21262d}.axis{stroke:#656c76}.halo{stroke:#0d1117}" + colours(DARK) + "}")


def plain(value):
    """10000 as 10k: for numbers of things."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def octets(value):
    for size, unit in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g} B"


def microseconds(value):
    if value >= 1000:
        return f"{value / 1000:.3g} ms"
    return f"{value:.3g} µs" if value >= 0.1 else f"{value * 1000:.3g} ns"


@dataclasses.dataclass(frozen=True)
class Axis:
    label: str
    show: Callable = plain  # a value in words
    base: int = 10  # of the ticks: their powers


@dataclasses.dataclass(frozen=True)
class Chart:
    title: str
    x: Axis
    y: Axis
    subtitle: str = ""


@dataclasses.dataclass(frozen=True)
class Series:
    name: str
    points: list  # of (x, y), y above 0


class Scale:
    """From values to places between `begin` and `end`, by their logarithms."""

    def __init__(self, values, begin, end, base, whole):
        positive = [value for value in values if value > 0] or [1]
        self.base, self.begin, self.end = base, begin, end
        self.low, self.high = math.log(min(positive), base), math.log(max(positive), base)
        if whole:  # begins and ends at a tick
            self.low, self.high = math.floor(self.low + 1e-9), math.ceil(self.high - 1e-9)
        if self.high - self.low < 1e-9:
            self.high += 1
        self.has_zero = any(value == 0 for value in values)
        self.first = begin + (end - begin) * 0.07 if self.has_zero else begin

    def place(self, value):
        if value == 0:
            return self.begin
        share = (math.log(value, self.base) - self.low) / (self.high - self.low)
        return self.first + share * (self.end - self.first)

    def ticks(self, most=9):
        first, last = math.ceil(self.low - 1e-9), math.floor(self.high + 1e-9)
        step = max(1, math.ceil((last - first + 1) / most))
        return ([0] if self.has_zero else []) + [self.base ** power for power in range(first, last + 1, step)]


def text(x, y, words, kind="text", anchor="middle", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}"{more}>{escape(words)}</text>'


def line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def axes(chart, across, up):
    parts = []
    for value in up.ticks():
        y = up.place(value)
        parts += [line(LEFT, y, WIDTH - RIGHT, y, "grid"), text(LEFT - 9, y + 4, chart.y.show(value), "soft", "end")]
    for value in across.ticks():
        x = across.place(value)
        parts += [line(x, TOP, x, HEIGHT - BOTTOM, "grid"), text(x, HEIGHT - BOTTOM + 19, chart.x.show(value), "soft")]
    parts.append(line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "axis"))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 16, chart.x.label))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(text(19, middle, chart.y.label, more=f' transform="rotate(-90 19 {middle:.1f})"'))
    return parts


def curve(number, series, chart, across, up):
    places = [(across.place(x), up.place(y)) for x, y in series.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts = [f'<g class="c{number % len(LIGHT)}"><polyline class="line" points="{path}"/>']
    for (x, y), (given, value) in zip(places, series.points):
        words = f"{series.name}: {chart.y.show(value)} at {chart.x.show(given)}"
        parts.append(f'<circle class="dot halo" cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{escape(words)}</title></circle>')
    for (x, y), (_, value), anchor in ((places[0], series.points[0], "start"), (places[-1], series.points[-1], "end")):
        parts.append(text(x, y - 9, chart.y.show(value), "value halo", anchor))
        if len(places) == 1:
            break
    return parts + ["</g>"]


def legend(all_series):
    parts, x, y = [], LEFT, 66
    for number, series in enumerate(all_series):
        width = 27 + 6.7 * len(series.name) + 22
        if x > LEFT and x + width > WIDTH:
            x, y = LEFT, y + 19
        parts.append(f'<g class="c{number % len(LIGHT)}">{line(x, y, x + 20, y, "line")}<circle class="dot halo" cx="{x + 10:.1f}" '
                     f'cy="{y}" r="4"/></g>' + text(x + 27, y + 4, series.name, anchor="start"))
        x += width
    return parts


def render(chart, all_series):
    """The SVG; series without points are left out."""
    drawn = [series for series in all_series if series.points]
    across = Scale([x for series in drawn for x, _ in series.points], LEFT + 8, WIDTH - RIGHT - 8, chart.x.base, False)
    up = Scale([y for series in drawn for _, y in series.points], HEIGHT - BOTTOM, TOP + 8, chart.y.base, True)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">',
             f"<title>{escape(chart.title)}</title><style>{STYLE}</style>",
             f'<rect class="card" x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="8"/>',
             text(LEFT, 30, chart.title, "text title", "start"), text(LEFT, 49, chart.subtitle, "soft", "start")]
    parts += legend(drawn) + axes(chart, across, up)
    for number, series in enumerate(drawn):
        parts += curve(number, series, chart, across, up)
    return "\n".join([*parts, "</svg>"]) + "\n"
