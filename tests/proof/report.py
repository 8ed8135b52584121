#!/usr/bin/env python3
"""Loads the report in headless Chromium: it sorts, filters, opens sources, and the console stays empty.

usage: report.py [REPORT.html]    without one, a report is made from a small made-up result

A script that tries the page is added to a copy; its findings are read from the dumped DOM. Exit code 77
without Chromium. A screenshot goes to build/tests/report.png.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SCRIPT = """
<script>
const found=[];const check=(what,ok)=>{if(!ok)found.push(what)};
try{
const rows=()=>[...document.querySelectorAll('#functions tbody tr')];const cell=(r,c)=>r.cells[c].dataset.v;
check('has functions',rows().length>0);
const heads=[...document.querySelectorAll('#functions th')];
for(const c of [0,3]){heads[c].click();const up=rows().map(r=>cell(r,c));heads[c].click();const down=rows().map(r=>cell(r,c));
const order=c===3?(a,b)=>a-b:(a,b)=>a.localeCompare(b);
check('column '+c+' sorts up',up.every((v,i)=>!i||order(up[i-1],v)<=0));check('column '+c+' sorts down',down.every((v,i)=>!i||order(down[i-1],v)>=0));
check('column '+c+' is marked',heads[c].getAttribute('aria-sort')==='descending')}
const f=document.getElementById('filter'),want=cell(rows()[0],0);
f.value=want;f.dispatchEvent(new Event('input'));let seen=rows().filter(r=>!r.hidden);
check('filter keeps what matches',seen.length>0&&seen.every(r=>[0,1,2].some(i=>cell(r,i).toLowerCase().includes(want.toLowerCase()))));
f.value='no such function';f.dispatchEvent(new Event('input'));check('filter hides the rest',rows().every(r=>r.hidden));
f.value='';f.dispatchEvent(new Event('input'));check('filter is undone',rows().every(r=>!r.hidden));
const link=document.querySelector('#functions tbody a');check('functions link to sources',!!link&&!!document.getElementById(link.hash.slice(1)));
for(const a of document.querySelectorAll('a[href^="#"]'))check('target of '+a.hash,!!document.getElementById(a.hash.slice(1)));
for(const e of document.querySelectorAll('[src],link[href]'))check('outside resource '+e.outerHTML.slice(0,60),/^data:/.test(e.src||e.href));
check('nothing wider than the page',document.documentElement.scrollWidth<=innerWidth);
location.hash=link.hash;
}catch(e){found.push('exception '+e)}
addEventListener('load',()=>setTimeout(()=>{const t=document.querySelector(':target');if(!t||!t.closest('details').open)found.push('a link opens its source');
document.body.dataset.tested=JSON.stringify(found)},200));
</script>
"""


def sample(folder):
    """A result with one function of each status."""
    for name in ("build/proof", "module", "docs"):
        os.makedirs(os.path.join(folder, name))
    with open(os.path.join(folder, "module/a.c"), "w", encoding="utf-8") as f:
        f.write("int one(void)\n{\n\treturn 1;\n}\nint two(int x)\n{\n\treturn x < 2 && x;\n}\n")
    with open(os.path.join(folder, "docs/theorem.md"), "w", encoding="utf-8") as f:
        f.write("# The theorem\n\nSee `module/a.c:5` and **this**.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | `<x>` |\n")
    goal = {"name": "typed_one_ensures", "status": "Valid", "prover": "z3", "seconds": 0.1, "steps": 9, "stage": 1, "second": True}
    base = {"file": "module/a.c", "unit": "module/a.c", "errors": [], "lemmas": [], "cached": False, "seconds": 1.5,
            "smoke": {"passed": 2, "failed": []}}
    functions = [dict(base, name="one", line=1, status="proved", goals=[goal] * 12),
                 dict(base, name="two", line=5, status="open", goals=[goal, dict(goal, status="Timeout")]),
                 dict(base, name="three", line=0, status="uncovered", goals=[])]
    data = {"format": 1, "whole": True, "smoke": True, "versions": {"z3": "4"}, "seconds": 2, "jobs": 2, "errors": ["a <b> & c"],
            "lines": {"module": {"exec": 4, "spec": 0, "proof": 0, "axiom": 0, "trusted": 0}}, "functions": functions,
            "ledger": [{"number": "1", "kind": "wrapper", "name": "one", "file": "module/a.c", "line": 1, "size": 1,
                        "belief": "b", "reason": "r", "tests": "t"}],
            "totals": {"proved": 1, "open": 1, "trusted": 0, "uncovered": 1, "goals": 14, "goals_proved": 13, "smoke_failed": 0,
                       "axioms": 0, "trusted_lines": 1, "cached": 0}}
    with open(os.path.join(folder, "build/proof/results.json"), "w", encoding="utf-8") as f:
        json.dump(data, f)
    with open(os.path.join(folder, "build/proof/red.json"), "w", encoding="utf-8") as f:
        json.dump({"controls": [{"name": "seed", "property": "p", "expected": ["g"], "verdict": "as stated", "problem": ""}]}, f)
    subprocess.run([sys.executable, os.path.join(ROOT, "proof/report.py"), "--root", folder], check=True, stdout=subprocess.DEVNULL)
    return os.path.join(folder, "build/report.html")


def chromium(profile, *words):
    return subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-component-update",
                           "--disable-background-networking", "--no-first-run", f"--user-data-dir={profile}", "--enable-logging=stderr", "--v=0",
                           "--virtual-time-budget=4000", *words], capture_output=True, text=True, timeout=120, check=False)


def main():
    if shutil.which("chromium") is None:
        print("report: no chromium: scripts/deps install report")
        return 77
    picture = os.path.join(ROOT, "build/tests/report.png")
    os.makedirs(os.path.dirname(picture), exist_ok=True)
    problems = []
    with tempfile.TemporaryDirectory(prefix="report-") as folder:
        path = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else sample(os.path.join(folder, "tree"))
        with open(path, encoding="utf-8") as f:
            text = f.read()
        tried = os.path.join(folder, "tried.html")
        with open(tried, "w", encoding="utf-8") as f:
            f.write(text.replace("</body>", SCRIPT + "</body>"))
        done = chromium(os.path.join(folder, "profile"), "--window-size=1280,900", "--dump-dom", "file://" + tried)
        tested = re.search(r'data-tested="([^"]*)"', done.stdout)
        if tested is None:
            problems.append("the page's script did not end: " + done.stderr[-300:])
        else:
            problems += json.loads(tested.group(1).replace("&quot;", '"'))
        problems += [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
        if re.search(r"https?://(?!www\.w3\.org)", text):
            problems.append("the page names an outside address")
        chromium(os.path.join(folder, "profile"), "--window-size=1280,1400", f"--screenshot={picture}", "file://" + path)
        if not os.path.exists(picture):
            problems.append("no screenshot")
    for problem in problems:
        print("FAILED:", problem)
    print(f"{'0 passed, 1 failed' if problems else '1 passed, 0 failed'}; {os.path.relpath(picture)}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
