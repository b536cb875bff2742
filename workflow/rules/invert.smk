# Inverting: how near trained and untrained generators come to given images, for measures that read inversions (IvOM).
# A job is a block of seeds; how it is done is a parameter, so other settings train nothing again.


rule invert:
    input:
        data=f"{RESULTS}/data/{{dataset}}.npz",
        run=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/run.json",
        samples=f"{RESULTS}/runs/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}/samples.npy",
    output:
        rows=f"{RESULTS}/inversions/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}.parquet",
        pictures=f"{RESULTS}/inversions/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}.npz",
    log:
        f"{RESULTS}/logs/invert/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/invert/{{experiment}}/{{dataset}}/{{variant}}/{{seeds}}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=growing(MEMORY_MB),
        runtime=lambda wildcards, attempt: time_limit(
            cost.inversion_seconds(block_of(wildcards), STUDY.inversion, STUDY.device), attempt
        ),
    params:
        settings=STUDY.inversion.model_dump_json(),
        code=lambda wildcards: data_code("invert", wildcards.dataset),
        torch=version("torch"),
        device=STUDY.device,
        folder=lambda wildcards, input: dirname(input.run),
    message:
        "Invert {wildcards.experiment}/{wildcards.dataset}/{wildcards.variant} {wildcards.seeds}"
    shell:
        "python -m modecollapse invert {params.folder:q} --data {input.data:q} --settings {params.settings:q}"
        " --out {output.rows:q} --pictures {output.pictures:q} --device {params.device:q} > {log:q} 2>&1"


rule invert_controls:
    input:
        data=f"{RESULTS}/data/{{dataset}}.npz",
    output:
        f"{RESULTS}/inversions/calibration/{{dataset}}.parquet",
    log:
        f"{RESULTS}/logs/invert_controls/{{dataset}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/invert_controls/{{dataset}}.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=growing(MEMORY_MB),
        runtime=growing(20),
    params:
        spec=lambda wildcards: DATASETS[wildcards.dataset].model_dump_json(),
        settings=STUDY.inversion.model_dump_json(),
        # A linear generator as wide as each of the study's on these data.
        latents=lambda wildcards: ",".join(
            map(str, sorted({cell.training.latent for cell in CELLS if cell.dataset.name == wildcards.dataset}))
        ),
        code=lambda wildcards: data_code("invert_controls", wildcards.dataset),
    message:
        "Mean image, PCA and nearest images on {wildcards.dataset}"
    shell:
        "python -m modecollapse invert-controls {params.spec:q} --data {input.data:q} --settings {params.settings:q}"
        " --latents {params.latents:q} --out {output:q} > {log:q} 2>&1"
