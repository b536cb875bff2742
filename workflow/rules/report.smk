# The report: figures from tables and samples, then one PDF. The rules are local: a cluster's login node can run them.


localrules:
    seal,
    typeset,
    page,


INVERTED = {*plan.inversions(STUDY)}

# The figures of a data set are a job, and so are those of the whole study, of which some wait for the verdicts.
for GROUP, FIGURES in figure_groups(SUMMARY).items():
    SHOWN = [path for path, block in BLOCKS.items() if GROUP in (block.cell.dataset.name, WHOLE_STUDY, WITH_VERDICTS)]
    JUDGED = released_verdicts(STUDY) if GROUP == WITH_VERDICTS else ()

    rule:
        name:
            f"figures_{GROUP}"
        input:
            tables=[f"{RESULTS}/tables/{name}" for name in ("measures.parquet", "summary.csv")],
            comparisons=[f"{RESULTS}/tables/{name}" for name in ("baseline.csv", "ranks.csv")],
            verdicts=[f"{RESULTS}/tables/{name}" for name in JUDGED],
            # Figures also read data, samples and traces. run.json stands for these, since it has their SHA-256: as
            # inputs Snakemake would read all of them once for every figure.
            runs=[f"{RESULTS}/runs/{path}/run.json" for path in SHOWN],
            pictures=[f"{RESULTS}/inversions/{path}.npz" for path in SHOWN if path in INVERTED],
        output:
            [f"{RESULTS}/figures/{name}" for name in FIGURES],
        log:
            f"{RESULTS}/logs/figures/{GROUP}.log",
        benchmark:
            f"{RESULTS}/benchmarks/figures/{GROUP}.tsv"
        localrule: True
        conda:
            "../../environment.yml"
        resources:
            mem_mb=growing(MEMORY_MB),
            runtime=growing(20),
        params:
            study=lambda wildcards: STUDY_JSON,
            code=study_code("figures"),
            names=",".join(FIGURES),
            results=lambda wildcards, output: dirname(dirname(output[0])),
        message:
            f"Figures: {GROUP}"
        shell:
            "python -m modecollapse figures {params.results:q} --study {params.study:q} --only {params.names:q}"
            " > {log:q} 2>&1"


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
        tables=[f"{RESULTS}/tables/{name}" for name in (*TIDY, *TABLES, *COMPARISONS, *VERDICTS)],
        figures=[f"{RESULTS}/figures/{name}" for name in figure_names(SUMMARY)],
        runs=run_files("run.json"),
        manifest=f"{RESULTS}/MANIFEST.sha256",
        claims=f"{RESULTS}/claims.yaml",
        citation="CITATION.cff",
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


rule page:
    input:
        tables=[f"{RESULTS}/tables/{name}" for name in (*TIDY, *TABLES, *COMPARISONS, *VERDICTS)],
        runs=run_files("run.json"),
        data=[f"{RESULTS}/data/{name}.npz" for name in DATASETS],
        manifest=f"{RESULTS}/MANIFEST.sha256",
    output:
        page=f"{RESULTS}/index.html",
    log:
        f"{RESULTS}/logs/page.log",
    benchmark:
        f"{RESULTS}/benchmarks/page.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=growing(MEMORY_MB),
        runtime=growing(10),
    params:
        study=lambda wildcards: STUDY_JSON,
        code=study_code("page"),
        results=lambda wildcards, output: dirname(output.page),
    message:
        "Page"
    shell:
        "python -m modecollapse page {params.results:q} --study {params.study:q} > {log:q} 2>&1"
