// rabbit-hole, the Go client of RabbitMQ's HTTP API, as Terraform's provider uses it: everything is made, read, changed and
// removed again. Each step says ok or FAIL; the exit code is the number of failures.
package main

import (
	"flag"
	"fmt"
	"os"
	"reflect"

	rabbithole "github.com/michaelklishin/rabbit-hole/v2"
)

var failures int

func step(name string, err error) {
	if err != nil {
		failures++
		fmt.Printf("    FAIL %s: %v\n", name, err)
		return
	}
	fmt.Printf("    ok   %s\n", name)
}

func expect(what string, got, wanted any) error {
	if reflect.DeepEqual(got, wanted) {
		return nil
	}
	return fmt.Errorf("%s is %v, not %v", what, got, wanted)
}

// Of several faults the first.
func first(faults ...error) error {
	for _, fault := range faults {
		if fault != nil {
			return fault
		}
	}
	return nil
}

const vhost = "rabbit hole/1"

func main() {
	port := flag.Int("port", 15672, "of the HTTP API")
	flag.Parse()
	client, err := rabbithole.NewClient(fmt.Sprintf("http://127.0.0.1:%d", *port), "guest", "guest")
	if err != nil {
		panic(err)
	}
	overview(client)
	vhosts(client)
	users(client)
	topology(client)
	policies(client)
	parameters(client)
	definitions(client)
	_, err = client.DeleteVhost(vhost)
	step("the virtual host goes", err)
	os.Exit(failures)
}

func overview(client *rabbithole.Client) {
	told, err := client.Overview()
	step("overview", err)
	if err == nil {
		step("overview names the node", first(expect("product", told.RabbitMQVersion != "", true), expect("node", told.Node != "", true)))
	}
	nodes, err := client.ListNodes()
	step("nodes", err)
	if err == nil {
		node, err := client.GetNode(nodes[0].Name)
		step("one node", err)
		if err == nil {
			step("it runs", expect("running", node.IsRunning, true))
		}
	}
	who, err := client.Whoami()
	step("whoami", err)
	if err == nil {
		step("whoami is guest", expect("name", who.Name, "guest"))
	}
	check, err := client.HealthCheckAlarms()
	step("health check of alarms", err)
	if err == nil {
		step("no alarms", expect("ok", check.Ok(), true))
	}
	flags, err := client.ListFeatureFlags()
	step("feature flags", err)
	if err == nil {
		step("there are some", expect("any", len(flags) > 0, true))
	}
}

func vhosts(client *rabbithole.Client) {
	_, err := client.PutVhost(vhost, rabbithole.VhostSettings{Description: "of a test", Tags: []string{"a", "b"}})
	step("a virtual host", err)
	got, err := client.GetVhost(vhost)
	step("it is read", err)
	if err == nil {
		step("it is what was asked for", first(expect("name", got.Name, vhost), expect("description", got.Description, "of a test")))
	}
	_, err = client.PutVhostLimits(vhost, rabbithole.VhostLimitsValues{"max-queues": 10})
	step("its limits", err)
	limits, err := client.GetVhostLimits(vhost)
	step("limits are read", err)
	if err == nil {
		step("limits are what was asked for", expect("max-queues", limits[0].Value["max-queues"], 10))
	}
	_, err = client.DeleteVhostLimits(vhost, rabbithole.VhostLimits{"max-queues"})
	step("limits go", err)
}

func users(client *rabbithole.Client) {
	_, err := client.PutUser("rabbit hole", rabbithole.UserSettings{Password: "secret", Tags: rabbithole.UserTags{"monitoring", "policymaker"}})
	step("a user", err)
	user, err := client.GetUser("rabbit hole")
	step("it is read", err)
	if err == nil {
		step("it has its tags", expect("tags", user.Tags, rabbithole.UserTags{"monitoring", "policymaker"}))
	}
	all := rabbithole.Permissions{Configure: ".*", Write: ".*", Read: ".*"}
	for _, name := range []string{"rabbit hole", "guest"} {
		_, err = client.UpdatePermissionsIn(vhost, name, all)
		step("permissions of "+name, err)
	}
	got, err := client.GetPermissionsIn(vhost, "rabbit hole")
	step("permissions are read", err)
	if err == nil {
		step("permissions are what was asked for", expect("configure", got.Configure, ".*"))
	}
	_, err = client.UpdateTopicPermissionsIn(vhost, "rabbit hole", rabbithole.TopicPermissions{Exchange: "amq.topic", Write: "a", Read: "b"})
	step("topic permissions", err)
	_, err = client.DeleteTopicPermissionsIn(vhost, "rabbit hole", "amq.topic")
	step("topic permissions go", err)
	_, err = client.ClearPermissionsIn(vhost, "rabbit hole")
	step("permissions go", err)
	_, err = client.DeleteUser("rabbit hole")
	step("the user goes", err)
	_, err = client.GetUser("rabbit hole")
	step("the user has gone", expect("found", err == nil, false))
}

func topology(client *rabbithole.Client) {
	_, err := client.DeclareExchange(vhost, "ex/1", rabbithole.ExchangeSettings{Type: "topic", Durable: true})
	step("an exchange", err)
	_, err = client.DeclareQueue(vhost, "q/1", rabbithole.QueueSettings{Durable: true, Arguments: map[string]any{"x-max-length": 5}})
	step("a queue", err)
	queue, err := client.GetQueue(vhost, "q/1")
	step("the queue is read", err)
	if err == nil {
		step("the queue is what was asked for", first(expect("durable", queue.Durable, true), expect("x-max-length", queue.Arguments["x-max-length"], float64(5))))
	}
	for _, arguments := range []map[string]any{nil, {"x": 1}} {
		info := rabbithole.BindingInfo{Source: "ex/1", Vhost: vhost, Destination: "q/1", DestinationType: "queue", RoutingKey: "a.#", Arguments: arguments}
		_, err = client.DeclareBinding(vhost, info)
		step("a binding", err)
	}
	bindings, err := client.ListQueueBindingsBetween(vhost, "ex/1", "q/1")
	step("bindings are read", err)
	step("there are two of them", expect("bindings", len(bindings), 2))
	for _, binding := range bindings {
		_, err = client.DeleteBinding(vhost, binding)
		step("binding "+binding.PropertiesKey+" goes", err)
	}
	paged, err := client.PagedListQueuesWithParameters(map[string][]string{"page": {"1"}})
	step("queues by pages", err)
	if err == nil {
		step("the page counts", expect("total", paged.TotalCount > 0, true))
	}
	_, err = client.PurgeQueue(vhost, "q/1")
	step("the queue is purged", err)
	_, err = client.DeleteQueue(vhost, "q/1")
	step("the queue goes", err)
	_, err = client.DeleteExchange(vhost, "ex/1")
	step("the exchange goes", err)
}

func policies(client *rabbithole.Client) {
	policy := rabbithole.Policy{Pattern: "^q", ApplyTo: "queues", Priority: 3, Definition: rabbithole.PolicyDefinition{"max-length": 7}}
	_, err := client.PutPolicy(vhost, "p", policy)
	step("a policy", err)
	got, err := client.GetPolicy(vhost, "p")
	step("the policy is read", err)
	if err == nil {
		step("the policy is what was asked for", first(expect("pattern", got.Pattern, "^q"), expect("priority", got.Priority, 3), expect("max-length", got.Definition["max-length"], float64(7))))
	}
	_, err = client.DeletePolicy(vhost, "p")
	step("the policy goes", err)
	_, err = client.PutOperatorPolicy(vhost, "o", rabbithole.OperatorPolicy{Pattern: "^q", ApplyTo: "queues", Definition: rabbithole.PolicyDefinition{"max-length": 7}})
	step("an operator policy", err)
	_, err = client.DeleteOperatorPolicy(vhost, "o")
	step("the operator policy goes", err)
}

func parameters(client *rabbithole.Client) {
	_, err := client.PutGlobalParameter("rabbit-hole", map[string]any{"a": 1})
	step("a global parameter", err)
	got, err := client.GetGlobalParameter("rabbit-hole")
	step("the global parameter is read", err)
	if err == nil {
		step("the global parameter is what was asked for", expect("value", got.Value, map[string]any{"a": float64(1)}))
	}
	_, err = client.DeleteGlobalParameter("rabbit-hole")
	step("the global parameter goes", err)
}

// What this client has read it cannot write again, to RabbitMQ neither.
func definitions(client *rabbithole.Client) {
	exported, err := client.ListDefinitions()
	step("definitions are exported", err)
	if err == nil {
		step("they have the virtual host", expect("any", exported.Vhosts != nil && len(*exported.Vhosts) > 1, true))
	}
}
