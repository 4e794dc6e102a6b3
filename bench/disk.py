"""What the disk does by itself: the time of a sync, the number of flushes, the size of a folder."""
import os
import pathlib
import tempfile
import time

BLOCK_BYTES = 4096
FILE_BYTES = 8 << 20


def quantile(values, share):
    """Of sorted values."""
    return values[min(len(values) - 1, int(len(values) * share))]


def sync_times(folder, seconds):
    """Seconds of each write of one block and its fdatasync, in a file whose blocks are there already, as in a log."""
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        descriptor = file.fileno()
        os.pwrite(descriptor, bytes(FILE_BYTES), 0)
        os.fsync(descriptor)
        block = os.urandom(BLOCK_BYTES)
        end = time.monotonic() + seconds
        at = 0
        while time.monotonic() < end:
            begin = time.perf_counter()
            os.pwrite(descriptor, block, at)
            os.fdatasync(descriptor)
            times.append(time.perf_counter() - begin)
            at = (at + BLOCK_BYTES) % FILE_BYTES
    return sorted(times)


def flushes(folder):
    """How often the device below the folder was told to flush its cache so far, by anybody; None if nobody counts."""
    try:
        number = os.stat(folder).st_dev
        fields = pathlib.Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}/stat").read_text().split()
        return int(fields[15])
    except (OSError, IndexError):
        return None


def allocated_bytes(folder):
    """Of all files below the folder; those that go away meanwhile do not count."""
    total = 0
    for directory, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.stat(os.path.join(directory, name)).st_blocks * 512
            except OSError:
                continue
    return total
