"""--formatter json: what scripts read. The shapes are those of RabbitMQ 4.3's tools; what is beyond them is WarrenMQ's own."""
import json

import pika
import pytest


pytestmark = pytest.mark.own_server

MEMORY = """atom binary code plugins mnesia connection_readers connection_writers connection_channels connection_other quorum_queue_procs
quorum_queue_dlx_procs stream_queue_procs stream_queue_replica_reader_procs stream_queue_coordinator_procs queue_procs metadata_store
other_proc metrics mgmt_db quorum_ets metadata_store_ets other_ets msg_index other_system allocated_unused reserved_unallocated""".split()


def shown(cli, tool, *command):
    return json.loads(cli.ok(*command, "--formatter", "json", tool=tool))


@pytest.mark.parametrize("command, wanted", [
    (["rabbitmqctl", "set_disk_free_limit", "50MB"], {"node": None, "result": "ok"}),
    (["rabbitmqctl", "await_startup"], {"node": None, "result": "ok"}),
    (["rabbitmqctl", "set_global_parameter", "json", "[1]"], {"node": None, "result": "ok"}),
    (["rabbitmqctl", "clear_global_parameter", "json"], {"node": None, "result": "ok"}),
    (["rabbitmqctl", "list_vhost_limits"], []),
    (["rabbitmqctl", "list_user_limits"], {"message": "{}"}),
    (["rabbitmqctl", "list_hashes"], {"node": None, "value": [], "result": "ok"}),
    (["rabbitmqctl", "list_ciphers"], {"node": None, "value": [], "result": "ok"}),
    (["rabbitmq-diagnostics", "ping"], {"message": "Ping succeeded", "result": "ok"}),
    (["rabbitmq-diagnostics", "server_version"], {"value": "", "result": "ok"}),
    (["rabbitmq-diagnostics", "erlang_version"], {"value": "", "result": "ok"}),
    (["rabbitmq-diagnostics", "is_booting"], {"message": "", "result": False}),
    (["rabbitmq-diagnostics", "is_running"], {"message": "", "result": True}),
    (["rabbitmq-diagnostics", "check_running"], {"message": "", "result": "ok"}),
    (["rabbitmq-diagnostics", "check_alarms"], {"message": "", "result": "ok"}),
    (["rabbitmq-diagnostics", "alarms"], {"node": None, "result": "ok", "alarms": [], "local": [], "global": []}),
    (["rabbitmq-diagnostics", "check_port_connectivity"], {"node": None, "result": "ok", "listeners": []}),
    (["rabbitmq-diagnostics", "check_protocol_listener", "amqp"], {"node": None, "protocol": "amqp", "result": "ok"}),
    (["rabbitmq-diagnostics", "log_location"], {"result": "ok", "node_name": None, "paths": []}),
    (["rabbitmq-diagnostics", "tls_versions"], {"versions": []}),
    (["rabbitmq-diagnostics", "os_env"], {"node": None, "result": "ok", "variables": {}}),
    (["rabbitmq-diagnostics", "resolver_info"], {"node": None, "result": "ok", "resolver": {}}),
    (["rabbitmq-diagnostics", "resolve_hostname", "localhost"],
     {"node": None, "result": "ok", "hostname": "localhost", "address_family": "IPv4", "addresses": []}),
    (["rabbitmq-diagnostics", "erlang_cookie_hash", "--erlang-cookie", "x"], {"value": "", "result": "ok"}),
    (["rabbitmq-plugins", "directories"], {"plugins_dir": "", "plugins_expand_dir": "", "enabled_plugins_file": ""}),
    (["rabbitmqctl", "hash_password", "x"], {"message": "", "result": "ok"}),
    (["rabbitmqctl", "encode", "x", "y"], {"node": None, "value": [], "result": "ok"}),
    (["rabbitmqctl", "restart_vhost"], {"message": "", "result": "ok"}),
    (["rabbitmqctl", "close_all_connections", "bye", "-p", "/nov"], {"node": None, "value": "Closed 0 connections", "result": "ok"}),
    (["rabbitmq-diagnostics", "list_network_interfaces"], {"node": None, "result": "ok", "interfaces": {}}),
], ids=lambda value: value[1] if isinstance(value, list) and value else None)
def test_shapes(cli, command, wanted):
    """None stands for the node; what is empty, for any such value."""
    node = shown(cli, "rabbitmqctl", "cluster_status")["running_nodes"][0]
    told = shown(cli, *command)
    if isinstance(wanted, list):
        assert told == wanted
        return
    assert told.keys() == wanted.keys()
    for name, value in wanted.items():
        if value is None:
            assert told[name] == node
        elif value in ("", [], {}):
            assert isinstance(told[name], type(value))
        else:
            assert told[name] == value


def test_listings_of_names_have_some(cli):
    assert "sha256" in shown(cli, "rabbitmqctl", "list_hashes")["value"]
    assert "TLS_AES_256_GCM_SHA384" in shown(cli, "rabbitmq-diagnostics", "cipher_suites")
    assert "addr" in shown(cli, "rabbitmq-diagnostics", "list_network_interfaces")["interfaces"]["lo"]


def test_users_and_queues_that_come_and_go(cli, broker):
    told = shown(cli, "rabbitmqctl", "add_user", "json", "x")
    assert told["status"] == "ok" and told["message"].startswith("Done.")
    assert shown(cli, "rabbitmqctl", "delete_user", "json")["result"] == "ok"
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port))
    connection.channel().queue_declare("json", durable=True)
    assert shown(cli, "rabbitmq-diagnostics", "list_policies_that_match", "json") == {"result": "ok", "policies": []}
    cli.ok("set_policy", "json", "^json$", '{"max-length":1}')
    (policy,) = shown(cli, "rabbitmq-diagnostics", "list_policies_that_match", "json")["policies"]
    assert policy["name"] == "json"
    cli.ok("clear_policy", "json")
    assert shown(cli, "rabbitmqctl", "delete_queue", "json")["message"] == "Queue was successfully deleted with 0 ready messages"
    connection.close()


def test_limits_are_told_as_text(cli):
    cli.ok("set_vhost_limits", '{"max-queues":1000}')
    assert json.loads(shown(cli, "rabbitmqctl", "list_vhost_limits")["value"]) == {"max-queues": 1000}
    cli.ok("clear_vhost_limits")


def test_memory_by_parts(cli):
    told = shown(cli, "rabbitmq-diagnostics", "memory_breakdown")
    assert told.keys() == set(MEMORY)
    assert all(part.keys() == {"bytes", "percentage"} for part in told.values())
    assert 0 < told["code"]["percentage"] <= 100 and told["code"]["bytes"] > 1_000_000
    assert 95 < sum(part["percentage"] for part in told.values()) < 105


def test_the_status_has_what_rabbitmq_s_has(cli):
    told = shown(cli, "rabbitmqctl", "status")
    wanted = """memory pid processes run_queue os net_ticktime config_files alarms tags listeners product_name product_version erlang_version
    rabbitmq_version uptime is_under_maintenance crypto_lib_version enabled_plugin_file active_plugins data_directory raft_data_directory log_files
    vm_memory_calculation_strategy vm_memory_high_watermark_setting vm_memory_high_watermark_limit disk_free_limit disk_free totals"""
    assert set(wanted.split()) <= told.keys()
    assert isinstance(told["pid"], int) and told["pid"] > 0
    assert told["enabled_plugin_file"].endswith("/enabled_plugins")
    assert told["vm_memory_high_watermark_setting"] == {"absolute": told["vm_memory_high_watermark_limit"]}
    assert set(MEMORY) | {"total", "strategy"} == told["memory"].keys()


def test_a_check_that_fails_tells_it(cli):
    for command in (["check_port_listener", "1"], ["check_protocol_listener", "carrier-pigeon"]):
        done = cli.run("rabbitmq-diagnostics", *command, "--formatter", "json")
        told = json.loads(done.stdout)
        assert (done.returncode, done.stderr, told["missing"], told["result"]) == (69, "", command[1], "error")
        assert {"port", "protocol", "interface", "purpose", "node"} == told["listeners"][0].keys()


def test_nothing_is_added_to_what_is_for_people(cli):
    assert cli.ok("-q", "await_startup") == ""
    assert cli.ok("-q", "set_disk_free_limit", "50MB") == ""
