"""The ledger of trust: reads proof/ledger, counts its lines in the sources, compares it with them.

Kinds:
  wrapper   a C function whose body is believed to meet its contract; its body lines are trusted
  assembly  a global label of a .S file; the instructions and data words up to the next entry are trusted
  contract  a contract that nothing proves; its clauses other than 'requires' are trusted
  oracle    the same, of a bodiless function that chooses at will in the proof
  refined   a contract assumed by the module and proved of a body in machine/ or proof/: 0 lines
  axiom     a logic axiom; counted on its own (at most AXIOM_LIMIT lines)
  ghost     a function that exists only in the proof, and is proved: 0 lines
  elsewhere a lemma that another tool proves: its lines are trusted
  text      a line at file scope that has 'volatile' or a pointer cast: 1 line
"""
import dataclasses
import os
import re

import framac
import lines

TRUSTED_LIMIT = 150
AXIOM_LIMIT = 300
KINDS = ("wrapper", "assembly", "contract", "oracle", "refined", "axiom", "ghost", "elsewhere", "text")
FIELDS = 7
COUNTED = ("wrapper", "assembly", "contract", "oracle", "elsewhere", "text")
NEEDS_TRUST = (
    ("assembly", re.compile(r"\b(?:asm|__asm__|__asm)\b")),
    ("volatile", re.compile(r"\bvolatile\b")),
    ("an atomic builtin", re.compile(r"\b__(?:atomic|sync)_\w+")),
    ("a pointer made from an integer", re.compile(r"\(\s*(?:const\s+|volatile\s+)*(?:struct\s+\w+|\w+)\s*\*+\s*\)\s*(?!&)[\w(]")),
)


@dataclasses.dataclass
class Entry:
    number: str
    kind: str
    name: str
    file: str
    belief: str
    reason: str
    tests: str
    line: int = 0
    size: int = 0                    # lines
    span: tuple = (0, 0)             # first and last line
    problems: list = dataclasses.field(default_factory=list)


def read(root, path=None):
    """(entries, errors)"""
    entries, errors = [], []
    path = path or os.path.join(root, "proof", "ledger")
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if not line.strip() or line.startswith("#"):
                continue
            row = [part.strip() for part in line.rstrip("\n").split(" | ")]
            if len(row) != FIELDS or not all(row):
                errors.append(f"proof/ledger:{number}: {FIELDS} filled fields expected, {len(row)} found")
                continue
            entry = Entry(*row)
            if entry.kind not in KINDS:
                errors.append(f"proof/ledger:{number}: unknown kind '{entry.kind}'")
            entries.append(entry)
    numbers = [e.number for e in entries]
    errors += [f"ledger {n}: number used twice" for n in sorted(set(numbers)) if numbers.count(n) > 1]
    return entries, errors


def load(root, path):
    try:
        with open(os.path.join(root, path), encoding="utf-8") as f:
            return f.read()
    except OSError:
        return ""


def function_span(text, name):
    """(line of the name, first and last line of the body, its code lines), or None."""
    code = lines.blank_comments(text)
    for match in re.finditer(rf"^[A-Za-z_][^;{{}}#]*?\b{re.escape(name)}\s*\([^;{{}}]*\)[^;{{}}]*\{{", code, re.M):
        start = code.index("{", match.end() - 1)
        depth, end = 0, start
        for end in range(start, len(code)):
            depth += {"{": 1, "}": -1}.get(code[end], 0)
            if depth == 0:
                break
        body = code[start + 1:end].split("\n")
        head = code.rfind(name, match.start(), start)
        return (code.count("\n", 0, head) + 1, code.count("\n", 0, start) + 1, code.count("\n", 0, end) + 1,
                sum(1 for line in body if line.strip(" \t{}")))
    return None


def contract_size(text, name):
    """(line, number of believed lines) of the contract above a declaration."""
    match = None
    for begin, end in ((r"/\*@", r"\*/"), ("/@", "@/")):  # plain, or of a ghost function
        for match in re.finditer(rf"{begin}((?:(?!{end}).)*?){end}\s*(?:[\w *]+\b)?{re.escape(name)}\s*\(", text, re.S):
            pass
        if match is not None:
            break
    if match is None:
        return None
    believed, counting = 0, False
    for line in match.group(1).split("\n"):
        words = line.strip()
        clause = re.match(r"(requires|ensures|assigns|terminates|exits|behavior|assumes|decreases|allocates|frees)\b", words)
        if clause:
            counting = clause.group(1) in ("ensures", "assigns", "terminates", "exits")
        believed += bool(words) and counting
    return text.count("\n", 0, match.end()) + 1, believed


def assembly_size(text, name, labels):
    """(line, instructions and data words) from a global label to the next entry's label or the end."""
    found, size, code = 0, 0, lines.blank_comments(text)
    for number, line in enumerate(code.split("\n"), 1):
        words = line.split("#")[0].strip() if not line.startswith("#") else ""
        label = re.match(r"(\w+):", words)
        if label and label.group(1) == name:
            found = number
        elif label and label.group(1) in labels and found:
            break
        words = re.sub(r"^\w+:\s*", "", words)
        if found and words and (not words.startswith(".") or re.match(r"\.(byte|word|long|quad)\b", words)):
            size += 1
    return (found, size) if found else None


def measure(root, entries):
    for entry in entries:
        text = load(root, entry.file)
        if not text:
            entry.problems.append(f"{entry.file} is not there")
            continue
        if entry.kind in ("wrapper", "ghost"):
            found = function_span(text, entry.name)
            if not found and entry.kind == "ghost":  # it stands in an annotation
                found = re.search(rf"\b{re.escape(entry.name)}\s*\(", text)
                entry.line = text.count("\n", 0, found.start()) + 1 if found else 0
            elif found:
                entry.line, first, last, size = found
                entry.span = (entry.line, last)
                entry.size = size if entry.kind == "wrapper" else 0
        elif entry.kind == "assembly":
            labels = {e.name for e in entries if e.kind == "assembly" and e.file == entry.file}
            found = assembly_size(text, entry.name, labels - {entry.name})
            if found:
                entry.line, entry.size = found
        elif entry.kind in ("contract", "oracle", "refined"):
            found = contract_size(text, entry.name)
            if found:
                entry.line, entry.size = found[0], (0 if entry.kind == "refined" else found[1])
        elif entry.kind in ("axiom", "elsewhere"):
            found = re.search(rf"\b(?:axiom|lemma)\s+{re.escape(entry.name)}\b.*?;{framac.BEHIND_STATEMENT}", text, re.S)
            if found:
                entry.line, entry.size = text.count("\n", 0, found.start()) + 1, found.group(0).count("\n") + 1
        elif entry.kind == "text":
            for number, line in enumerate(text.split("\n"), 1):
                if entry.name in line:
                    entry.line, entry.size, entry.span = number, 1, (number, number)
                    found = True
                    break
            else:
                found = None
        else:
            continue
        if not found:
            entry.problems.append(f"{entry.kind} {entry.name} is not in {entry.file}")


def totals(entries):
    trusted = sum(e.size for e in entries if e.kind in COUNTED)
    axioms = sum(e.size for e in entries if e.kind == "axiom")
    return trusted, axioms


def c_files(root, folders=("module", "machine")):
    """C files, headers and logic of the folders; of proof/ itself the top only: below it are wrong variants."""
    for folder in folders:
        for path, below, names in os.walk(os.path.join(root, folder)):
            below.sort()
            if folder == "proof":
                below.clear()
            for name in sorted(names):
                if name.endswith((".c", ".h", ".acsl")):
                    yield os.path.relpath(os.path.join(path, name), root)


def check_texts(root, entries):
    """Every assembly, volatile, pointer cast, axiom and admit in the sources is inside a listed entry."""
    errors = []
    spans = {}
    for entry in entries:
        if entry.kind in ("wrapper", "text", "ghost"):
            spans.setdefault(entry.file, []).append(entry.span)
    for where in c_files(root, ("module", "machine", "crypto", "theorem", "proof")):
        text = load(root, where)
        code = lines.blank_comments(text)
        for what, pattern in NEEDS_TRUST:
            for hit in pattern.finditer(code):
                number = code.count("\n", 0, hit.start()) + 1
                if not any(first <= number <= last for first, last in spans.get(where, ())):
                    errors.append(f"{where}:{number}: {what} outside the ledger: "
                                  f"{text.split(chr(10))[number - 1].strip()[:60]}")
        for comment in lines.annotations(text):
            for hit in re.finditer(r"\badmit\b", comment.text):
                errors.append(f"{where}:{comment.line + comment.text.count(chr(10), 0, hit.start())}: 'admit'")
    return errors


def check_shapes(root, entries, shapes, proved, spread):
    """What the units assume is proved somewhere or listed. proved: names proved in some unit. spread: the run
    covers every unit, so a listed trust that nothing uses any more is an error too."""
    errors = []
    believed_kinds = {e.name for e in entries if e.kind in ("contract", "oracle", "refined", "wrapper")}
    axioms = {e.name for e in entries if e.kind == "axiom"}
    used, axioms_used = set(), set()
    for shape in shapes:
        for name in shape.believed:
            used.add(name)
            if name not in proved and name not in believed_kinds:
                errors.append(f"{shape.source}: {name}: believed, but neither proved nor in proof/ledger")
        for name in shape.axioms:
            axioms_used.add(name)
            if name not in axioms:
                errors.append(f"{shape.source}: axiom {name} is not in proof/ledger")
        if shape.admits:
            errors.append(f"{shape.source}: 'admit'")
    for entry in entries:
        if entry.kind == "refined" and spread and entry.name not in proved:
            errors.append(f"ledger {entry.number}: {entry.name} is called refined, but nothing proves it")
        if entry.kind in ("contract", "oracle") and entry.name in proved:
            errors.append(f"ledger {entry.number}: {entry.name} is proved; its entry is stale")
        if entry.kind == "axiom" and spread and entry.name not in axioms_used:
            errors.append(f"ledger {entry.number}: axiom {entry.name} is used nowhere")
    return sorted(set(errors))


def check(root, entries):
    """Problems of the entries themselves and of the sources; the limits."""
    errors = [f"ledger {e.number}: {p}" for e in entries for p in e.problems]
    errors += check_texts(root, entries)
    trusted, axioms = totals(entries)
    if trusted > TRUSTED_LIMIT:
        errors.append(f"{trusted} trusted lines; at most {TRUSTED_LIMIT} are allowed")
    if axioms > AXIOM_LIMIT:
        errors.append(f"{axioms} lines of axioms; at most {AXIOM_LIMIT} are allowed")
    return errors


TITLES = {"wrapper": "Bodies believed to meet their contracts", "assembly": "Assembly", "contract": "Contracts that nothing proves",
          "oracle": "Choices of others, in the proof", "refined": "Contracts proved over the machine (0 lines)", "axiom": "Axioms",
          "ghost": "Functions that exist only in the proof (0 lines)", "elsewhere": "Lemmas proved by another tool",
          "text": "Lines at file scope"}


def render(entries):
    trusted, axioms = totals(entries)
    out = ["# What is believed and not proved", "",
           "Generated by `make trusted` from `proof/ledger` and the sources; do not edit. Lines are counted in the sources:",
           "body lines of a function, instructions and data words of assembly, clauses other than `requires` of a contract.", "",
           f"Trusted: {trusted} lines (at most {TRUSTED_LIMIT}). Axioms: {axioms} lines (at most {AXIOM_LIMIT}).", "",
           "| kind | entries | lines |", "|---|---|---|"]
    for kind in KINDS:
        group = [e for e in entries if e.kind == kind]
        if group:
            out.append(f"| {kind} | {len(group)} | {sum(e.size for e in group)} |")
    for kind in KINDS:
        group = [e for e in entries if e.kind == kind]
        if not group:
            continue
        out += ["", f"## {TITLES[kind]}", "", "| no. | what | where | lines | believed | why it is not proved | tests |", "|---|---|---|---|---|---|---|"]
        for e in group:
            cells = [e.number, f"`{e.name}`", f"[{e.file}:{e.line}](../{e.file}#L{e.line})", str(e.size), e.belief, e.reason, e.tests]
            out.append("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
    return "\n".join(out) + "\n"
