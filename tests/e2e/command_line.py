"""Runs the command line tools against a broker, as somebody at a shell would."""
import os
import subprocess

from broker import server_path


class CommandLine:
    """The tools beside the server, asking the broker that has `data_dir`."""

    def __init__(self, data_dir):
        self.environment = {**os.environ, "RABBITMQ_MNESIA_DIR": str(data_dir)}

    def run(self, tool, *arguments, stdin=""):
        return subprocess.run([server_path().parent / tool, *arguments], env=self.environment, input=stdin,
                              capture_output=True, text=True, timeout=60, check=False)

    def ctl(self, *arguments, **options):
        return self.run("rabbitmqctl", *arguments, **options)

    def ok(self, *arguments, tool="rabbitmqctl", **options):
        """What a command that must succeed prints."""
        done = self.run(tool, *arguments, **options)
        assert done.returncode == 0, (arguments, done)
        assert done.stderr == "", (arguments, done)
        return done.stdout

    def lines(self, *arguments, **options):
        return self.ok(*arguments, **options).splitlines()

    def refused(self, code, *arguments, **options):
        """What a command that must fail with `code` says about it."""
        done = self.ctl(*arguments, **options)
        assert done.returncode == code, (arguments, done)
        return done.stderr
