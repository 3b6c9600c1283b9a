# Everything a developer does. On Windows, or without make: the README gives the steps by hand.
PYTHON ?= python3
BIN := .venv/bin
ifdef PORT
export SITE_URL := http://127.0.0.1:$(PORT)
endif

.PHONY: run test chaos mutants bench lint format check lock audit

run: .venv/runtime  ## the shop with a demo catalogue on http://127.0.0.1:8000 (PORT=8080 for another)
	$(BIN)/python manage.py migrate --verbosity 0
	$(BIN)/python manage.py load_demo
	$(BIN)/python manage.py runserver $(PORT)

test: .venv/development  ## the whole suite
	$(BIN)/python -m pytest -n auto --cov

PURCHASES ?= 1000
chaos: .venv/development  ## two servers, PURCHASES=1000 and kill -9; then a long search
	$(BIN)/python -m tests.chaos.run --purchases $(PURCHASES) --database postgres
	HYPOTHESIS_PROFILE=chaos $(BIN)/python -m pytest tests/machine

mutants: .venv/development  ## what no test would notice: wrong on the money path, missing in a page
	$(BIN)/python -m tests.mutants
	$(BIN)/python -m tests.mutants.templates

bench: .venv/runtime  ## what pages, purchases and the admin cost; QUICK=1 for two minutes
	$(BIN)/python -m benchmarks $(if $(QUICK),--quick)

lint: .venv/development  ## what CI checks before the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet templates stripe_simulator
	$(BIN)/djade --target-version 5.2 --check $$(git ls-files '*.html')
	DEBUG=true $(BIN)/mypy .

format: .venv/development
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(BIN)/djade --target-version 5.2 $$(git ls-files '*.html')

check: .venv/runtime  ## is the configuration safe to deploy?
	$(BIN)/python manage.py check --deploy

lock: .venv/bin/uv  ## what a deployment installs, to the byte; UPGRADE=1 takes what is newer
	$(BIN)/uv --no-config pip compile requirements.txt --output-file requirements.lock --quiet \
		--universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)

audit: .venv/bin/pip-audit  ## has what a deployment installs known holes? asks the package index
	$(BIN)/pip-audit --strict --disable-pip --require-hashes --requirement requirements.lock

.venv/bin/uv .venv/bin/pip-audit: | .venv/bin/python
	$(BIN)/python -m pip install --quiet $(@F)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

# The files are stamps: installing is repeated only after the requirements changed.
.venv/runtime: requirements.txt .venv/bin/python
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	@touch $@

.venv/development: requirements-dev.txt requirements.txt .venv/bin/python
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	@touch $@ .venv/runtime
