#!/usr/bin/env python3
"""Writes build/report.html from build/proof/results.json and, when they are there, red.json, mutants.json,
docs/theorem.md and gcov data. One file, no outside resources.

usage: report.py [--root DIR] [--out FILE]
"""
import argparse
import glob
import gzip
import html
import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ledger  # noqa: E402
import lines  # noqa: E402

ESC = html.escape


def load(path):
    try:
        with open(path, encoding="utf-8") as f:
            return json.load(f)
    except (OSError, ValueError):
        return None


def markdown(text, link):
    """The few forms that our documents use: headings, paragraphs, lists, tables, code, links to sources."""
    def inline(words):
        words = ESC(words, quote=False)
        words = re.sub(r"`([^`]+)`", lambda m: "<code>" + (link(m.group(1)) or m.group(1)) + "</code>", words)
        words = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", words)
        return re.sub(r"\[([^\]]+)\]\(([^)]+)\)", lambda m: link(m.group(2).replace("../", "").replace("#L", ":"), m.group(1)) or m.group(1), words)
    out, block, kind = [], [], None

    def flush():
        nonlocal block, kind
        if kind == "p":
            out.append("<p>" + inline(" ".join(block)) + "</p>")
        elif kind == "ul":
            out.append("<ul>" + "".join(f"<li>{inline(b)}</li>" for b in block) + "</ul>")
        elif kind == "pre":
            out.append("<pre>" + ESC("\n".join(block)) + "</pre>")
        elif kind == "table":
            rows = [[inline(c.strip()) for c in row.strip("|").split("|")] for row in block if not re.fullmatch(r"[|\-: ]+", row)]
            out.append("<table>" + "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows) + "</table>")
        block, kind = [], None
    for line in text.split("\n"):
        if kind == "pre":
            if line.startswith("```"):
                flush()
            else:
                block.append(line)
            continue
        heading = re.match(r"(#+) (.*)", line)
        item = re.match(r"\s*[-*] (.*)|\s*\d+\. (.*)", line)
        if line.startswith("```"):
            flush()
            kind = "pre"
        elif heading:
            flush()
            out.append(f"<h{len(heading.group(1)) + 1}>{inline(heading.group(2))}</h{len(heading.group(1)) + 1}>")
        elif not line.strip():
            flush()
        elif line.startswith("|"):
            if kind != "table":
                flush()
            kind = "table"
            block.append(line)
        elif item:
            if kind != "ul":
                flush()
            kind = "ul"
            block.append(item.group(1) or item.group(2))
        elif kind == "ul":
            block[-1] += " " + line.strip()
        else:
            kind = "p"
            block.append(line.strip())
    flush()
    return "\n".join(out)


def executed_lines(root):
    """{file: set of executed lines} from gcov data, or None when nothing was measured."""
    data = glob.glob(os.path.join(root, "build", "**", "*.gcda"), recursive=True)
    if not data:
        return None
    done = {}
    for path in data:
        out = subprocess.run(["gcov", "--json-format", "--stdout", path], capture_output=True, check=False, cwd=root).stdout
        if out[:2] == b"\x1f\x8b":
            out = gzip.decompress(out)
        for text in out.decode(errors="replace").splitlines():
            try:
                files = json.loads(text)["files"]
            except (ValueError, KeyError):
                continue
            for entry in files:
                where = os.path.relpath(os.path.join(root, entry["file"]), root)
                done.setdefault(where, set()).update(r["line_number"] for r in entry["lines"] if r["count"])
    return done


def mutants_of(mutants):
    """{(file, function): [killed, all]}"""
    out = {}
    for m in (mutants or {}).get("mutants", []):
        part = m["id"].split(":")
        score = out.setdefault((part[0], part[1]), [0, 0])
        if m["verdict"] != "unproved":
            score[1] += 1
            score[0] += m["verdict"].startswith("killed")
    return out


class Page:
    def __init__(self, root, data):
        self.root, self.data, self.ids = root, data, {}
        self.files = sorted({f["file"] for f in data["functions"] if f["file"].endswith((".c", ".h"))})
        for n, path in enumerate(self.files):
            self.ids[path] = f"s{n}"

    def link(self, where, text=None):
        """A link to a source line of this page: 'file.c' or 'file.c:12'."""
        path, _, number = where.partition(":")
        if path not in self.ids or (number and not number.isdigit()) or number == "0":
            return None
        return f'<a href="#{self.ids[path]}{"-" + number if number else ""}">{text or where}</a>'

    def summary(self, red, mutants):
        t = self.data["totals"]
        cards = [("functions proved", t["proved"], ""), ("trusted", t["trusted"], ""), ("open", t["open"], "bad" if t["open"] else ""),
                 ("uncovered", t["uncovered"], "bad" if t["uncovered"] else ""),
                 ("goals", f"{t['goals_proved']} / {t['goals']}", "" if t["goals_proved"] == t["goals"] else "bad"),
                 ("smoke tests failed", t["smoke_failed"], "bad" if t["smoke_failed"] else ""),
                 ("axioms", t["axioms"], ""), ("trusted lines", t["trusted_lines"], "bad" if t["trusted_lines"] > ledger.TRUSTED_LIMIT else ""),
                 ("red controls", "not run" if red is None else self.red_score(red), ""),
                 ("code mutants killed", "not run" if mutants is None else self.mutant_score(mutants), "")]
        verdict = (f"verification results: {t['proved']} verified, {len(self.data['errors'])} errors")
        out = [f'<p class="verdict {"bad" if self.data["errors"] else "good"}">{verdict}</p>', '<div class="cards">']
        out += [f'<div class="card {state}"><b>{value}</b><span>{name}</span></div>' for name, value, state in cards]
        out.append("</div>")
        versions = ", ".join(f"{k} {v}" for k, v in self.data["versions"].items())
        out.append(f"<p class=\"dim\">{ESC(versions)}; {self.data['seconds']:.0f} s on {self.data['jobs']} cores; "
                   f"{t['cached']} functions from the cache{'' if self.data['whole'] else '; <b>a part of the proof only</b>'}</p>")
        if self.data["errors"]:
            out.append(f"<details><summary>{len(self.data['errors'])} errors</summary><ul>"
                       + "".join(f"<li>{ESC(e)}</li>" for e in self.data["errors"]) + "</ul></details>")
        head = "".join(f"<th>{c}</th>" for c in ("",) + lines.COLUMNS)
        rows = "".join(f"<tr><td>{ESC(g)}</td>" + "".join(f'<td class="n">{c[k]}</td>' for k in lines.COLUMNS) + "</tr>"
                       for g, c in self.data["lines"].items())
        out.append(f"<h3>Lines</h3><table><tr>{head}</tr>{rows}</table>")
        return "\n".join(out)

    @staticmethod
    def red_score(red):
        good = sum(c["verdict"] == "as stated" for c in red["controls"])
        return f"{good} / {len(red['controls'])}"

    @staticmethod
    def mutant_score(mutants):
        code = mutants.get("figures", {}).get("code", {})
        judged = code.get("total", 0) - code.get("unproved", 0)
        return f"{code.get('killed', 0)} / {judged}"

    def functions(self, mutants):
        scores = mutants_of(mutants)
        columns = ("function", "file", "status", "goals", "seconds", "provers", "two provers", "smoke", "mutants")
        out = ['<p><input id="filter" type="search" placeholder="filter: name, file or status" aria-label="filter"> '
               '<span id="shown" class="dim"></span></p>',
               '<div class="wide"><table id="functions"><thead><tr>'
               + "".join(f'<th tabindex="0" data-c="{n}">{c}</th>' for n, c in enumerate(columns)) + "</tr></thead><tbody>"]
        for f in self.data["functions"]:
            provers = {}
            for g in f["goals"]:
                if g["status"] == "Valid":
                    provers[g["prover"]] = provers.get(g["prover"], 0) + 1
            second = [g["second"] for g in f["goals"] if "second" in g]
            good = sum(g["status"] == "Valid" for g in f["goals"])
            score = scores.get((f["file"], f["name"]))
            smoke = f["smoke"]["passed"] + len(f["smoke"]["failed"])
            cells = [(f["name"], self.link(f"{f['file']}:{f['line']}", ESC(f["name"])) or ESC(f["name"])),
                     (f["file"], ESC(f["file"])), (f["status"], f'<span class="tag {f["status"]}">{f["status"]}</span>'),
                     (len(f["goals"]), f"{good} / {len(f['goals'])}" if f["goals"] else "–"),
                     (f["seconds"], f"{f['seconds']:.1f}" if f["goals"] else "–"),
                     (" ".join(provers), ", ".join(f"{k} {v}" for k, v in sorted(provers.items(), key=lambda x: -x[1])) or "–"),
                     (sum(second), f"{sum(second)} / {len(second)}" if second else "–"),
                     (smoke, f"{f['smoke']['passed']} / {smoke}" if smoke else "–"),
                     (score[0] / score[1] if score and score[1] else -1, f"{score[0]} / {score[1]}" if score and score[1] else "not run" if not f["lemmas"] else "–")]
            out.append("<tr>" + "".join(f'<td data-v="{ESC(str(v))}"{" class=n" if n in (3, 4, 6, 7, 8) else ""}>{t}</td>'
                                        for n, (v, t) in enumerate(cells)) + "</tr>")
        out.append("</tbody></table></div>")
        return "\n".join(out)

    def red(self, red):
        if red is None:
            return "<p>not run</p>"
        rows = []
        for c in red["controls"]:
            goals = c["expected"]
            rows.append(f"<tr><td>{ESC(c['name'])}</td><td>{ESC(c.get('property', ''))}</td>"
                        f"<td>{'<br>'.join(ESC(g) for g in goals) or 'none: it must be proved'}</td><td>{ESC(c['verdict'])}</td></tr>")
        return f'<div class="wide"><table><tr><th>control</th><th>property</th><th>goals that turn red</th><th>verdict</th></tr>{"".join(rows)}</table></div>'

    def trust(self):
        rows = []
        for e in self.data["ledger"]:
            where = f"{e['file']}:{e['line']}"
            rows.append(f"<tr><td class=n>{ESC(e['number'])}</td><td>{e['kind']}</td><td><code>{ESC(e['name'])}</code></td>"
                        f"<td>{self.link(where) or ESC(where)}</td><td class=n>{e['size']}</td><td>{ESC(e['belief'])}</td>"
                        f"<td>{ESC(e['reason'])}</td><td>{ESC(e['tests'])}</td></tr>")
        return ('<div class="wide"><table><tr><th>no.</th><th>kind</th><th>name</th><th>where</th><th>lines</th><th>believed</th><th>why not proved</th>'
                f'<th>tests</th></tr>{"".join(rows)}</table></div>')

    def sources(self, executed):
        status = {}
        for f in self.data["functions"]:
            if f["line"]:
                status.setdefault(f["file"], {})[f["name"]] = f["status"]
        out = []
        for path in self.files:
            text = ledger.load(self.root, path)
            marks = {}
            for name, state in status.get(path, {}).items():
                span = ledger.function_span(text, name)
                for number in range(span[0], span[2] + 1) if span else ():
                    marks[number] = state
            ran = (executed or {}).get(path, set())
            rows = "".join(f'<span id="{self.ids[path]}-{n}" class="l {marks.get(n, "")}{" ran" if n in ran else ""}"><i>{n}</i>{ESC(row, quote=False)}\n</span>'
                           for n, row in enumerate(text.rstrip("\n").split("\n"), 1))
            out.append(f'<details class="source" id="{self.ids[path]}"><summary>{path}</summary><pre>{rows}</pre></details>')
        note = "Executed: not measured." if executed is None else "A dot marks lines that the tests executed."
        return (f'<p>Each line of a function is <span class="tag proved">proved</span> <span class="tag trusted">trusted</span> '
                f'<span class="tag open">open</span> or <span class="tag uncovered">uncovered</span>. {note}</p>' + "\n".join(out))


STYLE = """
:root{--bg:#fcfcfb;--fg:#1d2126;--dim:#6b7280;--line:#e3e5e8;--card:#fff;--good:#1a7f4b;--bad:#b42318;--warn:#a15c07;--blue:#2257bf;
--gbg:#e7f5ec;--bbg:#fdecea;--wbg:#fdf3e1;--ubg:#eceef1}
@media (prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e5e7ea;--dim:#969da8;--line:#2b3038;--card:#1b1f25;--good:#5fcf97;--bad:#ff8a7d;
--warn:#f0b45a;--blue:#8ab4ff;--gbg:#13301f;--bbg:#3a1a17;--wbg:#36280f;--ubg:#262b32}}
*{box-sizing:border-box}html{scroll-behavior:smooth;scroll-padding-top:4rem}
body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.55 system-ui,sans-serif}
main{max-width:76rem;margin:0 auto;padding:0 1.25rem 6rem}
header{position:sticky;top:0;background:var(--bg);border-bottom:1px solid var(--line);z-index:1}
nav{max-width:76rem;margin:0 auto;padding:.75rem 1.25rem;display:flex;gap:1.25rem;flex-wrap:wrap;align-items:baseline}
nav b{margin-right:auto}a{color:var(--blue);text-decoration:none}a:hover{text-decoration:underline}
h2{margin:3rem 0 .75rem;font-size:1.35rem}h3{margin:2rem 0 .5rem;font-size:1.05rem}h4{margin:1.5rem 0 .5rem}
.verdict{font-size:1.15rem;font-weight:600;margin:2rem 0 1rem}.good{color:var(--good)}.verdict.bad{color:var(--bad)}.dim{color:var(--dim)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));gap:.75rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.75rem 1rem}
.card b{display:block;font-size:1.3rem;font-variant-numeric:tabular-nums}.card span{color:var(--dim);font-size:.85rem}.card.bad b{color:var(--bad)}
table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--dim);font-weight:600;white-space:nowrap}#functions th{cursor:pointer;user-select:none}th[aria-sort=ascending]::after{content:" \\2191"}
th[aria-sort=descending]::after{content:" \\2193"}td.n{font-variant-numeric:tabular-nums;white-space:nowrap}.wide{overflow-x:auto}
input{font:inherit;padding:.4rem .7rem;border:1px solid var(--line);border-radius:.5rem;background:var(--card);color:var(--fg);width:min(24rem,100%)}
.tag{border-radius:1rem;padding:.05rem .55rem;font-size:.82rem;background:var(--ubg)}.tag.proved{background:var(--gbg);color:var(--good)}
.tag.open{background:var(--bbg);color:var(--bad)}.tag.trusted{background:var(--wbg);color:var(--warn)}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,monospace}pre{overflow-x:auto;margin:.5rem 0}
details{margin:.25rem 0}summary{cursor:pointer}.source pre{border:1px solid var(--line);border-radius:.5rem;background:var(--card);padding:.5rem 0;tab-size:8}
.l{display:block;padding-right:1rem;white-space:pre;min-height:1.5em;scroll-margin-top:5rem}.l i{display:inline-block;width:4rem;padding-right:1rem;text-align:right;color:var(--dim);font-style:normal;user-select:none;
border-left:4px solid transparent}.l.proved i{border-color:var(--good)}.l.trusted i{border-color:var(--warn)}.l.open i,.l.uncovered i{border-color:var(--bad)}
.l.ran i::after{content:"\\00b7";color:var(--blue);font-weight:bold}.l:target{background:var(--wbg)}
"""

SCRIPT = """
const table=document.getElementById('functions'),body=table.tBodies[0],heads=[...table.tHead.rows[0].cells];
const filter=document.getElementById('filter'),shown=document.getElementById('shown');
function sort(c,up){const rows=[...body.rows],v=r=>r.cells[c].dataset.v;const numbers=rows.every(r=>v(r)!==''&&!isNaN(v(r)));
rows.sort((a,b)=>(numbers?v(a)-v(b):v(a).localeCompare(v(b)))*(up?1:-1));body.append(...rows);
heads.forEach((h,i)=>i===c?h.setAttribute('aria-sort',up?'ascending':'descending'):h.removeAttribute('aria-sort'))}
heads.forEach((h,c)=>{const go=()=>sort(c,h.getAttribute('aria-sort')!=='ascending');h.onclick=go;h.onkeydown=e=>{if(e.key==='Enter')go()}});
function apply(){const words=filter.value.toLowerCase().split(/\\s+/).filter(Boolean);let n=0;
for(const r of body.rows){const t=[0,1,2].map(i=>r.cells[i].dataset.v).join(' ').toLowerCase();
const ok=words.every(w=>t.includes(w));r.hidden=!ok;n+=ok}shown.textContent=n+' of '+body.rows.length}
filter.oninput=apply;apply();
function open_(){const e=document.getElementById(location.hash.slice(1));if(!e)return;const d=e.closest('details');if(d){d.open=true;e.scrollIntoView({block:'center'})}}
addEventListener('hashchange',open_);if(location.hash)open_();
"""


def page(root, data):
    out = os.path.join(root, "build", "proof")
    red, mutants = load(os.path.join(out, "red.json")), load(os.path.join(out, "mutants.json"))
    view = Page(root, data)
    theorem = ledger.load(root, "docs/theorem.md")
    sections = [("result", "Result", view.summary(red, mutants)),
                ("theorem", "Theorem", markdown(theorem, view.link) if theorem else "<p>docs/theorem.md is not there yet.</p>"),
                ("list", "Functions", view.functions(mutants)), ("red", "Red controls", view.red(red)),
                ("ledger", "What is believed", view.trust()), ("sources", "Sources", view.sources(executed_lines(root)))]
    nav = "".join(f'<a href="#{i}">{t}</a>' for i, t, _ in sections)
    body = "".join(f'<section id="{i}"><h2>{t}</h2>{b}</section>' for i, t, b in sections)
    return (f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<link rel="icon" href="data:,"><title>verismo: the proof</title><style>{STYLE}</style></head><body>'
            f"<header><nav><b>verismo: the proof</b>{nav}</nav></header><main>{body}</main><script>{SCRIPT}</script></body></html>\n")


def main():
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(prog="report.py", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--root", default=here)
    parser.add_argument("--out")
    options = parser.parse_args()
    path = os.path.join(options.root, "build", "proof", "results.json")
    data = load(path)
    if data is None:
        print(f"report: {path} is not there: make verify", file=sys.stderr)
        return 1
    target = options.out or os.path.join(options.root, "build", "report.html")
    with open(target, "w", encoding="utf-8") as f:
        f.write(page(options.root, data))
    print(f"{os.path.relpath(target)}: {len(data['functions'])} functions, {os.path.getsize(target) // 1024} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
