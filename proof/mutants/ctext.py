"""C and ACSL as tokens: finds functions, statements and clauses, and makes mutants of them.

No parser of the whole language: enough for sources in this project's style (braces always, no macros that hide
control flow). A mutant that is no C is found by the compiler; one of a clause that Frama-C rejects is an error.
"""
import hashlib
import re

TOKEN = re.compile(r"""
    (?P<comment>/\*.*?\*/)
  | (?P<directive>^[ \t]*\#(?:[^\n\\]|\\\n|\\[^\n])*)
  | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<number>\d[0-9a-zA-Z]*)
  | (?P<name>\\?[A-Za-z_]\w*)
  | (?P<space>\s+)
  | (?P<op><==>|==>|<<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||\+=|-=|\*=|/=|%=|&=|\|=|\^=|.)
""", re.S | re.M | re.X)
OPEN, CLOSE = "([{", ")]}"
NOT_A_CALL = {"if", "while", "for", "switch", "return", "sizeof", "_Static_assert", "__attribute__"}
TYPE_WORDS = re.compile(r"(const|static|struct|unsigned|signed|int|char|short|long|void|volatile|register|\w+_t)$")
CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*$")
# Constants of one kind: the next one of the row is the wrong one.
FAMILIES = [row.split() for row in """
PAGE_ABSENT PAGE_SHARED PAGE_GUEST PAGE_VMSA PAGE_CAA PAGE_MODULE PAGE_SERVICE PAGE_BUSY
SNP_SIZE_4K SNP_SIZE_2M
SNP_PERM_NONE SNP_PERM_R SNP_PERM_W SNP_PERM_ALL
SNP_OK SNP_FAIL_INPUT SNP_FAIL_PERMISSION SNP_FAIL_INUSE SNP_FAIL_OVERLAP SNP_FAIL_SIZEMISMATCH
SVSM_SUCCESS SVSM_INVALID_PARAMETER SVSM_INVALID_ADDRESS SVSM_INVALID_REQUEST SVSM_INVALID_FORMAT
GUEST_VMPL_MIN GUEST_VMPL_MAX
PAGE_SIZE LARGE_PAGE
VMSA_RAX VMSA_RCX VMSA_RDX VMSA_R8 VMSA_R9 VMSA_EFER VMSA_EXITCODE VMSA_SEV_FEATURES VMSA_EVENT_INJ
""".strip().split("\n")]
ZERO = {"SVSM_SUCCESS", "SNP_OK", "GHCB_REPLY_OK", "PAGE_ABSENT", "PAGE_OWNER_NONE", "PENDING_NONE"}
FLIP = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
ARITHMETIC = {"+": "-", "-": "+", "*": "+", "/": "*", "%": "/", "++": "--", "--": "++", "+=": "-=", "-=": "+="}


class Token:
    """One token and where it stands."""
    __slots__ = ("kind", "text", "start", "end")

    def __init__(self, kind, text, start, end):
        self.kind, self.text, self.start, self.end = kind, text, start, end


class Mutant:
    """One change: the span of a file's text that becomes another text."""

    def __init__(self, file, function, operator, start, end, new, kind):
        self.file, self.function, self.operator, self.kind = file, function, operator, kind
        self.start, self.end, self.new = start, end, new
        self.id = self.old = self.line = None
        self.users = ()  # for a clause: the functions that may notice

    def text(self, source):
        return source[:self.start] + self.new + source[self.end:]


def tokens(text, base=0):
    return [Token(m.lastgroup, m.group(0), base + m.start(), base + m.end()) for m in TOKEN.finditer(text)]


def code_only(toks):
    return [t for t in toks if t.kind not in ("space", "comment", "directive")]


def match(toks, at):
    """Index of the bracket that closes the one at index at."""
    depth = 0
    for i in range(at, len(toks)):
        if toks[i].text in OPEN:
            depth += 1
        elif toks[i].text in CLOSE:
            depth -= 1
            if depth == 0:
                return i
    return len(toks) - 1


class Function:
    """A definition: tokens of its body, braces included."""

    def __init__(self, name, start, body):
        self.name, self.start, self.body = name, start, body
        self.end = body[-1].end
        self.calls = {a.text for a, b in zip(body, body[1:])
                      if a.kind == "name" and b.text == "(" and a.text not in NOT_A_CALL}


def functions(text):
    """The function definitions of a file, in order."""
    toks = code_only(tokens(text))
    found, i, first = [], 0, 0
    while i < len(toks):
        if toks[i].text == "{":
            end = match(toks, i)
            if i and toks[i - 1].text == ")":
                depth, j = 0, i - 1
                while j >= 0:
                    depth += (toks[j].text == ")") - (toks[j].text == "(")
                    if depth == 0:
                        break
                    j -= 1
                found.append(Function(toks[j - 1].text, toks[first].start, toks[i:end + 1]))
                first = end + 1
            i = end
        elif toks[i].text == ";":
            first = i + 1
        i += 1
    return found


# ---- code ----

class Statement:
    """kind: expression, declaration, return, jump, block, if, loop, switch, label."""

    def __init__(self, kind, first, last):
        self.kind, self.first, self.last = kind, first, last
        self.condition = None
        self.blocks = []


class Body:
    """The statements of a function body, and its mutants."""

    def __init__(self, file, function):
        self.file, self.function, self.toks = file, function, function.body
        self.made = []
        self.block = self.read_block(0)

    def read_block(self, at):
        block, i, end = [], at + 1, match(self.toks, at)
        while i < end:
            statement = self.read_statement(i)
            block.append(statement)
            i = statement.last + 1
        return block

    def read_statement(self, at):
        word = self.toks[at].text
        if word == "{":
            found = Statement("block", at, match(self.toks, at))
            found.blocks = [self.read_block(at)]
            return found
        if word in ("if", "while", "for", "switch"):
            return self.read_control(at, word)
        if word == "else":
            found = self.read_statement(at + 1)
            found.first = at
            return found
        if word in ("case", "default"):
            end = at
            while self.toks[end].text != ":":
                end += 1
            return Statement("label", at, end)
        end, depth = at, 0
        while self.toks[end].text != ";" or depth:
            depth += (self.toks[end].text in OPEN) - (self.toks[end].text in CLOSE)
            end += 1
        kind = ("return" if word == "return" else "jump" if word in ("break", "continue", "goto")
                else "declaration" if self.is_declaration(at) else "expression")
        return Statement(kind, at, end)

    def is_declaration(self, at):
        return (TYPE_WORDS.match(self.toks[at].text) is not None
                and (self.toks[at + 1].kind == "name" or self.toks[at + 1].text == "*"))

    def read_control(self, at, word):
        close = match(self.toks, at + 1)
        found = Statement("loop" if word in ("while", "for") else word, at, close)
        inner = (at + 2, close - 1)
        if word == "for":
            semicolons = self.split(at + 2, close, ";")
            inner = semicolons[1] if len(semicolons) == 3 else None
        found.condition = inner if inner and inner[1] >= inner[0] else None
        branch = self.read_statement(close + 1)
        found.blocks, found.last = [[branch]], branch.last
        if word == "if" and branch.last + 1 < len(self.toks) and self.toks[branch.last + 1].text == "else":
            other = self.read_statement(branch.last + 1)
            found.blocks.append([other])
            found.last = other.last
        return found

    def split(self, first, end, separator):
        """Ranges between separators at depth 0 in [first, end)."""
        parts, depth, begin = [], 0, first
        for i in range(first, end):
            depth += (self.toks[i].text in OPEN) - (self.toks[i].text in CLOSE)
            if depth == 0 and self.toks[i].text == separator:
                parts.append((begin, i - 1))
                begin = i + 1
        return parts + [(begin, end - 1)]

    def source(self, first, last):
        """Tokens joined by spaces: enough for a replacement."""
        return " ".join(t.text for t in self.toks[first:last + 1])

    def make(self, operator, first, last, new):
        start, end = self.toks[first].start, self.toks[last].end
        if any((m.start, m.end, m.new) == (start, end, new) for m in self.made):
            return
        self.made.append(Mutant(self.file, self.function.name, operator, start, end, new, "code"))

    def mutants(self):
        self.in_block(self.block)
        return self.made

    def in_block(self, block):
        for statement in block:
            self.in_statement(statement)
        for one, two in zip(block, block[1:]):
            if one.kind == two.kind == "expression" and self.depend(one, two):
                self.make("swap", one.first, two.last, self.source(two.first, two.last) + " "
                          + self.source(one.first, one.last))

    def depend(self, one, two):
        """May the order of two statements matter? Not if they are assignments to things the other does not name."""
        names = [{t.text for t in self.toks[s.first:s.last] if t.kind == "name"} for s in (one, two)]
        calls = any(a.kind == "name" and b.text == "(" for s in (one, two)
                    for a, b in zip(self.toks[s.first:s.last], self.toks[s.first + 1:s.last]))
        targets = [self.source(s.first, s.last).split("=")[0].split() for s in (one, two)]
        field = ["".join(t) for t in targets]
        return calls or field[0] == field[1] or (field[0].split(".")[0] in names[1] and "." not in field[0]) \
            or (field[1].split(".")[0] in names[0] and "." not in field[1])

    def in_statement(self, s):
        terminates = self.toks[s.first].text == "hw_terminate"
        if s.kind in ("expression", "return", "jump") and s.last > s.first:
            self.make("drop", s.first, s.last, ";")
        if s.kind == "return" and s.last > s.first + 1:
            self.in_return(s.first + 1, s.last - 1)
        if s.condition:
            self.in_condition(s)
        if s.kind in ("expression", "return", "declaration") and not terminates:
            self.in_expression(s.first, s.last, s.kind == "declaration")
        elif s.kind in ("loop", "if", "switch"):
            self.in_expression(s.first + 1, match(self.toks, s.first + 1), False)
        elif s.kind == "label" and self.toks[s.first].text == "case":
            self.make("case", s.first + 1, s.last - 1, "( " + self.source(s.first + 1, s.last - 1) + " ) + 16")
        for block in s.blocks:
            self.in_block(block)

    def in_return(self, first, last):
        text = self.source(first, last)
        for new in ("0", "1"):
            if text != new and not (new == "0" and text in ZERO):
                self.make("return", first, last, new)

    def in_condition(self, s):
        first, last = s.condition
        self.make("negate", first, last, f"!({self.source(first, last)})")
        if s.kind == "if":
            self.make("never", first, last, "0")
            self.make("always", first, last, "1")
        for operator in ("&&", "||"):
            parts = self.split(first, last + 1, operator)
            if len(parts) > 1 and not (operator == "&&" and len(self.split(first, last + 1, "||")) > 1):
                for gone in parts:
                    kept = [self.source(*p) for p in parts if p is not gone]
                    self.make("check", first, last, f" {operator} ".join(kept))

    def in_expression(self, first, last, declares):
        for i in range(first, last + 1):
            token, text = self.toks[i], self.toks[i].text
            before = self.toks[i - 1] if i else token
            if token.kind == "number":
                self.in_number(i)
            elif token.kind == "name" and CONSTANT.match(text) and self.toks[i + 1].text != "(":
                self.in_constant(i)
            elif text in FLIP:
                self.make("compare", i, i, FLIP[text])
            elif text in ARITHMETIC and self.is_binary(before, text, declares, i):
                self.make("arithmetic", i, i, ARITHMETIC[text])
            elif text == "?":
                self.in_arms(i)
            elif text == "." and before.text in ("{", ",") and declares:
                end = self.split(i, self.end_of_field(i), ",")[0][1]
                if self.source(i + 3, end) not in ZERO | {"0", "1"}:
                    self.make("field", i + 3, end, "0")
            elif text in ("&&", "||"):
                self.make("logic", i, i, "||" if text == "&&" else "&&")

    def end_of_field(self, at):
        depth = 0
        for i in range(at, len(self.toks)):
            depth += (self.toks[i].text in OPEN) - (self.toks[i].text in CLOSE)
            if depth < 0 or (depth == 0 and self.toks[i].text == ","):
                return i
        return len(self.toks)

    def is_binary(self, before, text, declares, at):
        if text in ("++", "--", "+=", "-="):
            return True
        if declares and text == "*" and self.toks[at + 1].kind == "name" and before.kind == "name" \
                and TYPE_WORDS.match(before.text):
            return False
        return before.kind in ("name", "number") and before.text != "return" or before.text in (")", "]")

    def in_number(self, at):
        value, suffix = re.match(r"(0x[0-9a-fA-F]+|\d+)(\w*)$", self.toks[at].text).groups()
        number = int(value, 0)
        self.make("constant", at, at, f"{number + 1}{suffix}")
        if number > 0:
            self.make("constant", at, at, f"{number - 1}{suffix}")

    def in_constant(self, at):
        text = self.toks[at].text
        if text.startswith("REASON_") or text == "NULL":
            return
        for row in FAMILIES:
            if text in row:
                self.make("constant", at, at, row[(row.index(text) + 1) % len(row)])
                self.make("constant", at, at, row[(row.index(text) - 1) % len(row)])
                return
        self.make("constant", at, at, f"({text} + 1)")
        self.make("constant", at, at, f"({text} - 1)")

    def in_arms(self, at):
        depth, colon = 0, None
        for i in range(at + 1, len(self.toks)):
            text = self.toks[i].text
            depth += (text in OPEN) - (text in CLOSE)
            if depth == 0 and text == ":" and colon is None:
                colon = i
            elif depth < 0 or (depth == 0 and text in (";", ",")):
                if colon:
                    self.make("arms", at + 1, i - 1, self.source(colon + 1, i - 1) + " : " + self.source(at + 1, colon - 1))
                return


# ---- ACSL ----

KEYWORDS = {"requires", "ensures", "assigns", "exits", "terminates", "decreases", "behavior", "assumes", "complete",
            "disjoint", "loop", "predicate", "logic", "lemma", "axiomatic", "assert", "check", "admit", "ghost", "frees",
            "allocates", "returns", "invariant", "axiom", "type", "global", "inductive", "}"}


class Clause:
    """kind: requires, ensures, invariant or predicate; first..last: tokens of its formula."""

    def __init__(self, kind, name, owner, toks, first, last):
        self.kind, self.name, self.owner = kind, name, owner
        self.toks, self.first, self.last = toks, first, last


def clauses(comment):
    """The clauses of one ACSL comment: (keyword, tokens of the clause without its semicolon)."""
    inner = comment.text[3:-2]
    toks = [t for t in code_only(tokens(re.sub(r"//[^\n]*", lambda m: " " * len(m.group(0)), inner), comment.start + 3))
            if t.text != "@"]
    found, begin, binders, depth = [], 0, 0, 0
    for i, t in enumerate(toks):
        if t.text in ("\\forall", "\\exists", "\\let"):
            binders += 1
        elif t.text in OPEN and t.text != "{":
            depth += 1
        elif t.text in CLOSE and t.text != "}":
            depth -= 1
        elif t.text == ";" and binders:
            binders -= 1
        elif t.text == ";":
            found.append(toks[begin:i])
            begin, binders = i + 1, 0
    return [c for c in found if c]


def followed_by(text, end):
    """Name of the function that is declared or defined right behind a comment."""
    rest = code_only(tokens(re.split(r"[;{]", text[end:end + 2000], maxsplit=1)[0]))
    for a, b in zip(rest, rest[1:]):
        if a.kind == "name" and b.text == "(" and a.text not in NOT_A_CALL:
            return a.text
    return None


def read_clauses(text):
    """Clauses of a file that mutation looks at."""
    inside = [(f.name, f.body[0].start, f.end) for f in functions(text)]
    found = []
    for comment in tokens(text):
        if comment.kind != "comment" or not comment.text.startswith("/*@"):
            continue
        holder = next((name for name, a, b in inside if a <= comment.start < b), None)
        for toks in clauses(comment):
            word = toks[0].text
            if word in ("requires", "ensures") and not holder:
                owner = followed_by(text, comment.end)
                if owner:
                    found.append(make_clause(word, owner, toks, 1))
            elif word == "loop" and len(toks) > 2 and toks[1].text == "invariant" and holder:
                found.append(make_clause("invariant", holder, toks, 2))
            elif word == "predicate":
                equals = next((i for i, t in enumerate(toks) if t.text == "="), None)
                if equals:
                    found.append(Clause("predicate", toks[1].text, toks[1].text, toks, equals + 1, len(toks) - 1))
    return found


def make_clause(kind, owner, toks, first):
    name = ""
    if len(toks) > first + 1 and toks[first].kind == "name" and toks[first + 1].text == ":":
        name, first = toks[first].text, first + 2
    return Clause(kind, name, owner, toks, first, len(toks) - 1)


def split_formula(toks, first, last, separators):
    parts, depth, begin = [], 0, first
    for i in range(first, last + 1):
        depth += (toks[i].text in OPEN) - (toks[i].text in CLOSE)
        if depth == 0 and toks[i].text in separators:
            parts.append((begin, i - 1))
            begin = i + 1
    return parts + [(begin, last)]


def conjuncts(toks, first, last):
    """Ranges of the conjuncts under quantifiers and to the right of implications."""
    while first <= last:
        if toks[first].text == "\\forall":
            while toks[first].text != ";":
                first += 1
            first += 1
            continue
        if toks[first].text == "(" and match(toks, first) == last:
            first, last = first + 1, last - 1
            continue
        if len(split_formula(toks, first, last, ("<==>", "?"))) > 1:
            return []
        sides = split_formula(toks, first, last, ("==>",))
        if len(sides) > 1:
            first = sides[1][0]
            continue
        if len(split_formula(toks, first, last, ("||",))) > 1:
            return []
        parts = split_formula(toks, first, last, ("&&",))
        # A quantifier swallows what follows it: cut there.
        for n, (a, _) in enumerate(parts):
            if toks[a].text in ("\\forall", "\\exists"):
                return parts[:n] + [(a, last)]
        return parts
    return []


def clause_mutants(file, text):
    made = []
    for c in read_clauses(text):
        name = c.owner
        start, end = c.toks[c.first].start, c.toks[c.last].end
        if c.kind != "predicate" and text[start:end].strip() not in ("\\true", "\\false"):
            made.append((c, Mutant(file, name, c.kind, start, end, "\\true", "spec")))
        parts = conjuncts(c.toks, c.first, c.last)
        if len(parts) > 1:
            for a, b in parts:
                made.append((c, Mutant(file, name, c.kind + "-conjunct", c.toks[a].start, c.toks[b].end, "\\true", "spec")))
    return made


def number(mutants, text):
    """Gives each mutant of one file its id: file:function:operator:position-hash."""
    counts = {}
    for m in mutants:
        key = (m.function, m.operator)
        counts[key] = counts.get(key, 0) + 1
        around = text[max(0, m.start - 60):m.start] + "\0" + text[m.start:m.end] + "\0" + m.new
        digest = hashlib.sha256(" ".join(around.split()).encode()).hexdigest()[:6]
        m.old = " ".join(text[m.start:m.end].split())
        m.line = text.count("\n", 0, m.start) + 1
        m.id = f"{m.file}:{m.function}:{m.operator}:{counts[key]}-{digest}"
    return mutants


def all_mutants(file, text, names=None):
    """Mutants of a file: of the code of the functions in names (all if None), and of every clause."""
    made = []
    for function in functions(text):
        if names is None or function.name in names:
            made += Body(file, function).mutants()
    pairs = clause_mutants(file, text)
    for clause, mutant in pairs:
        mutant.clause = clause
    return number(made + [m for _, m in pairs], text)
