#!/usr/bin/env python3
"""usage: core.py KDOC [DUMP…]

How long a dump takes to open, beside its size: generated cores of 1 GiB and 64 GiB (tests/run/gencore.py) with the same
pages in them, in the same run, in alternation; and, for each DUMP that is named, `core check` and `core log` beside
makedumpfile's --dump-dmesg where that is installed (memory of nan: it failed).  Medians of the clock; the peak of memory is
no less than this program's own, which its children begin with.  Nothing is asserted.
"""
import os
import shutil
import statistics
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "run"))
import gencore  # noqa: E402

ROUNDS = int(os.environ.get("KDOC_BENCH_ROUNDS", "25"))
SIZES = ("1G", "64G")


def run(command):
    """(seconds, peak MiB, exit status) of a command without output."""
    begin = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)])
    _, status, used = os.wait4(pid, 0)
    return time.perf_counter() - begin, used.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def measure(commands):
    """{name: (median ms, peak MiB)}; all in alternation."""
    times, peaks = {name: [] for name in commands}, dict.fromkeys(commands, 0)
    for _ in range(ROUNDS):
        for name, command in commands.items():
            seconds, peak, status = run(command)
            if status and name == "makedumpfile":
                peaks[name] = float("nan")
            elif status:
                sys.exit("bench: %s ended with status %d" % (" ".join(command), status))
            times[name].append(seconds)
            peaks[name] = max(peaks[name], peak)
    return {name: (statistics.median(times[name]) * 1e3, peaks[name]) for name in commands}


def description(container, size, note):
    every = gencore.size_of(size) // gencore.PAGE // 64
    return "container %s\nram 0 %s\nkeep 64 %d\nnote %s\nlog a line\n" % (container, size, every, note)


def generated(kdoc, folder):
    for container in ("elf", "kdump", "kdump-zlib"):
        for note in ("yes", "no"):
            paths = {size: os.path.join(folder, "%s-%s-%s" % (container, size, note)) for size in SIZES}
            for size, path in paths.items():
                gencore.make(description(container, size, note), path)
            got = measure({size: [kdoc, "core", "check", path] for size, path in paths.items()})
            small, large = got["1G"], got["64G"]
            print("%-10s %-12s 1 GiB %6.2f ms   64 GiB %6.2f ms   ratio %5.2f   peak %4.1f MiB" % (
                container, "" if note == "yes" else "(searched)", small[0], large[0], large[0] / small[0],
                max(small[1], large[1])))


def real(kdoc, dump, folder):
    commands = {"check": [kdoc, "core", "check", dump], "log": [kdoc, "core", "log", dump]}
    theirs = os.path.join(folder, "dmesg")
    if shutil.which("makedumpfile"):
        commands["makedumpfile"] = ["makedumpfile", "-f", "--dump-dmesg", dump, theirs]
    got = measure(commands)
    print("%s: " % dump + "   ".join("%s %.1f ms (%.0f MiB)" % (name, *figures) for name, figures in got.items()))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="kdoc-bench-") as folder:
        generated(os.path.abspath(sys.argv[1]), folder)
        for dump in sys.argv[2:]:
            real(os.path.abspath(sys.argv[1]), dump, folder)


if __name__ == "__main__":
    main()
