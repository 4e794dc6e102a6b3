"""Tests of the parts of the benchmark that compute, without any broker; run by ctest."""
import os
import pathlib
import socket
import tempfile
import threading
import time
import types
import unittest
import xml.etree.ElementTree as ElementTree

import amqp
import backlog
import brokers
import compare
import cost_table
import curves
import delays
import disk
import footprint
import growth
import instructions
import measure
import plot
import scenarios
import system_calls
import table


def report_with(ours, theirs):
    return {"commit": "c", "when": "w", "machine": {}, "ours": "warrenmq", "scenarios": [
        {"name": "s", "title": "S", "brokers": {"warrenmq": {"median": ours}, "rabbitmq": {"median": theirs}}}]}


class Median(unittest.TestCase):
    def test_is_taken_for_each_figure_over_the_runs_that_have_it(self):
        runs = [{"rate": 10, "cpu_us": 3.0, "failures": []}, {"rate": 30, "cpu_us": None, "failures": ["broken"]},
                {"rate": 20, "cpu_us": 5.0}]
        self.assertEqual(measure.median_of(runs), {"rate": 20, "cpu_us": 4.0, "notes": [], "failures": ["broken"]})


class FootprintRow(unittest.TestCase):
    def row(self, **figures):
        row = footprint.Footprint("queues", types.SimpleNamespace(name="ours"), 1000)
        for name, value in figures.items():
            setattr(row, name, value)
        return row.cells()

    def test_what_was_there_before_is_no_cost_of_what_came(self):
        cells = self.row(before=10 << 20, after=(10 << 20) + 512_000)
        self.assertEqual(cells[footprint.COLUMNS.index("bytes each")], "512")
        self.assertEqual(cells[footprint.COLUMNS.index("bytes each then")], "-")

    def test_after_a_restart_it_is_counted_anew(self):
        cells = self.row(restart_seconds=1.5, before_restarted=10 << 20, restarted=(10 << 20) + 300_000)
        self.assertEqual(cells[footprint.COLUMNS.index("ready after SIGKILL")], "1,500 ms")
        self.assertEqual(cells[footprint.COLUMNS.index("bytes each then")], "300")


class Instructions(unittest.TestCase):
    def test_growth_above_a_tenth_is_a_failure(self):
        self.assertTrue(instructions.verdict(1111, 1000)[1])
        self.assertFalse(instructions.verdict(1099, 1000)[1])
        self.assertFalse(instructions.verdict(500, 1000)[1])

    def test_another_compiler_has_no_record_and_does_not_fail(self):
        self.assertEqual(instructions.verdict(1000, None), ("no record", False))


class SystemCalls(unittest.TestCase):
    def test_what_perf_has_no_event_for_is_other(self):
        calls = system_calls.of_perf("# started\n\n10,,raw_syscalls:sys_enter,5,100.00,,\n4,,syscalls:sys_enter_recvfrom,5,100.00,,\n"
                                     "1,,syscalls:sys_enter_fdatasync,5,100.00,,\n")
        self.assertEqual(calls, {"recvfrom": 4, "fdatasync": 1, "other": 5})

    def test_strace_counts_with_and_without_errors(self):
        calls = system_calls.of_strace("% time     seconds  usecs/call     calls    errors syscall\n"
                                       "------ ----------- ----------- --------- --------- ----------------\n"
                                       " 60.00    0.000006           2         3         1 recvfrom\n"
                                       " 40.00    0.000004           1         4           epoll_wait\n"
                                       "100.00    0.000010           1         7         1 total\n")
        self.assertEqual(calls, {"recvfrom": 3, "epoll_wait": 4})

    def test_every_call_is_in_one_column(self):
        groups = system_calls.grouped({"recvfrom": 1, "recvmsg": 1, "fsync": 2, "getpid": 3})
        self.assertEqual((groups["recv"], groups["sync"], groups["other"]), (2, 2, 3))
        self.assertEqual(sum(groups.values()), 7)

    def test_switches_of_this_process_are_counted(self):
        before = system_calls.switches(os.getpid())
        time.sleep(0.01)
        self.assertGreater(system_calls.switches(os.getpid())[0], before[0])

    def test_a_row_is_of_a_thousand_messages(self):
        row = cost_table.per_thousand({"recvfrom": 20, "getpid": 10}, (40, 2), 2000)
        self.assertEqual(len(row), len(cost_table.COLUMNS) - 3)
        self.assertEqual((row[0], row[-2], row[-1]), (15, 20, 1))

    def test_every_scenario_of_the_table_exists(self):
        self.assertLessEqual(set(cost_table.NAMES), {one.name for one in scenarios.SCENARIOS if one.kind == "load"})


class Figures(unittest.TestCase):
    def test_deliveries_count_and_publishes_only_when_nobody_consumes(self):
        fan_out = scenarios.select(["16b-fan-out"])[0]
        self.assertEqual(measure.figures_of_load(fan_out, {"published_per_s": 5, "delivered_per_s": 50})["rate"], 50)
        self.assertEqual(measure.figures_of_load(fan_out, {"published_per_s": 5, "delivered_per_s": 0})["rate"], 5)

    def test_latency_is_the_one_the_scenario_is_about(self):
        answer = {"latency": {"p50_us": 1, "p99_us": 2, "p999_us": 3}, "confirm_latency": {"p50_us": 4, "p99_us": 5, "p999_us": 6}}
        confirm = measure.figures_of_load(scenarios.select(["1kb-10k"])[0], answer)
        self.assertEqual((confirm["p50"], confirm["p99"], confirm["p999"]), (4, 5, 6))
        end_to_end = measure.figures_of_load(scenarios.select(["20k-latency"])[0], answer)
        self.assertEqual(end_to_end["p99"], 2)
        self.assertNotIn("p99", measure.figures_of_load(scenarios.select(["16b-auto-ack"])[0], answer))


class Plot(unittest.TestCase):
    CHART = plot.Chart("A & B", plot.Axis("size", plot.octets, 4), plot.Axis("CPU", plot.microseconds))

    def drawn(self, *all_series):
        return ElementTree.fromstring(plot.render(self.CHART, all_series))

    def polylines(self, svg):
        return [[tuple(map(float, point.split(","))) for point in line.get("points").split()]
                for line in svg.iter("{http://www.w3.org/2000/svg}polyline")]

    def test_a_curve_goes_up_where_values_do(self):
        (points,) = self.polylines(self.drawn(plot.Series("<ours>", [(1, 0.5), (16, 5), (4096, 500)])))
        self.assertEqual(points, sorted(points))
        self.assertEqual([y for _, y in points], sorted((y for _, y in points), reverse=True))
        for x, y in points:
            self.assertTrue(plot.LEFT <= x <= plot.WIDTH - plot.RIGHT and plot.TOP <= y <= plot.HEIGHT - plot.BOTTOM)

    def test_nothing_is_left_of_everything(self):
        (points,) = self.polylines(self.drawn(plot.Series("ours", [(0, 1), (1, 1), (1024, 1)])))
        self.assertEqual(points, sorted(points))
        self.assertLess(points[0][0], points[1][0])

    def test_series_that_failed_everywhere_are_left_out(self):
        self.assertEqual(len(self.polylines(self.drawn(plot.Series("a", [(1, 1)]), plot.Series("b", [])))), 1)

    def test_values_are_shown_with_their_units(self):
        self.assertEqual([plot.plain(10_000), plot.plain(1), plot.octets(0), plot.octets(65_536), plot.octets(1 << 24)],
                         ["10k", "1", "0 B", "64 KiB", "16 MiB"])
        self.assertEqual([plot.microseconds(0.05), plot.microseconds(2.5), plot.microseconds(12_000)], ["50 ns", "2.5 µs", "12 ms"])


class Curves(unittest.TestCase):
    def test_a_short_run_keeps_both_ends(self):
        for values in (curves.QUEUES, curves.BACKLOGS, curves.SIZES, curves.QUEUES[:4]):
            short = curves.shortened(values, True)
            self.assertEqual((short[0], short[-1]), (values[0], values[-1]))
            self.assertLess(len(short), len(values))
            self.assertEqual(curves.shortened(values, False), values)

    def test_a_point_that_fails_says_why_and_is_not_drawn(self):
        line = curves.Line("l", (1,), str, kind="routing")
        options = types.SimpleNamespace(rounds=1, routing_cost="/nonexistent")
        at = growth.point(options, line, None, 1)
        self.assertIn("nonexistent", at["failure"])
        with tempfile.TemporaryDirectory() as folder:
            report = {"curves": {"routing": [{"name": "l", "points": [at, {"x": 2, "cpu_us": 1.0}]}]}}
            growth.draw(report, pathlib.Path(folder))
            svg = ElementTree.parse(pathlib.Path(folder) / "routing.svg")
            self.assertEqual(len(list(svg.iter("{http://www.w3.org/2000/svg}circle"))), 2)  # one of them in the legend


class Table(unittest.TestCase):
    def test_says_how_many_times_better_ours_is(self):
        report = report_with({"rate": 3_000_000, "cpu_us": 0.35, "memory": 2**20, "failures": []},
                             {"rate": 92_000, "cpu_us": 18.6, "memory": 2**28, "failures": []})
        ours, theirs = table.rows_of(report)
        self.assertEqual(ours[2:4], ["3,000,000", "0.350"])
        self.assertEqual(ours[-2:], ["-", "-"])
        self.assertEqual(theirs[-2:], ["32.6", "53.1"])

    def test_names_a_failure_below_its_row(self):
        rows = table.rows_of(report_with({"rate": 1, "failures": ["3 messages did not arrive"]}, {"rate": 1, "failures": []}))
        self.assertEqual(rows[1][1], "  FAILED: 3 messages did not arrive")
        self.assertIn("FAILED", table.render(table.COLUMNS, rows))

    def test_compares_start_up_times_where_less_is_better(self):
        _, theirs = table.rows_of(report_with({"start_ms": 50, "failures": []}, {"start_ms": 5000, "failures": []}))
        self.assertEqual(theirs[2], "5,000.0 ms")
        self.assertEqual(theirs[-2], "100")

    def test_notes_follow_the_name_of_their_broker(self):
        report = report_with({"rate": 1, "notes": ["a", "b"], "failures": []}, {"rate": 1, "failures": []})
        self.assertEqual(table.notes_of(report), ["S, warrenmq:", "  a", "  b"])

    def test_lines_columns_up(self):
        lines = table.render(["a", "b", "n"], [["x", "y", "1"], ["longer", "z", "1,000"]]).splitlines()
        self.assertEqual(len({len(line) for line in lines}), 1)
        self.assertEqual(lines[2], "| x      | y |     1 |")


class Compare(unittest.TestCase):
    def test_tells_growth_of_cost_in_percent(self):
        before = report_with({"rate": 100, "cpu_us": 1.0, "failures": []}, {"memory": 100, "failures": []})
        after = report_with({"rate": 90, "cpu_us": 1.2, "failures": []}, {"memory": 50, "failures": []})
        rows, growth = compare.compare(before, after)
        self.assertEqual([row[2:] for row in rows], [["rate/s", "100", "90.0", "-10.0 %"], ["CPU us", "1.00", "1.20", "+20.0 %"],
                                                     ["memory", "100", "50.0", "-50.0 %"]])
        self.assertAlmostEqual(growth["s", "warrenmq"], 20)
        self.assertAlmostEqual(growth["s", "rabbitmq"], -50)

    def test_looks_at_one_broker_when_asked(self):
        report = report_with({"cpu_us": 1.0, "failures": []}, {"cpu_us": 1.0, "failures": []})
        _, growth = compare.compare(report, report, "rabbitmq")
        self.assertEqual(list(growth), [("s", "rabbitmq")])


class Processes(unittest.TestCase):
    def test_the_owner_of_a_listening_socket_is_found(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.assertEqual(brokers.pid_listening_on(listener.getsockname()[1]), os.getpid())

    def test_a_port_nobody_listens_on_is_an_error(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with self.assertRaises(SystemExit):
            brokers.pid_listening_on(port)

    def test_memory_of_this_process_is_more_than_nothing(self):
        self.assertGreater(brokers.resident_bytes(os.getpid()), 1_000_000)
        self.assertIn(os.getpid(), brokers.descendants(os.getppid()))


class Disk(unittest.TestCase):
    def test_sizes_are_what_files_occupy(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "below").mkdir()
            (pathlib.Path(folder) / "below" / "file").write_bytes(os.urandom(100_000))
            self.assertGreaterEqual(disk.allocated_bytes(folder), 100_000)

    def test_sync_times_come_sorted(self):
        with tempfile.TemporaryDirectory() as folder:
            times = disk.sync_times(folder, 0.05)
        self.assertEqual(times, sorted(times))
        self.assertGreater(times[0], 0)

    def test_quantiles_stay_inside(self):
        self.assertEqual(disk.quantile([1, 2, 3, 4], 0.5), 3)
        self.assertEqual(disk.quantile([1, 2, 3, 4], 1.0), 4)


class Backlog(unittest.TestCase):
    def test_rates_are_read_from_progress_lines(self):
        text = "   1.0 s  published 45,876/s  delivered 0/s\n   2.0 s  published 9/s  delivered 0/s\n"
        self.assertEqual(backlog.rates_of(text), [45876, 9])

    def test_the_slowest_later_window_is_compared_with_the_first_minute(self):
        rates = [100] * 60 + [100] * 20 + [40] * 10 + [100] * 30
        self.assertEqual(backlog.slowdown(rates), (100, 40))

    def test_a_short_run_is_compared_with_its_first_tenth(self):
        self.assertEqual(backlog.slowdown([100, 100] + [80] * 18), (100, 80))
        self.assertEqual(backlog.slowdown([100]), (None, None))

    def test_a_peer_without_restart_and_folder_has_notes_all_the_same(self):
        figures = {"memory": 2**20, "rate_first": None, "drain_rate": 1000.0}
        self.assertEqual(backlog.notes_of(figures, 5), ["5 messages, at most 1.0 MiB resident while published", "consumed at 1,000/s"])


class Amqp(unittest.TestCase):
    def test_a_publish_is_laid_out_as_the_protocol_wants(self):
        self.assertEqual(amqp.publish(1, "q", b"b"),
                         b"\x01\x00\x01\x00\x00\x00\x0a\x00\x3c\x00\x28\x00\x00\x00\x01q\x00\xce"
                         b"\x02\x00\x01\x00\x00\x00\x0f\x00\x3c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x10\x00\x02\xce"
                         b"\x03\x00\x01\x00\x00\x00\x01b\xce")

    def test_an_unexpected_answer_is_an_error(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def refuse():
                peer, _ = listener.accept()
                with peer:
                    peer.recv(8)
                    peer.sendall(amqp.method(0, (10, 50), b"no"))
            server = threading.Thread(target=refuse)
            server.start()
            with self.assertRaises(amqp.Refused):
                amqp.Client(listener.getsockname()[1])
            server.join()


class Scenarios(unittest.TestCase):
    def test_names_are_unique_and_selected_by_their_parts(self):
        names = [scenario.name for scenario in scenarios.SCENARIOS]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual([scenario.name for scenario in scenarios.select(["16b"])], ["16b-auto-ack", "16b-publish", "16b-fan-out"])
        with self.assertRaises(SystemExit):
            scenarios.select(["no such"])


class FakeSocket:
    def __init__(self, pieces):
        self.pieces = list(pieces)

    def settimeout(self, _):
        pass

    def recv(self, _):
        if not self.pieces:
            raise socket.timeout
        return self.pieces.pop(0)


class Delays(unittest.TestCase):
    def test_how_late_a_message_is_does_not_depend_on_how_its_bytes_come(self):
        for piece in (1, 7, 64, 10_000):
            now = time.monotonic_ns()
            stamps = [(delay, delays.STAMP.pack(now - 300_000_000, delay)) for delay in (100, 250)]
            data = b"".join(delays.publish_delayed(delay, body) for delay, body in stamps)
            pieces = FakeSocket(data[at:at + piece] for at in range(0, len(data), piece))
            arrivals = delays.Arrivals(types.SimpleNamespace(socket=pieces, input=b""))
            while arrivals.read(1):
                pass
            passed_ms = (time.monotonic_ns() - now) / 1e6
            self.assertEqual(len(arrivals.late), 2)
            for late, least in zip(arrivals.late, (200, 50)):
                self.assertTrue(least <= late <= least + passed_ms, (late, least, passed_ms))


if __name__ == "__main__":
    unittest.main()
