"""Runs Frama-C/WP over one file of a changed copy of the sources: shared by proof/red.py and proof/mutate.py.

The flags are those of proof/framac.py; the unchanged sources are judged there. Here a run ends as soon as its
question is answered, so smoke tests and the property table are left out.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = os.path.join(ROOT, "build", "proof")
sys.path.insert(0, os.path.join(ROOT, "proof"))
import framac  # pylint: disable=wrong-import-position
SOURCES = ("include", "module", "machine", "theorem", "crypto")
TOOLS = ("frama-c", "why3", "z3", "cvc4", "gcc")

GOAL = re.compile(r"^\[wp\] \[([^\]]+)\] Goal (\S+) : (\w+)")
SMOKE = re.compile(r"^\[wp\] \[Failed\] Smoke-test (\S+)")
# Behind such a call the code is dead, as the contract says.
DEAD_BY_CONTRACT = re.compile(r"_hw_terminate_wp_smoke_dead_call_")
# WP makes no goal of a run-time error that it is sure of, and assumes that it does not happen.
SURE_ERROR = "guaranteed RTE"
PROVED = ("Valid", "Trivial", "Script")


def missing_tools(tools=TOOLS):
    return [tool for tool in tools if shutil.which(tool) is None]


def environment():
    """Environment with the proof's own why3 configuration."""
    os.makedirs(OUT, exist_ok=True)
    env, names = framac.environment_of(framac.Options(root=ROOT))
    PROVERS.update(names)
    return env


def read_units(path=os.path.join(ROOT, "proof", "units")):
    """proof/units: the files that are proved, each with its own options of WP."""
    units = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            source, *columns = [part.strip() for part in line.split("|")]
            if source and not source.startswith("#"):
                units[source] = [word for c in columns if c.startswith("-") for word in c.split()]
    return units


def options_of(units, source):
    """WP options of a file; one of machine/ that is not in proof/units is proved as those are."""
    return units.get(source, ["-wp-model", "Typed+Ref"] if source.startswith("machine/") else [])


def copy_sources(target, root=ROOT):
    """A fresh copy of everything the proof reads."""
    shutil.rmtree(target, ignore_errors=True)
    for folder in SOURCES:
        if os.path.isdir(os.path.join(root, folder)):
            shutil.copytree(os.path.join(root, folder), os.path.join(target, folder))


def command(source, functions, roots, stages, extra=()):
    """stages: (provers, seconds, steps or None) each; a later stage sees only what is not proved yet."""
    includes = " ".join(f"-I{root}/include -I{root}" for root in roots)
    line = ["frama-c"] + framac.FLAGS + framac.WP + list(extra) + [f"-cpp-extra-args={includes}"]
    for number, (provers, seconds, steps) in enumerate(stages):
        line += ["-then"] + framac.WP if number else []
        line += ["-wp-fct", ",".join(functions)] if functions else []  # -then forgets it
        names = ",".join(PROVERS.get(p, p) for p in provers.split(","))
        line += ["-wp-prover", names, "-wp-timeout", str(seconds), "-wp-steps", str(steps or 0)]
        line += [] if number else [source]
    return line


class Run:
    """Verdict of one run: goals[name] is True if some stage proved it."""

    def __init__(self):
        self.goals = {}
        self.weak = set()  # not proved by the first stage
        self.smoke = set()  # smoke tests that failed: dead code, contradictions
        self.steps = {}
        self.log = []
        self.code = 0
        self.first_red = None

    def red(self):
        return sorted(name for name, proved in self.goals.items() if not proved)

    def rejected(self):
        """Frama-C refused the text itself."""
        return self.code != 0 and self.first_red is None


RUNNING = set()
PROVERS = {}  # z3 -> its name for why3


def end_with_children(*_):
    """For SIGINT and SIGTERM: no prover outlives the tool."""
    for process in list(RUNNING):
        kill(process)
    os._exit(130)


def handle_signals():
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end_with_children)


def kill(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    if threading.current_thread() is not threading.main_thread():
        process.wait()


def run(line, env, cwd, stop_at_red=False, ignore=(), limit=600):
    """Runs line in a process group of its own; with stop_at_red it is ended at the first goal not proved.

    cwd is the first include directory of Frama-C's preprocessor, whatever the flags say. Goals in ignore do not
    stop the run."""
    result = Run()
    with subprocess.Popen(["timeout", "-k", "1", str(limit)] + line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", env=env, cwd=cwd, start_new_session=True) as process:
        RUNNING.add(process)
        try:
            for text in process.stdout:
                result.log.append(text.rstrip("\n"))
                smoke = SMOKE.match(text)
                if smoke and not DEAD_BY_CONTRACT.search(smoke.group(1)):
                    result.smoke.add(smoke.group(1))
                if SURE_ERROR in text:
                    result.goals["guaranteed_rte"] = False
                    if stop_at_red:
                        result.first_red = "guaranteed_rte"
                        kill(process)
                        return result
                match = GOAL.match(text)
                if not match:
                    continue
                proved = match.group(3) in PROVED
                result.goals[match.group(2)] = result.goals.get(match.group(2), False) or proved
                steps = re.search(r"\((\d+)\)\s*$", text)
                if steps:
                    result.steps[match.group(2)] = int(steps.group(1))
                if not proved:
                    result.weak.add(match.group(2))
                if not proved and stop_at_red and match.group(2) not in ignore:
                    result.first_red = match.group(2)
                    kill(process)
                    return result
            result.code = process.wait()
        finally:
            if process.poll() is None:
                kill(process)
            RUNNING.discard(process)
    return result
