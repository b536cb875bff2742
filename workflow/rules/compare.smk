# Comparing: the tidy table of the study, and the tables the report prints.


rule summarise:
    input:
        measures=[f"{RESULTS}/measures/{path}.parquet" for path in BLOCKS],
        calibration=[f"{RESULTS}/measures/calibration/{dataset}.parquet" for dataset in DATASETS],
        published="config/claims.yaml",
    output:
        measures=f"{RESULTS}/tables/measures.parquet",
        summary=f"{RESULTS}/tables/summary.csv",
        table1=f"{RESULTS}/tables/table1.csv",
        digits=f"{RESULTS}/tables/digits.csv",
    params:
        study=STUDY_JSON,
        code=code_fingerprint("measures", "statistics", "claims", "report/layout.py", "report/tables.py"),
        folder=f"{RESULTS}/tables",
    log:
        f"{RESULTS}/logs/summarise.log",
    benchmark:
        f"{RESULTS}/benchmarks/summarise.tsv"
    resources:
        mem_mb=4000,
        runtime=20,
    message:
        "Tables"
    shell:
        "python -m modecollapse summarise {input.measures:q} {input.calibration:q} --study {params.study:q}"
        " --published {input.published:q} --out {params.folder:q} > {log:q} 2>&1"
