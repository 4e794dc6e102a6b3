"""A broker of one's own that is scraped."""
import urllib.request

import pika
import pytest

from broker import OwnBroker
from metrics_text import Scrape

CONF = ("management.tcp.port = 0\nmanagement.tcp.ip = 127.0.0.1\n"
        "prometheus.tcp.port = 0\nprometheus.tcp.ip = 127.0.0.1\n")


def start(folder, more=""):
    own = OwnBroker(folder, CONF + more).start()
    own.metrics_url = f"http://127.0.0.1:{own.ports['prometheus']}"
    return own


def fetch(broker, path="/metrics", headers=None, method="GET"):
    request = urllib.request.Request(broker.metrics_url + path, headers=headers or {}, method=method)
    with urllib.request.urlopen(request, timeout=20) as response:
        return response, response.read()


def scrape(broker, path="/metrics"):
    return Scrape(fetch(broker, path)[1].decode())


@pytest.fixture
def channel(broker):
    """With confirms, to the `broker` of the test."""
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port))
    channel = connection.channel()
    channel.confirm_delivery()
    yield channel
    connection.close()
