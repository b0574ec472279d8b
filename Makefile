# `make demo` and `make test` set up all they need, once, in $(VENV).
# make test PYTHON=python3.12 VENV=.venv-3.12 ARGS="-k money"

VENV ?= .venv
ARGS ?=
# Not empty: with PySpark, for `amends batch --engine spark` and its tests.
SPARK ?=

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
ifeq ($(origin PYTHON), undefined)
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11; do \
	if $$p -c '$(NEW_ENOUGH)' 2>/dev/null; then echo $$p; break; fi; done)
endif
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)

# The stamps carry the version, so that another PYTHON makes the environment anew.
READY := $(VENV)/.ready-$(VERSION)
READY_DEV := $(VENV)/.ready-$(VERSION)-dev
BIN := $(VENV)/bin
# Written by the set-up where durable_rules could not be built, so that the tests know.
WITHOUT := $(VENV)/.without-durable-rules

# A repair, a referral with a refund, and a discount.
DEMO := \
	tests/cases/seeds/an-overloaded-writer-did-the-wrong-thing-and-the-client-understood.yaml \
	tests/cases/seeds/the-job-is-beyond-the-skill-and-was-paid.yaml \
	tests/cases/base/late-work-is-in-and-the-client-is-fuming.yaml

.DEFAULT_GOAL := help
.PHONY: help demo test check format book bench audits agreement constraints clean python

help:
	@echo 'make demo         decide three told incidents and draw them, into out/demo'
	@echo 'make test         the test suite; ARGS="-k money -n 0" goes to pytest'
	@echo 'make check        lint, format, types, import contracts, and the rule base'
	@echo 'make format       lay out the code and mend what can be mended'
	@echo 'make book         write the rule book anew, into docs/rule-book'
	@echo 'make bench        measure, and write docs/benchmarks.md'
	@echo 'make audits       audit every pack, and every line of work with every platform'
	@echo 'make agreement    compare the rules with what people recommended in real incidents'
	@echo 'make constraints  renew constraints.txt'
	@echo 'make clean        remove environments, caches and output'
	@echo 'Each sets up $(VENV) first. PYTHON=python3.12 VENV=.venv-3.12 chooses others.'

demo: $(READY)
	@for case in $(DEMO); do \
		picture=out/demo/$$(basename $$case .yaml).svg; \
		printf '\n$$ amends decide %s\n\n' $$case; \
		$(BIN)/amends decide $$case || exit 1; \
		printf '\n$$ amends graph %s -o %s\n\n' $$case $$picture; \
		$(BIN)/amends graph $$case -o $$picture || exit 1; \
	done

test: $(READY_DEV)
	@$(if $(wildcard $(WITHOUT)),AMENDS_WITHOUT_DURABLE_RULES=1) $(BIN)/python -m pytest -n auto $(ARGS)

check: $(READY_DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/amends check

format: $(READY_DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

book: $(READY)
	@$(BIN)/amends book -o docs/rule-book --cases tests/cases --each-pack

bench: $(READY_DEV)
	@$(PYTHON) tools/setup_venv.py $(VENV) --dev --peers --spark
	$(BIN)/python bench/run.py $(ARGS)

agreement: $(READY)
	@$(BIN)/python bench/agreement/run.py $(ARGS)

audits: $(READY_DEV)
	@$(BIN)/python bench/packs.py --audits $(ARGS)

# Made with the oldest Python that is supported: what it can install, later ones can.
constraints: | python
	@: > constraints.txt
	@$(PYTHON) tools/setup_venv.py .venv-constraints --dev --spark
	@.venv-constraints/bin/pip freeze --exclude-editable > constraints.txt
	@rm -rf .venv-constraints

clean:
	rm -rf .venv .venv-* dist build out .*_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

python:
	@$(PYTHON) -c '$(NEW_ENOUGH)' 2>/dev/null || \
		{ echo 'amends needs Python 3.11 or later; name one with PYTHON=...' >&2; exit 1; }

$(READY): pyproject.toml constraints.txt tools/setup_venv.py | python
	@$(PYTHON) tools/setup_venv.py $(VENV)
	@touch $@

$(READY_DEV): pyproject.toml constraints.txt tools/setup_venv.py | python
	@$(PYTHON) tools/setup_venv.py $(VENV) --dev $(if $(SPARK),--spark)
	@touch $@ $(READY)
