# What a reader does with finished results, from a fresh clone: these targets have no input, so they never train.

REPORTED = "results/reported"  # the released study, part of the repository
FINISHED = [folder for folder in dict.fromkeys([REPORTED, RESULTS]) if Path(folder, "report.pdf").exists()]


localrules:
    audit,
    audit_quick,
    audit_rerun,
    report,


rule audit:
    log:
        "results/audit.log",
    conda:
        "../../environment.yml"
    params:
        folders=FINISHED or [RESULTS],
        level="recompute",
    message:
        "Audit, level {params.level}: {params.folders}"
    shell:
        "python -m modecollapse audit {params.folders:q} --level {params.level:q} 2>&1 | tee {log:q}"


use rule audit as audit_quick with:
    log:
        "results/audit.log",
    params:
        folders=FINISHED or [RESULTS],
        level="quick",


use rule audit as audit_rerun with:
    log:
        "results/audit.log",
    params:
        folders=FINISHED or [RESULTS],
        level="rerun",


# The PDF of the released study once more, from its tables, figures and run records.
rule report:
    log:
        "results/report.log",
    conda:
        "../../environment.yml"
    params:
        folder=REPORTED,
        pdf="results/report.pdf",
    message:
        "The released report again: {params.pdf}"
    shell:
        "python -m modecollapse report {params.folder:q} --out {params.pdf:q} 2>&1 | tee {log:q}"
