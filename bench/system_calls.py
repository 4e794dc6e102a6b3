"""Counts the system calls of a running process: in the kernel with perf, which hardly disturbs it, or else with strace, which stops
it at each call and so shows larger batches than there are."""
import collections
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

# What the columns of the table add up; calls that are in no group are "other".
GROUPS = {
    "recv": ("recvfrom", "recvmsg"),
    "send": ("sendto", "sendmsg"),
    "wait": ("epoll_wait", "epoll_pwait", "epoll_pwait2"),
    "epoll_ctl": ("epoll_ctl",),
    "eventfd": ("read", "write"),
    "futex": ("futex",),
    "memory": ("madvise", "mmap", "munmap"),
    "disk": ("pwrite64", "pwritev", "pwritev2", "pread64", "preadv", "fallocate", "openat", "unlink", "unlinkat", "renameat2"),
    "sync": ("fdatasync", "fsync"),
}
TRACEPOINTS = pathlib.Path("/sys/kernel/tracing/events/syscalls")
ALL = "raw_syscalls:sys_enter"
ENTER = "syscalls:sys_enter_"
ATTACH_SECONDS_MAX = 20


class Unavailable(Exception):
    """Neither tool can be used here."""


def tool():
    """perf, strace or none."""
    if shutil.which("perf") and os.access(TRACEPOINTS / "sys_enter_futex", os.R_OK):
        return "perf"
    return "strace" if shutil.which("strace") else "none"


def of_perf(text):
    """Calls by name from `perf stat -x,`; what no event names is under "other"."""
    calls = collections.Counter()
    total = 0
    for line in text.splitlines():
        fields = line.split(",")
        if len(fields) < 3 or not fields[0].isdigit():
            continue
        if fields[2] == ALL:
            total = int(fields[0])
        elif fields[2].startswith(ENTER):
            calls[fields[2].removeprefix(ENTER)] = int(fields[0])
    calls["other"] = total - sum(calls.values())
    return calls


def of_strace(text):
    """Calls by name from `strace -c`: share, seconds, us a call, calls, perhaps errors, name."""
    calls = collections.Counter()
    for line in text.splitlines():
        found = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", line)
        if found and found.group(2) != "total":
            calls[found.group(2)] += int(found.group(1))
    return calls


def grouped(calls):
    """Calls by column."""
    sums = {group: sum(calls.get(name, 0) for name in names) for group, names in GROUPS.items()}
    sums["other"] = sum(calls.values()) - sum(sums.values())
    return sums


def switches(pid):
    """Context switches of all threads so far: those that waited, and those that were made to."""
    sums = [0, 0]
    for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
        found = re.findall(r"^(?:non)?voluntary_ctxt_switches:\s+(\d+)$", status.read_text(), re.MULTILINE)
        sums = [sum_ + int(one) for sum_, one in zip(sums, found)]
    return tuple(sums)


class Counting:
    """Counts from the entry of the `with` block to its end; then the calls by name are in `calls`."""

    def __init__(self, pid, with_tool=None):
        self.pid = pid
        self.tool = with_tool or tool()
        self.calls = collections.Counter()
        if self.tool == "none":
            raise Unavailable("system calls are not counted: neither perf (with readable tracepoints) nor strace is there")

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory()
        self.report = pathlib.Path(self.directory.name) / "report"
        if self.tool == "perf":
            self.start_perf()
        else:
            self.start_strace()
        return self

    def start_perf(self):
        known = [name for names in GROUPS.values() for name in names if (TRACEPOINTS / f"sys_enter_{name}").exists()]
        commands, self.control = os.pipe()
        acknowledged, acknowledge = os.pipe()
        self.process = subprocess.Popen(
            ["perf", "stat", "-x,", "-D", "-1", "--control", f"fd:{commands},{acknowledge}", "-o", str(self.report), "-p", str(self.pid),
             "-e", ",".join([ALL, *(ENTER + name for name in known)])], pass_fds=(commands, acknowledge), stderr=subprocess.PIPE)
        os.close(commands)
        os.close(acknowledge)
        os.write(self.control, b"enable\n")
        if not os.read(acknowledged, 16):  # end of file: perf has ended
            raise Unavailable(f"perf: {self.process.communicate()[1].decode().strip()}")
        os.close(acknowledged)

    def start_strace(self):
        self.process = subprocess.Popen(["strace", "-f", "-c", "-o", str(self.report), "-p", str(self.pid)],
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        if "attached" not in line:
            raise Unavailable(line.strip() or "strace ended")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.communicate()
        if self.tool == "perf":
            os.close(self.control)
        read = of_perf if self.tool == "perf" else of_strace
        self.calls = read(self.report.read_text())
        self.directory.cleanup()
