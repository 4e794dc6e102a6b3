"""Fixtures of the tests of the HTTP API: `api` is a client of a broker that all tests of a file share."""
import pytest

from broker import OwnBroker
from http_client import HttpClient, quoted

CONF = "management.tcp.port = 0\nmanagement.tcp.ip = 127.0.0.1\n"


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    own = OwnBroker(tmp_path_factory.mktemp("http"), CONF).start()
    client = HttpClient(own.ports["http"])
    client.amqp_port = own.port
    yield client
    own.stop()


@pytest.fixture
def vhost(api, request):
    """A virtual host of the test's own."""
    name = request.node.name
    assert api.put(f"vhosts/{quoted(name)}").status == 201
    yield quoted(name)
    api.delete(f"vhosts/{quoted(name)}")


@pytest.fixture
def user(api):
    """user(tags, vhost=None) makes a user and gives a client that is logged in as it."""
    made = []

    def make(tags, vhost=None):
        name = f"user{len(made)}"
        assert api.put(f"users/{name}", {"password": "secret", "tags": tags}).status == 201
        made.append(name)
        if vhost is not None:
            everything = {"configure": ".*", "write": ".*", "read": ".*"}
            assert api.put(f"permissions/{vhost}/{name}", everything).status == 201
        return HttpClient(api.port, name, "secret")

    yield make
    for name in made:
        api.delete(f"users/{name}")
