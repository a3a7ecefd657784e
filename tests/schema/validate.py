#!/usr/bin/env python3
"""usage: validate.py --kdoc BINARY

Runs the verbs with --json on real and hand-made inputs and holds what they print to docs/schema/.
The check is stricter than what clients may assume: a key that the schema does not name fails here,
so that no key is added without being documented.
"""
import argparse
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCHEMAS = os.path.join(ROOT, "docs", "schema")
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
KEYWORDS = {"$schema", "$id", "$defs", "$ref", "title", "description", "type", "properties", "required",
            "items", "enum", "const", "pattern", "minimum", "maximum", "minItems", "additionalProperties", "allOf", "patternProperties"}


class Invalid(Exception):
    pass


class Schema:
    def __init__(self, name):
        with open(os.path.join(SCHEMAS, name), encoding="utf-8") as file:
            self.root = json.load(file)

    def resolve(self, ref):
        name, _, pointer = ref.partition("#")
        schema = Schema(name) if name else self
        node = schema.root
        for part in pointer.strip("/").split("/") if pointer else []:
            node = node[part]
        return schema, node

    def check(self, value, node=None, where="$"):
        node = self.root if node is None else node
        if not node:
            return None  # anything
        unknown = set(node) - KEYWORDS
        if unknown:
            raise Invalid("%s: the schema uses %s, which this checker does not know" % (where, unknown))
        if "$ref" in node:
            schema, target = self.resolve(node["$ref"])
            return schema.check(value, target, where)
        self.check_type(value, node, where)
        self.check_value(value, node, where)
        for rule in node.get("allOf", []):
            self.check_rule(value, rule, where)
        if isinstance(value, dict):
            self.check_object(value, node, where)
        if isinstance(value, list):
            for i, item in enumerate(value):
                self.check(item, node.get("items", {}), "%s[%d]" % (where, i))
        return None

    @staticmethod
    def check_rule(value, rule, where):
        """{"if": {"properties": {key: {"const": c}}}, "then": {"required", "properties": {key: {"minItems"}}}}"""
        if any(value.get(key) != want["const"] for key, want in rule["if"]["properties"].items()):
            return
        for key in rule["then"].get("required", []):
            if key not in value:
                raise Invalid("%s: %s is missing" % (where, key))
        for key, want in rule["then"].get("properties", {}).items():
            if len(value.get(key, [])) < want["minItems"]:
                raise Invalid("%s: %s has less than %d items" % (where, key, want["minItems"]))

    @staticmethod
    def is_type(value, name):
        if name == "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        if name == "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        return isinstance(value, TYPES[name])

    def check_type(self, value, node, where):
        wanted = node.get("type", [])
        wanted = [wanted] if isinstance(wanted, str) else wanted
        if wanted and not any(self.is_type(value, name) for name in wanted):
            raise Invalid("%s: %r is not of type %s" % (where, value, " or ".join(wanted)))

    @staticmethod
    def check_value(value, node, where):
        if "const" in node and value != node["const"]:
            raise Invalid("%s: %r is not %r" % (where, value, node["const"]))
        if "enum" in node and value not in node["enum"]:
            raise Invalid("%s: %r is none of %s" % (where, value, node["enum"]))
        if "minimum" in node and value < node["minimum"]:
            raise Invalid("%s: %r is below %r" % (where, value, node["minimum"]))
        if "maximum" in node and value > node["maximum"]:
            raise Invalid("%s: %r is above %r" % (where, value, node["maximum"]))
        if "pattern" in node and isinstance(value, str) and not re.search(node["pattern"], value):
            raise Invalid("%s: %r does not match %s" % (where, value, node["pattern"]))

    def check_object(self, value, node, where):
        for key in node.get("required", []):
            if key not in value:
                raise Invalid("%s: %s is missing" % (where, key))
        for key, item in value.items():
            rule = node.get("properties", {}).get(key) or next(
                (one for pattern, one in node.get("patternProperties", {}).items() if re.search(pattern, key)),
                node.get("additionalProperties"))
            if not isinstance(rule, dict):
                raise Invalid("%s: %s is not in the schema" % (where, key))
            self.check(item, rule, "%s.%s" % (where, key))


def no_doubles(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise Invalid("a key stands twice in one object: %s" % keys)
    return dict(pairs)


def run(kdoc, arguments, stdin=b""):
    done = subprocess.run([kdoc] + arguments, input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, check=False)
    if done.returncode < 0 or done.returncode > 4:
        raise Invalid("exit status %d: %s" % (done.returncode, done.stderr.decode(errors="replace")))
    return json.loads(done.stdout.decode("utf-8"), object_pairs_hook=no_doubles)


def hand_made(folder):
    def put(name, data):
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path
    bad = (b"[    1.000000] BUG: kernel NULL pointer dereference, address: 0000000000000010\n"
           b"[    1.000001] #PF: supervisor read access in kernel mode\n"
           b"[    1.000002] Oops: 0000 [#1] SMP\n"
           b"[    1.000003] CPU: 1 PID: 77 Comm: ba\xff\xfesh Not tainted 6.1.0 #1\n"
           b"[    1.000004] RIP: 0010:foo_read+0x1c/0x40 [foo]\n"
           b"[    1.000005] Call Trace:\n[    1.000006]  vfs_read+0x10/0x20\n"
           b"[    1.000007] ---[ end trace 0000000000000000 ]---\n")
    return [put("bad-utf8.log", bad), put("no-kernel.txt", b"hello\n"), put("empty", b""),
            put("binary", bytes(range(256)) * 16), os.path.join(folder, "absent")]


def bzimage(folder):
    """The boot header of an x86 kernel (Documentation/arch/x86/boot.rst) with a release."""
    image = bytearray(0x4000)
    image[0x1f1] = 27
    image[0x1fe:0x208] = b"\x55\xaa\xeb\x6aHdrS\x0f\x02"
    image[0x20e:0x210] = (0x2e00).to_bytes(2, "little")
    image[0x3000:0x3030] = b"6.9.1-test (me@here) #1 SMP Test (2026-01-02)".ljust(0x30, b"\0")
    path = os.path.join(folder, "boot", "vmlinuz")
    os.makedirs(os.path.dirname(path))
    with open(path, "wb") as file:
        file.write(image)
    return path


def types():
    def golden(case, name):
        return os.path.join(ROOT, "tests", "golden", "type", case, name)
    plain, of_module = ["--btf", golden("json", "input.btf")], ["--btf", golden("module", "input.btf"), "--base",
                                                                golden("module", "input.base")]
    for arguments in (["nested"], ["nested", "--expand"], ["bits"], ["enum", "colour"], ["atomic"], ["bits.b"], ["nestde"],
                      ["nested.nothing"], ["user.u", "-o8:4"], ["list", "-o-8:8", "-c"], ["flex", "-o0x2c:1"],
                      ["nested", "-o0x18:8", "-o1", "-o94:8", "-o1000", "-o0x20:9"]):
        yield "type " + " ".join(arguments), "type.json", ["type", "--json"] + arguments + plain
    yield "type of a module", "type.json", ["type", "--json", "priv"] + of_module
    yield "type of an ELF file", "type.json", ["type", "--json", "list", "--btf", golden("elf", "input.elf")]
    yield "type without types", "error.json", ["type", "--json", "list", "--btf", golden("elf", "input-without.elf")]


def symbol_documents(kdoc, log, folder):
    """The program itself has the debug info: of all machines that build kdoc."""
    cache = os.path.join(folder, "cache")
    os.environ["XDG_CACHE_HOME"] = cache
    text = os.path.join(folder, "frames.log")
    with open(text, "w", encoding="ascii") as file:
        file.write("Call Trace:\n main+0x1/0x7\n ? main+0x5/0x5\n absent+0x1/0x2 [absent]\n")
    for times in ("first", "again"):
        yield "index, " + times, "index.json", ["index", "--json", kdoc, log]
    yield "index --list", "index.json", ["index", "--json", "--list"]
    yield "index --prune", "index.json", ["index", "--json", "--prune", "--max=1"]
    yield "addr", "addr.json", ["addr", "--json", "--force", "-d", kdoc, "main+1", "main+1/1", "absent", "0x1", "+"]
    yield "addr without debug info", "addr.json", ["addr", "--json", "--only", "-d", log, "main"]
    for options in (["--force"], ["--only"]):
        yield "decode " + options[0], "decode.json", ["decode", "--json", "-d", kdoc] + options + [text]
    yield "decode without debug info", "decode.json", ["decode", "--json", "--only", log]


def documents(kdoc, folder):
    """(what, schema, arguments) of each run."""
    made = hand_made(folder)
    logs = sorted(glob.glob(os.path.join(ROOT, "tests", "golden", "vm", "*", "input*")))
    logs += sorted(glob.glob(os.path.join(ROOT, "examples", "*.log*")))
    for verb in ("scan", "group"):
        yield verb + " of hand-made inputs", verb + ".json", [verb, "--json"] + made
        yield verb + " of all logs", verb + ".json", [verb, "--json", "--all"] + logs
    yield "scan --limit", "scan.json", ["scan", "--json", "--limit=1"] + logs[:3]
    yield "group --level=strict", "group.json", ["group", "--json", "--level=strict"] + logs
    yield "group --level=loose", "group.json", ["group", "--json", "--level=loose"] + logs
    for options in ([], ["--addresses"]):
        yield "redact", "redact.json", ["redact", "--json", "--output=" + os.path.join(folder, "out")] + options + logs
    private = os.path.join(folder, "map")
    yield "redact --map", "redact.json", ["redact", "--json", "--map=" + private,
                                          "--output=" + os.path.join(folder, "out")] + logs[:3]
    yield "redact --restore", "redact.json", ["redact", "--json", "--restore=" + private,
                                              "--output=" + os.path.join(folder, "again"),
                                              os.path.join(folder, "out")]
    yield from symbol_documents(kdoc, made[0], folder)
    for dump in sorted(glob.glob(os.path.join(ROOT, "fuzz", "corpus", "core", "*"))):
        yield "core check", "core-check.json", ["core", "check", "--json", dump]
        name = os.path.basename(dump)
        readable = name in ("elf", "flat", "kdump-zlib", "kdump-zstd") or name.startswith("gen-")
        yield "core log", "core-log.json" if readable else "error.json", ["core", "log", "--json", dump]
    fault = os.path.join(ROOT, "tests", "golden", "core", "bt-fault", "input.dump")
    for arguments in (["rd", "init_task", "4"], ["rd", "-s", "init_task", "4"], ["rd", "0xffff800000000000"],
                      ["rd", "--form=string", "init_task"], ["sym", "vfs_write", "vfs_write+1"], ["sym", "--list"],
                      ["dis", "vfs_write"], ["dis", "0xffff800000000000", "3"],
                      ["p", "1 + 1"], ["p", "init_task"], ["p", "((struct task_struct *)&init_task)->tasks"],
                      ["p", "0xffff800000000000 @ task_struct"], ["struct", "task_struct"],
                      ["struct", "task_struct.pid,comm", "init_task"], ["whatis", "task_struct"], ["whatis", "init_task"],
                      ["whatis", "unsigned int"],
                      ["list", "-k", "list", "-m", "-s", "pid,comm", "&((struct task_struct *)&init_task)->tasks",
                       "task_struct.tasks"]):
        yield "core " + " ".join(arguments), "core-%s.json" % arguments[0], ["core", arguments[0], "--json", fault] + arguments[1:]
    memory = os.path.join(ROOT, "tests", "golden", "core", "memory", "input.dump")
    for verb, *arguments in (["kmem"], ["kmem", "--zones", "--pages", "--vmalloc"], ["kmem", "--slab"], ["kmem", "--objects", "fake_object"],
                             ["kmem", "init_task"], ["what", "init_task", "12", "0x6b6b6b6b6b6b6b6b"],
                             ["search", "init_task"], ["search", "0xfeedfacec0ffee11"], ["search", "--text", "swapper"]):
        options = [part for part in arguments if part.startswith("--")]
        yield "core " + " ".join([verb] + arguments), "core-%s.json" % verb, \
            ["core", verb, "--json"] + options + [memory] + [part for part in arguments if part not in options]
    devices = os.path.join(ROOT, "tests", "golden", "core", "devices", "input.dump")
    for arguments in (["irq"], ["irq", "--softirq"], ["irq", devices, "5"], ["irq", devices, "6"], ["timer"], ["timer", "--hrtimer"],
                      ["dev"], ["dev", "--io"], ["dev", "--stats"], ["dev", "--majors"], ["dev", "--pci"], ["net"], ["net", "--sockets"],
                      ["bpf"], ["bpf", devices, "0xffffffffc0100018"], ["waitq", devices, "0xffffffff81081000"],
                      ["percpu", devices, "((struct irq_desc *)0xffffffff81080100)->kstat_irqs"]):
        words = ["core", *arguments, "--json"] + ([] if devices in arguments else [devices])
        yield " ".join(["core"] + [a for a in arguments if a != devices]), "core-%s.json" % arguments[0], words
    yield "core triage", "core-triage.json", ["core", "triage", "--json", fault]
    yield "core bt --raw", "core-bt.json", ["core", "bt", "--json", "--raw", fault]
    tasks = os.path.join(ROOT, "tests", "golden", "core", "tasks", "input.dump")
    for arguments in (["info"], ["ps"], ["ps", "--time"], ["ps", "--tree"], ["task"], ["vm"], ["files"], ["mount"], ["mod"], ["cmdline"],
                      ["config"], ["taint"]):
        for dump in (tasks, fault):
            status = "error.json" if dump == fault and arguments[0] == "cmdline" else "core-%s.json" % arguments[0]
            yield "core " + " ".join(arguments), status, ["core", arguments[0], "--json", dump] + arguments[1:]
    for verb, argument in (("mod", "fakemod"), ("ps", "103"), ("task", "task-2"), ("vm", "102"), ("files", "102"), ("cmdline", "crashkernel"),
                           ("config", "HZ")):
        yield "core %s %s" % (verb, argument), "core-%s.json" % verb, ["core", verb, "--json", tasks, argument]
    yield "core ps --parents", "core-ps.json", ["core", "ps", "--json", "--parents", tasks, "103"]
    yield "core ps --children", "core-ps.json", ["core", "ps", "--json", "--children", tasks, "0"]
    hangs = os.path.join(ROOT, "tests", "golden", "core", "hangs", "input.dump")
    yield "analyze-dump", "analyze-dump.json", ["analyze-dump", "--json", hangs]
    answer = os.path.join(folder, "answer.json")
    with open(answer, "wb") as file:
        file.write(subprocess.run([kdoc, "core", "deadlock", "--json", hangs], stdout=subprocess.PIPE, check=False).stdout)
    yield "evidence check", "evidence-check.json", ["evidence", "check", "--json", answer]
    yield "evidence check of another dump", "evidence-check.json", ["evidence", "check", "--json", answer, memory]
    yield "evidence check of no answer", "error.json", ["evidence", "check", "--json", made[0]]
    written = os.path.join(ROOT, "tests", "golden", "lint", "confident")
    yield "lint", "lint.json", ["lint", "--json", "--store", folder, os.path.join(written, "input.md")]
    yield "lint with a log", "lint.json", ["lint", "--json", "--store", folder, "--log", os.path.join(written, "input.log"),
                                           os.path.join(written, "input.md"), answer]
    yield "lint of nothing", "error.json", ["lint", "--json", os.path.join(folder, "missing.md")]
    for arguments in (["deadlock"], ["deadlock", "--all"], ["lockup"], ["memory"]):
        yield "core " + " ".join(arguments), "core-%s.json" % arguments[0], ["core", arguments[0], "--json", hangs] + arguments[1:]
    yield "core check of no dump", "error.json", ["core", "check", "--json", made[0]]
    yield "lab kernel find", "lab-kernel.json", ["lab", "kernel", "--json", "find", bzimage(folder)]
    yield "lab kernel find of no kernel", "error.json", ["lab", "kernel", "--json", "find", made[0]]
    yield "lab crash --list", "lab-crash.json", ["lab", "crash", "--json", "--list"]
    yield "lab crash of no case", "error.json", ["lab", "crash", "--json", "-k", made[0], "-o",
                                                 os.path.join(folder, "crash"), "null_writ"]
    yield from types()
    yield "version", "version.json", ["version", "--json"]
    yield "help", "help.json", ["help", "--json"]
    yield "help scan", "help.json", ["help", "--json", "scan"]
    yield "setup check", "setup.json", ["setup", "--json", "check"]
    for more in ([], ["--yes"], ["--uninstall"], ["--uninstall", "--full", "--yes"], ["--uninstall"]):
        yield "setup install " + " ".join(more), "setup-install.json", \
            ["setup", "install", "--json", "--agent=claude", "--dir", folder] + more
    yield "setup install of nothing", "error.json", ["setup", "install", "--json", "--agent=codex", "--dir", made[0]]
    yield "skills list", "skills-list.json", ["skills", "list", "--json"]
    yield "skills show", "skills-show.json", ["skills", "show", "--json", "kdoc-triage"]
    yield "skills lint", "skills-lint.json", ["skills", "lint", "--json"]
    yield "skills lint of a folder", "skills-lint.json", ["skills", "lint", "--json", os.path.join(ROOT, "tests", "skills")]
    yield "kinds", "kinds.json", ["scan", "--list-kinds", "--json"]
    yield "an unknown kind", "error.json", ["scan", "--json", "--kind=nonsense", made[0]]
    for verb in ("investigate", "explain"):
        if os.path.exists(os.path.join(SCHEMAS, verb + ".json")):
            for log in logs[:12] + made[:1]:
                yield "%s %s" % (verb, os.path.basename(os.path.dirname(log))), verb + ".json", [verb, "--json", log]


def shell_lines(kdoc):
    """Each line of the shell over a dump, and the document in it against its own schema."""
    dump = os.path.join(ROOT, "tests", "golden", "core", "bt-fault", "input.dump")
    lines = ["bt -a", "sym vfs_write", "nonsense", "help", "foreach 101 102 bt", "set", "foreach kernel bt", "rd -s init_task 4"]
    done = subprocess.run([kdoc, "core", "sh", "--json", dump], input="\n".join(lines).encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, check=False)
    got = done.stdout.decode().splitlines()
    for i, line in enumerate(lines):
        try:
            document = json.loads(got[i], object_pairs_hook=no_doubles) if i < len(got) else {}
            answers = document.pop("answer", [])
            Schema("core-sh.json").check(document)
            for answer in answers if isinstance(answers, list) else [answers]:
                name = re.fullmatch(r"kdoc\.([a-z-]+)/1", answer["schema"]).group(1)
                Schema(name + ".json").check(answer)
            yield line, None
        except (Invalid, ValueError, KeyError, AttributeError, OSError) as why:
            yield line, why


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--kdoc", required=True)
    kdoc = os.path.abspath(parser.parse_args().kdoc)
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="kdoc-schema-") as folder:
        for what, schema, arguments in documents(kdoc, folder):
            try:
                Schema(schema).check(run(kdoc, arguments))
                passed += 1
            except (Invalid, ValueError, KeyError, subprocess.TimeoutExpired) as why:
                failed += 1
                print("FAIL %s: %s" % (what, str(why)[:2000]))
    for line, why in shell_lines(kdoc):
        passed += not why
        failed += bool(why)
        if why:
            print("FAIL core sh, %s: %s" % (line, str(why)[:2000]))
    print("cases: %d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
