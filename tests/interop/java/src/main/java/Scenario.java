import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.CancelCallback;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import com.rabbitmq.client.RpcClient;
import com.rabbitmq.client.RpcClientParams;
import com.rabbitmq.client.RpcServer;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The Java client: confirms, returns, prefetch, nack, dead-lettering, RPC by direct reply-to. */
public final class Scenario {
    private interface Work {
        void run() throws Exception;
    }

    private interface ChannelWork {
        void run(Channel channel) throws Exception;
    }

    private static final CancelCallback NEVER_CANCELLED = tag -> {};

    private static void step(String name, Work work) throws Exception {
        long start = System.nanoTime();
        try {
            work.run();
        } catch (Exception | AssertionError error) {
            System.out.println("    FAIL " + name + ": " + error);
            throw error;
        }
        System.out.printf("    ok   %s (%.2f s)%n", name, (System.nanoTime() - start) / 1e9);
    }

    private static void expect(Object actual, Object wanted, String what) {
        if (!Objects.equals(actual, wanted)) {
            throw new AssertionError(what + ": " + actual + " where " + wanted + " was expected");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.UTF_8);
    }

    private static String exclusiveQueue(Channel channel, Map<String, Object> arguments) throws IOException {
        return channel.queueDeclare("", false, true, true, arguments).getQueue();
    }

    private static GetResponse getSoon(Channel channel, String queue) throws Exception {
        for (int attempt = 0; attempt < 100; ++attempt) {
            GetResponse response = channel.basicGet(queue, false);
            if (response != null) {
                return response;
            }
            Thread.sleep(20);
        }
        throw new AssertionError("nothing came into " + queue);
    }

    private static void confirms(Channel channel) throws Exception {
        String queue = exclusiveQueue(channel, null);
        channel.confirmSelect();
        for (int number = 0; number < 500; ++number) {
            channel.basicPublish("", queue, MessageProperties.PERSISTENT_BASIC, bytes(String.valueOf(number)));
        }
        channel.waitForConfirmsOrDie(10_000);
        expect(channel.messageCount(queue), 500L, "messages");
        for (int number = 0; number < 500; ++number) {
            expect(text(channel.basicGet(queue, true).getBody()), String.valueOf(number), "body in order");
        }
    }

    private static void returns(Channel channel) throws Exception {
        BlockingQueue<String> returned = new LinkedBlockingQueue<>();
        channel.addReturnListener(message ->
                returned.add(message.getReplyCode() + " " + message.getReplyText() + " " + text(message.getBody())));
        channel.basicPublish("", "interop-no-such-queue", true, null, bytes("lost"));
        expect(returned.poll(10, TimeUnit.SECONDS), "312 NO_ROUTE lost", "return");
    }

    private static void prefetch(Channel channel) throws Exception {
        String queue = exclusiveQueue(channel, null);
        for (int number = 0; number < 20; ++number) {
            channel.basicPublish("", queue, null, bytes(String.valueOf(number)));
        }
        channel.basicQos(5);
        BlockingQueue<Delivery> held = new LinkedBlockingQueue<>();
        channel.basicConsume(queue, false, (tag, delivery) -> held.add(delivery), NEVER_CANCELLED);
        Thread.sleep(500);
        expect(held.size(), 5, "unacknowledged messages");
        held.take();
        channel.basicAck(held.take().getEnvelope().getDeliveryTag(), true);
        Thread.sleep(500);
        expect(held.size(), 5, "after two were taken and acknowledged");
    }

    private static void nackAndDeadLetter(Channel channel) throws Exception {
        String dead = exclusiveQueue(channel, null);
        String work = exclusiveQueue(channel, Map.of("x-dead-letter-exchange", "", "x-dead-letter-routing-key", dead));
        channel.basicPublish("", work, null, bytes("job"));
        GetResponse first = getSoon(channel, work);
        expect(first.getEnvelope().isRedeliver(), false, "redelivered at first");
        channel.basicNack(first.getEnvelope().getDeliveryTag(), false, true);
        GetResponse second = getSoon(channel, work);
        expect(second.getEnvelope().isRedeliver(), true, "redelivered after requeue");
        channel.basicNack(second.getEnvelope().getDeliveryTag(), false, false);
        GetResponse message = getSoon(channel, dead);
        List<?> deaths = (List<?>) message.getProps().getHeaders().get("x-death");
        Map<?, ?> death = (Map<?, ?>) deaths.get(0);
        expect(death.get("queue").toString(), work, "queue of death");
        expect(death.get("reason").toString(), "rejected", "reason of death");
        expect(death.get("count"), 1L, "count of deaths");
        channel.basicAck(message.getEnvelope().getDeliveryTag(), false);
    }

    private static void rpc(Connection connection, Connection serverConnection) throws Exception {
        Channel serverChannel = serverConnection.createChannel();
        String queue = exclusiveQueue(serverChannel, null);
        RpcServer server = new RpcServer(serverChannel, queue) {
            @Override
            public byte[] handleCall(byte[] request, AMQP.BasicProperties properties) {
                return bytes(text(request).toUpperCase());
            }
        };
        Thread serving = new Thread(() -> {
            try {
                server.mainloop();
            } catch (IOException | ShutdownSignalException ended) {
                // The scenario closes the connection under it.
            }
        });
        serving.start();
        try (Channel channel = connection.createChannel()) {
            RpcClientParams parameters = new RpcClientParams().channel(channel).exchange("").routingKey(queue)
                    .replyTo("amq.rabbitmq.reply-to").timeout(10_000);
            RpcClient client = new RpcClient(parameters);
            for (int number = 0; number < 50; ++number) {
                expect(client.stringCall("ping " + number), "PING " + number, "reply");
            }
            client.close();
        }
        server.terminateMainloop();
        serverConnection.close();
        serving.join(10_000);
    }

    private static void refusals(Connection connection) throws Exception {
        Channel channel = connection.createChannel();
        try {
            channel.queueDeclarePassive("interop-no-such-queue");
        } catch (IOException error) {
            AMQP.Channel.Close reason = (AMQP.Channel.Close) ((ShutdownSignalException) error.getCause()).getReason();
            expect(reason.getReplyCode(), 404, "code");
            expect(reason.getReplyText(), "NOT_FOUND - no queue 'interop-no-such-queue' in vhost '/'", "text");
            return;
        }
        throw new AssertionError("a passive declare of nothing succeeded");
    }

    private static void onChannel(String name, Connection connection, ChannelWork work) throws Exception {
        step(name, () -> {
            try (Channel channel = connection.createChannel()) {
                work.run(channel);
            }
        });
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 2 || !arguments[0].equals("--port")) {
            throw new IllegalArgumentException("usage: --port PORT");
        }
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(Integer.parseInt(arguments[1]));
        Connection[] opened = new Connection[1];
        step("connect", () -> opened[0] = factory.newConnection());
        Connection connection = opened[0];
        onChannel("confirms", connection, Scenario::confirms);
        onChannel("returns", connection, Scenario::returns);
        onChannel("prefetch", connection, Scenario::prefetch);
        onChannel("nack and dead-lettering", connection, Scenario::nackAndDeadLetter);
        step("refusals", () -> refusals(connection));
        step("rpc by direct reply-to", () -> rpc(connection, factory.newConnection()));
        step("close", connection::close);
    }
}
