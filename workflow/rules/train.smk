# Training: a job is a block of seeds. `params.block` holds all that decides its numbers, `params.code` the sources.


rule train:
    input:
        data=f"{RESULTS}/data/{{dataset}}.npz",
    output:
        run=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/run.json",
        samples=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/samples.npy",
        trace=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/trace.parquet",
        weights=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/weights.safetensors",
    log:
        f"{RESULTS}/logs/train/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/train/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=lambda wildcards: max(30, ceil(3 * cost.block_seconds(block_of(wildcards)) / 60)),
    params:
        block=lambda wildcards: block_of(wildcards).model_dump_json(),
        code=lambda wildcards: plan.training_code(block_of(wildcards).cell),
        torch=version("torch"),
        folder=lambda wildcards, output: dirname(output.run),
    message:
        "Train {wildcards.experiment}/{wildcards.dataset}/{wildcards.variant} {wildcards.seeds}"
    shell:
        "python -m modecollapse train {params.block:q} --data {input.data:q} --out {params.folder:q}" " > {log:q} 2>&1"
