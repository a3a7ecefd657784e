"""Logs made of the symbols of the programs of tests/run/symbols, through `kdoc decode`.

What a frame has to become is told by addr2line: of a return address the byte before, of the program counter itself
the address as it is.
"""
import json
import os

import symbols_programs as programs


def named(program, name):
    return sorted((s for s in program.symbols if s.name == name), key=lambda s: s.addr)


def frame(program, name, offset, which=0):
    s = named(program, name)[which]
    return "%s+%#x/%#x" % (name, offset, s.size)


class Truth:
    def __init__(self, program):
        self.program, self.kept = program, {}

    def learn(self, addresses):
        self.kept.update(programs.by_addr2line(self.program, [(a, s) for s, a in addresses]))

    def chain(self, address):
        """[(function, "dir/file.c:12")], innermost first; the last name is the symbol's, which the log has already."""
        if address not in self.kept:
            owner = [s for s in self.program.symbols if s.addr <= address < s.addr + s.size][0]
            self.learn([(owner, address)])
        return [(p.func, "%s:%d" % (os.path.relpath(os.path.normpath(os.path.join(self.program.folder, p.file)),
                                                    self.program.folder), p.line)) for p in self.kept[address]]


def expected(truth, prefix, text, address, exact, alone=True):
    """The lines that decode has to print for one line `prefix + text`."""
    chain = truth.chain(address if exact else address - 1)
    if not alone:
        return ["%s%s %s" % (prefix, text, chain[0][1])]
    return ["%s%s %s [inline]" % (prefix, f, where) for f, where in chain[:-1]] + ["%s%s %s" % (prefix, text, chain[-1][1])]


def places(program):
    """(symbol, offset) of many return addresses; none in a function whose name and size another has."""
    for s in sorted(set(program.symbols), key=lambda s: s.addr):
        twins = [t for t in named(program, s.name) if t.size == s.size]
        if len(twins) > 1 or not s.size:
            continue
        for offset in sorted({1, 5, s.size // 3, s.size // 2, s.size - 1}):
            if 0 < offset < s.size:
                yield s, offset


def all_frames(case, decode, plain, module):
    truth, inside = Truth(plain), Truth(module)
    truth.learn([(s, s.addr + o - 1) for s, o in places(plain)] + [(s, s.addr + o) for s, o in places(plain)])
    inside.learn([(s, s.addr + o - 1) for s, o in places(module)])
    for name, prefix in (("bare", " "), ("uncertain", " ? "), ("stamped", "[   12.345678]  "), ("thread", "[   12.345678][  T77]  ? "),
                         ("syslog", "Jan  2 10:00:00 host kernel: [   12.345678]  "), ("level", "<4>[   12.345678]  "),
                         ("old", "[   12.345678]  [<ffffffff81000010>] ? ")):
        log, want = ["Call Trace:"], ["Call Trace:"]
        for s, o in places(plain):
            text = "%s+%#x/%#x" % (s.name, o, s.size)
            log.append(prefix + text)
            want += expected(truth, prefix, text, s.addr + o, False)
        got = decode(log, plain.path)
        case("decode-frames-" + name, got == want, first_difference(got, want))
        if name == "stamped":
            got = decode([line + "\r" for line in log], plain.path)
            case("decode-crlf", got == want, first_difference(got, want))
            case("decode-again", decode(want, plain.path) == want, first_difference(decode(want, plain.path), want))
    log, want = [], [] # with other words behind it the innermost place
    for s, o in places(plain):
        text = "BUG: KASAN: use-after-free in %s+%#x/%#x or so" % (s.name, o, s.size)
        log.append(text)
        want += expected(truth, "", text, s.addr + o, False, alone=False)
    got = decode(log, plain.path)
    case("decode-within-words", got == want, first_difference(got, want))
    log, want = [], []
    for s, o in places(module):
        text = "%s+%#x/%#x [testmod]" % (s.name, o, s.size)
        log.append(" " + text)
        want += expected(inside, " ", text, s.addr + o, False)
    got = decode(log, module.path)
    case("decode-frames-module", got == want, first_difference(got, want))
    case("decode-again-module", decode(want, module.path) == want, first_difference(decode(want, module.path), want))
    for name, prefix in (("rip", "[    1.0] RIP: 0010:"), ("pc", "pc : "), ("pc-is-at", "PC is at "), ("nip", "NIP [c000000000012345] "),
                         ("epc", "epc : "), ("warning", "WARNING: CPU: 0 PID: 1 at first.c:1 ")):
        log, want = [], []
        for s, o in places(plain):
            text = "%s+%#x/%#x" % (s.name, o, s.size)
            log.append(prefix + text)
            want += expected(truth, prefix, text, s.addr + o, True)
        got = decode(log, plain.path)
        case("decode-exact-" + name, got == want, first_difference(got, want))


def first_difference(got, want):
    for a, b in zip(got, want):
        if a != b:
            return "%r, not %r" % (a, b)
    return "%d lines, not %d" % (len(got), len(want))


def exceptions(case, states, plain):
    """Behind the entry code of an exception the next frame is the interrupted place, unless RIP gives it."""
    inner, outer = frame(plain, "alpha", 9), frame(plain, "beta", 7)
    for entry in ("asm_exc_page_fault+0x26/0x30", "? asm_exc_page_fault+0x26/0x30", "el1h_64_sync+0x64/0x68",
                  "asm_sysvec_apic_timer_interrupt+0x1a/0x20"):
        pcs = [f["pc"] for f in states([" " + entry, " " + inner, " " + outer], plain.path)]
        case("decode-entry-" + entry.strip("? ").split("+")[0], pcs == ["return", "exact", "return"], pcs)
    pcs = [f["pc"] for f in states([" asm_exc_page_fault+0x26/0x30", " RIP: 0010:" + inner, " " + outer], plain.path)]
    case("decode-entry-with-rip", pcs == ["return", "exact", "return"], pcs)


def limits(case, decode, states, plain):
    s = named(plain, "dead_end")[0]
    text = "dead_end+%#x/%#x" % (s.size, s.size)
    got = states([" " + text, " RIP: 0010:" + text, " dead_end+%#x/%#x" % (s.size + 1, s.size), " nothing+0x1/0x2"], plain.path)
    case("decode-offset-is-size", got[0].get("offset_is_size") and got[0]["state"] == "decoded"
         and got[0]["matches"][0]["looked_up"] == "%#x" % (s.addr + s.size - 1), got[0])
    case("decode-offset-is-size-text", decode([" " + text], plain.path)[-1].endswith("(offset = size: maybe no call)"), "not marked")
    case("decode-outside", [f["state"] for f in got[1:]] == ["outside", "outside", "no_symbol"] and
         not any("matches" in f for f in got[1:]), got[1:])
    wrong = states([" alpha+0x9/%#x" % (named(plain, "alpha")[0].size + 16)], plain.path)
    case("decode-other-size", wrong[0]["state"] == "size_differs", wrong)
    case("decode-other-size-text", decode([" alpha+0x9/0xfff0"], plain.path) == [" alpha+0x9/0xfff0"], "it was given a line")


def one_name(case, decode, states, plain):
    truth = Truth(plain)
    both = named(plain, "same_name")
    case("decode-names-differ", len(both) == 2 and both[0].size != both[1].size, both)
    for i, s in enumerate(both):
        text = "same_name+0x5/%#x" % s.size
        got = decode([" " + text], plain.path)
        case("decode-by-size-%d" % i, got == expected(truth, " ", text, s.addr + 5, False), got)
        found = states([" " + text], plain.path)[0]
        case("decode-by-size-json-%d" % i, found["state"] == "decoded" and found["left_out_by_size"] == 1, found)
    twins = named(plain, "same_size")
    case("decode-names-alike", len(twins) == 2 and twins[0].size == twins[1].size, twins)
    found = states([" same_size+0x3/%#x" % twins[0].size], plain.path)[0]
    case("decode-several-json", found["state"] == "several" and sorted(m["symbol_address"] for m in found["matches"]) ==
         sorted("%#x" % s.addr for s in twins), found)
    line = decode([" same_size+0x3/%#x" % twins[0].size], plain.path)[-1]
    wanted = [truth.chain(s.addr + 2)[0][1] for s in twins]
    case("decode-several-text", all(w in line for w in wanted) and " | " in line and "one of 2 functions" in line, (line, wanted))


OOPS = """BUG: kernel NULL pointer dereference, address: 0000000000000010
#PF: supervisor read access in kernel mode
#PF: error_code(0x0000) - not-present page
Oops: 0000 [#1] PREEMPT SMP
CPU: 1 PID: 77 Comm: cat Not tainted %s #1 SMP PREEMPT_DYNAMIC Test 6.1.1-1 (2026-01-02)
RIP: 0010:%s
Code: 00 00 00 <8b> 00
Call Trace:
 <TASK>
 %s
 ? %s
 %s
 </TASK>
---[ end trace 0000000000000000 ]---"""


def oops(plain, release="6.1.0-kdoc"):
    return (OOPS % (release, frame(plain, "alpha", 9), frame(plain, "caller", 12), frame(plain, "beta", 11),
                    frame(plain, "_start", 6))).splitlines()


def scanned_again(case, kdoc, decode, plain, module):
    """Who reads the log after decode finds the same report in it."""
    for name, prefix in (("plain", ""), ("stamped", "[    1.234567] "), ("syslog", "Jan  2 10:00:00 host kernel: [    1.234567] ")):
        log = [prefix + line for line in oops(plain)]
        after = decode(log, plain.path)
        case("decode-changes-" + name, len(after) > len(log) and after != log, "nothing was decoded")
        told = []
        for text in (log, after):
            data = ("\n".join(text) + "\n").encode()
            titles = json.loads(kdoc("scan", "--format=titles", "-", data=data)[1])
            found = json.loads(kdoc("investigate", "--json", "-", data=data)[1])
            told.append(([(t["title"], t["type"], t.get("frame"), t.get("func")) for t in titles],
                         [r.get("title") for r in found.get("reports", [])], found.get("title")))
        case("decode-title-" + name, told[0] == told[1] and told[0][0], told)
    log = [line.replace("caller+", "alpha+").replace(frame(plain, "caller", 12).split("+")[1], frame(module, "alpha", 12).split("+")[1]
                                                     + " [testmod]") for line in oops(plain)]
    both = decode(log, plain.path + ":" + module.path)
    inside = [line for line in both if "[testmod] " in line]
    want = expected(Truth(module), " ", frame(module, "alpha", 12) + " [testmod]", named(module, "alpha")[0].addr + 12, False)[-1]
    case("decode-kernel-and-module", inside == [want], (inside, want))


def two_kernels(case, decode_json, plain):
    log = "\n".join(oops(plain) + ["Linux version 6.1.0-new (a@b) #2"] + oops(plain, "6.1.0-new")) + "\n"
    _, document, err = decode_json(log, "--only", "-d", plain.path)
    states = [f["state"] for line in document["lines"] for f in line["frames"]]
    case("decode-two-kernels", states == ["decoded"] * 4 + ["other_kernel"] * 4, (states, err))


def part(case, kdoc, decode_json, plain, module):
    def decode(log, debug):
        _, out, _ = kdoc("decode", "--only", "-d", debug, "-", data=("\n".join(log) + "\n").encode())
        return out.splitlines()

    def states(log, debug):
        _, document, _ = decode_json("\n".join(log) + "\n", "--only", "-d", debug)
        return [f for line in document["lines"] for f in line["frames"]]

    all_frames(case, decode, plain, module)
    exceptions(case, states, plain)
    limits(case, decode, states, plain)
    one_name(case, decode, states, plain)
    scanned_again(case, kdoc, decode, plain, module)
    two_kernels(case, decode_json, plain)
