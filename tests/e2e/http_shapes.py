#!/usr/bin/env python3
"""Asks a node a fixed list of things over HTTP and tells the shape of its answers: status, and names and types of JSON keys.

    http_shapes.py --port 15672 > rabbitmq_http_shapes.json      records a RabbitMQ that has nothing but its defaults

test_http_shapes.py asks ours the same and compares. Everything happens in a virtual host of its own, which goes at the end.
"""
import argparse
import json

from http_client import HttpClient

VHOST = "http-shapes"
LETTER = {"properties": {"delivery_mode": 2}, "routing_key": "q", "payload": "x", "payload_encoding": "string"}
TAKE = {"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"}
ALL = {"configure": ".*", "write": ".*", "read": ".*"}

# method, path, body
QUESTIONS = [
    ("GET", "whoami", None),
    ("GET", "version", None),
    ("GET", "cluster-name", None),
    ("GET", "extensions", None),
    ("GET", "nosuch", None),
    ("POST", "whoami", {}),
    ("PUT", f"vhosts/{VHOST}", {}),
    ("PUT", f"vhosts/{VHOST}", {"description": "d", "tags": "a,b"}),
    ("PUT", "vhosts/http-shapes-2", {"default_queue_type": "nope"}),
    ("PUT", f"permissions/{VHOST}/guest", ALL),
    ("GET", "vhosts", None),
    ("GET", f"permissions/{VHOST}/guest", None),
    ("GET", f"permissions/{VHOST}/nobody", None),
    ("PUT", f"permissions/{VHOST}/nobody", ALL),
    ("PUT", f"permissions/{VHOST}/guest", {"configure": ""}),
    ("GET", f"vhosts/{VHOST}/permissions", None),
    ("PUT", f"topic-permissions/{VHOST}/guest", {"exchange": "amq.topic", "write": "a", "read": "b"}),
    ("GET", f"topic-permissions/{VHOST}/guest", None),
    ("DELETE", f"topic-permissions/{VHOST}/guest", None),
    ("PUT", f"vhost-limits/{VHOST}/max-queues", {"value": 100}),
    ("PUT", f"vhost-limits/{VHOST}/max-foo", {"value": 100}),
    ("PUT", f"vhost-limits/{VHOST}/max-queues", {}),
    ("GET", f"vhost-limits/{VHOST}", None),
    ("DELETE", f"vhost-limits/{VHOST}/max-queues", None),
    ("PUT", "users/http-shapes", {"password": "x"}),
    ("PUT", "users/http-shapes", {"password": "x", "tags": "management"}),
    ("GET", "users/http-shapes", None),
    ("GET", "users/http-shapes/permissions", None),
    ("GET", "users/without-permissions", None),
    ("PUT", "user-limits/http-shapes/max-channels", {"value": 5}),
    ("GET", "user-limits/http-shapes", None),
    ("DELETE", "users/http-shapes", None),
    ("DELETE", "users/http-shapes", None),
    ("PUT", f"exchanges/{VHOST}/e", {"type": "topic"}),
    ("PUT", f"exchanges/{VHOST}/e", {"type": "topic"}),
    ("PUT", f"exchanges/{VHOST}/e", {"type": "direct"}),
    ("PUT", f"exchanges/{VHOST}/f", {"type": "nope"}),
    ("GET", f"exchanges/{VHOST}", None),
    ("GET", f"exchanges/{VHOST}/e", None),
    ("GET", f"exchanges/{VHOST}/none", None),
    ("DELETE", f"exchanges/{VHOST}/amq.fanout", None),
    ("PUT", f"queues/{VHOST}/q", {"arguments": {"x-max-length": 10}}),
    ("PUT", f"queues/{VHOST}/q", {"arguments": {"x-max-length": 10}}),
    ("PUT", f"queues/{VHOST}/q", {"auto_delete": True, "arguments": {"x-max-length": 10}}),
    ("PUT", f"queues/{VHOST}/q", {"durable": "x"}),
    ("PUT", f"queues/{VHOST}/q", []),
    ("PUT", f"queues/{VHOST}/amq.q", {}),
    ("PUT", "queues/http-shapes-2/q", {}),
    ("GET", f"queues/{VHOST}/none", None),
    ("GET", "queues/http-shapes-2", None),
    ("POST", f"bindings/{VHOST}/e/e/q/q", {"routing_key": "a.#", "arguments": {"k": 1}}),
    ("POST", f"bindings/{VHOST}/e/none/q/q", {}),
    ("POST", f"bindings/{VHOST}/e/e/q/none", {}),
    ("GET", f"bindings/{VHOST}", None),
    ("GET", f"bindings/{VHOST}/e/e/q/q", None),
    ("GET", f"bindings/{VHOST}/e/e/q/q/none", None),
    ("GET", f"queues/{VHOST}/q/bindings", None),
    ("GET", f"exchanges/{VHOST}/e/bindings/source", None),
    ("POST", f"exchanges/{VHOST}/amq.default/publish", LETTER),
    ("POST", f"exchanges/{VHOST}/none/publish", LETTER),
    ("POST", f"exchanges/{VHOST}/amq.default/publish", {**LETTER, "payload_encoding": "x"}),
    ("POST", f"queues/{VHOST}/q/get", TAKE),
    ("POST", f"queues/{VHOST}/none/get", TAKE),
    ("POST", f"queues/{VHOST}/q/get", {**TAKE, "ackmode": "x"}),
    ("GET", f"queues/{VHOST}?page=1&columns=name,type", None),
    ("GET", f"queues/{VHOST}?page=0", None),
    ("GET", f"queues/{VHOST}?page=7", None),
    ("GET", f"queues/{VHOST}?page=x", None),
    ("GET", f"queues/{VHOST}?disable_stats=true&columns=name,vhost,durable,type,state,node,arguments", None),
    ("DELETE", f"queues/{VHOST}/q?if-empty=true", None),
    ("DELETE", f"queues/{VHOST}/q/contents", None),
    ("DELETE", f"queues/{VHOST}/none/contents", None),
    ("DELETE", f"queues/{VHOST}/q", None),
    ("DELETE", f"exchanges/{VHOST}/e", None),
    ("GET", "health/checks/alarms", None),
    ("GET", "health/checks/port-listener/1", None),
    ("GET", "health/checks/port-listener/x", None),
    ("GET", "health/checks/protocol-listener/amqp", None),
    ("GET", "health/checks/node-is-quorum-critical", None),
    ("GET", "health/checks/certificate-expiration/x/days", None),
    ("GET", "healthchecks/node", None),
    ("GET", f"aliveness-test/{VHOST}", None),
    ("GET", "feature-flags", None),
    ("GET", "deprecated-features", None),
    ("POST", "rebalance/queues", {}),
    ("DELETE", f"vhosts/{VHOST}", None),
    ("DELETE", f"vhosts/{VHOST}", None),
]


# Named after the node, or there only where something has happened.
VARYING = ("cluster_state", "message_stats", "messages", "recv_oct", "send_oct")


def shape_of(value):
    """Names of types in place of values; of a list, the shape of its first element."""
    if isinstance(value, dict):
        return {key: shape_of(inner) for key, inner in sorted(value.items()) if not key.startswith(VARYING)}
    if isinstance(value, list):
        return [shape_of(value[0])] if value else []
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return "null" if value is None else "string"


def ask_all(client):
    """[method, path, status, shape, error text] of each answer, in order."""
    answers = []
    for method, path, body in QUESTIONS:
        answer = client.ask(method, path, body)
        value = answer.json() if answer.body else None
        error = value if answer.status >= 400 and isinstance(value, dict) and "error" in value else None
        answers.append([method, path, answer.status, shape_of(value), error])
    return answers


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=15672)
    answers = ask_all(HttpClient(parser.parse_args().port))
    print("[\n" + ",\n".join(json.dumps(answer) for answer in answers) + "\n]")


if __name__ == "__main__":
    main()
