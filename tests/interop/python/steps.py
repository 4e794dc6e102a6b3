"""What the Python scenarios share: the command line, and a log of one line a step."""
import argparse
import contextlib
import time


def parse_port():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True, help="AMQP port on 127.0.0.1")
    return parser.parse_args().port


@contextlib.contextmanager
def step(name):
    """Prints the outcome of what happens inside; a failure goes on to end the script."""
    start = time.monotonic()
    try:
        yield
    except BaseException as error:
        print(f"    FAIL {name}: {type(error).__name__}: {error}", flush=True)
        raise
    print(f"    ok   {name} ({time.monotonic() - start:.2f} s)", flush=True)


def expect(actual, wanted, what):
    if actual != wanted:
        raise AssertionError(f"{what}: {actual!r} where {wanted!r} was expected")


def check_death(headers, queue, reason, count=1):
    """The x-death header of a message that was dead-lettered once."""
    deaths = (headers or {}).get("x-death")
    if not deaths:
        raise AssertionError(f"no x-death in {headers!r}")
    expect(deaths[0]["queue"], queue, "queue of death")
    expect(deaths[0]["reason"], reason, "reason of death")
    expect(deaths[0]["count"], count, "count of deaths")
