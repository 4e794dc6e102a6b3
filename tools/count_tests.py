#!/usr/bin/env python3
"""Counts test cases in JUnit reports: tools/count_tests.py REPORT.xml [GTEST_FOLDER] prints 'PASSED FAILED'.

ctest counts a GoogleTest binary as one test. With the folder of their own reports, the cases inside count instead; a binary
that died before it wrote its report remains the one failed test that ctest saw."""
import pathlib
import sys
import xml.etree.ElementTree


def cases_in(path):
    """(name, 'passed', 'failed' or 'skipped') of each case."""
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            yield case.get("name"), "failed"
        elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            yield case.get("name"), "skipped"
        else:
            yield case.get("name"), "passed"


def count(report, gtest_folder=None):
    passed = failed = 0
    for name, outcome in cases_in(report):
        inner = pathlib.Path(gtest_folder) / f"{name}.xml" if gtest_folder else None
        outcomes = [outcome]
        if inner is not None and inner.exists():
            inside = [inner_outcome for _, inner_outcome in cases_in(inner)]
            # A failure outside of any case (a leak found at exit) is ctest's to report.
            outcomes = inside + ["failed"] if outcome == "failed" and "failed" not in inside else inside
        passed += outcomes.count("passed")
        failed += outcomes.count("failed")
    return passed, failed


def main():
    try:
        print(*count(*sys.argv[1:]))
    except (OSError, xml.etree.ElementTree.ParseError) as problem:
        print(f"count_tests: {problem}", file=sys.stderr)
        print("0 1")


if __name__ == "__main__":
    main()
