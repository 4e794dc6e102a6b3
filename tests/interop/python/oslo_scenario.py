"""oslo.messaging: RPC calls with replies and remote exceptions, casts, fanout, notifications that are requeued."""
import threading

import oslo_messaging
from oslo_config import cfg

from steps import expect, parse_port, step


class Endpoint:
    target = oslo_messaging.Target(version="1.0")

    def __init__(self):
        self.casts = []
        self.arrived = threading.Semaphore(0)

    def double(self, _context, number):
        return number * 2

    def complain(self, _context):
        raise ValueError("as asked")

    def note(self, _context, word):
        self.casts.append(word)
        self.arrived.release()


class Listener:
    """Sends the first notification back to the queue and takes it the second time."""

    def __init__(self):
        self.seen = []
        self.done = threading.Event()

    def info(self, _context, _publisher, event, payload, _metadata):
        self.seen.append((event, payload["number"]))
        if len(self.seen) == 1:
            return oslo_messaging.NotificationResult.REQUEUE
        self.done.set()
        return oslo_messaging.NotificationResult.HANDLED


def rpc(conf, transport):
    endpoints = [Endpoint(), Endpoint()]
    servers = []
    for number, endpoint in enumerate(endpoints):
        target = oslo_messaging.Target(topic="interop-oslo", server=f"server-{number}")
        servers.append(oslo_messaging.get_rpc_server(transport, target, [endpoint], executor="threading"))
        servers[-1].start()
    client = oslo_messaging.get_rpc_client(transport, oslo_messaging.Target(topic="interop-oslo", version="1.0"), timeout=20)
    with step("rpc calls"):
        expect([client.call({}, "double", number=n) for n in range(50)], [2 * n for n in range(50)], "replies")
    with step("remote exception"):
        try:
            client.call({}, "complain")
        except ValueError as error:  # made anew on this side, with the remote trace in its text
            expect(str(error).splitlines()[0], "as asked", "exception")
        else:
            raise AssertionError("no exception came back")
    with step("cast to one server"):
        client.prepare(server="server-1").cast({}, "note", word="one")
        expect(endpoints[1].arrived.acquire(timeout=20), True, "cast")
        expect((endpoints[0].casts, endpoints[1].casts), ([], ["one"]), "casts")
    with step("fanout cast"):
        client.prepare(fanout=True).cast({}, "note", word="all")
        for endpoint in endpoints:
            expect(endpoint.arrived.acquire(timeout=20), True, "fanout")
        expect([endpoint.casts[-1] for endpoint in endpoints], ["all", "all"], "casts")
    with step("call without a server times out"):
        lonely = oslo_messaging.get_rpc_client(transport, oslo_messaging.Target(topic="interop-oslo-nobody"), timeout=3)
        try:
            lonely.call({}, "double", number=1)
        except oslo_messaging.MessagingTimeout:
            pass
        else:
            raise AssertionError("somebody answered")
    for server in servers:
        server.stop()
        server.wait()


def notifications(transport):
    listener = Listener()
    server = oslo_messaging.get_notification_listener(
        transport, [oslo_messaging.Target(topic="interop-oslo-notes")], [listener], executor="threading", allow_requeue=True)
    server.start()
    notifier = oslo_messaging.Notifier(transport, "interop", driver="messagingv2", topics=["interop-oslo-notes"])
    notifier.info({}, "thing.created", {"number": 1})
    expect(listener.done.wait(20), True, "second delivery")
    expect(listener.seen, [("thing.created", 1)] * 2, "notifications")
    server.stop()
    server.wait()


def main():
    port = parse_port()
    conf = cfg.CONF  # the library registers some of its options nowhere else
    conf([])
    url = f"rabbit://guest:guest@127.0.0.1:{port}/"
    with step("connect"):
        transport = oslo_messaging.get_rpc_transport(conf, url)
        conf.set_override("direct_mandatory_flag", True, group="oslo_messaging_rabbit")
        conf.set_override("amqp_auto_delete", True, group="oslo_messaging_rabbit")
    rpc(conf, transport)
    with step("notification, requeued once"):
        notifications(oslo_messaging.get_notification_transport(conf, url))
    with step("close"):
        transport.cleanup()


main()
