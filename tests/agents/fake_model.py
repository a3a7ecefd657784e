"""Scripted models for agent programs: no model at all, a list of tool calls to make and what to say in the end.

    with fake_chat.Chat([("scan_log", {"path": "a.log"}), …], "done") as model:
        …run an agent program that has http://127.0.0.1:PORT as its model…
    model.results    texts of the tools' results that came back, in order
    model.offered    names of tools that were offered
    model.requests   [(path, body)] as the program sent them

A subclass knows one vendor's form of requests and answers. The state of a conversation is in the requests, as it is for a real
model: the next step is the number of results that the request holds. A request without the tool that is wanted (titles, summaries,
checks) gets a short text.
"""
import http.server
import json
import threading


def flat(content):
    """The text in a tool result's content, however it is wrapped."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(flat(part) for part in content)
    if isinstance(content, dict):
        for name in ("text", "output", "content", "error", "result"):
            if name in content:
                return flat(content[name])
        return json.dumps(content)
    return "" if content is None else str(content)


class FakeModel:
    def __init__(self, script, final="It is done."):
        self.script, self.final = script, final
        self.requests, self.results, self.offered, self.finished, self.errors = [], [], set(), False, []
        self.lock = threading.Lock()
        model = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):  # nothing on the terminal
                pass

            def body(self):
                if "chunked" in self.headers.get("transfer-encoding", ""):
                    data = b""
                    while True:
                        size = int(self.rfile.readline().split(b";")[0], 16)
                        data += self.rfile.read(size)
                        self.rfile.readline()
                        if not size:
                            return data
                return self.rfile.read(int(self.headers.get("content-length", 0)))

            def give(self, status, kind, data):
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            def do_GET(self):
                self.give(200, "application/json", json.dumps(model.listing(self.path)).encode())

            do_HEAD = do_GET

            def do_POST(self):
                data = self.body()
                try:
                    body = json.loads(data or b"{}")
                    with model.lock:
                        model.requests.append((self.path, body))
                        answer = model.answer(self.path, body)
                except Exception as e:  # a test has to see it, not a thread's stderr
                    model.errors.append("%s: %r: %r" % (self.path, e, data[:300]))
                    answer = {"error": {"message": repr(e), "type": "invalid_request_error"}}
                    return self.give(400, "application/json", json.dumps(answer).encode())
                if isinstance(answer, dict):
                    return self.give(200, "application/json", json.dumps(answer).encode())
                return self.give(200, "text/event-stream", "".join(answer).encode())

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        self.url = "http://127.0.0.1:%d" % self.port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.server.shutdown()
        self.server.server_close()

    # --- what a subclass knows ---

    def listing(self, path):
        """The answer to a GET: models, mostly."""
        return {"data": [], "models": []}

    def tools(self, body):
        """[(name to call by, more that the call needs)] of the tools offered."""
        raise NotImplementedError

    def tool_results(self, body):
        """Texts of the results in the request, of calls that this model made."""
        raise NotImplementedError

    def reply(self, path, body, call, text):
        """A dict (JSON) or a list of strings (events): call is None or (number, name, more, arguments)."""
        raise NotImplementedError

    # --- the script ---

    def answer(self, path, body):
        tools = self.tools(body)
        self.offered.update(name for name, _ in tools)
        results = self.tool_results(body)
        if len(results) > len(self.results):
            self.results = results
        if not tools:
            return self.reply(path, body, None, "A title")
        if len(results) >= len(self.script):
            self.finished = True
            return self.reply(path, body, None, self.final)
        tool, arguments = self.script[len(results)]
        for name, more in tools:
            if name == tool or name.endswith("_" + tool):
                return self.reply(path, body, (len(results), name, more, arguments), None)
        return self.reply(path, body, None, "There is no tool " + tool)


def event(data, name=None):
    return ("event: %s\n" % name if name else "") + "data: %s\n\n" % json.dumps(data)
