"""Commands about secrets, super streams and waiting, and those that say why they do nothing."""
import json
import os
import subprocess

import pytest

from broker import server_path
from command_line import CommandLine

pytestmark = pytest.mark.own_server

# Made by the rabbitmqctl of RabbitMQ 4.3 with the passphrase "secret".
ENCODED = "WvWZTQrWWRh5RhwC0INEqNBtyQsttLx495zZ3ATPy13C7ZHUurALkv7+s4rp2btD"
ENCRYPTED = "aXzLc4DtvE5shE+xwLg8GQD3AatiK4KGR4QOKlmg6Gd7DhdbH74ATXzIbZIyvj3V"


@pytest.fixture
def cli(broker):
    return CommandLine(broker.data_dir)


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
    assert {"hash": "sha256"} in json.loads(cli.ok("list_hashes", "--formatter", "json"))
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
