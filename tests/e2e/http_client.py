"""A small client of the HTTP API on the standard library, so that tests see exactly what is answered."""
import base64
import http.client
import json
import urllib.parse


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = body

    def json(self):
        return json.loads(self.body)


def quoted(*names):
    return "/".join(urllib.parse.quote(name, safe="") for name in names)


class HttpClient:
    def __init__(self, port, user="guest", password="guest", host="127.0.0.1"):
        self.host = host
        self.port = port
        self.user = user
        self.password = password

    def ask(self, method, path, body=None, headers=None):
        """One request on a connection of its own; the path goes without /api/. A body that is no bytes becomes JSON."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        sent = dict(headers or {})
        if self.user is not None:
            token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            sent.setdefault("Authorization", "Basic " + token)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path if path.startswith("/") else "/api/" + path, body, sent)
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def get(self, path):
        return self.ask("GET", path)

    def put(self, path, body=None):
        return self.ask("PUT", path, {} if body is None else body)

    def post(self, path, body=None):
        return self.ask("POST", path, {} if body is None else body)

    def delete(self, path):
        return self.ask("DELETE", path)
