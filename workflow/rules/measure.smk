# Measuring: stored samples and traces become rows of the tidy table, so a new measure trains nothing again.


rule measure:
    input:
        data=f"{RESULTS}/data/{{dataset}}.npz",
        run=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/run.json",
        samples=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/samples.npy",
        trace=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/trace.parquet",
    output:
        f"{RESULTS}/measures/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}.parquet",
    log:
        f"{RESULTS}/logs/measure/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/measure/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        measures=MEASURES,
        code=lambda wildcards: plan.data_code(DATASETS[wildcards.dataset], "measures"),
        folder=lambda wildcards, input: dirname(input.run),
    message:
        "Measure {wildcards.experiment}/{wildcards.dataset}/{wildcards.variant} {wildcards.seeds}"
    shell:
        "python -m modecollapse measure {params.folder:q} --data {input.data:q} --measures {params.measures:q}"
        " --out {output:q} > {log:q} 2>&1"
