# The report: figures from tables and samples, then one PDF. The rules are local: a cluster's login node can run them.


localrules:
    figures,
    seal,
    typeset,


rule figures:
    input:
        measures=f"{RESULTS}/tables/measures.parquet",
        summary=f"{RESULTS}/tables/summary.csv",
        verdicts=f"{RESULTS}/tables/verdicts.csv",
        ranks=f"{RESULTS}/tables/ranks.csv",
        # Figures also read data, samples and traces. run.json stands for these, since it has their SHA-256: as inputs
        # Snakemake would read all of them once for every figure.
        runs=run_files("run.json"),
        pictures=[f"{RESULTS}/inversions/{part}.npz" for part in plan.inversions(STUDY) if part in BLOCKS],
    output:
        [f"{RESULTS}/figures/{name}" for name in figure_names(SUMMARY)],
    log:
        f"{RESULTS}/logs/figures.log",
    benchmark:
        f"{RESULTS}/benchmarks/figures.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=growing(MEMORY_MB),
        runtime=growing(20),
    params:
        study=lambda wildcards: STUDY_JSON,
        code=study_code("figures"),
        results=lambda wildcards, output: dirname(dirname(output[0])),
    message:
        "Figures"
    shell:
        "python -m modecollapse figures {params.results:q} --study {params.study:q} > {log:q} 2>&1"


rule seal:
    input:
        tables=[f"{RESULTS}/tables/{name}" for name in (*TABLES, *COMPARISONS, *VERDICTS)],
        figures=[f"{RESULTS}/figures/{name}" for name in figure_names(SUMMARY)],
        runs=run_files("run.json"),
        claims="config/claims.yaml",
    output:
        study=f"{RESULTS}/study.json",
        claims=f"{RESULTS}/claims.yaml",
        environment=f"{RESULTS}/environment.json",
        manifest=f"{RESULTS}/MANIFEST.sha256",
    log:
        f"{RESULTS}/logs/seal.log",
    benchmark:
        f"{RESULTS}/benchmarks/seal.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=growing(MEMORY_MB),
        runtime=growing(20),
    params:
        study=lambda wildcards: STUDY_JSON,
        code=study_code("seal"),
        results=lambda wildcards, output: dirname(output.manifest),
    message:
        "Manifest"
    shell:
        "python -m modecollapse seal {params.results:q} --study {params.study:q}"
        " --claims {input.claims:q} > {log:q} 2>&1"


rule typeset:
    input:
        tables=[f"{RESULTS}/tables/{name}" for name in (*TABLES, *COMPARISONS, *VERDICTS)],
        figures=[f"{RESULTS}/figures/{name}" for name in figure_names(SUMMARY)],
        runs=run_files("run.json"),
        manifest=f"{RESULTS}/MANIFEST.sha256",
    output:
        pdf=f"{RESULTS}/report.pdf",
    log:
        f"{RESULTS}/logs/typeset.log",
    benchmark:
        f"{RESULTS}/benchmarks/typeset.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=growing(MEMORY_MB),
        runtime=growing(10),
    params:
        study=lambda wildcards: STUDY_JSON,
        code=study_code("typeset"),
        results=lambda wildcards, output: dirname(output.pdf),
    message:
        "Report"
    shell:
        "python -m modecollapse report {params.results:q} --study {params.study:q} > {log:q} 2>&1"
