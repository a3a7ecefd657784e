# SPDX-License-Identifier: GPL-2.0-or-later
"""Dereference sites of a kernel tree, by rule and seed, and the mutations that go before them.

A site is a statement on one line, behind a line that ends a statement or opens a block, with `p->field` where p is a local
pointer to a struct or such a parameter (kind "pointer"), or with `a[i]`, i a local or parameter of an integer type
(kind "index").  Kind "chain" is `p->a->b`, where it is p->a that becomes bad, in memory.  Not a site: a declaration, `else`, a label, what is behind a condition without braces, a line inside of
#if, `&p->field` (no access), a function of __init or noinstr.  Which of all sites are taken is drawn with the
seed: at most PER_FUNCTION of a function and PER_FILE of a file.
"""
import collections
import glob
import os
import random
import re

FILES = """fs/namei.c fs/open.c fs/read_write.c fs/pipe.c fs/file.c fs/file_table.c fs/dcache.c fs/inode.c fs/seq_file.c fs/stat.c
fs/exec.c fs/fcntl.c fs/locks.c fs/namespace.c fs/splice.c fs/eventpoll.c fs/timerfd.c fs/select.c fs/libfs.c fs/super.c fs/attr.c
fs/xattr.c fs/binfmt_elf.c fs/coredump.c fs/d_path.c fs/signalfd.c fs/eventfd.c fs/readdir.c fs/fhandle.c fs/notify/*.c
fs/notify/inotify/*.c fs/proc/*.c fs/kernfs/*.c fs/ramfs/*.c mm/mmap.c mm/memory.c mm/shmem.c mm/mremap.c mm/mprotect.c mm/madvise.c
mm/rmap.c mm/filemap.c mm/gup.c mm/msync.c mm/mlock.c kernel/fork.c kernel/exit.c kernel/signal.c kernel/sys.c kernel/pid.c
kernel/cred.c kernel/ptrace.c kernel/nsproxy.c kernel/futex/*.c kernel/time/*.c net/core/sock.c net/core/skbuff.c net/core/dev.c
net/core/datagram.c net/core/rtnetlink.c net/socket.c net/ipv4/*.c net/unix/af_unix.c net/netlink/af_netlink.c ipc/*.c lib/*.c
drivers/tty/*.c""".split()
PER_FILE = 8
PER_FUNCTION = 1
INTEGERS = r"(?:unsigned\s+)?(?:int|long|char)|unsigned|size_t|ssize_t|loff_t|u32|u64|s32|pgoff_t"
# control flow, and words that look like calls but do not evaluate their operand, or take its address
NO_START = re.compile(r"\s*(else|case|default|goto|do|for|while|switch|break|continue|#|}|{|return;)")
NO_ACCESS = re.compile(r"\b(sizeof|typeof|offsetof|container_of|__user|lockdep_\w+|BUILD_BUG\w*)\b")
KEYWORDS = {"return", "if", "else", "goto", "sizeof", "case"}


def blanked(text):
    """The same text, as long, without comments, strings and characters."""
    def blank(m):
        return re.sub(r"[^\n]", " ", m.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def functions(lines):
    """(name, index of the first line of the head, of '{', of '}') by the kernel's style: braces in the first column."""
    at = 0
    while at < len(lines):
        if not lines[at].startswith("{"):
            at += 1
            continue
        end = at
        while end < len(lines) and not lines[end].startswith("}"):
            end += 1
        head = at - 1
        while head >= 0 and lines[head].strip() and not re.search(r"[;}]\s*$|^#", lines[head]) and at - head < 8:
            head -= 1
        text = " ".join(lines[head + 1:at])
        m = re.search(r"(\w+)\s*\(", text)
        if m and text.rstrip().endswith(")") and not re.search(r"__init\b|noinstr|__exit|^\s*DEFINE|\basmlinkage __v", text):
            name = m.group(1)
            if name.startswith("SYSCALL_DEFINE") or name.startswith("COMPAT_SYSCALL"):
                name = "__do_sys_" + re.search(r"\(\s*(\w+)", text).group(1)
                text = text.replace(",", ", ")
            yield name, text, at, end
        at = end + 1


def declared(head, body):
    """{name: struct} of the pointers to structs, {name} of the integers."""
    pointers, integers = {}, set()
    names = head + " ; " + " ; ".join(line for line in body if re.match(r"\s+(const\s+)?(struct|[a-z_]\w*)\s", line))
    for m in re.finditer(r"\bstruct\s+(\w+)\s*\*\s*(?:__restrict\s+)?(\w+)\s*(?=[,;=)])", names):
        pointers[m.group(2)] = m.group(1)
    for line in body:
        m = re.match(r"\s+(?:const\s+)?struct\s+(\w+)\s+(\*.*);", line)
        for part in re.sub(r"=[^,;]*", "", m.group(2)).split(",") if m else []:
            one = re.match(r"\s*\*(\w+)\s*$", part)
            if one:
                pointers[one.group(1)] = m.group(1)
        m = re.match(r"\s+(?:%s)\s+(\w[^*()]*);" % INTEGERS, line)
        for part in re.sub(r"=[^,;]*", "", m.group(1)).split(",") if m else []:
            integers.add(part.strip())
    for m in re.finditer(r"(?:%s)\s+(\w+)\s*(?=[,)])" % INTEGERS, head):
        integers.add(m.group(1))
    return pointers, integers


def statement(lines, at):
    """Is the line a whole statement, at a place where another one may be put before?"""
    line = lines[at]
    if NO_START.match(line) or not re.search(r"(;|\{)\s*$", line) or line.count("(") != line.count(")"):
        return False
    if line.rstrip().endswith("{") and not re.match(r"\s*if\s*\(", line):
        return False
    if re.match(r"\s*(const\s+|static\s+)?(struct|union|enum|unsigned|__\w+)\b", line) or NO_ACCESS.search(line):
        return False
    two = re.match(r"\s*([A-Za-z_]\w*)\s+\**([A-Za-z_]\w*)\s*(=|;|\[|,)", line)
    if two and two.group(1) not in KEYWORDS:
        return False
    before = at - 1
    while before >= 0 and not lines[before].strip():
        before -= 1
    return bool(re.search(r"[;{}]\s*$", lines[before])) and not re.match(r"\s*(struct|union|enum)\b.*\{", lines[before])


def candidates(tree, path):
    with open(os.path.join(tree, path), encoding="utf-8", errors="replace") as file:
        lines = blanked(file.read()).split("\n")
    if not any(line.startswith("#include") for line in lines):
        return
    conditional, inside = 0, []
    for line in lines:
        if re.match(r"#\s*if", line):
            conditional += 1
        inside.append(conditional > 0)
        if re.match(r"#\s*endif", line):
            conditional -= 1
    for name, head, start, end in functions(lines):
        body = lines[start:end]
        pointers, integers = declared(head, body)
        for at in range(start + 1, end):
            if inside[at] or not statement(lines, at):
                continue
            for m in re.finditer(r"(?<![\w.>&])(?<!&\()(\w+)->(\w+)(?![\w\[(])(?!\.)", lines[at]):
                if m.group(1) in pointers and not re.search(r"[&*]\s*\(*\s*$", lines[at][:m.start()]):
                    yield {"file": path, "line": at, "func": name, "kind": "pointer", "var": m.group(1),
                           "field": m.group(2), "struct": pointers[m.group(1)]}
                    chain = re.match(r"->(\w+)(?![\w\[(])(?!\.)", lines[at][m.end():])
                    if chain:
                        yield {"file": path, "line": at, "func": name, "kind": "chain",
                               "var": "%s->%s" % (m.group(1), m.group(2)), "field": chain.group(1),
                               "struct": pointers[m.group(1)], "via": m.group(2)}
                    break
            else:
                m = re.search(r"(?<![&\w.>)-])([A-Za-z_](?:[\w.]|->)*)\[(\w+)\]", lines[at])
                if m and m.group(2) in integers and not m.group(1)[0].isdigit():
                    yield {"file": path, "line": at, "func": name, "kind": "index", "var": m.group(2),
                           "field": m.group(1), "struct": None}


def choose(tree, built, seed, count, index_count, chain_count):
    """Numbered sites, always the same of a tree, a seed and a configuration.  `line` counts from 0 here.  `built`: a build
    folder; files without an object there are none of the kernel's."""
    rng = random.Random(seed)
    names = sorted({os.path.relpath(p, tree) for pattern in FILES for p in glob.glob(os.path.join(tree, pattern))})
    names = [n for n in names if os.path.exists(os.path.join(built, n[:-2] + ".o"))]
    pools = {"pointer": [], "index": [], "chain": []}
    for name in names:
        found = list(candidates(tree, name))
        rng.shuffle(found)
        per_file, per_function, lines = collections.Counter(), collections.Counter(), set()
        for site in found:
            kind = site["kind"]
            if per_file[kind] < PER_FILE and per_function[kind, site["func"]] < PER_FUNCTION and site["line"] not in lines:
                per_file[kind] += 1
                per_function[kind, site["func"]] += 1
                lines.add(site["line"])
                pools[site["kind"]].append(site)
    chosen = []
    for kind, wanted in (("pointer", count), ("index", index_count), ("chain", chain_count)):
        rng.shuffle(pools[kind])
        chosen += pools[kind][:wanted]
    for number, site in enumerate(chosen, 1):
        site["n"] = number
    elsewhere = included_elsewhere(tree)
    return [s for s in chosen if s["file"] not in elsewhere]


def included_elsewhere(tree):
    """Files of lib/ that the boot loader's programs are made of, too: they have no tasks there."""
    found = set()
    for path in glob.glob(os.path.join(tree, "arch/x86/boot/**/*.[ch]"), recursive=True) + glob.glob(os.path.join(tree, "lib/decompress*.c")):
        with open(path, encoding="utf-8", errors="replace") as file:
            found.update(os.path.basename(m) for m in re.findall(r'#\s*include\s*"[^"]*?([\w]+\.c)"', file.read()))
    return {"lib/" + f for f in found}


def restore(pristine, tree, kept):
    """Files that an earlier choice changed are as they were."""
    for pattern in FILES:
        for path in glob.glob(os.path.join(tree, pattern)):
            name = os.path.relpath(path, tree)
            if name not in kept and os.path.exists(os.path.join(pristine, name)):
                with open(path, "rb") as a, open(os.path.join(pristine, name), "rb") as b:
                    same, text = a.read(), b.read()
                if same != text:
                    with open(path, "wb") as file:
                        file.write(text)


def mutate(pristine, tree, sites, skipped):
    """Writes the changed files from the pristine ones; sites get their line numbers (from 1) in the changed file."""
    restore(pristine, tree, {s["file"] for s in sites})
    for path in sorted({s["file"] for s in sites}):
        with open(os.path.join(pristine, path), encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().split("\n")
        here = sorted((s for s in sites if s["file"] == path and s["n"] not in skipped), key=lambda s: s["line"])
        out, depth, include = [], 0, None
        for i, line in enumerate(lines):
            depth += bool(re.match(r"#\s*if", line)) - bool(re.match(r"#\s*endif", line))
            if re.match(r"#\s*include\s*<", line) and not depth and (not here or i < here[0]["line"]):
                include = i
        todo = {s["line"]: s for s in here}
        for i, line in enumerate(lines):
            if i in todo:
                indent = re.match(r"\s*", line).group(0)
                out.append("%sKD_MUTATE%s(%d, %s);" % (indent, "_MEMORY" if todo[i]["kind"] == "chain" else "", todo[i]["n"], todo[i]["var"]))
                todo[i]["at"] = len(out) + 1
                todo[i]["text"] = line.strip()
            out.append(line)
            if i == include:
                out.append("#include <linux/kd_mutate.h>")
        text = "\n".join(out)
        target = os.path.join(tree, path)
        with open(target, encoding="utf-8", errors="surrogateescape") as file:
            same = file.read() == text
        if not same:
            with open(target, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(text)
