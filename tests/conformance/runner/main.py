"""The command line: which scenarios, against which broker, and what came of it."""
import argparse
import concurrent.futures
import os
import pathlib
import sys
import uuid

from .play import Player, Scenario, Target

HERE = pathlib.Path(__file__).resolve().parent.parent


def parse_arguments():
    parser = argparse.ArgumentParser(description="Play scenario files against an AMQP broker.")
    parser.add_argument("files", nargs="*", help="scenario files or folders; all without any")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5672)
    parser.add_argument("--user", default="guest")
    parser.add_argument("--password", default="guest")
    parser.add_argument("--jobs", "-j", type=int, default=8, help="scenarios at the same time")
    parser.add_argument("--have", default="", help="what the broker has for scenarios that need "
                        "more than an empty node, by commas, such as plugins,warren")
    parser.add_argument("--update", action="store_true",
                        help="write what the broker answers into the files")
    parser.add_argument("--quiet", "-q", action="store_true", help="print only what fails")
    return parser.parse_args()


def scenario_paths(files):
    found = []
    for name in files or [str(HERE)]:
        path = pathlib.Path(name)
        found += sorted(path.rglob("*.scenario")) if path.is_dir() else [path]
    return found


def play(path, options):
    """The result line and whether it passed: True, False, or None for not played."""
    scenario = Scenario.load(path)
    shown = os.path.relpath(path)
    missing = scenario.needs() - set(options.have.split(","))
    if missing:
        return f"skip {shown} (needs {', '.join(sorted(missing))})", None
    target = Target(options.host, options.port, options.user, options.password)
    player = Player(scenario, target, uuid.uuid4().hex[:6], options.update)
    problem = player.run()
    if options.update and player.rewritten:
        rewrite(scenario, player.rewritten)
    if problem is None:
        return f"pass {shown}", True
    line, text = problem
    source = scenario.lines[line - 1].strip() if line <= len(scenario.lines) else "(end)"
    return f"FAIL {shown}:{line}\n     {source}\n     {text}", False


def rewrite(scenario, rewritten):
    lines = []
    for index, line in enumerate(scenario.lines):
        lines += rewritten.get(index, [line])
    with open(scenario.path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


def main():
    options = parse_arguments()
    paths = scenario_paths(options.files)
    if not paths:
        print("no scenario found", file=sys.stderr)
        return 2
    counts = {True: 0, False: 0, None: 0}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for text, passed in pool.map(lambda path: play(path, options), paths):
            counts[passed] += 1
            if passed is False or not options.quiet:
                print(text, flush=True)
    skipped = f", {counts[None]} skipped" if counts[None] else ""
    print(f"{counts[True]} passed, {counts[False]} failed{skipped}")
    return 1 if counts[False] else 0
