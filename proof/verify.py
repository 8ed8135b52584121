#!/usr/bin/env python3
"""Proves the units of proof/units with Frama-C/WP and judges the whole. See docs/proof.md.

usage: verify.py [--file FILE] [--function NAME] [--no-cache] [--seeds N] [--second] [--no-smoke]
                 [--limit SECONDS] [--jobs N] [--json] [--trusted | --check-trusted]

Exit codes: 0 everything proved, 1 something is not (or trust is undeclared), 2 usage, 4 a tool is missing.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import json
import os
import re
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cache as cache_of_results  # noqa: E402
import framac  # noqa: E402
import ledger  # noqa: E402
import lines  # noqa: E402

FOLDERS = ("module", "machine", "crypto")
SEEDS = (42, 1, 7, 13, 99, 123, 2024, 31337, 555, 8675309, 271828, 314159)
COLOUR = {"green": "32", "red": "31", "dim": "2"}


def paint(text, colour):
    return f"\033[{COLOUR[colour]}m{text}\033[0m" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text


class Usage(Exception):
    """The call or an input file is wrong."""


# ---- units ----

@dataclasses.dataclass
class Unit:
    source: str
    extra: tuple
    shape: framac.Shape = None
    functions: list = dataclasses.field(default_factory=list)  # proved here
    lemmas: list = dataclasses.field(default_factory=list)
    left: int = 0
    seconds: float = 0.0
    errors: list = dataclasses.field(default_factory=list)


def read_units(root, path=None):
    """'source | options'. A column that is no option (the list of functions of an older format) is ignored:
    every function of a unit must be proved."""
    units = []
    path = path or os.path.join(root, "proof", "units")
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if not line.strip() or line.startswith("#"):
                continue
            source, *columns = [part.strip() for part in line.split("|")]
            extra = tuple(word for column in columns if column.startswith("-") for word in column.split())
            if not os.path.isfile(os.path.join(root, source)):
                raise Usage(f"proof/units:{number}: {source} is not there")
            if source in (u.source for u in units):
                raise Usage(f"proof/units:{number}: {source} stands twice")
            units.append(Unit(source, extra))
    return units


# ---- one function or the lemmas of a unit ----

@dataclasses.dataclass
class Job:
    unit: Unit
    name: str
    lemmas: tuple = ()
    key: str = ""
    entry: dict = None            # the result, as in results.json

    @property
    def label(self):
        return f"{self.unit.source}:{self.name}"


def result_entry(result, cached=False):
    return {"status": "proved" if result.proved else "open",
            "goals": [dataclasses.asdict(g) for g in result.goals],
            "smoke": {"passed": sum(s.passed for s in result.smoke), "failed": [dataclasses.asdict(s) for s in result.failed_smoke]},
            "errors": list(result.errors), "seconds": round(result.seconds, 2), "cached": cached}


class Driver:
    """One run of the proof over a tree."""

    def __init__(self, options, root):
        self.options, self.root = options, root
        self.out = os.path.join(root, "build", "proof")
        os.makedirs(os.path.join(self.out, "logs"), exist_ok=True)
        self.base = framac.Options(root=root, workdir=self.out, smoke=not options.no_smoke, limit=options.limit,
                                   quick=min(framac.QUICK, options.limit))
        self.cache = cache_of_results.Cache(os.path.join(self.out, "cache"), not options.no_cache)
        self.versions = framac.versions()
        self.stamp = cache_of_results.key_of(cache_of_results.own_text(), json.dumps(self.versions, sort_keys=True))
        self.times = self.load_times()
        self.lock = threading.Lock()
        self.compiled = {}            # C file -> {function: (file, line)}
        self.errors = []              # of the whole; those of units stand there

    # -- small helpers --

    def load_times(self):
        try:
            with open(os.path.join(self.out, "times.json"), encoding="utf-8") as f:
                return json.load(f)
        except (OSError, ValueError):
            return {}

    def save_times(self):
        with open(os.path.join(self.out, "times.json"), "w", encoding="utf-8") as f:
            json.dump(self.times, f, indent=0, sort_keys=True)

    def say(self, text=""):
        if not self.options.json:
            with self.lock:
                print(("\r\033[K" if sys.stdout.isatty() else "") + text, flush=True)

    def status(self, text):
        if sys.stdout.isatty() and not self.options.json:
            with self.lock:
                print("\r\033[K" + paint(text[:100], "dim"), end="", flush=True)

    def options_for(self, unit, **change):
        return dataclasses.replace(self.base, extra=unit.extra, **change)

    def pool(self):
        return concurrent.futures.ThreadPoolExecutor(max(1, self.options.jobs))

    # -- reading --

    def inspect(self, unit):
        """The unit's shape; kept by the preprocessed text, which has every header in it."""
        root = self.root
        text = subprocess.run(["gcc", "-E", "-C", "-D__FRAMAC__", f"-I{root}/include", f"-I{root}", os.path.join(root, unit.source)],
                              capture_output=True, text=True, check=False).stdout
        key = cache_of_results.key_of("shape", self.stamp, unit.extra, unit.source, root, text)
        kept = self.cache.get(key)
        if kept is not None:
            unit.shape = framac.Shape(**kept)
            return
        unit.shape = framac.inspect(unit.source, self.options_for(unit))
        self.cache.put(key, dataclasses.asdict(unit.shape), not unit.shape.errors)

    def inspect_all(self, units):
        sources = sorted({u.source for u in units if u.source.endswith(".c")} | set(self.all_sources()))
        with self.pool() as pool:
            shapes = [pool.submit(self.inspect, unit) for unit in units]
            compiled = {s: pool.submit(framac.compiled_functions, s, self.root) for s in sources}
            for n, job in enumerate(concurrent.futures.as_completed(shapes), 1):
                job.result()
                self.status(f"reading {n} of {len(units)} units")
            for source, job in compiled.items():
                self.compiled[source] = job.result() or {}
                if job.result() is None and source.split("/")[0] in FOLDERS:
                    self.errors.append(f"{source}: does not compile")
        for unit in units:
            unit.errors = [e for e in unit.shape.errors]

    def all_sources(self):
        for folder in FOLDERS:
            for path, _, names in sorted(os.walk(os.path.join(self.root, folder))):
                for name in sorted(names):
                    if name.endswith(".c"):
                        yield os.path.relpath(os.path.join(path, name), self.root)

    def place(self, unit, name):
        """(file, line) of a function: the compiler's answer; for ghost code the text's."""
        found = self.compiled.get(unit.source, {}).get(name)
        if found:
            return found
        span = ledger.contract_size(ledger.load(self.root, unit.source), name)
        return unit.source, span[0] if span else 0

    # -- jobs --

    def jobs_of(self, units, entries):
        """One job a function, one for the new lemmas of a unit. A function of a header is proved in the first
        unit that has it; a body that the ledger believes is not proved."""
        believed = {(e.file, e.name) for e in entries if e.kind == "wrapper"}
        seen, lemmas, jobs = set(), {}, []
        for unit in units:
            for name in unit.shape.defined:
                place = (self.place(unit, name)[0], name)
                if place in seen or place in believed:
                    continue
                seen.add(place)
                unit.functions.append(name)
                key = cache_of_results.key_of("function", self.stamp, self.settings(unit), name, unit.shape.keys[name])
                jobs.append(Job(unit, name, key=key))
            new = [n for n, text in unit.shape.lemmas.items() if (n, text) not in lemmas]
            if new:
                lemmas.update(((n, unit.shape.lemmas[n]), unit.source) for n in new)
                unit.lemmas = new
                text = next(iter(unit.shape.keys.values()), repr(unit.shape.lemmas))
                jobs.append(Job(unit, "(lemmas)", tuple(new),
                                cache_of_results.key_of("lemmas", self.stamp, self.settings(unit), new, text)))
        return jobs

    def settings(self, unit):
        base = self.base
        return repr((unit.extra, base.provers, base.smoke, base.seed, base.steps, base.quick, base.limit,
                     base.smoke_seconds, framac.FLAGS, framac.WP))

    def prove(self, job):
        kept = self.cache.get(job.key)
        if kept is not None:
            job.entry = dict(kept, cached=True)
            return
        options = self.options_for(job.unit)
        if job.lemmas:
            result = framac.run(job.unit.source, options=options, lemmas=job.lemmas)
        else:
            result = framac.run(job.unit.source, [job.name], options)
            framac.judge_smoke(result, job.unit.shape.never_return)
        with open(os.path.join(self.out, "logs", job.label.replace("/", "_") + ".log"), "w", encoding="utf-8") as f:
            f.write(result.log)
        job.entry = result_entry(result)
        job.entry["errors"] += self.too_close(result)
        if job.entry["errors"]:
            job.entry["status"] = "open"
        self.times[job.label] = round(result.seconds, 2)
        self.cache.put(job.key, job.entry, job.entry["status"] == "proved")

    def too_close(self, result):
        limit = self.base.limit / 2
        return [f"{g.name}: needs {g.seconds:.1f} s, more than half of the limit of {self.base.limit} s"
                for g in result.goals if g.status == "Valid" and g.seconds > limit]

    def prove_all(self, jobs, units, quiet=False):
        def guess(job):
            return self.times.get(job.label, 3.0)
        jobs = sorted(jobs, key=guess, reverse=True)
        for unit in units:
            unit.left = 0
            if unit.errors and not unit.functions and not quiet:  # Frama-C does not take the file
                self.unit_line(unit, [])
        for job in jobs:
            job.unit.left += 1
        done = 0
        with self.pool() as pool:
            running = {pool.submit(self.prove, job): job for job in jobs}
            try:
                for future in concurrent.futures.as_completed(running):
                    job = running[future]
                    future.result()
                    done += 1
                    job.unit.left -= 1
                    job.unit.seconds += 0 if job.entry["cached"] else job.entry["seconds"]
                    self.status(f"{done} of {len(jobs)} functions")
                    if job.unit.left == 0 and not quiet:
                        self.unit_line(job.unit, [j for j in jobs if j.unit is job.unit])
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                framac.stop_children()
                raise
        self.save_times()

    def unit_line(self, unit, jobs):
        bad = unit.errors or any(j.entry["status"] != "proved" for j in jobs)
        goals = [g for j in jobs for g in j.entry["goals"]]
        smoke = sum(j.entry["smoke"]["passed"] for j in jobs)
        cached = sum(j.entry["cached"] for j in jobs)
        self.say(f"  {paint('FAILED', 'red') if bad else paint('proved', 'green')}  {unit.source:<32} "
                 f"{len(unit.functions):3} functions {len(goals):5} goals {smoke:4} smoke {unit.seconds:7.1f} s"
                 + (f"  ({cached} from the cache)" if cached else ""))
        for error in unit.errors:
            self.say(f"    {unit.source}: {error}")
        for job in sorted(jobs, key=lambda j: j.name):
            for error in failures(job):
                self.say(f"    {job.name}: {error}")

    # -- the whole --

    def uncovered(self, entries, jobs):
        """Functions of module/, machine/ and crypto/ that are neither proved (or open, and said so) nor believed."""
        tried = {(self.place(j.unit, j.name)[0], j.name) for j in jobs if not j.lemmas}
        believed = {(e.file, e.name) for e in entries if e.kind == "wrapper"}
        missing = {}
        for source, functions in self.compiled.items():
            for name, (where, number) in functions.items():
                if where.split("/")[0] in FOLDERS and (where, name) not in tried and (where, name) not in believed:
                    missing[(where, name)] = number
        return [{"name": name, "file": where, "line": line} for (where, name), line in sorted(missing.items())]

    def ghost_only(self, units, entries):
        listed = {e.name for e in entries if e.kind == "ghost"}
        return [f"{u.source}: {name} exists only in the proof and is not in proof/ledger"
                for u in units if u.source.split("/")[0] in FOLDERS for name in u.functions
                if name not in self.compiled.get(u.source, {}) and name not in listed]

    def unchecked_hypotheses(self, units):
        """WP proves a function under hypotheses of its memory model and checks them at the calls that it sees
        with the same hypotheses. A call in another unit must know them too; or the variable they speak of has
        its address taken nowhere, so that no pointer can meet it."""
        taken = {name for u in units for name in u.shape.taken}
        errors = []
        for unit in units:
            for name in unit.functions:
                for clause in unit.shape.hypotheses.get(name, ()):
                    if framac.globals_of(clause) and not framac.globals_of(clause) & taken:
                        continue
                    for other in units:
                        if other is not unit and name in other.shape.believed and \
                                clause not in other.shape.hypotheses.get(name, ()) and \
                                f"requires {clause};" not in other.shape.contracts.get(name, ""):
                            errors.append(f"{other.source} calls {name} without knowing what its proof in {unit.source} "
                                          f"assumes: {clause}; write it as 'requires'")
        return errors

    def differing_contracts(self, units, entries):
        """The contract a caller sees is the one that was proved."""
        home = {name: u for u in units for name in u.functions}
        refined = {e.name for e in entries if e.kind == "refined"}
        return [f"{u.source}: the contract of {name} is not the one proved in {home[name].source}"
                for u in units for name in u.shape.believed
                if name in home and name not in refined and u.shape.contracts.get(name) != home[name].shape.contracts.get(name)]

    def unlike_axioms(self, units):
        """An axiom that another unit proves of functions it defines stands there in the same words."""
        lemmas = {name: (text, u.source) for u in units for name, text in u.shape.lemmas.items()}
        return sorted({f"axiom {name} of {u.source} is not the lemma that {lemmas[name][1]} proves"
                       for u in units for name, text in u.shape.axioms.items() if name in lemmas and lemmas[name][0] != text})


def failures(job):
    out = [f"goal {g['name']} [{g['prover']}]: {g['status']} after {g['seconds']:.1f} s"
           for g in job.entry["goals"] if g["status"] != "Valid"]
    out += [f"smoke test failed at {s['where']}: {s['name']} (contradiction or dead code)" for s in job.entry["smoke"]["failed"]]
    return out + job.entry["errors"]


# ---- further provers, seeds ----

def other_prover(driver, jobs):
    """For each goal that is not trivial: do both provers close it? Returns (goals, closed by both, the rest)."""
    want = {j.label: {g["name"]: g["prover"] for g in j.entry["goals"] if g["prover"] in ("z3", "cvc4")} for j in jobs}
    rest = []

    def second(job):
        goals, found = want[job.label], {}
        for prover in ("cvc4", "z3"):
            if any(first != prover for first in goals.values()):
                options = driver.options_for(job.unit, provers=(prover,), smoke=False, steps=0, quick=5, first_only=True)
                result = framac.run(job.unit.source, None if job.lemmas else [job.name], options, job.lemmas or None)
                found[prover] = {g.name for g in result.goals if g.status == "Valid"}
        for goal in job.entry["goals"]:
            if goal["name"] in goals:
                other = "cvc4" if goal["prover"] == "z3" else "z3"
                goal["second"] = goal["name"] in found.get(other, ())
                if not goal["second"]:
                    rest.append(f"{job.label} {goal['name']} {goal['prover']}")

    with driver.pool() as pool:
        todo = [pool.submit(second, j) for j in jobs if want[j.label]]
        for n, job in enumerate(concurrent.futures.as_completed(todo), 1):
            job.result()
            driver.status(f"second prover: {n} of {len(todo)} functions")
    total = sum(len(g) for g in want.values())
    with open(os.path.join(driver.out, "one-prover"), "w", encoding="utf-8") as f:
        f.write("# Goals that one prover alone closes: unit:function goal prover\n" + "\n".join(sorted(rest)) + "\n")
    return total, total - len(rest)


def other_seeds(driver, jobs, count):
    """Proves everything once more with each further seed; the goals whose verdict differs."""
    differ = []
    verdict = {(j.label, g["name"]): g["status"] for j in jobs for g in j.entry["goals"]}
    for seed in SEEDS[1:count]:
        driver.base = dataclasses.replace(driver.base, seed=seed)

        def again(job, seed=seed):
            key = cache_of_results.key_of("seed", seed, job.key)
            if driver.cache.get(key):
                return
            result = framac.run(job.unit.source, None if job.lemmas else [job.name], driver.options_for(job.unit), job.lemmas or None)
            if not job.lemmas:
                framac.judge_smoke(result, job.unit.shape.never_return)
            mine = [g for g in result.goals if (g.status == "Valid") != (verdict.get((job.label, g.name)) == "Valid")]
            differ.extend(f"seed {seed}: {job.label}: {g.name}: {g.status}" for g in mine)
            differ.extend(f"seed {seed}: {job.label}: smoke test {s.name} failed" for s in result.failed_smoke
                          if job.entry["status"] == "proved")
            driver.cache.put(key, True, result.proved and not mine)

        with driver.pool() as pool:
            for n, future in enumerate(concurrent.futures.as_completed([pool.submit(again, j) for j in jobs]), 1):
                future.result()
                driver.status(f"seed {seed}: {n} of {len(jobs)} functions")
        driver.say(f"  seed {seed}: {'same verdicts' if not any(d.startswith(f'seed {seed}:') for d in differ) else 'DIFFERS'}")
    driver.base = dataclasses.replace(driver.base, seed=SEEDS[0])
    return differ


# ---- counting ----

def count_lines(root, units, entries):
    """{group: Counter}: lines of the sources, by folder."""
    def group_of(path):
        return os.path.dirname(path) if path.startswith("module/") else path.split("/")[0]

    groups = collections.OrderedDict()
    for path in ledger.c_files(root, ("module", "machine", "crypto", "theorem", "proof")):
        groups.setdefault(group_of(path), collections.Counter()).update(lines.count(ledger.load(root, path)))
    for entry in entries:
        counter = groups.setdefault(group_of(entry.file), collections.Counter())
        column = {"wrapper": "exec", "text": "exec", "contract": "spec", "oracle": "spec", "elsewhere": "proof"}.get(entry.kind)
        if column and entry.file.endswith((".c", ".h", ".acsl")):  # it was counted there
            counter[column] -= entry.size
        if column or entry.kind == "assembly":
            counter["trusted"] += entry.size
    return groups


def line_table(groups):
    def ratio(c):
        return f"{(c['spec'] + c['proof']) / c['exec']:10.2f}" if c["exec"] else "         –"
    out = [f"  {'lines':<18}" + "".join(f"{c:>9}" for c in lines.COLUMNS) + "  (spec+proof):exec"]
    total = collections.Counter()
    for group, counter in groups.items():
        total.update(counter)
        out.append(f"  {group:<18}" + "".join(f"{counter[c]:>9}" for c in lines.COLUMNS) + ratio(counter))
    out.append(f"  {'all':<18}" + "".join(f"{total[c]:>9}" for c in lines.COLUMNS) + ratio(total))
    return out


# ---- the call ----

def arguments():
    parser = argparse.ArgumentParser(prog="verify.py", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--file", help="one unit of proof/units, or any C file of the tree")
    parser.add_argument("--function", help="one function")
    parser.add_argument("--no-cache", action="store_true", help="prove everything now")
    parser.add_argument("--no-smoke", action="store_true", help="development only; the verdict says so")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help=f"compare N prover seeds (at most {len(SEEDS)})")
    parser.add_argument("--second", action="store_true", help="try every goal with a second prover")
    parser.add_argument("--limit", type=int, default=framac.LIMIT, metavar="SECONDS", help="CPU time of the last try of a goal")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="print results.json and nothing else")
    parser.add_argument("--trusted", action="store_true", help="write docs/trusted.md; no proof")
    parser.add_argument("--check-trusted", action="store_true", help="fail if docs/trusted.md is not up to date; no proof")
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))), help=argparse.SUPPRESS)
    return parser.parse_args()


def choose(driver, options, root):
    units = read_units(root)
    if options.file:
        path = os.path.relpath(os.path.abspath(options.file), root) if os.path.isabs(options.file) else options.file
        units = [u for u in units if u.source == path] or ([Unit(path, ())] if os.path.isfile(os.path.join(root, path)) else [])
    if not units:
        raise Usage(f"no unit matches {options.file}" if options.file else "proof/units is empty")
    return units


def prove_tree(driver, options, root):
    """Everything; returns the data of results.json."""
    start = time.monotonic()
    entries, problems = ledger.read(root)
    ledger.measure(root, entries)
    driver.errors += problems
    part = bool(options.file or options.function)
    units = choose(driver, options, root)
    driver.inspect_all(units)
    jobs = driver.jobs_of(units, entries)
    if options.function:
        jobs = [j for j in jobs if j.name == options.function]
        if not jobs:
            raise Usage(f"no unit{' ' + options.file if options.file else ''} defines {options.function}")
        units = [u for u in units if any(j.unit is u for j in jobs)]
    driver.prove_all(jobs, units)
    if not part:
        for unit in units:
            if not any(j.unit is unit for j in jobs):
                driver.unit_line(unit, [])
    both = other_prover(driver, jobs) if options.second else None
    if both and both[0] and both[1] < 0.9 * both[0]:
        driver.errors.append(f"{both[1]} of {both[0]} goals are closed by two provers; 90 % are asked for")
    differ = other_seeds(driver, jobs, options.seeds) if options.seeds > 1 else []
    driver.errors += differ
    proved = {j.name for j in jobs if j.entry["status"] == "proved"}
    missing = []
    if not part:
        driver.errors += ledger.check(root, entries)
        driver.errors += driver.ghost_only(units, entries)
        driver.errors += driver.unchecked_hypotheses(units)
        driver.errors += driver.differing_contracts(units, entries)
        driver.errors += driver.unlike_axioms(units)
        driver.errors += ledger.check_shapes(root, entries, [u.shape for u in units], {j.name for j in jobs}, True)
        missing = driver.uncovered(entries, jobs)
        driver.errors += [f"{m['file']}:{m['line']}: {m['name']} is neither proved nor in proof/ledger" for m in missing]
    else:  # what other units prove is believed in a part
        driver.errors += [e for e in ledger.check_shapes(root, entries, [u.shape for u in units], proved | everything_named(root), False)]
    return assemble(driver, options, units, jobs, entries, missing, both, differ, time.monotonic() - start)


def everything_named(root):
    """Functions that other units define, for a partial run."""
    names = set()
    for unit in read_units(root):
        if unit.source.endswith(".c"):
            names |= set(framac.compiled_functions(unit.source, root) or ())
            names |= set(re.findall(r"^  \w[\w *]*?(\w+)\([^;{}]*\)\n  \{", ledger.load(root, unit.source), re.M))  # ghost code
    return names


def assemble(driver, options, units, jobs, entries, missing, both, differ, seconds):
    functions = []
    for job in sorted(jobs, key=lambda j: (j.unit.source, j.name)):
        where, number = (job.unit.source, 0) if job.lemmas else driver.place(job.unit, job.name)
        functions.append({"name": job.name, "file": where, "line": number, "unit": job.unit.source,
                          "lemmas": list(job.lemmas), **job.entry})
    for entry in entries:
        if entry.kind == "wrapper":
            functions.append({"name": entry.name, "file": entry.file, "line": entry.line, "unit": entry.file, "status": "trusted",
                              "goals": [], "smoke": {"passed": 0, "failed": []}, "errors": [], "seconds": 0, "cached": False, "lemmas": []})
    for m in missing:
        functions.append({**m, "unit": m["file"], "status": "uncovered", "goals": [], "smoke": {"passed": 0, "failed": []},
                          "errors": [], "seconds": 0, "cached": False, "lemmas": []})
    plain = [f for f in functions if f["goals"] and not f["lemmas"] or f["status"] == "open" and not f["lemmas"]]
    provers = collections.Counter(g["prover"] for f in functions for g in f["goals"] if g["status"] == "Valid")
    lemmas = {"all": sum(len(j.lemmas) for j in jobs),
              "proved": sum(g["status"] == "Valid" for j in jobs if j.lemmas for g in j.entry["goals"])}
    trusted, axioms = ledger.totals(entries)
    unit_errors = [f"{u.source}: {e}" for u in units for e in u.errors]
    job_errors = [f"{j.label}: {e}" for j in jobs for e in failures(j)]
    # A goal, its property row and its smoke row may say the same thing; an open function counts once at least.
    errors = unit_errors + job_errors + driver.errors
    groups = count_lines(driver.root, units, entries)
    return {"format": 1, "whole": not (options.file or options.function), "smoke": not options.no_smoke,
            "versions": driver.versions, "seconds": round(seconds, 1), "jobs": options.jobs,
            "totals": {"proved": sum(f["status"] == "proved" for f in plain), "open": sum(f["status"] == "open" for f in plain),
                       "trusted": sum(f["status"] == "trusted" for f in functions), "uncovered": len(missing),
                       "goals": sum(len(f["goals"]) for f in functions), "goals_proved": sum(provers.values()),
                       "by_prover": dict(provers), "smoke_passed": sum(f["smoke"]["passed"] for f in functions),
                       "smoke_failed": sum(len(f["smoke"]["failed"]) for f in functions), "lemmas": lemmas,
                       "axioms": sum(e.kind == "axiom" for e in entries), "axiom_lines": axioms, "trusted_lines": trusted,
                       "cached": sum(bool(f["cached"]) for f in plain), "second": both, "seeds": options.seeds},
            "lines": {group: {c: counter[c] for c in lines.COLUMNS} for group, counter in groups.items()},
            "functions": functions, "ledger": [dataclasses.asdict(e) for e in entries],
            "seeds_differ": differ, "whole_errors": driver.errors, "errors": errors}


def tell(driver, options, data):
    totals = data["totals"]
    if data["whole_errors"]:
        driver.say("  " + paint("the whole:", "red"))
    for error in data["whole_errors"]:
        driver.say("    " + error)
    driver.say()
    driver.say(f"  functions   {totals['proved']} proved, {totals['trusted']} trusted"
               + (f", {totals['open']} open" if totals["open"] else "") + (f", {totals['uncovered']} uncovered" if totals["uncovered"] else ""))
    by = ", ".join(f"{name} {n}" for name, n in sorted(totals["by_prover"].items(), key=lambda x: -x[1]))
    driver.say(f"  goals       {totals['goals_proved']} of {totals['goals']} proved ({by})")
    if totals["second"]:
        total, both = totals["second"]
        driver.say(f"  two provers {both} of {total} goals that are not trivial ({100 * both / max(total, 1):.1f} %); the rest: build/proof/one-prover")
    driver.say(f"  smoke tests {totals['smoke_passed']} passed, {totals['smoke_failed']} failed" if data["smoke"] else "  WITHOUT SMOKE TESTS")
    driver.say(f"  lemmas      {totals['lemmas']['proved']} of {totals['lemmas']['all']} proved")
    driver.say(f"  axioms      {totals['axioms']}, {totals['axiom_lines']} lines (at most {ledger.AXIOM_LIMIT})")
    driver.say(f"  trusted     {totals['trusted_lines']} lines in {len(data['ledger'])} entries (at most {ledger.TRUSTED_LIMIT})")
    if data["whole"]:
        for row in line_table({g: collections.Counter(c) for g, c in data["lines"].items()}):
            driver.say(row)
    driver.say(f"  {totals['cached']} of {totals['proved'] + totals['open']} functions from the cache; {data['seconds']:.0f} s")
    n = len(data["errors"])
    driver.say(paint(f"verification results: {totals['proved']} verified, {n} errors", "red" if n else "green"))


def trusted_page(root, check):
    entries, problems = ledger.read(root)
    ledger.measure(root, entries)
    text, path = ledger.render(entries), os.path.join(root, "docs", "trusted.md")
    if check:
        problems += [] if ledger.load(root, "docs/trusted.md") == text else ["docs/trusted.md is not up to date: make trusted"]
    else:
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    for problem in problems + [f"ledger {e.number}: {p}" for e in entries for p in e.problems]:
        print(problem)
    print(f"trusted: {ledger.totals(entries)[0]} lines in {len(entries)} entries (at most {ledger.TRUSTED_LIMIT})")
    return 1 if problems else 0


def main():
    options = arguments()
    root = os.path.abspath(options.root)
    if options.trusted or options.check_trusted:
        return trusted_page(root, options.check_trusted)
    if not 1 <= options.seeds <= len(SEEDS):
        raise Usage(f"--seeds takes 1 to {len(SEEDS)}")
    gone = framac.missing_tools()
    if gone:
        print(f"verify: {', '.join(gone)} missing; 'make doctor' says which Debian packages to install", file=sys.stderr)
        return 4
    driver = Driver(options, root)
    data = prove_tree(driver, options, root)
    name = "results.json" if data["whole"] else "results-part.json"
    temporary = os.path.join(driver.out, f"{name}.{os.getpid()}")
    with open(temporary, "w", encoding="utf-8") as f:
        json.dump(data, f, indent=1)
    os.replace(temporary, os.path.join(driver.out, name))
    if options.json:
        json.dump(data, sys.stdout, indent=1)
        print()
    else:
        tell(driver, options, data)
    return 1 if data["errors"] else 0


try:
    sys.exit(main())
except Usage as error:
    print(f"verify: {error}", file=sys.stderr)
    sys.exit(2)
except KeyboardInterrupt:
    framac.stop_children()
    print("\nverify: interrupted; nothing was judged", file=sys.stderr)
    os._exit(130)
