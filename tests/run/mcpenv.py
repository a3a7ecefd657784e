"""What the tests of `kdoc mcp` share: other people's programs, a server over HTTP, a client over stdio, totals."""
import json
import os
import queue
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LEGACY, MODERN = "2025-11-25", "2026-07-28"


class Missing(Exception):
    """Something cannot be had here; the text is the reason of a skip."""


class Totals:
    def __init__(self, name):
        self.name, self.passed, self.failed, self.skipped = name, 0, 0, 0

    def case(self, name, good, why=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("FAIL %s: %s" % (name, str(why)[:2000]), flush=True)
        return bool(good)

    def skip(self, name, why):
        self.skipped += 1
        print("SKIP %s: %s" % (name, why), flush=True)

    def end(self):
        print("cases: %d passed, %d failed%s" % (self.passed, self.failed, ", %d skipped" % self.skipped if self.skipped else ""))
        return 1 if self.failed or not (self.passed or self.skipped) else 0


# --- programs ------------------------------------------------------------------------------------------


class Node:
    """Node 22 and the packages of tests/agents/JOB, in $KDOC_NODE_ENV/JOB or build/node/JOB."""

    def __init__(self, job):
        self.folder = os.path.join(os.environ.get("KDOC_NODE_ENV") or os.path.join(ROOT, "build", "node"), job)
        done = subprocess.run([os.path.join(ROOT, "tools", "node-env"), self.folder, job], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        said = done.stderr.decode(errors="replace").strip()
        if done.returncode == 77:
            raise Missing(said.splitlines()[-1])
        if done.returncode:
            raise RuntimeError("tools/node-env: " + said)
        self.node = done.stdout.decode().strip()

    def path(self, *parts):
        return os.path.join(self.folder, "node_modules", *parts)

    def script(self, *parts):
        """The start of a command line that runs a file of a package."""
        return [self.node, self.path(*parts)]


CONFORMANCE = ("@modelcontextprotocol", "conformance", "dist", "index.js")
CONFORMANCE_STABLE = ("conformance-stable", "dist", "index.js")
EVERYTHING = ("@modelcontextprotocol", "server-everything", "dist", "index.js")
INSPECTOR = ("@modelcontextprotocol", "inspector", "clients", "launcher", "build", "index.js")
INSPECTOR_OLD = ("inspector-v0", "cli", "build", "cli.js")


def home(folder):
    """An environment whose HOME and everything like it is below folder."""
    env = {k: v for k, v in os.environ.items()
           if k in ("PATH", "LANG", "LC_ALL", "TZ", "TERM", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH")}
    env.update(HOME=folder, XDG_CONFIG_HOME=folder + "/.config", XDG_DATA_HOME=folder + "/.local/share", TMPDIR=folder + "/tmp",
               XDG_CACHE_HOME=folder + "/.cache", XDG_STATE_HOME=folder + "/.local/state", NO_COLOR="1", CI="true")
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "TMPDIR"):
        os.makedirs(env[name], exist_ok=True)
    # Nothing but the loopback interface can be reached through these.
    env.update(HTTP_PROXY="http://127.0.0.1:9", HTTPS_PROXY="http://127.0.0.1:9", NO_PROXY="127.0.0.1,localhost",
               http_proxy="http://127.0.0.1:9", https_proxy="http://127.0.0.1:9", no_proxy="127.0.0.1,localhost")
    return env


def run(command, timeout=120, env=None, cwd=None, text_in=None):
    """(status or None when it took too long, standard output, standard error)"""
    p = subprocess.Popen(command, stdin=subprocess.PIPE if text_in is not None else subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=env, cwd=cwd, start_new_session=True)
    try:
        out, err = p.communicate(text_in, timeout=timeout)
        status = p.returncode
    except subprocess.TimeoutExpired:
        stop_group(p)
        out, err = p.communicate()
        status = None
    return status, out.decode(errors="replace"), err.decode(errors="replace")


def stop_group(p):
    """A program that was started in a session of its own, with what it started."""
    for number in (15, 9):
        try:
            os.killpg(p.pid, number)
        except ProcessLookupError:
            pass
        try:
            p.wait(5)
            return
        except subprocess.TimeoutExpired:
            continue


# --- a server over HTTP ----------------------------------------------------------------------------------


class HttpServer:
    """`kdoc mcp --http 127.0.0.1:0 …`, ready when it has said where; with url, port, pid."""

    READY = re.compile(rb"(http://(?:127\.0\.0\.1|localhost):(\d+)/\S*)")

    def __init__(self, command, env=None, cwd=None, timeout=30, ready=READY):
        self.lines, self.url = [], None
        self.p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=cwd,
                                  start_new_session=True)
        self.pid, self.out = self.p.pid, []
        found = threading.Event()

        def read(stream, lines):
            for line in stream:
                match = ready.search(line)
                if match and not self.url:
                    self.url, self.port = match.group(1).decode(), int(match.group(2))
                    found.set()
                elif stream is self.p.stdout:
                    self.out.append(line)
                lines.append(line.decode(errors="replace").rstrip("\n"))
            if self.p.poll() is not None:
                found.set()

        self.threads = [threading.Thread(target=read, args=(s, self.lines), daemon=True) for s in (self.p.stdout, self.p.stderr)]
        for t in self.threads:
            t.start()
        found.wait(timeout)
        if not self.url:
            self.stop()
            raise RuntimeError("%s: not ready: %s" % (" ".join(command[:4]), " | ".join(self.lines[-5:])))

    def alive(self):
        return self.p.poll() is None

    def stop(self):
        """What it wrote to stdout beside its address (nothing is right)."""
        if self.alive():
            self.p.terminate()
        try:
            self.status = self.p.wait(10)
        except subprocess.TimeoutExpired:
            self.status = None
        stop_group(self.p)
        for t in self.threads:
            t.join(5)
        return b"".join(self.out)


# --- a client over stdio -----------------------------------------------------------------------------------


class StdioClient:
    """A small client of either era; whatever is no protocol on the server's stdout is kept in `noise`."""

    def __init__(self, command, env=None, cwd=None, era=LEGACY):
        self.era, self.ids, self.noise, self.others, self.answers = era, 0, [], [], queue.Queue()
        self.err = tempfile.TemporaryFile()
        self.p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.err, env=env, cwd=cwd,
                                  start_new_session=True)
        self.pid = self.p.pid

    def message(self, method, params=None, **more):
        params = dict(params or {})
        if self.era == MODERN:
            params["_meta"] = dict(params.get("_meta", {}), **{
                "io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientInfo": {"name": "kdoc-tests", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {}})
        return dict({"jsonrpc": "2.0", "method": method, "params": params}, **more)

    def write(self, message):
        self.p.stdin.write(json.dumps(message).encode() + b"\n")
        self.p.stdin.flush()

    def read(self, number):
        while True:
            line = self.p.stdout.readline()
            if not line:
                self.err.seek(0)
                raise RuntimeError("the server ended: " + self.err.read().decode(errors="replace")[-2000:])
            why = no_protocol(line)
            if why:
                self.noise.append(why)
                continue
            answer = json.loads(line)
            if answer.get("id") == number and "method" not in answer:
                return answer
            self.others.append(answer)

    def ask(self, method, params=None):
        self.ids += 1
        self.write(self.message(method, params, id=self.ids))
        return self.read(self.ids)

    def start(self):
        if self.era == MODERN:
            return self.ask("server/discover")
        answer = self.ask("initialize", {"protocolVersion": self.era, "capabilities": {}, "clientInfo": {"name": "kdoc-tests", "version": "1"}})
        self.write(self.message("notifications/initialized"))
        return answer

    def call(self, tool, **arguments):
        answer = self.ask("tools/call", {"name": tool, "arguments": arguments})
        return answer.get("result", answer)

    def end(self):
        """Its exit status; a server leaves when its stdin is closed."""
        self.p.stdin.close()
        try:
            status = self.p.wait(10)
        except subprocess.TimeoutExpired:
            status = None
        stop_group(self.p)
        self.p.stdout.close()
        return status


def no_protocol(line):
    """Why a line (bytes) of a server's stdout is no message of the protocol, or None."""
    try:
        message = json.loads(line.decode("utf-8"))
    except (ValueError, UnicodeDecodeError) as e:
        return "no JSON (%s): %r" % (e, line[:200])
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return "no JSON-RPC object: %r" % line[:200]
    if not line.endswith(b"\n"):
        return "a line without an end: %r" % line[-100:]
    if "method" not in message and not ("id" in message and ("result" in message) != ("error" in message)):
        return "neither request nor answer: %r" % line[:200]
    return None


def texts(result):
    """All text of a tool's result."""
    return "\n".join(c.get("text", "") for c in result.get("content", []) if c.get("type") == "text")


# A tool that writes, and what it is called with: all but `confirm`.
WRITE_TOOL, WRITE_ARGUMENTS = "case_state", {"group": "g-0123456789ab", "state": "wontfix", "why": "a test of refusals"}


def rss(pid):
    """Resident bytes of a process (not of its children)."""
    with open("/proc/%d/status" % pid, encoding="ascii", errors="replace") as f:
        return int(re.search(r"^VmRSS:\s+(\d+) kB", f.read(), re.M).group(1)) * 1024


class Workplace:
    """A temporary folder with a HOME, and logs of examples/ to name by path."""

    LOG = "null-pointer-write.log"

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="kdoc-mcp-")
        self.env = home(os.path.join(self.folder, "home"))
        self.work = os.path.join(self.folder, "work")
        os.mkdir(self.work)
        for name in (self.LOG, "two-oopses.log", "hung-task.log"):
            shutil.copy(os.path.join(ROOT, "examples", name), self.work)
        self.log = os.path.join(self.work, self.LOG)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


# --- what went over a stdio server's pipes (tests/agents/tap) ----------------------------------------------------

TAP = os.path.join(ROOT, "tests", "agents", "tap")


class Tap:
    """A folder of recordings; command() is what a client runs instead of the server."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)

    def command(self, *server):
        return [sys.executable, "-B", TAP, self.folder] + list(server)

    def program(self, path, *server):
        """A program at path that a configuration can name in the place of server."""
        with open(path, "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\nexec %s \"$@\"\n" % " ".join(shlex.quote(word) for word in self.command(*server)))
        os.chmod(path, 0o755)
        return path

    def sessions(self):
        """Of each server that ran: {"command", "status", "in": messages, "out": messages, "noise": texts, "err": text}."""
        found = []
        for name in sorted(os.listdir(self.folder)):
            if not name.endswith(".json"):
                continue
            base = os.path.join(self.folder, name[:-5])
            with open(base + ".json", encoding="utf-8") as f:
                session = json.load(f)
            session["noise"], session["in"], session["out"] = [], [], []
            for way in ("in", "out"):
                with open(base + "." + way, "rb") as f:
                    for line in f:
                        why = no_protocol(line)
                        if not why:
                            session[way].append(json.loads(line))
                        elif way == "out":
                            session["noise"].append(why)
            with open(base + ".err", encoding="utf-8", errors="replace") as f:
                session["err"] = f.read()
            found.append(session)
        return found
