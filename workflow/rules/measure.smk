# Measuring: stored samples and traces become rows of the tidy table, so a new measure trains nothing again.
# A job measures all blocks of a data set: starting Python takes longer than measuring one.


rule measure:
    input:
        data=f"{RESULTS}/data/{{dataset}}.npz",
        runs=lambda wildcards: files_on(wildcards, "run.json"),
        samples=lambda wildcards: files_on(wildcards, "samples.npy"),
        traces=lambda wildcards: files_on(wildcards, "trace.parquet"),
    output:
        runs=f"{RESULTS}/measures/{{experiment}}/{{dataset}}/runs.parquet",
        cells=f"{RESULTS}/measures/{{experiment}}/{{dataset}}/cells.parquet",
    log:
        f"{RESULTS}/logs/measure/{{experiment}}/{{dataset}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure/{{experiment}}/{{dataset}}.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=growing(MEMORY_MB),
        runtime=growing(measuring_minutes(STUDY)),
    params:
        measures=lambda wildcards: ",".join(MEASURES[wildcards.dataset]),
        code=lambda wildcards: data_code("measure", wildcards.dataset, *MEASURES[wildcards.dataset]),
        folders=lambda wildcards, input: [dirname(run) for run in input.runs],
    message:
        "Measure {wildcards.experiment}/{wildcards.dataset}"
    shell:
        "python -m modecollapse measure {params.folders:q} --data {input.data:q} --measures {params.measures:q}"
        " --out {output.runs:q} --cells {output.cells:q} > {log:q} 2>&1"
