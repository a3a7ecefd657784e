#!/usr/bin/env python3
"""usage: gen_logs.py ordinary|dense MEGABYTES OUTPUT

Writes a large kernel log out of real ones. Time stamps go on counting, whatever they look like,
so that no stretch of the log repeats another.

  ordinary  the clean boots and journals of tests/clean/, with every line of them
  dense     the crashes of examples/ and tests/golden/, each from its first report line on,
            and nothing between them
"""
import bz2
import glob
import gzip
import lzma
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OPENERS = {".xz": lzma.open, ".gz": gzip.open, ".bz2": bz2.open}
CRASH = re.compile(rb"cut here|BUG: |WARNING: |INFO: (task|rcu|possible)|Oops|Unable to handle|"
                   rb"general protection fault|Kernel panic - |UBSAN: |KASAN: |[Cc]all [Tt]race:")
# Kernel time, time of day, microseconds since 1970: the first of them in a line.
STAMP = re.compile(rb"\[ *\d+\.\d{6}\]|(?<![\d:])\d\d:\d\d:\d\d(?![\d:])|(?<!\d)1[67]\d{14}(?!\d)")


def lines_of(path):
    opener = OPENERS.get(os.path.splitext(path)[1], open)
    try:
        with opener(path, "rb") as file:
            return file.read().splitlines(keepends=True)
    except (EOFError, OSError, lzma.LZMAError):
        return []  # a case about damaged packed logs


def sources(*patterns):
    paths = []
    for pattern in patterns:
        paths += glob.glob(os.path.join(ROOT, pattern), recursive=True)
    return sorted(path for path in paths if os.path.isfile(path) and not path.endswith(".zst"))


def ordinary():
    return [lines_of(path) for path in sources("tests/clean/**/*.log", "tests/clean/**/*.log.*")]


def dense():
    blocks = []
    for path in sources("examples/**/*.log*", "examples/**/*.txt*", "tests/golden/**/input*"):
        lines = lines_of(path)
        first = next((i for i, line in enumerate(lines) if CRASH.search(line)), None)
        if first is not None:
            blocks.append(lines[first:])
    return blocks


def stamp(old, micros):
    if old.startswith(b"["):
        return b"[%5d.%06d]" % (micros // 1000000, micros % 1000000)
    if old[2:3] == b":":
        seconds = micros // 1000000
        return b"%02d:%02d:%02d" % (seconds // 3600 % 24, seconds // 60 % 60, seconds % 60)
    return b"%016d" % (1700000000000000 + micros)


def split(line):
    """(text before the stamp, stamp or None, text behind it)"""
    found = STAMP.search(line, 0, 2000)
    if not found:
        return line, None, b""
    return line[:found.start()], found.group(), line[found.end():]


def write(blocks, size, path):
    """Repeats the blocks until size bytes; returns how many came out."""
    # Split once: the loop below writes millions of lines.
    parts = [[split(line) for line in block] for block in blocks]
    written, micros = 0, 0
    with open(path + ".new", "wb", buffering=1 << 20) as out:
        while written < size:
            for block in parts:
                text = []
                for before, old, behind in block:
                    micros += 137
                    text.append(before if old is None else before + stamp(old, micros) + behind)
                written += out.write(b"".join(text) + b"\n")
                if written >= size:
                    break
    os.replace(path + ".new", path)
    return written


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("ordinary", "dense"):
        sys.exit(__doc__)
    blocks = ordinary() if sys.argv[1] == "ordinary" else dense()
    blocks = [block for block in blocks if block]
    if not blocks:
        sys.exit("gen_logs: no logs to make a %s one from" % sys.argv[1])
    size = write(blocks, int(float(sys.argv[2]) * 1e6), sys.argv[3])
    print("%s: %d MB out of %d logs" % (os.path.basename(sys.argv[3]), size / 1e6, len(blocks)))


if __name__ == "__main__":
    main()
