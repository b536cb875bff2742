# Comparing: the tidy table of the study and the tables that the report prints; variants with each other; verdicts.


rule summarise:
    input:
        measures=[f"{RESULTS}/measures/{place}/runs.parquet" for place in MEASURED],
        cells=[f"{RESULTS}/measures/{place}/cells.parquet" for place in MEASURED],
        inversions=[f"{RESULTS}/inversions/{part}.parquet" for part in plan.inversions(STUDY)],
        calibration=[f"{RESULTS}/measures/calibration/{dataset}.parquet" for dataset in DATASETS],
        claims=CLAIMS,
    output:
        measures=f"{RESULTS}/tables/measures.parquet",
        cells=f"{RESULTS}/tables/cells.parquet",
        tables=[report(f"{RESULTS}/tables/{name}", **shown("Tables", "table")) for name in TABLES],
    log:
        f"{RESULTS}/logs/summarise.log",
    benchmark:
        f"{RESULTS}/benchmarks/summarise.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=growing(MEMORY_MB),
        runtime=growing(20),
    params:
        study=lambda wildcards: STUDY_JSON,
        code=study_code("summarise"),
        results=lambda wildcards, output: dirname(dirname(output.measures)),
    message:
        "Tables"
    shell:
        "python -m modecollapse summarise {params.results:q} --study {params.study:q}"
        " --claims {input.claims:q} > {log:q} 2>&1"


rule compare:
    input:
        measures=f"{RESULTS}/tables/measures.parquet",
        claims=CLAIMS,
    output:
        [report(f"{RESULTS}/tables/{name}", **shown("Tables", "table")) for name in COMPARISONS],
    log:
        f"{RESULTS}/logs/compare.log",
    benchmark:
        f"{RESULTS}/benchmarks/compare.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=growing(MEMORY_MB),
        runtime=growing(60),
    params:
        study=lambda wildcards: STUDY_JSON,
        code=study_code("compare"),
        results=lambda wildcards, output: dirname(dirname(output[0])),
    message:
        "Comparisons of the variants"
    shell:
        "python -m modecollapse compare {params.results:q} --study {params.study:q}"
        " --claims {input.claims:q} > {log:q} 2>&1"


rule judge:
    input:
        measures=f"{RESULTS}/tables/measures.parquet",
        claims=CLAIMS,
    output:
        [report(f"{RESULTS}/tables/{name}", **shown("Tables", "table")) for name in VERDICTS],
    log:
        f"{RESULTS}/logs/judge.log",
    benchmark:
        f"{RESULTS}/benchmarks/judge.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=growing(MEMORY_MB),
        runtime=growing(60),
    params:
        study=lambda wildcards: STUDY_JSON,
        code=study_code("judge"),
        results=lambda wildcards, output: dirname(dirname(output[0])),
    message:
        "Verdicts"
    shell:
        "python -m modecollapse judge {params.results:q} --study {params.study:q}"
        " --claims {input.claims:q} > {log:q} 2>&1"
