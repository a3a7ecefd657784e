"""A dump as an ELF core, for tests: read here (compressed kdump of zlib or plain pages, ELF), not by kdoc.

Segments are as makedumpfile -E leaves them: what the dump knows as memory has its place, pages that it left out have p_filesz 0.
The formats are those of makedumpfile's diskdump_mod.h and elf(5).  `poke()` changes bytes of the copy by a physical address.
"""
import json
import os
import re
import struct
import subprocess
import zlib

PAGE = 4096


class Dump:
    """Physical pages of a dump: exists and kept by frame, notes, read(frame)."""

    def __init__(self, path):
        self.file = open(path, "rb")
        head = self.file.read(64)
        if head[:8] == b"KDUMP   ":
            self._diskdump()
        elif head[:4] == b"\x7fELF":
            self._elf(head)
        else:
            raise ValueError("%s is neither ELF nor a compressed kdump" % path)

    def _at(self, offset, size):
        self.file.seek(offset)
        return self.file.read(size)

    def _diskdump(self):
        block, sub, blocks = struct.unpack("<3I", self._at(428, 12))
        if block != PAGE:
            raise ValueError("pages of %d bytes" % block)
        note_at, note_size = struct.unpack("<QQ", self._at(block + 48, 16))
        self.notes = self._at(note_at, note_size)
        half = blocks // 2 * block
        bitmaps = self._at((1 + sub) * block, 2 * half)
        self.exists, kept = self._bits(bitmaps[:half]), self._bits(bitmaps[half:])
        table = self._at((1 + sub + blocks) * block, 24 * len(kept))
        self.pages = {frame: struct.unpack_from("<QII", table, 24 * i) for i, frame in enumerate(kept)}

    @staticmethod
    def _bits(data):
        return [8 * i + bit for i, byte in enumerate(data) if byte for bit in range(8) if byte >> bit & 1]

    def _elf(self, head):
        phoff, = struct.unpack_from("<Q", head, 32)
        count, = struct.unpack_from("<H", head, 56)
        if count == 0xffff:
            shoff, = struct.unpack_from("<Q", head, 40)
            count, = struct.unpack("<I", self._at(shoff + 44, 4))
        self.notes, self.pages, exists = b"", {}, set()
        for i in range(count):
            kind, _, offset, _, phys, filesz, memsz, _ = struct.unpack("<IIQQQQQQ", self._at(phoff + 56 * i, 56))
            if kind == 4:
                self.notes = self._at(offset, filesz)
            if kind != 1 or phys % PAGE:
                continue
            exists.update(range(phys // PAGE, (phys + memsz) // PAGE))
            for page in range(filesz // PAGE):
                self.pages.setdefault(phys // PAGE + page, (offset + page * PAGE, PAGE, 0))
        self.exists = sorted(exists)

    def read(self, frame):
        offset, size, flags = self.pages[frame]
        data = self._at(offset, size)
        if flags & 1:
            return zlib.decompress(data)
        if flags & ~8 or len(data) != PAGE:
            raise ValueError("frame %#x is packed in a way that is not read here (flags %#x)" % (frame, flags))
        return data

    def vmcoreinfo(self):
        at = self.notes.find(b"VMCOREINFO\0")
        return dict(line.split("=", 1) for line in self.notes[at + 12:].split(b"\0", 1)[0].decode(errors="replace").splitlines() if "=" in line)


def runs(frames, kept):
    """[first frame, frames, kept] of neighbours of one kind."""
    out = []
    for frame in frames:
        if out and out[-1][0] + out[-1][1] == frame and out[-1][2] == (frame in kept):
            out[-1][1] += 1
        else:
            out.append([frame, 1, frame in kept])
    return out


KERNEL_MAP = 0xffffffff80000000


def kernel_text(dump, loads):
    """The segment where the kernel's text begins, as a list: kdump gives it a second time, where the kernel is mapped."""
    info = dump.vmcoreinfo()
    if "NUMBER(phys_base)" not in info or "SYMBOL(_stext)" not in info:
        return []
    at = (int(info["SYMBOL(_stext)"], 16) - KERNEL_MAP + int(info["NUMBER(phys_base)"])) // PAGE
    return [load for load in loads if load[0] <= at < load[0] + load[1] and load[2]]


def to_elf(path, out, page_offset):
    """page_offset: where the kernel maps all memory, which makedumpfile takes from the segments."""
    dump = Dump(path)
    loads = runs(dump.exists, dump.pages)
    if len(loads) >= 0xfff0:
        raise ValueError("%d segments" % len(loads))
    text = kernel_text(dump, loads)
    at = 64 + 56 * (len(loads) + 1 + len(text))
    with open(out, "wb") as file:
        file.write(b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, len(loads) + 1 + len(text), 0, 0, 0))
        file.write(struct.pack("<IIQQQQQQ", 4, 0, at, 0, 0, len(dump.notes), len(dump.notes), 0))
        at = (at + len(dump.notes) + PAGE - 1) // PAGE * PAGE
        for first, count, kept in loads:
            size = count * PAGE if kept else 0
            if [first, count, kept] in text:
                virt = text[0][0] * PAGE - int(dump.vmcoreinfo()["NUMBER(phys_base)"]) + KERNEL_MAP
                file.write(struct.pack("<IIQQQQQQ", 1, 7, at, virt, first * PAGE, size, size, 0))
            file.write(struct.pack("<IIQQQQQQ", 1, 7, at, (page_offset + first * PAGE) & (1 << 64) - 1, first * PAGE, size, count * PAGE, 0))
            at += size
        file.write(dump.notes)
        file.write(bytes(-file.tell() % PAGE))
        for first, count, kept in loads:
            for frame in range(first, first + count) if kept else ():
                file.write(dump.read(frame))
    return dump


def snappy(data):
    """format_description.txt of snappy: literals, and runs of one byte as copies of what is one byte before."""
    out, at, begin = bytearray(b"\x80\x20"), 1, 0  # 4096 as a varint

    def literal(end):
        if end > begin:
            out.extend(bytes((61 << 2,)) + struct.pack("<H", end - begin - 1) + data[begin:end])

    while at < len(data):
        run = at
        while run < len(data) and data[run] == data[at - 1]:
            run += 1
        if run - at >= 16:
            literal(at)
            for left in range(run - at, 0, -64):
                out.extend(((min(left, 64) - 1) << 2 | 2, 1, 0))
            begin = run
        at = run + 1
    literal(len(data))
    return bytes(out)


def pack_snappy(path):
    """Packs the pages of a compressed kdump of plain pages in place, where that makes them smaller; how many."""
    dump, packed = Dump(path), 0
    block, sub, blocks = struct.unpack("<3I", dump._at(428, 12))
    table = (1 + sub + blocks) * block
    with open(path, "r+b") as file:
        for i, frame in enumerate(sorted(dump.pages)):
            offset, size, flags = dump.pages[frame]
            data = dump.read(frame)
            small = snappy(data) if not flags and size == PAGE and data.count(data[-1:]) > 1024 else data
            if len(small) < PAGE:
                file.seek(offset)
                file.write(small)
                file.seek(table + 24 * i)
                file.write(struct.pack("<QII", offset, len(small), 4))
                packed += 1
    return packed


def variable(kdoc, dump, expression):
    """A number that the kernel has, by kdoc; None: not known."""
    done = subprocess.run([kdoc, "core", "p", "--json", dump, expression], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, check=False)
    found = re.search(rb'"value": *"?(0x[0-9a-f]+|-?[0-9]+)', done.stdout)
    return int(found.group(1), 0) & (1 << 64) - 1 if found else None


def elf_copy(kdoc, dump, out):
    base = variable(kdoc, dump, "*(unsigned long *)&page_offset_base")
    return to_elf(dump, out, base if base is not None else 0xffff888000000000)


def poke(copy, phys, data):
    offset = Dump(copy).pages[phys // PAGE][0] + phys % PAGE
    with open(copy, "r+b") as file:
        file.seek(offset)
        file.write(data)


def stacks_of_cpus(kdoc, dump):
    """Physical addresses near the end of the stacks of the tasks that run: nothing lies there."""
    done = subprocess.run([kdoc, "core", "bt", "--json", "--all", "--no-group", dump], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, check=False)
    out = []
    for stack in json.loads(done.stdout or b"{}").get("stacks", []):
        at = variable(kdoc, dump, "(unsigned long)((struct task_struct *)%s)->stack" % stack["task"]) if "cpu" in stack and "task" in stack else None
        if at is None:
            continue
        done = subprocess.run([kdoc, "core", "what", dump, hex(at + 1024)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60, check=False)
        found = re.search(rb"\bpfn 0x([0-9a-f]+)", done.stdout)
        if found:
            out.append(int(found.group(1), 16) * PAGE + 1024)
    return out


def for_crash(kdoc, dump, out):
    """crash 8.0.6 ends at its start where no CPU panicked: it looks at all stacks for one that did, among them an exception
    stack that this kernel does not have and whose size is 0.  A copy with an address of panic() in the unused end of the stacks
    of the tasks that run is one that it reads.  False: where these are is not known."""
    elf_copy(kdoc, dump, out)
    panic, kept, done = variable(kdoc, dump, "(unsigned long)&panic"), Dump(out).pages, False
    for phys in stacks_of_cpus(kdoc, dump) if panic else ():
        if phys // PAGE in kept:
            poke(out, phys, struct.pack("<Q", panic + 16))
            done = True
    return done


def crash(kdoc, debug, dump, commands, folder, limit=300):
    """What crash answers to these commands, of the dump or of for_crash()'s copy of it; "": it reads neither."""
    copy = os.path.join(folder, "for-crash")
    for path in (copy if os.path.exists(copy) else dump, copy):
        if not os.path.exists(path) and not for_crash(kdoc, dump, path):
            break
        try:
            done = subprocess.run(["crash", "-s", debug, path], input="\n".join((*commands, "quit", "")).encode(), stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=limit, check=False)
        except subprocess.TimeoutExpired:
            return ""
        text = done.stdout.decode(errors="replace")
        if done.returncode == 0 and "read of stack at" not in text[:400]:
            return text
    return ""
