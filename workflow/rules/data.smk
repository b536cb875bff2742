# Data files. Only what makes a data set is a parameter, so other changes of the configuration leave it alone.


rule data:
    output:
        f"{RESULTS}/data/{{dataset}}.npz",
    log:
        f"{RESULTS}/logs/data/{{dataset}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/data/{{dataset}}.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=growing(MEMORY_MB),
        runtime=growing(10),
    params:
        spec=lambda wildcards: DATASETS[wildcards.dataset].model_dump_json(),
        code=lambda wildcards: data_code("data", wildcards.dataset),
    message:
        "Data set {wildcards.dataset}"
    shell:
        "python -m modecollapse data {params.spec:q} --out {output:q} > {log:q} 2>&1"


rule calibrate:
    input:
        data=f"{RESULTS}/data/{{dataset}}.npz",
    output:
        f"{RESULTS}/measures/calibration/{{dataset}}.parquet",
    log:
        f"{RESULTS}/logs/calibrate/{{dataset}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/calibrate/{{dataset}}.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=growing(MEMORY_MB),
        runtime=growing(20),
    params:
        spec=lambda wildcards: DATASETS[wildcards.dataset].model_dump_json(),
        measures=lambda wildcards: ",".join(MEASURES[wildcards.dataset]),
        replicates=STUDY.calibration_replicates,
        code=lambda wildcards: data_code("calibrate", wildcards.dataset, *MEASURES[wildcards.dataset]),
    message:
        "Oracle and nulls on {wildcards.dataset}"
    shell:
        "python -m modecollapse calibrate {params.spec:q} --data {input.data:q} --measures {params.measures:q}"
        " --replicates {params.replicates} --out {output:q} > {log:q} 2>&1"
