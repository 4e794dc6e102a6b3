"""aio-pika: confirms, returns, prefetch, nack, dead-lettering, RPC by direct reply-to, a robust connection."""
import asyncio

import aio_pika
from aio_pika.exceptions import DeliveryError

from steps import check_death, expect, parse_port, step


async def get_soon(queue, **kwargs):
    for _ in range(100):
        message = await queue.get(fail=False, **kwargs)
        if message:
            return message
        await asyncio.sleep(0.02)
    raise AssertionError("no message came")


async def confirms(connection):
    async with connection.channel(publisher_confirms=True) as channel:
        queue = await channel.declare_queue(exclusive=True)
        publishes = [channel.default_exchange.publish(aio_pika.Message(str(number).encode()), queue.name) for number in range(200)]
        for result in await asyncio.gather(*publishes):
            expect(type(result).__name__, "Ack", "confirm")
        bodies = [(await queue.get(no_ack=True)).body for _ in range(200)]
        expect(bodies, [str(number).encode() for number in range(200)], "bodies in order")


async def returns(connection):
    async with connection.channel(publisher_confirms=True, on_return_raises=True) as channel:
        try:
            await channel.default_exchange.publish(aio_pika.Message(b"lost"), "interop-no-such-queue", mandatory=True)
        except DeliveryError as error:
            expect(error.message.delivery.reply_text, "NO_ROUTE", "return")
        else:
            raise AssertionError("an unroutable mandatory message was not returned")


async def prefetch(connection):
    async with connection.channel() as channel:
        await channel.set_qos(prefetch_count=5)
        queue = await channel.declare_queue(exclusive=True)
        for number in range(20):
            await channel.default_exchange.publish(aio_pika.Message(str(number).encode()), queue.name)
        held = []

        async def hold(message):
            held.append(message)

        tag = await queue.consume(hold)
        await asyncio.sleep(0.5)
        expect(len(held), 5, "unacknowledged messages")
        await held[4].ack(multiple=True)
        await asyncio.sleep(0.5)
        expect(len(held), 10, "after five were acknowledged")
        await queue.cancel(tag)


async def nack_and_dead_letter(connection):
    async with connection.channel() as channel:
        exchange = await channel.declare_exchange("interop-aio-dead", "fanout", auto_delete=True)
        dead = await channel.declare_queue(exclusive=True)
        await dead.bind(exchange)
        work = await channel.declare_queue(exclusive=True, arguments={"x-dead-letter-exchange": exchange.name})
        await channel.default_exchange.publish(aio_pika.Message(b"job"), work.name)
        first = await get_soon(work)
        expect(first.redelivered, False, "redelivered at first")
        await first.nack(requeue=True)
        second = await get_soon(work)
        expect(second.redelivered, True, "redelivered after requeue")
        await second.reject(requeue=False)
        message = await get_soon(dead)
        expect(message.body, b"job", "dead-lettered body")
        check_death(message.headers, work.name, "rejected")
        await message.ack()


async def rpc(connection, port):
    server_connection = await aio_pika.connect(f"amqp://guest:guest@127.0.0.1:{port}/")
    server = await server_connection.channel()
    requests = await server.declare_queue(exclusive=True)

    async def answer(message):
        async with message.process():
            reply = aio_pika.Message(message.body.upper(), correlation_id=message.correlation_id)
            await server.default_exchange.publish(reply, message.reply_to)

    await requests.consume(answer)
    async with connection.channel() as channel:
        replies = asyncio.Queue()
        reply_queue = await channel.get_queue("amq.rabbitmq.reply-to", ensure=False)
        await reply_queue.consume(replies.put, no_ack=True)
        for number in range(3):
            request = aio_pika.Message(b"ping", reply_to="amq.rabbitmq.reply-to", correlation_id=str(number))
            await channel.default_exchange.publish(request, requests.name)
        for number in range(3):
            reply = await asyncio.wait_for(replies.get(), 10)
            expect((reply.correlation_id, reply.body), (str(number), b"PING"), "reply")
    await server_connection.close()


async def transaction(connection):
    async with connection.channel(publisher_confirms=False) as channel:
        queue = await channel.declare_queue(exclusive=True)
        async with channel.transaction():
            await channel.default_exchange.publish(aio_pika.Message(b"kept"), queue.name)
        tx = channel.transaction()
        await tx.select()
        await channel.default_exchange.publish(aio_pika.Message(b"forgotten"), queue.name)
        await tx.rollback()
        expect((await get_soon(queue, no_ack=True)).body, b"kept", "committed message")
        expect(await queue.get(fail=False), None, "what was rolled back")


async def main():
    port = parse_port()
    with step("connect"):
        connection = await aio_pika.connect_robust(f"amqp://guest:guest@127.0.0.1:{port}/")
    for scenario in (confirms, returns, prefetch, nack_and_dead_letter, transaction):
        with step(scenario.__name__):
            await scenario(connection)
    with step("rpc by direct reply-to"):
        await rpc(connection, port)
    with step("close"):
        await connection.close()


asyncio.run(main())
