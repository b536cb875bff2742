# The study's rules with empty bodies: the inputs, outputs and wildcards of each, and nothing else.
# Its measure of a large plan is in test_dag_scale.py, which names data sets, variants, seeds and files in `config`.

DATASETS, VARIANTS, SEEDS = config["datasets"], config["variants"], range(config["seeds"])
TABLES, COMPARISONS, VERDICTS, GROUPS = (config[name] for name in ("tables", "comparisons", "verdicts", "figures"))
FIGURES = [name for names in GROUPS.values() for name in names]
RESULTS = f"results/{config['study']}"
OF_DATASET = {
    dataset: [f"matched/{dataset}/{variant}/seeds-{seed}-{seed}" for variant in VARIANTS for seed in SEEDS]
    for dataset in DATASETS
}


def on(dataset, name):
    return [f"{RESULTS}/runs/{path}/{name}" for path in OF_DATASET[dataset]]


RUNS = [file for dataset in DATASETS for file in on(dataset, "run.json")]


wildcard_constraints:
    experiment="[a-z0-9-]+",
    dataset="[a-z0-9-]+",
    variant="[a-z0-9-]+",
    seeds="seeds-[0-9]+-[0-9]+",


localrules:
    all,
    seal,
    typeset,


rule all:
    default_target: True
    input:
        f"{RESULTS}/report.pdf",


rule data:
    output:
        f"{RESULTS}/data/{{dataset}}.npz",
    shell:
        "true"


rule calibrate:
    input:
        f"{RESULTS}/data/{{dataset}}.npz",
    output:
        f"{RESULTS}/measures/calibration/{{dataset}}.parquet",
    shell:
        "true"


rule train:
    input:
        f"{RESULTS}/data/{{dataset}}.npz",
    output:
        run=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/run.json",
        samples=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/samples.npy",
        snapshots=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/snapshots.npy",
        trace=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/trace.parquet",
        weights=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/weights.safetensors",
    shell:
        "true"


rule measure:
    input:
        data=f"{RESULTS}/data/{{dataset}}.npz",
        runs=lambda wildcards: on(wildcards.dataset, "run.json"),
        samples=lambda wildcards: on(wildcards.dataset, "samples.npy"),
        traces=lambda wildcards: on(wildcards.dataset, "trace.parquet"),
    output:
        runs=f"{RESULTS}/measures/{{experiment}}/{{dataset}}/runs.parquet",
        cells=f"{RESULTS}/measures/{{experiment}}/{{dataset}}/cells.parquet",
    shell:
        "true"


rule invert:
    input:
        data=f"{RESULTS}/data/{{dataset}}.npz",
        run=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/run.json",
        samples=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/samples.npy",
        weights=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/weights.safetensors",
    output:
        rows=f"{RESULTS}/inversions/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}.parquet",
        pictures=f"{RESULTS}/inversions/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}.npz",
    shell:
        "true"


rule invert_controls:
    input:
        f"{RESULTS}/data/{{dataset}}.npz",
    output:
        f"{RESULTS}/inversions/calibration/{{dataset}}.parquet",
    shell:
        "true"


rule summarise:
    input:
        measures=[f"{RESULTS}/measures/matched/{dataset}/runs.parquet" for dataset in DATASETS],
        cells=[f"{RESULTS}/measures/matched/{dataset}/cells.parquet" for dataset in DATASETS],
        calibration=[f"{RESULTS}/measures/calibration/{dataset}.parquet" for dataset in DATASETS],
        published="config/claims.yaml",
    output:
        measures=f"{RESULTS}/tables/measures.parquet",
        cells=f"{RESULTS}/tables/cells.parquet",
        tables=[f"{RESULTS}/tables/{name}" for name in TABLES],
    shell:
        "true"


rule compare:
    input:
        measures=f"{RESULTS}/tables/measures.parquet",
        published="config/claims.yaml",
    output:
        [f"{RESULTS}/tables/{name}" for name in COMPARISONS],
    shell:
        "true"


rule judge:
    input:
        measures=f"{RESULTS}/tables/measures.parquet",
        published="config/claims.yaml",
    output:
        [f"{RESULTS}/tables/{name}" for name in VERDICTS],
    shell:
        "true"


for GROUP, NAMES in GROUPS.items():

    rule:
        name:
            f"figures_{GROUP}"
        input:
            tables=[f"{RESULTS}/tables/{name}" for name in ("measures.parquet", "summary.csv", "ranks.csv")],
            verdicts=[] if GROUP in DATASETS else [f"{RESULTS}/tables/verdicts.csv"],
            runs=on(GROUP, "run.json") if GROUP in DATASETS else [],
        output:
            [f"{RESULTS}/figures/{name}" for name in NAMES],
        localrule: True
        shell:
            "true"


rule seal:
    input:
        tables=[f"{RESULTS}/tables/{name}" for name in (*TABLES, *COMPARISONS, *VERDICTS)],
        figures=[f"{RESULTS}/figures/{name}" for name in FIGURES],
        runs=RUNS,
    output:
        f"{RESULTS}/study.json",
        f"{RESULTS}/claims.yaml",
        f"{RESULTS}/environment.json",
        f"{RESULTS}/MANIFEST.sha256",
    shell:
        "true"


rule typeset:
    input:
        tables=[f"{RESULTS}/tables/{name}" for name in (*TABLES, *COMPARISONS, *VERDICTS)],
        figures=[f"{RESULTS}/figures/{name}" for name in FIGURES],
        runs=RUNS,
        manifest=f"{RESULTS}/MANIFEST.sha256",
    output:
        f"{RESULTS}/report.pdf",
    shell:
        "true"
