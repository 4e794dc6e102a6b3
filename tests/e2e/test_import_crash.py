"""An import of definitions is everything or nothing, whenever the node dies and whatever others change meanwhile."""
import contextlib
import http.client
import json
import threading
import time

import pika
import pytest

from broker import OwnBroker
from http_client import HttpClient

pytestmark = pytest.mark.own_server

CONF = "management.tcp.port = 0\nmanagement.tcp.ip = 127.0.0.1\nmanagement.http.max_body_size = 100000000\n"
QUEUES = 20_000
DEATHS = 8


def definitions(vhost):
    return json.dumps({
        "vhosts": [{"name": vhost}],
        "permissions": [{"user": "guest", "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*"}],
        "queues": [{"name": f"q{n}", "vhost": vhost, "durable": True, "auto_delete": False, "arguments": {}}
                   for n in range(QUEUES)],
        "bindings": [{"source": "amq.direct", "vhost": vhost, "destination": "q0", "destination_type": "queue",
                      "routing_key": "last", "arguments": {}}]}).encode()


def start_import(api, body):
    """In a thread; what it got for an answer, if any, is in the list."""
    statuses = []

    def run():
        try:
            statuses.append(api.ask("POST", "definitions", body, {"Content-Type": "application/json"}).status)
        except (OSError, http.client.HTTPException):
            pass

    thread = threading.Thread(target=run)
    thread.start()
    return thread, statuses


def what_is_there(api, vhost):
    if api.get(f"vhosts/{vhost}").status == 404:
        return "nothing"
    queues = api.get(f"queues/{vhost}?page=1&page_size=1&disable_stats=true").json()["total_count"]
    bindings = len(api.get(f"bindings/{vhost}/e/amq.direct/q/q0").json())
    return "everything" if (queues, bindings) == (QUEUES, 1) else f"{queues} queues and {bindings} bindings"


def test_an_import_that_sigkill_interrupts_is_whole_or_not_there(tmp_path):
    node = OwnBroker(tmp_path, CONF).start()
    try:
        began = time.monotonic()
        thread, statuses = start_import(HttpClient(node.ports["http"]), definitions("whole"))
        thread.join()
        took = time.monotonic() - began
        assert statuses == [204]
        found = []
        for death in range(DEATHS):
            vhost = f"v{death}"
            thread, statuses = start_import(HttpClient(node.ports["http"]), definitions(vhost))
            time.sleep(took * (death + 1) / DEATHS)
            node.kill()
            thread.join()
            node.start()
            api = HttpClient(node.ports["http"])
            found.append(what_is_there(api, vhost))
            assert found[-1] in ("nothing", "everything"), found
            assert statuses == [] or found[-1] == "everything", (statuses, found)
            assert what_is_there(api, "whole") == "everything"
            api.delete(f"vhosts/{vhost}")
        node.stop()
    finally:
        node.kill()


def test_an_import_that_sigterm_interrupts_is_whole_or_not_there(tmp_path):
    node = OwnBroker(tmp_path, CONF).start()
    try:
        for pause in (0.1, 0.3, 0.6):
            vhost = f"v{pause}"
            thread, _ = start_import(HttpClient(node.ports["http"]), definitions(vhost))
            time.sleep(pause)
            node.stop()
            thread.join()
            node.start()
            assert what_is_there(HttpClient(node.ports["http"]), vhost) in ("nothing", "everything")
        node.stop()
    finally:
        node.kill()


def test_others_go_on_while_something_is_imported(tmp_path):
    """Their changes wait for it; nobody else does."""
    node = OwnBroker(tmp_path, CONF).start()
    try:
        api = HttpClient(node.ports["http"])
        thread, statuses = start_import(api, definitions("v"))
        longest = 0.0
        while thread.is_alive():
            began = time.monotonic()
            assert api.get("queues/%2F").status == 200
            longest = max(longest, time.monotonic() - began)
        assert statuses == [204]
        assert longest < 5, longest
        assert what_is_there(api, "v") == "everything"
        node.stop()
    finally:
        node.kill()


@contextlib.contextmanager
def comes_and_goes(port, queue):
    """A client declares the queue and deletes it, again and again."""
    over = threading.Event()

    def run():
        with contextlib.closing(pika.BlockingConnection(pika.ConnectionParameters(port=port))) as connection:
            channel = connection.channel()
            while not over.is_set():
                channel.queue_declare(queue, durable=True)
                channel.queue_delete(queue)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_an_import_beside_changes_is_whole_or_refused(tmp_path):
    """It depends on a queue that is deleted between its reading and its turn."""
    node = OwnBroker(tmp_path, CONF).start()
    statuses = []
    try:
        api = HttpClient(node.ports["http"])
        with comes_and_goes(node.port, "fickle"):
            for attempt in range(400):
                queues = [f"a{attempt}-{n}" for n in range(20)]
                answer = api.post("definitions", {
                    "queues": [{"name": name, "vhost": "/", "durable": True, "auto_delete": False, "arguments": {}}
                               for name in queues],
                    "bindings": [{"source": "amq.fanout", "vhost": "/", "destination": "fickle", "destination_type": "queue",
                                  "routing_key": "", "arguments": {}}]})
                statuses.append(answer.status)
                there = api.get(f"queues/%2F?page=1&page_size=1&name=a{attempt}-&disable_stats=true").json()["filtered_count"]
                assert there == (20 if answer.status == 204 else 0), (attempt, answer.status, answer.json())
        assert set(statuses) == {204, 400}  # else nothing was tried
        node.stop()
    finally:
        node.kill()
