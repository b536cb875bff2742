"""Training: a block of seeds at once, checkpoints, traces and the record of a run."""
