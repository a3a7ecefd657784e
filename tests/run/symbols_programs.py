"""Programs for tests/run/symbols: C sources, ways to build them, and what addr2line and llvm-symbolizer say.

Every program is freestanding.  As a linked file it is like a vmlinux: it lies at the kernel's address, has the text
"Linux version …" in .rodata and a build-id; as a relocatable file (ld -r) it is like a module, with .modinfo.
"""
import collections
import os
import random
import re
import shutil
import subprocess

BANNER = "Linux version 6.1.0-kdoc (builder@host) (cc) #%d SMP PREEMPT_DYNAMIC Test 6.1.%d-1 (2026-01-02)"

INLINE_H = """
#pragma once
typedef unsigned long ul;
#define NOINLINE __attribute__((noinline, noclone))
#define INLINE static inline __attribute__((always_inline))
extern volatile ul sink;
INLINE ul mix1(ul x)
{
	sink = x ^ 0x5bd1e995;
	return sink + (x >> 7);
}
INLINE ul mix2(ul x, ul y)
{
	ul a = mix1(x);

	if (a & 16)
		a += mix1(y + a);
	sink += a;
	return a;
}
INLINE ul mix3(ul x)
{
	ul sum = 0;

	for (ul i = 0; i < (x & 31); i++) {
		sum += mix2(x, i);
		sink = sum;
	}
	return mix1(sum);
}
INLINE ul mix4(ul x)
{
	return mix3(x) + mix2(x, 3);
}
"""

FIRST_C = """
#include "lib/inline.h"
volatile ul sink;
ul beta(ul);
ul split(ul);
ul gamma_entry(ul);
ul generated(ul);
static NOINLINE ul same_name(ul x)
{
	sink = x;
	return mix3(x + 1);
}
static NOINLINE ul same_size(ul x)
{
	sink = x + 17;
	return sink;
}
NOINLINE ul alpha(ul x)
{
	ul a = mix4(x);

	a += same_name(a);
	return a + same_size(a);
}
static NOINLINE ul dead_end(ul x)
{
	sink = mix2(x, x);
	__builtin_trap();
}
NOINLINE ul caller(ul x)
{
	if (x == 77)
		return dead_end(x);
	return alpha(x) + beta(x);
}
void _start(void)
{
	sink = caller(sink) + split(sink) + gamma_entry(sink) + generated(sink);
	for (;;)
		;
}
"""

SECOND_C = """
#include "./inline.h"
static NOINLINE ul same_name(ul x)
{
	sink = x * 3;
	return mix1(x) ^ mix2(x, x) ^ mix4(sink);
}
static NOINLINE ul same_size(ul x)
{
	sink = x + 19;
	return sink;
}
NOINLINE ul beta(ul x)
{
	return same_name(mix3(x)) * same_size(x);
}
"""

SPLIT_C = """
#include "lib/inline.h"
__attribute__((cold, noinline)) static void rare(ul x)
{
	sink = x;
}
NOINLINE ul split(ul x)
{
	ul a = mix2(x, 9);

	if (x == 12345) {
		rare(mix3(a));
		sink = a;
		rare(a + mix1(x));
		return sink;
	}
	return a + mix1(a);
}
"""

SECTIONS_C = """
#include "lib/../lib/inline.h"
__attribute__((section(".init.text"))) NOINLINE ul gamma_init(ul x)
{
	return mix4(x);
}
__attribute__((section(".text.other"))) NOINLINE ul gamma_other(ul x)
{
	return mix3(x) - mix1(x);
}
NOINLINE ul gamma_entry(ul x)
{
	return gamma_init(x) + gamma_other(x);
}
"""

WALK_C = """
#include "lib/inline.h"
struct walk_node {
	ul key;
	struct walk_node *next;
	ul value[4];
};
NOINLINE ul walk(struct walk_node *node, ul key)
{
	while (node && node->key != key)
		node = node->next;
	if (!node)
		return mix1(key);
	node->value[0] = mix2(key, 3);
	return node->value[3];
}
"""

IDENT_C = """
__attribute__((used, section(".rodata"))) const char linux_banner[] = "%s\\n";
"""

MODINFO_C = """
__attribute__((used, section(".modinfo"))) static const char i1[] = "name=%s";
__attribute__((used, section(".modinfo"))) static const char i2[] = "vermagic=6.1.0-kdoc SMP preempt";
"""


def generated(seed, functions=24):
    """Functions that call each other, inlined or not, three deep and more."""
    pick = random.Random(seed)
    out = ['#include "lib/inline.h"']
    names = []
    for i in range(functions):
        kind = pick.choice(["INLINE", "INLINE", "static NOINLINE", "static"])
        body = ["\tul r = x + %d;" % pick.randrange(99)]
        for _ in range(pick.randrange(2, 6)):
            callee = pick.choice(names[-6:] + ["mix1", "mix3"])
            body.append(pick.choice(["\tr += %s(r);", "\tif (r & %d)\n\t\tr ^= %%s(x);" % (1 << pick.randrange(8)),
                                     "\tsink = r;\n\tr -= %s(sink);"]) % callee)
        names.append("g%d" % i)
        out.append("%s ul %s(ul x)\n{\n%s\n\treturn r;\n}" % (kind, names[-1], "\n".join(body)))
    out.append("ul generated(ul x)\n{\n\treturn %s;\n}" % " + ".join("%s(x)" % n for n in names[-4:]))
    return "\n".join(out) + "\n"


PLAIN = ".unpacked"
Kind = collections.namedtuple("Kind", "name cc flags relocatable arch")
Program = collections.namedtuple("Program", "kind path folder sections symbols")
Symbol = collections.namedtuple("Symbol", "name addr size section")
Section = collections.namedtuple("Section", "index name type addr size align flags")
Place = collections.namedtuple("Place", "func file line column")


def run(*arguments, data=b"", folder=None, timeout=300):
    return subprocess.run(list(arguments), input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
                          timeout=timeout, check=False)


def kinds():
    """(kinds to build, names of skipped ones with the reason)"""
    found, missing = [], []
    for cc in ("gcc", "clang", "aarch64-linux-gnu-gcc"):
        if not shutil.which(cc):
            missing.append((cc, "it is not installed"))
            continue
        arch = "aarch64" if cc.startswith("aarch64") else os.uname().machine
        short = {"aarch64-linux-gnu-gcc": "arm64"}.get(cc, cc)
        for dwarf in ("4", "5"):
            g = ["-gdwarf-" + dwarf]
            tag = "%s-dwarf%s" % (short, dwarf)
            found += [Kind(tag, cc, g, False, arch), Kind(tag + "-module", cc, g, True, arch),
                      Kind(tag + "-zlib", cc, g + ["-gz=zlib"], False, arch),
                      Kind(tag + "-zlib-module", cc, g + ["-gz=zlib"], True, arch),
                      Kind(tag + "-zstd", cc, g, False, arch), # by objcopy: gcc before 13 cannot
                      Kind(tag + "-types", cc, g + ["-fdebug-types-section"], False, arch),
                      Kind(tag + "-sections", cc, g + ["-ffunction-sections"], True, arch),
                      Kind(tag + "-O1", cc, g + ["-O1"], False, arch)]
            found += [Kind(tag + "-split", cc, g + ["-gsplit-dwarf"], False, arch),
                      Kind(tag + "-split-module", cc, g + ["-gsplit-dwarf"], True, arch)]
            if cc != "aarch64-linux-gnu-gcc" and tag != "gcc-dwarf5": # binutils' dwp knows DWARF 4
                found += [Kind(tag + "-dwp", cc, g + ["-gsplit-dwarf"], False, arch)]
            if cc != "aarch64-linux-gnu-gcc" and tag != "clang-dwarf5": # dwz leaves .debug_addr alone
                found += [Kind(tag + "-dwz", cc, g, False, arch)]
            if cc == "gcc":
                found += [Kind(tag + "-lto", cc, g + ["-flto", "-ffat-lto-objects"], False, arch)]
    found.append(Kind("gcc-dwarf3", "gcc", ["-gdwarf-3", "-gstrict-dwarf"], False, os.uname().machine))
    found.append(Kind("gcc-dwarf2", "gcc", ["-gdwarf-2"], False, os.uname().machine))
    return [k for k in found if shutil.which(k.cc)], missing


def sources(folder, number=1, module=None):
    files = {"lib/inline.h": INLINE_H, "first.c": FIRST_C, "lib/second.c": SECOND_C, "split.c": SPLIT_C,
             "sections.c": SECTIONS_C, "walk.c": WALK_C, "generated.c": generated(4),
             "ident.c": MODINFO_C % module if module else IDENT_C % (BANNER % (number, number))}
    os.makedirs(os.path.join(folder, "lib"), exist_ok=True)
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text.lstrip())
    return sorted(name for name in files if name.endswith(".c"))


def compiler(kind):
    flags = ["-O2", "-ffreestanding", "-fno-pic", "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-nostdlib",
             "-I."] + kind.flags
    if kind.arch == "x86_64":
        flags += ["-mcmodel=kernel", "-mno-red-zone", "-fcf-protection=none"]
    return [kind.cc] + flags


def build(kind, folder, number=1, build_id="sha1"):
    """The Program, or a text that says why it cannot be built here."""
    if "-gsplit-dwarf" in kind.flags:
        # the same code with its debug info in it: for referees, which do not all know .dwo files
        twin = build(kind._replace(name="twin", flags=[f for f in kind.flags if f != "-gsplit-dwarf"]), folder, number,
                     build_id)
        if isinstance(twin, str):
            return twin
        os.rename(twin.path, twin.path + PLAIN)
    module = "testmod" if kind.relocatable else None
    cc = compiler(kind)
    objects = []
    for source in sources(folder, number, module):
        objects.append(os.path.basename(source)[:-2] + ".o")
        done = run(*cc, "-c", "./" + source, "-o", objects[-1], folder=folder)
        if done.returncode:
            return done.stderr.decode(errors="replace").strip().splitlines()[-1]
    out = "testmod.ko" if module else "vmlinux"
    if module:
        prefix = "aarch64-linux-gnu-" if kind.cc.startswith("aarch64") else ""
        done = run(prefix + "ld", "-r", "--build-id=" + build_id, "-o", out, *objects, folder=folder)
    else:
        text = "0xffffffff81000000" if kind.arch == "x86_64" else "0xffff800008000000"
        done = run(*cc, "-static", "-no-pie", "-Wl,--build-id=" + build_id, "-Wl,-Ttext-segment=" + text, "-o", out,
                   *objects, folder=folder)
    if not done.returncode and kind.name.endswith("-zstd"):
        prefix = "aarch64-linux-gnu-" if kind.cc.startswith("aarch64") else ""
        shutil.copy(os.path.join(folder, out), os.path.join(folder, out + PLAIN))
        done = run(prefix + "objcopy", "--compress-debug-sections=zstd", out, folder=folder)
    if not done.returncode and kind.name.endswith("-dwp"):
        done = one_package(kind, folder, out)
    if not done.returncode and kind.name.endswith("-dwz"):
        done = shared(folder, out)
    if done.returncode:
        return (done.stderr.decode(errors="replace").strip().splitlines() or ["it failed without a word"])[-1]
    return look(kind, os.path.join(folder, out), folder)


def one_package(kind, folder, out):
    """The .dwo files into one .dwp; then they go."""
    tool = shutil.which("dwp") if kind.cc == "gcc" else shutil.which("llvm-dwp") or shutil.which("llvm-dwp-14")
    if not tool:
        return subprocess.CompletedProcess([], 1, b"", b"no dwp is installed")
    units = sorted(name for name in os.listdir(folder) if name.endswith(".dwo"))
    try:
        done = run(tool, "-o", out + ".dwp", *units, folder=folder, timeout=60)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess([], 1, b"", b"dwp does not come to an end")
    for name in units if not done.returncode else []:
        os.unlink(os.path.join(folder, name))
    return done


def shared(folder, out):
    """What the program and a copy of it have in common into a third file."""
    if not shutil.which("dwz"):
        return subprocess.CompletedProcess([], 1, b"", b"dwz is not installed")
    shutil.copy(os.path.join(folder, out), os.path.join(folder, out + PLAIN))
    shutil.copy(os.path.join(folder, out), os.path.join(folder, "second"))
    return run("dwz", "-m", "shared.dwz", "-r", out, "second", folder=folder)


def many_units(kind, folder, number=72):
    """A program of so many units that several workers have something to do."""
    sources(folder)
    with open(os.path.join(folder, "unit.c"), "w", encoding="ascii") as file:
        file.write(generated(4) + '#define F(n) G(n)\n#define G(n) f##n\n'
                   "NOINLINE ul F(N)(ul x) { return mix4(x + N); }\n#ifdef FIRST\nvolatile ul sink;\n"
                   "void _start(void) { sink = F(N)(sink); }\n#endif\n")
    objects = ["u%d.o" % i for i in range(number)]
    for i, out in enumerate(objects):
        run(*compiler(kind), "-c", "unit.c", "-DN=%d" % i, "-Dgenerated=g_%d" % i, "-O1", *(["-DFIRST"] if not i else []), "-o", out, folder=folder)
    path = os.path.join(folder, "vmlinux-many")
    done = run(*compiler(kind), "-static", "-no-pie", "-o", path, *objects, folder=folder)
    return path if not done.returncode else None


def look(kind, path, folder):
    sections, at = {}, 1 << 20
    text = run("readelf", "-SW", path).stdout.decode()
    for line in text.splitlines():
        found = re.match(r" *\[ *(\d+)\] (\S*) +(\S+) +([0-9a-f]{16}) [0-9a-f]+ ([0-9a-f]+) [0-9a-f]+ +(\w*) +\d+ +\d+ +(\d+)$",
                         line)
        if not found or found.group(3) == "NULL":
            continue
        s = Section(int(found.group(1)), found.group(2), found.group(3), int(found.group(4), 16),
                    int(found.group(5), 16), int(found.group(7)), found.group(6))
        if kind.relocatable and "A" in s.flags:
            align = s.align or 1
            at = (at + align - 1) // align * align
            s = s._replace(addr=at)
            at += s.size
        sections[s.index] = s
    symbols = []
    for line in run("readelf", "-sW", path).stdout.decode().splitlines():
        found = re.match(r" *\d+: ([0-9a-f]+) +(\d+|0x[0-9a-f]+) FUNC +\w+ +\w+ +(\d+) (\S+)", line)
        if found and int(found.group(3)) in sections:
            section = sections[int(found.group(3))]
            base = section.addr if kind.relocatable else 0
            symbols.append(Symbol(found.group(4), base + int(found.group(1), 16), int(found.group(2), 0), section))
    return Program(kind, path, folder, sections, symbols)


def sample(program, number, seed):
    """Addresses inside of functions, first and last ones too: (address, symbol)."""
    pick = random.Random(seed)
    real = [s for s in program.symbols if s.size]
    found = [(s.addr, s) for s in real] + [(s.addr + s.size - 1, s) for s in real]
    while len(found) < number:
        s = pick.choice(real)
        found.append((s.addr + pick.randrange(s.size), s))
    return found


# --- referees -----------------------------------------------------------------------------------

def place(function, where, column=0):
    path, _, line = where.rpartition(":")
    line = line.split(" ")[0]
    return Place(function, None if path in ("", "??") else path, int(line) if line.isdigit() else 0, column)


def by_addr2line(program, addresses, tool=None):
    """{address: [Place, …]}, innermost first."""
    if program.kind.cc.startswith("aarch64") and not tool:
        tool = "aarch64-linux-gnu-addr2line"
    answers = {}
    groups = collections.defaultdict(list)
    for address, symbol in addresses:
        groups[symbol.section if program.kind.relocatable else None].append(address)
    for section, group in groups.items():
        base = section.addr if section else 0
        path = program.path + PLAIN if os.path.exists(program.path + PLAIN) else program.path
        command = [tool or "addr2line", "-afi", "-e", path] + (["-j", section.name] if section else [])
        data = "".join("%#x\n" % (a - base) for a in group).encode()
        lines = run(*command, data=data, timeout=1800).stdout.decode(errors="replace").splitlines()
        now, i = [], 0
        while i < len(lines):
            if re.match(r"0x[0-9a-f]{8,}$", lines[i]):
                now = answers.setdefault(int(lines[i], 16) + base, [])
                del now[:]
                i += 1
            now.append(place(lines[i], lines[i + 1]))
            i += 2
    return answers


def linked_at_our_places(program, path):
    """llvm-symbolizer cannot be told a section: a relocatable file is linked, each section to where kdoc puts it."""
    alloc = [s for s in program.sections.values() if "A" in s.flags and s.size]
    script, out = (os.path.join(program.folder, "linked" + end) for end in (".lds", ""))
    with open(script, "w", encoding="ascii") as file:
        file.write("SECTIONS {\n%s}\n" % "".join("%s %#x : { *(%s) }\n" % (s.name, s.addr, s.name) for s in alloc))
    prefix = "aarch64-linux-gnu-" if program.kind.cc.startswith("aarch64") else ""
    done = run(prefix + "ld", "--unresolved-symbols=ignore-all", "--noinhibit-exec", "-T", script, "-o", out, path)
    return None if done.returncode else out


def by_llvm(program, addresses, tool=None, path=None):
    """path: a linked form of the program that is there already."""
    if not path: # LLVM before 16 cannot unpack zstd
        path = program.path + PLAIN if os.path.exists(program.path + PLAIN) else program.path
        if program.kind.relocatable:
            path = linked_at_our_places(program, path)
    tool = tool or shutil.which("llvm-symbolizer") or shutil.which("llvm-symbolizer-14")
    if not tool or not path:
        return None
    data = "".join("%#x\n" % a for a, _ in addresses).encode()
    text = run(tool, "--inlines", "--output-style=LLVM", "--obj=" + path, data=data, timeout=1800).stdout.decode(
        errors="replace")
    answers = {}
    for (address, _), part in zip(addresses, text.split("\n\n")):
        lines = part.strip("\n").splitlines()
        answers[address] = []
        for function, where in zip(lines[::2], lines[1::2]):
            where, _, column = where.rpartition(":")
            answers[address].append(place(function, where, int(column)))
    return answers
