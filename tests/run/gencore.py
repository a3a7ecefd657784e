#!/usr/bin/env python3
"""usage: gencore.py DESCRIPTION CORE

Makes a core of a machine that never ran from a text: page tables, the kernel's name, VMCOREINFO and a log, and as much
memory as one likes.  What is not kept is a hole of the file (ELF) or a bit that is not set (kdump).

    container elf           or kdump, kdump-zlib; diskdump, lkcd, lkcd-gzip, xen, of which kdoc asks libkdumpfile
    release   6.1.0-made
    ram       0 64G         a range of physical memory: where, how much; may be given again
    keep      256 4096      so many pages more, one in so many; the kernel's own are kept always
    gaps      yes           elf: only what is kept is in the file, a segment for each run (memsz > filesz)
    level     31            of a kdump
    note      no            no note of VMCOREINFO: the text is in memory alone
    log       some text     a line of the log; may be given again
    leave     3 user        page 3 of 64 behind 0x1100000 is not kept; its struct page says what it was: cache, private,
                            user, free, other; may be given again
"""
import struct
import sys
import zlib

PAGE = 4096
BASE = 0x1000000  # where the kernel lies
IMAGE = 0xffffffff81000000
LEFT = 0x1100000  # pages whose struct page there is, all in one page
LRU, PRIVATE, SLAB, BUDDY = 4, 13, 9, -129
KINDS = {  # flags, mapping, private, _mapcount
    "cache": (1 << LRU, 0xffff888000012340, 0, -1), "private": (1 << LRU | 1 << PRIVATE, 0xffff888000012340, 0, -1),
    "user": (1 << LRU, 0xffff888000012341, 0, 0), "free": (0, 0, 0, BUDDY), "other": (0, 0, 0, -1)}
PACKED = {"kdump": 0, "kdump-zlib": 1}


def size_of(text):
    units = {"K": 10, "M": 20, "G": 30, "T": 40}
    if text[-1] in units:
        return int(text[:-1], 0) << units[text[-1]]
    return int(text, 0)


def described(text):
    what = {"container": "elf", "release": "6.1.0-made", "ram": [], "keep": [0, 1], "gaps": "no", "level": 0,
            "note": "yes", "log": [], "leave": []}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        key, _, value = line.partition(" ")
        value = value.strip()
        if key not in what:
            sys.exit("gencore: line %d: what is '%s'?" % (number, key))
        if key == "ram":
            what["ram"].append([size_of(part) for part in value.split()])
        elif key == "keep":
            what["keep"] = [int(part, 0) for part in value.split()]
        elif key == "leave":
            what["leave"].append((int(value.split()[0]), value.split()[1]))
        elif key == "log":
            what["log"].append(value)
        else:
            what[key] = int(value, 0) if key == "level" else value
    what["ram"].sort()
    return what


def tables(pages, image_pages):
    """Page tables of four levels: the image's pages one behind the other."""
    root, pud, pmd, pte = (BASE + i * PAGE for i in range(4))
    for table, index, to in ((root, 511, pud), (pud, 510, pmd), (pmd, 8, pte)):
        struct.pack_into("<Q", pages[table], index * 8, to | 0x63)
    for i, page in enumerate(image_pages):
        struct.pack_into("<Q", pages[pte], i * 8, page | 0x8000000000000063)


def log_records(lines):
    out = b""
    for i, line in enumerate(lines):
        text = line.encode()
        size = (16 + len(text) + 7) & ~7
        out += (struct.pack("<QHHHBB", i * 1000000, size, len(text), 0, 0, 6) + text).ljust(size, b"\0")
    return out


def memmap(what, pages, roots):
    """mem_section, and the struct pages of 64 frames; the lines of VMCOREINFO about them."""
    first = LEFT // PAGE
    sections, structs = roots + PAGE, roots + 2 * PAGE
    where = IMAGE + 4 * PAGE  # of roots
    for page in (roots, sections, structs):
        pages[page] = bytearray(PAGE)
    struct.pack_into("<Q", pages[roots], 0, where + PAGE)
    struct.pack_into("<Q", pages[sections], 0, where + 2 * PAGE - first * 64 | 3)
    for i in range(64):
        flags, mapping, private, count = KINDS[dict(what["leave"]).get(i, "other")]
        struct.pack_into("<QQQQQQi", pages[structs], i * 64, flags, 0, 0, mapping, 0, private, count)
    return [roots, sections, structs], (
        "SYMBOL(mem_section)=%x\nLENGTH(mem_section)=2048\nSIZE(mem_section)=16\nOFFSET(mem_section.section_mem_map)=0\n"
        "NUMBER(SECTION_SIZE_BITS)=27\nSIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page.mapping)=24\n"
        "OFFSET(page._mapcount)=48\nOFFSET(page.private)=40\nOFFSET(page.compound_head)=8\nNUMBER(PG_lru)=%d\n"
        "NUMBER(PG_private)=%d\nNUMBER(PG_slab)=%d\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=%d\n" % (
            where, LRU, PRIVATE, SLAB, BUDDY)).encode()


def kernel(what):
    """{physical address: page}, the text of VMCOREINFO"""
    pages = {BASE + i * PAGE: bytearray(PAGE) for i in range(4)}
    uts, data, log, info = (BASE + i * PAGE for i in range(4, 8))
    for page in (uts, data, log, info):
        pages[page] = bytearray(PAGE)
    image, more = [BASE, uts, data, log], b""
    if what["leave"]:
        extra, more = memmap(what, pages, info + PAGE)
        image += extra
    tables(pages, image)
    pages[uts][130:130 + len(what["release"])] = what["release"].encode()
    records = log_records(what["log"])
    if len(records) > PAGE:
        sys.exit("gencore: a log of %d bytes; there is one page for it" % len(records))
    pages[log][:len(records)] = records
    struct.pack_into("<QIIIQ", pages[data], 0, IMAGE + 3 * PAGE, PAGE, 0, len(records), 0)
    text = ("OSRELEASE=%s\nPAGESIZE=%d\nSYMBOL(init_uts_ns)=%x\nOFFSET(uts_namespace.name)=0\nSYMBOL(swapper_pg_dir)=%x\n"
            "NUMBER(phys_base)=%d\nNUMBER(pgtable_l5_enabled)=0\n"
            "SYMBOL(log_buf)=%x\nSYMBOL(log_buf_len)=%x\nSYMBOL(log_first_idx)=%x\nSYMBOL(log_next_idx)=%x\n"
            "SIZE(printk_log)=16\nOFFSET(printk_log.ts_nsec)=0\nOFFSET(printk_log.len)=8\nOFFSET(printk_log.text_len)=10\n"
            "OFFSET(printk_log.dict_len)=12\n" % (
                what["release"], PAGE, IMAGE + PAGE, IMAGE, BASE - (IMAGE - 0xffffffff80000000),
                IMAGE + 2 * PAGE, IMAGE + 2 * PAGE + 8, IMAGE + 2 * PAGE + 12, IMAGE + 2 * PAGE + 16)).encode() + more
    pages[info][:len(text)] = text
    return pages, text


def kept(what, pages):
    """Addresses of all pages that the dump keeps, ascending, and what is in them."""
    count, every = what["keep"]
    more, left = {}, {LEFT + i * PAGE for i, _ in what["leave"]}
    for start, size in what["ram"]:
        for frame in range(start // PAGE, (start + size) // PAGE, every):
            if len(more) == count:
                break
            if frame * PAGE not in pages and frame * PAGE not in left:
                more[frame * PAGE] = struct.pack("<Q", frame) * (PAGE // 8)
    more.update(pages)
    return sorted(more.items())


def note_of(text):
    return struct.pack("<III", 11, len(text), 0) + b"VMCOREINFO\0\0" + text.ljust((len(text) + 3) & ~3, b"\0")


def runs(what, content):
    """Segments: (physical address, bytes in the file, bytes of memory)."""
    if what["gaps"] != "yes":
        return [(start, size, size) for start, size in what["ram"]]
    out = []
    for start, size in what["ram"]:
        end, mine = start + size, [[start, 0, 0]]
        for addr in [addr for addr, _ in content if start <= addr < end]:
            if mine[-1][0] + mine[-1][1] != addr:
                mine.append([addr, 0, 0])
            mine[-1][1] += PAGE
        for run, behind in zip(mine, mine[1:] + [[end]]):
            run[2] = behind[0] - run[0]
        out += mine
    return out


def write_elf(what, content, text, out):
    segments = runs(what, content)
    note = note_of(text) if what["note"] == "yes" else b""
    head = (64 + 56 * (len(segments) + 1) + len(note) + PAGE - 1) // PAGE * PAGE
    out.write(struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 4, 62, 1, 0, 64, 0, 0, 64, 56, len(segments) + 1, 0, 0, 0))
    out.write(struct.pack("<IIQQQQQQ", 4, 0, 64 + 56 * (len(segments) + 1), 0, 0, len(note), 0, 0))
    where, at = [], head
    for start, stored, memory in segments:
        out.write(struct.pack("<IIQQQQQQ", 1, 0, at, 0, start, stored, memory, 0))
        where.append((start, start + stored, at))
        at += stored
    out.write(note)
    out.truncate(at)
    i = 0
    for addr, page in content:
        while where[i][1] <= addr:
            i += 1
        out.seek(where[i][2] + addr - where[i][0])
        out.write(page)


def set_bits(bitmap, first, count):
    while count and first % 8:
        bitmap[first // 8] |= 1 << first % 8
        first, count = first + 1, count - 1
    bitmap[first // 8:first // 8 + count // 8] = b"\xff" * (count // 8)
    for frame in range(first + count // 8 * 8, first + count):
        bitmap[frame // 8] |= 1 << frame % 8


def write_kdump(what, content, text, out):
    packing = PACKED[what["container"]]
    frames = max(start + size for start, size in what["ram"]) // PAGE
    blocks = (frames + PAGE * 8 - 1) // (PAGE * 8)
    have_note = what["note"] == "yes"
    exists, stored = bytearray(blocks * PAGE), bytearray(blocks * PAGE)
    for start, size in what["ram"]:
        set_bits(exists, start // PAGE, size // PAGE)
    for addr, _ in content:
        stored[addr // PAGE // 8] |= 1 << addr // PAGE % 8
    uts = b"".join(part.encode().ljust(65, b"\0") for part in ("Linux", "made", what["release"], "#1", "x86_64", ""))
    out.write((b"KDUMP   " + struct.pack("<I", 6) + uts + b"\0" * 6 + struct.pack("<QQ", 0, 0) + struct.pack(
        "<IIIIIIIIIi", packing, PAGE, 2, 2 * blocks, frames, 0, 0, 0, 0, 1)).ljust(PAGE, b"\0"))
    sub = struct.pack("<QiiQQQQQQQQQQQ", 0, what["level"], 0, 0, 0, 2 * PAGE if have_note else 0, len(text) if have_note else 0,
                      0, 0, 0, 0, 0, 0, frames)
    out.write(sub.ljust(PAGE, b"\0") + text.ljust(PAGE, b"\0") + exists + stored)
    at = 3 * PAGE + 2 * blocks * PAGE + 24 * len(content)
    data = []
    for _, page in content:
        small = zlib.compress(bytes(page)) if packing else bytes(page)
        out.write(struct.pack("<QIIQ", at, len(small), packing, 0))
        data.append(small)
        at += len(small)
    out.write(b"".join(data))


def write_diskdump(what, content, text, out):
    """The header of diskdump, which compressed kdump took over under a name of its own."""
    write_kdump(dict(what, container="kdump-zlib"), content, text, out)
    out.seek(0)
    out.write(b"DISKDUMP")


def write_lkcd(what, content, text, out):
    """
    Version 9 of LKCD, as libkdumpfile reads it (src/kdumpfile/lkcd.c): a header without alignment, behind a buffer's size the pages,
    each with its address, size and how it is kept, and an end mark.  Nothing in it tells of VMCOREINFO.
    """
    buffer_size, gzip = 256 << 10, what["container"] == "lkcd-gzip"
    end = max(start + size for start, size in what["ram"])
    head = struct.pack("<QIIIIQQQI", 0xa8190173618f23ed, 9, 0, 4, PAGE, end, 0, end, len(content))
    head += b"made".ljust(256, b"\0") + struct.pack("<QQ", 0, 0)
    head += b"".join(part.encode().ljust(65, b"\0") for part in ("Linux", "made", what["release"], "#1", "x86_64", ""))
    out.write((head + struct.pack("<QIIIQ", 0, 2 if gzip else 0, 0, 0, buffer_size)).ljust(buffer_size, b"\0"))
    for addr, page in content:
        small = zlib.compress(bytes(page)) if gzip else bytes(page)
        if len(small) >= PAGE:
            small = bytes(page)
        out.write(struct.pack("<QII", addr, len(small), 1 if len(small) == PAGE else 2) + small)
    out.write(struct.pack("<QII", 0, 0, 4))


def write_xen(what, content, text, out):
    """
    `xl dump-core` of a guest that has physical addresses of its own (Xen: docs/misc/dump-core-format.txt): no segments, sections
    with notes, the numbers of the pages, and the pages.
    """
    names = [b"", b".shstrtab", b".note.Xen", b".xen_pages", b".xen_pfn"]
    table, at = b"", {}
    for name in names:
        at[name] = len(table)
        table += name + b"\0"
    notes = b""
    for kind, data in ((0x2000000, b""), (0x2000001, struct.pack("<QQQQ", 0xf00febee, 1, len(content), PAGE)), (0x2000003, struct.pack("<Q", 1))):
        notes += struct.pack("<III", 4, len(data), kind) + b"Xen\0" + data
    parts = [b"", table, notes, None, b"".join(struct.pack("<Q", addr // PAGE) for addr, _ in content)]
    out.write(struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 4, 62, 1, 0, 0, 64, 0, 64, 56, 0, 64, len(names), 1))
    where = 64 + 64 * len(names)
    rows, bodies = [], []
    for name, part in zip(names, parts):
        where = (where + PAGE - 1) // PAGE * PAGE if part is None else where
        size = len(content) * PAGE if part is None else len(part)
        kind = {b"": 0, b".shstrtab": 3, b".note.Xen": 7}.get(name, 1)
        rows.append(struct.pack("<IIQQQQIIQQ", at[name], kind, 0, 0, where if name else 0, size, 0, 0, 1, 0))
        bodies.append((where, part))
        where += size
    out.write(b"".join(rows))
    for where, part in bodies:
        out.seek(where)
        out.write(part if part is not None else b"".join(bytes(page) for _, page in content))


OTHERS = {"diskdump": write_diskdump, "lkcd": write_lkcd, "lkcd-gzip": write_lkcd, "xen": write_xen}


def make(text, path):
    what = described(text)
    pages, info = kernel(what)
    content = kept(what, pages)
    with open(path, "wb") as out:
        if what["container"] == "elf":
            write_elf(what, content, info, out)
        elif what["container"] in PACKED:
            write_kdump(what, content, info, out)
        elif what["container"] in OTHERS:
            OTHERS[what["container"]](what, content, info, out)
        else:
            sys.exit("gencore: no container '%s'" % what["container"])
    return len(content) * PAGE


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        make(file.read(), sys.argv[2])


if __name__ == "__main__":
    main()
