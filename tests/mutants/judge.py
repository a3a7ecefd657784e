# SPDX-License-Identifier: GPL-2.0-or-later
"""Was the variable that kdoc named the one that was made bad?

What is true comes from the mutation and from gdb, not from kdoc: the variable p of the site, its struct T, the value V that it got,
the address A that the kernel says was accessed; so D = A - V is the offset in *p of what was touched, and gdb says which members
of T lie there.  A KASAN check that faults on its shadow memory gives the eight bytes that one of shadow stands for: D is a range then.

At a site p->a->b of kind "chain" the variable is p->a, and T the struct that it points to.  At an index site a[i] the answer
has to have a[…], or to name the parameter of a function that the site's statement gives a[i] to, whose value is the address. A
chain's member that is no pointer to a struct (an array) makes no mutant.

right      the answer, or one of its "also called", begins with p itself; its member lies at D
other      another name of the same memory, shown by arithmetic:
             the base register holds V, its type is T, the member lies at D; or it holds V + n, where T has a
             member of the answer's struct, or an element of an array of such, at offset n, and the answer's offset
             is D - n;
             KASAN's own reports have no registers: type and member have to do, or the site's line has func(&p->member),
             func is inlined at the pc, and the member lies at D;
           and the variable is one of another function (called or inlined: p's name is not in scope), or the
           text of p's function assigns one to the other
             func(p->member), member an array: X[i] of a function that is called or inlined there, whose X holds the array's
             address
elsewhere  the site's function, inlined ones counted, is in no frame of the report: it is not this mutant's crash but what an
           earlier one left behind (a lock whose owner died); looked at only when it would be WRONG or far
silent     no variable is named
far        A is not in *p: a value computed from p, or read through it; the variable that was named is printed, and a
           human judges (listed in JUDGED below with the reason once that was done)
WRONG      everything else

The values of variables that kdoc lists are judged, too, where the pc is on the site's line: one that is called p, without
" of FUNCTION" behind it, has to be V.
"""
import bisect
import json
import os
import re
import subprocess

SHADOW = 0xdffffc0000000000
MASK = 2**64 - 1
HEADS = [re.compile(p) for p in (
    r"BUG: (?P<what>kernel NULL pointer dereference|unable to handle page fault for address)[,:] (?:address: )?(?P<addr>[0-9a-f]{16})",
    r"(?P<what>general protection fault), (?:probably|maybe) for (?:non-canonical )?address 0x(?P<addr>[0-9a-f]+)",
    r"BUG: (?P<what>KASAN: [\w-]+) in (?P<where>[\w.]+\+0x[0-9a-f]+/0x[0-9a-f]+)",
    r"(?P<what>kernel BUG at|WARNING: CPU|Kernel panic|general protection fault|stack segment|double fault|invalid opcode)")]
ANSWER = re.compile(r"^(?P<verb>reads|writes|accesses) (?P<text>.+?) with (?P<base>.+?) = (?P<value>NULL|0x[0-9a-f]+)(?: \((?P<note>.*?)\))? "
                    r"\((?P<type>[^()]*?)(?:, )?in (?P<reg>\w+)\)")
MEMBER = re.compile(r"; (?P<member>\S+) is at offset 0x(?P<off>[0-9a-f]+) of (?P<owner>(?:struct|union) \w+)")
CHECKED = re.compile(r"^(?P<verb>reads|writes|accesses) (?P<text>[^;]+)(?:; (?P<member>\S+) is in (?P<owner>(?:struct|union) \w+))?")

GDB = r"""
import gdb, json
def walk(t, off, path, depth, out):
    for f in t.fields():
        if not hasattr(f, "bitpos"):
            continue
        at = off + f.bitpos // 8
        ft = f.type.strip_typedefs()
        name = path + ([f.name] if f.name else [])
        to = ft.target().strip_typedefs() if ft.code == gdb.TYPE_CODE_PTR else None
        size = ft.sizeof or 1
        while ft.code == gdb.TYPE_CODE_ARRAY:
            ft = ft.target().strip_typedefs()
        kind = {gdb.TYPE_CODE_STRUCT: "struct", gdb.TYPE_CODE_UNION: "union"}.get(ft.code)
        if f.name:
            out.append([".".join(name), at, size, "%s %s" % (kind, ft.name) if kind and ft.name else "",
                        to.name if to is not None and to.code == gdb.TYPE_CODE_STRUCT else None, ft.sizeof or 1])
        if ft.code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION) and depth < 6:
            walk(ft, at, name, depth + 1, out)
res, todo = {}, json.load(open(NAMES))
while todo:
    name = todo.pop()
    name, _, via = name.partition(" ")
    if name in res and not via:
        continue
    try:
        t = gdb.lookup_type("struct " + name)
        out = []
        walk(t, 0, [], 0, out)
        res[name] = [t.sizeof, out]
        todo += [x[4] for x in out if via and x[0] == via and x[4]]
    except gdb.error:
        pass
json.dump(res, open(OUT, "w"))
"""


def structs(vmlinux, names, folder):
    """{struct: (size, [(path, offset, size, type of a struct or of an array's structs, struct that it points to, size of
    that or of one element)])} by gdb; "sock sk_prot" asks for
    the struct that the member points to, too."""
    script, out, wanted = (os.path.join(folder, n) for n in ("types.py", "types.json", "types.want"))
    with open(wanted, "w", encoding="ascii") as file:
        json.dump(sorted(names), file)
    with open(script, "w", encoding="ascii") as file:
        file.write("NAMES, OUT = %r, %r\n" % (wanted, out) + GDB)
    subprocess.run(["gdb", "-nx", "-batch", "-x", script, vmlinux], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(out, encoding="ascii") as file:
        return json.load(file)


class Places:
    """func+offset/size to source lines, by nm and addr2line."""
    def __init__(self, vmlinux):
        self.vmlinux, self.by_name, self.known = vmlinux, {}, {}
        rows = []
        for line in subprocess.run(["nm", vmlinux], check=True, stdout=subprocess.PIPE).stdout.decode().splitlines():
            addr, kind, name = line.split(None, 2)
            rows.append((int(addr, 16), name))
            if kind in "tTwW":
                self.by_name.setdefault(name, []).append(int(addr, 16))
        self.addresses = sorted({a for a, _ in rows})

    def starts(self, place):
        """Addresses that the place may be at: static functions may have the same name, even the same size."""
        m = re.match(r"([\w.]+)\+0x([0-9a-f]+)/0x([0-9a-f]+)", place)
        for start in self.by_name.get(m.group(1), []) if m else []:
            at = bisect.bisect_right(self.addresses, start)
            if len(self.by_name[m.group(1)]) == 1 or at < len(self.addresses) and \
                    -16 < self.addresses[at] - start - int(m.group(3), 16) < 32:
                yield start + int(m.group(2), 16)

    def lines(self, place, back, path):
        """[(function, file, line)], innermost first; of several places the one in the file."""
        all_ = [self.at(a - back) for a in self.starts(place)]
        return next((c for c in all_ if any(f.endswith("/" + path) for _, f, _ in c)), all_[0] if all_ else [])

    def pass_through(self, frames, func):
        """Is func in one of the frames?"""
        return any(f.split("+")[0].split(".")[0] == func or any(name == func for a in self.starts(f) for name, _, _ in self.at(a - 1))
                   for f in dict.fromkeys(frames))

    def at(self, addr):
        out = subprocess.run(["addr2line", "-fie", self.vmlinux, hex(addr)], check=True,
                             stdout=subprocess.PIPE).stdout.decode().splitlines()
        found = []
        for func, at in zip(out[::2], out[1::2]):
            path, _, line = at.split(" ")[0].rpartition(":")
            found.append((func, path, int(line) if line.isdigit() else 0))
        return found


def first_report(text, shadow=False):
    """The first complaint of a mutant's part of the console. shadow: the kernel checks by KASAN's shadow memory."""
    best = None
    for pattern in HEADS:
        m = pattern.search(text)
        if m and (best is None or m.start() < best[0].start()):
            best = (m, m.groupdict())
    if best is None:
        return None
    got = best[1]
    report = {"what": got["what"], "place": got.get("where"), "back": 1 if got.get("where") else 0, "addr": None, "span": 1, "regs": {}}
    rest = text[best[0].start():]
    end = rest.find("---[ end trace")
    rest = rest[:end] if end > 0 else rest
    trace = re.split(r"\n\S*(?:Allocated by task|Freed by task|The buggy address)", rest)[0]
    report["frames"] = re.findall(r"(?<![\w.])([\w.]+\+0x[0-9a-f]+/0x[0-9a-f]+)", trace)
    if got.get("where"):
        m = re.search(r"(Read|Write) of size (\d+) at addr ([0-9a-f]+)", rest)
        report["addr"] = int(m.group(3), 16) if m else None
    elif got.get("addr"):
        report["addr"] = int(got["addr"], 16)
        m = re.search(r"RIP: 0010:(\S+)", rest)
        report["place"] = m.group(1) if m else None
        for name, value in re.findall(r"\b(R[A-Z0-9]{1,2}): ([0-9a-f]{16})\b", rest):
            report["regs"].setdefault(name.lower(), int(value, 16))
        # Documentation/x86/x86_64/mm.rst: where the shadow begins, with four levels of page tables and with five
        m = re.search(r"KASAN: [\w-]+(?: [\w-]+)? in range \[0x([0-9a-f]+)-0x([0-9a-f]+)\]", rest)
        if m:
            report["addr"], report["span"] = int(m.group(1), 16), 8
        elif shadow and (0xffffec0000000000 if "RSP: 0018:ffffc9" in rest else 0xffdf000000000000) <= report["addr"] < 0xfffffc0000000000:
            report["addr"], report["span"] = (report["addr"] - SHADOW << 3) & MASK, 8
    return report


def parse(claim):
    m = ANSWER.match(claim)
    answer = {"claim": claim, "names": [], "member": None, "owner": None, "off": None, "value": None, "scope": None}
    if m:
        answer.update(m.groupdict())
        answer["value"] = 0 if m.group("value") == "NULL" else int(m.group("value"), 16)
        more = MEMBER.search(claim)
        if more:
            answer.update(member=more.group("member"), owner=more.group("owner"), off=int(more.group("off"), 16))
    else:
        m = CHECKED.match(claim)
        if not m:
            return None
        answer.update(m.groupdict())
        answer["base"] = re.split(r"->|\.|\[", m.group("text"))[0]
    scope = re.search(r"; a variable of (\w+)", claim)
    answer["scope"] = scope.group(1) if scope else None
    also = re.search(r"; also called ([^;]+)", claim)
    answer["names"] = [answer["text"]] + (also.group(1).split(", ") if also else [])
    return answer


def alternatives(path):
    """a.{b|c} to [a.b, a.c]; indexes go."""
    path = re.sub(r"\[[^\]]*\]", "", path)
    m = re.match(r"(.*)\{(.*)\}(.*)$", path)
    return [m.group(1) + x + m.group(3) for x in m.group(2).split("|")] if m else [path]


def lies_at(paths, types, low, high):
    """Is one of the members somewhere in low…high of the struct?"""
    for path, off, size, *_ in types[1]:
        if off < high and low < off + size:
            for p in paths:
                if p == path or path.startswith(p + ".") or p.startswith(path + "."):
                    return True
    return False


def is_mutant(site, types):
    """Not a chain whose member is no pointer."""
    return site["kind"] != "chain" or any(p == site["via"] and to for p, _, _, _, to, _ in types.get(site["struct"], [0, []])[1])


def listed(site, value, texts):
    """"right", "WRONG", or "" when the variable is not among those that have a value."""
    found = [int(v, 16) for t in texts for v in re.findall(r"(?<![\w>.])%s = 0x([0-9a-f]+) \(" % re.escape(site["var"]), t)]
    if site["kind"] != "pointer" or not found:
        return ""
    return "right" if found == [value] else "WRONG"


def judge(site, value, report, answer, types, source):
    """(word, reason)"""
    if not answer:
        return "silent", ""
    low = (report["addr"] - value) & MASK
    low = low - 2**64 if low >> 63 else low
    high = low + report["span"]
    if site["kind"] == "index":
        want = site["field"].split("->")[-1].split(".")[-1]
        if re.search(r"\b%s\[" % re.escape(want), answer["text"]):
            return "right", ""
        at = None if answer["value"] is None else (answer["value"] + (answer["off"] or 0)) & MASK
        if answer["scope"] not in (None, site["func"]) and at is not None and report["addr"] <= at + 7 < report["addr"] + report["span"] + 7 and \
                re.search(r"\b%s\s*\([^;]*%s\[%s\]" % (answer["scope"], re.escape(site["field"]), re.escape(site["var"])), site["text"]):
            return "other name", "%s of %s is the argument with the index" % (answer["base"], answer["scope"])
        return "WRONG", "the index %s into %s was bad" % (site["var"], site["field"])
    struct = site["struct"]
    if site["kind"] == "chain":
        struct = next((to for path, _, _, _, to, _ in types.get(struct, [0, []])[1] if path == site["via"]), None)
    t = types.get(struct)
    if not t:
        return "far", "gdb does not know the struct behind " + site["var"]
    inside = low < t[0] and high > 0
    var = site["var"]
    for name in answer["names"]:
        if name == "*" + var and inside and low <= 0:
            return "right", "*p"
        if re.match(re.escape(var) + r"->", name) and inside:
            member = name[len(var) + 2:]
            if lies_at(alternatives(member), t, low, high) and (answer["off"] is None or name != answer["text"] or
                                                                low - 8 < answer["off"] < high):
                return "right", ""
            return "WRONG", "the member is not at 0x%x of struct %s" % (low, struct)
    if not inside:
        return "far", "the address is 0x%x bytes from %s" % (low, var)
    if answer["value"] is None:
        # KASAN's own report: no registers; the type and the member have to do
        same = answer["owner"] == "struct " + struct and answer["member"] and lies_at(alternatives(answer["member"]), t, low, high)
        sub = answer["owner"] and answer["member"] and any(
            kind == answer["owner"] and lies_at([path + "." + p for p in alternatives(answer["member"])], t, low, high)
            for path, off, size, kind, *_ in t[1])
        # func(&p->member), func inlined there: its parameter is that address
        for func in report["inlined"] if answer["text"].startswith("*") else []:
            m = re.search(r"\b%s\s*\(\s*&%s->([\w.]+)\s*[,)]" % (re.escape(func), re.escape(var)), site["text"])
            same = same or m and lies_at([m.group(1)], t, low, high)
        ok, why = same or sub, "type or member is another one"
    else:
        delta = answer["value"] - value
        if answer["off"] is None:
            ok, why = False, "no member is named"
            if answer["text"].startswith("*") or re.match(r"\w+\[", answer["text"]):
                ok = any(off == delta and low < off + size and off < high for _, off, size, *_ in t[1])
        elif delta == 0 and answer["owner"] == "struct " + struct:
            ok, why = low - 8 < answer["off"] < high, "another offset"
        else:
            ok = any(kind == answer["owner"] and off <= delta < off + size and (delta - off) % one == 0
                     for _, off, size, kind, _, one in t[1]) and low - 8 < answer["off"] + delta < high
            why = "no %s at 0x%x of struct %s" % (answer["owner"], delta & MASK, struct)
    if not ok:
        return "WRONG", why
    other = answer["base"] if site["kind"] == "chain" else re.split(r"->|\.|\[", answer["base"].lstrip("*("))[0]
    scope = answer["scope"] or report.get("func")
    if scope and scope.split(".")[0] not in (site["func"], site["func"].replace("__do_sys_", "__se_sys_")):
        return "other name", "%s of %s" % (answer["base"], scope)
    if answer["value"] is None and report["inlined"]:
        return "other name", "%s of %s" % (answer["text"], report["inlined"][0])
    if re.search(r"\b%s\s*=[^=;]*\b%s\b|\b%s\s*=[^=;]*\b%s\b" % (re.escape(other), re.escape(var), re.escape(var), re.escape(other)), source):
        return "other name", "%s is assigned from or to %s" % (other, var)
    return "WRONG", "%s is another variable of the same function" % answer["base"]
