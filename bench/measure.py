"""One measurement of one scenario at one broker, and the median of several."""
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import backlog
import brokers
import delays
import disk
import stream


def run_loadgen(loadgen, broker, arguments):
    """The load generator's JSON; what went wrong is in its "failures"."""
    with tempfile.TemporaryDirectory() as directory:
        result = pathlib.Path(directory) / "result.json"
        command = [str(loadgen), "--port", str(broker.port), "--broker-pid", str(broker.pid), "--quiet", "--json", str(result),
                   *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        try:
            return json.loads(result.read_text())
        except (OSError, ValueError):
            return {"failures": [f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}"]}


def figures_of_load(scenario, answer):
    delivered = answer.get("delivered_per_s", 0)
    figures = {
        "rate": delivered if delivered > 0 else answer.get("published_per_s"),
        "cpu_us": answer.get("broker_cpu_us_per_message"),
        "load_cpu_us": answer.get("own_cpu_us_per_message"),
        "memory": answer.get("broker_resident_peak_bytes"),
    }
    latency = answer.get(scenario.latency) if scenario.latency else None
    if latency:
        figures.update({key: latency[f"{key}_us"] for key in ("p50", "p99", "p999")})
    return figures


def notes_of_churn(answer):
    """What creating and deleting cost, where each was looked at by itself."""
    halves = [f"{half} {answer[half + '_per_s']:,.0f}/s at {answer[half + '_cpu_us']:.1f} us"
              for half in ("creating", "deleting") if half + "_cpu_us" in answer]
    return [", ".join(halves)] if halves else []


def figures_of_churn(answer):
    return {
        "notes": notes_of_churn(answer),
        "rate": answer.get("created_per_s"),
        "cpu_us": answer.get("broker_cpu_us_per_message"),
        "load_cpu_us": answer.get("own_cpu_us_per_message"),
        "memory": answer.get("broker_resident_bytes"),
    }


def figures_of_idle(answer):
    return {
        "rate": answer.get("opened_per_s"),
        "cpu_us": answer.get("open_cpu_us_per_connection"),
        "memory": answer.get("broker_resident_bytes"),
        "memory_each": answer.get("bytes_per_connection"),
    }


def figures_of_disk(root, seconds):
    times = disk.sync_times(root, seconds)
    figures = {key: disk.quantile(times, share) * 1e6 for key, share in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))}
    return {"rate": len(times) / seconds, **figures}


def measure(scenario, broker, loadgen, options):
    """Starts the broker if it is ours, measures, stops it. None: the broker cannot do this one."""
    if isinstance(broker, brokers.Disk):
        return figures_of_disk(broker.root, options.time)
    if scenario.kind in ("restart", "delays") and not broker.restartable:
        return None
    if scenario.kind == "start-up" and not broker.restartable:
        taken = broker.start_seconds()
        return None if taken is None else {"start_ms": taken * 1000}
    try:
        start_seconds = broker.start()
        if scenario.kind == "start-up":
            return {"start_ms": start_seconds * 1000}
        return measure_running(scenario, broker, loadgen, options)
    finally:
        broker.stop()


def measure_running(scenario, broker, loadgen, options):
    if scenario.kind == "idle-memory":
        time.sleep(1)
        return {"memory": broker.resident()}
    if scenario.kind == "backlog":
        return backlog.measure(broker, loadgen, options.backlog if broker.restartable else options.peer_backlog,
                               scenario.queue_type)
    if scenario.kind == "stream":
        return stream.measure(broker, loadgen, options.backlog if broker.restartable else options.peer_backlog)
    if scenario.kind == "delays":
        return delays.measure(broker, loadgen, options.time, options.peer_backlog)
    if scenario.kind == "restart":
        return backlog.measure_restart_with_queues(broker, scenario.queues, scenario.queue_type)
    seconds = options.time
    if scenario.seconds_max:
        seconds = min(seconds, scenario.seconds_max)
    arguments = [*scenario.arguments, "--time", str(seconds)]
    if scenario.kind == "load":
        arguments += ["--warmup", str(scenario.warmup)]
    flushes_before = disk.flushes(options.data_root)
    begin = time.monotonic()
    answer = run_loadgen(loadgen, broker, arguments)
    figures = {"load": lambda: figures_of_load(scenario, answer), "churn": lambda: figures_of_churn(answer),
               "idle-connections": lambda: figures_of_idle(answer)}[scenario.kind]()
    if flushes_before is not None and scenario.kind == "load":
        figures["flushes"] = (disk.flushes(options.data_root) - flushes_before) / (time.monotonic() - begin)
    return {**figures, "failures": answer.get("failures", []), "product": answer.get("product")}


def median_of(runs):
    """Per figure the median over the runs that have it; the failures of all."""
    summary = {}
    keys = {key for run in runs for key, value in run.items() if isinstance(value, (int, float))}
    for key in sorted(keys):
        summary[key] = statistics.median(run[key] for run in runs if isinstance(run.get(key), (int, float)))
    summary["notes"] = [note for run in runs for note in run.get("notes", [])]
    summary["failures"] = [failure for run in runs for failure in run.get("failures", [])]
    return summary
