#!/usr/bin/env python3
"""Mutation: changes code and contracts in small ways and asks whether the proof notices.

usage: mutate.py [--all | --sample FILE] [--function NAME] [--file FILE] [--id ID] [--jobs N] [--fresh]
                 [--list] [--resample N] [--sources DIR] [--units FILE] [--prefix CMD]

A mutant is killed if it does not compile with the project's warnings, or if Frama-C rejects it, or if a goal of the
functions that it concerns is no longer proved:
  code     the function it is in; what is left is tried with smoke tests too (dead code, contradictions)
  requires, invariant   the function itself: who needs the clause?
  ensures  the functions that call it
  predicate             every function whose contracts speak of it
A goal counts as not proved when z3 has spent ten times the steps that the hardest goal of the unchanged function
needs (at least 3 million); what z3 cannot prove in the unchanged function gets both provers and more time.
Without options the recorded sample (proof/mutants/sample) is run. Verdicts are kept in build/proof/mutants.state and
used again while the texts behind them are unchanged. Results: build/proof/mutants.json. Every survivor must be
explained in proof/survivors: id | reason (the id may have * in it).

Exit codes: 0 every survivor explained, 1 one is not (or a mutant of the sample is gone), 2 usage, 4 a tool is missing.
"""
import argparse
import collections
import concurrent.futures
import fcntl
import fnmatch
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import threading
import time

PROOF = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(PROOF, "red"), os.path.join(PROOF, "mutants")]
import ctext  # pylint: disable=wrong-import-position
import wp  # pylint: disable=wrong-import-position

SAMPLE = os.path.join(PROOF, "mutants", "sample")
SURVIVORS = os.path.join(PROOF, "survivors")
STATE = os.path.join(wp.OUT, "mutants.state")
TREE = os.path.join(wp.ROOT, "build", "mutants")
COMPILE = """gcc -std=gnu11 -fsyntax-only -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wshadow -Wvla
-Wno-unknown-pragmas -Wno-comment -ffreestanding""".split()
STEPS_MIN, STEPS_FACTOR = 3000000, 10
# z3's seconds only matter if the machine is very busy: steps decide.
FAST = 8
FULL = (("z3", 5, None), ("cvc4,z3", 20, None))
VERSION = "2"
MUTATED = ("module", "machine")


class Program:
    """The sources in one snapshot: texts, functions that are proved, who calls what and who speaks of what."""

    def __init__(self, root, units):
        self.root = root
        self.texts, self.functions = {}, {}  # functions: (file, name), for two files may have one of a name
        for folder in MUTATED + ("theorem",):  # the theorem uses the machine's contracts; it is not mutated itself
            for where, _, names in os.walk(os.path.join(root, folder)):
                for name in sorted(names):
                    if name.endswith((".c", ".h", ".acsl")):
                        path = os.path.join(where, name)
                        with open(path, encoding="utf-8") as file:
                            self.texts[os.path.relpath(path, root)] = file.read()
        self.options = units
        for file in units:
            for function in ctext.functions(self.texts.get(file, "")):
                self.functions[file, function.name] = function
        self.words = {}
        self.digests = {}

    def users(self, clause, file):
        """Functions that may notice that this clause of a file has gone."""
        if clause.kind == "predicate":
            return self.mentioning(clause.owner)
        seen = [key for key in self.functions if key[0] == file or not file.endswith(".c")]
        if clause.kind == "ensures":
            return [key for key in seen if clause.owner in self.functions[key].calls]
        return [key for key in seen if key[1] == clause.owner]

    def mentioning(self, predicate):
        """Proved functions whose contract, or a contract of a callee, speaks of the predicate."""
        if not self.words:
            self.index()
        names, grown = {predicate}, True
        while grown:
            more = {n for n, words in self.words["predicate"].items() if words & names} - names
            names |= more
            grown = bool(more)
        direct = {n for n, words in self.words["function"].items() if words & names}
        return [key for key, f in self.functions.items() if key[1] in direct or f.calls & direct]

    def index(self):
        """Words of each predicate or macro, and of each function's contract."""
        self.words = {"predicate": collections.defaultdict(set), "function": collections.defaultdict(set)}
        for text in self.texts.values():
            for clause in ctext.read_clauses(text):
                kind = "predicate" if clause.kind == "predicate" else "function"
                self.words[kind][clause.owner] |= {t.text for t in clause.toks[1:] if t.kind == "name"}
            for macro in re.finditer(r"^#define (\w+)(.*(?:\\\n.*)*)", text, re.M):
                self.words["predicate"][macro.group(1)] |= set(re.findall(r"\w+", macro.group(2)))

    def digest(self, file):
        """Of everything that the proof of a file reads."""
        if file not in self.digests:
            done = subprocess.run(["gcc", "-E", "-C", "-P", "-I", "include", "-I", ".", file], cwd=self.root,
                                  capture_output=True, check=False)
            self.digests[file] = hashlib.sha256(done.stdout).hexdigest()[:16]
        return self.digests[file]

    def basis(self, mutant):
        parts = [VERSION] + sorted({self.digest(file) for file, _ in mutant.users})
        return hashlib.sha256(repr(parts + [mutant.id] + sorted(mutant.users)).encode()).hexdigest()[:16]


def make_mutants(program):
    """Every mutant that there is, in order of its file."""
    made = []
    proved = {name for _, name in program.functions}
    for file in sorted(program.texts):
        if file.split("/")[0] not in MUTATED:
            continue
        names = {name for where, name in program.functions if where == file}
        for mutant in ctext.all_mutants(file, program.texts[file], names):
            if mutant.kind == "code":
                mutant.users = ((file, mutant.function),)
            else:
                mutant.users = tuple(program.users(mutant.clause, file))
                if not mutant.users and mutant.clause.kind != "predicate" and mutant.function not in proved:
                    continue  # of a function that is believed, or is in no unit
            made.append(mutant)
    return made


# ---- judging one mutant ----

class Judge:
    """Runs compiler and prover over mutants, each in a place of its own."""

    def __init__(self, program, options, env):
        self.program, self.options, self.env = program, options, env
        self.lock, self.base = threading.Lock(), {}
        self.slots = []

    def place(self, mutant):
        """A directory that holds the changed file alone; the rest is found in the snapshot."""
        with self.lock:
            slot = self.slots.pop() if self.slots else os.path.join(TREE, f"slot-{threading.get_ident()}")
        path = os.path.join(slot, mutant.file)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(mutant.text(self.program.texts[mutant.file]))
        return slot, path

    def leave(self, slot, path):
        os.remove(path)
        with self.lock:
            self.slots.append(slot)

    def baseline(self, user):
        """Steps limit of the unchanged function, and the goals that z3 alone does not prove there."""
        with self.lock:
            mine = self.base.setdefault(user, threading.Lock())
        with mine:  # a second one that asks waits for the first
            root, (file, name) = self.program.root, user
            key = f"baseline:{file}:{name}:{self.program.digest(file)}"
            known = self.options.state.get(key)
            if not known:
                own = ["-wp-par", "4"] + self.program.options[file]
                run = wp.run(self.options.prefix + wp.command(os.path.join(root, file), [name], [root], FULL, own),
                             self.env, cwd=root)
                known = {"id": key, "red": run.red() if run.goals and not run.code else ["nothing proved"],
                         "weak": sorted(run.weak), "steps": max(run.steps.values(), default=0), "goals": len(run.goals)}
                self.options.remember(known)
            return known

    def judge(self, mutant):
        """Verdict and detail: killed-compile, killed-frama-c, killed-proof, killed-smoke, survived, unused, unproved."""
        if not mutant.users:
            return "unused", "no proved function could notice"
        slot, path = self.place(mutant)
        try:
            if mutant.kind == "code" and not self.compiles(slot, path):
                return "killed-compile", ""
            verdict, detail = self.prove(mutant, slot, path)
            if verdict == "rejected":  # code is, by right; a clause was made badly
                return "killed-frama-c" if mutant.kind == "code" else "malformed", detail
            if mutant.kind == "code" and verdict == "survived":
                dead = self.smoke(path, mutant.users[0], [slot, self.program.root])
                dead -= self.smoke_baseline(mutant.users[0])
                if dead:
                    return "killed-smoke", sorted(dead)[0]
            return verdict, detail
        finally:
            self.leave(slot, path)

    def smoke(self, source, user, roots):
        """Smoke tests that fail: code that the contracts say is never reached."""
        own = ["-wp-par", "4", "-wp-smoke-tests", "-wp-smoke-timeout", "1"] + self.program.options[user[0]]
        line = self.options.prefix + wp.command(source, [user[1]], roots, [("z3", FAST, None)], own)
        return wp.run(line, self.env, cwd=roots[0]).smoke

    def smoke_baseline(self, user):
        file = user[0]
        key = f"smoke:{file}:{user[1]}:{self.program.digest(file)}"
        known = self.options.state.get(key)
        if not known:
            root = self.program.root
            failed = self.smoke(os.path.join(root, file), user, [root])
            known = {"id": key, "failed": sorted(failed)}
            self.options.remember(known)
        return set(known["failed"])

    def compiles(self, slot, path):
        root = self.program.root
        line = COMPILE + ["-I", slot + "/include", "-I", slot, "-I", root + "/include", "-I", root, path]
        return subprocess.run(line, cwd=slot, capture_output=True, check=False).returncode == 0

    def prove(self, mutant, slot, path):
        files = collections.OrderedDict()
        for file, name in sorted(mutant.users, key=lambda user: user[0] != mutant.file):
            files.setdefault(file, []).append(name)
        unproved = []
        for file, names in files.items():
            source = path if file == mutant.file else os.path.join(self.program.root, file)
            red = {n: self.baseline((file, n))["red"] for n in names}
            unproved += [f"{n} is not proved without the change: {r[0]}" for n, r in red.items() if r]
            names = [n for n in names if not red[n]]
            verdict, detail = self.prove_file(file, slot, source, names) if names else ("survived", "")
            if verdict != "survived":
                return verdict, detail
        return ("unproved", unproved[0]) if unproved else ("survived", "")

    def prove_file(self, file, slot, source, names):
        bases = [self.baseline((file, n)) for n in names]
        weak = set().union(*(b["weak"] for b in bases))
        steps = max([STEPS_MIN] + [STEPS_FACTOR * b["steps"] for b in bases])
        roots = [slot, self.program.root]
        own = ["-wp-par", "4"] + self.program.options[file]
        line = self.options.prefix + wp.command(source, names, roots, [("z3", FAST, steps)], own)
        run = wp.run(line, self.env, cwd=slot, stop_at_red=True, ignore=weak)
        if run.first_red:
            return "killed-proof", run.first_red
        if run.code != 0 or not run.goals:
            text = next((t for t in run.log if "rror" in t), "") + " " + " ".join(run.log[-2:])
            return "rejected", text[:200]
        if not run.red():
            return "survived", ""
        line = self.options.prefix + wp.command(source, names, roots, FULL, own)
        run = wp.run(line, self.env, cwd=slot)
        return ("killed-proof", run.red()[0]) if run.red() else ("survived", "")


# ---- state, sample, survivors ----

class State:
    """Verdicts of earlier runs, one JSON object a line; the last one of an id counts."""

    def __init__(self, fresh):
        self.known, self.lock = {}, threading.Lock()
        if os.path.exists(STATE) and not fresh:
            with open(STATE, encoding="utf-8") as file:
                for line in file:
                    try:
                        entry = json.loads(line)
                    except ValueError:
                        continue  # a line that an interrupted run left unfinished
                    self.known[entry["id"]] = entry
        os.makedirs(wp.OUT, exist_ok=True)
        self.file = open(STATE, "w" if fresh else "a", encoding="utf-8")  # pylint: disable=consider-using-with

    def get(self, key):
        return self.known.get(key)

    def remember(self, entry):
        with self.lock:
            self.known[entry["id"]] = entry
            self.file.write(json.dumps(entry) + "\n")
            self.file.flush()


def read_lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip() and not line.startswith("#")]


def write_sample(mutants, count):
    """A third of the sample are clauses. Every function has its share, one mutant of its code at least; the order is fixed."""
    def rank(mutant):
        return hashlib.sha256(mutant.id.rsplit("-", 1)[0].encode()).hexdigest()
    chosen = []
    for kind, share, least in (("spec", count // 3, 0), ("code", count - count // 3, 1)):
        groups = collections.defaultdict(list)
        for mutant in sorted((m for m in mutants if m.kind == kind), key=rank):
            groups[mutant.file, mutant.function].append(mutant)
        total = sum(len(g) for g in groups.values())
        picked = [m for g in groups.values() for m in g[:max(least, len(g) * share // max(1, total))]]
        rest = sorted((m for m in mutants if m.kind == kind and m not in picked), key=rank)
        chosen += picked + rest[:max(0, share - len(picked))]
    with open(SAMPLE, "w", encoding="utf-8") as file:
        file.write("# Mutants that 'make mutate' runs; written by proof/mutate.py --resample N. See docs/mutation.md.\n")
        file.writelines(sorted(m.id + "\n" for m in chosen))
    return len(chosen)


def explanation(mutant_id, lines):
    for line in lines:
        pattern, _, reason = line.partition("|")
        if reason.strip() and fnmatch.fnmatchcase(mutant_id, pattern.strip().replace("[", "[[]")):
            return reason.strip()
    return ""


# ---- the run ----

def parse():
    parser = argparse.ArgumentParser(prog="mutate.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--all", action="store_true", help="every mutant, not the sample (make mutate ALL=yes)")
    parser.add_argument("--sample", default=SAMPLE, help="file of ids")
    parser.add_argument("--function", help="every mutant of these functions (make mutate FN=...)")
    parser.add_argument("--file", help="every mutant of this file")
    parser.add_argument("--id", action="append", help="this mutant (* allowed); prints the change")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--fresh", action="store_true", help="forget earlier verdicts")
    parser.add_argument("--list", action="store_true", help="print the mutants and run none")
    parser.add_argument("--resample", type=int, metavar="N", help="write a new sample of N ids and stop")
    parser.add_argument("--sources", default=wp.ROOT, help="another tree with include/, module/ and machine/")
    parser.add_argument("--units", default=os.path.join(PROOF, "units"), help="the files that are proved")
    parser.add_argument("--prefix", type=shlex.split, default=[], help="command put before each run of frama-c")
    return parser.parse_args()


def select(mutants, options):
    """The mutants to run, and ids that name none."""
    if options.id:
        return [m for m in mutants if any(fnmatch.fnmatchcase(m.id, i) for i in options.id)], []
    if options.function or options.file:
        names = (options.function or "").replace(",", " ").split()
        return [m for m in mutants if (not names or m.function in names)
                and (not options.file or m.file == options.file)], []
    if options.all:
        return mutants, []
    by_id = {m.id: m for m in mutants}
    wanted = read_lines(options.sample)
    return [by_id[i] for i in wanted if i in by_id], [i for i in wanted if i not in by_id]


def take_tree():
    """build/mutants belongs to one run at a time; until this process ends."""
    os.makedirs(TREE, exist_ok=True)
    take_tree.file = open(os.path.join(TREE, "lock"), "w", encoding="utf-8")  # pylint: disable=consider-using-with
    try:
        fcntl.flock(take_tree.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def main():
    options = parse()
    missing = wp.missing_tools()
    if missing:
        print(f"mutate: {missing[0]} is missing; 'make doctor' says which Debian packages to install", file=sys.stderr)
        return 4
    if options.list or options.resample:
        root = options.sources
    else:
        root = os.path.join(TREE, "tree")
        if not take_tree():
            print("mutate: another run is using build/mutants", file=sys.stderr)
            return 2
        wp.copy_sources(root, options.sources)
    program = Program(root, wp.read_units(options.units))
    mutants = make_mutants(program)
    if options.resample:
        print(f"proof/mutants/sample: {write_sample(mutants, options.resample)} of {len(mutants)} mutants")
        return 0
    chosen, gone = select(mutants, options)
    if not chosen:
        print("mutate: no mutant matches", file=sys.stderr)
        return 2
    if options.list or options.id:
        for m in chosen:
            print(f"{m.id} | {m.file}:{m.line} | {m.old} => {' '.join(m.new.split())}")
        if options.list:
            return 0
    return run_all(program, chosen, gone, options, len(mutants))


def run_all(program, chosen, gone, options, total):
    wp.handle_signals()
    state = State(options.fresh)
    options.state, options.remember = state, state.remember
    judge = Judge(program, options, wp.environment())
    explained = read_lines(SURVIVORS)
    entries, todo, start = {}, [], time.time()
    for m in chosen:
        known = state.get(m.id)
        if known and known["basis"] == program.basis(m):
            entries[m.id] = known
        else:
            todo.append(m)
    print(f"mutants: {total} in all, {len(chosen)} chosen, {len(todo)} to run", flush=True)

    def work(m):
        began = time.time()
        verdict, detail = judge.judge(m)
        entry = {"id": m.id, "basis": program.basis(m), "kind": m.kind, "verdict": verdict, "detail": detail,
                 "line": m.line, "old": m.old, "new": " ".join(m.new.split()), "seconds": round(time.time() - began, 2)}
        state.remember(entry)
        return entry

    with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
        for number, job in enumerate(concurrent.futures.as_completed([pool.submit(work, m) for m in todo]), 1):
            entry = job.result()
            entries[entry["id"]] = entry
            if not entry["verdict"].startswith("killed"):
                mark = "explained" if explanation(entry["id"], explained) else entry["verdict"].upper()
                print(f"  {mark:<9} {entry['id']} | line {entry['line']}: {entry['old'][:70]} => {entry['new'][:70]} "
                      f"{entry['detail'][:120]}", flush=True)
            if number % 25 == 0:
                pace = (time.time() - start) / number
                print(f"  {number} of {len(todo)}, {pace:.1f} s each, {(len(todo) - number) * pace / 60:.0f} min to go",
                      flush=True)
    return report([entries[m.id] for m in chosen], gone, explained, options, total, time.time() - start)


def report(entries, gone, explained, options, total, seconds):
    code = 0
    figures = {}
    for kind, words in (("code", "code mutants"), ("spec", "clause mutants")):
        of_kind = [e for e in entries if e["kind"] == kind]
        count = collections.Counter(e["verdict"] for e in of_kind)
        killed = sum(n for v, n in count.items() if v.startswith("killed"))
        figures[kind] = dict(count, total=len(of_kind), killed=killed)
        share = f"{100 * killed / len(of_kind):.1f} %" if of_kind else "-"
        print(f"  {words}: {len(of_kind)}; killed by compile {count['killed-compile']}, by Frama-C {count['killed-frama-c']}, "
              f"by proof {count['killed-proof']}, by smoke tests {count['killed-smoke']}: {share}; survived {count['survived']}, nobody uses {count['unused']}, "
              f"not judged {count['unproved'] + count['malformed']}")
    left = []
    for e in entries:
        if e["verdict"].startswith("killed"):
            continue
        e["reason"] = explanation(e["id"], explained)
        if not e["reason"] or e["verdict"] in ("malformed", "unproved"):
            left.append(e)
    for e in left:
        what = "not load-bearing" if e["kind"] == "spec" and e["verdict"] != "unproved" else e["verdict"]
        print(f"  {what}: {e['id']}: line {e['line']}: {e['old'][:100]} => {e['new'][:60]} {e['detail'][:100]}")
        code = 1
    for name in gone:
        print(f"  no longer a mutant: {name}")
        code = 1
    if not (options.function or options.file or options.id):
        with open(os.path.join(wp.OUT, "mutants.json"), "w", encoding="utf-8") as file:
            json.dump({"total": total, "figures": figures, "gone": gone, "seconds": round(seconds, 1), "mutants": entries},
                      file, indent=1)
            file.write("\n")
    print(f"mutation results: {len(entries)} mutants, {sum(f['killed'] for f in figures.values())} killed, "
          f"{len(left)} survivors unexplained; {seconds:.0f} s")
    return code


if __name__ == "__main__":
    sys.exit(main())
