#!/usr/bin/env python3
"""usage: test_cli.py --kdoc BINARY

The program as a user meets it: exit codes, streams, terminals, full disks, readers that go away,
man pages, completions.
"""
import argparse
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile

CRASH = (b"[    1.000000] BUG: kernel NULL pointer dereference, address: 0000000000000010\n"
         b"[    1.000001] #PF: supervisor read access in kernel mode\n"
         b"[    1.000002] #PF: error_code(0x0000) - not-present page\n"
         b"[    1.000003] Oops: 0000 [#1] PREEMPT SMP NOPTI\n"
         b"[    1.000004] CPU: 1 PID: 77 Comm: cat Not tainted 6.1.0 #1\n"
         b"[    1.000005] RIP: 0010:foo_read+0x1c/0x40 [foo]\n"
         b"[    1.000006] Call Trace:\n[    1.000007]  <TASK>\n[    1.000008]  vfs_read+0x10/0x20\n"
         b"[    1.000009]  </TASK>\n[    1.000010] ---[ end trace 0000000000000000 ]---\n")


class Tests:
    def __init__(self, kdoc, folder):
        self.kdoc, self.folder = kdoc, folder
        self.log = self.put("crash.log", CRASH)

    def put(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def run(self, *arguments, **options):
        env = dict(os.environ, HOME=self.folder, **options.pop("env", {}))
        return subprocess.run([self.kdoc] + list(arguments), stdin=options.pop("stdin", subprocess.DEVNULL),
                              stdout=options.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE,
                              env=env, timeout=60, check=False, **options)

    def expect(self, done, status, words=b""):
        assert done.returncode == status, "exit status %d, expected %d: %r" % (
            done.returncode, status, done.stderr)
        text = (done.stdout or b"") + done.stderr
        assert words in text, "%r is not in %r" % (words, text[:600])

    def test_exit_codes(self):
        self.expect(self.run("scan", self.log), 0)
        self.expect(self.run("scan", self.put("plain.txt", b"hello\n")), 1)
        self.expect(self.run("scan"), 2, b"usage: kdoc scan")
        self.expect(self.run("scan", self.log, self.folder + "/absent"), 3, b"No such file")
        self.expect(self.run(), 2, b"usage: kdoc VERB")
        self.expect(self.run("--version"), 0, b"kdoc ")
        self.expect(self.run("--help"), 0, b"Planned")

    def test_no_verb(self):
        self.expect(self.run(self.log), 2, b"try: kdoc investigate ")
        self.expect(self.run(self.folder), 2, b"try: kdoc scan ")
        self.expect(self.run("-"), 2, b"try: kdoc investigate -")
        self.expect(self.run("sacn"), 2, b"did you mean 'scan'?")
        self.expect(self.run("reproduce"), 2, b"planned")
        self.expect(self.run("--json"), 2, b"a verb comes first")
        self.expect(self.run("qqqqqqqq\x1b[31m"), 2, b"\\x1b[31m")

    def test_no_permission(self):
        path = self.put("secret.log", CRASH)
        os.chmod(path, 0)
        if os.geteuid() == 0:  # root reads everything, so be somebody else
            os.chmod(self.folder, 0o755)
            exe = os.path.join(self.folder, "kdoc")
            shutil.copy(self.kdoc, exe)
            os.chmod(exe, 0o755)
            done = subprocess.run([exe, "scan", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, user=65534, group=65534, extra_groups=[],
                                  timeout=60, check=False)
        else:
            done = self.run("scan", path)
        self.expect(done, 3, b"kdoc needs no root")

    def test_full_disk(self):
        with open("/dev/full", "wb") as full:
            for arguments in (["scan", self.log], ["scan", "--json", self.log], ["help"],
                              ["scan", "--format=titles", self.log], ["group", self.log]):
                done = self.run(*arguments, stdout=full)
                self.expect(done, 4, b"could not be written: No space left on device")
                assert done.stderr.count(b"\n") == 1, done.stderr

    def test_reader_goes_away(self):
        for ignore in (False, True):
            before = (lambda: __import__("signal").signal(13, 1)) if ignore else None
            ours, theirs = os.pipe()
            os.close(ours)
            with os.fdopen(theirs, "wb") as pipe:
                done = self.run("help", stdout=pipe, preexec_fn=before)
            assert done.returncode in (-13, 141), done.returncode
            assert done.stderr == b"", done.stderr

    def test_standard_input(self):
        with open(self.log, "rb") as file:
            self.expect(self.run("scan", "-", stdin=file), 0, b"standard input: 1 report")
        self.expect(self.run("scan", "-"), 3, b"nothing came in")

    def on_terminal(self, *arguments, **env):
        ours, theirs = pty.openpty()
        done = self.run(*arguments, stdout=theirs, env=dict({"TERM": "xterm"}, **env))
        os.close(theirs)
        output = b""
        try:
            while True:
                piece = os.read(ours, 65536)
                if not piece:
                    break
                output += piece
        except OSError:
            pass
        os.close(ours)
        assert done.returncode == 0, done.stderr
        return output

    def test_pasted(self):
        """A log is pasted into a terminal; the answer comes there."""
        pid, terminal = pty.fork()
        if not pid:
            os.environ.update(HOME=self.folder, TERM="xterm", COLUMNS="200")
            os.execv(self.kdoc, [self.kdoc, "investigate", "-"])
        output, pasted = b"", False
        try:
            while True:
                piece = os.read(terminal, 65536)
                if not piece:
                    break
                output += piece
                if not pasted and b"Ctrl-D" in output:
                    os.write(terminal, CRASH + b"\x04")
                    pasted = True
        except OSError:
            pass
        os.close(terminal)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, output
        where = [line for line in output.splitlines() if line.lstrip().startswith(b"\x1b[2mwhere")]
        assert len(where) == 1 and b"foo_read+0x1c/0x40 [foo]" in where[0], output

    def test_colours(self):
        assert b"\x1b[" in self.on_terminal("scan", self.log)
        assert b"\x1b[" not in self.on_terminal("scan", self.log, NO_COLOR="1")
        assert b"\x1b[" in self.on_terminal("scan", self.log, NO_COLOR="")
        assert b"\x1b[" not in self.on_terminal("scan", "--color=never", self.log)
        assert b"\x1b[" not in self.on_terminal("scan", self.log, TERM="dumb")
        assert b"\x1b[" not in self.on_terminal("scan", self.log, KDOC_OUTPUT_COLOR="false")
        assert b"\x1b[" not in self.run("scan", self.log).stdout
        assert b"\x1b[" in self.run("scan", "--color=always", self.log).stdout

    def test_width(self):
        for arguments in (["help"], ["help", "scan"], ["help", "group"], ["scan", self.log],
                          ["group", self.log], ["setup", "check"], ["scan", "--list-kinds"]):
            for line in self.run(*arguments).stdout.decode().splitlines():
                assert len(line) <= 100, "%s: %d columns: %s" % (arguments, len(line), line)

    def test_json_errors(self):
        done = self.run("scan", "--json", "--kind=nonsense", self.log)
        self.expect(done, 2)
        assert json.loads(done.stdout)["error"]["class"] == "invalid"

    def test_titles(self):
        done = self.run("scan", "--format=titles", self.log)
        self.expect(done, 0)
        rows = json.loads(done.stdout)
        known = set("title alt type frame func corrupted suppressed panicked executor start_line "
                    "end_line guilty_file".split())
        assert len(rows) == 1 and set(rows[0]) <= known and rows[0]["title"], rows
        assert json.loads(self.run("scan", "--format=titles", "-").stdout) == []

    def test_streams_to_a_file(self):
        """More rows than memory is meant for: they wait in a file, in order, none lost."""
        text = b"".join(b"[%5d.000000] WARNING: CPU: 0 PID: 1 at kernel/foo.c:%d foo_%d+0x1/0x2\n"
                        b"[%5d.000001] Call Trace:\n[%5d.000002]  foo_%d+0x1/0x2\n"
                        b"[%5d.000003] ---[ end trace %016x ]---\n" % (i, i, i, i, i, i, i, i)
                        for i in range(6000))
        done = self.run("scan", "--format=titles", self.put("many.log", text))
        rows = json.loads(done.stdout)
        assert len(rows) == 6000, len(rows)
        assert [r["start_line"] for r in rows] == sorted(r["start_line"] for r in rows)

    def test_man_pages(self):
        names = [v["name"] for v in json.loads(self.run("help", "--json").stdout)["verbs"]]
        for name in [None] + names:
            page = self.run("help", "--man", *(name.split() if name else [])).stdout
            assert page.startswith(b".\\\""), page[:60]
            for section in (b".SH NAME", b".SH SYNOPSIS", b".SH DESCRIPTION", b".SH EXIT STATUS"):
                assert section in page, (name, section)
            if shutil.which("mandoc"):
                lint = subprocess.run(["mandoc", "-Tlint", "-Werror"], input=page, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, check=False)
                assert lint.returncode < 3, lint.stdout

    def test_completions(self):
        verbs = json.loads(self.run("help", "--json").stdout)["verbs"]
        for shell in ("bash", "zsh", "fish"):
            text = self.run("help", "--completion=" + shell).stdout
            for verb in verbs:
                for option in verb["options"]:
                    assert option["name"].encode() in text, (shell, option["name"])
            if shutil.which(shell):
                done = subprocess.run([shell, "-n"], input=text, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, check=False)
                assert done.returncode == 0, done.stdout

    def complete(self, *words):
        script = self.put("completion.bash", self.run("help", "--completion=bash").stdout)
        code = ("source %s; compopt() { :; }; COMP_WORDS=(%s); COMP_CWORD=%d; _kdoc; printf '%%s\\n' \"${COMPREPLY[@]}\""
                % (script, " ".join("'%s'" % w for w in words), len(words) - 1))
        done = subprocess.run(["bash", "-c", code], stdout=subprocess.PIPE, cwd=self.folder, check=False)
        return done.stdout.decode().split()

    def test_bash_completion(self):
        if not shutil.which("bash"):
            return
        assert "scan" in self.complete("kdoc", "")
        assert self.complete("kdoc", "gr") == ["group"]
        assert "--limit=" in self.complete("kdoc", "scan", "--li")
        assert self.complete("kdoc", "scan", "--format", "=", "ti") == ["titles"]
        assert self.complete("kdoc", "scan", "--format", "ti") == ["titles"]
        assert "crash.log" in self.complete("kdoc", "scan", "cra")
        assert "group" in self.complete("kdoc", "help", "")
        assert self.complete("kdoc", "la") == ["lab"]
        assert "boot" in self.complete("kdoc", "lab", "")
        assert self.complete("kdoc", "lab", "boot", "--appe") == ["--append="]
        assert self.complete("kdoc", "lab", "boot", "--accel", "=", "t") == ["tcg"]

    def test_two_words(self):
        self.expect(self.run("lab"), 2, b"lab boot")
        self.expect(self.run("lab", "--help"), 0, b"lab boot")
        self.expect(self.run("help", "lab"), 0, b"lab boot")
        self.expect(self.run("help", "lab", "boot"), 0, b"usage: kdoc lab boot")
        self.expect(self.run("lab", "boto"), 2, b"did you mean 'lab boot'?")
        self.expect(self.run("help", "lab", "nonsense"), 2, b"there is no verb")
        self.expect(self.run("lab", "boot"), 2, b"lab boot needs one kernel")
        self.expect(self.run("lab", "boot", "--help"), 0, b"--append=TEXT")
        self.expect(self.run("lab", "boot", self.log), 3, b"no kernel")

    def test_pages(self):
        """docs/verbs has a page for each verb, which names each option and no other."""
        folder = os.path.join(os.environ.get("KDOC_SOURCE_ROOT", "."), "docs", "verbs")
        for verb in json.loads(self.run("help", "--json").stdout)["verbs"]:
            path = os.path.join(folder, verb["name"].replace(" ", "-") + ".md")
            with open(path, encoding="utf-8") as file:
                text = file.read()
            said = set(re.findall(r"`(?:-\w, )?--([a-z-]+)", text))
            own = {o["name"] for o in verb["options"]} - {"color", "help"}
            assert own <= said, "%s does not speak of %s" % (path, own - said)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--kdoc", required=True)
    kdoc = os.path.abspath(parser.parse_args().kdoc)
    passed = failed = 0
    for name in sorted(n for n in dir(Tests) if n.startswith("test_")):
        with tempfile.TemporaryDirectory(prefix="kdoc-cli-") as folder:
            try:
                getattr(Tests(kdoc, folder), name)()
                passed += 1
            except Exception as why:  # whatever it is, the case has failed
                failed += 1
                print("FAIL %s: %s: %s" % (name, type(why).__name__, str(why)[:1500]))
    print("cases: %d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
