"""The pages that the management port serves to everybody: the reference of the HTTP API, and that of rabbitmqadmin."""
import re
import socket

import pytest

from broker import ROOT, OwnBroker
from http_client import HttpClient
from http_fixtures import CONF, api  # noqa: F401  (a fixture)

# pylint: disable=redefined-outer-name
pytestmark = pytest.mark.own_server
TABLE = (ROOT / "src/http/routes/table.cpp").read_text()
PAGES = ["/api/index.html", "/cli/index.html"]


@pytest.fixture
def anybody(api):
    return HttpClient(api.port, user=None)


def paths_on(page):
    """The paths that a reference shows, as the router writes them."""
    cells = re.findall(r"<code>/api/(.*?)</code></(?:a|td)>", page)
    return [re.sub(r"<i>(.*?)</i>", r":\1", cell) for cell in cells]


def test_the_reference_has_every_path_that_there_is(anybody):
    answer = anybody.get("/api/index.html")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html")
    paths = re.findall(r'^    \{"([^"]+)",', TABLE, re.MULTILINE)
    assert len(paths) > 100
    assert paths_on(answer.body.decode()) == [path for path in paths if not path.startswith("node/")]


@pytest.mark.parametrize("page", PAGES)
def test_pages_run_nothing_and_link_to_what_is_there(api, anybody, page):
    answer = anybody.get(page)
    assert "www-authenticate" not in answer.headers
    assert answer.headers["content-security-policy"] == "script-src 'self'; object-src 'self'"
    text = answer.body.decode()
    assert "<script" not in text and "://" not in text.replace("http://HOST:PORT", "")
    links = re.findall(r'href="([^"]*)"', text)
    assert links and all(link.startswith("/") for link in links)
    # What a health check makes of this node is not the matter here, nor that traces need a plug-in.
    missing = [link for link in links
               if api.get(link).status not in (200, 503) and not link.startswith("/api/trace")]
    assert not missing


@pytest.mark.parametrize("page", PAGES)
def test_pages_can_only_be_read(anybody, page):
    got, head = anybody.get(page), anybody.ask("HEAD", page)
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(got.body)))
    options = anybody.ask("OPTIONS", page)
    assert (options.status, options.headers["allow"], options.body) == (200, "HEAD, GET, OPTIONS", b"")
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        wrong = anybody.ask(method, page)
        assert (wrong.status, wrong.headers["allow"], wrong.body) == (405, "HEAD, GET, OPTIONS", b"")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("folder", ["api", "cli"])
def test_folders_lead_to_their_page(anybody, method, folder):
    for path in (f"/{folder}", f"/{folder}/", f"/{folder}/?x=1"):
        answer = anybody.ask(method, path)
        assert (answer.status, answer.headers["location"], answer.body) == (301, f"/{folder}/index.html", b"")


@pytest.mark.parametrize("prefix", ["/some/where", "some/where/"])
def test_the_prefix_is_before_everything(tmp_path, prefix):
    own = OwnBroker(tmp_path, CONF + f"management.path_prefix = {prefix}\n").start()
    anybody, guest = HttpClient(own.ports["http"], user=None), HttpClient(own.ports["http"])
    for folder in ("api", "cli"):
        answer = anybody.get(f"/some/where/{folder}")
        assert (answer.status, answer.headers["location"]) == (301, f"/some/where/{folder}/index.html")
        assert anybody.get(f"/{folder}").status == 404
        assert anybody.get(f"/{folder}/index.html").status == 404
        page = anybody.get(answer.headers["location"]).body.decode()
        links = re.findall(r'href="([^"]*)"', page)
        assert links and all(link.startswith("/some/where/") for link in links)
        assert guest.get(links[0]).status == 200
    own.stop()


def status_on(path_of_socket, path):
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(str(path_of_socket))
        client.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % path.encode())
        return int(client.recv(65536).split(b" ")[1])


def test_command_lines_get_no_pages(tmp_path):
    own = OwnBroker(tmp_path, CONF).start()
    control = own.data_dir / "control.sock"
    assert status_on(control, "/api/version") == 200
    for path in ("/api", "/cli", *PAGES):
        assert status_on(control, path) == 404, path
    own.stop()
