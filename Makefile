# make report   the whole default study, from data to PDF; another one: make report CONFIGFILE=config/plane.yaml
# make reported trains the released study again and releases it
# make audit    checks the released study and every other finished one below results/
# make test     the quick test suite, some minutes on two cores; make test-all: everything
# make scipy    the verdicts under another SciPy: make scipy NEXT_PYTHON=python3.12
# make bench    the speed of training, IvOM, neighbours, start-up and dry runs, into docs/speed.md: 25 minutes
# make clean    removes the environment and Snakemake's notes, never results
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
MARK := $(VENV)/requirements.txt
CONFIGFILE ?=

ifeq ($(wildcard workflow/Snakefile config/config.yaml),)
$(error $(CURDIR) is not the repository; allowed: make in the folder of the Makefile, or make -C FOLDER)
endif

# An environment is sound if its Python runs, has the listed versions and this folder's package. One that is half-made,
# broken or was moved here is not, and is made anew.
SOUND := import importlib.metadata as m, pathlib, modecollapse as package
SOUND := $(SOUND); wanted = [line.strip().split("==") for line in open("$(MARK)")]
SOUND := $(SOUND); ours = pathlib.Path(package.__file__).resolve().is_relative_to(pathlib.Path("src").resolve())
SOUND := $(SOUND); print("sound" if ours and wanted and all(m.version(n).split("+")[0] == v for n, v in wanted) else "")
ifneq ($(shell $(BIN)/python -I -c '$(SOUND)' 2>/dev/null),sound)
.PHONY: $(READY)
endif

.PHONY: report reported audit test test-all scipy bench lint clean

report: $(READY)
	@$(BIN)/modecollapse plan --json $(addprefix --configfile ,$(CONFIGFILE)) > /dev/null
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --cores all $(if $(CONFIGFILE),--configfile $(CONFIGFILE))
	@echo "The report: $$(ls -t results/*/report.pdf | head -n 1)"

# The released study once more, from training to results/reported: some minutes.
reported: $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --cores all --configfile config/reported.yaml
	$(BIN)/modecollapse publish results/release --to results/reported --replace --megabytes 13

audit: $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --cores all audit

# Files of tests share what they make, so a file goes to one process.
PARALLEL := -n auto --maxprocesses=4 --dist loadfile --ignore=tests/benchmarks

test: $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" python -m pytest $(PARALLEL) --ignore=tests/slow

# With kills, full disks, dead nodes, every way to tamper, simulations at full size and another SciPy: hours.
test-all: $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" MODECOLLAPSE_SLOW=1 python -m pytest $(PARALLEL) -m "long or not long"
	$(MAKE) scipy

# SciPy 1.18 needs Python 3.12; the other versions are those of environment.yml. Both must write the same tables.
NEXT_PYTHON ?= python3.12
NEXT := $(VENV)/next
scipy: $(READY)
	$(NEXT_PYTHON) -m venv $(NEXT)
	$(NEXT)/bin/python -m pip install --quiet scipy==1.18.1 $$(grep -iE '^(numpy|pandas|pyarrow|pydantic|pyyaml)==' $(VENV)/requirements.txt)
	$(BIN)/python tests/slow/statistics/verdict_tables.py $(NEXT)/tables-own
	$(NEXT)/bin/python tests/slow/statistics/verdict_tables.py $(NEXT)/tables-next
	diff --recursive $(NEXT)/tables-own $(NEXT)/tables-next

bench: $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" python -m pytest tests/benchmarks --save

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check workflow
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --lint

# The environment is made anew whenever the list of versions changes, but only where make made it or nothing is.
$(READY): environment.yml pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	@$(REMOVE_VENV)
	@echo "Installing the environment into $(VENV) (about 2 minutes) ..."
	@mkdir -p $(VENV)
	@sed -n 's/^ *- \([^ ]*==[^ ]*\)$$/\1/p' environment.yml > $(MARK)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --requirement $(MARK)
	@$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

# The file that marks an environment of make's is the last to go, so that what is interrupted can go on.
define REMOVE_VENV
if [ -L $(VENV) ] || { [ -e $(VENV) ] && [ ! -f $(MARK) ] && ! rmdir $(VENV) 2> /dev/null; }; then \
	echo "$(VENV): was not made by make, and stays; allowed: move it away, or name another place: make VENV=.venv-study" >&2; \
	exit 2; \
elif [ -e $(VENV) ]; then \
	echo "Removing $(VENV)"; find $(VENV) -mindepth 1 -maxdepth 1 ! -path $(MARK) -exec rm -rf {} +; rm -r $(VENV); \
fi
endef

clean:
	@$(REMOVE_VENV)
	@if [ -d .snakemake ] && [ ! -L .snakemake ]; then echo "Removing .snakemake"; rm -rf .snakemake; fi
