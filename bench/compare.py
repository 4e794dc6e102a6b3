#!/usr/bin/python3
"""Compares two JSON files of bench/run.py, scenario by scenario.

    bench/compare.py before.json after.json [--broker NAME] [--fail-above PERCENT]

CPU per message is what counts: on a shared machine rates and latencies say more about the neighbours. With --fail-above
the exit code is 1 when some scenario costs more than that many percent more CPU (or memory, where there is no CPU).
"""
import argparse
import json
import pathlib
import sys

import table

FIGURES = [("rate", "rate/s"), ("cpu_us", "CPU us"), ("p99", "p99 us"), ("memory", "memory"), ("start_ms", "start ms")]
COLUMNS = ["scenario", "broker", "figure", "before", "after", "change"]


def medians_of(report):
    return {(scenario["name"], name): broker["median"] for scenario in report["scenarios"]
            for name, broker in scenario["brokers"].items()}


def change_percent(before, after):
    return 100 * (after - before) / before if before else 0.0


def compare(before, after, only_broker=None):
    """Rows to print, and the growth in percent of each scenario's cost."""
    rows = []
    growth = {}
    old, new = medians_of(before), medians_of(after)
    for key in old:
        if key not in new or (only_broker and key[1] != only_broker):
            continue
        scenario, broker = key
        for figure, label in FIGURES:
            first, second = old[key].get(figure), new[key].get(figure)
            if first is None or second is None:
                continue
            percent = change_percent(first, second)
            rows.append([scenario, broker, label, table.number(first), table.number(second), f"{percent:+.1f} %"])
            scenario, broker = "", ""
        cost = "cpu_us" if "cpu_us" in old[key] and "cpu_us" in new[key] else "memory"
        if cost in old[key] and cost in new[key]:
            growth[key] = change_percent(old[key][cost], new[key][cost])
    return rows, growth


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("--broker", help="this one only")
    parser.add_argument("--fail-above", type=float, metavar="PERCENT")
    options = parser.parse_args(argv)
    before, after = (json.loads(pathlib.Path(file).read_text()) for file in (options.before, options.after))
    rows, growth = compare(before, after, options.broker)
    if not rows:
        raise SystemExit("the two have no scenario and broker in common")
    print(f"before: {before['commit']} of {before['when']}, after: {after['commit']} of {after['when']}")
    if before["machine"] != after["machine"]:
        print(f"ANOTHER MACHINE: {before['machine']} and {after['machine']}")
    print(table.render(COLUMNS, rows))
    if options.fail_above is None:
        return 0
    worse = {key: percent for key, percent in growth.items() if percent > options.fail_above}
    for (scenario, broker), percent in worse.items():
        print(f"WORSE: {scenario} at {broker} costs {percent:+.1f} %")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
