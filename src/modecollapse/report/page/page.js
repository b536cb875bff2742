// The page of a study. All text goes into the document by textContent, never as markup.
const packed = Uint8Array.from(atob(document.getElementById("data").textContent), c => c.charCodeAt(0));
const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
const study = await new Response(stream).json();
const MARKS = { REPRODUCED: "●", NOT_REPRODUCED: "✕", PARTIALLY: "◐", INCONCLUSIVE: "○", NOT_TESTABLE: "–", NOT_RUN: "·" };
const REFERENCES = ["oracle", "null-gaussian", "null-uniform"];

// --- small helpers ---
function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter(child => child !== null).map(child => child instanceof Node ? child : String(child)));
  return made;
}

function parseCsv(text) {  // RFC 4180, as pandas writes it
  const rows = [[""]];
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i], row = rows[rows.length - 1];
    if (quoted) {
      if (c !== '"') row[row.length - 1] += c;
      else if (text[i + 1] === '"') { row[row.length - 1] += '"'; i++; } else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ",") row.push("");
    else if (c === "\n") rows.push([""]);
    else row[row.length - 1] += c;
  }
  const [columns, ...others] = rows.filter(row => row.length > 1 || row[0] !== "");
  return { columns, rows: others.map(row => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? ""]))) };
}

const tables = Object.fromEntries(Object.entries(study.tables).map(([name, text]) => [name, parseCsv(text)]));
const unique = values => [...new Set(values)];
const number = text => text === "" ? null : Number(text);
const isNumber = text => text !== "" && Number.isFinite(Number(text));
const short = value => value === null || value === "" ? "" : Number.isFinite(Number(value)) ? String(+Number(value).toPrecision(3)) : value;
const variantLabel = name => study.labels.variants[name] ?? name;
const documentLabel = name => study.labels.documents[name] ?? name;
const experimentLabel = name => study.labels.experiments[name] ?? name;
const datasetLabel = name => study.labels.datasets[name] ?? name;
const measureLabel = name => study.measures[name]?.label ?? name;
const cellOf = (experiment, dataset, variant) =>
  study.cells.find(c => c.experiment === experiment && c.dataset === dataset && c.variant === variant);

function choice(label, options, change, names = x => x, all = null) {
  const select = el("select", { onchange: () => change(select.value) },
    all === null ? null : el("option", { value: "" }, all), options.map(o => el("option", { value: o }, names(o))));
  const box = el("label", {}, label, select);
  return { box, get value() { return select.value; }, set(values, value) {
    select.replaceChildren(...values.map(o => el("option", { value: o }, names(o))));
    if (values.includes(value)) select.value = value;
  } };
}

function slider(label, { min, max, step = 1, value }, change) {
  const input = el("input", { type: "range", min, max, step, value, oninput: () => change(Number(input.value)) });
  const text = el("span");
  return { box: el("label", {}, text, input), input, get value() { return Number(input.value); },
    say: words => { text.textContent = `${label}: ${words}`; input.setAttribute("aria-valuetext", words); } };
}

function outcome(name, reason = "") {
  const words = study.labels.outcomes[name] + (reason ? ` (${reason.replaceAll("_", " ")})` : "");
  return el("span", { class: "outcome", "data-mark": MARKS[name] ?? "", style: `color: var(--${name})` }, words);
}

const dialog = document.querySelector("dialog");
dialog.querySelector(".close").addEventListener("click", () => dialog.close());
function open(...content) {
  dialog.lastElementChild.replaceChildren(...content);
  if (!dialog.open) dialog.showModal();
}

// --- where a number comes from: rows of the tables, last values of the runs, files with their SHA-256 ---
const link = (text, action) => el("button", { type: "button", class: "link", onclick: action }, text);
const traced = (text, where) => link(text, () => explain(where));

function explain({ experiment, dataset, variant, measure, part }) {
  const entry = study.measures[measure];
  const content = [el("h2", {}, part ?? [experiment, dataset, variant, measure].filter(Boolean).join("/"))];
  if (entry) content.push(el("p", {}, `${entry.label}: ${entry.note}.`,
    entry.better ? ` ${entry.better[0].toUpperCase()}${entry.better.slice(1)} is better.` : "",
    " A run's value is its mean over the last tenth of its steps."));
  for (const [name, table] of Object.entries(tables)) {
    const own = table.rows.filter(row => part ? row.part === part : row.measure === measure
      && row.experiment === experiment && row.dataset === dataset && [row.variant, row.first, row.second].includes(variant));
    for (const row of own.slice(0, 8)) content.push(el("p", { class: "note" }, el("code", {}, `tables/${name}.csv: `
      + table.columns.filter(c => row[c] !== "").map(c => `${c} = ${row[c]}`).join(", "))));
  }
  const cell = cellOf(experiment, dataset, variant), curve = cell?.curves[measure];
  if (curve) content.push(el("p", {}, "Last evaluation: " + curve.seeds.map((seed, i) =>
    `seed ${seed} ${curve.values[i].at(-1) ?? "no number"}`).join(", ")));
  for (const block of cell?.blocks ?? []) content.push(el("p", {}, `Seeds ${block.seeds[0]} to ${block.seeds.at(-1)}, commit ${block.commit}`),
    el("pre", { class: "scroll" }, Object.entries(block.files).map(([file, sha]) => `${sha}  ${file}`).join("\n")));
  content.push(el("p", { class: "note" }, "The command modecollapse explain prints the same of every number of the report."));
  open(...content);
}

// --- tables that sort and search ---
const style = column => [column.number && "number", column.aside && "aside"].filter(Boolean).join(" ") || null;  // aside: not on phones

function grid(columns, rows, { limit = 400 } = {}) {
  let sorted = null, ascending = true, wanted = "";
  const body = el("tbody"), count = el("p", { class: "note" });
  const text = (row, column) => String(column.text ? column.text(row) : row[column.key]);
  function fill() {
    let shown = rows.filter(row => columns.some(column => text(row, column).toLowerCase().includes(wanted)));
    if (sorted) shown = shown.toSorted((a, b) => {
      const [x, y] = [text(a, sorted), text(b, sorted)];
      const order = isNumber(x) && isNumber(y) ? x - y : x.localeCompare(y);
      return ascending ? order : -order;
    });
    count.textContent = `${shown.length} of ${rows.length} rows` + (shown.length > limit ? `, the first ${limit} are shown` : "");
    body.replaceChildren(...shown.slice(0, limit).map(row => el("tr", {}, columns.map(column =>
      el("td", { class: style(column) }, column.show ? column.show(row) : text(row, column))))));
  }
  const head = columns.map(column => el("th", { scope: "col", class: style(column) }, el("button", { type: "button", onclick: event => {
    ascending = sorted === column ? !ascending : true;
    sorted = column;
    for (const other of head) other.removeAttribute("aria-sort");
    event.currentTarget.parentElement.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    fill();
  } }, column.title)));
  fill();
  return { search: words => { wanted = words.toLowerCase(); fill(); },
    node: el("div", {}, count, el("div", { class: "scroll" }, el("table", {}, el("thead", {}, el("tr", {}, head)), body))) };
}

// --- verdicts ---
const LACKING = ["failures", "undefined", "all_failed", "too_few_runs", "n_below_resolution_floor"];
const ratio = (value, kind) => kind === "factor" ? value : value < 100 ? value / (100 - value) : Infinity;
const unratio = (r, kind) => kind === "factor" ? r : r < Infinity ? 100 * r / (1 + r) : 100;

function judged(row, factor) {  // the rule of docs/verdicts.md for a published number, with `factor` times the margin
  if (row.margin === "" || row.outcome === "NOT_RUN" || LACKING.includes(row.at_budget_reason)) return row.outcome;
  const kind = row.margin_kind, absolute = kind === "absolute";
  const size = absolute ? number(row.margin) * factor : number(row.margin) ** factor;
  if (row.source_work === "" || number(row.work) < 0.25 * number(row.source_work) * (1 - 1e-9)) return "INCONCLUSIVE";
  const mean = number(row.last_quarter), rounding = number(row.rounding), lower = number(row.drift_lower);
  if (mean === null || lower === null) return "INCONCLUSIVE";
  const width = absolute ? 2 * size : unratio(ratio(Math.max(mean + rounding, 0), kind) * size, kind)
    - unratio(ratio(Math.max(mean - rounding, 0), kind) / size, kind);
  const bound = width / 4;
  if (lower < -bound || number(row.drift_upper) > bound) return "INCONCLUSIVE";
  if (row.d_repro !== "" && number(row.d_repro) <= size * (1 + 1e-9)) return "REPRODUCED";
  return row.d_refute !== "" && number(row.d_refute) > size * (1 - 1e-9) ? "NOT_REPRODUCED" : "INCONCLUSIVE";
}

function claimCard(claim) {
  const tests = tables.verdicts.rows.filter(row => row.claim === claim.claim && row.experiment === claim.experiment);
  open(el("h2", {}, `${claim.claim} · ${documentLabel(claim.source)}, ${claim.place}`), el("p", {}, claim.says), el("p", { class: "note" }, claim.note),
    el("p", {}, outcome(claim.outcome), claim.at_budget_outcome && claim.at_budget_outcome !== claim.outcome
      ? ` At the budget that was run, whether or not the runs had arrived: ${study.labels.outcomes[claim.at_budget_outcome]}.` : ""),
    grid([{ title: "test", key: "part", show: row => traced(row.part, { ...row, part: row.part, variant: row.variant }) },
      { title: "role", key: "role" }, { title: "n", text: row => short(row.n), number: true },
      { title: "estimate", text: row => short(row.estimate), number: true },
      { title: "interval", text: row => row.lower === "" ? "" : `[${short(row.lower)}, ${short(row.upper)}]`, number: true },
      { title: "p", text: row => short(row.p), number: true },
      { title: "verdict", key: "outcome", show: row => outcome(row.outcome, row.reason) }], tests).node);
}

function verdictView() {
  const claims = tables.claims.rows, numbers = tables.verdicts.rows.filter(row => row.margin !== "" && row.outcome !== "NOT_RUN");
  const rules = Object.fromEntries(unique(claims.map(c => c.claim)).map(id =>
    [id, unique(tables.verdicts.rows.filter(row => row.claim === id).map(row => row.rule))]));
  const list = el("div"), published = el("div"), counts = el("p", { id: "counts" });
  const search = el("input", { type: "search", oninput: fill });
  const source = choice("Document", unique(claims.map(c => c.source)), fill, documentLabel, "all");
  const rule = choice("Rule", unique(Object.values(rules).flat()).sort(), fill, x => x, "all");
  const result = choice("Outcome", Object.keys(MARKS), fill, x => study.labels.outcomes[x], "all");
  const decided = choice("Decided by", unique(claims.map(c => c.decided_by).filter(Boolean)), fill, x => x, "all");
  const margin = slider("Margin", { min: -3, max: 3, step: 0.25, value: 0 }, rejudge);
  margin.input.id = "margin";
  function fill() {
    const shown = claims.filter(c => (!source.value || c.source === source.value) && (!result.value || c.outcome === result.value)
      && (!rule.value || rules[c.claim].includes(rule.value)) && (!decided.value || c.decided_by === decided.value)
      && `${c.claim} ${c.says} ${c.experiment}`.toLowerCase().includes(search.value.toLowerCase()));
    list.replaceChildren(grid([
      { title: "claim", key: "claim", show: c => link(c.claim, () => claimCard(c)) },
      { title: "document", text: c => documentLabel(c.source), aside: true }, { title: "it says", key: "says" },
      { title: "experiment", text: c => experimentLabel(c.experiment), aside: true }, { title: "decided by", key: "decided_by", aside: true },
      { title: "verdict", key: "outcome", show: c => outcome(c.outcome) }], shown).node);
  }
  function rejudge() {
    const factor = 2 ** margin.value, again = new Map(numbers.map(row => [row, judged(row, factor)]));
    margin.say(`${short(factor)} times the declared one`);
    counts.replaceChildren(...Object.keys(MARKS).slice(0, 4).flatMap(name => {
      const n = numbers.filter(row => again.get(row) === name).length;
      return n ? [outcome(name), ` ${n}   `] : [];
    }));
    published.replaceChildren(grid([
      { title: "data set", text: row => datasetLabel(row.dataset) }, { title: "experiment", text: row => experimentLabel(row.experiment), aside: true },
      { title: "variant", text: row => variantLabel(row.variant) }, { title: "measure", text: row => measureLabel(row.measure) },
      { title: "published", key: "published", number: true },
      { title: "here", text: row => short(row.estimate), number: true, show: row => traced(`${short(row.estimate)} [${short(row.lower)}, ${short(row.upper)}]`, row) },
      { title: "margin", text: row => short(row.margin_kind === "absolute" ? row.margin * factor : row.margin ** factor), number: true, aside: true },
      { title: "verdict", text: row => again.get(row), show: row => el("span", { "data-part": row.part }, outcome(again.get(row))) },
    ], numbers.filter(row => row.role === "primary" || row.variant)).node);
  }
  fill(); rejudge();
  return [el("div", { class: "controls" }, source.box, rule.box, result.box, decided.box, el("label", {}, "Search", search)), list,
    numbers.length ? [el("h2", {}, "Published numbers, judged again with another margin"),
      el("p", { class: "note" }, "The slider applies the rule again to what is stored: whether the runs have arrived depends on the margin too. A factor on odds is raised to this power. The table above keeps the declared margins."),
      el("div", { class: "controls" }, margin.box), counts, published] : []];
}

// --- runs ---
function cellChoices(change, withVariant = true) {
  const experiments = unique(study.cells.map(c => c.experiment));
  const datasetsOf = e => unique(study.cells.filter(c => c.experiment === e).map(c => c.dataset));
  const variantsOf = (e, d) => study.cells.filter(c => c.experiment === e && c.dataset === d).map(c => c.variant);
  const experiment = choice("Experiment", experiments, () => { dataset.set(datasetsOf(experiment.value), dataset.value); follow(); }, experimentLabel);
  const dataset = choice("Data set", datasetsOf(experiments[0]), follow, datasetLabel);
  const variant = choice("Variant", [], change, variantLabel);
  function follow() { variant.set(variantsOf(experiment.value, dataset.value), variant.value); change(); }
  variant.set(variantsOf(experiments[0], dataset.value), "");
  return { boxes: [experiment.box, dataset.box, ...(withVariant ? [variant.box] : [])], variants: () => variantsOf(experiment.value, dataset.value),
    get experiment() { return experiment.value; }, get dataset() { return dataset.value; }, get variant() { return variant.value; } };
}

const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
function draw(node, title, data, layers) {
  const axis = { labelColor: colour("ink"), titleColor: colour("ink"), gridColor: colour("faint"), domainColor: colour("muted"), tickColor: colour("muted") };
  vegaEmbed(node, { $schema: "https://vega.github.io/schema/vega-lite/v6.json", width: 250, height: 150, background: "transparent",
    title: { text: title, color: colour("ink"), fontSize: 12 }, data: { values: data }, layer: layers,
    config: { axis, legend: { labelColor: colour("ink"), titleColor: colour("ink") }, view: { stroke: null } } },
    { actions: false, renderer: "svg", ast: false });
}
const axes = { x: { field: "step", type: "quantitative", title: "generator step" }, y: { field: "value", type: "quantitative", title: null } };

function references(dataset, measure) {
  return tables.summary.rows.filter(row => row.experiment === "calibration" && row.dataset === dataset && row.measure === measure
    && REFERENCES.includes(row.variant) && row.mean !== "").map(row => ({ value: Number(row.mean), name: variantLabel(row.variant) }));
}

function runView() {
  const charts = el("div", { class: "charts" }), seed = choice("Highlighted seed", [], fill), note = el("p", { class: "note" });
  const chosen = cellChoices(reset);
  function reset() { seed.set(cellOf(chosen.experiment, chosen.dataset, chosen.variant).seeds.map(String), seed.value); fill(); }
  function fill() {
    const cell = cellOf(chosen.experiment, chosen.dataset, chosen.variant);
    const shown = Object.entries(cell.curves).filter(([name]) => study.measures[name]);
    note.textContent = `${cell.seeds.length} seeds, ${cell.steps} steps. Bold: seed ${seed.value}; dashed: real data (oracle) and nulls.`;
    charts.replaceChildren(...shown.map(([name, curve]) => {
      const figure = el("figure"), plot = el("div");
      const last = curve.values[curve.seeds.indexOf(Number(seed.value))]?.at(-1);
      figure.append(plot, el("figcaption", {}, `${measureLabel(name)}, last step: `, traced(short(last ?? "no number"), { ...cell, measure: name })));
      const data = curve.values.flatMap((values, i) => values.map((value, k) => ({ seed: String(curve.seeds[i]), step: curve.steps[k], value })));
      draw(plot, measureLabel(name), data, [
        { mark: { type: "line", opacity: 0.35, strokeWidth: 0.8, color: colour("muted") }, encoding: { ...axes, detail: { field: "seed" } } },
        { transform: [{ filter: { field: "seed", equal: seed.value } }], mark: { type: "line", strokeWidth: 2.4, color: colour("accent") }, encoding: axes },
        { data: { values: references(chosen.dataset, name) }, mark: { type: "rule", strokeDash: [4, 3] },
          encoding: { y: { field: "value", type: "quantitative" }, color: { field: "name", type: "nominal", title: null, legend: { orient: "bottom", columns: 1 } } } }]);
      return figure;
    }));
  }
  reset();
  return [el("div", { class: "controls" }, chosen.boxes, seed.box), note, charts];
}

// --- samples ---
function picture(entry, run, place) {
  const bytes = Uint8Array.from(atob(run.data), c => c.charCodeAt(0)), size = bytes.length / entry.steps.length;
  const own = bytes.subarray(place * size, (place + 1) * size);
  if (!entry.shape) {
    const canvas = el("canvas", { width: 320, height: 320, role: "img" }), context = canvas.getContext("2d");
    context.strokeStyle = colour("NOT_REPRODUCED");
    for (const [x, y] of entry.means) {
      context.beginPath(); context.moveTo(x * 320 - 4, (1 - y) * 320); context.lineTo(x * 320 + 4, (1 - y) * 320);
      context.moveTo(x * 320, (1 - y) * 320 - 4); context.lineTo(x * 320, (1 - y) * 320 + 4); context.stroke();
    }
    context.fillStyle = colour("accent");
    for (let i = 0; i < own.length; i += 2) if (own[i] !== 255) {
      context.beginPath(); context.arc(own[i] / 254 * 320, (1 - own[i + 1] / 254) * 320, 2.2, 0, 7); context.fill();
    }
    return canvas;
  }
  const [channels, high, wide] = entry.shape, n = own.length / (channels * high * wide);
  const canvas = el("canvas", { width: n * wide, height: high, role: "img", style: `width: ${n * 84}px` });
  const pixels = new ImageData(n * wide, high);
  for (let k = 0; k < n; k++) for (let y = 0; y < high; y++) for (let x = 0; x < wide; x++) for (let c = 0; c < 4; c++)
    pixels.data[4 * (y * n * wide + k * wide + x) + c] = c === 3 ? 255 : own[((k * channels + Math.min(c, channels - 1)) * high + y) * wide + x];
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}

function sampleView() {
  if (!study.samples.length) return [el("p", {}, "This study has no snapshots.")];
  const pictures = el("div", { class: "pictures", id: "pictures" });
  const groups = unique(study.samples.map(s => `${s.experiment}/${s.dataset}`));
  const group = choice("Experiment and data set", groups, reset, name => `${experimentLabel(name.split("/")[0])}, ${datasetLabel(name.split("/")[1])}`);
  const variant = slider("Variant", { min: 0, max: 0, value: 0 }, fill), step = slider("Step", { min: 0, max: 0, value: 0 }, fill);
  variant.input.id = "variant"; step.input.id = "step";
  const own = () => study.samples.filter(s => `${s.experiment}/${s.dataset}` === group.value);
  function reset() {
    variant.input.max = own().length - 1; variant.input.value = 0;
    step.input.max = own()[0].steps.length - 1; step.input.value = step.input.max;
    fill();
  }
  function fill() {
    const entry = own()[variant.value], place = Math.min(step.value, entry.steps.length - 1);
    variant.say(variantLabel(entry.variant)); step.say(String(entry.steps[place]));
    pictures.replaceChildren(...Object.entries(entry.runs).map(([name, run]) => el("figure", {}, picture(entry, run, place),
      el("figcaption", {}, `${name} run, seed ${run.seed}, step ${entry.steps[place]}`))));
  }
  reset();
  return [el("div", { class: "controls" }, group.box, variant.box, step.box),
    el("p", { class: "note" }, "The first samples of a run, not selected. Crosses are the true modes; points outside of the window are not drawn."), pictures];
}

// --- two variants ---
function compareView() {
  const result = el("div"), first = choice("First", [], fill, variantLabel), second = choice("Second", [], fill, variantLabel);
  const chosen = cellChoices(reset, false);
  function reset() {
    const names = chosen.variants();
    first.set(names, first.value); second.set(names, second.value || names[1]);
    fill();
  }
  function fill() {
    const at = row => row.experiment === chosen.experiment && row.dataset === chosen.dataset;
    const means = name => tables.summary.rows.filter(row => at(row) && row.variant === name);
    const charts = el("div", { class: "charts" }), rows = means(first.value).map(row => ({ a: row, b: means(second.value).find(r => r.measure === row.measure),
      pair: tables.pairs.rows.find(p => at(p) && p.measure === row.measure && [p.first, p.second].sort().join() === [first.value, second.value].sort().join()) }));
    const shown = row => row ? traced(`${short(row.mean)} [${short(row.lower)}, ${short(row.upper)}]`, row) : "";
    const chance = p => !p ? "" : short(p.first === first.value ? p.superiority : 1 - p.superiority);
    result.replaceChildren(grid([{ title: "measure", text: r => measureLabel(r.a.measure) },
      { title: variantLabel(first.value), text: r => r.a.mean, show: r => shown(r.a), number: true },
      { title: variantLabel(second.value), text: r => r.b?.mean ?? "", show: r => shown(r.b), number: true },
      { title: "chance that the first is better", text: r => chance(r.pair), number: true },
      { title: "p (Holm)", text: r => short(r.pair?.p_holm ?? ""), number: true }], rows).node, charts);
    const [a, b] = [first, second].map(c => cellOf(chosen.experiment, chosen.dataset, c.value));
    for (const [name, curve] of Object.entries(a.curves).filter(([name]) => study.measures[name] && b.curves[name])) {
      const plot = el("div");
      charts.append(plot);
      const data = [a, b].flatMap(cell => cell.curves[name].steps.map((step, k) => {
        const values = cell.curves[name].values.map(v => v[k]).filter(v => v !== null);
        return { step, variant: variantLabel(cell.variant), value: values.length ? values.reduce((x, y) => x + y) / values.length : null };
      }));
      draw(plot, measureLabel(name), data, [{ mark: { type: "line", strokeWidth: 2 }, encoding: { ...axes,
        color: { field: "variant", type: "nominal", title: null, legend: { orient: "bottom" } }, strokeDash: { field: "variant", type: "nominal", title: null } } }]);
    }
  }
  reset();
  return [el("div", { class: "controls" }, chosen.boxes, first.box, second.box), result];
}

// --- tables ---
function tableView() {
  const place = el("div");
  let shown;
  const search = el("input", { type: "search", oninput: () => shown.search(search.value) });
  const table = choice("Table", Object.keys(tables), fill, name => `${name}.csv`);
  const download = el("button", { type: "button", onclick: () => {
    const url = URL.createObjectURL(new Blob([study.tables[table.value]], { type: "text/csv" }));
    el("a", { href: url, download: `${table.value}.csv` }).click();
    URL.revokeObjectURL(url);
  } }, "Download CSV");
  function fill() {
    const { columns, rows } = tables[table.value];
    const numeric = name => rows.every(row => row[name] === "" || isNumber(row[name]));
    shown = grid(columns.map(name => ({ title: name, key: name, number: numeric(name), show: numeric(name) && columns.includes("measure")
      ? row => row[name] === "" ? "" : traced(short(row[name]), { ...row, variant: row.variant ?? row.first }) : null })), rows);
    shown.search(search.value);
    place.replaceChildren(shown.node);
  }
  fill();
  return [el("div", { class: "controls" }, table.box, el("label", {}, "Search", search), download), place];
}

// --- the page ---
const VIEWS = { Verdicts: verdictView, Runs: runView, Samples: sampleView, Compare: compareView, Tables: tableView };
const main = document.querySelector("main"), nav = document.querySelector("nav");
function show(name) {
  for (const tab of nav.children) {
    tab.setAttribute("aria-selected", tab.textContent === name);
    tab.tabIndex = tab.textContent === name ? 0 : -1;
  }
  main.replaceChildren(...VIEWS[name]().flat());
}
nav.append(...Object.keys(VIEWS).map(name => el("button", { type: "button", role: "tab", onclick: () => show(name) }, name)));
nav.addEventListener("keydown", event => {
  const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key], tabs = [...nav.children];
  if (move) { const next = tabs[(tabs.indexOf(document.activeElement) + move + tabs.length) % tabs.length]; next.focus(); show(next.textContent); }
});
const theme = name => { document.documentElement.dataset.theme = name; };
theme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
document.getElementById("theme").addEventListener("click", () => {
  theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  show([...nav.children].find(tab => tab.getAttribute("aria-selected") === "true").textContent);
});
document.getElementById("manifest").textContent = study.manifest;
show(decodeURIComponent(location.hash.slice(1)) in VIEWS ? decodeURIComponent(location.hash.slice(1)) : "Verdicts");
document.documentElement.dataset.ready = "yes";
