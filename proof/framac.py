"""Runs Frama-C/WP on one source file and reads what it says. Used by verify.py and by the tools that
prove altered sources.

run() proves functions of a file and returns every goal with its verdict; inspect() reads what a file
defines, calls and assumes, without a prover. Nothing here prints. A run never trusts the exit code of
Frama-C, which is 0 with open goals: the goals it prints and its property table must both be good.
"""
import csv
import dataclasses
import os
import re
import signal
import shutil
import subprocess
import tempfile
import time

FLAGS = """-c11 -machdep gcc_x86_64 -no-unicode
-warn-unsigned-overflow -warn-signed-downcast -warn-unsigned-downcast
-kernel-warn-key annot:missing-spec=abort,asm:clobber=abort,typing:implicit-function-declaration=abort
-wp-warn-key pedantic-assigns=error""".split()
WP = "-wp -wp-rte -wp-check-memory-model -wp-no-pruning -wp-no-ground".split()
TOOLS = ("frama-c", "why3", "z3", "cvc4", "gcc", "nm")

STEPS = 250_000   # Z3 steps of a smoke test and of a goal's first try (nine proofs in ten need less than half)
QUICK = 3         # CPU seconds of the first try
LIMIT = 20        # CPU seconds of the last try, with both provers
SMOKE_SECONDS = 1

# Messages that say nothing about soundness; any other warning is an error.
HARMLESS = re.compile(r"No goal generated|Missing terminates clause .*defaults to \\false|Missing terminates clause"
                      r"|Generate default \w+ clause|Failed smoke-test")
HYPOTHESES = re.compile(r"Memory model hypotheses for function '(\w+)':(.*)", re.S)
GOAL = re.compile(r"^\[wp\] \[([^\]]+)\] Goal (\S+) : (Valid|\S+)(.*)$")
TRIED = re.compile(r"^\[wp\] \[(\w+)\] Goal (\S+)$")  # by several provers, none with success
SMOKE = re.compile(r"^\[wp\] \[(Passed|Failed)\] Smoke-test (\S+)")
DEAD_CALL = re.compile(r"typed_(\w+)_wp_smoke_dead_call_s\d+$")
SETTLED = ("Valid", "Partially proven")  # partially: under rows that stand in the table themselves


@dataclasses.dataclass
class Options:
    root: str                      # of the tree: include/ and the tree itself are searched for headers
    extra: tuple = ()              # the unit's own WP options
    provers: tuple = ("z3", "cvc4")  # the first one alone, then all of them
    smoke: bool = True
    seed: int = 42
    steps: int = STEPS
    quick: int = QUICK
    limit: int = LIMIT
    smoke_seconds: int = SMOKE_SECONDS
    parallel: int = 6
    workdir: str = ""              # for the prover configuration; default: build/proof of the root
    first_only: bool = False       # no second try


@dataclasses.dataclass
class Goal:
    name: str
    status: str                    # Valid, or what the prover said
    prover: str                    # qed, cfg, z3, cvc4
    seconds: float = 0.0
    steps: int = 0
    stage: int = 1


@dataclasses.dataclass
class Smoke:
    name: str
    passed: bool
    where: str = ""


@dataclasses.dataclass
class Result:
    source: str
    functions: list
    goals: list = dataclasses.field(default_factory=list)
    smoke: list = dataclasses.field(default_factory=list)
    properties: list = dataclasses.field(default_factory=list)  # rows of the property table
    hypotheses: dict = dataclasses.field(default_factory=dict)  # function -> clauses of the memory model
    errors: list = dataclasses.field(default_factory=list)      # warnings, open properties, a failed run
    broken: bool = False           # Frama-C did not finish: nothing is known
    seconds: float = 0.0
    log: str = ""

    @property
    def open_goals(self):
        return [g for g in self.goals if g.status != "Valid"]

    @property
    def failed_smoke(self):
        return [s for s in self.smoke if not s.passed]

    @property
    def proved(self):
        return not (self.broken or self.errors or self.open_goals or self.failed_smoke) and bool(self.goals)


class Interrupted(Exception):
    """The person asked to stop."""


_children = set()


def stop_children():
    """Ends the Frama-C runs that this process started, with their provers."""
    for child in list(_children):
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def missing_tools():
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def versions():
    def first(*command):
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip().split("\n")[0]
    said = {"frama-c": first("frama-c", "-version"), "why3": first("why3", "--version"),
            "z3": first("z3", "--version"), "cvc4": first("cvc4", "--version"), "gcc": first("gcc", "-dumpfullversion")}
    return {tool: (re.findall(r"(?:version )?(\d+\.\d[\w.-]*)", text) or [text])[0] for tool, text in said.items()}


def prover_config(workdir, seed):
    """Why3's configuration with our provers. Their limits are CPU seconds, set by why3server, or steps:
    a busy machine changes no verdict. The seed is the provers' random seed."""
    path = os.path.join(workdir, f"why3-{seed}.conf")
    base = os.path.join(workdir, "why3-detected.conf")
    if os.path.exists(path):
        return path
    os.makedirs(workdir, exist_ok=True)
    subprocess.run(["why3", "-C", base, "config", "detect"], capture_output=True, check=True)
    with open(base, encoding="utf-8") as f:
        text = f.read()
    main = text[text.index("[main]"):text.index("[partial_prover]")]
    found = dict(re.findall(r'name = "(Z3|CVC4)"\npath = "[^"]*"\nversion = "([^"]*)"', text))
    z3 = f"{shutil.which('z3')} -smt2 sat.random_seed={seed} nlsat.randomize=false smt.random_seed={seed} -st"
    # With a random frequency of 0 (the default) CVC4 never uses its seed.
    noise = "" if seed == 42 else f"--random-seed={seed} --random-freq=0.01 --seed={seed} "
    cvc4 = f"{shutil.which('cvc4')} --stats {noise}--lang=smt2"
    sections = [main]
    for name, command, steps, driver in (("Z3", z3, "rlimit=%S", "z3_471"), ("CVC4", cvc4, "--rlimit=%S", "cvc4_17")):
        sections.append(f'[prover]\nname = "{name}"\nversion = "{found.get(name, "?")}"\ncommand = "{command} %f"\n'
                        f'command_steps = "{command} {steps} %f"\ndriver = "{driver}"\n'
                        'in_place = false\ninteractive = false\n')
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as f:
        f.write("\n".join(sections))
    os.replace(temporary, path)
    return path


def prover_names(config):
    with open(config, encoding="utf-8") as f:
        text = f.read()
    return {name.lower(): f"{name}:{version}"
            for name, version in re.findall(r'name = "(\w+)"\nversion = "([^"]*)"', text)}


def execute(command, environment, folder):
    """(exit status, output, seconds); the process group ends with us. It runs in the tree's folder, because
    Frama-C looks for headers in the current one first."""
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                             text=True, errors="replace", env=environment, start_new_session=True, cwd=folder)
    _children.add(child)
    try:
        output, _ = child.communicate()
    finally:
        try:
            os.killpg(child.pid, signal.SIGKILL)  # a prover that outlived its run
        except ProcessLookupError:
            pass
        child.wait()
        _children.discard(child)
    return child.returncode, output, time.monotonic() - start


def environment_of(options):
    workdir = options.workdir or os.path.join(options.root, "build", "proof")
    config = prover_config(workdir, options.seed)
    return dict(os.environ, WHY3CONFIG=config), prover_names(config)


def preprocessor(options):
    return f"-cpp-extra-args=-I{options.root}/include -I{options.root}"


def messages(log):
    """The log as messages: a line that starts with '[', and the indented lines that belong to it."""
    parts = []
    for line in log.splitlines():
        if line.startswith("[") or not parts:
            parts.append(line)
        else:
            parts[-1] += "\n" + line
    return parts


def clauses(text):
    """Clauses of a printed memory model behaviour, blanks made equal."""
    return {" ".join(c.split()) for c in re.findall(r"requires\s+(.*?);", text, re.S)}


def read_messages(log, result):
    for message in messages(log):
        hypothesis = HYPOTHESES.search(message)
        if hypothesis:
            result.hypotheses.setdefault(hypothesis.group(1), set()).update(clauses(hypothesis.group(2)))
        elif "Error" in message.split("\n")[0] or "Warning" in message.split("\n")[0]:
            text = " ".join(message.split())
            if not HARMLESS.search(text):
                result.errors.append("warning: " + text[:300])


def short_prover(name):
    return name.split()[0].lower()


def seconds_of(text):
    """Prover time of '(Qed:10ms) (1.8s) (4026536)'."""
    times = re.findall(r"\((\d+(?:\.\d+)?)(ms|s|'|h)[^)]*\)", text)
    scale = {"ms": 0.001, "s": 1.0, "'": 60.0, "h": 3600.0}
    return sum(float(n) * scale[unit] for n, unit in times[-1:])


def read_goals(log, result, tries=2):
    """Goals of the tries, of which the last word counts, and the smoke tests that come after them."""
    goals, stage, scheduled = {}, 0, []
    where = re.compile(r"^\[wp\] (\S+:\d+): Warning:\s*(?:Failed smoke-test)?")
    for line in log.splitlines():
        if line.startswith("[wp] Running WP plugin"):
            stage += 1
        total = re.match(r"\[wp\] Proved goals:\s+\d+ / (\d+)", line)
        if total:
            scheduled.append(int(total.group(1)))
        goal = GOAL.match(line)
        smoke = SMOKE.match(line)
        if stage > tries and (goal or TRIED.match(line)):
            continue
        if goal:
            prover, name, status, rest = goal.groups()
            before = goals.get(name)
            if before is not None and before.status == "Valid":
                continue
            steps = re.search(r"\((\d+)\)\s*$", rest)
            goals[name] = Goal(name, status, short_prover(prover), round(seconds_of(rest), 3),
                               int(steps.group(1)) if steps else 0, stage)
        elif TRIED.match(line):
            status, name = TRIED.match(line).groups()
            goals[name] = Goal(name, status, "all", stage=stage)
        elif smoke:
            result.smoke.append(Smoke(smoke.group(2), smoke.group(1) == "Passed"))
        elif where.match(line) and result.smoke:
            result.smoke[-1].where = where.match(line).group(1)
    result.goals = list(goals.values())
    if scheduled and len(goals) < scheduled[0]:
        result.errors.append(f"{scheduled[0]} goals were scheduled, {len(goals)} were reported")


def read_properties(path, result):
    with open(path, encoding="utf-8", errors="replace") as f:
        for row in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE):
            if not (row["function"] or "").startswith("__"):
                result.properties.append(row)
    for row in result.properties:
        if result.functions and row["function"] not in result.functions:
            continue
        # Callers owe a function's own preconditions; each call has a row of its own.
        if row["property kind"] == "precondition" or row["status"] in SETTLED or row["status"] == "Considered valid":
            continue
        result.errors.append(f"{row['file']}:{row['line']}: {row['function']}: {row['property kind']} "
                             f"{' '.join(row['property'].split())[:90]}: {row['status']}")


def run(source, functions=None, options=None, lemmas=None):
    """Proves the named functions of a file (all of them if None), or the named lemmas of it. A smoke test
    behind the call of a function that never returns is not counted as failed: see judge_smoke."""
    result = attempt(source, functions, options, lemmas, last=False)
    if result.broken or options.first_only or not result.open_goals:
        return result
    second = attempt(source, functions, options, lemmas, last=True)
    second.smoke, second.seconds = result.smoke, second.seconds + result.seconds
    second.log = result.log + "\n" + second.log
    return second


def attempt(source, functions, options, lemmas, last):
    """One Frama-C process. The first tries every goal with the first prover, writes the property table and
    then runs the smoke tests. The last tries the goals, and those still open with all provers.

    The smoke tests come after the table, because WP takes code behind a failed one for unreachable and its open
    goals for proved. They and the last try have processes of their own, because WP's list of provers can only
    grow from one stage to the next."""
    environment, names = environment_of(options)
    select = []  # holds for one stage only
    if lemmas:
        select = ["-wp-prop=" + ",".join(lemmas)]
    elif functions:
        select = ["-wp-fct", ",".join(functions)]
    result = Result(source, list(functions or []))
    with tempfile.TemporaryDirectory(prefix="verify-") as scratch:
        table = os.path.join(scratch, "properties.csv")
        command = (["frama-c"] + FLAGS + [preprocessor(options)] + WP + ["-wp-par", str(options.parallel)]
                   + list(options.extra) + select
                   + ["-wp-prover", names[options.provers[0]], "-wp-timeout", str(options.quick), "-wp-steps", str(options.steps),
                      os.path.join(options.root, source)])
        if last:
            added = ",".join(names[p] for p in options.provers[1:])
            command += (["-then"] + WP + select + (["-wp-prover", added] if added else [])
                        + ["-wp-timeout", str(options.limit), "-wp-steps", "0"])
        command += ["-then", "-report-csv", table]
        if options.smoke and not lemmas and not last:
            command += ["-then"] + WP + select + ["-wp-smoke-tests", "-wp-smoke-timeout", str(options.smoke_seconds)]
        status, result.log, result.seconds = execute(command, dict(environment, TMPDIR=scratch), options.root)
        result.log = f"{' '.join(command)}\n{result.log}"
        read_messages(result.log.split("\n", 1)[1], result)
        if status != 0 or not os.path.exists(table):
            result.broken = True
            words = [line for line in result.log.splitlines() if "rror" in line][-2:] or result.log.splitlines()[-2:]
            result.errors.insert(0, f"frama-c failed ({status}): " + " / ".join(words))
            return result
        read_goals(result.log, result, 2 if last else 1)
        if not lemmas:
            read_properties(table, result)
    return result


def judge_smoke(result, never_return):
    """Code behind a call that never returns, as its contract says, is dead: such tests are dropped."""
    kept = []
    for test in result.smoke:
        called = DEAD_CALL.match(test.name)
        if not test.passed and called and any(("_" + called.group(1)).endswith("_" + n) for n in never_return):
            continue
        kept.append(test)
    result.smoke = kept


# ---- what a file contains ----

@dataclasses.dataclass
class Shape:
    """One translation unit as Frama-C sees it, after the run-time error checks and the memory model's
    hypotheses have been added."""
    source: str
    defined: list = dataclasses.field(default_factory=list)
    believed: list = dataclasses.field(default_factory=list)   # called, and without a body here
    contracts: dict = dataclasses.field(default_factory=dict)  # function -> its contract
    keys: dict = dataclasses.field(default_factory=dict)       # function -> text that its proof depends on
    never_return: list = dataclasses.field(default_factory=list)
    lemmas: dict = dataclasses.field(default_factory=dict)     # name -> text
    axioms: dict = dataclasses.field(default_factory=dict)     # name -> text
    admits: int = 0
    hypotheses: dict = dataclasses.field(default_factory=dict)
    taken: list = dataclasses.field(default_factory=list)      # globals with an address somewhere
    calls: dict = dataclasses.field(default_factory=dict)      # function -> functions it calls
    errors: list = dataclasses.field(default_factory=list)
    seconds: float = 0.0


def split_definitions(text):
    """Printed C as a list of (name, head, body); name is None and body '' for what is no function."""
    lines, parts, head, i = text.split("\n"), [], [], 0
    while i < len(lines):
        line = lines[i]
        if line == "{" or line == "  {" and head and re.search(r"ghost", "\n".join(head[-12:])):
            end = "}" if line == "{" else "  }"
            j = i
            while j < len(lines) and lines[j] != end:
                j += 1
            last = "\n".join(head)
            name = re.findall(r"(\w+)\s*\(", last.split("*/")[-1] if line == "{" else last.split("@/")[-1])
            if name:
                parts.append((name[0] if name[0] != "__attribute__" else name[1], last, "\n".join(lines[i:j + 1])))
                head = []
                i = j + 1
                continue
        head.append(line)
        i += 1
    parts.append((None, "\n".join(head), ""))
    return parts


def contract_before(text, name):
    """The comment that ends right before the declaration of name."""
    found = None
    for match in re.finditer(r"/\*@((?:(?!\*/).)*?)\*/\s*\n((?:[\w *]|__attribute__\(\(\w+\)\))*?\b" + name + r"\s*\()", text, re.S):
        found = match.group(1)
    return found or ""


def plain_contract(text):
    """Without the memory model's behaviour, which belongs to one unit."""
    text = re.sub(r"behavior wp_\w+:\s*(?:requires\s+[^;]*;\s*)*", "", text)
    return " ".join(text.split())


def metrics(log):
    """(defined functions, bodiless functions that are called)."""
    def listed(title):
        block = re.search(re.escape(title) + r" \(\d+\)\n\s*=+\n(.*?)\n\s*\n", log, re.S)
        return re.findall(r"(\w+)\s+\((?:address taken, )?(\d+)\s+calls?\)", block.group(1)) if block else []
    defined = [name for name, _ in listed("Defined functions")]
    bodiless = [name for name, n in listed("Specified-only functions") + listed("Undefined and unspecified functions")
                if int(n) > 0]
    return defined, [name for name in bodiless if not name.startswith("__")]


def address_shapes(text, globals_):
    """How each global is used, as its neighbouring tokens: the memory model depends on it."""
    shapes = set()
    for match in re.finditer(r"(\S?)\s*\b([A-Za-z_]\w*)\b\s*(\S?)", re.sub(r"/\*.*?\*/", " ", text, flags=re.S)):
        if match.group(2) in globals_:
            before = "&" if match.group(1) == "&" else ""
            shapes.add((before, match.group(2), match.group(3) if match.group(3) in "[." else ""))
    return shapes


def inspect(source, options):
    """Reads a unit without proving anything. About half a second."""
    environment, _ = environment_of(options)
    shape = Shape(source)
    with tempfile.TemporaryDirectory(prefix="verify-") as scratch:
        printed = os.path.join(scratch, "printed.c")
        command = (["frama-c"] + FLAGS + [preprocessor(options)] + WP + list(options.extra)
                   + ["-wp-prover", "none", os.path.join(options.root, source),
                      "-then", "-print", "-ocode", printed, "-then", "-metrics"])
        status, log, shape.seconds = execute(command, dict(environment, TMPDIR=scratch), options.root)
        probe = Result(source, [])
        read_messages(log, probe)
        shape.errors = probe.errors
        shape.hypotheses = {name: sorted(c) for name, c in probe.hypotheses.items()}
        if status != 0 or not os.path.exists(printed):
            shape.errors.append("frama-c failed: " + " / ".join(log.strip().splitlines()[-2:]))
            return shape
        with open(printed, encoding="utf-8") as f:
            text = f.read()
    shape.defined, shape.believed = metrics(log)
    read_text(shape, text, whole="Ref" in " ".join(options.extra))
    return shape


# A quantifier has a semicolon of its own: a lemma or an axiom ends at one that something new follows.
BEHIND_STATEMENT = r"(?=\s*(?:\}|\*/|//|(?:axiom|axiomatic|lemma|logic|predicate|type|inductive|global)\b))"


def read_text(shape, text, whole):
    parts = split_definitions(text)
    found = {name for name, _, body in parts if body}
    lost = [name for name in shape.defined if name not in found]
    heads = "\n".join(head if not body else head + ";" for _, head, body in parts)
    shape.admits = len(re.findall(r"\badmit\b", text))
    for kind, table in (("lemma", shape.lemmas), ("axiom", shape.axioms)):
        for match in re.finditer(rf"\b{kind} (\w+)(?:\{{[^}}]*\}})?\s*:(.*?);{BEHIND_STATEMENT}", heads, re.S):
            table[match.group(1)] = " ".join(match.group(2).split())
    code = re.sub(r"/\*.*?\*/", " ", heads, flags=re.S)
    globals_ = set(re.findall(r"^(?:static |extern |volatile |const )*(?:struct \w+|\w+)[ *]+(\w+)(?:\[|;| =)", code, re.M))
    globals_ |= set(re.findall(r"ghost (?:struct \w+|\w+)[ *]+(\w+)(?:\[|;| =)", heads))
    shapes, bodies = set(), {}
    for name, _, body in parts:
        if body:
            bodies[name] = body
            shapes |= address_shapes(body, globals_)
    arrays = set(re.findall(r"^(?:static |extern |volatile |const )*(?:struct \w+|\w+)[ *]+(\w+)\[", code, re.M))
    shape.taken = sorted({n for b, n, a in shapes if b == "&" or (n in arrays and a != "[")})
    common = heads + "\n" + repr(sorted(shapes)) + "\n".join(f"{k}: {v}" for k, v in sorted(shape.hypotheses.items()))
    names = set(shape.defined) | set(shape.believed)
    for name in shape.defined:
        if lost or whole:
            shape.keys[name] = text
        else:
            shape.keys[name] = common + "\n" + bodies[name]
        shape.calls[name] = sorted(set(re.findall(r"\b(\w+)\s*\(", bodies.get(name, ""))) & names)
    for name in names:
        shape.contracts[name] = plain_contract(contract_before(heads, name))
        if re.search(r"ensures (?:\w+: )?\\false;", shape.contracts[name]):
            shape.never_return.append(name)


# ---- what the compiler says ----

def compiled_functions(source, root):
    """{name: (file, line)} of every function with a body in a C file, static and inline ones included: from
    the symbols and line table of an object made for this question. None if it does not compile."""
    with tempfile.TemporaryDirectory(prefix="verify-") as scratch:
        target = os.path.join(scratch, "x.o")
        done = subprocess.run(["gcc", "-std=gnu11", "-g", "-O0", "-ffreestanding", "-w", "-fkeep-static-functions",
                               "-fkeep-inline-functions", f"-I{root}/include", f"-I{root}", "-c",
                               os.path.join(root, source), "-o", target], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return None
        symbols = subprocess.run(["nm", "-l", target], capture_output=True, text=True, check=True).stdout
    found = {}
    for line in symbols.splitlines():
        match = re.match(r"[0-9a-f]+ [tTwW] (\w+)\t(.*):(\d+)$", line)
        if match:
            name, path, number = match.groups()
            found[name] = (os.path.relpath(os.path.realpath(path), os.path.realpath(root)), int(number))
    return found


def globals_of(clause):
    """Variables whose address a clause of the memory model speaks of."""
    return set(re.findall(r"&\s*([A-Za-z_]\w*)", clause))
