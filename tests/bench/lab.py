#!/usr/bin/env python3
"""usage: lab.py [--kernel FOLDER] [--cache DIR] KDOC

What the lab does in how much time: fresh boots per minute (with one command run in the guest),
crashes per minute from a kept state, seconds from start to a core on the disk.  Beside it vng
(virtme-ng), if it is in PATH, boots the same image and runs the same command, in alternation with
kdoc.  Everything under TCG; medians of wall-clock time.  Nothing is asserted.

KDOC_BENCH_ROUNDS=3: how often.  FOLDER is what `kdoc lab kernel fetch --headers` leaves; without
one Debian's small kernel is fetched into DIR and kept there.  vng reads the host's files over 9p,
which Debian's cloud kernels lack: name one that `kdoc lab kernel build` made for a comparison.  What
vng boots is a whole system's user space, what kdoc boots is a busybox; `kdoc lab boot --backend=vng`
boots the same as vng does.
"""
import argparse
import json
import os
import pty
import select
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = int(os.environ.get("KDOC_BENCH_ROUNDS", "3"))
LIMIT = 600
# Booted alike, so that all but the first begin at the kept state.
CASES = ["null_write", "err_ptr_head", "user_read", "bug", "warn", "panic"]


def fetch(kdoc, cache):
    folder = os.path.join(cache, "kernel")
    if not os.path.isdir(os.path.join(folder, "boot")):
        done = subprocess.run([kdoc, "lab", "kernel", "fetch", "--flavour=cloud", "--headers", "--out=" + folder],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=1800, check=False)
        if done.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            sys.exit("bench-lab: no kernel could be fetched")
    return folder


def answer(command):
    """(seconds, its JSON)"""
    began = time.monotonic()
    done = subprocess.run(command + ["--json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=LIMIT,
                          check=False)
    seconds = time.monotonic() - began
    if done.returncode not in (0, 1):
        sys.exit("bench-lab: %s ended with status %d" % (" ".join(command), done.returncode))
    return seconds, json.loads(done.stdout)


def on_terminal(command):
    """(status, output): vng wants a terminal."""
    ours, theirs = pty.openpty()
    run = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    text, until = b"", time.monotonic() + LIMIT
    try:
        while time.monotonic() < until:
            if select.select([ours], [], [], 1)[0]:
                try:
                    more = os.read(ours, 65536)
                except OSError:  # the last one that had it open is gone
                    break
                if not more:
                    break
                text += more
        else:
            os.killpg(run.pid, signal.SIGKILL)
    finally:
        os.close(ours)
        status = run.wait()
    return status, text.decode(errors="replace")


def vng_boots(image, release):
    """Seconds, or None with a line that says why."""
    command = ["vng", "--force-9p", "--disable-kvm", "--memory", "512M", "--cpus", "2", "-r", image, "--", "uname", "-r"]
    began = time.monotonic()
    status, text = on_terminal(command)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if status or release not in lines:
        print("vng       could not boot it (status %d): %s" % (status, lines[-1][:100] if lines else "no word"))
        return None
    return time.monotonic() - began


def kdoc_boots(kdoc, kernel, backend):
    seconds, said = answer([kdoc, "lab", "boot", "--accel=tcg", "--backend=" + backend, "--run=uname -r", kernel])
    if said["verdict"] != "ok":
        sys.exit("bench-lab: the boot by %s ended with: %s" % (backend, said["why"]))
    return seconds


def boots(kdoc, kernel):
    """In alternation: kdoc, vng, kdoc with vng as its back-end."""
    what = answer([kdoc, "lab", "kernel", "find", kernel])[1]["kernel"]
    times = {"kdoc": []}
    peer_can = shutil.which("vng") is not None
    if not peer_can:
        print("vng       is not installed")
    for _ in range(ROUNDS):
        times["kdoc"].append(kdoc_boots(kdoc, kernel, "qemu"))
        seconds = vng_boots(what["image"], what["release"]) if peer_can else None
        peer_can = seconds is not None
        if peer_can:
            times.setdefault("vng", []).append(seconds)
            times.setdefault("kdoc --backend=vng", []).append(kdoc_boots(kdoc, kernel, "vng"))
    mine = statistics.median(times["kdoc"])
    for name, seconds in times.items():
        each = statistics.median(seconds)
        print("boots     %-18s %5.1f s each, %4.1f a minute, ratio %.2f   (%s)" % (
            name, each, 60 / each, each / mine, what["release"]))


def crashes(kdoc, kernel, folder):
    out = os.path.join(folder, "crash")
    seconds, said = answer([kdoc, "lab", "crash", "--accel=tcg", "--kernel=" + kernel, "--out=" + out] + CASES)
    kept = [case["ms"] / 1000 for case in said["cases"] if case.get("restored")]
    good = sum(case.get("good", False) for case in said["cases"])
    if kept:
        each = statistics.median(kept)
        print("crashes   %.1f s each from a kept state, %.1f a minute; %d cases with module, boot and state %.1f s, "
              "%d good" % (each, 60 / each, len(said["cases"]), seconds, good))
    return os.path.join(out, "kdoc_crash", "kdoc_crash.ko")


def cores(kdoc, kernel, folder, module):
    out = os.path.join(folder, "core")
    times, size = [], 0
    for _ in range(ROUNDS):
        shutil.rmtree(out, ignore_errors=True)
        seconds, said = answer([kdoc, "lab", "crash", "--accel=tcg", "--kernel=" + kernel, "--out=" + out,
                                "--module=" + module, "--cores=elf", "panic"])
        core = said["cases"][0].get("cores", [{}])[0]
        if not core.get("bytes") or core.get("problem"):
            sys.exit("bench-lab: no core: %s" % said["cases"][0])
        times.append(seconds)
        size = core["bytes"]
    print("core      %.1f s from start to an ELF core of %.0f MB" % (statistics.median(times), size / 1e6))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--kernel")
    parser.add_argument("--cache", default=os.path.join("build", "vm"))
    parser.add_argument("kdoc")
    options = parser.parse_args()
    kdoc = os.path.abspath(options.kdoc)
    if not shutil.which("qemu-system-x86_64"):
        sys.exit("bench-lab: no qemu-system-x86_64")
    os.makedirs(options.cache, exist_ok=True)
    kernel = options.kernel or fetch(kdoc, options.cache)
    print("rounds: %d, TCG, load %.1f on %d CPUs" % (ROUNDS, os.getloadavg()[0], os.cpu_count()))
    boots(kdoc, kernel)
    with tempfile.TemporaryDirectory(prefix="kdoc-bench-") as folder:
        module = crashes(kdoc, kernel, folder)
        cores(kdoc, kernel, folder, module)


if __name__ == "__main__":
    main()
