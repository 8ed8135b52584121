#!/usr/bin/env python3
"""Tests of the proof driver: what must fail does fail, and the cache hides nothing. Needs Frama-C."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
PROOF = os.path.join(os.path.dirname(os.path.dirname(HERE)), "proof")
sys.path.insert(0, PROOF)
import framac  # noqa: E402
import ledger  # noqa: E402
import lines  # noqa: E402

CONFIG = tempfile.mkdtemp(prefix="verify-test-")  # the provers are looked for once
PURE = "terminates \\true; exits \\false; assigns \\nothing;"
GOOD_H = f"""
/*@ requires x < 1000; {PURE} ensures \\result == x + 1; */
unsigned next(unsigned x);
/*@ {PURE} ensures \\result <= 7; */
unsigned low(unsigned x);
"""
GOOD_C = """#include "module/a.h"
unsigned next(unsigned x)
{
	return x + 1;
}
unsigned low(unsigned x)
{
	return x % 8;
}
"""


def tearDownModule():
    shutil.rmtree(CONFIG)


class Tree:
    """A small project to prove."""

    def __init__(self, test, files, units=None, trust=""):
        self.root = tempfile.mkdtemp(prefix="verify-test-")
        test.addCleanup(shutil.rmtree, self.root)
        for folder in ("include", "module", "machine", "proof", "docs", "build"):
            os.makedirs(os.path.join(self.root, folder))
        shutil.copytree(CONFIG, os.path.join(self.root, "build/proof"))
        for name, text in files.items():
            self.write(name, text)
        self.write("proof/units", units if units is not None else "\n".join(f for f in files if f.endswith(".c")) + "\n")
        self.write("proof/ledger", trust)

    def write(self, name, text):
        with open(os.path.join(self.root, name), "w", encoding="utf-8") as f:
            f.write(text)

    def verify(self, *words, environment=None):
        done = subprocess.run([sys.executable, os.path.join(PROOF, "verify.py"), "--root", self.root, "--limit", "2", *words], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, env=environment)
        for name in os.listdir(os.path.join(self.root, "build/proof")):
            if name.startswith("why3") and not os.path.exists(os.path.join(CONFIG, name)):
                shutil.copy(os.path.join(self.root, "build/proof", name), CONFIG)
        return done.returncode, done.stdout

    def results(self):
        with open(os.path.join(self.root, "build/proof/results.json"), encoding="utf-8") as f:
            return json.load(f)


class Verdicts(unittest.TestCase):
    def test_good_tree_and_cache(self):
        tree = Tree(self, {"module/a.h": GOOD_H, "module/a.c": GOOD_C})
        status, out = tree.verify()
        self.assertEqual(status, 0, out)
        self.assertEqual(out.rstrip().split("\n")[-1], "verification results: 2 verified, 0 errors")
        totals = tree.results()["totals"]
        self.assertEqual((totals["proved"], totals["cached"], totals["uncovered"]), (2, 0, 0))
        self.assertEqual({f["name"]: f["line"] for f in tree.results()["functions"]}, {"next": 2, "low": 6})
        status, out = tree.verify()
        self.assertEqual((status, tree.results()["totals"]["cached"]), (0, 2), out)
        # One body touched: that function alone is proved again.
        tree.write("module/a.c", GOOD_C.replace("x % 8", "x % 4"))
        status, out = tree.verify()
        self.assertEqual((status, tree.results()["totals"]["cached"]), (0, 1), out)
        # The contract in the header changed: the old result does not hide it, nor does a second run.
        tree.write("module/a.h", GOOD_H.replace("<= 7", "<= 2"))
        for _ in range(2):
            status, out = tree.verify()
            self.assertEqual(status, 1, out)
            self.assertIn("low: goal typed_low_ensures", out)
        # Entries that cannot be read are no entries.
        tree.write("module/a.h", GOOD_H)
        folder = os.path.join(tree.root, "build/proof/cache")
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write('{"key": "other", "result": {"status": "proved", "goals": []}}')
        status, out = tree.verify()
        self.assertEqual((status, tree.results()["totals"]["cached"]), (0, 0), out)
        status, out = tree.verify("--no-cache")
        self.assertEqual((status, tree.results()["totals"]["cached"]), (0, 0), out)

    def test_bad_units(self):
        """One tree, a unit for each thing that must not pass."""
        files = {
            "module/false.c": f"/*@ {PURE} ensures \\result == 1; */\nint wrong(int x)\n{{\n\treturn x;\n}}\n",
            "module/overflow.c": f"/*@ {PURE} */\nunsigned wraps(unsigned x)\n{{\n\treturn x + 1;\n}}\n",
            "module/contradiction.c":
                f"/*@ requires x > 1 && x < 1; {PURE} ensures \\result == 5; */\nint never(int x)\n{{\n\treturn x;\n}}\n",
            "module/dead.c": f"/*@ requires x > 5; {PURE} */\nint dead(int x)\n{{\n\tif (x < 3) {{\n\t\treturn 1;\n\t}}\n\treturn 0;\n}}\n",
            "module/assembly.c": "/*@ terminates \\true; exits \\false; assigns \\nothing; */\n"
                "void sneaky(void)\n{\n\t__asm__(\"nop\" : : : \"memory\");\n}\n",
            "module/nospec.c": f"int unknown(int x);\n/*@ {PURE} */\nint calls(int x)\n{{\n\treturn unknown(x);\n}}\n",
            "module/noassigns.c": "/*@ terminates \\true; exits \\false; ensures \\true; */\nvoid ext(void);\n"
                f"/*@ {PURE} */\nvoid caller(void)\n{{\n\text();\n}}\n",
            "module/axiom.c": "/*@ axiomatic A { logic integer f(integer x); axiom f_pos: \\forall integer x; f(x) > 0; } */\n"
                f"/*@ {PURE} ensures f(\\result) > 0; */\nint uses(int x)\n{{\n\treturn x;\n}}\n",
            "module/lemma.c": "/*@ lemma odd: \\forall integer x; x % 2 == 0 ==> x != 2; */\n"
                f"/*@ {PURE} */\nint lemma_user(int x)\n{{\n\treturn x;\n}}\n",
            "module/bodiless.c": f"/*@ {PURE} ensures \\result == 3; */\nint oracle(void);\n"
                f"/*@ {PURE} ensures \\result == 3; */\nint asks(void)\n{{\n\treturn oracle();\n}}\n",
            "module/admit.c": f"/*@ {PURE} ensures \\result == 3; */\nint admits(int x)\n{{\n\t/*@ admit x == 3; */\n\treturn x;\n}}\n",
            "module/cast.c": f"/*@ {PURE} */\nint casts(unsigned long a)\n{{\n\tint *p = (int *)a;\n\treturn p == (int *)0;\n}}\n",
            "module/ghost.c": f"int plain_global;\n/*@ ghost\n/@ {PURE} @/\nvoid ghostly(void) {{ return; }}\n*/\n"
                f"/*@ {PURE} */\nint with_ghost(void)\n{{\n\t/*@ ghost ghostly(); */\n\treturn 0;\n}}\n",
            "module/loop.c": f"/*@ {PURE} */\nvoid spins(void)\n{{\n\t/*@ loop assigns \\nothing; */\n\tfor (;;) {{\n\t}}\n}}\n",
        }
        units = "\n".join(files) + "\n"
        files["module/forgotten.c"] = "static int hidden(int x)\n{\n\treturn x;\n}\nint seen(int x)\n{\n\treturn hidden(x);\n}\n"
        tree = Tree(self, files, units)
        status, out = tree.verify()
        self.assertEqual(status, 1)
        for words in ("wrong: goal typed_wrong_ensures",
                      "wraps: goal typed_wraps_assert_rte_unsigned_overflow",
                      "smoke test failed at", "typed_never_wp_smoke_default_requires",
                      "typed_dead_wp_smoke_dead_code",
                      "module/assembly.c:4: assembly outside the ledger",
                      "module/assembly.c: ",
                      "module/nospec.c: ",
                      "No 'assigns' specification for function 'ext'",
                      "axiom f_pos is not in proof/ledger",
                      "goal typed_lemma_odd",
                      "oracle: believed, but neither proved nor in proof/ledger",
                      "module/admit.c:4: 'admit'",
                      "module/cast.c:4: a pointer made from an integer outside the ledger",
                      "ghostly exists only in the proof",
                      "typed_spins_terminates",
                      "module/forgotten.c:1: hidden is neither proved nor in proof/ledger",
                      "module/forgotten.c:5: seen is neither proved nor in proof/ledger"):
            self.assertIn(words, out)
        state = {f["name"]: f["status"] for f in tree.results()["functions"]}
        for name in ("wrong", "wraps", "never", "dead", "sneaky", "calls", "caller", "spins"):
            self.assertNotEqual(state.get(name), "proved", name)
        # No failure was kept.
        folder = os.path.join(tree.root, "build/proof/cache")
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                kept = json.load(f)["result"]
            self.assertIn(kept.get("status", "a shape"), ("proved", "a shape"))
            self.assertFalse(kept["errors"])
            self.assertTrue(all(g["status"] == "Valid" for g in kept.get("goals", ())))

    def test_trust_that_is_listed(self):
        header = ("/*@ terminates \\true; exits \\false; assigns \\nothing;\n  ensures \\result == 3; */\nint oracle(void);\n"
                  "/*@ terminates \\false; exits \\false; assigns \\nothing; ensures \\false; */\nvoid die(void) __attribute__((noreturn));\n"
                  "/*@ axiomatic A { logic integer f(integer x); axiom f_pos: \\forall integer x; f(x) > 0; } */\n")
        code = ('#include "module/t.h"\n/*@ terminates \\false; exits \\false; assigns \\nothing; ensures \\result == 3 && f(x) > 0; */\n'
                "int asks(int x)\n{\n\tif (x < 0) {\n\t\tdie();\n\t}\n\treturn oracle();\n}\n")
        trust = ("1 | contract | oracle | module/t.h | it is 3 | a test | none\n2 | contract | die | module/t.h | b | c | d\n"
                 "3 | axiom | f_pos | module/t.h | b | c | d\n"
                 "4 | wrapper | raw | module/w.c | b | c | d\n")
        wrapper = "void raw(void);\nvoid raw(void)\n{\n\t__asm__ volatile(\"nop\");\n}\n"
        tree = Tree(self, {"module/t.h": header, "module/t.c": code, "module/w.c": wrapper}, "module/t.c\n", trust)
        status, out = tree.verify()
        self.assertEqual(status, 0, out)  # dead code behind die() is as die's contract says
        self.assertEqual(tree.results()["totals"]["trusted_lines"], 2 + 1 + 1)
        self.assertEqual(tree.results()["totals"]["axiom_lines"], 1)
        tree.write("proof/ledger", trust + "5 | contract | nobody | module/t.h | b | c | d\n5 | axiom | g | module/t.h | b | c | d\nx\n")
        status, out = tree.verify()
        self.assertEqual(status, 1)
        for words in ("contract nobody is not in", "axiom g is not in", "ledger 5: number used twice", "fields expected"):
            self.assertIn(words, out)
        tree.write("module/w.c", wrapper.replace("\t__asm__", "\tint x;\n" * 150 + "\t__asm__"))
        tree.write("proof/ledger", trust)
        self.assertIn("trusted lines; at most 150 are allowed", tree.verify()[1])
        self.assertEqual(tree.verify("--check-trusted")[0], 1)
        self.assertEqual(tree.verify("--trusted")[0], 0)
        self.assertEqual(tree.verify("--check-trusted")[0], 0)

    def test_memory_model_across_units(self):
        """What a proof assumes of its pointers, a caller in another unit must know."""
        header = f"extern int seen;\n/*@ requires \\valid(p); terminates \\true; exits \\false; assigns *p; ensures \\result == 1; */\nint setz(int *p);\n"
        home = '#include "module/m.h"\nint seen;\nint setz(int *p)\n{\n\tint a = seen;\n\t*p = 1;\n\treturn a == seen;\n}\n'
        user = ('#include "module/m.h"\n/*@ terminates \\true; exits \\false; assigns seen; */\nint usez(void)\n{\n\treturn setz(&seen);\n}\n')
        files = {"module/m.h": header, "module/m.c": home, "module/u.c": user}
        tree = Tree(self, files)
        status, out = tree.verify()
        self.assertEqual(status, 1)
        self.assertIn("module/u.c calls setz without knowing what its proof in module/m.c assumes: \\separated(p, &seen)", out)
        tree.write("module/m.h", header.replace("requires", "requires \\separated(p, &seen); requires"))
        tree.write("module/u.c", user.replace("&seen", "&other").replace("\treturn", "\tint other;\n\treturn"))
        status, out = tree.verify()
        self.assertEqual(status, 0, out)
        tree.write("module/u.c", user)  # now the call itself is wrong
        status, out = tree.verify()
        self.assertEqual(status, 1)
        self.assertIn("typed_usez_call_setz_requires", out)
        # A unit may have options of its own.
        tree.write("module/u.c", user.replace("&seen", "&other").replace("\treturn", "\tint other;\n\treturn"))
        tree.write("proof/units", "module/m.c | -wp-model Typed+Ref\nmodule/u.c | old column | -wp-model Typed+Ref\n")
        status, out = tree.verify()
        self.assertEqual(status, 0, out)
        self.assertTrue(any(g["name"].startswith("typed_ref_") for f in tree.results()["functions"] for g in f["goals"]))

    def test_dead_code_proves_nothing(self):
        """The precondition of a function that never returns is still owed, though code behind the call is dead."""
        code = ("/*@ requires why: r < 9; terminates \\false; exits \\false; assigns \\nothing; ensures \\false; */\n"
                "void die(int r) __attribute__((noreturn));\n"
                "/*@ terminates \\false; exits \\false; assigns \\nothing; */\nvoid ends(int x)\n{\n\tif (x > 3) {\n\t\tdie(x);\n\t}\n}\n")
        tree = Tree(self, {"module/d.c": code}, trust="1 | contract | die | module/d.c | b | c | d\n")
        status, out = tree.verify()
        self.assertEqual(status, 1)
        self.assertIn("goal typed_ends_call_die_requires_why", out)
        tree.write("module/d.c", code.replace("die(x)", "die(8)"))
        status, out = tree.verify()
        self.assertEqual(status, 0, out)

    def test_contract_that_differs(self):
        weak = f"/*@ {PURE} ensures \\result >= 0; */\nint pick(void);\n"
        strong = f"/*@ {PURE} ensures \\result == 3; */\nint pick(void);\n"
        tree = Tree(self, {"module/p.c": weak + "int pick(void)\n{\n\treturn 4;\n}\n",
                           "module/q.c": strong + f"/*@ {PURE} ensures \\result == 3; */\nint use(void)\n{{\n\treturn pick();\n}}\n"})
        status, out = tree.verify()
        self.assertEqual(status, 1)
        self.assertIn("module/q.c: the contract of pick is not the one proved in module/p.c", out)

    def test_file_that_does_not_parse(self):
        """A part of the proof says why, too."""
        tree = Tree(self, {"module/a.c": "/*@ nonsense : */\nint x;\n"})
        status, out = tree.verify("--file", "module/a.c")
        self.assertEqual(status, 1, out)
        self.assertIn("unexpected token", out)

    def test_lemmas_of_one_name(self):
        """Two lemmas that differ only behind the quantifier are two: the false one is not taken for the other."""
        user = f"/*@ {PURE} */\nint NAME(int x)\n{{\n\treturn x;\n}}\n"
        tree = Tree(self, {
            "module/a.c": "/*@ lemma same: \\forall integer x; x == x; */\n" + user.replace("NAME", "one"),
            "module/b.c": "/*@ lemma same: \\forall integer x; x == x + 1; */\n" + user.replace("NAME", "two")})
        status, out = tree.verify()
        self.assertEqual(status, 1, out)
        self.assertIn("typed_lemma_same", out)

    def test_axiom_and_its_lemma(self):
        """An axiom that another unit proves as a lemma stands there in the same words."""
        user = f"/*@ {PURE} */\nint NAME(int x)\n{{\n\treturn x;\n}}\n"
        axiom = ("/*@ axiomatic A { logic integer f(integer x); axiom up: \\forall integer x; f(x) > x; }\n"
                 " lemma use: f(1) > 1; */\n")
        lemma = "/*@ logic integer f(integer x) = x + 1;\n lemma up: \\forall integer x; f(x) WORD x; */\n"
        trust = "1 | axiom | up | module/a.c | believed | nobody proves it | none\n"
        for word, good in ((">", True), (">=", False)):
            tree = Tree(self, {"module/a.c": axiom + user.replace("NAME", "one"),
                               "module/b.c": lemma.replace("WORD", word) + user.replace("NAME", "two")}, trust=trust)
            out = tree.verify()[1]
            self.assertEqual("is not the lemma that" not in out, good, out)

    def test_part(self):
        tree = Tree(self, {"module/a.h": GOOD_H, "module/a.c": GOOD_C})
        status, out = tree.verify("--function", "low")
        self.assertEqual(status, 0, out)
        self.assertIn("1 verified, 0 errors", out)
        status, out = tree.verify("--json", "--file", "module/a.c")
        self.assertEqual((status, json.loads(out)["totals"]["proved"]), (0, 2))
        self.assertFalse(os.path.exists(os.path.join(tree.root, "build/proof/results.json")))
        self.assertEqual(tree.verify("--function", "nothing")[0], 2)
        self.assertEqual(tree.verify("--file", "module/none.c")[0], 2)
        self.assertEqual(tree.verify("--seeds", "99")[0], 2)
        self.assertEqual(tree.verify("--frobnicate")[0], 2)

    def test_missing_tool(self):
        tree = Tree(self, {"module/a.h": GOOD_H, "module/a.c": GOOD_C})
        status, out = tree.verify(environment=dict(os.environ, PATH=tree.root))
        self.assertEqual(status, 4)
        self.assertIn("frama-c", out)

    def test_second_prover_and_seeds(self):
        code = ("unsigned table[64];\n/*@ requires n <= 64; terminates \\true; exits \\false; assigns table[0 .. 63];\n"
                "  ensures \\forall integer i; 0 <= i < n ==> table[i] == 0; */\nvoid clear(unsigned n)\n{\n"
                "\t/*@ loop invariant 0 <= i <= n;\n\t  loop invariant \\forall integer j; 0 <= j < i ==> table[j] == 0;\n"
                "\t  loop assigns i, table[0 .. 63];\n\t  loop variant n - i; */\n\tfor (unsigned i = 0; i < n; i++) {\n\t\ttable[i] = 0;\n\t}\n}\n")
        tree = Tree(self, {"module/c.c": code})
        status, out = tree.verify("--second", "--seeds", "2")
        self.assertEqual(status, 0, out)
        self.assertIn("seed 1: same verdicts", out)
        total, both = tree.results()["totals"]["second"]
        self.assertGreater(total, 0)
        self.assertEqual(total, both)


class Parts(unittest.TestCase):
    def test_half_of_the_limit(self):
        sys.path.insert(0, PROOF)
        result = framac.Result("x.c", [])
        result.goals = [framac.Goal("slow", "Valid", "z3", seconds=10.5), framac.Goal("fast", "Valid", "z3", seconds=9.5)]
        slow = [g.name for g in result.goals if g.seconds > framac.Options(root="/").limit / 2]
        self.assertEqual(slow, ["slow"])

    def test_log_is_read(self):
        log = ("[wp] Running WP plugin...\n[wp] [Z3 4.8.12] Goal typed_f_ensures : Timeout (Qed:4ms) (5s)\n"
               "[wp] Proved goals:    0 / 1\n"
               "[wp] Running WP plugin...\n[wp] [CVC4 1.8] Goal typed_f_ensures : Valid (Qed:4ms) (1.5s) (1234)\n"
               "[wp] Running WP plugin...\n[wp] [Qed] Goal typed_f_late : Valid\n"
               "[wp] [Passed] Smoke-test typed_f_wp_smoke_default_requires\n[wp] Proved goals:    1 / 2\n")
        result = framac.Result("f.c", [])
        framac.read_goals(log, result)
        goal = result.goals[0]
        self.assertEqual((len(result.goals), len(result.smoke)), (1, 1))
        self.assertEqual((goal.status, goal.prover, goal.seconds, goal.steps, goal.stage), ("Valid", "cvc4", 1.5, 1234, 2))
        result = framac.Result("f.c", [])
        framac.read_goals(log.replace("0 / 1", "0 / 3"), result)
        self.assertIn("3 goals were scheduled, 1 were reported", result.errors)
        result = framac.Result("f.c", [])
        framac.read_messages("[wp] f.c:3: Warning: \n  Cast with incompatible pointers types\n[wp] f.c:4: Warning: \n"
                             "  Memory model hypotheses for function 'f':\n  /*@ behavior wp_typed:\n       requires \\separated(p, &g); */\n", result)
        self.assertEqual(result.hypotheses, {"f": {"\\separated(p, &g)"}})
        self.assertEqual(len(result.errors), 1)

    def test_lines_are_counted(self):
        text = ("/* English */\n/*@ requires x > 0; // why\n  ensures \\result > 0;\n*/\nint f(int x)\n{\n\t/*@ assert x > 0; */\n"
                "\treturn x; /* { */\n}\n/*@ lemma l: \\true;\n  axiomatic A {\n  axiom a: \\true;\n  }\n  predicate p = \\true;\n*/\n")
        self.assertEqual({k: v for k, v in lines.count(text).items() if v}, {"exec": 2, "spec": 3, "proof": 2, "axiom": 3})

    def test_assembly_is_counted(self):
        text = "/* x */\n\t.text\none:\tcli\n\tcld\n\t.byte 1\n\t.skip 4\ntwo:\n\tret\n"
        self.assertEqual(ledger.assembly_size(text, "one", {"two"}), (3, 3))
        self.assertEqual(ledger.assembly_size(text, "two", set()), (7, 1))


if __name__ == "__main__":
    unittest.main(verbosity=1)
