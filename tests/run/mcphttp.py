"""Servers and clients for tests/run/mcp-http: raw sockets, so that each byte is the test's own."""
import json
import os
import socket
import subprocess
import threading

LEGACY, MODERN = "2025-11-25", "2026-07-28"
BOTH = "application/json, text/event-stream"
PATIENCE = 60  # seconds until something that does not come is a failure


class Server:
    """A program that says its URL first, on standard output or, where that is given, on standard error."""

    def __init__(self, command, env=None, stderr=False):
        # AddressSanitizer keeps what was freed, which is no growth.
        asan = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1:malloc_context_size=2"
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      env={**os.environ, "ASAN_OPTIONS": asan.strip(":"), **(env or {})})
        line = (self.child.stderr if stderr else self.child.stdout).readline().decode()
        self.url = line[line.find("http://"):].strip() if "http://" in line else ""
        self.said = []
        self.listener = threading.Thread(target=lambda: self.said.append(self.child.stderr.read()), daemon=True)
        self.listener.start()
        if not self.url:
            self.child.wait(PATIENCE)
            self.listener.join()
            raise RuntimeError("%s did not start: %s%s" % (command, line, b"".join(self.said).decode()))
        self.host = self.url.split("/")[2]
        self.port = int(self.host.rsplit(":", 1)[1])

    def end(self, signal=None):
        """Its exit status, and what it wrote behind its URL."""
        if signal:
            self.child.send_signal(signal)
        self.child.stdin.close()
        status = self.child.wait(PATIENCE)
        self.listener.join()
        return status, (self.child.stdout.read() + b"".join(self.said)).decode(errors="replace")

    def kib(self):
        with open("/proc/%d/status" % self.child.pid) as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.child.pid))

    def children(self):
        with open("/proc/%d/task/%d/children" % (self.child.pid, self.child.pid)) as f:
            return f.read().split()

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s


class Answer:
    """The head of a response; read() gives its body, events() those of a stream as they come."""

    def __init__(self, sock):
        self.sock = sock
        self.file = sock.makefile("rb")
        line = self.file.readline().decode("latin1")
        if not line:
            raise ConnectionError("closed without a response")
        self.status = int(line.split()[1])
        self.headers = {}
        for raw in iter(self.file.readline, b"\r\n"):
            if not raw:
                break
            name, _, value = raw.decode("latin1").partition(":")
            self.headers[name.lower()] = value.strip()
        self.left = b""

    def chunk(self):
        """b"" at the end; ConnectionError when it is cut off."""
        line = self.file.readline()
        if not line.strip():
            raise ConnectionError("cut off")
        size = int(line, 16)
        data = self.file.read(size)
        self.file.readline()
        if len(data) != size:
            raise ConnectionError("cut off")
        return data

    def read(self):
        if self.headers.get("transfer-encoding") == "chunked":
            return b"".join(iter(self.chunk, b""))
        if "content-length" in self.headers:
            return self.file.read(int(self.headers["content-length"]))
        return b"" if self.status in (202, 204) else self.file.read()

    def json(self):
        return json.loads(self.read())

    def stream(self):
        return self.headers.get("content-type") == "text/event-stream"

    def events(self):
        """Dicts of the fields of each event; {"comment": …} for comments."""
        while True:
            while b"\n\n" not in self.left:
                data = self.chunk()
                if not data:
                    return
                self.left += data
            block, _, self.left = self.left.partition(b"\n\n")
            event = {}
            for line in block.decode().split("\n"):
                name, _, value = line.partition(":")
                event[name or "comment"] = value.strip()
            yield event

    def messages(self):
        for event in self.events():
            if event.get("data"):
                yield json.loads(event["data"])

    def close(self):
        self.file.close()
        self.sock.close()


def head(server, method, path, headers):
    given = {"Host": server.host, **headers}
    lines = ["%s %s HTTP/1.1" % (method, path)]
    for name, value in given.items():
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                lines.append("%s: %s" % (name, one))
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin1")


def send(server, method="POST", path="/mcp", body=None, sock=None, **headers):
    """A request; names of headers with _ for -. The answer, body not yet read."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    if body is not None:
        headers = {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}
    sock = sock or server.connect()
    sock.sendall(head(server, method, path, headers) + data)
    return Answer(sock)


def request(method, params=None, number=1):
    return {"jsonrpc": "2.0", "id": number, "method": method, **({} if params is None else {"params": params})}


def modern(server, method, params=None, number=1, sock=None, **headers):
    params = dict(params or {})
    params["_meta"] = {"io.modelcontextprotocol/protocolVersion": MODERN, "io.modelcontextprotocol/clientCapabilities": {},
                       "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"}, **params.pop("_meta", {})}
    given = {"Accept": BOTH, "MCP_Protocol_Version": MODERN, "Mcp_Method": method}
    if "name" in params:
        given["Mcp_Name"] = params["name"]
    return send(server, body=request(method, params, number), sock=sock, **{**given, **headers})


class Session:
    """Of the legacy era."""

    def __init__(self, server, version=LEGACY):
        self.server = server
        params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
        answer = send(server, body=request("initialize", params), Accept=BOTH)
        self.id, self.first = answer.headers.get("mcp-session-id"), answer.json()
        self.headers = {"Mcp_Session_Id": self.id, "MCP_Protocol_Version": version}
        answer.close()

    def call(self, method, params=None, number=1, sock=None, **headers):
        return send(self.server, body=request(method, params, number), sock=sock, **{"Accept": BOTH, **self.headers, **headers})

    def get(self, **headers):
        return send(self.server, "GET", **{"Accept": "text/event-stream", **self.headers, **headers})

    def delete(self):
        return send(self.server, "DELETE", **self.headers)
