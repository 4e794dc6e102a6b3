"""rabbitmqadmin, the second one (Rust): of each kind of object one is made, listed and deleted, and all that only shows something
is asked for once. Each command says ok or FAIL; the exit code is 1 if one has failed.

    scenario.py --program rabbitmqadmin --port 15672
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

VHOST = "rabbitmqadmin/1"
IN_VHOST = ["--vhost", VHOST]
USER = "rabbitmqadmin-user"
# sysexits.h
DATA_ERROR = 65
UNAVAILABLE = 69


class Admin:
    def __init__(self, program, port):
        self.command = [program, "--host", "127.0.0.1", "--port", str(port)]
        self.failures = 0

    def node_name(self):
        (shown,) = re.findall(r"\S+@\S+", self.run("--non-interactive", "nodes", "list").stdout)
        return shown

    def run(self, *arguments, user=("guest", "guest")):
        return subprocess.run([*self.command, "--username", user[0], "--password", user[1], *arguments], capture_output=True,
                              text=True, timeout=60, check=False)

    def __call__(self, *arguments, shows=(), hides=(), code=0, user=("guest", "guest"), name=None):
        """Runs a command; its exit code and what it shows must be these."""
        done = self.run(*arguments, user=user)
        shown = done.stdout + done.stderr
        name = name or " ".join(argument for argument in arguments if argument not in IN_VHOST)
        faults = []
        if done.returncode != code:
            faults.append(f"exit code {done.returncode}, not {code}: {shown.strip()[:400]}")
        faults += [f"does not show {word!r}: {shown.strip()[:400]}" for word in shows if word not in shown]
        faults += [f"shows {word!r}" for word in hides if word in shown]
        self.note(name, faults)
        return done.stdout

    def note(self, name, faults):
        self.failures += bool(faults)
        print(f"    FAIL {name}: {'; '.join(faults)}" if faults else f"    ok   {name}")


def vhosts(admin):
    admin("vhosts", "declare", "--name", VHOST, "--description", "of a test", "--default-queue-type", "classic")
    admin("vhosts", "list", shows=[VHOST, "of a test"])
    admin("list", "vhosts", shows=[VHOST])
    admin("vhosts", "enable_deletion_protection", "--name", VHOST)
    admin("vhosts", "delete", "--name", VHOST, code=DATA_ERROR)
    admin("vhosts", "disable_deletion_protection", "--name", VHOST)
    admin("vhost_limits", "declare", "--vhost", VHOST, "--name", "max-connections", "--value", "100")
    admin("vhost_limits", "list", "--vhost", VHOST, shows=["max-connections", "100"])
    admin("vhost_limits", "delete", "--vhost", VHOST, "--name", "max-connections")


def users(admin):
    admin("users", "declare", "--name", USER, "--password", "secret", "--tags", "monitoring")
    admin("users", "list", shows=[USER, "monitoring"])
    admin("permissions", "declare", *IN_VHOST, "--user", USER, "--configure", "a.*", "--read", "b.*", "--write", "c.*")
    admin("permissions", "list", shows=[USER, "a.*", "b.*", "c.*"])
    admin("users", "permissions", shows=["a.*"])
    admin("user_limits", "declare", "--user", USER, "--name", "max-channels", "--value", "50")
    admin("user_limits", "list", "--user", USER, shows=["max-channels", "50"])
    admin("users", "limits", "--username", USER, shows=["max-channels"])
    admin("user_limits", "delete", "--user", USER, "--name", "max-channels")
    admin("show", "overview", user=(USER, "secret"), shows=["4.3"], name="show overview as somebody who may monitor")
    admin("show", "overview", user=(USER, "wrong"), code=DATA_ERROR, name="show overview with a wrong password")
    admin("passwords", "salt_and_hash", "secret", shows=["password hash"])


def topology(admin):
    for kind, name in ("topic", "ra-topic"), ("fanout", "ra-fanout"), ("headers", "ra-headers"):
        admin("exchanges", "declare", *IN_VHOST, "--name", name, "--type", kind, "--durable", "true")
    admin("exchanges", "list", *IN_VHOST, shows=["ra-topic", "ra-fanout", "ra-headers", "amq.direct"])
    admin("queues", "declare", *IN_VHOST, "--name", "ra-classic", "--type", "classic", "--durable", "true", "--auto-delete", "false")
    admin("queues", "declare", *IN_VHOST, "--name", "ra-quorum", "--type", "quorum", "--arguments", '{"x-max-length": 1000}')
    admin("streams", "declare", *IN_VHOST, "--name", "ra-stream", "--expiration", "12h")
    admin("queues", "list", *IN_VHOST, shows=["ra-classic", "ra-quorum", "ra-stream"])
    admin("streams", "list", *IN_VHOST, shows=["ra-stream"])
    admin("queues", "show", *IN_VHOST, "--name", "ra-quorum", shows=["quorum", "leader"])
    admin("exchanges", "bind", *IN_VHOST, "--source", "ra-topic", "--destination-type", "queue", "--destination", "ra-classic",
          "--routing-key", "a.#")
    admin("bindings", "declare", *IN_VHOST, "--source", "ra-topic", "--destination-type", "exchange", "--destination", "ra-fanout",
          "--routing-key", "b.#", "--arguments", "{}")
    admin("bindings", "list", *IN_VHOST, shows=["a.#", "b.#"])
    admin("queues", "declare", *IN_VHOST, "--name", "ra-classic", "--type", "quorum", code=DATA_ERROR)


def messages(admin):
    admin("publish", "message", *IN_VHOST, "--exchange", "ra-topic", "--routing-key", "a.b", "--payload", "hello",
          "--properties", '{"timestamp": 1234, "message_id": "foo"}', shows=["routed successfully"])
    admin("publish", "message", *IN_VHOST, "--exchange", "ra-topic", "--routing-key", "nowhere", "--payload", "hello",
          shows=["NOT routed"])
    admin("get", "messages", *IN_VHOST, "--queue", "ra-classic", "--count", "2", "--ack-mode", "ack_requeue_true",
          shows=["hello", "foo"])
    admin("purge", "queue", *IN_VHOST, "--name", "ra-classic")
    admin("queues", "purge", *IN_VHOST, "--name", "missing", code=DATA_ERROR)


def policies(admin):
    for group in "policies", "operator_policies":
        admin(group, "declare", *IN_VHOST, "--name", "ra-policy", "--pattern", "^ra-classic", "--apply-to", "queues",
              "--priority", "7", "--definition", '{"max-length": 20}')
        admin(group, "list", shows=["ra-policy", "^ra-classic", "max-length"])
        admin(group, "list_in", *IN_VHOST, "--apply-to", "queues", shows=["ra-policy"])
        admin(group, "list_matching_object", *IN_VHOST, "--name", "ra-classic", "--type", "queues", shows=["ra-policy"])
        admin(group, "patch", *IN_VHOST, "--name", "ra-policy", "--definition", '{"max-length-bytes": 1000}')
        admin(group, "update_definition", *IN_VHOST, "--name", "ra-policy", "--definition-key", "max-length", "--new-value", "30")
        admin(group, "list_in", *IN_VHOST, shows=["max-length-bytes", "30"], name=f"{group} list_in shows what has changed")
        admin(group, "delete_definition_keys", *IN_VHOST, "--name", "ra-policy", "--definition-keys", "max-length-bytes")
    admin("policies", "declare_override", *IN_VHOST, "--name", "ra-policy", "--override-name", "ra-override",
          "--definition", '{"max-length": 5}')
    admin("policies", "declare_blanket", *IN_VHOST, "--name", "ra-blanket", "--apply-to", "queues", "--definition",
          '{"max-length": 9}')
    admin("policies", "list_conflicting_in", *IN_VHOST)
    for name in "ra-policy", "ra-override", "ra-blanket":
        admin("policies", "delete", *IN_VHOST, "--name", name)
    admin("operator_policies", "delete", *IN_VHOST, "--name", "ra-policy")


def parameters(admin):
    admin("global_parameters", "set", "--name", "ra-global", "--value", '{"region": "north"}')
    admin("global_parameters", "list", shows=["ra-global", "north"])
    admin("global_parameters", "clear", "--name", "ra-global")
    admin("parameters", "list_all")
    admin("parameters", "list_in", *IN_VHOST, "--component", "vhost-limits")
    admin("parameters", "set", *IN_VHOST, "--component", "vhost-limits", "--name", "limits", "--value", '{"max-queues": 50}')
    admin("parameters", "list_all", shows=["max-queues"], name="parameters list_all shows what was set")
    admin("parameters", "clear", *IN_VHOST, "--component", "vhost-limits", "--name", "limits")


def definitions(admin):
    whole = admin("definitions", "export", "--stdout", name="definitions export")
    faults = []
    try:
        faults = [f"no {part}" for part in ("users", "vhosts", "queues", "exchanges", "bindings") if part not in json.loads(whole)]
    except ValueError as error:
        faults = [f"no JSON: {error}"]
    admin.note("definitions export is complete", faults)
    part = admin("definitions", "export_from_vhost", *IN_VHOST, "--stdout")
    admin("definitions", "export", "--stdout", "--transformations", "prepare_for_quorum_queue_migration,drop_empty_policies",
          shows=["ra-classic"], name="definitions export with transformations")
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "definitions.json")
        file.write_text(part)
        admin("definitions", "import_into_vhost", *IN_VHOST, "--file", str(file), name="definitions import_into_vhost")
        file.write_text(whole)
        admin("definitions", "import", "--file", str(file), name="definitions import")


# What only shows something.
VIEWS = [
    (["show", "overview"], ["4.3"]), (["show", "churn"], []), (["show", "endpoint"], []), (["nodes", "list"], []),
    (["connections", "list"], []), (["channels", "list"], []), (["list", "consumers"], []),
    (["feature_flags", "list"], ["quorum_queue"]), (["feature_flags", "enable_all"], []),
    (["deprecated_features", "list"], []), (["deprecated_features", "list_used"], []), (["plugins", "list_all"], []),
    (["health_check", "local_alarms"], ["passed"]), (["health_check", "cluster_wide_alarms"], ["passed"]),
    (["health_check", "node_is_quorum_critical"], ["passed"]),
    (["health_check", "protocol_listener", "--protocol", "amqp"], ["passed"]),
    (["list", "user_connections", "--username", "guest"], []), (["rebalance", "queues"], []),
    (["close", "user_connections", "--username", "nobody-of-that-name", "--idempotently"], []),
    (["connections", "close", "--name", "none-of-that-name", "--idempotently"], []),
    (["shovels", "list_all"], None), (["federation", "list_all_upstreams"], []),
]


def views(admin):
    for arguments, shows in VIEWS:
        if shows is not None:
            admin(*arguments, shows=shows)
    node = admin.node_name()
    for unit in "bytes", "percent":
        admin("show", f"memory_breakdown_in_{unit}", "--node", node, name=f"show memory_breakdown_in_{unit}")
    admin("auth_attempts", "stats", "--node", node, name="auth_attempts stats")
    admin("plugins", "list_on_node", "--node", node, name="plugins list_on_node")


def goes_again(admin):
    admin("bindings", "delete", *IN_VHOST, "--source", "ra-topic", "--destination-type", "queue", "--destination", "ra-classic",
          "--routing-key", "a.#")
    admin("exchanges", "unbind", *IN_VHOST, "--source", "ra-topic", "--destination-type", "exchange", "--destination", "ra-fanout",
          "--routing-key", "b.#")
    admin("bindings", "list", *IN_VHOST, hides=["a.#", "b.#"], name="bindings list shows none of them")
    for name in "ra-topic", "ra-fanout", "ra-headers":
        admin("exchanges", "delete", *IN_VHOST, "--name", name)
    admin("queues", "delete", *IN_VHOST, "--name", "ra-classic")
    admin("streams", "delete", *IN_VHOST, "--name", "ra-stream")
    admin("queues", "delete_multiple", *IN_VHOST, "--name-pattern", "^ra-.*", "--approve")
    admin("queues", "list", *IN_VHOST, hides=["ra-"], name="queues list shows none of them")
    admin("queues", "delete", *IN_VHOST, "--name", "ra-classic", code=DATA_ERROR, name="queues delete of what is not there")
    admin("queues", "delete", *IN_VHOST, "--name", "ra-classic", "--idempotently")
    admin("permissions", "delete", *IN_VHOST, "--user", USER)
    admin("users", "delete", "--name", USER)
    admin("users", "list", hides=[USER], name="users list does not show it")
    admin("vhosts", "delete", "--name", VHOST)
    admin("vhosts", "list", hides=[VHOST], name="vhosts list does not show it")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--port", type=int, default=15672)
    options = parser.parse_args()
    admin = Admin(options.program, options.port)
    for part in vhosts, users, topology, messages, policies, parameters, definitions, views, goes_again:
        part(admin)
    return admin.failures != 0


if __name__ == "__main__":
    sys.exit(main())
