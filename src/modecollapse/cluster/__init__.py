"""`modecollapse cluster-check`: whether this Slurm site can run the study, and which line to change if it cannot."""
