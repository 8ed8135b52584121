#!/usr/bin/env python3
"""Alters the trusted lines one at a time, in a copy, and asks whether a test notices.

usage: alter.py [--name NAME] [--boot] [--again] [--check | --accept]

The cheapest test is a comparison of the compiled instructions, and of what the compiler was told (volatile,
clobbers, memory orders), with tests/proof/wrappers, where those of every trusted function stand as they were
reviewed against module/hw/hw.h; it holds for the compiler named there (exit 77 with another). --check runs only that, on the tree as it is. An alteration is:
a statement or instruction left out, or one number, register or operator of it changed.
--boot: of boot assembly, also boot each altered module (10 s each), as the comparison cannot say whether a
line matters. Results: build/proof/alter.json; a run takes up where it was stopped unless --again.
Exit codes: 0 every alteration was noticed, 1 one was not, 2 usage, 77 other compiler.
"""
import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "proof"))
import ledger  # noqa: E402
import lines  # noqa: E402

EXPECTED = os.path.join(ROOT, "tests", "proof", "wrappers")
COPY = os.path.join(ROOT, "build", "alter")
FLAGS = ("-std=gnu11 -O2 -ffreestanding -fno-builtin -fno-pic -fno-pie -mno-red-zone -mgeneral-regs-only -fno-stack-protector "
         "-fno-asynchronous-unwind-tables -fno-strict-aliasing -fcf-protection=none -ffunction-sections -fdata-sections -w").split()


def compiler():
    return subprocess.run(["gcc", "-dumpfullversion"], capture_output=True, text=True, check=True).stdout.strip()


def instructions(root, source):
    """The object's instructions with their operands and relocations, and its data; None if it does not build."""
    target = os.path.join(COPY, "probe.o")
    done = subprocess.run(["gcc", *FLAGS, f"-I{root}", f"-I{root}/include", "-c", os.path.join(root, source), "-o", target],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None
    out = []
    for words in (["-dr", "-w"], ["-s", "-j", ".rodata"]):
        text = subprocess.run(["objdump", *words, target], capture_output=True, text=True, check=False).stdout
        out += [re.sub(r"\s+", " ", re.sub(r"# [0-9a-f]+ <[^>]*>", "", line)).strip() for line in text.split("\n")[3:]]
    # What the compiler was told and the bytes may not show: volatile, clobbers, memory orders.
    told = re.compile(r"volatile|__asm__|\"memory\"|__atomic|__ATOMIC|__sync|__builtin_ia32|#pragma")
    code = lines.blank_comments(ledger.load(root, source), strings=False)
    out += ["told: " + " ".join(row.split()) for row in code.split("\n") if told.search(row)]
    return [line for line in out if line]


def sources(entries):
    return sorted({e.file for e in entries if e.kind in ("wrapper", "assembly")})


def listing(root, files):
    text = [f"# Instructions of the trusted code, made by 'tests/proof/alter.py --accept' with gcc {compiler()}; review each change",
            "# against the contracts of module/hw/hw.h."]
    for source in files:
        found = instructions(root, source)
        if found is None:
            return None
        text += [f"== {source}"] + found
    return "\n".join(text) + "\n"


def unlike(root, files):
    """Does the comparison notice that the tree differs?"""
    with open(EXPECTED, encoding="utf-8") as f:
        return listing(root, files) != f.read()


# ---- alterations ----

def changed_words(line):
    """Up to three altered forms of a line, each with one word changed."""
    swaps = (("lock ", ""), ("volatile ", ""), (" ? ", " == 0 ? "), ("<", ">"), (" + ", " - "), (" * ", " + "), (" % ", " / "), ("%0", "%1"),
             ("hw_halt", "hw_pause"), ("&&", "||"), ("\"memory\"", ""), ("seto", "setc"), ("setc", "setnc"), ("%eax", "%edx"), ("%ecx", "%eax"))
    out = []
    number = re.search(r"0x[0-9a-f]+|\b\d+\b", line)
    if number:
        value = int(number.group(0), 0)
        out.append(line[:number.start()] + (hex(value ^ 1) if "x" in number.group(0) else str(value + 1)) + line[number.end():])
    for old, new in swaps:
        if old in line and len(out) < 2:
            out.append(line.replace(old, new, 1))
    return out


def alterations(root, entries):
    """(id, file, entry name, line number, new text) for each trusted line."""
    for entry in entries:
        text = ledger.load(root, entry.file)
        rows, code = text.split("\n"), lines.blank_comments(text, strings=False).split("\n")
        if entry.kind == "wrapper":
            first, last = ledger.function_span(text, entry.name)[1:3]
            span = range(first + 1, last)
        elif entry.kind == "assembly":
            others = {e.name for e in entries if e.kind == "assembly" and e.file == entry.file} - {entry.name}
            end = next((n for n, row in enumerate(code, 1) if n > entry.line and re.match(r"(\w+):", row) and row.split(":")[0] in others),
                       len(rows) + 1)
            span = range(entry.line, end)
        else:
            continue
        for number in span:
            row = code[number - 1].rstrip()
            words = row.strip(" \t{}")
            if not words:
                continue
            if entry.kind == "assembly":
                bare = re.sub(r"^\w+:\s*", "", words)
                if not bare or bare.startswith("#") or (bare.startswith(".") and not re.match(r"\.(byte|word|long|quad)\b", bare)):
                    continue
                forms = [re.sub(re.escape(bare), "", row, count=1)] + changed_words(row)[:1]
            else:
                whole = row.strip().endswith(";") and not row.strip().startswith((":", "\"")) and row.count("(") == row.count(")")
                forms = ([re.match(r"\s*", row).group(0) + ";"] if whole and not re.match(r"\s*(return|u?int|volatile|struct)", row) else [])
                forms = (forms + changed_words(row)) or [""]
            for n, form in enumerate(forms):
                name = f"{entry.file}:{entry.name}:{number}:{n}"
                stamp = hashlib.sha256((text + form).encode()).hexdigest()[:10]
                yield f"{name}:{stamp}", entry, number, row.strip(), form


def fresh_copy():
    shutil.rmtree(os.path.join(COPY, "tree"), ignore_errors=True)
    for folder in ("module", "include"):
        shutil.copytree(os.path.join(ROOT, folder), os.path.join(COPY, "tree", folder))
    return os.path.join(COPY, "tree")


def boots(tree):
    """Does the conformance guest still pass over the altered module?"""
    module = os.path.join(COPY, "module")
    done = subprocess.run(["make", "-s", "--no-print-directory", f"MODULE_ROOT={tree}", f"MODULE_OUT={module}", f"{module}/module.elf"], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return False
    image = os.path.join(COPY, "image.igvm")
    subprocess.run(["build/verismo", "image", "--module", f"{module}/module.elf", "--plain", "build/guest/conformance.elf", "--output", image],
                   cwd=ROOT, check=True, capture_output=True)
    try:
        out = subprocess.run(["build/verismo", "run", "--image", image, "--cpus", "1", "--timeout", "60"], cwd=ROOT, capture_output=True,
                             text=True, errors="replace", timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return False
    return out.returncode == 0 and " passed, 0 failed" in out.stdout


def main():
    parser = argparse.ArgumentParser(prog="alter.py", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--name")
    for flag in ("boot", "again", "check", "accept"):
        parser.add_argument("--" + flag, action="store_true")
    options = parser.parse_args()
    os.makedirs(COPY, exist_ok=True)
    os.makedirs(os.path.join(ROOT, "build", "proof"), exist_ok=True)
    entries, _ = ledger.read(ROOT)
    ledger.measure(ROOT, entries)
    files = sources(entries)
    if options.accept:
        with open(EXPECTED, "w", encoding="utf-8") as f:
            f.write(listing(ROOT, files))
        return 0
    with open(EXPECTED, encoding="utf-8") as f:
        if f"with gcc {compiler()};" not in f.readline():
            print(f"alter: tests/proof/wrappers was not made with gcc {compiler()}")
            return 77
    if unlike(ROOT, files):
        print("the trusted code no longer compiles to tests/proof/wrappers: review it, then tests/proof/alter.py --accept")
        return 1
    if options.check:
        print("the trusted code compiles to what was reviewed")
        return 0
    path = os.path.join(ROOT, "build", "proof", "alter.json")
    try:
        with open(path, encoding="utf-8") as f:
            done = {} if options.again else json.load(f)
    except (OSError, ValueError):
        done = {}
    todo = [a for a in alterations(ROOT, entries) if options.name in (None, "", a[1].name)]
    if not todo:
        print(f"alter: nothing in the ledger is called {options.name}", file=sys.stderr)
        return 2
    tree, survivors, covered = fresh_copy(), [], set()
    for n, (key, entry, number, old, form) in enumerate(todo, 1):
        want = key + (":boot" if options.boot and entry.kind == "assembly" else "")
        if want not in done:
            target = os.path.join(tree, entry.file)
            original = ledger.load(ROOT, entry.file)
            rows = original.split("\n")
            rows[number - 1] = form
            with open(target, "w", encoding="utf-8") as f:
                f.write("\n".join(rows))
            done[want] = not boots(tree) if want.endswith(":boot") else unlike(tree, files)
            with open(target, "w", encoding="utf-8") as f:
                f.write(original)
            with open(path, "w", encoding="utf-8") as f:
                json.dump(done, f, indent=0)
        if sys.stdout.isatty():
            print(f"\r{n} of {len(todo)} alterations", end="", flush=True)
        if done[want]:
            covered.add((entry.file, number))
        else:
            survivors.append(f"{entry.file}:{number}: {entry.name}: '{old}' as '{form.strip()}'")
    everything = {(e.file, number) for _, e, number, _, _ in todo}
    for survivor in survivors:
        print("not noticed: " + survivor)
    for where, number in sorted(everything - covered):
        print(f"{where}:{number}: no alteration of this line was noticed")
    print(f"{len(todo) - len(survivors)} of {len(todo)} alterations noticed; {len(covered)} of {len(everything)} trusted lines have a test")
    return 1 if everything - covered else 0


if __name__ == "__main__":
    sys.exit(main())
