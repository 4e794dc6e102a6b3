"""The command line tools. What they print was compared with RabbitMQ 4.3's own tools."""
import json
import os
import stat
import time

import pika
import pytest

from command_line import CommandLine

pytestmark = pytest.mark.own_server


@pytest.fixture
def vhost(cli):
    name = "command line"
    cli.ok("add_vhost", name, "--description", "of a test", "--tags", "a,b")
    cli.ok("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
    yield name
    cli.ok("delete_vhost", name)


@pytest.fixture
def user(cli):
    cli.ok("add_user", "carol", "secret")
    yield "carol"
    cli.ok("delete_user", "carol")


@pytest.fixture
def channel(broker, vhost):
    connection = pika.BlockingConnection(pika.ConnectionParameters(port=broker.port, virtual_host=vhost))
    yield connection.channel()
    connection.close()


# ---- the node ----

def test_ping_and_versions(cli):
    assert cli.lines("ping")[-1] == "Ping succeeded"
    assert cli.lines("-q", "ping", tool="rabbitmq-diagnostics") == ["Ping succeeded"]
    assert cli.lines("-q", "server_version", tool="rabbitmq-diagnostics")[0].startswith("4.")
    assert cli.ok("--version") == cli.ok("version") == cli.ok("-q", "server_version", tool="rabbitmq-diagnostics")
    assert cli.ok("version", tool="warrenctl") != cli.ok("version"), "its own, not the one of RabbitMQ it matches"
    assert "version" in cli.ok("help", "version") and "Usage" in cli.ok("version", "--help")
    assert cli.ok("--auto-complete", "list_q") == cli.ok("autocomplete", "list_q") == "list_queues\n"
    cli.ok("await_startup")


def test_the_socket_is_for_its_owner_only(broker):
    mode = os.stat(broker.data_dir / "control.sock").st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


def test_a_node_that_is_not_there_is_unavailable(tmp_path):
    gone = CommandLine(tmp_path / "nobody")
    said = gone.refused(69, "list_queues")
    assert said.startswith("Error: unable to perform an operation on node '")
    assert str(tmp_path / "nobody") in said


def test_a_node_of_another_name_is_not_asked(cli):
    said = cli.refused(69, "-n", "other@elsewhere", "list_queues")
    assert "unable to perform an operation on node 'other@elsewhere'" in said
    assert "belongs to another node" in said


def test_status_and_cluster_status(cli, broker):
    text = cli.ok("status")
    for heading in ("Runtime", "Plugins", "Data directory", "Config files", "Log file(s)", "Alarms", "Memory",
                    "Free Disk Space", "Totals", "Listeners"):
        assert f"\n{heading}\n\n" in text, heading
    assert f"OS PID: {broker.process.pid}\n" in text
    status = json.loads(cli.ok("status", "--formatter", "json"))
    assert status["pid"] == broker.process.pid
    assert {"memory", "alarms", "listeners", "disk_free", "uptime", "rabbitmq_version"} <= set(status)
    cluster = json.loads(cli.ok("cluster_status", "--formatter", "json"))
    assert cluster["running_nodes"] == cluster["disk_nodes"]
    assert cluster["partitions"] == {} and cluster["alarms"] == []
    assert "\nRunning Nodes\n\n" in cli.ok("cluster_status")


def test_health_checks(cli, broker):
    tool = "rabbitmq-diagnostics"
    for check in ("check_running", "check_local_alarms", "check_alarms", "check_virtual_hosts",
                  "check_port_connectivity", "check_if_node_is_quorum_critical"):
        cli.ok(check, tool=tool)
        assert cli.lines("-q", check, tool=tool) == cli.lines(check, tool=tool)[-1:]
    cli.ok("check_port_listener", str(broker.port), tool=tool)
    cli.ok("check_protocol_listener", "amqp", tool=tool)
    no_port = cli.run(tool, "check_port_listener", "1")
    assert no_port.returncode == 69 and str(broker.port) in no_port.stderr
    assert cli.run(tool, "check_protocol_listener", "mqtt").returncode == 69
    assert f"port: {broker.port}, protocol: amqp" in cli.ok("listeners", tool=tool)


def test_feature_flags(cli):
    assert cli.lines("list_feature_flags")[:2] == ["Listing feature flags ...", "name\tstate"]
    cli.ok("enable_feature_flag", "all")
    cli.ok("enable_feature_flag", "stream_queue")
    assert "not supported by node" in cli.refused(64, "enable_feature_flag", "bogus")


def test_stop_ends_the_node(start_broker):
    node = start_broker()
    cli = CommandLine(node.data_dir)
    assert cli.refused(69, "stop_app")
    cli.ok("stop")
    assert node.process.wait(5) == 0
    assert not (node.data_dir / "control.sock").exists()


def test_await_startup_waits_until_the_node_is_there(tmp_path, start_broker):
    missing = CommandLine(tmp_path / "none")
    began = time.monotonic()
    assert "did not answer" in missing.refused(75, "await_startup", "-t", "0.3")
    assert time.monotonic() - began >= 0.3
    CommandLine(start_broker().data_dir).ok("await_startup", "-t", "5")


# ---- wrong use ----

def test_unknown_commands_get_the_nearest_one(cli):
    assert "Command 'list_queuez' not found. \nDid you mean 'list_queues'? \n" in cli.refused(64, "list_queuez")
    assert "Available commands:" in cli.refused(64, "bogus_cmd")


@pytest.mark.parametrize("arguments, fault", [
    (["add_user"], "not enough arguments."),
    (["add_user", "a", "b", "c"], "too many arguments."),
    (["list_queues", "--bogus", "1"], "Invalid options for this command:\n--bogus : "),
    (["list_queues", "--formatter", "bogus"], "there is no formatter 'bogus'"),
])
def test_wrong_arguments_show_the_usage(cli, arguments, fault):
    said = cli.refused(64, *arguments)
    assert said.startswith(f"Error (argument validation): {fault}"), said
    assert "\nArguments given:\n\t" + " ".join(arguments) + "\n\nUsage\n\nrabbitmqctl " in said


def test_columns_that_do_not_exist_are_refused(cli):
    assert "Info key(s) bogus are not supported" in cli.refused(64, "list_exchanges", "bogus")


def test_help_needs_no_node(tmp_path):
    cli = CommandLine(tmp_path)
    assert "   list_queues " in cli.ok("help")
    assert "check_running" in cli.ok("help", tool="rabbitmq-diagnostics")
    assert "rabbitmqctl [--node <node>] [--longnames] [--quiet] add_user" in cli.ok("help", "add_user")
    assert cli.lines("autocomplete", "add_") == ["add_user", "add_signing_key", "add_uaa_key", "add_vhost"]


# ---- users and permissions ----

def test_users(cli, user):
    assert cli.refused(70, "add_user", user, "x") == f'Error:\nUser "{user}" already exists\n'
    assert cli.lines("set_user_tags", user, "management", "x") == [
        'Setting tags for user "carol" to [management, x] ...']
    assert f"{user}\t[management, x]" in cli.lines("list_users")
    assert {"user": user, "tags": ["management", "x"]} in json.loads(cli.ok("list_users", "--formatter", "json"))
    assert cli.lines("authenticate_user", user, "secret")[-1] == "Success"
    assert "invalid credentials" in cli.refused(65, "authenticate_user", user, "wrong")
    cli.ok("change_password", user, "other")
    cli.ok("authenticate_user", user, "other")
    assert f"{user}\t[management, x]" in cli.lines("list_users")
    cli.ok("clear_password", user)
    cli.refused(65, "authenticate_user", user, "other")
    assert cli.refused(67, "change_password", "nobody", "x") == "Error:\nUser nobody does not exist\n"
    assert cli.refused(69, "clear_password", "nobody") == "Error:\nUser nobody does not exist\n"
    cli.ok("delete_user", "nobody")


def test_a_password_can_be_piped_in(cli, user):
    cli.ok("change_password", user, stdin="piped\n")
    cli.ok("authenticate_user", user, "piped")


def test_a_hash_of_a_password_can_be_given(cli):
    digest = cli.ok("-q", "hash_password", "abc").strip()
    cli.ok("add_user", "hashed", digest, "--pre-hashed-password")
    cli.ok("authenticate_user", "hashed", "abc")
    cli.ok("delete_user", "hashed")


def test_permissions(cli, vhost, user):
    cli.ok("set_permissions", "-p", vhost, user, "^c", ".*", "")
    assert cli.lines("list_permissions", "-p", vhost) == [
        f'Listing permissions for vhost "{vhost}" ...', "user\tconfigure\twrite\tread",
        f"{user}\t^c\t.*\t", "guest\t.*\t.*\t.*"]
    assert cli.lines("-s", "list_user_permissions", user) == [f"{vhost}\t^c\t.*\t"]
    cli.ok("clear_permissions", "-p", vhost, user)
    assert cli.ok("-s", "list_user_permissions", user) == ""
    assert cli.refused(69, "set_permissions", "-p", "none", user, "", "", "") == (
        "Error:\nVirtual host none does not exist\n")
    assert cli.refused(67, "set_permissions", "-p", vhost, "none", "", "", "") == "Error:\nUser none does not exist\n"
    cli.refused(69, "set_permissions", "-p", vhost, user, "*", "", "")
    for whose in (("-p", "none", user), ("-p", vhost, "none")):
        cli.ok("clear_permissions", *whose)
        cli.ok("clear_topic_permissions", *whose)


def test_topic_permissions(cli, vhost, user):
    cli.ok("set_topic_permissions", "-p", vhost, user, "amq.topic", "a", "b")
    cli.ok("set_topic_permissions", "-p", vhost, user, "other", "c", "d")
    cli.ok("clear_topic_permissions", "-p", vhost, user, "other")
    assert cli.lines("-q", "list_topic_permissions", "-p", vhost) == [
        "user\texchange\twrite\tread", f"{user}\tamq.topic\ta\tb"]
    cli.ok("clear_topic_permissions", "-p", vhost, user)
    assert cli.ok("-s", "list_user_topic_permissions", user) == ""


# ---- virtual hosts and limits ----

def test_virtual_hosts(cli, vhost):
    assert f"{vhost}\tof a test\t[a, b]" in cli.lines("list_vhosts", "name", "description", "tags")
    cli.ok("set_vhost_tags", vhost, "c")
    cli.ok("update_vhost_metadata", vhost, "--default-queue-type", "quorum")
    rows = json.loads(cli.ok("list_vhosts", "--formatter", "json", "name", "tags", "default_queue_type"))
    assert {"name": vhost, "tags": ["c"], "default_queue_type": "quorum"} in rows
    assert cli.refused(65, "delete_vhost", "none") == "Virtual host 'none' does not exist\n"
    assert "already running" in cli.lines("-q", "restart_vhost", "-p", vhost)[0]
    assert '{:no_such_vhost, "none"}' in cli.refused(70, "restart_vhost", "-p", "none")


def test_limits(cli, vhost, user):
    cli.ok("set_vhost_limits", "-p", vhost, '{"max-connections": 256, "max-queues": 7}')
    assert json.loads(cli.ok("-q", "list_vhost_limits", "-p", vhost)) == {"max-connections": 256, "max-queues": 7}
    cli.ok("clear_vhost_limits", "-p", vhost)
    assert cli.ok("-q", "list_vhost_limits", "-p", vhost) == "\n"
    for without in (vhost, "none"):
        assert cli.refused(69, "clear_vhost_limits", "-p", without) == "Error:\nParameter does not exist\n"
    cli.ok("set_user_limits", user, '{"max-channels": 2}')
    assert cli.lines("list_user_limits", "--user", user)[-1] == '{"max-channels":2}'
    cli.ok("clear_user_limits", user, "all")
    assert cli.lines("-q", "list_user_limits", "--user", user) == ["{}"]
    assert "JSON" in cli.refused(69, "set_vhost_limits", "-p", vhost, "{")


# ---- what is in a virtual host ----

def test_queues(cli, vhost, channel):
    channel.queue_declare("q 1", durable=True, arguments={
        "x-max-length": 10, "x-overflow": "reject-publish", "x-queue-type": "classic"})
    channel.basic_publish("", "q 1", b"x")
    assert channel.queue_declare("q 1", passive=True).method.message_count == 1
    assert cli.lines("list_queues", "-p", vhost) == [
        "Timeout: 60.0 seconds ...", f"Listing queues for vhost {vhost} ...", "name\tmessages", "q 1\t1"]
    assert cli.lines("-s", "-p", vhost, "list_queues", "name,durable", "arguments", "state") == [
        'q 1\ttrue\t[{"x-max-length",10},{"x-overflow","reject-publish"},{"x-queue-type","classic"}]\trunning']
    assert json.loads(cli.ok("list_queues", "-p", vhost, "--formatter", "json", "arguments", "messages_ready")) == [
        {"arguments": [["x-max-length", "long", 10], ["x-overflow", "longstr", "reject-publish"],
                       ["x-queue-type", "longstr", "classic"]],
         "messages_ready": 1}]
    assert cli.ok("list_queues", "-p", vhost, "--formatter", "csv", "name", "messages") == (
        '"name","messages"\n"q 1","1"\n')
    assert cli.ok("-s", "-p", vhost, "list_queues", "--offline") == ""
    assert cli.ok("-q", "-p", "none", "list_queues") == ""
    for where, queue in ((vhost, "none"), ("none", "q 1")):
        unknown = cli.run("rabbitmq-queues", "peek", "-p", where, queue, "1")
        assert (unknown.returncode, unknown.stderr) == (
            69, f"Error:\nTarget queue was not found in virtual host '{where}'\n")
    cli.ok("purge_queue", "-p", vhost, "q 1")
    assert cli.lines("-s", "-p", vhost, "list_queues") == ["q 1\t0"]
    assert cli.lines("delete_queue", "-p", vhost, "q 1", "--if-empty") == [
        f"Deleting queue 'q 1' on vhost '{vhost}' if queue is empty ...",
        "Queue was successfully deleted with 0 ready messages"]
    assert cli.refused(64, "delete_queue", "-p", vhost, "q 1") == "Error:\nNo such queue was found\n"
    assert cli.refused(65, "purge_queue", "-p", vhost, "q 1") == (
        "Object (queue, stream, exchange, etc) was not found\n")


def test_exchanges_and_bindings(cli, vhost, channel):
    channel.queue_declare("q")
    channel.queue_bind("q", "amq.topic", "a.#", {"k": "v", "n": 1})
    assert cli.lines("-q", "list_exchanges", "-p", vhost)[:3] == ["name\ttype", "\tdirect", "amq.direct\tdirect"]
    assert cli.lines("list_bindings", "-p", vhost) == [
        f"Listing bindings for vhost {vhost}...",
        "source_name\tsource_kind\tdestination_name\tdestination_kind\trouting_key\targuments",
        "\texchange\tq\tqueue\tq\t[]",
        'amq.topic\texchange\tq\tqueue\ta.#\t[{"k","v"},{"n",1}]']


# ---- policies and definitions ----

def test_policies(cli, vhost):
    definition = ('{"ha-mode":"exactly","ha-params":2,"ha-sync-mode":"automatic",'
                  '"queue-master-locator":"min-masters","queue-mode":"lazy"}')
    assert cli.lines("set_policy", "-p", vhost, "perf-test-with-ha", "^perf-test", definition,
                     "--apply-to", "queues") == [
        f'Setting policy "perf-test-with-ha" for pattern "^perf-test" to "{definition}" with priority "0" '
        f'for vhost "{vhost}" ...']
    header, row = cli.lines("-q", "list_policies", "-p", vhost)
    assert header == "vhost\tname\tpattern\tapply-to\tdefinition\tpriority"
    assert row.split("\t")[:4] == [vhost, "perf-test-with-ha", "^perf-test", "queues"]
    assert json.loads(row.split("\t")[4]) == json.loads(definition)
    cli.ok("clear_policy", "-p", vhost, "perf-test-with-ha")
    assert cli.refused(69, "clear_policy", "-p", vhost, "perf-test-with-ha") == (
        "Error:\nParameter does not exist\n")
    assert "not a valid maximum length" in cli.refused(69, "set_policy", "-p", vhost, "p", "^a", '{"max-length":-1}')
    assert "JSON" in cli.refused(69, "set_policy", "-p", vhost, "p", "^a", "{")
    assert cli.ok("-s", "list_policies", "-p", vhost) == ""


def test_operator_policies(cli, vhost, channel):
    channel.queue_declare("q")
    cli.ok("set_operator_policy", "-p", vhost, "limit", ".*", '{"max-length":5}', "--apply-to", "queues",
           "--priority", "3")
    assert cli.lines("-s", "list_operator_policies", "-p", vhost) == [
        f'{vhost}\tlimit\t.*\tqueues\t{{"max-length":5}}\t3']
    assert cli.lines("-s", "list_queues", "-p", vhost, "operator_policy", "effective_policy_definition") == [
        'limit\t#{"max-length" => 5}']
    cli.ok("clear_operator_policy", "-p", vhost, "limit")


def test_definitions_are_exported(cli, vhost, tmp_path):
    exported = json.loads(cli.ok("export_definitions", "-"))
    assert vhost in {one["name"] for one in exported["vhosts"]}
    cli.ok("export_definitions", str(tmp_path / "all.json"))
    assert json.loads((tmp_path / "all.json").read_text()) == exported
    assert "cannot be written" in cli.refused(65, "export_definitions", str(tmp_path / "no" / "folder"))


def test_names_of_every_kind(cli):
    name = "a/b%2F ü\\?#&"
    cli.ok("add_vhost", name)
    assert name in cli.lines("-s", "list_vhosts")
    cli.ok("set_permissions", "-p", name, "guest", "", "", "")
    assert cli.lines("-s", "list_permissions", "-p", name) == ["guest\t\t\t"]
    cli.ok("delete_vhost", name)
