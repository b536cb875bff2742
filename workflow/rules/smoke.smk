# One short job where training runs. `modecollapse cluster-check` starts it with training's resources and judges it.


rule cluster_smoke:
    output:
        "results/.cluster-check/smoke.json",
    log:
        "results/.cluster-check/job.log",
    benchmark:
        "results/.cluster-check/benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=GPUS,
        mem_mb=growing(MEMORY_MB),
        runtime=10,
    params:
        device=STUDY.device,
        folder=lambda wildcards, output: dirname(output[0]),
    message:
        "Smoke job"
    shell:
        "python -m modecollapse cluster-smoke {params.folder:q} --device {params.device:q} --out {output:q} > {log:q} 2>&1"
