import com.rabbitmq.http.client.Client;
import com.rabbitmq.http.client.ClientParameters;
import com.rabbitmq.http.client.GetAckMode;
import com.rabbitmq.http.client.domain.AckMode;
import com.rabbitmq.http.client.domain.BindingInfo;
import com.rabbitmq.http.client.domain.ExchangeInfo;
import com.rabbitmq.http.client.domain.InboundMessage;
import com.rabbitmq.http.client.domain.NodeInfo;
import com.rabbitmq.http.client.domain.OutboundMessage;
import com.rabbitmq.http.client.domain.PolicyInfo;
import com.rabbitmq.http.client.domain.QueryParameters;
import com.rabbitmq.http.client.domain.QueueInfo;
import com.rabbitmq.http.client.domain.TopicPermissions;
import com.rabbitmq.http.client.domain.UpstreamDetails;
import com.rabbitmq.http.client.domain.UpstreamSetDetails;
import com.rabbitmq.http.client.domain.UserPermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** RabbitMQ's Java client of the HTTP API: it reads every answer into classes of its own. */
public final class HttpScenario {
    private interface Work {
        void run() throws Exception;
    }

    private static final String VHOST = "java / client";

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

    private final Client client;
    private final String base;

    private HttpScenario(int port) throws Exception {
        base = "http://127.0.0.1:" + port + "/api/";
        client = new Client(new ClientParameters().url(base).username("guest").password("guest"));
    }

    private void node() {
        expect(client.whoAmI().getName(), "guest", "who it is");
        expect(client.getOverview().getNode().contains("@"), true, "the overview's node");
        expect(client.getOverview().getServerVersion().startsWith("4."), true, "the version");
        NodeInfo node = client.getNodes().get(0);
        expect(node.isRunning(), true, "a node that runs");
        expect(client.getNode(node.getName()).getName(), node.getName(), "the node by its name");
        expect(client.getExtensions().isEmpty(), false, "extensions");
        String before = client.getClusterName().getName();
        client.setClusterName("java");
        expect(client.getClusterName().getName(), "java", "the cluster's name");
        client.setClusterName(before);
        expect(client.getConnections().size() >= 0 && client.getChannels().size() >= 0 && client.getConsumers().size() >= 0,
                true, "what is connected");
    }

    private void vhosts() {
        client.createVhost(VHOST, "of a test", "one", "two");
        expect(client.getVhost(VHOST).getDescription(), "of a test", "the description");
        expect(client.getVhost(VHOST).getTags(), List.of("one", "two"), "the tags");
        expect(client.getVhost("nowhere"), null, "a vhost that is not there");
        client.limitMaxNumberOfQueues(VHOST, 100);
        client.limitMaxNumberOfConnections(VHOST, 7);
        expect(client.getVhostLimits(VHOST).getMaxQueues(), 100, "the limit of queues");
        expect(client.getVhostLimits(VHOST).getMaxConnections(), 7, "the limit of connections");
        client.clearMaxConnectionsLimit(VHOST);
        expect(client.getVhostLimits(VHOST).getMaxConnections(), -1, "no limit of connections");
    }

    private void users() throws Exception {
        client.createUser("java", "secret".toCharArray(), List.of("management", "policymaker"));
        expect(client.getUser("java").getTags(), List.of("management", "policymaker"), "the tags");
        client.updateUser("java", "other".toCharArray(), List.of("administrator"));
        client.updatePermissions(VHOST, "java", new UserPermissions(".*", "^w", ""));
        client.updatePermissions(VHOST, "guest", new UserPermissions(".*", ".*", ".*"));
        expect(client.getPermissions(VHOST, "java").getWrite(), "^w", "the permission to write");
        client.updateTopicPermissions(VHOST, "java", new TopicPermissions("amq.topic", "^b", "^a"));
        expect(client.getTopicPermissions(VHOST, "java").get(0).getRead(), "^b", "the permission to read topics");
        Client java = new Client(new ClientParameters().url(base).username("java").password("other"));
        expect(java.whoAmI().getName(), "java", "the new user");
        client.clearTopicPermissions(VHOST, "java");
        client.clearPermissions(VHOST, "java");
        expect(client.getPermissions(VHOST, "java"), null, "permissions that were taken away");
    }

    private void objects() {
        client.declareExchange(VHOST, "topics", new ExchangeInfo("topic", true, false));
        expect(client.getExchange(VHOST, "topics").getType(), "topic", "the type of the exchange");
        for (String type : List.of("classic", "quorum", "stream")) {
            client.declareQueue(VHOST, type, new QueueInfo(true, false, false, Map.of("x-queue-type", type)));
            expect(client.getQueue(VHOST, type).getArguments().get("x-queue-type"), type, "the type of the queue");
        }
        expect(client.getQueues(VHOST, new QueryParameters().pagination().pageSize(2).query()).getItemsAsList().size(), 2,
                "a page of two");
        client.bindQueue(VHOST, "classic", "topics", "a.#", Map.of("n", 1));
        client.bindExchange(VHOST, "amq.fanout", "topics", "b");
        List<BindingInfo> bindings = client.getQueueBindingsBetween(VHOST, "topics", "classic");
        expect(bindings.size(), 1, "bindings");
        expect(bindings.get(0).getArguments().get("n"), 1, "the arguments of a binding");
        expect(client.getExchangeBindingsBetween(VHOST, "topics", "amq.fanout").size(), 1, "bindings of exchanges");
        client.unbindExchange(VHOST, "amq.fanout", "topics", "b");
        expect(client.getBindingsBySource(VHOST, "topics").size(), 1, "bindings that are left");
    }

    private void messages() {
        expect(client.publish(VHOST, "topics", "a.b", new OutboundMessage().payload("hello").utf8Encoded()), true, "routed");
        expect(client.publish(VHOST, "topics", "c", new OutboundMessage().payload("lost").utf8Encoded()), false, "not routed");
        List<InboundMessage> got = client.get(VHOST, "classic", 5, GetAckMode.ACK_REQUEUE_FALSE,
                com.rabbitmq.http.client.GetEncoding.AUTO);
        expect(got.size(), 1, "messages");
        expect(got.get(0).getPayload(), "hello", "the payload");
        client.purgeQueue(VHOST, "classic");
        expect(client.alivenessTest(VHOST), true, "the aliveness test");
    }

    private void policies() {
        PolicyInfo policy = new PolicyInfo("^a", 3, "queues", Map.of("max-length", 10));
        client.declarePolicy(VHOST, "java", policy);
        PolicyInfo found = client.getPolicies(VHOST).get(0);
        expect(found.getPattern() + found.getPriority() + found.getApplyTo() + found.getDefinition(),
                "^a3queues{max-length=10}", "the policy");
        client.declareOperatorPolicy(VHOST, "java", new PolicyInfo("^b", 0, "queues", Map.of("expires", 100000)));
        expect(client.getOperatorPolicies(VHOST).get(0).getDefinition(), Map.of("expires", 100000), "the operator policy");
        client.deletePolicy(VHOST, "java");
        client.deleteOperatorPolicy(VHOST, "java");
        expect(client.getPolicies(VHOST).size() + client.getOperatorPolicies(VHOST).size(), 0, "policies that are left");
    }

    private void parameters() {
        UpstreamDetails upstream = new UpstreamDetails();
        upstream.setUri("amqp://elsewhere");
        upstream.setAckMode(AckMode.ON_CONFIRM);
        upstream.setExpiresMillis(3_600_000L);
        client.declareUpstream(VHOST, "up", upstream);
        expect(client.getUpstreams(VHOST).get(0).getValue().getUri(), "amqp://elsewhere", "the upstream");
        UpstreamSetDetails one = new UpstreamSetDetails();
        one.setUpstream("up");
        client.declareUpstreamSet(VHOST, "set", List.of(one));
        expect(client.getUpstreamSets(VHOST).get(0).getValue().get(0).getUpstream(), "up", "the set of upstreams");
        client.deleteUpstreamSet(VHOST, "set");
        client.deleteUpstream(VHOST, "up");
        expect(client.getUpstreams(VHOST).size(), 0, "upstreams that are left");
    }

    private void definitions() {
        expect(client.getDefinitions().getVhosts().stream().anyMatch(vhost -> vhost.getName().equals(VHOST)), true,
                "the vhost in the definitions");
        expect(client.getDefinitions().getQueues().size() >= 3, true, "queues in the definitions");
    }

    private void cleaning() {
        client.deleteQueue(VHOST, "classic");
        client.deleteExchange(VHOST, "topics");
        expect(client.getExchange(VHOST, "topics"), null, "an exchange that was deleted");
        client.deleteUser("java");
        client.deleteVhost(VHOST);
        expect(client.getVhost(VHOST), null, "a vhost that was deleted");
    }

    public static void main(String[] arguments) throws Exception {
        HttpScenario scenario = new HttpScenario(Integer.parseInt(arguments[1]));
        step("the node, the cluster's name and what is connected", scenario::node);
        step("virtual hosts and their limits", scenario::vhosts);
        step("users, permissions and topic permissions", scenario::users);
        step("exchanges, queues of three types, pages and bindings", scenario::objects);
        step("messages out and in", scenario::messages);
        step("policies and operator policies", scenario::policies);
        step("parameters of federation", scenario::parameters);
        step("definitions", scenario::definitions);
        step("everything deleted", scenario::cleaning);
    }
}
