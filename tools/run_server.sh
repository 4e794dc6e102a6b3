#!/usr/bin/env bash
# Runs the release build in the foreground and, once it is ready, says how to try it: tools/run_server.sh --data-dir DIR ...
set -euo pipefail
cd "$(dirname "$0")/.."

server=build/release/bin/warrenmq-server
data=./data
previous=
for argument in "$@"; do
  [[ $previous == --data-dir ]] && data=$argument
  previous=$argument
done
mkdir -p "$data"
rm -f "$data/ports.json"  # written anew when the node is ready

"$server" "$@" &
node=$!
trap 'kill -TERM $node 2>/dev/null' INT TERM

until [[ -s $data/ports.json ]]; do
  kill -0 $node 2>/dev/null || { wait $node; exit $?; }
  sleep 0.05
done
cat <<READY

  WarrenMQ is ready (stop it with Ctrl-C).
    listens on   $(python3 -c 'import json, sys
for name, value in json.load(open(sys.argv[1])).items():
    print(f"{name} {value}", end="  ")' "$data/ports.json")
    data in      $(cd "$data" && pwd)
    user         guest, password guest (from this machine only)
    try it       amqp-declare-queue -q hello && amqp-publish -r hello -b 'Hello.' && amqp-get -q hello
                 (librabbitmq's tools: apt-get install amqp-tools)

READY
# A signal ends the first wait early; the second one gets the node's own status.
wait $node || wait $node
