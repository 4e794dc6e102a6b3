"""Definitions over HTTP and by the command line: all of a file or nothing, and what it would change."""
import json
import time

import pytest

from http_client import quoted
from http_fixtures import api, user, vhost  # noqa: F401  (fixtures)

# pylint: disable=redefined-outer-name
pytestmark = pytest.mark.own_server

MULTIPART = {"Content-Type": "multipart/form-data; boundary=xx"}


def queue(name, vhost, **arguments):
    return {"name": name, "vhost": vhost, "durable": True, "auto_delete": False, "arguments": arguments}


def definitions(vhost):
    """A vhost with one of everything."""
    return {
        "vhosts": [{"name": vhost}],
        "users": [{"name": f"user of {vhost}", "password": "secret", "tags": ["management"]}],
        "permissions": [{"user": f"user of {vhost}", "vhost": vhost, "configure": "", "write": ".*", "read": ".*"},
                        {"user": "guest", "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*"}],
        "parameters": [{"component": "vhost-limits", "name": "limits", "vhost": vhost, "value": {"max-queues": 9}}],
        "policies": [{"vhost": vhost, "name": "p", "pattern": "^q", "definition": {"max-length": 5}, "priority": 1,
                      "apply-to": "queues"}],
        "exchanges": [{"name": "x", "vhost": vhost, "type": "topic", "durable": True, "auto_delete": False,
                       "internal": False, "arguments": {}}],
        "queues": [queue("q/1", vhost), queue("grün", vhost, **{"x-queue-type": "quorum"})],
        "bindings": [{"source": "x", "vhost": vhost, "destination": "q/1", "destination_type": "queue",
                      "routing_key": "a.*", "arguments": {}}],
    }


@pytest.fixture
def fresh(api, request):
    """The name of a vhost that is not there, whatever becomes of it."""
    name = "d " + request.node.name
    yield name
    api.delete(f"vhosts/{quoted(name)}")
    api.delete(f"users/{quoted('user of ' + name)}")


def test_all_that_a_file_says_is_made(api, fresh):
    assert api.post("definitions", definitions(fresh)).status == 204
    names = {entry["name"] for entry in api.get(f"queues/{quoted(fresh)}").json()}
    assert names == {"q/1", "grün"}
    assert api.get(f"queues/{quoted(fresh, 'q/1')}").json()["policy"] == "p"
    assert api.get(f"exchanges/{quoted(fresh, 'x')}").json()["user_who_performed_action"] == "guest"
    keys = [entry["routing_key"] for entry in api.get(f"queues/{quoted(fresh, 'q/1')}/bindings").json()]
    assert sorted(keys) == ["a.*", "q/1"]
    assert api.get(f"vhost-limits/{quoted(fresh)}").json() == [{"vhost": fresh, "value": {"max-queues": 9}}]
    assert api.get(f"users/{quoted('user of ' + fresh)}").json()["tags"] == ["management"]


def test_an_import_twice_is_one(api, fresh):
    first = definitions(fresh)
    del first["users"][0]["password"]
    first["users"][0]["password_hash"] = "Izl1EoMTySVp70CC3doI8GR8lRxCzcbHXAjgXd6KUX+nkmoI"
    for _ in range(2):
        assert api.post("definitions", first).status == 204
    told = api.post("definitions?dry_run=true", first).json()
    assert told["created"] == told["changed"] == []
    export = api.get("definitions").json()
    assert api.post("definitions", export).status == 204
    assert api.get("definitions").json() == export


def test_everything_or_nothing(api, fresh):
    broken = definitions(fresh)
    broken["bindings"].append({**broken["bindings"][0], "destination": "nowhere"})
    before = api.get("definitions").json()
    answer = api.post("definitions", broken)
    assert answer.status == 400
    told = answer.json()
    assert told["error"] == "bad_request"
    assert told["path"] == "bindings[1].destination"
    assert told["reason"].startswith("bindings[1].destination: there is no queue 'nowhere'")
    assert told["line"] == 1
    assert api.get("definitions").json() == before


def test_what_only_the_whole_would_break_changes_nothing(api, fresh):
    crowded = definitions(fresh)
    crowded["queues"] += [queue(f"more{n}", fresh) for n in range(20)]
    answer = api.post("definitions", crowded)
    assert answer.status == 400, "the file's own limit is 9 queues"
    assert f"in vhost '{fresh}'" in answer.json()["reason"]
    assert api.get(f"vhosts/{quoted(fresh)}").status == 404


def test_a_dry_run_tells_and_changes_nothing(api, fresh):
    told = api.post("definitions?dry_run=true", definitions(fresh)).json()
    assert f"queue 'q/1' in vhost '{fresh}'" in told["created"]
    assert told["changed"] == []
    assert api.get(f"vhosts/{quoted(fresh)}").status == 404


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"\xff\xfe", b'{"queues":' + b"[" * 100_000])
def test_what_is_no_definitions_is_refused(api, body):
    answer = api.ask("POST", "definitions", body, {"Content-Type": "application/json"})
    assert (answer.status, answer.json()["reason"]) == (400, "failed_to_parse_json")
    assert answer.json()["detail"]


def test_other_types_of_body_are_refused(api):
    assert api.ask("POST", "definitions", b"{}", {"Content-Type": "text/plain"}).status == 415
    assert api.ask("POST", "definitions", b"", {"Content-Type": "application/json"}).status == 204
    for body in (b"", b"--xx", b"--xx\r\n\r\n{}", b'--xx\r\ncontent-disposition: form-data; name="a"\r\n\r\n{}\r\n--xx--'):
        assert api.ask("POST", "definitions", body, MULTIPART).status == 400, body


def form(text, redirect=None):
    parts = [b'--xx\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\n'
             b"Content-Type: application/octet-stream\r\n\r\n" + text.encode()]
    if redirect:
        parts.append(b'--xx\r\nContent-Disposition: form-data; name="redirect"\r\n\r\n' + redirect.encode())
    return b"\r\n".join(parts) + b"\r\n--xx--\r\n"


def test_a_form_uploads_a_file(api, fresh):
    text = json.dumps(definitions(fresh))
    assert api.ask("POST", "definitions", form(text), MULTIPART).status == 204
    assert api.get(f"queues/{quoted(fresh, 'q/1')}").status == 200
    answer = api.ask("POST", "definitions", form(text, "/#/import"), MULTIPART)
    assert (answer.status, answer.headers["location"]) == (303, "/#/import")
    for elsewhere in ("//elsewhere", "https://elsewhere", "/\\elsewhere"):
        assert api.ask("POST", "definitions", form(text, elsewhere), MULTIPART).status == 204, elsewhere


def test_one_vhost(api, vhost):
    body = {"queues": [{"name": "q", "durable": True, "auto_delete": False, "arguments": {}}]}
    assert api.post(f"definitions/{vhost}", body).status == 204
    assert api.get(f"queues/{vhost}/q").status == 200
    export = api.get(f"definitions/{vhost}").json()
    assert api.post(f"definitions/{vhost}", export).status == 204
    answer = api.post("definitions/nowhere", body)
    assert (answer.status, answer.json()) == (404, {"error": "not_found", "reason": "vhost_not_found"})


def test_the_export_can_be_kept_as_a_file(api):
    answer = api.get("definitions?download=" + quoted('my "file".json'))
    assert answer.headers["content-disposition"] == "attachment; filename=my%20%22file%22.json"
    assert api.get("all-configuration").json() == answer.json()


def test_only_administrators_import(user, vhost):
    for tags in ("management", "policymaker", "monitoring"):
        assert user(tags, vhost).post("definitions", {}).status == 401


# ---- the command line ----

@pytest.fixture
def file(tmp_path, cli):
    path = tmp_path / "definitions.json"
    path.write_text(json.dumps(definitions("of a file")))
    yield path
    cli.ctl("delete_vhost", "of a file")
    cli.ctl("delete_user", "user of of a file")


def test_import_from_a_file(cli, file):
    assert cli.lines("import_definitions", str(file)) == [
        f'Importing definitions in JSON from a file at "{file}" ...', "Successfully imported definitions."]
    assert set(cli.lines("-q", "list_queues", "-p", "of a file", "name")) == {"name", "q/1", "grün"}


def test_import_from_the_input(cli, file):
    assert cli.ok("-q", "import_definitions", stdin=file.read_text()) == ""
    assert cli.ok("-q", "import_definitions", "-", stdin=file.read_text()) == ""
    assert "q/1" in cli.ok("list_queues", "-p", "of a file")


def test_a_dry_run_shows_the_difference(cli, file):
    lines = cli.lines("-q", "import_definitions", "--dry-run", str(file))
    assert "+ queue 'q/1' in vhost 'of a file'" in lines
    assert "of a file" not in cli.ok("list_vhosts")
    cli.ok("import_definitions", str(file))
    changed = json.loads(file.read_text())
    changed["policies"][0]["priority"] = 7
    del changed["users"]
    file.write_text(json.dumps(changed))
    assert cli.lines("-q", "import_definitions", "--dry-run", str(file)) == ["~ policy 'p' in vhost 'of a file'"]


def test_what_is_wrong_is_named_with_its_line(cli, file):
    broken = json.loads(file.read_text())
    broken["queues"][1]["arguments"] = {"x-max-length": "many"}
    file.write_text(json.dumps(broken, indent=2))
    said = cli.refused(65, "import_definitions", str(file))
    line = 1 + next(n for n, text in enumerate(file.read_text().splitlines()) if "many" in text)
    assert f"line {line}: queues[1].arguments.x-max-length: " in said
    file.write_text("{\n{")
    assert "line 2: not valid JSON" in cli.refused(65, "import_definitions", str(file))
    assert "does not exist" in cli.refused(65, "import_definitions", str(file) + "x")
    assert "of a file" not in cli.ok("list_vhosts")


def test_what_has_not_changed_is_skipped(cli, file):
    cli.ok("import_definitions", "--skip-if-unchanged", str(file))
    cli.ok("delete_queue", "-p", "of a file", "q/1")
    cli.ok("import_definitions", "--skip-if-unchanged", str(file))
    assert "q/1" not in cli.ok("list_queues", "-p", "of a file")
    cli.ok("import_definitions", str(file))
    assert "q/1" in cli.ok("list_queues", "-p", "of a file")
    assert "imported_definition" not in cli.ok("list_global_parameters")


def test_a_hundred_thousand_queues_and_bindings(cli, tmp_path):
    name = "many"
    many = {"vhosts": [{"name": name}],
            "queues": [queue(f"q{n}", name) for n in range(100_000)],
            "bindings": [{"source": "amq.direct", "vhost": name, "destination": f"q{n}", "destination_type": "queue",
                          "routing_key": f"k{n}", "arguments": {}} for n in range(100_000)]}
    file = tmp_path / "many.json"
    file.write_text(json.dumps(many))
    started = time.monotonic()
    cli.ok("import_definitions", str(file))
    took = time.monotonic() - started
    assert took < 40, f"{took:.1f} s; 5 are meant where nothing else runs"
    assert len(cli.lines("-q", "list_queues", "-p", name, "name")) == 100_001
    cli.ok("delete_vhost", name)
