#!/usr/bin/python3
"""Runs the named scenarios against our broker and others, turn by turn, and prints one table.

    bench/run.py                                            ours alone, the release build
    bench/run.py --peer-port 5692 --peer-name rabbitmq-4.3  beside a RabbitMQ that runs on this machine
    bench/run.py --relay 16b 100b-acks                      scenarios whose names contain a word, beside the floor

bench/README.md says what the columns mean.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys

import amqp
import brokers
import measure
import scenarios
import table

TOP = pathlib.Path(__file__).resolve().parent.parent


def parse_arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="words in the names of the scenarios (default: all)")
    parser.add_argument("--server", default=str(TOP / "build/release/bin/warrenmq-server"), help="our binary")
    parser.add_argument("--server-name", default="warrenmq")
    parser.add_argument("--server-config", action="append", default=[], metavar="LINE", help="a further line of rabbitmq.conf")
    parser.add_argument("--no-server", action="store_true", help="measure the peers only")
    parser.add_argument("--loadgen", default=str(TOP / "build/release/bin/warrenmq-loadgen"))
    parser.add_argument("--relay", nargs="?", const=str(TOP / "build/release/bin/warrenmq-relay"), metavar="BINARY",
                        help="also the relay, the floor of this machine")
    parser.add_argument("--peer-port", type=int, action="append", default=[], help="a running broker; may be repeated")
    parser.add_argument("--peer-name", action="append", default=[], help="its name, in the order of the ports")
    parser.add_argument("--peer-pid", action="append", default=[], help="its process, or auto: whoever listens on the port")
    parser.add_argument("--peer-start", action="append", default=[], metavar="PORT:COMMAND",
                        help="for the start-up scenario: a command that runs a broker in the foreground, and its port")
    parser.add_argument("--time", type=float, default=5, help="seconds of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each scenario and broker; the median counts")
    parser.add_argument("--data-root", default="/var/tmp", help="our data folders go below it: on the disk to be measured")
    parser.add_argument("--backlog", type=int, default=10_000_000, metavar="MESSAGES", help="of the scenarios backlog and stream-read")
    parser.add_argument("--peer-backlog", type=int, default=1_000_000, metavar="MESSAGES", help="the same for peers")
    parser.add_argument("--json", metavar="FILE", help="write everything there, for bench/compare.py")
    parser.add_argument("--list", action="store_true", help="print the scenarios and end")
    return parser.parse_args(argv)


def assemble_brokers(options):
    members = []
    if not options.no_server:
        members.append(brokers.Server(options.server_name, options.server, options.data_root, options.server_config))
    for position, port in enumerate(options.peer_port):
        def given(values, default, at=position):
            return values[at] if at < len(values) else default
        members.append(brokers.Peer(given(options.peer_name, f"port-{port}"), port, given(options.peer_pid, "auto"),
                                    given(options.peer_start, "")))
    if options.relay:
        members.append(brokers.Relay(options.relay))
    if not members:
        raise SystemExit("no broker to measure")
    return [*members, brokers.Disk(options.data_root)]


def takes_part(broker, scenario):
    if isinstance(broker, brokers.Disk):
        return scenario.disk
    return scenario.relay or not isinstance(broker, brokers.Relay)


def run_scenario(scenario, members, options, say):
    """A B A B: what disturbs the machine for a while disturbs them all."""
    runs = {broker.name: [] for broker in members if takes_part(broker, scenario)}
    rounds = 1 if scenario.kind in ("idle-memory", "idle-connections", "backlog", "stream", "delays", "restart") else options.rounds
    for turn in range(rounds):
        for broker in members:
            if broker.name not in runs:
                continue
            say(f"{scenario.name}: {broker.name}, {turn + 1} of {rounds}")
            try:
                figures = measure.measure(scenario, broker, options.loadgen, options)
            except (brokers.BrokerFailure, amqp.Refused, OSError, subprocess.TimeoutExpired) as failure:
                figures = {"failures": [str(failure)]}
            if figures is None:
                del runs[broker.name]
            else:
                runs[broker.name].append(figures)
    return {"name": scenario.name, "title": scenario.title,
            "brokers": {name: {"median": measure.median_of(results), "runs": results} for name, results in runs.items()}}


def describe_machine():
    models = [line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
              if line.startswith("model name")]
    return {"cpu": models[0] if models else platform.machine(), "cores": os.cpu_count(), "kernel": platform.release()}


def describe_commit():
    done = subprocess.run(["git", "-C", str(TOP), "describe", "--always", "--dirty"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def main(argv):
    options = parse_arguments(argv)
    if options.list:
        for scenario in scenarios.SCENARIOS:
            print(f"{scenario.name:20} {scenario.title}")
        return 0
    if not os.access(options.loadgen, os.X_OK):
        raise SystemExit(f"{options.loadgen} is not there: make build")
    chosen = scenarios.select(options.names)
    members = assemble_brokers(options)

    def say(text):
        print(text, file=sys.stderr, flush=True)

    report = {"when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "commit": describe_commit(),
              "machine": describe_machine(), "time": options.time, "rounds": options.rounds,
              "ours": members[0].name, "scenarios": []}
    for scenario in chosen:
        report["scenarios"].append(run_scenario(scenario, members, options, say))
        if options.json:
            pathlib.Path(options.json).write_text(json.dumps(report, indent=1) + "\n")
    machine = report["machine"]
    print(f"{report['commit']}, {machine['cores']} x {machine['cpu']}, Linux {machine['kernel']}, "
          f"median of {options.rounds} x {options.time:g} s")
    print(table.render(table.COLUMNS, table.rows_of(report)))
    print("".join(f"\n{line}" for line in table.notes_of(report)))
    failed = any(broker["median"]["failures"] for scenario in report["scenarios"] for broker in scenario["brokers"].values())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
