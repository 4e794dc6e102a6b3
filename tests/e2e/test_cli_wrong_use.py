"""How the tools say that something is not there, or not rightly typed. Codes and words are those of RabbitMQ 4.3's tools."""
import pytest


pytestmark = pytest.mark.own_server
NO_VHOST = "Virtual host '/nov' does not exist\n"
LIMIT = '{"max-length":1}'


@pytest.mark.parametrize("command", [
    "list_vhost_limits", "list_permissions", "list_topic_permissions", "list_policies", "list_operator_policies", "list_parameters",
    f"set_policy a b {LIMIT}", f"set_operator_policy a b {LIMIT}", 'set_vhost_limits {"max-queues":1}'])
def test_a_vhost_that_is_not_there(cli, command):
    done = cli.ctl("-q", "-p", "/nov", *command.split())
    assert (done.returncode, done.stdout, done.stderr) == (65, "", NO_VHOST)


@pytest.mark.parametrize("command", ["list_queues", "list_exchanges", "list_bindings", "list_consumers"])
def test_nothing_is_in_a_vhost_that_is_not_there(cli, command):
    assert cli.ok("-q", "-p", "/nov", command) == ""


@pytest.mark.parametrize("command, code", [
    ("list_user_limits --user nope", 69), ('set_user_limits nope {"max-channels":1}', 69), ("clear_user_limits nope all", 69),
    ("list_user_permissions nope", 69), ("list_user_topic_permissions nope", 69), ("change_password nope x", 67),
    ("set_user_tags nope a", 67), ("set_permissions nope a b c", 67)])
def test_a_user_that_is_not_there(cli, command, code):
    assert "User nope does not exist" in cli.refused(code, "-q", *command.split())


@pytest.mark.parametrize("tool, command, code, words", [
    ("rabbitmqctl", f"set_policy a b {LIMIT} --priority x", 64, "Invalid options for this command:\n--priority : x\n"),
    ("rabbitmqctl", f"set_policy a b {LIMIT} --priority 1.5", 64, "Invalid options for this command:\n--priority : 1.5\n"),
    ("rabbitmqctl", "list_queues --timeout x", 64, "Invalid options for this command:\n--timeout : x\n"),
    ("rabbitmqctl", "close_all_connections --limit x why", 64, "Invalid options for this command:\n--limit : x\n"),
    ("rabbitmqctl", "list_queues nosuch", 64, "Info key(s) nosuch are not supported\n"),
    ("rabbitmqctl", "list_vhosts nosuch", 64, "Info key(s) nosuch are not supported\n"),
    ("rabbitmqctl", "set_vm_memory_high_watermark x", 65, "Bad argument.\n"),
    ("rabbitmqctl", "set_disk_free_limit x", 65, "Bad argument.\n"),
    ("rabbitmqctl", "import_definitions /nosuch", 65, "Bad argument: File /nosuch does not exist\n"),
    ("rabbitmq-diagnostics", "check_port_listener x", 65, "Bad argument: Argument must be a positive integer\n"),
    ("rabbitmq-diagnostics", "check_certificate_expiration --within x", 64, "Invalid options for this command:\n--within : x\n"),
    ("rabbitmq-diagnostics", "check_certificate_expiration --unit eons", 64,
     "unit 'eons' is not supported. Please use one of: days, weeks, months, years\n"),
])
def test_what_is_wrongly_typed_is_shown_with_the_usage(cli, tool, command, code, words):
    done = cli.run(tool, *command.split())
    shown = f"Error (argument validation): {words}Arguments given:\n\t{command}\n\nUsage\n\n{tool} [--node <node>] [--longnames] [--quiet] "
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(shown + command.split()[0])


def test_patience_may_be_endless(cli):
    for timeout in "infinity", "0", "60", "0.5":
        assert cli.ok("-q", "-p", "/nov", "list_queues", "--timeout", timeout) == ""


def test_only_some_types_can_be_rebalanced(cli):
    for known in [], ["all"], ["classic"], ["quorum"], ["stream"]:
        cli.ok("-q", "rebalance", *known, tool="rabbitmq-queues")
    done = cli.run("rabbitmq-queues", "-q", "rebalance", "nosuch")
    assert (done.returncode, done.stderr) == (69, "Error:\ntype nosuch is not supported. Try one of all, classic, quorum, stream.\n")
