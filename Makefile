# make report   the whole default study, from data to PDF
# make test     the test suite
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: report test bench lint clean

report: $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --cores all
	@echo "The report: $$(ls -t results/*/report.pdf | head -n 1)"

test: $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" python -m pytest --ignore=tests/benchmarks

bench: $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" python -m pytest tests/benchmarks

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check workflow
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --lint

# The environment is made anew whenever the list of versions changes.
$(READY): environment.yml pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	sed -n 's/^ *- \([^ ]*==[^ ]*\)$$/\1/p' environment.yml > $(VENV)/requirements.txt
	$(BIN)/python -m pip install --quiet --requirement $(VENV)/requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

clean:
	rm -rf $(VENV) .snakemake
