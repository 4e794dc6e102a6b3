#!/usr/bin/python3
"""What a message costs the broker: instructions, system calls and context switches, as a table in Markdown.

    bench/cost_table.py                   every scenario of bench/run.py that loads one node
    bench/cost_table.py 16b 100b          those whose names contain a word
    bench/cost_table.py --no-instructions without the columns that valgrind takes minutes for

Instructions are counted as in bench/instructions.py. System calls and context switches are those of a broker of its own that the
load generator drives over sockets: perf counts them in the kernel; where it may not, strace does, which slows the broker down so
much that its batches grow; without either the columns stay empty.
"""
import argparse
import concurrent.futures
import os
import pathlib
import sys

import brokers
import instructions
import measure
import scenarios
import system_calls
import table

TOP = pathlib.Path(__file__).resolve().parent.parent
NAMES = ("16b-auto-ack", "1000b-auto-ack", "100b-acks", "1kb-confirmed", "1kb-quorum", "16b-publish", "16b-fan-out",
         "100b-10-queues", "64kb-auto-ack", "100b-one-at-a-time", "100b-20k-latency", "1kb-10k-latency")
COLUMNS = ["scenario", "counted by", "instructions", "calls/1,000", *system_calls.GROUPS, "other", "waits", "forced"]


def parse_arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="words in the names of the scenarios (default: all)")
    parser.add_argument("--server", default=str(TOP / "build/release/bin/warrenmq-server"))
    parser.add_argument("--server-config", action="append", default=[], metavar="LINE", help="a further line of rabbitmq.conf")
    parser.add_argument("--loadgen", default=str(TOP / "build/release/bin/warrenmq-loadgen"))
    parser.add_argument("--program", type=pathlib.Path, default=instructions.PROGRAM, help="hot-path")
    parser.add_argument("--no-instructions", action="store_true")
    parser.add_argument("--tool", choices=("perf", "strace"), help="instead of the better one that is there")
    parser.add_argument("--time", type=float, default=3, help="seconds of each load")
    parser.add_argument("--data-root", default="/var/tmp")
    return parser.parse_args(argv)


def per_thousand(calls, switches, messages):
    """The cells of a row from `calls/1,000` on."""
    groups = system_calls.grouped(calls)
    figures = [sum(groups.values()), *groups.values(), *switches]
    return [figure * 1000 / messages for figure in figures]


def load_once(scenario, options):
    """The figures of one run: from before the load's first connection until after its last."""
    broker = brokers.Server("warrenmq", options.server, options.data_root, options.server_config)
    broker.start()
    try:
        seconds = min(options.time, scenario.seconds_max or options.time)
        before = system_calls.switches(broker.pid)
        with system_calls.Counting(broker.pid, options.tool) as counting:
            answer = measure.run_loadgen(options.loadgen, broker, [*scenario.arguments, "--time", str(seconds), "--warmup", "0"])
        after = system_calls.switches(broker.pid)
    finally:
        broker.stop()
    if answer["failures"]:
        raise brokers.BrokerFailure(f"{scenario.name}: {answer['failures'][0]}")
    messages = answer["delivered"] or answer["published"]
    return per_thousand(counting.calls, [late - early for early, late in zip(before, after)], messages)


def count_instructions(names, options):
    """By scenario; those that bench/hot_path has no path for are missing."""
    if options.no_instructions or not os.access(options.program, os.X_OK):
        return {}
    known = set(instructions.paths(options.program))
    chosen = [name for name in names if name in known]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(chosen, pool.map(lambda name: instructions.instructions_per_message(options.program, name), chosen)))


def main(argv):
    options = parse_arguments(argv)
    chosen = [one for one in scenarios.select(options.names) if one.name in NAMES]
    counted_by = options.tool or system_calls.tool()
    rows = []
    # Before the loads: valgrind would take the processors from them.
    executed = count_instructions([one.name for one in chosen], options)
    for scenario in chosen:
        print(scenario.name, file=sys.stderr, flush=True)
        cells = [scenario.title, counted_by, table.number(executed.get(scenario.name), 0)]
        try:
            cells += [table.number(figure, 1 if figure < 1000 else 0) for figure in load_once(scenario, options)]
        except system_calls.Unavailable as missing:
            print(missing, file=sys.stderr)
            cells += ["-"] * (len(COLUMNS) - len(cells))
        rows.append(cells)
    print(table.render(COLUMNS, rows))
    print("\ninstructions: a message; the other figures: in 1,000 messages (deliveries, where there are any)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
