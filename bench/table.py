"""The printed tables."""

COLUMNS = ["scenario", "broker", "rate/s", "CPU us", "p50 us", "p99 us", "p99.9 us", "MiB", "flushes/s", "rate x", "CPU x"]


def number(value, digits=None):
    """1234567 as 1,234,567; small values with three significant digits."""
    if value is None:
        return "-"
    if digits is None:
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f}"


def ratio(ours, theirs, more_is_better):
    """How many times better ours is; below 1 it is worse."""
    if not ours or not theirs:
        return "-"
    times = ours / theirs if more_is_better else theirs / ours
    return number(times, 0 if times >= 100 else 1 if times >= 1.5 else 2)


def row_of(title, broker, figures, ours):
    memory = figures.get("memory")
    rate = figures.get("rate")
    cells = [title, broker, number(rate), number(figures.get("cpu_us")), number(figures.get("p50")), number(figures.get("p99")),
             number(figures.get("p999")), number(memory / 2**20 if memory else None, 1), number(figures.get("flushes"))]
    if "start_ms" in figures:
        cells[2] = f"{figures['start_ms']:,.1f} ms"
        versus = [ratio(ours.get("start_ms"), figures["start_ms"], False) if ours is not figures else "-", "-"]
    elif ours is figures or not ours:
        versus = ["-", "-"]
    elif rate is None:
        versus = ["-", ratio(ours.get("memory"), memory, False) + " (MiB)" if memory else "-"]
    else:
        versus = [ratio(ours.get("rate"), rate, True), ratio(ours.get("cpu_us"), figures.get("cpu_us"), False)]
    return cells + versus


def rows_of(report):
    """One row a scenario and broker; the last two columns of a peer say how many times better ours is."""
    rows = []
    for scenario in report["scenarios"]:
        medians = {name: broker["median"] for name, broker in scenario["brokers"].items()}
        ours = medians.get(report["ours"], {})
        for position, (name, figures) in enumerate(medians.items()):
            rows.append(row_of(scenario["title"] if position == 0 else "", name, figures, ours))
            if figures["failures"]:
                rows.append(["", f"  FAILED: {figures['failures'][0]}"] + [""] * (len(COLUMNS) - 2))
    return rows


def notes_of(report):
    """What does not fit into a table, a line each."""
    lines = []
    for scenario in report["scenarios"]:
        for name, broker in scenario["brokers"].items():
            notes = broker["median"].get("notes", [])
            if notes:
                lines += [f"{scenario['title']}, {name}:", *(f"  {note}" for note in notes)]
    return lines


def render(columns, rows):
    """A table in Markdown whose columns line up. The first two are texts, the rest numbers."""
    plain = [row for row in rows if not row[1].startswith("  FAILED")]
    widths = [max(len(row[i]) for row in [columns, *plain]) for i in range(len(columns))]

    def line(cells):
        aligned = [cell.ljust(width) if i < 2 else cell.rjust(width) for i, (cell, width) in enumerate(zip(cells, widths))]
        return "| " + " | ".join(aligned) + " |"

    rule = "|" + "|".join("-" * (width + 2) if i < 2 else "-" * (width + 1) + ":" for i, width in enumerate(widths)) + "|"
    return "\n".join([line(columns), rule, *(line(row) for row in rows)])
