"""A page in headless Chromium: a script acts on it, and what the script finds comes back."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WATCH = """<script>
const told = [];
for (const event of ["error", "unhandledrejection", "securitypolicyviolation"])
  addEventListener(event, e => told.push(`${event}: ${e.message ?? e.reason ?? e.blockedURI}`));
for (const name of ["error", "warn"]) console[name] = (...words) => told.push(`${name}: ${words.join(" ")}`);
</script>"""
ACT = """<script type="module">
const wait = ms => new Promise(resolve => setTimeout(resolve, ms));
for (let i = 0; i < 100 && !document.documentElement.dataset.ready; i++) await wait(50);
const click = text => [...document.querySelectorAll("button")].find(b => b.textContent === text).click();
const enter = (input, value, event) => { input.value = value; input.dispatchEvent(new Event(event)); };
const labels = () => [...document.querySelectorAll("label")];
const labelled = label => labels().find(l => l.firstChild.textContent === label).lastElementChild;
const choose = (label, value) => enter(labelled(label), value, "change");
const slide = (id, value) => enter(document.getElementById(id), value, "input");
let found = null;
try { found = await (async () => { %s })(); } catch (error) { told.push(String(error)); }
await wait(300);
const answer = document.createElement("pre");
answer.id = "answer";
const requests = performance.getEntriesByType("resource").map(r => r.name);
answer.textContent = JSON.stringify({ found, told, requests });
document.body.append(answer);
</script>"""


def acted(page: Path, script: str, folder: Path) -> dict[str, Any]:
    """`found`: what a script, the body of an async function, returns on a page; what the console told; all requests."""
    before, _, after = page.read_text(encoding="utf-8").rpartition("</body>")
    head, _, rest = before.partition("<head>")
    copy = folder / "acted.html"
    copy.write_text(f"{head}<head>{WATCH}{rest}{ACT % script}</body>{after}", encoding="utf-8")
    command = [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    command += ["--virtual-time-budget=20000", "--dump-dom", copy.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    [answer] = re.findall(r'<pre id="answer">(.*?)</pre>', done.stdout, re.DOTALL)
    return json.loads(html.unescape(answer))
