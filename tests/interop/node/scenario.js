// amqplib for Node: confirms, returns, prefetch, nack, dead-lettering, RPC by direct reply-to.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import amqp from 'amqplib';

const { values } = parseArgs({ options: { port: { type: 'string' } } });
const url = `amqp://guest:guest@127.0.0.1:${values.port}`;

async function step(name, work) {
  const start = Date.now();
  try {
    await work();
  } catch (error) {
    console.log(`    FAIL ${name}: ${error.message}`);
    throw error;
  }
  console.log(`    ok   ${name} (${((Date.now() - start) / 1000).toFixed(2)} s)`);
}

async function getSoon(channel, queue, options) {
  for (let attempt = 0; attempt < 100; ++attempt) {
    const message = await channel.get(queue, options);
    if (message) return message;
    await pause(20);
  }
  throw new Error(`nothing came into ${queue}`);
}

async function confirms(connection) {
  const channel = await connection.createConfirmChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  for (let number = 0; number < 500; ++number) {
    channel.sendToQueue(queue, Buffer.from(String(number)), { persistent: true });
  }
  await channel.waitForConfirms();
  assert.equal((await channel.checkQueue(queue)).messageCount, 500);
  for (let number = 0; number < 500; ++number) {
    const message = await channel.get(queue, { noAck: true });
    assert.equal(message.content.toString(), String(number));
  }
  await channel.close();
}

async function returns(connection) {
  const channel = await connection.createConfirmChannel();
  const returned = once(channel, 'return');
  channel.publish('', 'interop-no-such-queue', Buffer.from('lost'), { mandatory: true });
  await channel.waitForConfirms();
  const [message] = await returned;
  assert.equal(message.fields.replyCode, 312);
  assert.equal(message.fields.replyText, 'NO_ROUTE');
  assert.equal(message.content.toString(), 'lost');
  await channel.close();
}

async function prefetch(connection) {
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  for (let number = 0; number < 20; ++number) channel.sendToQueue(queue, Buffer.from(String(number)));
  await channel.prefetch(5);
  const held = [];
  await channel.consume(queue, (message) => held.push(message));
  await pause(500);
  assert.equal(held.length, 5);
  channel.ack(held[1], true);
  await pause(500);
  assert.equal(held.length, 7);
  await channel.close();
}

async function nackAndDeadLetter(connection) {
  const channel = await connection.createChannel();
  const dead = (await channel.assertQueue('', { exclusive: true })).queue;
  const work = (await channel.assertQueue('', { exclusive: true, deadLetterExchange: '', deadLetterRoutingKey: dead })).queue;
  channel.sendToQueue(work, Buffer.from('job'), { headers: { mine: [1, 'two', { three: 3 }] } });
  const first = await getSoon(channel, work);
  assert.equal(first.fields.redelivered, false);
  channel.nack(first, false, true);
  const second = await getSoon(channel, work);
  assert.equal(second.fields.redelivered, true);
  channel.nack(second, false, false);
  const message = await getSoon(channel, dead, { noAck: true });
  const [death] = message.properties.headers['x-death'];
  assert.equal(death.queue, work);
  assert.equal(death.reason, 'rejected');
  assert.equal(death.count, 1);
  assert.deepEqual(message.properties.headers.mine, [1, 'two', { three: 3 }]);
  await channel.close();
}

async function rpc(connection) {
  const serverConnection = await amqp.connect(url);
  const server = await serverConnection.createChannel();
  const { queue } = await server.assertQueue('', { exclusive: true });
  await server.consume(queue, (request) => {
    const reply = Buffer.from(request.content.toString().toUpperCase());
    server.sendToQueue(request.properties.replyTo, reply, { correlationId: request.properties.correlationId });
    server.ack(request);
  });
  const channel = await connection.createChannel();
  const replies = [];
  await channel.consume('amq.rabbitmq.reply-to', (reply) => replies.push(reply), { noAck: true });
  for (let number = 0; number < 3; ++number) {
    channel.sendToQueue(queue, Buffer.from('ping'), { replyTo: 'amq.rabbitmq.reply-to', correlationId: String(number) });
  }
  for (let attempt = 0; attempt < 100 && replies.length < 3; ++attempt) await pause(20);
  assert.deepEqual(replies.map((reply) => [reply.properties.correlationId, reply.content.toString()]),
    [['0', 'PING'], ['1', 'PING'], ['2', 'PING']]);
  await channel.close();
  await serverConnection.close();
}

async function refusals(connection) {
  const channel = await connection.createChannel();
  const failed = once(channel, 'error');
  await assert.rejects(channel.checkQueue('interop-no-such-queue'), /404 \(NOT-FOUND\)/);
  const [error] = await failed;
  assert.match(error.message, /NOT_FOUND - no queue 'interop-no-such-queue' in vhost '\/'/);
}

let connection;
await step('connect', async () => { connection = await amqp.connect(url, { heartbeat: 5 }); });
await step('confirms', () => confirms(connection));
await step('returns', () => returns(connection));
await step('prefetch', () => prefetch(connection));
await step('nack and dead-lettering', () => nackAndDeadLetter(connection));
await step('refusals', () => refusals(connection));
await step('rpc by direct reply-to', () => rpc(connection));
await step('close', () => connection.close());
