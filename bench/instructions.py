#!/usr/bin/python3
"""Counts the instructions that the broker executes for each message, and compares them with what is on record.

    bench/instructions.py             every path; fails where one has grown by more than a tenth
    bench/instructions.py 16b 100b    paths whose names contain a word
    bench/instructions.py --record    writes bench/instructions.json: only in a commit that says why

build/release/bin/hot-path drives two shards in one thread (bench/hot_path/hot_path.h), valgrind counts. Two runs of different
length are subtracted from one another, so that the start does not count. Instructions of the kernel are not counted. Compilers
differ: each has a record of its own, and one without a record is only shown.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
RECORD = TOP / "bench/instructions.json"
PROGRAM = TOP / "build/release/bin/hot-path"
MESSAGES = (2_000, 12_000)  # of the shorter and the longer run
GROWTH_MAX = 0.10
COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")


def parse_arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="words in the names of the paths (default: all)")
    parser.add_argument("--record", action="store_true", help="put the figures on record")
    parser.add_argument("--program", type=pathlib.Path, default=PROGRAM)
    return parser.parse_args(argv)


def compiler(program):
    """What the program was compiled by, as in its own comment section: gcc-12."""
    comment = subprocess.run(["readelf", "-p", ".comment", str(program)], capture_output=True, text=True, check=True).stdout
    found = re.search(r"GCC: \([^)]*\) (\d+)", comment)
    return f"gcc-{found.group(1)}" if found else "unknown"


def paths(program):
    """The names of the paths that the program knows."""
    return subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout.split()


def count(program, name, messages):
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        done = subprocess.run(["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
                               str(program), name, str(messages), folder], capture_output=True, text=True)
    found = COUNTED.search(done.stderr)
    if done.returncode != 0 or not found:
        raise SystemExit(f"{name}: valgrind ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return int(found.group(1).replace(",", ""))


def instructions_per_message(program, name):
    few, many = (count(program, name, messages) for messages in MESSAGES)
    return (many - few) / (MESSAGES[1] - MESSAGES[0])


def verdict(now, before):
    """In words, and whether it is a failure."""
    if before is None:
        return "no record", False
    growth = now / before - 1
    if growth > GROWTH_MAX:
        return f"{growth:+.1%}: more than {GROWTH_MAX:.0%} above the record", True
    return f"{growth:+.1%}", False


def main(argv):
    options = parse_arguments(argv)
    if not os.access(options.program, os.X_OK):
        raise SystemExit(f"{options.program} is not there: cmake --build build/release --target hot-path")
    names = [name for name in paths(options.program) if not options.names or any(word in name for word in options.names)]
    key = compiler(options.program)
    records = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    record = records.setdefault(key, {})
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        figures = dict(zip(names, pool.map(lambda name: instructions_per_message(options.program, name), names)))
    print(f"instructions a message, {key}")
    failures = 0
    for name, now in figures.items():
        text, failed = verdict(now, record.get(name))
        failures += failed
        print(f"  {name:20}{now:10,.0f}   {text}")
    if options.record:
        record.update({name: round(now) for name, now in figures.items()})
        RECORD.write_text(json.dumps(records, indent=1, sort_keys=True) + "\n")
        return 0
    print(f"{len(figures) - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
