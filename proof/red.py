#!/usr/bin/env python3
"""Red controls: small wrong variants of the sources, each of which the proof must refuse, and with which goals.

usage: red.py [--name NAME[,NAME...]] [--jobs N] [--sources DIR] [--prefix CMD] [--propose]

proof/red/list names the controls: name | security property it defends | attacks | files | functions | red goals
  attacks    AT-nnn of the attack catalogue, or hN for its historic bug number N; - for none
  files      the files to prove in the changed copy; - stands for proof/red/NAME.c, which is no patch but a program
  red goals  exactly the goals that must fail; '-' for a variant that must be proved entirely
A control is proof/red/NAME.patch (applied with patch -p1 to a copy in build/red/NAME) or proof/red/NAME.c.
A goal missing among the red ones is an error, and so is one too many. Results: build/proof/red.json.

Exit codes: 0 every control is as stated, 1 one is not, 2 usage, 3 proof/red/list is malformed, 4 a tool is missing.
"""
import argparse
import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "red"))
import wp  # pylint: disable=wrong-import-position

RED = os.path.join(wp.ROOT, "proof", "red")
BUILD = os.path.join(wp.ROOT, "build", "red")
# First z3 alone; what is then open, both provers. A goal of the unchanged sources needs less than a second.
STAGES = (("z3", 3, None), ("cvc4,z3", 5, None))
FIELDS = ("name", "property", "attacks", "files", "functions", "goals")
HISTORIC = 26
CLAUSES = "requires|terminates|decreases|exits|assigns|ensures|behavior|complete|disjoint"


class Malformed(Exception):
    """proof/red/list cannot be read."""


class Control:
    """One line of proof/red/list."""

    def __init__(self, number, row):
        self.name, self.property, attacks, files, functions, goals = row
        self.attacks = [] if attacks == "-" else attacks.replace(",", " ").split()
        self.files = [] if files == "-" else files.split()
        self.functions = functions.split()
        self.expected = [] if goals == "-" else sorted(goals.split())
        self.program = os.path.join(RED, self.name + ".c") if files == "-" else None
        self.patch = None if self.program else os.path.join(RED, self.name + ".patch")
        for path in filter(None, (self.program, self.patch)):
            if not os.path.exists(path):
                raise Malformed(f"proof/red/list:{number}: {os.path.relpath(path, wp.ROOT)} is missing")
        bad = [a for a in self.attacks if not re.fullmatch(r"AT-\d{3}|h\d+", a)]
        if bad or not self.functions or len(set(self.expected)) != len(self.expected):
            raise Malformed(f"proof/red/list:{number}: {self.name}: bad attack, no function or a goal named twice")


def read_list():
    controls = []
    with open(os.path.join(RED, "list"), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            row = [part.strip() for part in line.split("|")]
            if len(row) != len(FIELDS) or not all(row):
                raise Malformed(f"proof/red/list:{number}: {len(FIELDS)} fields expected")
            controls.append(Control(number, row))
    names = [c.name for c in controls]
    twice = sorted({n for n in names if names.count(n) > 1})
    unused = sorted(f[:-6] for f in os.listdir(RED) if f.endswith(".patch") and f[:-6] not in names)
    if twice or unused:
        raise Malformed("proof/red/list: " + "; ".join([f"{n} twice" for n in twice]
                                                       + [f"{n}.patch is not listed" for n in unused]))
    return controls


def defined_in(path, functions):
    """Those of functions that the file defines."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    return [f for f in functions if re.search(rf"\b{re.escape(f)}\s*\([^;{{}}]*\)\s*\{{", text)]


def run_control(control, options, env):
    """Result of one control as a dictionary for red.json; 'log' is kept apart."""
    start = time.time()
    result = {"name": control.name, "property": control.property, "attacks": control.attacks,
              "expected": control.expected, "seen": [], "goals": 0, "problem": "", "explained": []}
    root = os.path.join(BUILD, control.name)
    wp.copy_sources(root, options.sources)
    if control.patch:
        patched = subprocess.run(["patch", "-p1", "-s", "-F0", "--no-backup-if-mismatch", "-i", control.patch], cwd=root,
                                 capture_output=True, text=True, check=False)
        if patched.returncode != 0:
            result["problem"] = "the patch does not apply: " + " / ".join(patched.stdout.split("\n")[:2])
    if not result["problem"]:
        prove(control, root, options, env, result)
    result["seconds"] = round(time.time() - start, 1)
    same = result["seen"] == result["expected"]
    result["verdict"] = "error" if result["problem"] else "as stated" if same else "differs"
    return result


def prove(control, root, options, env, result):
    sources = [control.program] if control.program else [os.path.join(root, f) for f in control.files]
    log, seen, left = [], [], set(control.functions)
    for source in sources:
        functions = defined_in(source, control.functions) if os.path.exists(source) else []
        if not functions:
            result["problem"] = f"{os.path.relpath(source, root)} has none of the functions"
            return
        left -= set(functions)
        own = wp.options_of(options.units, os.path.relpath(source, root))
        line = options.prefix + wp.command(source, functions, [root], STAGES, ["-wp-par", "4"] + own)
        run = wp.run(line, env, cwd=root)
        log += run.log
        if run.code != 0 or not run.goals:
            tail = [text for text in run.log if "rror" in text] or run.log[-1:]
            result["problem"] = f"frama-c does not accept {os.path.basename(source)}: " + " / ".join(tail)[:300]
        seen += run.red()
        result["goals"] += len(run.goals)
    if left:
        result["problem"] = "not defined in these files: " + " ".join(sorted(left))
    with open(os.path.join(wp.OUT, f"red-{control.name}.log"), "w", encoding="utf-8") as file:
        file.write("\n".join(log) + "\n")
    result["seen"] = sorted(seen)
    result["explained"] = [explain(goal, root, sources) for goal in result["seen"]]


# ---- a goal's name in words ----

def clause_of(function, label, root):
    """Where and how function's contract says 'requires label: ...'."""
    for folder in ("module", "machine", "include", "crypto"):
        for where, _, names in os.walk(os.path.join(root, folder)):
            for name in sorted(names):
                if not name.endswith((".h", ".c")):
                    continue
                path = os.path.join(where, name)
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                for contract in re.finditer(r"/\*@((?:(?!\*/).)*)\*/\s*(?:static |extern )*[\w \*]*?\b(\w+)\s*\(", text, re.S):
                    clause = re.search(rf"requires\s+{label}\s*:(.*?);\s*(?:{CLAUSES}|$)", contract.group(1), re.S)
                    if contract.group(2) == function and clause:
                        line = text.count("\n", 0, contract.start(1) + clause.start()) + 1
                        words = " ".join(clause.group(1).split())
                        return f"{os.path.relpath(path, root)}:{line}", words
    return None


def explain(goal, root, sources):
    """A failed goal in a sentence."""
    called = re.search(r"_call_(\w+?)(?:_\d+)?_requires_(\w+?)(?:_\d+)?$", goal)
    if called:
        found = clause_of(called.group(1), called.group(2), root)
        if found:
            return f"{called.group(1)} asks '{called.group(2)}' of its caller ({found[0]}): {found[1]}"
    for source in sources:
        ensured = re.search(r"_(ensures|loop_invariant)_(\w+?)(_preserved|_established)?(_\d+)?$", goal)
        if ensured:
            kind = ensured.group(1).replace("_", " ")
            return f"{kind} '{ensured.group(2)}'{(ensured.group(3) or '').replace('_', ' is not ')}"
        del source
    return goal


def shown_function(path, name):
    """The text of a function without its contract."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    found = re.search(rf"^[\w \*]+\b{name}\([^)]*\)\n\{{\n.*?^\}}\n", text, re.S | re.M)
    return found.group(0).rstrip("\n").split("\n"), text.count("\n", 0, found.start()) + 1


def show_program(control, result, root):
    """The little program as a slide: each function, then what the proof says of it."""
    print()
    for name in control.functions:
        lines, first = shown_function(control.program, name)
        failed = [g for g in result["seen"] if g.startswith(f"typed_{name}_") or f"_{name}_call_" in g]
        failed = [g for g in failed if re.match(rf"typed_{name}_(call|ensures|assigns|loop|exits|terminates|assert)", g)]
        for number, line in enumerate(lines, first):
            print(f"    {number:4} | {line.expandtabs(4)}")
            for goal in failed:
                called = re.search(r"_call_(\w+?)_requires_(\w+)$", goal)
                if called and re.search(rf"\b{called.group(1)}\(", line):
                    column = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
                    width = len(line.expandtabs(4)) - column
                    print("         | " + " " * column + "^" * width)
                    print("         | " + " " * column + f"error: precondition '{called.group(2)}' not satisfied")
        for goal in failed:
            print(f"    rejected: {goal}")
            print(f"              {explain(goal, root, [])}")
        if not failed:
            print("    accepted: every goal proved")
        print()


def report(result):
    mark = {"as stated": "red   " if result["expected"] else "green ", "differs": "WRONG ", "error": "ERROR "}
    print(f"  {mark[result['verdict']]} {result['name']:<32} {len(result['seen']):2} of {result['goals']:3} goals red "
          f"{result['seconds']:6.1f} s  {result['property']}", flush=True)
    if result["problem"]:
        print("    " + result["problem"])
    for goal in sorted(set(result["expected"]) - set(result["seen"])):
        print(f"    not red: {goal}")
    for goal in sorted(set(result["seen"]) - set(result["expected"])):
        print(f"    red, but not stated: {goal}")


def historic(results):
    """Numbers of historic bugs whose control is as stated."""
    return sorted({int(a[1:]) for r in results if r["verdict"] == "as stated" for a in r["attacks"] if a[0] == "h"})


def parse():
    parser = argparse.ArgumentParser(prog="red.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--name", help="only these controls (make red NAME=...)")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--sources", default=wp.ROOT, help="another tree with include/, module/ and machine/")
    parser.add_argument("--prefix", type=shlex.split, default=[], help="command put before each run of frama-c")
    parser.add_argument("--propose", action="store_true", help="print lines of proof/red/list with the goals seen")
    return parser.parse_args()


def main():
    options = parse()
    missing = wp.missing_tools(("frama-c", "why3", "z3", "cvc4", "gcc", "patch"))
    if missing:
        print(f"red: {missing[0]} is missing; 'make doctor' says which Debian packages to install", file=sys.stderr)
        return 4
    try:
        controls = read_list()
    except (Malformed, OSError) as error:
        print(f"red: {error}", file=sys.stderr)
        return 3
    if options.name:
        names = options.name.replace(",", " ").split()
        unknown = [n for n in names if n not in [c.name for c in controls]]
        if unknown:
            print(f"red: no control {unknown[0]} in proof/red/list", file=sys.stderr)
            return 2
        controls = [c for c in controls if c.name in names]
    return run_all(controls, options)


def run_all(controls, options):
    wp.handle_signals()
    options.units = wp.read_units()
    env, start, results = wp.environment(), time.time(), {}
    with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
        jobs = {pool.submit(run_control, c, options, env): c for c in controls}
        for job in concurrent.futures.as_completed(jobs):
            control, result = jobs[job], job.result()
            results[control.name] = result
            report(result)
            if control.program and not result["problem"]:
                show_program(control, result, os.path.join(BUILD, control.name))
    ordered = [results[c.name] for c in controls]
    if options.propose:
        for control in controls:
            print(f"{control.name}: {' '.join(results[control.name]['seen']) or '-'}")
            for sentence in results[control.name]["explained"]:
                print("    " + sentence)
    wrong = [r for r in ordered if r["verdict"] != "as stated"]
    numbers = historic(ordered)
    if not options.name:
        with open(os.path.join(wp.OUT, "red.json"), "w", encoding="utf-8") as file:
            json.dump({"controls": ordered, "historic": numbers, "seconds": round(time.time() - start, 1)}, file, indent=1)
            file.write("\n")
    print(f"red controls: {len(ordered) - len(wrong)} as stated, {len(wrong)} wrong; "
          f"historic bugs {len(numbers)} of {HISTORIC}; {time.time() - start:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
