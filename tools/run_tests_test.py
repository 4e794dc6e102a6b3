#!/usr/bin/env python3
"""Tests of what run_tests.sh stands on: counting reports, and a command beside a server (here a small stand-in)."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

import count_tests

TOOLS = pathlib.Path(__file__).resolve().parent

STAND_IN = """#!/usr/bin/env python3
import json, os, pathlib, signal, sys
(pathlib.Path(__file__).parent / "pid").write_text(str(os.getpid()))
data = pathlib.Path(sys.argv[sys.argv.index("--data-dir") + 1])
print("a word in the log", flush=True)
if "refuse = true" in open(sys.argv[sys.argv.index("--config") + 1]).read():
    sys.exit(3)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
data.mkdir()
(data / "ports.json").write_text(json.dumps({"amqp": 1234}))
signal.pause()
"""


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path


class Counting(Folder):
    def junit(self, *cases):
        inner = {"passed": "", "failed": "<failure/>", "skipped": "<skipped/>"}
        return ("<testsuites><testsuite>" + "".join(
            f'<testcase name="{name}">{inner[outcome]}</testcase>' for name, outcome in cases)
            + "</testsuite></testsuites>")

    def test_counts_passed_and_failed_and_leaves_skipped_out(self):
        report = self.write("r.xml", self.junit(("a", "passed"), ("b", "failed"), ("c", "skipped")))
        self.assertEqual(count_tests.count(report), (1, 1))

    def test_counts_the_cases_inside_a_binary(self):
        report = self.write("r.xml", self.junit(("x_test", "passed"), ("floors", "passed")))
        self.write("gtest/x_test.xml", self.junit(("a", "passed"), ("b", "passed")))
        self.assertEqual(count_tests.count(report, self.root / "gtest"), (3, 0))

    def test_binary_that_died_is_one_failure(self):
        report = self.write("r.xml", self.junit(("x_test", "failed")))
        self.assertEqual(count_tests.count(report, self.root / "gtest"), (0, 1))

    def test_binary_that_failed_after_its_cases_is_a_failure(self):
        report = self.write("r.xml", self.junit(("x_test", "failed")))
        self.write("gtest/x_test.xml", self.junit(("a", "passed")))
        self.assertEqual(count_tests.count(report, self.root / "gtest"), (1, 1))

    def test_missing_report_is_a_failure(self):
        shown = subprocess.run([sys.executable, TOOLS / "count_tests.py", self.root / "none.xml"],
                               capture_output=True, text=True, check=True).stdout
        self.assertEqual(shown, "0 1\n")


class WithServer(Folder):
    def run_with(self, *arguments):
        server = self.write("server", STAND_IN)
        server.chmod(0o755)
        return subprocess.run([sys.executable, TOOLS / "with_server.py", "--server", server, *arguments],
                              capture_output=True, text=True, check=False)

    def test_command_gets_the_port_and_its_status_counts(self):
        good = self.run_with("echo", "port {amqp_port}")
        self.assertEqual((good.returncode, good.stdout), (0, "port 1234\n"))
        bad = self.run_with("sh", "-c", "exit 7")
        self.assertEqual((bad.returncode, bad.stdout), (7, ""))

    def test_log_is_kept_where_asked(self):
        kept = self.root / "kept.log"
        self.run_with("--log", kept, "true")
        self.assertEqual(kept.read_text(), "a word in the log\n")

    def test_server_that_does_not_start_is_a_failure_with_its_log(self):
        refused = self.run_with("--conf", "refuse = true", "echo", "not reached")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("did not start (status 3)", refused.stdout)
        self.assertIn("a word in the log", refused.stdout)
        self.assertNotIn("not reached", refused.stdout)

    def test_server_that_dies_meanwhile_is_a_failure(self):
        died = self.run_with("sh", "-c", f"kill -KILL $(cat {self.root}/pid); sleep 0.1")
        self.assertEqual(died.returncode, 1)
        self.assertIn("did not end cleanly", died.stdout)


if __name__ == "__main__":
    unittest.main()
