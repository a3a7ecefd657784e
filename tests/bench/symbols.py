#!/usr/bin/env python3
"""usage: symbols.py [--log LOG] [--tree KERNEL_TREE] [--most SECONDS] KDOC VMLINUX

Times of source lines for 1, 20 and 1,000 addresses of one vmlinux and of whole logs: kdoc beside addr2line -fi,
eu-addr2line -fi, llvm-symbolizer, gdb and decode_stacktrace.sh, as far as they are there, in one run on the same questions.

  first  kdoc has no index yet: it builds it and answers
  cold   the files (vmlinux, index) are not in the page cache: as far as the kernel lets go of them when it is asked to
  warm   they are

Contenders take turns, KDOC_BENCH_ROUNDS=3 times (kdoc warm at least 15: it is the shortest), so that other load on the machine meets
all of them; medians of elapsed and of processor time, the ratio is that of elapsed time, behind it of processor time.  One
that takes longer than --most seconds runs once; one that takes ten times that is stopped, and that is said.  One that fails or
answers nothing has no figure.  Nothing is asserted.
"""
import argparse
import collections
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROUNDS = max(1, int(os.environ.get("KDOC_BENCH_ROUNDS", "3")))
Run = collections.namedtuple("Run", "elapsed busy peak why") # seconds, seconds, MiB; why: it has no figure
Contender = collections.namedtuple("Contender", "name command data environment before")


def once(contender, most):
    """One run, stopped after ten times `most`."""
    if contender.before:
        contender.before()
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out:
        given.write(contender.data)
        given.seek(0)
        began = time.monotonic()
        child = subprocess.Popen(contender.command, stdin=given, stdout=out, stderr=subprocess.DEVNULL,
                                 env=contender.environment, start_new_session=True)
        late = threading.Timer(10 * most, lambda: os.killpg(child.pid, 9))
        late.start()
        _, status, used = os.wait4(child.pid, 0)
        elapsed = time.monotonic() - began
        late.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        size = out.seek(0, 2)
    why = None
    if child.returncode == -9:
        why = "stopped after %.0f s" % elapsed
    elif child.returncode not in (0, 1):
        why = "exit status %d" % child.returncode
    elif not size:
        why = "it answers nothing"
    return Run(elapsed, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, why)


def in_turns(contenders, most, kdoc_rounds=0):
    """{name: Run of medians}, in turns."""
    runs, out = {c.name: [] for c in contenders}, set()
    for i in range(max(ROUNDS, kdoc_rounds)):
        for c in contenders:
            if c.name in out or (i >= ROUNDS and c.name != "kdoc"):
                continue
            runs[c.name].append(once(c, most))
            if runs[c.name][-1].why or runs[c.name][-1].elapsed > most:
                out.add(c.name)
    result = {}
    for name, all_runs in runs.items():
        bad = [r.why for r in all_runs if r.why]
        result[name] = Run(statistics.median(r.elapsed for r in all_runs), statistics.median(r.busy for r in all_runs),
                           max(r.peak for r in all_runs), bad[0] if bad else None)
    return result


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


def show(what, results):
    mine = results["kdoc"]
    if mine.why:
        print("%-34s kdoc: %s" % (what, mine.why))
        return
    good = {n: r for n, r in results.items() if n != "kdoc" and not r.why}
    best = min(good, key=lambda n: good[n].elapsed) if good else None
    print("%-34s kdoc %9.1f ms (busy %.1f)%s" % (
        what, mine.elapsed * 1e3, mine.busy * 1e3,
        "   the best of the others, %s: %.1f times that" % (best, good[best].elapsed / mine.elapsed) if best else ""))
    for name, r in sorted(results.items(), key=lambda item: item[1].elapsed):
        if name == "kdoc":
            continue
        if r.why:
            print("    %-30s %s" % (name, r.why))
        else:
            print("    %-30s %9.1f ms (busy %.1f)   %.1f times, busy %.1f times" % (
                name, r.elapsed * 1e3, r.busy * 1e3, r.elapsed / mine.elapsed, r.busy / max(mine.busy, 1e-4)))
    sys.stdout.flush()


def let_go(paths):
    """Ask the kernel to forget what it has of these files."""
    for path in paths:
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def read_all(paths):
    for path in paths:
        with open(path, "rb") as file:
            while file.read(1 << 20):
                pass


def index_of(kdoc, environment):
    text = subprocess.run([kdoc, "index", "--list"], env=environment, stdout=subprocess.PIPE, check=True).stdout.decode()
    return [w for w in text.split() if w.endswith(".kdx")][0]


def building(kdoc, vmlinux, cache, most):
    """The environment in which the index is there."""
    environment = dict(os.environ, XDG_CACHE_HOME=cache)
    remove = lambda: shutil.rmtree(cache, ignore_errors=True)
    r = in_turns([Contender("kdoc", [kdoc, "index", vmlinux], b"", environment, remove)], 10 * most)["kdoc"]
    if r.why:
        sys.exit("kdoc index %s: %s" % (vmlinux, r.why))
    debug = 0
    for row in subprocess.run(["readelf", "-SW", vmlinux], stdout=subprocess.PIPE, check=True).stdout.decode().splitlines():
        found = re.match(r" *\[ *\d+\] \.debug_\S+ +PROGBITS +[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+)", row)
        debug += int(found.group(1), 16) if found else 0
    size = os.path.getsize(index_of(kdoc, environment))
    print("index: built in %.2f s (busy %.2f s) with %d processors, peak %.0f MiB; %.1f MB = %.1f %% of %.0f MB of debug sections" % (
        r.elapsed, r.busy, len(os.sched_getaffinity(0)), r.peak, size / 1e6, 100 * size / max(1, debug), debug / 1e6))
    return environment


def oops(some):
    frames = ["%s+%#x/%#x" % (n, size // 2, size) for n, _, size in some]
    rows = ["BUG: kernel NULL pointer dereference, address: 0000000000000010", "Oops: 0000 [#1] PREEMPT SMP",
            "CPU: 1 PID: 77 Comm: cat Not tainted", "RIP: 0010:" + frames[0], "Call Trace:", " <TASK>"]
    return "\n".join("[   12.345678] " + r for r in rows + [" " + f for f in frames[1:]] + [" </TASK>"]) + "\n"


def states(what, make, environment, o, files):
    """make(state's environment, before) → contenders; first, cold and warm."""
    fresh = os.path.join(o.work, "first")
    first = dict(environment, XDG_CACHE_HOME=fresh)
    own = make(first, lambda: shutil.rmtree(fresh, ignore_errors=True))[0]
    read_all(files)
    results = in_turns([own], 10 * o.most)
    show(what + ", first", results)
    shutil.rmtree(fresh, ignore_errors=True)
    show(what + ", cold", in_turns(make(environment, lambda: let_go(files)), o.most))
    read_all(files)
    show(what + ", warm", in_turns(make(environment, None), o.most, 15))


def of_addresses(o, found, addresses):
    def make(environment, before):
        own = Contender("kdoc", [o.kdoc, "addr", "--only", "-d", o.vmlinux, "-"], questions("", addresses), environment, before)
        return [own] + [Contender(n, c, questions(n, addresses), None, before) for n, c in found]
    return make


def of_log(o, text):
    script = o.tree and os.path.join(o.tree, "scripts", "decode_stacktrace.sh")

    def make(environment, before):
        found = [Contender("kdoc", [o.kdoc, "decode", "--only", "--force", "-d", o.vmlinux, "-"], text.encode(), environment, before)]
        if script and os.path.exists(script):
            found.append(Contender("decode_stacktrace.sh", ["bash", script, o.vmlinux, o.tree], text.encode(), None, before))
        return found
    return make


def measure(o):
    pick = random.Random(7)
    all_functions = functions(o.vmlinux)
    if not all_functions:
        sys.exit("%s has no symbols of functions" % o.vmlinux)
    found = rivals(o.vmlinux)
    if not o.tree or not os.path.exists(os.path.join(o.tree, "scripts", "decode_stacktrace.sh")):
        print("decode_stacktrace.sh is not here: TREE (--tree) names a kernel's source (Debian: linux-source)")
    read_all([o.vmlinux])
    environment = building(o.kdoc, o.vmlinux, os.path.join(o.work, "cache"), o.most)
    files = [o.vmlinux, index_of(o.kdoc, environment)]
    for number in (1, 20, 1000):
        some = [pick.choice(all_functions) for _ in range(number)]
        addresses = [a + pick.randrange(size) for _, a, size in some]
        states("%d address%s" % (number, "es" if number > 1 else ""), of_addresses(o, found, addresses), environment, o, files)
    logs = [("a trace of 20 frames", oops([pick.choice(all_functions) for _ in range(20)])),
            ("a log of 40 traces", "".join(oops([pick.choice(all_functions) for _ in range(20)]) for _ in range(40)))]
    if o.log:
        with open(o.log, encoding="utf-8", errors="replace") as file:
            logs.append((os.path.basename(o.log), file.read()))
    for what, text in logs:
        states("decode: " + what, of_log(o, text), environment, o, files)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--log")
    parser.add_argument("--tree")
    parser.add_argument("--most", type=float, default=20)
    parser.add_argument("kdoc")
    parser.add_argument("vmlinux")
    o = parser.parse_args()
    if not os.path.isfile(o.vmlinux):
        sys.exit("no vmlinux: make bench-symbols VMLINUX=/usr/lib/debug/boot/vmlinux-… [TREE=…] [LOG=…]")
    o.work = tempfile.mkdtemp(prefix="kdoc-bench-")
    try:
        measure(o)
    finally:
        shutil.rmtree(o.work, ignore_errors=True)


if __name__ == "__main__":
    main()
