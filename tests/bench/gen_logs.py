#!/usr/bin/env python3
"""usage: gen_logs.py ordinary|dense MEGABYTES OUTPUT WORDS_FILE

Writes a large kernel log out of real ones, with time stamps that go on counting.

  ordinary  the clean boots of tests/clean/ (before those exist: what the captured consoles print
            before their crash); no line with one of the words
  dense     the crashes of examples/ and tests/golden/, each from its first line with one of the
            words on, and nothing between them
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
STAMP = re.compile(rb"^\[ *\d+\.\d{6}\]")


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


def ordinary(words):
    blocks = []
    for path in sources("tests/clean/**/*.log", "tests/clean/**/*.log.*"):
        blocks.append([line for line in lines_of(path) if not any(w in line for w in words)])
    if not blocks:
        for path in sources("tests/golden/vm/*/input*", "examples/*.log*"):
            lines = lines_of(path)
            cut = next((i for i, l in enumerate(lines) if any(w in l for w in words)), len(lines))
            blocks.append(lines[:cut])
    return blocks


def dense(words):
    blocks = []
    for path in sources("examples/**/*.log*", "examples/**/*.txt*", "tests/golden/**/input*"):
        lines = lines_of(path)
        first = next((i for i, l in enumerate(lines) if any(w in l for w in words)), None)
        if first is not None:
            blocks.append(lines[first:])
    return blocks


def write(blocks, size, path):
    """Repeats the blocks until size bytes; returns how many came out."""
    # Split once into (has a stamp, rest): the loop below writes millions of lines.
    parts = [[(bool(STAMP.match(l)), STAMP.sub(b"", l)) for l in block] for block in blocks if block]
    written, micros = 0, 0
    with open(path + ".new", "wb", buffering=1 << 20) as out:
        while written < size:
            for block in parts:
                text = []
                for stamped, rest in block:
                    micros += 137
                    if stamped:
                        text.append(b"[%5d.%06d]%b" % (micros // 1000000, micros % 1000000, rest))
                    else:
                        text.append(rest)
                written += out.write(b"".join(text))
                if written >= size:
                    break
    os.replace(path + ".new", path)
    return written


def main():
    if len(sys.argv) != 5 or sys.argv[1] not in ("ordinary", "dense"):
        sys.exit(__doc__)
    with open(sys.argv[4], "rb") as file:
        words = [line.rstrip(b"\n") for line in file if line.strip()]
    blocks = {"ordinary": ordinary, "dense": dense}[sys.argv[1]](words)
    blocks = [block for block in blocks if block]
    if not blocks:
        sys.exit("gen_logs: no logs to make a %s one from" % sys.argv[1])
    size = write(blocks, int(float(sys.argv[2]) * 1e6), sys.argv[3])
    print("%s: %d MB out of %d logs" % (os.path.basename(sys.argv[3]), size / 1e6, len(blocks)))


if __name__ == "__main__":
    main()
