#!/usr/bin/env bash
# Runs every suite on what is built and ends with a line of its own: N passed, N failed. A suite that counts nothing has failed.
set -uo pipefail
cd "$(dirname "$0")/.."

reports=build/dev/reports
python=/usr/bin/python3  # Debian's, which has Debian's pika and pytest
[[ -x $python ]] || python=python3
jobs=${JOBS:-2}
passed=0
failed=0

section() { printf '\n=== %s ===\n' "$1"; }

# count SUITE STATUS PASSED FAILED: adds a suite up. A failed run without a failed case, or without any case, is a failure.
count() {
  local suite=$1 status=$2 suite_passed=${3:-0} suite_failed=${4:-0}
  if ((suite_failed == 0)) && { ((status != 0)) || ((suite_passed == 0)); }; then suite_failed=1; fi
  printf '%s: %d passed, %d failed\n' "$suite" "$suite_passed" "$suite_failed"
  passed=$((passed + suite_passed))
  failed=$((failed + suite_failed))
}

rm -rf "$reports"
mkdir -p "$reports/gtest"

section "unit tests"
GTEST_OUTPUT="xml:$PWD/$reports/gtest/" ctest --test-dir build/dev -j "$jobs" --output-on-failure \
  --output-junit "$PWD/$reports/ctest.xml"
status=$?
count "unit tests" $status $(python3 tools/count_tests.py "$reports/ctest.xml" "$reports/gtest")

section "conformance: what RabbitMQ answers, byte for byte"
tools/with_server.py --log "$reports/conformance-broker.log" --conf "load_definitions = $PWD/tests/conformance/definitions.json" \
  "$python" tests/conformance/run.py --quiet --port "{amqp_port}" --have warren,plugins,users \
  | tee "$reports/conformance.txt"
status=$?
count "conformance" $status $(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed.*/\1 \2/p' "$reports/conformance.txt" | tail -n 1)

section "end to end: clients of other people"
"$python" -m pytest -q tests/e2e --junitxml="$reports/e2e.xml" \
  --deselect test_conformance.py::test_every_scenario_passes  # ran above, scenario by scenario
status=$?
count "end to end" $status $(python3 tools/count_tests.py "$reports/e2e.xml")

section "killed again and again: what was confirmed comes back"
build/dev/bin/warrenmq-crash --server build/release/bin/warrenmq-server --rounds 1000 --seconds 25 --quiet \
  | tee "$reports/crash.txt"
status=$?
count "killed again and again" $status $(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed.*/\1 \2/p' "$reports/crash.txt" | tail -n 1)

section "instructions a message: not a tenth more than on record"
bench/instructions.py | tee "$reports/instructions.txt"
status=$?
count "instructions a message" $status $(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed.*/\1 \2/p' "$reports/instructions.txt" | tail -n 1)

section "all suites"
echo "$passed passed, $failed failed"
((failed == 0))
