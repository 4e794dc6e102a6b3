"""TLS listeners: certificates made on the spot by openssl, a client that checks them."""
import socket
import ssl
import subprocess

import pika
import pytest

from broker import OwnBroker

pytestmark = pytest.mark.own_server


def openssl(*arguments, folder):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, and a server and a client that it vouches for."""
    folder = tmp_path_factory.mktemp("certificates")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test CA",
            "-keyout", "ca.key", "-out", "ca.pem", folder=folder)
    for who in ("server", "client"):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={who}",
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "-keyout", f"{who}.key", "-out", f"{who}.csr", folder=folder)
        openssl("x509", "-req", "-in", f"{who}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-copy_extensions", "copy",
                "-out", f"{who}.pem", folder=folder)
    return folder


@pytest.fixture
def start_tls_broker(start_broker, certificates):
    def start(more=""):
        return start_broker(
            "listeners.ssl.1 = 127.0.0.1:0\n"
            f"ssl_options.cacertfile = {certificates}/ca.pem\n"
            f"ssl_options.certfile = {certificates}/server.pem\n"
            f"ssl_options.keyfile = {certificates}/server.key\n" + more)
    return start


def client_context(certificates, with_certificate=False):
    context = ssl.create_default_context(cafile=certificates / "ca.pem")
    if with_certificate:
        context.load_cert_chain(certificates / "client.pem", certificates / "client.key")
    return context


def connect(broker, context):
    return pika.BlockingConnection(pika.ConnectionParameters(
        host="127.0.0.1", port=broker.ports["amqps"],
        ssl_options=pika.SSLOptions(context, "localhost")))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_messages_pass_over_tls(start_tls_broker, certificates, version):
    context = client_context(certificates)
    context.minimum_version = context.maximum_version = version
    connection = connect(start_tls_broker(), context)
    channel = connection.channel()
    channel.queue_declare("q", exclusive=True)
    body = b"secret" * 200_000
    channel.basic_publish("", "q", body)
    assert channel.basic_get("q")[2] == body
    connection.close()


def test_plain_listener_works_beside(start_tls_broker):
    start_tls_broker().check_alive()


def test_client_certificate_is_demanded(start_tls_broker, certificates):
    broker = start_tls_broker("ssl_options.verify = verify_peer\n"
                              "ssl_options.fail_if_no_peer_cert = true\n")
    with pytest.raises((pika.exceptions.AMQPConnectionError, ssl.SSLError, OSError)):
        connect(broker, client_context(certificates))
    connect(broker, client_context(certificates, with_certificate=True)).close()


def test_versions_can_be_restricted(start_tls_broker, certificates):
    broker = start_tls_broker("ssl_options.versions.1 = tlsv1.3\n")
    old = client_context(certificates)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((pika.exceptions.AMQPConnectionError, ssl.SSLError, OSError)):
        connect(broker, old)
    connect(broker, client_context(certificates)).close()


def test_bytes_that_are_no_tls_end_the_connection(start_tls_broker):
    broker = start_tls_broker()
    with socket.create_connection(("127.0.0.1", broker.ports["amqps"]), timeout=10) as client:
        client.sendall(b"AMQP\x00\x00\x09\x01" * 10)
        client.settimeout(10)
        try:
            while client.recv(4096):
                pass
        except ConnectionError:
            pass
    broker.check_alive()


def test_tls_on_the_plain_port_ends_the_connection(start_tls_broker, certificates):
    broker = start_tls_broker()
    with pytest.raises((ssl.SSLError, OSError)):
        with socket.create_connection(("127.0.0.1", broker.port), timeout=10) as plain:
            client_context(certificates).wrap_socket(plain, server_hostname="localhost")
    broker.check_alive()


def test_missing_certificate_stops_the_start(tmp_path, certificates):
    broken = OwnBroker(tmp_path, "listeners.ssl.1 = 127.0.0.1:0\n"
                       f"ssl_options.certfile = {certificates}/nothing.pem\n"
                       f"ssl_options.keyfile = {certificates}/server.key\n").spawn()
    assert broken.wait() != 0
    assert "nothing.pem" in broken.output()
