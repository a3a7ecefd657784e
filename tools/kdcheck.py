"""What the check-* scripts share: the project's files, C text without comments, and the report.

A check prints `FAIL <where>: <what>` for each finding and ends with
`cases: N passed, N failed`, one case per file or object that it looked at.
"""
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def project_files():
    """Every file that belongs to the project, relative to its root, sorted."""
    try:
        out = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "-co", "--exclude-standard"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
        names = {os.fsdecode(n) for n in out.split(b"\0") if n}
        if names:
            return sorted(n for n in names if os.path.isfile(os.path.join(ROOT, n)))
    except (OSError, subprocess.CalledProcessError):
        pass
    names = []
    for folder, folders, files in os.walk(ROOT):
        if folder == ROOT:
            folders[:] = [f for f in folders if f != ".git" and not f.startswith("build")]
        folders[:] = [f for f in folders if f != "__pycache__"]
        names += [os.path.relpath(os.path.join(folder, f), ROOT) for f in files]
    return sorted(names)


GUEST = "src/lab/guest/"  # runs in a guest's kernel: its rules are the kernel's


def c_files(*tops, endings=(".c", ".h")):
    """The project's C files below the named top folders that are compiled for this program."""
    return [n for n in project_files()
            if n.endswith(endings) and n.split(os.sep)[0] in tops and not n.startswith(GUEST)]


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8", errors="replace") as file:
        return file.read()


_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code_only(text):
    """C text with comments and the insides of literals blanked; line numbers stay true."""
    def blank(match):
        token = match.group(0)
        if token[0] in "\"'":
            return token[0] + token[0]
        return "\n" * token.count("\n") + " "
    return _TOKEN.sub(blank, text)


def layer_of(name):
    """src/<layer>/… gives the layer, src/main.c gives "main", anything else None."""
    parts = name.split("/")
    if parts[0] != "src" or len(parts) < 2:
        return None
    return "main" if parts[1] == "main.c" else parts[1]


def layer_table():
    """tools/layers.txt: {layer: (may include, these lead to)} as sets, each with the layer itself."""
    table = {}
    for line in read("tools/layers.txt").splitlines():
        line = line.split("#")[0]
        if line.strip():
            layer, direct, indirect = (part.split() for part in line.split(":"))
            table[layer[0]] = ({layer[0], *direct}, set(indirect))
    return table


class Objects:
    """The compiled objects of a build directory, by source file."""

    def __init__(self, build):
        self.build = build
        with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
            commands = json.load(file)
        self.commands = {}
        for entry in commands:
            name = os.path.relpath(os.path.join(entry["directory"], entry["file"]), ROOT)
            if name.startswith("src/") and name.endswith(".c"):
                self.commands.setdefault(name, entry)

    def each(self):
        """Pairs of source name and object path, for objects that exist."""
        for name, entry in sorted(self.commands.items()):
            path = os.path.join(entry["directory"], entry["output"])
            if os.path.exists(path):
                yield name, path


class Report:
    """Collects findings; one case per thing looked at."""

    def __init__(self):
        self.looked_at = set()
        self.findings = []

    def look(self, name):
        self.looked_at.add(name)

    def fail(self, name, text):
        self.looked_at.add(name)
        self.findings.append((name, text))

    def finish(self):
        for name, text in self.findings:
            print("FAIL %s: %s" % (name, text))
        bad = {name for name, _ in self.findings}
        good = len(self.looked_at - bad)
        print("cases: %d passed, %d failed" % (good, len(self.findings)))
        sys.exit(1 if self.findings else 0)
