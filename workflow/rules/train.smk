# Training: a job is a block of seeds. `params.block` holds all that decides its numbers, `params.code` the sources.
# A block that results/kept or the released study has, of the same block, sources, data and torch, is copied from there.
# Its weights are no output, since a copy may lack them; `invert` says so where it needs them.


rule train:
    input:
        data=f"{RESULTS}/data/{{dataset}}.npz",
    output:
        run=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/run.json",
        samples=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/samples.npy",
        snapshots=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/snapshots.npy",
        trace=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/trace.parquet",
    log:
        f"{RESULTS}/logs/train/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/train/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=growing(MEMORY_MB),
        runtime=lambda wildcards, attempt: time_limit(cost.block_seconds(block_of(wildcards), STUDY.device), attempt),
    params:
        block=lambda wildcards: block_of(wildcards).model_dump_json(),
        code=lambda wildcards: training_code(wildcards.experiment, wildcards.dataset, wildcards.variant),
        torch=version("torch"),
        device=STUDY.device,
        execution=lambda wildcards: cost.execution(block_of(wildcards), STUDY.device),
        released=REPORTED,
        claims=CLAIMS,  # recorded, but no input: a change of claims trains nothing again
        folder=lambda wildcards, output: dirname(output.run),
    message:
        "Train {wildcards.experiment}/{wildcards.dataset}/{wildcards.variant} {wildcards.seeds}"
    shell:
        "python -m modecollapse train {params.block:q} --data {input.data:q} --out {params.folder:q}"
        " --device {params.device:q} --execution {params.execution:q} --claims {params.claims:q} --wait"
        " --reuse results/kept --reuse {params.released:q} > {log:q} 2>&1"
