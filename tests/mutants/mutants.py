#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: mutants.py [options] --kdoc KDOC --work FOLDER COMMAND…

Real kernel functions crashed by one bad variable each, and what `kdoc investigate --debug` says about the crash.

    sites    choose dereference sites (sites.py says by which rule) and write the mutated tree; --tree names the pristine one
    build    the kernels (--builds): gcc, kasan (gcc, inline checks), clang; a site that does not compile is left out
    run      the mutants in guests, until each one crashed, was not reached twice, or --minutes are over; goes on where it was
    judge    every log against the truth (judge.py says by which rules), the table, and every answer that is wrong
    all      all of it

One kernel holds all mutants; each is armed by one task of the guest (kernel/kd_mutate.h, guest.c), so the others never see
it.  FOLDER/BUILD/logs/N-KIND.log is the console of a mutant, from its begin to its end; FOLDER/BUILD/verdicts.json what was
judged.  Exit code of judge: 1 when an answer is wrong.
"""
import argparse
import collections
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import judge as rules  # noqa: E402
import sites as choice  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
CONFIGS = {"gcc": ("gcc", ["mutants.config"]), "kasan": ("gcc", ["mutants.config", "kasan.config"]), "clang": ("clang", [])}
POINTER_KINDS = ["null", "errptr", "freed", "poison", "ascii"]
TRIES = 2
PER_BOOT = 60
FLOOD = 2 << 20  # bytes of one console


def load(path, default=None):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return default


def store(path, value):
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
    os.replace(path + ".new", path)


class Mutants:
    def __init__(self, o):
        self.o = o
        self.tree = os.path.join(o.work, "src")
        self.sites_file = os.path.join(o.work, "sites.json")

    def folder(self, build, *more):
        return os.path.join(self.o.work, build, *more)

    # --- the tree and the kernels

    def kernel(self, build):
        cc, configs = CONFIGS[build]
        names = ",".join(["tiny"] + [os.path.join(HERE, c) for c in configs])
        done = subprocess.run(["nice", self.o.kdoc, "lab", "kernel", "build", "--tree=" + self.tree, "--out=" + self.folder(build),
                               "--config=" + names, "--cc=" + cc, "--jobs=%d" % self.o.jobs, "--json"], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return done.returncode, done.stderr.decode()

    def sites(self):
        if not os.path.isdir(self.tree):
            shutil.copytree(self.o.tree, self.tree, symlinks=True)
        if not os.path.exists(self.folder("gcc", "build", "vmlinux")):
            code, text = self.kernel("gcc")  # unchanged: which files does this configuration compile?
            if code:
                sys.exit("the unchanged kernel is not built: " + text)
        chosen = choice.choose(self.o.tree, self.folder("gcc", "build"), self.o.seed, self.o.sites, self.o.index_sites, self.o.chain_sites)
        self.write(chosen, set())
        print("%d sites in %d files" % (len(chosen), len({s["file"] for s in chosen})))

    def write(self, chosen, skipped):
        for name, target in (("kd_mutate.h", "include/linux"), ("kd_mutate.c", "lib")):
            target = os.path.join(self.tree, target, name)
            if not os.path.exists(target) or open(target, "rb").read() != open(os.path.join(HERE, "kernel", name), "rb").read():
                shutil.copy(os.path.join(HERE, "kernel", name), target)
        with open(os.path.join(self.o.tree, "lib/Makefile"), encoding="utf-8") as file:
            text = file.read() + "\nobj-y += kd_mutate.o\n"
        with open(os.path.join(self.tree, "lib/Makefile"), "r+", encoding="utf-8") as file:
            if file.read() != text:
                file.seek(0)
                file.truncate()
                file.write(text)
        choice.mutate(self.o.tree, self.tree, chosen, skipped)
        store(self.sites_file, {"sites": chosen, "skipped": sorted(skipped)})

    def build(self):
        state = load(self.sites_file)
        chosen, skipped = state["sites"], set(state["skipped"])
        for build in self.o.builds:
            for _ in range(8):
                code, text = self.kernel(build)
                if not code:
                    break
                with open(self.folder(build, "build.log"), encoding="utf-8", errors="replace") as file:
                    errors = {(m.group(1), int(m.group(2))) for m in re.finditer(r"(\S+\.[ch]):(\d+):\d+: error", file.read())}
                bad = {s["n"] for s in chosen for path, line in errors
                       if path.endswith(s["file"]) and "at" in s and abs(s["at"] - 1 - line) <= 1} - skipped
                if not bad:
                    sys.exit("%s is not built: %s" % (build, text))
                skipped |= bad
                self.write(chosen, skipped)
            print("%s: built, %d of %d sites" % (build, len(chosen) - len(skipped), len(chosen)), flush=True)

    # --- guests

    def mutants(self, build):
        """[[number, kind]] in the order of the seed."""
        state = load(self.sites_file)
        rng = random.Random("%d %s" % (self.o.seed, build))
        out = []
        for site in state["sites"]:
            if site["n"] in state["skipped"]:
                continue
            kinds = ["index"] if site["kind"] == "index" else [
                POINTER_KINDS[(site["n"] + i) % len(POINTER_KINDS)] for i in range(self.o.kinds)]
            out += [[site["n"], {"freed": "slab" if build == "kasan" else "vmalloc"}.get(k, k)] for k in kinds]
        rng.shuffle(out)
        return out

    def guest(self):
        path = os.path.join(self.o.work, "guest")
        if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(os.path.join(HERE, "guest.c")):
            subprocess.run(["gcc", "-O1", "-static", "-pthread", "-o", path, os.path.join(HERE, "guest.c")], check=True)
        return path

    def boot(self, build, todo, number):
        """One guest; what kdoc said about it."""
        out = self.folder(build, "boots", "%03d" % number)
        shutil.rmtree(out, ignore_errors=True)
        os.makedirs(os.path.dirname(out), exist_ok=True)
        slow = build == "kasan"
        command = ["nice", self.o.kdoc, "lab", "boot", "--accel=tcg", "--cpus=1", "--memory=%d" % (768 if slow else 384),
                   "--file=%s:/bin/kdm" % self.guest(), "--out=" + out, "--timeout=%d" % (1200 if slow else 600),
                   "--quiet=%d" % (30 if slow else 20), "--append=kasan_multi_shot printk.devkmsg=on slub_debug=- log_buf_len=4M "
                   "softlockup_panic=1 watchdog_thresh=%d mitigations=off" % (8 if slow else 4),
                   "--run=/bin/kdm " + " ".join("%d:%s" % tuple(m) for m in todo),
                   self.folder(build, "build", "arch/x86/boot/bzImage")]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        console, flood = os.path.join(out, "console.log"), False
        said = b""
        while child.poll() is None:
            try:
                said, _ = child.communicate(timeout=1)
            except subprocess.TimeoutExpired:
                # a loop over freed memory complains for ever
                if not flood and os.path.exists(console) and os.path.getsize(console) > FLOOD:
                    flood = True
                    child.send_signal(signal.SIGINT)
        return "flood" if flood else said.decode().split("\n")[0]

    @staticmethod
    def parts(console):
        """{"n:kind": its part of the console}, in order."""
        try:
            with open(console, encoding="utf-8", errors="replace") as file:
                text = file.read()
        except FileNotFoundError:
            return {}
        parts, now = {}, None
        for line in text.split("\n"):
            m = re.search(r"kdm: begin (\d+) (\w+) ([0-9a-f]+)\s*$", line)
            if m:
                now = parts.setdefault("%s:%s" % m.groups()[:2], {"value": int(m.group(3), 16), "lines": [], "end": None})
            if now is not None:
                now["lines"].append(line)
            m = re.search(r"kdm: end (\d+) (\S+)", line)
            if m and now is not None:
                now["end"], now = m.group(2), None
        return parts

    @staticmethod
    def stray(report, value, before):
        """Does the report belong to an earlier mutant, whose bad value is still somewhere in memory?  The same instruction
        again, or an address near an earlier bad value and far from the own one."""
        def near(v):
            return report["addr"] is not None and (report["addr"] - v + 65536) % 2**64 < 131072
        return any(r["place"] and r["place"] == report["place"] or near(v) and v != value for r, v in before) and (
            not near(value) or any(r["place"] == report["place"] for r, _ in before))

    def collect(self, build):
        """What all boots gave: {"done": …, "tries": …}; one log per mutant that crashed."""
        logs, state = self.folder(build, "logs"), {"done": {}, "tries": {}, "boots": 0, "stray": 0}
        os.makedirs(logs, exist_ok=True)
        folder = self.folder(build, "boots")
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            state["boots"], before = int(name) + 1, []
            for key, part in self.parts(os.path.join(folder, name, "console.log")).items():
                text = "\n".join(part["lines"]) + "\n"
                report = rules.first_report(text, build == "kasan")
                if report and self.stray(report, part["value"], before):
                    state["stray"] += 1
                    break  # memory is spoilt: the others come again in another boot
                if report:
                    before.append((report, part["value"]))
                    with open(os.path.join(logs, key.replace(":", "-") + ".log"), "w", encoding="utf-8") as file:
                        file.write(text)
                if report or part["end"] not in (None, "hung"):
                    state["done"].setdefault(key, {"value": part["value"], "end": part["end"], "report": bool(report), "boot": int(name)})
                else:
                    state["tries"][key] = state["tries"].get(key, 0) + 1
        store(self.folder(build, "runs.json"), state)
        return state

    def run(self):
        for build in self.o.builds:
            self.run_one(build)

    def run_one(self, build):
        until = time.time() + 60 * self.o.minutes
        everything, idle = self.mutants(build), 0
        state = self.collect(build)
        while time.time() < until and idle < 4:
            tries = state["tries"]
            todo = [m for m in everything if "%d:%s" % tuple(m) not in state["done"] and tries.get("%d:%s" % tuple(m), 0) < TRIES]
            if not todo:
                break
            todo.sort(key=lambda m: tries.get("%d:%s" % tuple(m), 0))
            start, was = time.time(), len(state["done"])
            said = self.boot(build, todo[:PER_BOOT], state["boots"])
            before = state
            state = self.collect(build)
            idle = idle + 1 if len(state["done"]) == was and state["tries"] == before["tries"] else 0
            print("%s: boot %d, %.0f s: %d done, %d of all crashed; %d left (%s)" % (
                build, state["boots"], time.time() - start, len(state["done"]) - was,
                sum(d["report"] for d in state["done"].values()), len(everything) - len(state["done"]), said), flush=True)
        if idle == 4:
            print("%s: four guests in a row gave nothing" % build)

    # --- judging

    def claims(self, build, log):
        env = dict(os.environ, XDG_CACHE_HOME=os.path.join(self.o.work, "cache"))
        done = subprocess.run([self.o.kdoc, "investigate", "--report", "1", "--format=json", "--debug=" + self.folder(build, "build", "vmlinux"), log],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, check=False)
        if done.returncode:
            return None, "kdoc ended with %d: %s" % (done.returncode, done.stderr.decode()[-200:]), []
        claims = json.loads(done.stdout)["findings"][0]["claims"]
        said = [c for c in claims if c["topic"] == "variable"]
        why = [re.sub(r"^which variable \w+ was: ", "", c["text"]) for c in claims if c["topic"] == "operand" and c["part"] in ("unknown", "not_known")]
        return said, "; ".join(why) or "nothing was said", [c["text"] for c in claims if c["topic"] == "variables"]

    def judge(self):
        state = load(self.sites_file)
        by_number = {s["n"]: s for s in state["sites"]}
        table, wrong, silent = {}, [], collections.Counter()
        for build in self.o.builds:
            runs = self.collect(build)
            print("%s: %d boots; in %d of them a report that an earlier mutant had left behind (not counted, tried again)" % (
                build, runs["boots"], runs["stray"]))
            vmlinux = self.folder(build, "build", "vmlinux")
            if not runs["done"]:
                continue
            types = rules.structs(vmlinux, {s["struct"] + (" " + s["via"] if "via" in s else "") for s in state["sites"] if s["struct"]}, self.folder(build))
            places = rules.Places(vmlinux)
            verdicts = {}
            for key, run in sorted(runs["done"].items(), key=lambda x: (int(x[0].split(":")[0]), x[0])):
                number, kind = key.split(":")
                if not rules.is_mutant(by_number[int(number)], types):
                    continue
                v = verdicts[key] = self.verdict(build, by_number[int(number)], kind, run, types, places)
                row = table.setdefault((build, kind), collections.Counter())
                row["mutants"] += 1
                row[v["word"]] += 1
                row["proven"] += v.get("proven", False)
                row["listed " + v.get("listed", "")] += 1
                if v["word"] in ("WRONG", "far") or v.get("listed") == "WRONG":
                    wrong.append((build, key, v))
                if v["word"] == "silent":
                    silent["%s: %s" % (build, v["reason"])] += 1
            store(self.folder(build, "verdicts.json"), verdicts)
        self.show(table, wrong, silent)
        return any("WRONG" in (v["word"], v.get("listed")) for _, _, v in wrong)

    def verdict(self, build, site, kind, run, types, places):
        if not run["report"]:
            return {"word": "unreached", "reason": ""}
        log = self.folder(build, "logs", "%d-%s.log" % (site["n"], kind))
        with open(log, encoding="utf-8") as file:
            report = rules.first_report(file.read(), build == "kasan")
        if not report["place"] or report["addr"] is None:
            return {"word": "not a fault", "reason": report["what"]}
        chain = places.lines(report["place"], report["back"], site["file"])
        report["func"] = chain[-1][0] if chain else None
        report["inlined"] = [func for func, _, _ in chain[:-1] if func != site["func"]]
        out = {"site": "%s:%d %s: %s" % (site["file"], site["at"], site["func"], site["text"]), "var": site["var"], "log": log,
               "pc": " < ".join("%s %s:%d" % c for c in chain), "direct": any(
                   path.endswith(site["file"]) and line == site["at"] for _, path, line in chain)}
        said, why, listed = self.claims(build, log)
        out["listed"] = rules.listed(site, run["value"], listed) if out["direct"] else ""
        if said is None:
            return dict(out, word="WRONG", reason=why)
        answer = rules.parse(said[0]["text"]) if said else None
        if said and not answer:
            return dict(out, word="far", reason="another kind of answer", claim=said[0]["text"])
        with open(os.path.join(self.tree, site["file"]), encoding="utf-8", errors="replace") as file:
            lines = file.read().split("\n")
        start = site["at"]
        while start > 0 and not lines[start].startswith("{"):
            start -= 1
        end = site["at"]
        while end < len(lines) and not lines[end].startswith("}"):
            end += 1
        word, reason = rules.judge(site, run["value"], report, answer, types, "\n".join(lines[start:end]))
        if word in ("WRONG", "far") and not places.pass_through(report["frames"], site["func"]):
            word = "elsewhere"
        if word == "silent":
            reason = why
        return dict(out, word=word, reason=reason, claim=said[0]["text"] if said else None,
                    proven=bool(said) and said[0]["status"] == "supported")

    def show(self, table, wrong, silent):
        heads = ["build", "kind", "mutants", "crashed", "not a fault", "silent", "right", "other name", "elsewhere", "far", "WRONG", "proven", "listed", "list WRONG"]
        print("".join(h.rjust(12) for h in heads))
        total = collections.Counter()
        for (build, kind), row in sorted(table.items()) + [(("all", ""), total)]:
            crashed = row["mutants"] - row["unreached"]
            values = [row["mutants"], crashed, row["not a fault"], row["silent"], row["right"], row["other name"], row["elsewhere"], row["far"], row["WRONG"], row["proven"], row["listed right"], row["listed WRONG"]]
            print("".join(str(x).rjust(12) for x in [build, kind] + values))
            if row is not total:
                total.update(row)
        for build, key, v in sorted(wrong, key=lambda x: x[2]["word"]):
            print("\n%s %s %s: %s\n  site %s\n  pc   %s\n  said %s\n  log  %s" % (
                v["word"], build, key, v["reason"], v.get("site"), v.get("pc"), v.get("claim"), v.get("log")))
        print("\nsilent because:")
        for why, n in silent.most_common(20):
            print("%5d  %s" % (n, why))


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("--kdoc", required=True)
    p.add_argument("--work", required=True)
    p.add_argument("--tree")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--sites", type=int, default=240)
    p.add_argument("--index-sites", type=int, default=60)
    p.add_argument("--chain-sites", type=int, default=80)
    p.add_argument("--kinds", type=int, default=1, help="kinds of bad values that each site gets")
    p.add_argument("--builds", type=lambda t: t.split(","), default=list(CONFIGS))
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--minutes", type=float, default=60, help="of each build's guests")
    p.add_argument("command", nargs="+", choices=["sites", "build", "run", "judge", "all"])
    o = p.parse_args()
    o.work, o.kdoc = os.path.abspath(o.work), os.path.abspath(o.kdoc)
    m, bad = Mutants(o), False
    for command in ["sites", "build", "run", "judge"] if "all" in o.command else o.command:
        bad = getattr(m, command)() or bad
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
