"""`modecollapse cluster-check`: does this Slurm site run the study, and if not, what has to change."""
