#!/usr/bin/python3
"""Plays the scenario files of this folder against a broker: run.py --port 5672 [FILE ...]."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from runner.main import main  # noqa: E402  (the path must be set first)

if __name__ == "__main__":
    sys.exit(main())
