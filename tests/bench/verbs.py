#!/usr/bin/env python3
"""usage: verbs.py [--debug VMLINUX] [--processor] KDOC DUMP…

How long a question to a dump takes, beside drgn, crash (both with VMLINUX) and makedumpfile, in the same run, in alternation:
stack of the task that panicked or of process 1, all stacks, log, caches, tasks, waits.  Medians of the clock (crash: one
run), with --processor of the processor time (user and system), which other load on the machine moves less; peaks of memory.
Ratios are the other program's time by kdoc's.  What is not installed, or fails, is left out and named.  Nothing is asserted.
"""
import argparse
import os
import shutil
import statistics
import sys
import time

ROUNDS = int(os.environ.get("KDOC_BENCH_ROUNDS", "7"))

DRGN = r"""
import sys
import drgn
from drgn.helpers.linux import *
prog = drgn.Program()
prog.set_core_dump(sys.argv[1])
if sys.argv[2]:
    prog.load_debug_info([sys.argv[2]])
what = sys.argv[3]
if what == "log":
    from drgn.helpers.linux.printk import get_dmesg
    sys.stdout.buffer.write(get_dmesg(prog))
elif what == "one stack":
    print(prog.stack_trace(1))
elif what == "all stacks":
    for task in for_each_task(prog):
        try:
            print(prog.stack_trace(task))
        except (ValueError, drgn.FaultError) as why:
            print(why)
elif what == "tasks":
    for task in for_each_task(prog):
        print(task.pid.value_(), task.comm.string_())
elif what == "caches":
    for cache in for_each_slab_cache(prog):
        print(cache.name.string_(), sum(1 for _ in slab_cache_for_each_allocated_object(cache, "void")))
"""

QUESTIONS = (
    ("one stack", ["core", "bt", "{dump}", "1"], "bt 1"),
    ("all stacks", ["core", "bt", "--tasks", "{dump}"], "foreach bt"),
    ("log", ["core", "log", "{dump}"], "log"),
    ("tasks", ["core", "ps", "{dump}"], "ps"),
    ("caches", ["core", "kmem", "-s", "{dump}"], "kmem -s"),
    ("waits", ["core", "deadlock", "{dump}"], None),
)


def run(command, stdin=os.devnull):
    """(seconds, peak MiB, exit status, processor seconds)"""
    begin = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0)] + [
        (os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (1, 2)])
    _, status, used = os.wait4(pid, 0)
    return time.perf_counter() - begin, used.ru_maxrss / 1024, os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime


def measure(command, rounds, processor):
    got = [run(command) for _ in range(rounds)]
    if any(one[2] not in (0, 1) for one in got):
        return None
    return statistics.median(one[3 if processor else 0] for one in got) * 1e3, max(one[1] for one in got)


def crash(debug, dump, line, processor):
    if not debug or not line or not shutil.which("crash"):
        return None
    path = "/dev/shm/kdoc-bench-%d" % os.getpid()
    with open(path, "w", encoding="ascii") as file:
        file.write(line + "\nquit\n")
    got = measure(["crash", "-s", "-i", path, debug, dump], 1, processor)
    os.unlink(path)
    return got


def row(what, ours, others):
    said = "%-11s kdoc %7.1f ms %4.0f MiB" % (what, *ours)
    for name, theirs in others:
        if theirs:
            said += "   %s %8.1f ms %4.0f MiB (%.1f x)" % (name, *theirs, theirs[0] / ours[0])
        else:
            said += "   %s -" % name
    print(said, flush=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--debug", default="")
    parser.add_argument("--processor", action="store_true")
    parser.add_argument("kdoc")
    parser.add_argument("dump", nargs="+")
    options = parser.parse_args()
    for dump in options.dump:
        print(dump)
        for what, words, line in QUESTIONS:
            ours = measure([options.kdoc] + [w.format(dump=dump) for w in words], ROUNDS, options.processor)
            if not ours:
                print("%-11s kdoc failed" % what)
                continue
            others = []
            if what == "log" and shutil.which("makedumpfile"):
                path = "/dev/shm/kdoc-bench-dmesg-%d" % os.getpid()
                others.append(("makedumpfile", measure(["makedumpfile", "-f", "--dump-dmesg", dump, path], ROUNDS,
                                                       options.processor)))
                if os.path.exists(path):
                    os.unlink(path)
            if options.debug and what != "waits":
                others.append(("drgn", measure(["/usr/bin/python3", "-c", DRGN, dump, options.debug, what], min(ROUNDS, 3),
                                               options.processor)))
                others.append(("crash", crash(options.debug, dump, line, options.processor)))
            row(what, ours, others)
    return 0


if __name__ == "__main__":
    sys.exit(main())
