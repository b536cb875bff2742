"""The page: the same bytes twice, small, nothing asked of the network, and its views show what the tables hold."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from browser import BROWSER, acted
from planted import experiments, registry

from modecollapse import stages
from modecollapse.audit.bundle import Bundle
from modecollapse.claims.judge import judge
from modecollapse.claims.settings import MarginEntry
from modecollapse.measures import supports
from modecollapse.statistics.margin import ABSOLUTE, Margin

needs_browser = pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
PAGE = "index.html"


@pytest.fixture
def copied(honest_study: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(honest_study, tmp_path / "copied"))


def page_of(folder: Path) -> Path:
    return stages.page(folder, Bundle(folder).study, folder / PAGE)


def acted_on(folder: Path, script: str, tmp_path: Path) -> object:
    """What a script finds on a folder's page, which asks nothing of the network and says nothing on the console."""
    answer = acted(folder / PAGE, script, tmp_path)
    assert answer["told"] == []
    assert answer["requests"] == []
    return answer["found"]


def test_the_same_bytes_twice_and_no_address_of_the_network(honest_study: Path, tmp_path: Path) -> None:
    page = honest_study / PAGE
    again = stages.page(honest_study, Bundle(honest_study).study, tmp_path / PAGE)
    assert again.read_bytes() == page.read_bytes()
    assert page.stat().st_size < 4_000_000
    text = page.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert not any(f'{name}="http' in text for name in ("src", "href"))


@needs_browser
def test_filters_change_the_rows_that_are_shown(honest_study: Path, tmp_path: Path) -> None:
    script = """
    const count = () => document.querySelectorAll("main tbody")[0].rows.length;
    const all = count(); choose("Outcome", "NOT_RUN"); const notRun = count();
    choose("Document", "lsgan-blog"); return [all, notRun, count()];"""
    claims = pd.read_csv(honest_study / "tables" / "claims.csv")
    not_run = claims[claims["outcome"] == "NOT_RUN"]
    expected = [len(claims), len(not_run), int((not_run["source"] == "lsgan-blog").sum())]
    assert acted_on(honest_study, script, tmp_path) == expected


@needs_browser
def test_the_views_show_numbers_that_lead_to_rows_and_hashes(honest_study: Path, tmp_path: Path) -> None:
    script = """
    click("Compare"); await wait(200);
    document.querySelector("main td .link").click();
    const shown = document.querySelector("dialog").textContent;
    document.querySelector("dialog .close").click();
    click("Runs"); await wait(500);
    const charts = document.querySelectorAll("main svg").length;
    click("Samples"); slide("step", 0); const before = document.querySelector("figcaption").textContent;
    slide("step", 2); slide("variant", 1);
    const after = document.querySelector("figcaption").textContent;
    return [shown, charts, before, after, document.querySelectorAll("canvas").length];"""
    shown, charts, before, after, canvases = acted_on(honest_study, script, tmp_path)
    bundle = Bundle(honest_study)
    first = bundle.summary.cells[0]
    own = pd.read_csv(honest_study / "tables" / "summary.csv")
    row = own[(own["variant"] == first.variant) & (own["experiment"] == first.experiment)].iloc[0]
    assert f"mean = {row['mean']}" in shown
    assert all(digest in shown for path, record in bundle.records.items() if path.startswith("/".join(first.key))
               for digest in record["files"].values())  # fmt: skip
    rows = pd.read_parquet(honest_study / "tables" / "measures.parquet")
    steps = rows[rows["variant"] == first.variant].groupby("measure")["step"].nunique()
    assert charts == (steps[steps.index.isin(bundle.summary.measures)] > 1).sum()
    assert before.endswith("step 0")
    assert after != before
    assert canvases == 3


@needs_browser
def test_a_table_is_sorted_searched_and_downloaded_as_it_is(honest_study: Path, tmp_path: Path) -> None:
    script = """
    click("Tables"); choose("Table", "summary");
    const head = [...document.querySelectorAll("th button")].find(b => b.textContent === "mean");
    head.click(); const column = [...head.closest("tr").children].indexOf(head.parentElement);
    const means = [...document.querySelectorAll("tbody tr")].map(r => Number(r.children[column].textContent));
    let saved; URL.createObjectURL = blob => { saved = blob; return "blob:none"; };
    HTMLAnchorElement.prototype.click = () => {};
    click("Download CSV");
    const input = [...document.querySelectorAll("input[type=search]")][0];
    input.value = "oracle"; input.dispatchEvent(new Event("input"));
    return [means, await saved.text(), document.querySelectorAll("tbody tr").length];"""
    means, saved, oracles = acted_on(honest_study, script, tmp_path)
    table = (honest_study / "tables" / "summary.csv").read_text(encoding="utf-8")
    assert saved == table
    assert means == sorted(means)
    assert oracles == sum(",oracle," in line for line in table.splitlines())


@needs_browser
def test_a_name_that_looks_like_markup_is_text(copied: Path, tmp_path: Path) -> None:
    path = copied / "tables" / "claims.csv"
    claims = pd.read_csv(path, keep_default_na=False)
    evil = '</script><script>document.title="taken"</script><img src=x onerror="document.title=1">'
    claims["says"] = evil
    claims.to_csv(path, index=False)
    page_of(copied)
    script = """
    const main = document.querySelector("main");
    return [document.title, main.querySelectorAll("img").length, main.textContent];"""
    title, images, text = acted_on(copied, script, tmp_path)
    assert title == "Mode Collapse Study: small"
    assert images == 0
    assert evil in text


def trained(rng: np.random.Generator) -> pd.DataFrame:
    """The tidy table of the runs of `matched` in plane.yaml: each cell at some level, some of them still moving."""
    steps, parts = np.arange(0, 25001, 1000), []
    for cell in (cell for cell in experiments("plane").cells if cell.experiment == "matched"):
        for measure, most in (("modes", 8 if cell.dataset == "ring" else 25), ("high_quality_percent", 100)):
            level, drift = rng.uniform(0, 1), rng.choice([0, 0, 0.1, 0.4])
            values = level + drift * (steps / 25000 - 1) + rng.normal(0, 0.02, (len(cell.seeds), 1))
            table = pd.DataFrame(values.clip(0, 1) * most, index=cell.seeds, columns=steps).rename_axis("seed")
            long = table.rename_axis(columns="step").stack().rename("value").reset_index()
            names = dict(zip(("experiment", "dataset", "variant"), cell.key, strict=True))
            parts.append(long.assign(measure=measure, n=2500, status="ok", config_hash="c", device="cpu", **names))
    return pd.concat(parts, ignore_index=True)


@needs_browser
def test_the_slider_judges_as_the_study_would_with_that_margin(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, summary = trained(np.random.default_rng(0)), experiments("plane")
    declared = MarginEntry.at
    v7 = registry().model_copy(update={"claims": [claim for claim in registry().claims if claim.id == "V7"]})

    def judged(factor: float) -> pd.DataFrame:
        def scaled(entry: MarginEntry, *arguments: object) -> Margin:
            found = declared(entry, *arguments)
            return Margin(found.size * factor if found.kind == ABSOLUTE else found.size**factor, found.kind)

        monkeypatch.setattr(MarginEntry, "at", scaled)
        table = judge(summary, rows, v7, "f" * 64, supports(summary))
        return table[table["experiment"] == "matched"]

    judged(1.0).to_csv(copied / "tables" / "verdicts.csv", index=False)
    page_of(copied)
    places = (-2, -1, 0, 1, 1.5)
    script = f"""
    const shown = () => [...document.querySelectorAll("[data-part]")];
    const words = () => Object.fromEntries(shown().map(s => [s.dataset.part, s.textContent]));
    return {list(places)}.map(place => {{ slide("margin", place); return words(); }});"""
    outcomes = set()
    for place, shown in zip(places, acted_on(copied, script, tmp_path), strict=True):
        table = judged(2.0**place)
        expected = dict(zip(table["part"], table["outcome"].str.lower().str.replace("_", " "), strict=True))
        assert shown == expected
        outcomes |= set(expected.values())
    assert {"reproduced", "not reproduced", "inconclusive"} <= outcomes
