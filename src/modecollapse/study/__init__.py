"""What is to be run: the configuration, its validation, and the plan of cells and blocks. Never imports torch."""
