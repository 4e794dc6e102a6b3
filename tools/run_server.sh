#!/usr/bin/env bash
# Runs the release build in the foreground and, once it is ready, says how to try it: tools/run_server.sh --data-dir DIR ...
set -euo pipefail
cd "$(dirname "$0")/.."

server=build/release/bin/warrenmq-server
data=./data
configured=
previous=
for argument in "$@"; do
  [[ $previous == --data-dir ]] && data=$argument
  [[ $argument == --config ]] && configured=yes
  previous=$argument
done
[[ $configured ]] || set -- "$@" --config deploy/run.conf
mkdir -p "$data"
rm -f "$data/ports.json"  # written anew when the node is ready

"$server" "$@" &
node=$!
trap 'kill -TERM $node 2>/dev/null' INT TERM

until [[ -s $data/ports.json ]]; do
  kill -0 $node 2>/dev/null || { wait $node; exit $?; }
  sleep 0.05
done
python3 - "$data" <<'READY'
import json, pathlib, sys

data = pathlib.Path(sys.argv[1])
ports = {name: port for name, port in json.loads((data / "ports.json").read_text()).items() if port}
address = "" if ports.get("amqp") == 5672 else f" --port={ports.get('amqp')}"
api = "" if "http" not in ports else f"    HTTP API     http://127.0.0.1:{ports['http']}/api/overview\n"
print(f"""
  WarrenMQ is ready (stop it with Ctrl-C).
    listens on   {", ".join(f"port {port} ({name})" for name, port in ports.items())}
    data in      {data.resolve()}
    user         guest, password guest (from this machine only)
{api}    try it       amqp-declare-queue{address} -q hello
                 amqp-publish{address} -r hello -b 'Hello.'
                 amqp-get{address} -q hello
                 (librabbitmq's tools: apt-get install amqp-tools)
""", flush=True)
READY
# A signal ends the first wait early; the second one gets the node's own status.
wait $node || wait $node
