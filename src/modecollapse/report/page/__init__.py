"""The page: one HTML file that shows a finished study and works from a disk, without network.

It holds the study's tables as they are, the curves and some samples of its runs, Vega-Lite, and one script. The script
reads everything as text, so that no name in a study is ever taken for markup.
"""

from __future__ import annotations

import base64
import gzip
import json
from importlib import resources
from pathlib import Path

import jinja2
import vl_convert

from modecollapse.files import write_bytes
from modecollapse.report.page.page_content import content
from modecollapse.study.summary import StudySummary

PARTS = ("page.css", "page.js")
EXPOSED = "window.vegaEmbed = vegaEmbed;"


def build(summary: StudySummary, results: Path, runs: list[Path], out: Path, name: str, manifest: str) -> Path:
    """Write the page of a finished study to `out` and return its path: the same bytes for the same study.

    results: the study's folder with its tables; runs: its run folders; name: the study's; manifest: the SHA-256 of its
    manifest, which the page shows. Raises StudyError where a table, a trace or a record is missing or damaged.
    """
    text = json.dumps(content(summary, results, runs) | {"study": name, "manifest": manifest}, allow_nan=False)
    packed = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    shipped = resources.files("modecollapse.report.page")
    css, script = (shipped.joinpath(part).read_text(encoding="utf-8") for part in PARTS)
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        shipped.joinpath("page.html").read_text(encoding="utf-8")
    )
    library = vl_convert.javascript_bundle(EXPOSED).replace("</script", "<\\/script")
    html = template.render(name=name, css=css, script=script, library=library, data=packed)
    write_bytes(out, html.encode("utf-8"))
    return out
