"""The part "code" of symbol-referees: kdoc's instructions of real functions against objdump's.

  disasm   functions of a file as `kdoc disasm` lists them: every instruction that objdump has from the symbol to its end
  Code:    lines as the kernel prints them (x86: 42 bytes before the marked one and 21 behind, arm64: four words and the marked
           one), made of the file's bytes around instructions, in reports for `kdoc investigate`: what is marked as certain or
           agreed has to be an instruction of objdump's, with its length and text; of "one_of" nothing is claimed

Differences of text that are none of meaning have the classes of tests/run/insn.
"""
import collections
import json
import os
import random
import re

import symbols_programs as programs

FUNCTIONS, MARKS = 60, 40
CUT = "lists that end at an instruction that the decoder does not know, which is said"
HEAD = {"x86_64": """BUG: kernel NULL pointer dereference, address: 0000000000000010
Oops: 0000 [#%d] PREEMPT SMP
CPU: 1 PID: 77 Comm: cat Not tainted
RIP: 0010:%s
Code: %s
RSP: 0018:ffffc9000012bd48 EFLAGS: 00010246
RAX: 0000000000000000 RBX: 0000000000000000 RCX: 0000000000000000
Call Trace:
 <TASK>
 </TASK>
---[ end trace 0000000000000000 ]---
""", "arm64": """Unable to handle kernel NULL pointer dereference at virtual address 0000000000000010
Internal error: Oops: 0000000096000004 [#%d] SMP
CPU: 1 PID: 77 Comm: cat Not tainted
pstate: 60000005 (nZCv daif -PAN -UAO -TCO -DIT -SSBS BTYPE=--)
pc : %s
sp : ffff80000a1bbd20
x29: ffff80000a1bbd20 x28: ffff000003a0a040 x27: 0000000000000000
Code: %s
---[ end trace 0000000000000000 ]---
"""}


def run_kdoc(symbols, *arguments, data=b""):
    status, out, err = symbols.kdoc(*arguments, data=data)
    try:
        return status, json.loads(out)
    except ValueError:
        return status, {"error": out[-200:] + err[-200:]}


class Function:
    def __init__(self, insn, program, symbol):
        arch = "arm64" if program.kind.arch == "aarch64" else "x86_64"
        base = symbol.section.addr if program.kind.relocatable else 0
        start = symbol.addr - base
        rows, self.inside = insn.objdump(program.path, symbol.section.name, start, start + symbol.size, arch)
        self.symbol, self.arch = symbol, arch
        self.rows = [(a - start, raw, text) for a, raw, text in rows]
        self.inside = {a - start for a in self.inside}
        self.start = start

    def bytes(self):
        return bytes.fromhex("".join(self.in_memory(raw) for _, raw, _ in self.rows))

    def in_memory(self, raw):
        if self.arch == "x86_64":
            return raw
        return bytes.fromhex(raw)[::-1].hex() # printed as one little-endian word

    def whole(self):
        return self.rows and all(a == sum(len(r) // 2 for _, r, _ in self.rows[:i]) for i, (a, _, _) in enumerate(self.rows))


def chosen(insn, program, pick):
    """Functions that have one name, one symbol, and a size."""
    at, named = collections.Counter(), collections.Counter()
    for s in program.symbols:
        at[s.addr] += 1
        named[s.name] += 1
    good = [s for s in program.symbols if s.type == "FUNC" and 16 <= s.size < 1 << 15 and at[s.addr] == 1 and named[s.name] == 1]
    return [Function(insn, program, s) for s in pick.sample(good, min(FUNCTIONS, len(good)))]


BRANCH = re.compile(r"^((?:\S+ +)*?(?:call|j\w+(?:,p[nt])?|loop\w*|xbegin) +)0x([0-9a-f]+)$")


def as_objdump(text, function, base, at):
    """A branch's target counted as objdump does: within the section of a relocatable file; kdoc: from where it put the section
    (base), or in a Code: line from the function's start, or from the instruction (at)."""
    text = re.sub(r"<([+-]0x[0-9a-f]+)>", lambda m: "%#x" % ((function.start + int(m.group(1), 16)) % 2**64), text)
    text = re.sub(r" \.([+-]0x[0-9a-f]+)$", lambda m: " %#x" % (((at & -4096 if "adrp" in text else at) + int(m.group(1), 16)) % 2**64), text)
    return BRANCH.sub(lambda m: m.group(1) + "%x" % ((int(m.group(2), 16) - base) % 2**64), text) if base else text


def compare(insn, t, function, mine, base):
    """mine: offset → (length, text); of these offsets alone."""
    rows = [(function.start + a, raw, text) for a, raw, text in function.rows if a in mine]
    got = {function.start + a: (n, as_objdump(text, function, base, function.start + a)) for a, (n, text) in mine.items()}
    insn.compare(rows, got, function.arch, t, None, {function.start + a for a in function.inside})


def disasm(case, symbols, insn, program, module, functions):
    t = insn.Totals(os.path.basename(program.path))
    lost = []
    for f in functions:
        where = ["-m", module] if module else []
        status, document = run_kdoc(symbols, "disasm", "--json", "--only", "-d", program.path, *where, "%#x" % f.symbol.addr)
        mine = {i["offset"]: (len(i["bytes"]) // 2, i["text"]) for i in document.get("instructions", [])}
        wrong = [a for a, raw, _ in f.rows if a in mine and a not in f.inside and
                 document["instructions"] and f.in_memory(raw) != bytes_of(document, a)]
        unknown = document.get("unknown_at", f.symbol.size)
        missing = [a for a, _, _ in f.rows if a not in mine and a < unknown]
        t.classes.update({CUT: t.classes.get(CUT, 0) + 1} if unknown < f.symbol.size else {})
        if status or wrong or missing:
            lost.append((f.symbol.name, status, "bytes %s" % wrong[:3], "missing %s" % missing[:3], document.get("error")))
        compare(insn, t, f, mine, f.symbol.section.addr if program.kind.relocatable else 0)
    name = os.path.basename(program.path)
    case("disasm-" + name, not lost and not t.lengths and not t.texts and t.insns, "%s %s" % (lost[:2], t.failures[:3]))
    return t


def bytes_of(document, offset):
    return next(i["bytes"] for i in document["instructions"] if i["offset"] == offset)


def code_line(function, at, index):
    data = function.bytes()
    if function.arch == "x86_64":
        hexes = ["%02x" % b for b in data[max(0, at - 42):at + 22]]
        mark = min(42, at)
        hexes[mark] = "<%s>" % hexes[mark]
    else:
        words = [data[i:i + 4][::-1].hex() for i in range(max(0, at - 16), at + 4, 4)]
        hexes = words[:-1] + ["(%s)" % words[-1]]
    return HEAD[function.arch] % (index, "%s+%#x/%#x" % (function.symbol.name, at, function.symbol.size), " ".join(hexes))


def code_lines(case, symbols, insn, program, functions, pick):
    t, kinds = insn.Totals(os.path.basename(program.path)), collections.Counter()
    good = [f for f in functions if f.whole()]
    marks = [(f, pick.choice(f.rows)[0]) for f in (pick.choice(good) for _ in range(MARKS if good else 0))]
    wrong = []
    for index, (f, at) in enumerate(marks):
        _, document = run_kdoc(symbols, "investigate", "--json", "-", data=code_line(f, at, index + 1).encode())
        code = (document.get("findings") or [{}])[0].get("code", {})
        claimed = [i for i in code.get("instructions", []) if i["boundary"] != "one_of"]
        kinds.update(i["boundary"] for i in code.get("instructions", []))
        real = {a for a, _, _ in f.rows}
        end = at + 22 if f.arch == "x86_64" else at + 4 # what is cut off there is none
        mine = {at + i["at"]: (i["length"], i["text"]) for i in claimed if at + i["at"] + 15 <= end or i["at"] <= 0}
        no_place = [a for a in mine if a not in real and a not in f.inside]
        if at not in mine or no_place:
            wrong.append((f.symbol.name, hex(at), no_place[:3], str(code)[:200] if not mine else ""))
        compare(insn, t, f, {a: v for a, v in mine.items() if a in real}, 0)
    name = os.path.basename(program.path)
    case("code-" + name, not marks or (not wrong and not t.lengths and not t.texts), "%s %s" % (wrong[:3], t.failures[:3]))
    return t, kinds, len(marks)


def part(case, symbols, insn, program, module, total):
    pick = random.Random(os.path.basename(program.path))
    functions = chosen(insn, program, pick)
    if not functions:
        print("    code: no function of its own in %s" % os.path.basename(program.path))
        return
    listed = disasm(case, symbols, insn, program, module, functions)
    read, kinds, marks = code_lines(case, symbols, insn, program, functions, pick)
    print("    objdump              %d functions, %d instructions, %d differ (%s); %d Code: lines, %d instructions, %d differ; %s" % (
        len(functions), listed.insns, listed.lengths + listed.texts,
        ", ".join("%d %s" % (n, what) for what, n in sorted(listed.classes.items())) or "no known class",
        marks, read.insns, read.lengths + read.texts, ", ".join("%d %s" % (n, k) for k, n in sorted(kinds.items()))))
    for what, n in (("instructions listed", listed.insns), ("Code: lines", marks), ("instructions of Code: lines", read.insns),
                    ("instructions that differ", listed.lengths + listed.texts + read.lengths + read.texts)):
        total[what] += n
