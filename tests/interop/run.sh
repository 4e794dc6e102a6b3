#!/usr/bin/env bash
# Runs client libraries that nobody here wrote against a broker on 127.0.0.1.
#
#   tests/interop/run.sh [--port P [--http-port P] | --server BINARY] [--perftest-seconds N] [--strict] [NAME...]
#
# --port P      a broker that is already running (guest/guest); its HTTP API is on --http-port, 10000 higher if not given
# --server BIN  starts warrenmq-server on a free port and stops it at the end (default: build/release/bin/warrenmq-server)
# --strict      a client that cannot be tried here counts as failed and not as skipped
# NAME          pika aio-pika celery oslo node go rust java java-http perftest rabbit-hole rabbitmqadmin ansible; all of them by default
#
# Each client's packages come from its own package manager and stay under build/interop, as do the logs.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
work=$top/build/interop
logs=$work/logs
names=(pika aio-pika celery oslo node go rust java java-http perftest rabbit-hole rabbitmqadmin ansible)
port='' http_port='' server=$top/build/release/bin/warrenmq-server server_pid='' strict=no perftest_seconds=60 wanted=()
passed=0 failed=0 skipped=0

die() { echo "$*" >&2; exit 2; }
while (($#)); do
    case $1 in
        --port) port=${2:?--port needs a number}; shift ;;
        --http-port) http_port=${2:?--http-port needs a number}; shift ;;
        --server) server=${2:?--server needs a file}; shift ;;
        --perftest-seconds) perftest_seconds=${2:?--perftest-seconds needs a number}; shift ;;
        --strict) strict=yes ;;
        -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0"; exit 0 ;;
        -*) die "unknown option $1" ;;
        *) [[ " ${names[*]} " == *" $1 "* ]] || die "unknown client $1: one of ${names[*]}"; wanted+=("$1") ;;
    esac
    shift
done
((${#wanted[@]})) || wanted=("${names[@]}")
mkdir -p "$logs"

# --- what each client needs, and how it is run -----------------------------------------------------------------------

# Says on the first missing tool what is missing.
need() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || { reason="$tool is not installed"; return 1; }
    done
}

# Does its work once for each content of the given files: once FILE... -- COMMAND...
once() {
    local files=() stamp
    while [[ $1 != -- ]]; do files+=("$1"); shift; done
    shift
    stamp=$work/stamps/$name-$(cat "${files[@]}" | sha256sum | cut -c1-16)
    [[ -e $stamp ]] && return
    "$@" >"$logs/$name-install.log" 2>&1 || { reason="its packages cannot be installed: $logs/$name-install.log"; return 1; }
    mkdir -p "$work/stamps" && touch "$stamp"
}

# No client may hang for ever.
bounded() { timeout --kill-after=10 "${limit:-180}" "$@"; }

python=${PYTHON:-/usr/bin/python3}
prepare_python() {
    need "$python" || return
    name=python once "$here/python/requirements.txt" -- install_python
}
install_python() {
    rm -rf "$work/venv"
    "$python" -m venv "$work/venv" && "$work/venv/bin/pip" install --cache-dir "$work/pip-cache" -r "$here/python/requirements.txt"
}
run_python() { (cd "$here/python" && PYTHONDONTWRITEBYTECODE=1 bounded "$work/venv/bin/python" "$1_scenario.py" --port "$port"); }

prepare_pika() { prepare_python; }
run_pika() { run_python pika; }
prepare_aio-pika() { prepare_python; }
run_aio-pika() { run_python aio_pika; }
prepare_celery() { prepare_python; }
run_celery() { run_python celery; }
prepare_oslo() { prepare_python; }
run_oslo() { run_python oslo; }

prepare_node() {
    need node npm || return
    once "$here"/node/{package.json,package-lock.json,scenario.js} -- install_node
}
install_node() {
    mkdir -p "$work/node" && cp "$here"/node/{package.json,package-lock.json,scenario.js} "$work/node/" &&
        npm --prefix "$work/node" ci --cache "$work/npm-cache" --no-audit --no-fund
}
run_node() { bounded node "$work/node/scenario.js" --port "$port"; }

prepare_go() {
    need go || return
    once "$here"/go/{go.mod,go.sum,main.go} -- install_go
}
install_go() { (cd "$here/go" && GOMODCACHE=$work/go-modules GOFLAGS=-modcacherw go build -o "$work/go-scenario" .); }
run_go() { bounded "$work/go-scenario" --port "$port"; }

prepare_rabbit-hole() {
    need go || return
    once "$here"/rabbit_hole/{go.mod,go.sum,main.go} -- install_rabbit_hole
}
install_rabbit_hole() { (cd "$here/rabbit_hole" && GOMODCACHE=$work/go-modules GOFLAGS=-modcacherw go build -o "$work/rabbit-hole" .); }
run_rabbit-hole() { bounded "$work/rabbit-hole" --port "$http_port"; }

prepare_rabbitmqadmin() {
    need cargo "$python" || return
    once "$here/rabbitmqadmin/version" -- install_rabbitmqadmin
}
# With the dependencies that it was released with.
install_rabbitmqadmin() {
    CARGO_HOME=$work/cargo-home CARGO_TARGET_DIR=$work/cargo cargo install --locked --version "$(<"$here/rabbitmqadmin/version")" \
        --root "$work/rabbitmqadmin" rabbitmqadmin
}
run_rabbitmqadmin() {
    limit=300 bounded "$python" "$here/rabbitmqadmin/scenario.py" --program "$work/rabbitmqadmin/bin/rabbitmqadmin" --port "$http_port"
}

# Its modules run rabbitmqctl, which asks a broker of this machine through its data folder.
prepare_ansible() {
    need "$python" || return
    [[ -n $server_pid ]] || { reason='it needs the broker'"'"'s data folder: leave --port out'; return 1; }
    once "$here/ansible/requirements.txt" -- install_ansible
}
install_ansible() {
    rm -rf "$work/ansible"
    "$python" -m venv "$work/ansible" && "$work/ansible/bin/pip" install --cache-dir "$work/pip-cache" -r "$here/ansible/requirements.txt"
}
run_ansible() {
    limit=300 bounded "$python" "$here/ansible/scenario.py" --playbook "$work/ansible/bin/ansible-playbook" --tools "$(dirname "$server")" \
        --data-dir "$work/server/data" --port "$port" --http-port "$http_port"
}

prepare_rust() {
    need cargo || return
    once "$here"/rust/{Cargo.toml,src/main.rs} -- install_rust
}
install_rust() {
    rm -rf "$work/rust" && cp -r "$here/rust" "$work/rust" &&
        (cd "$work/rust" && CARGO_HOME=$work/cargo-home CARGO_TARGET_DIR=$work/cargo cargo build)
}
run_rust() { bounded "$work/cargo/debug/warrenmq-interop" --port "$port"; }

prepare_java() {
    need java javac mvn || return
    once "$here"/java/{pom.xml,src/main/java/Scenario.java} -- install_java
}
maven() {
    rm -rf "${work:?}/$1" && cp -r "$here/$1" "$work/$1" &&
        (cd "$work/$1" && mvn -B -q -Dmaven.repo.local="$work/m2" "${@:2}" dependency:build-classpath \
            -Dmdep.outputFile=classpath)
}
install_java() { maven java compile; }
run_java() { bounded java -cp "$work/java/target/classes:$(<"$work/java/classpath")" Scenario --port "$port"; }

prepare_java-http() {
    need java javac mvn || return
    once "$here"/java_http/{pom.xml,src/main/java/HttpScenario.java} -- maven java_http compile
}
run_java-http() { bounded java -cp "$work/java_http/target/classes:$(<"$work/java_http/classpath")" HttpScenario --port "$http_port"; }

prepare_perftest() {
    need java mvn || return
    once "$here/perftest/pom.xml" -- maven perftest
}
# PerfTest reports some errors only in its output, so that is read too.
run_perftest() {
    local output=$logs/perftest-output.txt limit=$((perftest_seconds + 60))
    bounded java -cp "$(<"$work/perftest/classpath")" com.rabbitmq.perf.PerfTest --uri "amqp://guest:guest@127.0.0.1:$port" \
        --time "$perftest_seconds" --queue-pattern 'perf-test-%d' --queue-pattern-from 1 --queue-pattern-to 2 \
        --producers 2 --consumers 8 --flag persistent --queue-args x-cancel-on-ha-failover=true >"$output" 2>&1
    local code=$?
    cat "$output"
    if ((code != 0)); then
        echo "    FAIL PerfTest ended with $code"
        return 1
    fi
    if grep -qiE 'exception|error|shutdown' "$output"; then
        echo "    FAIL PerfTest speaks of an error"
        return 1
    fi
    grep -qE 'receiving rate avg: [1-9]' "$output" || { echo "    FAIL nothing was received"; return 1; }
    sed -n 's/^id: [^,]*, \(sending rate.*\|receiving rate.*\|consumer latency.*\)/    ok   \1/p' "$output"
}

# --- the broker ------------------------------------------------------------------------------------------------------

start_server() {
    [[ -x $server ]] || die "no broker: build $server, or give --port or --server"
    local data=$work/server ports=$work/server/data/ports.json
    rm -rf "$data" && mkdir -p "$data/data"
    printf '%s\n' 'listeners.tcp.1 = 127.0.0.1:0' 'management.tcp.ip = 127.0.0.1' 'management.tcp.port = 0' >"$data/rabbitmq.conf"
    "$server" --config "$data/rabbitmq.conf" --data-dir "$data/data" >"$logs/server.log" 2>&1 &
    server_pid=$!
    for _ in {1..100}; do
        kill -0 "$server_pid" 2>/dev/null || { tail -n 20 "$logs/server.log" >&2; die "the broker ended at once"; }
        [[ -s $ports ]] && port=$(sed -n 's/.*"amqp": *\([0-9]*\).*/\1/p' "$ports") && [[ -n $port ]] &&
            http_port=$(sed -n 's/.*"http": *\([0-9]*\).*/\1/p' "$ports") && return
        sleep 0.1
    done
    die "the broker was not ready within 10 s: $logs/server.log"
}
stop_server() {
    [[ -n $server_pid ]] || return 0
    kill "$server_pid" 2>/dev/null
    wait "$server_pid"
    local code=$?
    server_pid=''
    ((code == 0)) || { echo "the broker ended with $code: $logs/server.log"; failed=$((failed + 1)); }
}
trap '[[ -n $server_pid ]] && kill "$server_pid" 2>/dev/null' EXIT

# --- one after the other ---------------------------------------------------------------------------------------------

try() {
    local name=$1 reason='' code
    if ! "prepare_$name"; then
        if [[ $strict == yes ]]; then
            echo "FAILED  $name: $reason"
            failed=$((failed + 1))
        else
            echo "SKIPPED $name: $reason"
            skipped=$((skipped + 1))
        fi
        return
    fi
    echo "RUNNING $name"
    "run_$name" >"$logs/$name.log" 2>&1
    code=$?
    grep -E '^    (ok|FAIL) ' "$logs/$name.log"
    if ((code == 0)); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED  $name: exit code $code, the end of $logs/$name.log:"
        tail -n 15 "$logs/$name.log" | sed 's/^/    | /'
    fi
}

[[ -n $port ]] || start_server
[[ -n $http_port ]] || http_port=$((port + 10000))
echo "broker on 127.0.0.1:$port, HTTP on $http_port"
for client in "${wanted[@]}"; do
    try "$client"
done
stop_server
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
