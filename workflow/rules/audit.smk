# What a reader does with finished results in a fresh clone. These targets have no input, so they never train.


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
        level="recompute",
    message:
        "Audit of every finished study below results/, level {params.level}"
    shell:
        "python -m modecollapse audit --level {params.level:q} 2>&1 | tee {log:q}"


use rule audit as audit_quick with:
    log:
        "results/audit.log",
    params:
        level="quick",


use rule audit as audit_rerun with:
    log:
        "results/audit.log",
    params:
        level="rerun",


# This typesets the PDF of the released study from its tables, figures and run records.
rule report:
    log:
        "results/report.log",
    conda:
        "../../environment.yml"
    params:
        folder=REPORTED,
        pdf="results/report.pdf",
    message:
        "Typeset the released report: {params.pdf}"
    shell:
        "python -m modecollapse report {params.folder:q} --out {params.pdf:q} 2>&1 | tee {log:q}"
