"""`python -m modecollapse`: what the Snakemake rules call."""

from modecollapse.cli import main

if __name__ == "__main__":
    main()
