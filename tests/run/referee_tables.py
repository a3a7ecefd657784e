"""What symbol-referees knows about a program besides the referees: its symbol table, and the heads of its line programs.

Read here without kdoc and without the referees, so that a class of differences is decided by a third party: symbols from
readelf, file tables by a reader of DWARF 2 to 5 heads (DWARF 5, 6.2.4) of its own.
"""
import bisect
import collections
import os
import re
import struct

import symbols_programs as programs

Symbol = collections.namedtuple("Symbol", "name addr size section type file")


def symbols(program):
    """All symbols of code, with the FILE symbol that stands before them in the table (local ones only)."""
    found, file = [], None
    for line in programs.run("readelf", "-sW", program.path).stdout.decode(errors="replace").splitlines():
        m = re.match(r" *\d+: ([0-9a-f]+) +(\d+|0x[0-9a-f]+) (\w+) +(\w+) +\w+ +(?:\[.*?\] +)?(\w+) (\S+)", line)
        if not m:
            continue
        if m.group(3) == "FILE":
            file = m.group(6)
            continue
        if m.group(5).isdigit() and int(m.group(5)) in program.sections and m.group(3) in ("FUNC", "NOTYPE", "OBJECT"):
            s = program.sections[int(m.group(5))]
            if "X" in s.flags:
                base = s.addr if program.kind.relocatable else 0
                found.append(Symbol(m.group(6), base + int(m.group(1), 16), int(m.group(2), 0), s, m.group(3),
                                    file if m.group(4) == "LOCAL" else None))
    return found


# --- heads of line programs -------------------------------------------------------------------------

def section_bytes(program, path, name):
    folder, out = program.folder, os.path.join(program.folder, "section")
    prefix = "aarch64-linux-gnu-" if program.kind.arch == "aarch64" else ""
    programs.run(prefix + "objcopy", "--decompress-debug-sections", "--dump-section", "%s=%s" % (name, out), path, os.path.join(folder, "rest"))
    data = b""
    if os.path.exists(out):
        with open(out, "rb") as file:
            data = file.read()
        os.unlink(out)
    if os.path.exists(os.path.join(folder, "rest")):
        os.unlink(os.path.join(folder, "rest"))
    return data


class Bytes:
    def __init__(self, data, at):
        self.data, self.at = data, at

    def number(self, n):
        v = int.from_bytes(self.data[self.at:self.at + n], "little")
        self.at += n
        return v

    def leb(self):
        v = shift = 0
        while True:
            b = self.data[self.at]
            self.at += 1
            v |= (b & 0x7f) << shift
            shift += 7
            if b < 0x80:
                return v

    def text(self):
        end = self.data.index(b"\0", self.at)
        v = self.data[self.at:end].decode(errors="replace")
        self.at = end + 1
        return v


def text_at(data, at):
    return data[at:data.index(b"\0", at)].decode(errors="replace")


def value(b, form, offset, line_str, strings):
    if form == 0x08: # DW_FORM_string
        return b.text()
    if form == 0x1f: # line_strp
        return text_at(line_str, b.number(offset))
    if form == 0x0e: # strp
        return text_at(strings, b.number(offset))
    if form == 0x0b: # data1, data2, udata, data16
        return b.number(1)
    if form == 0x05:
        return b.number(2)
    if form == 0x0f:
        return b.leb()
    if form == 0x1e:
        return b.number(16)
    raise ValueError("form %#x" % form)


def table5(b, offset, line_str, strings):
    formats = [(b.leb(), b.leb()) for _ in range(b.number(1))]
    rows = []
    for _ in range(b.leb()):
        rows.append({what: value(b, form, offset, line_str, strings) for what, form in formats})
    return rows


def joined(folder, name):
    return os.path.normpath(os.path.join(folder or "", name))


def first_files(line, line_str, strings):
    """[(file 0, file 1)] of the DWARF 5 programs, as paths relative to the compilation directory."""
    found, at = set(), 0
    while at + 12 < len(line):
        b = Bytes(line, at)
        length, offset = b.number(4), 4
        if length == 0xffffffff:
            length, offset = b.number(8), 8
        at = b.at + length
        if b.number(2) != 5:
            continue
        b.number(2)
        b.number(offset)
        b.number(5)
        opcodes = b.number(1)
        b.at += opcodes - 1
        folders = [row[1] for row in table5(b, offset, line_str, strings)]
        files = table5(b, offset, line_str, strings)[:2]
        if len(files) == 2:
            found.add(tuple(joined(folders[f.get(2, 0)], f[1]) for f in files))
    return found


def unit_ranges(data):
    """[(start, end)] of .debug_aranges (DWARF 5, 6.1.2), sorted."""
    found, at = [], 0
    while at + 12 <= len(data):
        b = Bytes(data, at)
        length, offset = b.number(4), 4
        if length == 0xffffffff:
            length, offset = b.number(8), 8
        end = b.at + length
        b.at += 2 + offset
        size = b.number(1)
        b.at += 1
        b.at += -(b.at - at) % (2 * size)
        while b.at + 2 * size <= end:
            start, n = b.number(size), b.number(size)
            if n:
                found.append((start, start + n))
        at = end
    return sorted(found)


class Known:
    def __init__(self, program):
        self.program = program
        ordered = sorted((s for s in program.symbols if not s.name.startswith(("$", ".L"))), key=lambda s: (s.addr, s.type == "FUNC", s.size))
        self.symbols, self.starts = ordered, [s.addr for s in ordered]
        self.functions = [s for s in ordered if s.type == "FUNC"]
        self.function_starts = [s.addr for s in self.functions]
        self.at, self.files = collections.defaultdict(set), collections.defaultdict(set)
        for s in ordered:
            self.at[s.addr].add(s.name)
            self.files[s.name].add(s.file)
        self.aliases = {n: names for names in self.at.values() if len(names) > 1 for n in names}
        self.pairs = self.ranges = None

    def file_with_lines(self):
        """Relocated by ld, where it was not linked."""
        return os.path.join(self.program.folder, "linked") if self.program.kind.relocatable else self.program.path

    def in_no_unit(self, address):
        if self.ranges is None:
            self.ranges = unit_ranges(section_bytes(self.program, self.file_with_lines(), ".debug_aranges"))
            self.range_starts = [r[0] for r in self.ranges]
        i = bisect.bisect_right(self.range_starts, address)
        return bool(self.ranges) and not (i and address < self.ranges[i - 1][1])

    def nearest(self, address):
        i = bisect.bisect_right(self.starts, address)
        return self.symbols[i - 1] if i else None

    def last_function(self, address):
        i = bisect.bisect_right(self.function_starts, address)
        return self.functions[i - 1] if i else None

    def names_at(self, address):
        return self.at.get(address, set())

    def files_of(self, name):
        return self.files.get(name, set()) - {None}

    def first_two(self, zero, one):
        """Has a line program these two as its files 0 and 1?"""
        if self.pairs is None:
            path = self.file_with_lines()
            self.pairs = first_files(*[section_bytes(self.program, path, n)
                                       for n in (".debug_line", ".debug_line_str", ".debug_str")])
        return any(ends(a, zero) and ends(b, one) for a, b in self.pairs)


def ends(whole, part):
    """The same file, one of the two named from a folder further up."""
    if not whole or not part:
        return False
    whole, part = os.path.normpath(whole), os.path.normpath(part)
    return ("/" + whole).endswith("/" + part.lstrip("/")) or ("/" + part).endswith("/" + whole.lstrip("/"))
