#!/usr/bin/env python3
"""usage: measure.py KDOC ORDINARY_LOG DENSE_LOG WORDS_FILE CRASH_LOG

Prints what kdoc does per second beside grep on the same file in the same run, its peak memory, and
the process time of one pasted crash.  The words that grep looks for are the trigger words of the
scanner.  Each command runs on one core, the two in alternation; the figures are medians of the
processor time (user + system), which other load on the machine moves less than the clock.  Nothing
is asserted.
"""
import os
import statistics
import sys

ROUNDS = int(os.environ.get("KDOC_BENCH_ROUNDS", "5"))


def run(command):
    """(processor seconds, peak MiB, exit status) of a command without output."""
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, used = os.wait4(pid, 0)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def warm(path):
    with open(path, "rb") as file:
        while file.read(1 << 16):
            pass


def compare(label, kdoc, path, words):
    warm(path)
    megabytes = os.path.getsize(path) / 1e6
    # On /dev/null GNU grep stops at the first match even with -c, so its output goes to cat.
    rivals = {"kdoc": [kdoc, "scan", path],
              "grep": ["sh", "-c", "LC_ALL=C grep -cF -f \"$1\" \"$2\" | cat", "sh", words, path]}
    times = {name: [] for name in rivals}
    peak, found = 0, None
    for _ in range(ROUNDS):
        for name, command in rivals.items():
            seconds, memory, status = run(command)
            if status not in (0, 1):
                sys.exit("bench: %s ended with status %d" % (" ".join(command), status))
            times[name].append(seconds)
            if name == "kdoc":
                peak, found = max(peak, memory), status == 0
    own, peer = (statistics.median(times[name]) for name in ("kdoc", "grep"))
    print("%-9s %4.0f MB   kdoc scan %7.0f MB/s   grep -cF %7.0f MB/s   ratio %5.2f   peak %4.0f MiB   %s" % (
        label, megabytes, megabytes / own, megabytes / peer, peer / own, peak,
        "reports" if found else "no report"))


def pasted(kdoc, path):
    seconds = [run([kdoc, "investigate", path])[0] for _ in range(max(ROUNDS * 5, 25))]
    print("pasted    %4.0f kB   kdoc investigate %.2f ms of process time (most %.2f ms)" % (
        os.path.getsize(path) / 1e3, statistics.median(seconds) * 1e3, max(seconds) * 1e3))


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    kdoc, ordinary, dense, words, crash = sys.argv[1:]
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    print("core %d, medians of %d runs; a program of no size peaks at %.0f MiB here" % (
        core, ROUNDS, run(["true"])[1]))
    compare("ordinary", kdoc, ordinary, words)
    compare("dense", kdoc, dense, words)
    pasted(kdoc, crash)


if __name__ == "__main__":
    main()
