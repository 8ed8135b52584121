#!/usr/bin/env python3
"""Runs Frama-C/WP over the units listed in proof/units and judges the result.

usage: verify.py [--file FILE.c] [--function NAME] [--no-smoke] [--jobs N]

Exit codes: 0 everything proved, 1 something is not (or trust is undeclared), 2 usage, 4 a tool is missing.
A unit is proved when: every property of its functions is Valid (run-time errors, unsigned overflow and
downcasts included), every smoke test passed, WP said nothing that makes it unsound, and every function
or axiom that was believed stands in proof/ledger.
"""
import argparse
import collections
import concurrent.futures
import csv
import os
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.path.join(ROOT, "build", "proof")
TRUSTED = "Considered valid"

FLAGS = """-c11 -machdep gcc_x86_64 -warn-unsigned-overflow -warn-signed-downcast -warn-unsigned-downcast
-kernel-warn-key annot:missing-spec=abort,asm:clobber=abort,typing:implicit-function-declaration=abort
-wp -wp-rte -wp-par 2 -wp-check-memory-model -wp-no-pruning -wp-no-ground
-wp-warn-key pedantic-assigns=error""".split()

# Warnings that say nothing about soundness; every other warning fails the unit.
# ("Failed smoke-test" repeats a line that judge_log looks at.)
HARMLESS = re.compile(r"No goal generated|Missing terminates clause|Generate default \w+ clause|Failed smoke-test")
# Code behind a call of hw_terminate is dead, as its contract says.
DEAD_BY_CONTRACT = re.compile(r"_hw_terminate_wp_smoke_dead_call_")


def read_table(name, fields):
    """Lines of '|'-separated fields; '#' starts a comment line."""
    rows = []
    with open(os.path.join(ROOT, "proof", name), encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            row = [part.strip() for part in line.split("|")]
            if len(row) != fields:
                sys.exit(f"proof/{name}:{number}: {fields} fields expected, {len(row)} found")
            rows.append(row)
    return rows


def command(source, csv_path, function, smoke):
    cpp = f"-cpp-extra-args=-I{ROOT}/include -I{ROOT}"
    only = ["-wp-fct", function] if function else []
    dead = ["-wp-smoke-tests", "-wp-smoke-timeout", "1"] if smoke else []
    return (["frama-c"] + FLAGS + [cpp, "-wp-prover", "z3", "-wp-timeout", "10"] + dead + only + [source]
            + ["-then", "-wp", "-wp-prover", "cvc4,z3", "-wp-timeout", "30"]
            + ["-then", "-report-csv", csv_path])


class Unit:
    """One source file: what was proved, what was believed, what went wrong."""

    def __init__(self, source):
        self.source = source
        self.functions = set()
        self.trusted = set()
        self.goals = 0
        self.smoke = 0
        self.errors = []
        self.by_prover = collections.Counter()
        self.seconds = 0.0


def judge_log(unit, log):
    for line in log.splitlines():
        if "Warning" in line and not HARMLESS.search(line):
            unit.errors.append("warning: " + line.strip())
        if "[Failed] Smoke-test" in line and not DEAD_BY_CONTRACT.search(line):
            unit.errors.append("contradiction or dead code: " + line.strip())
        if "[Passed] Smoke-test" in line:
            unit.smoke += 1
        prover = re.match(r"\[wp\] \[([^\]]+)\] Goal \S+ : Valid", line)
        if prover:
            unit.by_prover[prover.group(1)] += 1


def judge_properties(unit, path, function):
    """Reads the property table. A precondition that nobody calls here is 'Untried': its callers owe it."""
    rows = collections.defaultdict(list)
    with open(path, encoding="utf-8") as f:
        for row in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE):
            if not row["function"].startswith("__"):
                rows[row["function"]].append(row)
    for name, properties in rows.items():
        if any(p["status"] == TRUSTED for p in properties):
            unit.trusted.add(name)
            continue
        if function and name != function:
            continue
        proved = False
        for p in properties:
            if p["property kind"] == "precondition" and p["status"] == "Untried":
                continue
            if p["status"] == "Valid":
                proved = True
                unit.goals += 1
            else:
                unit.errors.append(f"{p['file']}:{p['line']}: {name}: {p['property kind']} "
                                   f"{p['property'][:80]}: {p['status']}")
        if proved:
            unit.functions.add(name)


def run_unit(source, function, smoke):
    unit = Unit(source)
    csv_path = os.path.join(OUT, source.replace("/", "_") + ".csv")
    if os.path.exists(csv_path):
        os.remove(csv_path)
    start = time.time()
    done = subprocess.run(command(os.path.join(ROOT, source), csv_path, function, smoke),
                          capture_output=True, text=True, check=False)
    log = done.stdout + done.stderr
    with open(csv_path[:-4] + ".log", "w", encoding="utf-8") as f:
        f.write(log)
    if done.returncode != 0 or not os.path.exists(csv_path):
        unit.errors.append(f"frama-c failed ({done.returncode}): " + " / ".join(log.splitlines()[-3:]))
    else:
        judge_log(unit, log)
        judge_properties(unit, csv_path, function)
    unit.seconds = time.time() - start
    return unit


def check_ledger(trusted):
    """The ledger names exactly what is believed: WP's trusted functions and every text that needs trust."""
    errors = []
    entries = read_table("ledger", 6)
    for number, kind, name, where, _, _ in entries:
        path = os.path.join(ROOT, where)
        text = open(path, encoding="utf-8").read() if os.path.isfile(path) else ""
        if not re.search(rf"\b{re.escape(name)}\b", text):
            errors.append(f"ledger {number}: {kind} {name} is not in {where}")
    declared = {name for _, kind, name, _, _, _ in entries if kind == "contract"}
    for name in sorted(trusted - declared):
        errors.append(f"{name}: believed, but not in proof/ledger")
    files = {where for _, kind, _, where, _, _ in entries if kind == "assembly"}
    files |= {where for _, kind, _, where, _, _ in entries if kind == "contract"}
    word = re.compile(r"\b(asm|__asm__|volatile|admit|axiom|axiomatic)\b")
    for folder, _, names in os.walk(os.path.join(ROOT, "module")):
        for name in names:
            where = os.path.relpath(os.path.join(folder, name), ROOT)
            if name.endswith((".c", ".h", ".acsl")) and where not in files:
                text = re.sub(r"/\*[^@].*?\*/", "", open(os.path.join(ROOT, where), encoding="utf-8").read(), flags=re.S)
                for hit in word.finditer(text):
                    errors.append(f"{where}: '{hit.group(0)}' outside the files of the ledger")
    numbers = [e[0] for e in entries]
    errors += [f"ledger {n}: number used twice" for n in set(numbers) if numbers.count(n) > 1]
    return errors, entries


def check_coverage(wanted, proved):
    return [f"{name}: listed in proof/units for {source}, but nothing was proved of it"
            for source, names in wanted for name in names.split() if name not in proved]


def main():
    arguments = argparse.ArgumentParser(prog="verify.py", description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("--file", help="one source file of proof/units")
    arguments.add_argument("--function", help="one function of it")
    arguments.add_argument("--no-smoke", action="store_true", help="development only; the verdict says so")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = arguments.parse_args()
    for tool in ("frama-c", "why3", "z3", "cvc4"):
        if shutil.which(tool) is None:
            print(f"verify: {tool} is missing; 'make doctor' says which Debian packages to install", file=sys.stderr)
            return 4
    os.makedirs(OUT, exist_ok=True)
    os.environ["WHY3CONFIG"] = os.path.join(OUT, "why3.conf")
    if not os.path.exists(os.environ["WHY3CONFIG"]):
        subprocess.run(["why3", "-C", os.environ["WHY3CONFIG"], "config", "detect"], capture_output=True, check=True)
    wanted = read_table("units", 2)
    if options.function and not options.file:
        wanted = [w for w in wanted if options.function in w[1].split()]
    if options.file:
        wanted = [w for w in wanted if w[0] == options.file]
    if not wanted:
        print("verify: no unit of proof/units matches", file=sys.stderr)
        return 2
    return report(options, wanted)


def report(options, wanted):
    units, start = [], time.time()
    with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
        jobs = [pool.submit(run_unit, source, options.function, not options.no_smoke) for source, _ in wanted]
        for job in concurrent.futures.as_completed(jobs):
            unit = job.result()
            units.append(unit)
            print(f"  {'FAILED' if unit.errors else 'proved'}  {unit.source:<36} {len(unit.functions):3} functions "
                  f"{unit.goals:5} goals {unit.smoke:4} smoke tests {unit.seconds:6.1f} s", flush=True)
            for error in unit.errors:
                print("    " + error, flush=True)
    proved = set().union(*(u.functions for u in units))
    trusted = set().union(*(u.trusted for u in units)) - proved
    if options.file or options.function:  # what another unit proves is believed in this run alone
        trusted -= {name for _, names in read_table("units", 2) for name in names.split()}
    ledger_errors, entries = check_ledger(trusted)
    errors = ledger_errors + ([] if options.function else check_coverage(wanted, proved))
    for error in errors:
        print("  " + error)
    provers = sum((u.by_prover for u in units), collections.Counter())
    total = len(errors) + sum(len(u.errors) for u in units)
    print(f"  goals {sum(u.goals for u in units)} ({', '.join(f'{k} {v}' for k, v in provers.most_common())}); "
          f"believed contracts {len(trusted)}; ledger {len(entries)} entries; "
          f"axioms {sum(e[1] == 'axiom' for e in entries)}; {time.time() - start:.0f} s"
          + ("; WITHOUT SMOKE TESTS" if options.no_smoke else ""))
    print(f"verification results: {len(proved)} verified, {total} errors")
    return 1 if total else 0


sys.exit(main())
