#!/usr/bin/env python3
"""Checks that the house stands as ARCHITECTURE.md draws it. Run by ctest (`floors`) and by hand: tools/floors.py

  floors       an include leads to the same room or to a lower floor, and is written from src/
  Boost        only in the rooms that talk to the outside: a header of it below would cost every file
               above seconds
  lengths      files and functions fit in a reader's head
  small words  `#pragma once`, no notes to self, no paths of somebody's machine

What is too long and cannot be cut yet is listed with its length in tools/floors_exceptions.txt. The list only tightens:
an entry that is larger than needed is an error too, and --tighten writes the smaller numbers. Nothing adds an entry but
a person, in a commit that says why.
"""
import argparse
import pathlib
import re
import subprocess
import sys

import code_shape

FLOORS = {
    "base": 0,
    "amqp091": 1, "storage": 1, "runtime": 1,
    "broker": 2, "auth": 2,
    "session": 3, "cluster": 3,
    "net": 4, "http": 4,
    "app": 5,
    "cli": 6,  # finds a node the way the server finds itself: app/config
}
BOOST_ROOMS = {"net", "http", "app", "cli"}

FILE_LINES_MAX = 400
FILE_LINES_NEVER_ABOVE = 800  # no exception goes beyond this
FUNCTION_LINES_MAX = 70

CODE_SUFFIXES = {".h", ".cpp", ".c", ".py", ".sh", ".js", ".ts"}
TEXT_SUFFIXES = CODE_SUFFIXES | {".md", ".txt", ".cmake", ".json", ".service", ".conf", ".yml", ""}
# Written so that this file does not find itself. In code, only comments count: a time zone may print as one of these.
STRAY_WORDS = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b(?!\(#\d+\))")
COMMENT = re.compile(r"(?://|/\*|#|^\s*\*)(.*)")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/\w")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def list_files(root):
    """All files of the repository, new ones included; without git, all files but build output."""
    try:
        listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"],
                                capture_output=True, check=True, text=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = [str(path.relative_to(root)) for path in root.rglob("*")
                  if path.relative_to(root).parts[0] not in ("build", "data", ".git")]
    return sorted(name for name in listed if name and (root / name).is_file())


def room_of(name):
    parts = pathlib.PurePosixPath(name).parts
    return parts[1] if len(parts) > 2 and parts[0] == "src" else None


def check_own_include(root, name, target):
    room, target_room = room_of(name), target.split("/")[0]
    if target_room == "tests" and "_test" in name:
        return None  # what tests share lies in tests/
    if target_room not in FLOORS:
        # Generated headers lie in the same room, outside of src/.
        return f'include "{target}": write it from src/, such as "base/ids.h"'
    if room is None or target_room == room:
        return None
    if FLOORS[target_room] >= FLOORS[room]:
        way = "sideways" if FLOORS[target_room] == FLOORS[room] else "up"
        return (f'include "{target}" goes {way}: {room} is on floor {FLOORS[room]}, '
                f"{target_room} on floor {FLOORS[target_room]}")
    return None


def check_boost(name, target):
    room = room_of(name)
    if room is None or not target.startswith("boost/"):
        return None
    if room not in BOOST_ROOMS:
        return f"include <{target}>: {room} knows no Boost"
    return None


def check_includes(root, name, text):
    if room_of(name) is not None and room_of(name) not in FLOORS:
        yield 1, f"room {room_of(name)} has no floor: add it to FLOORS in tools/floors.py"
        return
    for match in INCLUDE.finditer(text):
        line = text.count("\n", 0, match.start(1)) + 1
        quote, target = match.groups()
        fault = check_own_include(root, name, target) if quote == '"' else check_boost(name, target)
        if fault:
            yield line, fault


def prose_of(name, line):
    if pathlib.PurePosixPath(name).suffix not in CODE_SUFFIXES:
        return line
    comment = COMMENT.search(line)
    return comment[1] if comment else ""


def check_words(name, text):
    if name.endswith(".h") and not text.startswith("#pragma once\n"):
        yield 1, "a header begins with #pragma once"
    for number, line in enumerate(text.splitlines(), 1):
        if word := STRAY_WORDS.search(prose_of(name, line)):
            yield number, f"{word.group()} without an issue, such as {word.group()}(#12)"
        if path := MACHINE_PATHS.search(line):
            yield number, f"path of somebody's machine: {path.group()}..."


def lengths_of(name, text):
    """(what, line, lines, limit) of everything in a file that has a length; `what` names it in the exceptions."""
    yield name, 1, len(text.splitlines()), FILE_LINES_MAX
    for function in code_shape.functions_in(name, text):
        yield f"{name}:{function.name}", function.line, function.lines, FUNCTION_LINES_MAX


def read_exceptions(path):
    exceptions = {}
    if path.exists():
        for line in path.read_text().splitlines():
            if line and not line.startswith("#"):
                what, lines = line.rsplit(None, 1)
                exceptions[what] = int(lines)
    return exceptions


def check_lengths(name, text, exceptions, needed):
    longest = {}
    for what, line, lines, limit in lengths_of(name, text):
        if lines > longest.get(what, (0, 0, limit))[0]:  # overloads share a name: the longest counts
            longest[what] = (lines, line, limit)
    for what, (lines, line, limit) in longest.items():
        if lines <= limit:
            continue
        needed[what] = lines
        if what == name and lines > FILE_LINES_NEVER_ABOVE:
            yield line, f"{lines} lines; no file may have more than {FILE_LINES_NEVER_ABOVE}"
        elif lines > exceptions.get(what, limit):
            yield line, f"{what.rpartition('/')[2]} has {lines} lines, {exceptions.get(what, limit)} at most"


def check_exceptions(exceptions, needed):
    for what, lines in exceptions.items():
        if what not in needed:
            yield f"{what} is no longer too long: remove it (or run tools/floors.py --tighten)"
        elif needed[what] < lines:
            yield f"{what} has only {needed[what]} lines now: lower it from {lines} (or run tools/floors.py --tighten)"


def check_tree(root, exceptions):
    """Yields 'file:line: fault' for the whole tree; returns what needs an exception."""
    faults, needed = [], {}
    for name in list_files(root):
        suffix = pathlib.PurePosixPath(name).suffix
        if suffix not in TEXT_SUFFIXES:
            continue
        try:
            text = (root / name).read_text()
        except UnicodeDecodeError:
            continue  # a corpus file without a suffix
        found = list(check_words(name, text))
        if suffix in CODE_SUFFIXES:
            found += check_lengths(name, text, exceptions, needed)
        if suffix in (".h", ".cpp") and name.startswith("src/"):
            found += check_includes(root, name, text)
        faults += [f"{name}:{line}: {fault}" for line, fault in found]
    return faults, needed


def tighten(path, exceptions, needed):
    kept = {what: min(lines, needed[what]) for what, lines in exceptions.items() if what in needed}
    head = [line for line in path.read_text().splitlines() if line.startswith("#")] if path.exists() else []
    path.write_text("\n".join(head + [f"{what} {lines}" for what, lines in sorted(kept.items())]) + "\n")
    return kept


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--tighten", action="store_true", help="lower and remove exceptions that are larger than needed")
    options = parser.parse_args()

    path = options.root / "tools/floors_exceptions.txt"
    exceptions = read_exceptions(path)
    faults, needed = check_tree(options.root, exceptions)
    if options.tighten:
        exceptions = tighten(path, exceptions, needed)
    faults += [f"{path.relative_to(options.root)}: {fault}" for fault in check_exceptions(exceptions, needed)]
    for fault in faults:
        print(fault)
    print(f"floors: {len(faults)} faults, {len(exceptions)} exceptions")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
