"""The same questions over HTTP give answers of the same shape as RabbitMQ 4.3's (rabbitmq_http_shapes.json)."""
import json
import pathlib

import pytest

import http_shapes
from http_fixtures import api  # noqa: F401  (a fixture)

# pylint: disable=redefined-outer-name
pytestmark = pytest.mark.own_server
RECORDED = json.loads((pathlib.Path(__file__).parent / "rabbitmq_http_shapes.json").read_text())


def missing(theirs, ours, place=""):
    """What of their shape ours has not, or has as another type. Arguments and headers are the user's own."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return [text for key, inner in theirs.items()
                for text in ([f"{place}.{key} is not there"] if key not in ours
                             else missing(inner, ours[key], f"{place}.{key}"))]
    if isinstance(theirs, list) and isinstance(ours, list):
        return missing(theirs[0], ours[0], place + "[]") if theirs and ours else []
    return [] if theirs == ours else [f"{place} is {ours}, not {theirs}"]


@pytest.fixture(scope="module")
def answers(api):
    return http_shapes.ask_all(api)


@pytest.mark.parametrize("number", range(len(RECORDED)))
def test_answers_as_rabbitmq_does(answers, number):
    method, path, status, shape, error = RECORDED[number]
    assert answers[number][:2] == [method, path]
    assert answers[number][2] == status, f"{method} {path}: {answers[number]}"
    assert not missing(shape, answers[number][3]), f"{method} {path}"
    if error is not None and not path.startswith("health/"):
        assert answers[number][4] == error
