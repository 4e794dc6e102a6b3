"""Ansible's modules for RabbitMQ (community.rabbitmq): what they make is there, they find it the second time, and it goes again.
Most of them read what rabbitmqctl prints. Each task says ok or FAIL; the exit code is 1 if one has failed.

    scenario.py --playbook .../ansible-playbook --tools build/release/bin --data-dir DATA --port 5672 --http-port 15672
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# These do what they do every time.
NEVER_CHANGE = ("rabbitmq_publish", "rabbitmq_upgrade", "rabbitmq_feature_flag")


def play(options, name, home):
    """The results of the tasks of a playbook: (module, result)."""
    environment = {
        **os.environ, "PATH": f"{options.tools}:{os.environ['PATH']}", "RABBITMQ_MNESIA_DIR": options.data_dir, "HOME": home,
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_DEPRECATION_WARNINGS": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false", "ANSIBLE_INJECT_FACT_VARS": "false", "ANSIBLE_NOCOLOR": "1"}
    python = pathlib.Path(options.playbook).parent / "python"
    done = subprocess.run(
        [options.playbook, "-e", f"ansible_python_interpreter={python}", "-e", f"http_port={options.http_port}",
         "-e", f"amqp_port={options.port}", HERE / f"{name}.yml"],
        env=environment, cwd=home, capture_output=True, text=True, timeout=240, check=False)
    try:
        tasks = json.loads(done.stdout)["plays"][0]["tasks"]
    except (ValueError, LookupError):
        sys.exit(f"    FAIL {name}: no results:\n{done.stdout}{done.stderr}")
    return [(task["hosts"]["localhost"]["action"].rpartition(".")[2], task["hosts"]["localhost"]) for task in tasks]


def main():
    parser = argparse.ArgumentParser()
    for option in "playbook", "tools", "data-dir", "port", "http-port":
        parser.add_argument("--" + option, required=True)
    options = parser.parse_args()
    failures = 0
    with tempfile.TemporaryDirectory() as home:
        for name, change, words in (("present", True, "makes"), ("present", False, "finds"), ("absent", True, "takes away")):
            results = play(options, name, home)
            wanted = (HERE / f"{name}.yml").read_text().count("    - community.rabbitmq.")
            for module, result in results:
                changed = change and module not in NEVER_CHANGE
                good = not result.get("failed") and result.get("changed") == changed
                failures += not good
                print(f"    {'ok  ' if good else 'FAIL'} {module} {words}" + ("" if good else f": {result}"))
            if len(results) != wanted:
                failures += 1
                print(f"    FAIL {name}: {len(results)} of {wanted} tasks were done")
                break
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
