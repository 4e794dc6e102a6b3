#!/usr/bin/python3
"""Measures what a message costs as things grow, and draws it.

    bench/growth.py                                          every curve, ours alone; plots go to docs/growth/
    bench/growth.py --relay --peer-port 5673 --peer-name rabbitmq-4.3
    bench/growth.py bindings queues --short --plots /tmp     some curves, every other point
    bench/growth.py --draw docs/growth/growth.json           draws what was measured before

curves.py says what is measured; bench/README.md explains it.
"""
import argparse
import json
import os
import pathlib
import shlex
import statistics
import subprocess
import sys

import amqp
import brokers
import curves
import measure
import plot
import run

TOP = pathlib.Path(__file__).resolve().parent.parent
PREDECLARED = ("--predeclared", "--keep")


def parse_arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="words in the names of the curves (default: all)")
    parser.add_argument("--server", default=str(TOP / "build/release/bin/warrenmq-server"), help="our binary")
    parser.add_argument("--loadgen", default=str(TOP / "build/release/bin/warrenmq-loadgen"))
    parser.add_argument("--routing-cost", default=str(TOP / "build/release/bin/routing-cost"))
    parser.add_argument("--relay", nargs="?", const=str(TOP / "build/release/bin/warrenmq-relay"), metavar="BINARY",
                        help="also the relay, the floor of this machine")
    parser.add_argument("--peer-port", type=int, help="a running broker")
    parser.add_argument("--peer-name", default="peer")
    parser.add_argument("--time", type=float, default=2, help="seconds of each measurement")
    parser.add_argument("--rounds", type=int, default=1, help="measurements of each point; the median counts")
    parser.add_argument("--short", action="store_true", help="every other point, half a second each")
    parser.add_argument("--data-root", default="/var/tmp", help="our data folders go below it")
    parser.add_argument("--plots", type=pathlib.Path, default=TOP / "docs/growth", help="folder of the plots and of growth.json")
    parser.add_argument("--draw", type=pathlib.Path, metavar="JSON", help="measure nothing, draw this")
    return parser.parse_args(argv)


def loadgen(options, broker, arguments, *more):
    answer = measure.run_loadgen(options.loadgen, broker, [*shlex.split(arguments), *more])
    if answer.get("failures"):
        raise brokers.BrokerFailure(answer["failures"][0])
    return answer


def figures_of(answer):
    return {"cpu_us": answer["broker_cpu_us_per_message"], "rate": answer["delivered_per_s"] or answer["published_per_s"]}


def measure_load(options, broker, arguments):
    return figures_of(loadgen(options, broker, arguments, "--time", str(options.time), "--warmup", "0.5"))


def measure_publish(options, broker, arguments):
    """What is published onto a backlog of as many messages."""
    loadgen(options, broker, arguments, "--backlog", "--keep")
    figures = figures_of(loadgen(options, broker, arguments, "--backlog", *PREDECLARED))
    loadgen(options, broker, "--count 1")  # leaves nothing behind at a broker that stays
    return figures


def measure_drain(options, broker, arguments):
    loadgen(options, broker, arguments, "--backlog", "--keep")
    figures = figures_of(loadgen(options, broker, "--size 16 --drain --auto-ack", *PREDECLARED))
    loadgen(options, broker, "--count 1")
    return figures


MEASURES = {"load": measure_load, "publish": measure_publish, "drain": measure_drain}


def routing_point(options, arguments):
    done = subprocess.run([options.routing_cost, *arguments.split()], capture_output=True, text=True, check=True, timeout=600)
    return {"cpu_us": float(done.stdout) / 1000}


def broker_point(options, line, broker, value):
    try:
        broker.start()
        return MEASURES[line.kind](options, broker, line.arguments(value))
    finally:
        broker.stop()


def takes_part(broker, line, value):
    if isinstance(broker, brokers.Peer):
        return value <= line.peer_max
    return value <= line.relay_max or not isinstance(broker, brokers.Relay)


def point(options, line, broker, value):
    """The medians of all rounds, or what failed."""
    try:
        rounds = [routing_point(options, line.arguments(value)) if line.kind == "routing" else broker_point(options, line, broker, value)
                  for _ in range(options.rounds)]
    except (brokers.BrokerFailure, amqp.Refused, OSError, subprocess.SubprocessError) as failure:
        return {"x": value, "failure": str(failure)}
    return {"x": value, **{key: statistics.median(figures[key] for figures in rounds) for key in rounds[0]}}


def measure_curve(options, curve, members, say):
    """A list of series, each of one broker and one line."""
    all_series = []
    for line in curve.lines:
        by_itself = line.kind == "routing"
        for broker in members[:1] if by_itself else members:
            values = [value for value in curves.shortened(line.values, options.short) if takes_part(broker, line, value)]
            if not values:
                continue
            name = line.name if by_itself else ": ".join(filter(None, (broker.name, line.name)))
            points = []
            for value in values:
                points.append(point(options, line, broker, value))
                say(f"{curve.name}: {name}: {points[-1]}")
            all_series.append({"name": name, "points": points})
    return all_series


def draw(report, folder):
    """One SVG a curve; says which."""
    folder.mkdir(parents=True, exist_ok=True)
    for curve in curves.CURVES:
        if curve.name not in report["curves"]:
            continue
        drawn = [plot.Series(series["name"], [(at["x"], at["cpu_us"]) for at in series["points"] if "cpu_us" in at])
                 for series in report["curves"][curve.name]]
        (folder / f"{curve.name}.svg").write_text(plot.render(curve.chart, drawn))


def main(argv):
    options = parse_arguments(argv)
    if options.draw:
        draw(json.loads(options.draw.read_text()), options.plots)
        return 0
    if options.short:
        options.time = min(options.time, 0.5)
    for program in (options.loadgen, options.routing_cost):
        if not os.access(program, os.X_OK):
            raise SystemExit(f"{program} is not there: make build, and cmake --build build/release --target routing-cost")
    members = [brokers.Server("warrenmq", options.server, options.data_root)]
    if options.peer_port:
        members.append(brokers.Peer(options.peer_name, options.peer_port, "auto"))
    if options.relay:
        members.append(brokers.Relay(options.relay))
    options.plots.mkdir(parents=True, exist_ok=True)
    record = options.plots / "growth.json"
    report = json.loads(record.read_text()) if record.exists() else {"curves": {}}
    report |= {"commit": run.describe_commit(), "machine": run.describe_machine()}

    def say(text):
        print(text, file=sys.stderr, flush=True)

    for curve in curves.select(options.names):
        report["curves"][curve.name] = measure_curve(options, curve, members, say)
        record.write_text(json.dumps(report, indent=1) + "\n")
        draw(report, options.plots)
    failures = [at for curve in report["curves"].values() for series in curve for at in series["points"] if "failure" in at]
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
