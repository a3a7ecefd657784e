#!/usr/bin/env python3
"""usage: symbols.py [--log LOG] [--tree KERNEL_TREE] KDOC VMLINUX

Times of source lines for addresses of one vmlinux: kdoc beside addr2line -fi, eu-addr2line -fi, llvm-symbolizer, gdb and
decode_stacktrace.sh, as far as they are there, in one run on the same addresses.

Processor time (user + system, which other load on the machine moves less than the clock) and elapsed time, medians;
KDOC_BENCH_ROUNDS=3 sets how often each runs, --most=N seconds drops a rival after one run that takes longer.
The first line is the cold case, no index yet; all files are in the page cache.  Nothing is asserted.
"""
import argparse
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = int(os.environ.get("KDOC_BENCH_ROUNDS", "3"))


def seconds(command, data=b"", environment=None, rounds=None, most=60):
    """(median of elapsed seconds, peak MiB, median of processor seconds); None when it fails."""
    times, busy, peak = [], [], 0
    for _ in range(rounds or ROUNDS):
        with tempfile.TemporaryFile() as given:
            given.write(data)
            given.seek(0)
            began = time.monotonic()
            child = subprocess.Popen(command, stdin=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                     env=environment)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        times.append(time.monotonic() - began)
        busy.append(used.ru_utime + used.ru_stime)
        peak = max(peak, used.ru_maxrss / 1024)
        if child.returncode not in (0, 1):
            return None
        if times[-1] > most:
            break
    return statistics.median(times), peak, statistics.median(busy)


def functions(vmlinux):
    text = subprocess.run(["nm", "-S", "--defined-only", vmlinux], stdout=subprocess.PIPE, check=True).stdout.decode()
    rows = [line.split() for line in text.splitlines()]
    seen = {}
    for r in rows:
        if len(r) == 4 and r[2] in "tT" and int(r[1], 16) > 32 and "." not in r[3] and not r[3].startswith("__pfx"):
            seen.setdefault(r[3], []).append((int(r[0], 16), int(r[1], 16)))
    return [(n, v[0][0], v[0][1]) for n, v in seen.items() if len(v) == 1]


def rivals(vmlinux):
    found = []
    for name, command in (("addr2line -fi", ["addr2line", "-fi", "-e", vmlinux]),
                          ("eu-addr2line -fi", ["eu-addr2line", "-f", "-i", "-e", vmlinux]),
                          ("llvm-symbolizer", ["llvm-symbolizer", "--inlines", "--obj=" + vmlinux]),
                          ("gdb", ["gdb", "-q", "-nx", "-batch", "-x", "/dev/stdin", vmlinux])):
        path = shutil.which(command[0]) or shutil.which(command[0] + "-14")
        if path:
            found.append((name, [path] + command[1:]))
        else:
            print("%s is not here" % name)
    return found


def questions(name, addresses):
    form = "info line *%#x\n" if name == "gdb" else "%#x\n"
    return "".join(form % a for a in addresses).encode()


def line(what, mine, others):
    """Each is (elapsed, peak, processor seconds); the ratio is that of processor time."""
    best = min((t[2] for t in others.values()), default=None)
    print("%-34s kdoc %9.1f ms (elapsed %.1f)%s" % (
        what, mine[2] * 1e3, mine[0] * 1e3, "   best of the others is %.1f times that" % (best / mine[2]) if best else ""))
    for name, t in sorted(others.items(), key=lambda item: item[1][2]):
        print("    %-30s %9.1f ms (elapsed %.1f)   %.1f times" % (name, t[2] * 1e3, t[0] * 1e3, t[2] / mine[2]))
    sys.stdout.flush()


def cold(kdoc, vmlinux, cache):
    environment = dict(os.environ, XDG_CACHE_HOME=cache)
    times = []
    for _ in range(ROUNDS):
        shutil.rmtree(cache, ignore_errors=True)
        times.append(seconds([kdoc, "index", vmlinux], environment=environment, rounds=1))
    text = subprocess.run([kdoc, "index", "--list"], env=environment, stdout=subprocess.PIPE, check=True).stdout.decode()
    path = [w for w in text.split() if w.endswith(".kdx")][0]
    debug = 0
    for row in subprocess.run(["readelf", "-SW", vmlinux], stdout=subprocess.PIPE, check=True).stdout.decode().splitlines():
        found = re.match(r" *\[ *\d+\] \.debug_\S+ +PROGBITS +[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+)", row)
        debug += int(found.group(1), 16) if found else 0
    print("index: built in %.2f s (busy %.2f s) with %d processors, peak %.0f MiB; %.1f MB = %.1f %% of %.0f MB of debug sections" % (
        statistics.median(t[0] for t in times), statistics.median(t[2] for t in times), len(os.sched_getaffinity(0)),
        max(t[1] for t in times),
        os.path.getsize(path) / 1e6, 100 * os.path.getsize(path) / debug, debug / 1e6))
    return environment


def oops(some):
    frames = ["%s+%#x/%#x" % (n, size // 2, size) for n, _, size in some]
    rows = ["BUG: kernel NULL pointer dereference, address: 0000000000000010", "Oops: 0000 [#1] PREEMPT SMP",
            "CPU: 1 PID: 77 Comm: cat Not tainted", "RIP: 0010:" + frames[0], "Call Trace:", " <TASK>"]
    return "\n".join("[   12.345678] " + r for r in rows + [" " + f for f in frames[1:]] + [" </TASK>"]) + "\n"


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--log")
    parser.add_argument("--tree")
    parser.add_argument("--most", type=float, default=20)
    parser.add_argument("kdoc")
    parser.add_argument("vmlinux")
    o = parser.parse_args()
    work = tempfile.mkdtemp(prefix="kdoc-bench-")
    try:
        measure(o, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def measure(o, work):
    pick = random.Random(7)
    all_functions = functions(o.vmlinux)
    with open(o.vmlinux, "rb") as file:
        while file.read(1 << 20):
            pass
    environment = cold(o.kdoc, o.vmlinux, os.path.join(work, "cache"))
    dropped = set()
    for number in (1, 20, 1000):
        some = [pick.choice(all_functions) for _ in range(number)]
        addresses = [a + pick.randrange(size) for _, a, size in some]
        own = seconds([o.kdoc, "addr", "--only", "-d", o.vmlinux, "-"], questions("", addresses), environment,
                         rounds=max(15, ROUNDS))
        others = {}
        for name, command in rivals(o.vmlinux):
            got = None if name in dropped else seconds(command, questions(name, addresses), most=o.most)
            if got:
                others[name] = got
                if got[0] > o.most:
                    dropped.add(name)
        line("%d address%s, index there" % (number, "es" if number > 1 else ""), own, others)
    logs = [("a trace of 20 frames", oops([pick.choice(all_functions) for _ in range(20)]))]
    if o.log:
        with open(o.log, encoding="utf-8", errors="replace") as file:
            logs.append((os.path.basename(o.log), file.read()))
    script = o.tree and os.path.join(o.tree, "scripts", "decode_stacktrace.sh")
    for what, text in logs:
        own = seconds([o.kdoc, "decode", "--only", "--force", "-d", o.vmlinux, "-"], text.encode(), environment,
                         rounds=max(15, ROUNDS))
        others = {}
        if script and os.path.exists(script):
            got = seconds(["bash", script, o.vmlinux, o.tree], text.encode(), rounds=1)
            if got:
                others["decode_stacktrace.sh"] = got
        line("decode: " + what, own, others)


if __name__ == "__main__":
    main()
