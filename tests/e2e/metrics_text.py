"""Reads the text format of Prometheus, strictly: what a scraper would refuse is refused here."""
import re

SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')


class Scrape:
    def __init__(self, text):
        self.types = {}
        self.samples = {}  # name -> {labels: value}
        metric = None
        for line in text.split("\n")[:-1]:
            if line.startswith("# TYPE "):
                _, _, metric, kind = line.split(" ")
                assert metric not in self.types, f"{metric} comes twice"
                self.types[metric] = kind
            elif line.startswith("# HELP "):
                assert line.split(" ")[2] == metric
            elif not line.startswith("#"):
                self._add(metric, line)
        assert text.endswith("\n")

    def _add(self, metric, line):
        match = SAMPLE.match(line)
        assert match, line
        name, labels, value = match.groups()
        assert name == metric or name.startswith(metric + "_"), line
        pairs = LABEL.findall(labels or "")
        assert sum(len(k) + len(v) + 4 for k, v in pairs) == len(labels or "") + bool(labels), line
        key = tuple((k, v.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")) for k, v in pairs)
        of_name = self.samples.setdefault(name, {})
        assert key not in of_name, f"twice: {line}"
        of_name[key] = float(value)

    def value(self, name, **labels):
        """The sample that has these labels, and perhaps others."""
        found = [v for k, v in self.samples.get(name, {}).items() if set(labels.items()) <= set(k)]
        assert len(found) == 1, f"{name} {labels}: {found}"
        return found[0]
