# make report   the whole default study, from data to PDF
# make audit    checks the released study, and the default one if it was run
# make test     the test suite
# make scipy    the verdicts under another SciPy: make scipy NEXT_PYTHON=python3.12
# make test-faults   kills, full disks, dead nodes: the tests that take minutes, with a table of what was injected
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: report audit test test-faults scipy bench lint clean

report: $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --cores all
	@echo "The report: $$(ls -t results/*/report.pdf | head -n 1)"

audit: $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --cores all audit

test: $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" python -m pytest --ignore=tests/benchmarks

test-faults: $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" python -m pytest -m "long or not long" tests/faults tests/slurm

# SciPy 1.18 needs Python 3.12; the other versions are those of environment.yml. Both must write the same tables.
NEXT_PYTHON ?= python3.12
NEXT := $(VENV)/next
scipy: $(READY)
	$(NEXT_PYTHON) -m venv $(NEXT)
	$(NEXT)/bin/python -m pip install --quiet scipy==1.18.1 $$(grep -iE '^(numpy|pandas|pyarrow|pydantic|pyyaml)==' $(VENV)/requirements.txt)
	$(BIN)/python tests/verdict_tables.py $(NEXT)/tables-own
	$(NEXT)/bin/python tests/verdict_tables.py $(NEXT)/tables-next
	diff --recursive $(NEXT)/tables-own $(NEXT)/tables-next

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
