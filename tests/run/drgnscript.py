"""Scripts for drgn of the runners, with what it needs to read a dump.

drgn (0.0.22, 0.0.31) does not find arm64's page tables by physical addresses alone, as QEMU's dumps have them: it gets the linear map
and the kernel's image, whose places VMCOREINFO says.  Areas of vmalloc stay unknown to it there, but for what lies in the image.
"""
ARM64 = r'''
def give_arm64(path):
    import re, struct
    file = open(path, "rb")
    head = file.read(1 << 20)
    if head[:4] != b"\x7fELF" or struct.unpack_from("<H", head, 18)[0] != 183:
        return
    found = {k: int(v, 0) for k, v in re.findall(rb"\nNUMBER\((PHYS_OFFSET|kimage_voffset|VA_BITS)\)=(0x[0-9a-f]+|\d+)", head)}
    if len(found) < 3:
        return
    # what is needed at boot alone is unmapped behind it, and filled with 0xcc
    gone = [prog.symbol(name).address for name in ("__init_begin", "__init_end")]
    table, n = struct.unpack_from("<Q", head, 32)[0], struct.unpack_from("<H", head, 56)[0]
    for i in range(n):
        kind, _, off, virtual, physical, size = struct.unpack_from("<IIQQQQ", head, table + 56 * i)
        if kind != 1 or virtual != physical:
            continue
        def read(address, count, offset, is_physical, off=off):
            file.seek(off + offset)
            return file.read(count)
        mask = (1 << 64) - 1
        linear = (physical - found[b"PHYS_OFFSET"] - (1 << found[b"VA_BITS"])) & mask
        prog.add_memory_segment(linear, size, read, False)
        image = (physical + found[b"kimage_voffset"]) & mask
        for begin, end in ((image, min(image + size, gone[0])), (max(image, gone[1]), image + size)):
            if begin < end:
                part = lambda address, count, offset, is_physical, more=begin - image, read=read: read(address, count, offset + more, False)
                prog.add_memory_segment(begin, end - begin, part, False)

give_arm64(%r)
'''


def write(path, dump, text):
    """A script for drgn about this dump."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(ARM64.replace("%r", repr(str(dump))) + text)
