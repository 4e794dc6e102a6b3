"""Commands about secrets, super streams and waiting, and those that say why they do nothing."""
import json
import os
import subprocess

import pika
import pytest

from broker import server_path
from command_line import CommandLine
from http_client import HttpClient
from test_tls import certificates  # noqa: F401  (a fixture)

pytestmark = pytest.mark.own_server

# Made by the rabbitmqctl of RabbitMQ 4.3 with the passphrase "secret".
ENCODED = "WvWZTQrWWRh5RhwC0INEqNBtyQsttLx495zZ3ATPy13C7ZHUurALkv7+s4rp2btD"
ENCRYPTED = "aXzLc4DtvE5shE+xwLg8GQD3AatiK4KGR4QOKlmg6Gd7DhdbH74ATXzIbZIyvj3V"


def test_values_that_rabbitmq_has_encrypted(cli):
    assert cli.lines("-q", "decode", f'{{encrypted,<<"{ENCODED}">>}}', "secret") == ['<<"guest">>']
    assert cli.lines("-q", "decode", ENCODED, "secret") == ['<<"guest">>']
    assert cli.lines("-q", "decrypt_conf_value", "encrypted:" + ENCRYPTED, "secret") == ["guest"]
    assert "is the passphrase right" in cli.refused(69, "decode", ENCODED, "wrong")
    assert "Failed to decrypt" in cli.refused(69, "decrypt_conf_value", "encrypted:AAAA", "secret")


@pytest.mark.parametrize("options", [(), ("--cipher", "aes_256_ctr", "--hash", "sha512", "--iterations", "20")])
def test_values_there_and_back(cli, options):
    for value in ('<<"a word">>', '"a word"', "atom", "'an atom'", "42"):
        encoded, = cli.lines("-q", "encode", value, "secret", *options)
        assert encoded.startswith('{encrypted,<<"')
        assert cli.lines("-q", "decode", encoded, "secret", *options) == [value]
    encrypted, = cli.lines("-q", "encrypt_conf_value", "pass word #1", "secret", *options)
    assert encrypted.startswith("encrypted:")
    assert cli.lines("-q", "decrypt_conf_value", encrypted, "secret", *options) == ["pass word #1"]


def test_ciphers_and_hashes(cli):
    assert "aes_128_cbc" in cli.lines("-q", "list_ciphers")[0]
    assert "sha256" in json.loads(cli.ok("list_hashes", "--formatter", "json"))["value"]
    assert cli.lines("list_hashes", "--formatter", "csv")[0] == '"hash"'
    assert "cipher is not supported" in cli.refused(65, "encode", "x", "secret", "--cipher", "rot13")
    assert "hash is not supported" in cli.refused(65, "encode", "x", "secret", "--hash", "crc32")
    assert "iterations is incorrect" in cli.refused(65, "encode", "x", "secret", "--iterations", "0")


def test_where_the_cookie_comes_from(tmp_path):
    (tmp_path / ".erlang.cookie").write_text("SECRET")
    (tmp_path / ".erlang.cookie").chmod(0o400)
    environment = {**os.environ, "HOME": str(tmp_path), "RABBITMQ_MNESIA_DIR": str(tmp_path / "data")}
    environment.pop("RABBITMQ_ERLANG_COOKIE", None)

    def run(*arguments):
        return subprocess.run([server_path().parent / "rabbitmq-diagnostics", *arguments], env=environment,
                              capture_output=True, text=True, timeout=20, check=True).stdout

    # base64 of MD5, as RabbitMQ has it
    assert run("-q", "erlang_cookie_hash") == "RMe+SCJuutXcqCFmdMrWKw==\n"
    told = json.loads(run("erlang_cookie_sources", "--formatter", "json", "--erlang-cookie", "LONGER"))
    assert told["cookie_file_path"] == str(tmp_path / ".erlang.cookie")
    assert (told["cookie_file_exists"], told["cookie_file_access"], told["cookie_file_size"]) == (True, "read", 6)
    assert (told["switch_cookie_set"], told["switch_cookie_value_length"], told["os_env_cookie_set"]) == (True, 6, False)
    text = run("erlang_cookie_sources")
    assert "Cookie file exists? true" in text and "SECRET" not in text


def test_a_super_stream_comes_and_goes(cli):
    streams = {"tool": "rabbitmq-streams"}
    cli.ok("add_super_stream", "invoices", "--partitions", "3", "--max-age", "1D", **streams)
    cli.ok("add_super_stream", "orders", "--binding-keys", "eu,us", **streams)
    names = cli.lines("-q", "-s", "list_queues", "name", "type")
    assert {"invoices-0\tstream", "invoices-1\tstream", "invoices-2\tstream", "orders-eu\tstream",
            "orders-us\tstream"} <= set(names)
    bindings = json.loads(cli.ok("list_bindings", "source_name", "destination_name", "routing_key", "arguments",
                                 "--formatter", "json"))
    orders = [binding for binding in bindings if binding["source_name"] == "orders"]
    assert sorted(binding["routing_key"] for binding in orders) == ["eu", "us"]
    assert "already" in cli.run("rabbitmq-streams", "add_super_stream", "orders").stderr
    assert cli.run("rabbitmq-streams", "add_super_stream", "x", "--partitions", "0").returncode == 64
    cli.ok("delete_super_stream", "invoices", **streams)
    cli.ok("delete_super_stream", "orders", **streams)
    left = cli.ok("list_queues", "name")
    assert "invoices" not in left and "orders" not in left
    assert cli.run("rabbitmq-streams", "delete_super_stream", "orders").returncode == 65
    assert cli.run("rabbitmq-streams", "delete_super_stream", "amq.direct").returncode == 65


def test_waiting_for_nodes(cli):
    assert "has been reached" in cli.ok("await_online_nodes", "1")
    assert "1 of 2" in cli.refused(75, "await_online_nodes", "2", "-t", "1")
    cli.refused(65, "await_online_nodes", "x")


def test_what_is_not_there_says_why(cli):
    for command, word in (("shovel_status", "shovels"), ("list_mqtt_connections", "MQTT"),
                          ("federation_status", "federation"), ("list_stream_connections", "stream protocol"),
                          ("deactivate_free_disk_space_monitoring", "set_disk_free_limit")):
        assert word in cli.refused(69, command), command
    cli.ok("activate_free_disk_space_monitoring")


# ---- certificates and counters ----

def test_certificates_are_shown_and_watched(start_broker, certificates):
    """RabbitMQ tells the same, as JSON; for people it prints Erlang terms."""
    conf = "".join(f"{prefix}.certfile = {certificates}/server.pem\n{prefix}.keyfile = {certificates}/server.key\n"
                   f"{prefix}.cacertfile = {certificates}/ca.pem\n" for prefix in ("ssl_options", "management.ssl"))
    broker = start_broker("listeners.ssl.1 = 127.0.0.1:0\nmanagement.ssl.port = 0\nmanagement.ssl.ip = 127.0.0.1\n" + conf)
    cli = CommandLine(broker.data_dir)
    own, authority = ((certificates / name).read_text() for name in ("server.pem", "ca.pem"))
    shown = json.loads(cli.ok("certificates", "--formatter", "json", tool="rabbitmq-diagnostics"))
    assert {(one["port"], one["protocol"], one["interface"]) for one in shown} == {
        (broker.ports["amqps"], "amqp/ssl", "127.0.0.1"), (broker.ports["https"], "https", "127.0.0.1")}
    assert all((one["certfile"], one["cacertfile"]) == (own, authority) for one in shown)
    text = cli.ok("-q", "certificates", tool="rabbitmq-diagnostics")
    assert text.count(own) == 2 and f"port: {broker.ports['https']}, protocol: https" in text

    diagnostics = "rabbitmq-diagnostics"
    assert "No certificates" in cli.ok("check_certificate_expiration", "--within", "1", "--unit", "days", tool=diagnostics)
    for wrong in (("--within", "x"), ("--unit", "decades")):
        assert cli.run(diagnostics, "check_certificate_expiration", *wrong).returncode == 64
    failed = cli.run(diagnostics, "check_certificate_expiration", "--within", "1", "--unit", "weeks")
    assert failed.returncode == 69 and f"certfile {certificates}/server.pem: 20" in failed.stderr
    failed = cli.run(diagnostics, "check_certificate_expiration", "--within", "1", "--unit", "weeks", "--formatter", "json")
    told = json.loads(failed.stdout)
    assert (failed.returncode, told["result"], len(told["expired"])) == (69, "error", 2)
    assert all(len(one["certfile_expires_on"]) == len(one["cacertfile_expires_on"]) == 1 for one in told["expired"])


def test_a_certificate_whose_file_has_gone_is_told(start_broker, certificates, tmp_path):
    for name in ("server.pem", "server.key"):
        (tmp_path / name).write_bytes((certificates / name).read_bytes())
    broker = start_broker(f"listeners.ssl.1 = 127.0.0.1:0\nssl_options.certfile = {tmp_path}/server.pem\n"
                          f"ssl_options.keyfile = {tmp_path}/server.key\n")
    (tmp_path / "server.pem").unlink()
    failed = CommandLine(broker.data_dir).run("rabbitmq-diagnostics", "check_certificate_expiration", "--within", "0")
    assert failed.returncode == 69 and "server.pem: No such file or directory" in failed.stderr


def test_logins_are_counted(start_broker):
    broker = start_broker("management.tcp.port = 0\nmanagement.tcp.ip = 127.0.0.1\n")
    cli = CommandLine(broker.data_dir)
    listing = ("-q", "list_node_auth_attempt_stats")
    assert cli.lines(*listing) == []
    for password in ("guest", "wrong", "guest"):
        HttpClient(broker.ports["http"], "guest", password).get("overview")
    assert cli.lines(*listing) == ["protocol\tauth_attempts\tauth_attempts_failed\tauth_attempts_succeeded", "http\t3\t1\t2"]
    told = json.loads(cli.ok("list_node_auth_attempt_stats", "--formatter", "json", tool="rabbitmq-diagnostics"))
    assert (told["result"], told["attempts"][0]["auth_attempts_failed"]) == ("ok", 1)
    cli.ok("reset_node_auth_attempt_metrics", tool="rabbitmq-diagnostics")
    assert cli.lines(*listing) == []
    assert cli.lines(*listing, "--by-source") == []


def test_sizes_of_messages(start_broker):
    broker = start_broker()
    cli = CommandLine(broker.data_dir)
    connection = pika.BlockingConnection(pika.ConnectionParameters(port=broker.port))
    channel = connection.channel()
    for size in (10, 10, 500, 20_000):
        channel.basic_publish("amq.fanout", "", bytes(size))
    connection.close()
    sizes = json.loads(cli.ok("message_size_stats", "--formatter", "json", tool="rabbitmq-diagnostics"))
    assert [row["Count"] for row in sizes] == [2, 1, 0, 1, 0, 0, 0, 0, 0]
    assert sizes[0] == {"Message Size": "below 100B", "Count": 2, "Percentage": "50.00"}
    assert sizes[-1]["Message Size"] == "above 100MB"


def test_statistics_are_forgotten_on_demand(cli):
    assert "on node" in cli.ok("reset_stats_db")
    assert "in all nodes" in cli.ok("reset_stats_db", "--all")
    assert "Erlang" in cli.run("rabbitmq-diagnostics", "command_line_arguments").stderr


@pytest.mark.parametrize("tool, command, end", [
    ("rabbitmq-diagnostics", ["check_running"], "is fully booted and running"),
    ("rabbitmq-diagnostics", ["check_local_alarms"], "reported no local alarms"),
    ("rabbitmq-diagnostics", ["check_virtual_hosts"], "reported all vhosts as running"),
    ("rabbitmq-diagnostics", ["check_certificate_expiration"], "within 4 weeks"),
    ("rabbitmqctl", ["authenticate_user", "guest", "guest"], "Success")])
def test_what_came_out_is_said_with_quiet_too(cli, tool, command, end):
    """As RabbitMQ 4.3 does: --quiet is about the words before."""
    line, = cli.lines("-q", *command, tool=tool)
    assert line.endswith(end)
    told = json.loads(cli.ok(*command, "--formatter", "json", tool=tool))
    assert told == {"result": "ok", "message": line}
