"""Counts lines of C and ACSL in the columns of VeriSMo's Table 2.

exec   lines of C, without comments, braces alone and blank lines
spec   ACSL outside function bodies: contracts, predicates, logic definitions
proof  ACSL inside bodies (loop annotations, assertions), lemmas, ghost code
axiom  ACSL axioms, with the declarations of their axiomatic blocks
Lines that the ledger believes are counted there, as trusted, and not as exec.
"""
import collections
import dataclasses
import re

COLUMNS = ("exec", "spec", "proof", "axiom", "trusted")
TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*', re.S)


@dataclasses.dataclass
class Annotation:
    line: int
    text: str
    start: int


def blank_comments(text, strings=True):
    """The text with comments (ACSL too) made blank; line numbers and offsets stay. Strings are made blank
    inside as well, so that their words and braces do not count."""
    def clear(match):
        found = match.group(0)
        if found[0] in "\"'":
            if not strings:
                return found
            return found[0] + re.sub(r"[^\n]", " ", found[1:-1]) + found[-1]
        return re.sub(r"[^\n]", " ", found)
    return TOKEN.sub(clear, text)


def annotations(text):
    found = []
    for match in TOKEN.finditer(text):
        word = match.group(0)
        if word.startswith(("/*@", "//@")):
            found.append(Annotation(text.count("\n", 0, match.start()) + 1, word, match.start()))
    return found


def without_english(text):
    """An annotation without the comments inside it."""
    return re.sub(r"(?<!^)//[^@\n][^\n]*", "", text)


def column_of(words, depth):
    if depth > 0 or re.match(r"ghost\b|lemma\b", words):
        return "proof"
    if re.match(r"axiom\b|axiomatic\b", words):
        return "axiom"
    return "spec"


def count(text):
    """Counter of COLUMNS; nothing is trusted yet."""
    total = collections.Counter()
    code = blank_comments(text)
    total["exec"] = sum(bool(row.strip(" \t{}")) for row in code.split("\n"))
    for note in annotations(text):
        depth = code.count("{", 0, note.start) - code.count("}", 0, note.start)
        body = without_english(note.text[3:].replace("*/", ""))
        column, deep = None, 0
        for line in body.split("\n"):
            words = line.strip(" \t@*")
            if not words:
                continue
            if column is None or (deep == 0 and re.match(r"(?:lemma|axiom|axiomatic|predicate|logic|ghost|inductive|type)\b", words)):
                column = column_of(words, depth)
            if column == "axiom":
                deep += words.count("{") - words.count("}")
            total[column] += 1
    return total
