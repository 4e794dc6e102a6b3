"""Celery with a worker process of its own (chords, retries, rejects), and kombu beneath it used directly."""
import os
import pathlib
import socket
import subprocess
import sys
import time

from kombu import Connection, Consumer, Exchange, Producer, Queue
from kombu.exceptions import OperationalError

from steps import check_death, expect, parse_port, step

PORT = parse_port()
os.environ["INTEROP_PORT"] = str(PORT)
from celery import chain, group  # noqa: E402  (the application reads the port)

from celery_app import URL, add, app, fail_twice, reject  # noqa: E402


def start_worker():
    command = [sys.executable, "-m", "celery", "-A", "celery_app", "worker", "--loglevel", "WARNING", "--concurrency", "2",
               "--pool", "threads", "--without-mingle", "--hostname", "interop@%h"]
    worker = subprocess.Popen(command, cwd=pathlib.Path(__file__).parent)
    for _ in range(60):
        if app.control.ping(timeout=0.5):
            return worker
        if worker.poll() is not None:
            raise AssertionError(f"the worker ended with {worker.returncode}")
    raise AssertionError("the worker does not answer a ping")


def tasks():
    expect(add.delay(2, 3).get(timeout=20), 5, "result")
    expect(group(add.s(number, number) for number in range(30))().get(timeout=20), [2 * n for n in range(30)], "group")
    expect(chain(add.s(1, 1), add.s(10), add.s(100))().get(timeout=20), 112, "chain")


def retries():
    expect(fail_twice.delay().get(timeout=20), 2, "retries")


def drain_one(connection, queue, no_ack=True):
    for _ in range(100):
        message = queue(connection.default_channel).get(no_ack=no_ack)
        if message:
            return message
        time.sleep(0.05)
    raise AssertionError(f"nothing came into {queue.name}")


def reject_to_dead_letter(connection):
    dead = Queue("interop-celery-dead", durable=True)
    dead(connection.default_channel).declare()
    reject.delay()
    message = drain_one(connection, dead)
    check_death(message.headers, "interop-celery", "rejected")
    dead(connection.default_channel).delete()


def kombu_confirms_and_prefetch(connection):
    channel = connection.channel()
    exchange = Exchange("interop-kombu", "topic", durable=False, auto_delete=True)
    queue = Queue("interop-kombu", exchange, routing_key="job.#", exclusive=True)
    producer = Producer(channel, exchange)
    queue(channel).declare()
    for number in range(20):
        producer.publish({"number": number}, routing_key="job.new.one", serializer="json", delivery_mode=1)
    held = []
    consumer = Consumer(channel, [queue], callbacks=[lambda body, message: held.append((body, message))], prefetch_count=4)
    with consumer:
        wait_for(connection, lambda: len(held) >= 4)
        expect(len(held), 4, "unacknowledged messages")
        held[0][1].ack()
        held[1][1].requeue()
        wait_for(connection, lambda: len(held) >= 6)
        expect(held[0][0], {"number": 0}, "first body")
        redelivered = [message for _, message in held if message.delivery_info["redelivered"]]
        expect(len(redelivered), 1, "redelivered messages")
    channel.close()


def wait_for(connection, condition):
    """Serves the connection until the condition holds, and a moment longer for what should not come."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            connection.drain_events(timeout=0.3)
        except socket.timeout:
            if condition():
                return
    raise AssertionError("waited for 10 s in vain")


def kombu_returns(connection):
    channel = connection.channel()
    returned = []
    producer = Producer(channel, on_return=lambda exception, exchange, key, message: returned.append((exception.reply_code, key)))
    producer.publish("lost", exchange="", routing_key="interop-no-such-queue", mandatory=True)
    try:
        connection.drain_events(timeout=1)
    except socket.timeout:
        pass
    expect(returned, [(312, "interop-no-such-queue")], "returned messages")
    channel.close()


def kombu_direct_reply_to(connection):
    client = connection.channel()
    server = connection.channel()
    requests = Queue("interop-kombu-rpc", exclusive=True)
    requests(server).declare()
    replies = []

    def answer(body, message):
        Producer(server).publish(body.upper(), exchange="", routing_key=message.properties["reply_to"],
                                 correlation_id=message.properties["correlation_id"])
        message.ack()

    # The pseudo queue must be consumed before anything is published on the channel, and never declared.
    pseudo_queue = Queue("amq.rabbitmq.reply-to", no_declare=True)
    collect = [lambda body, message: replies.append((message.properties["correlation_id"], body))]
    with Consumer(client, [pseudo_queue], callbacks=collect, no_ack=True), Consumer(server, [requests], callbacks=[answer]):
        Producer(client).publish("ping", exchange="", routing_key=requests.name, reply_to=pseudo_queue.name, correlation_id="7")
        wait_for(connection, lambda: replies)
    expect(replies, [("7", "PING")], "replies")
    client.close()
    server.close()


def kombu_refused_login():
    try:
        with Connection(URL.replace("guest:guest", "guest:wrong")) as connection:
            connection.ensure_connection(max_retries=1, timeout=5)
    except (OperationalError, OSError, ConnectionError) as error:
        if "403" not in str(error) and "ACCESS_REFUSED" not in str(error):
            raise AssertionError(f"refused for another reason: {error}") from error
    except Exception as error:  # amqp.AccessRefused is no OperationalError
        expect(getattr(error, "reply_code", None), 403, "reply code")
    else:
        raise AssertionError("a wrong password was accepted")


def main():
    with step("kombu: connect"):
        connection = Connection(URL, transport_options={"confirm_publish": True})
        connection.ensure_connection(max_retries=3)
    with step("kombu: confirms, prefetch, requeue"):
        kombu_confirms_and_prefetch(connection)
    with step("kombu: returns"):
        kombu_returns(connection)
    with step("kombu: rpc by direct reply-to"):
        kombu_direct_reply_to(connection)
    with step("kombu: wrong password"):
        kombu_refused_login()
    with step("celery: worker starts and answers"):
        worker = start_worker()
    try:
        with step("celery: results, groups, chains"):
            tasks()
        with step("celery: retries"):
            retries()
        with step("celery: reject to the dead-letter queue"):
            reject_to_dead_letter(connection)
    finally:
        worker.terminate()
        with step("celery: warm shutdown"):
            expect(worker.wait(timeout=20), 0, "exit code of the worker")
    app.amqp.queues["interop-celery"](connection.default_channel).delete()
    connection.release()


main()
