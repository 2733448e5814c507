# Each target sets up what it needs in .venv first. Needed: Python 3.11 or newer, make, and a way to PyPI.
#
#   make demo            phones and a county inbox in the browser
#   make test            all tests; DB=postgres runs them on PostgreSQL, TESTS=tests/storage only some
#   make check           ruff, mypy, import-linter, catalogues
#   make bench           the benchmarks
#   make messages        brings the sentences of the code into the catalogues, with what each costs as SMS

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
TESTS ?=
ARGS ?=
LOCALES := zh_CN en

ifdef DB
export DB
endif

.PHONY: demo test check catalogues bench messages setup clean

demo: $(READY)
	$(BIN)/yunguan demo $(ARGS)

test: $(READY)
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS) $(TESTS)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory catalogues

catalogues: $(READY)
	$(BIN)/python -m pytest -q tests/test_catalogues.py

bench: $(READY)
	$(BIN)/python -m bench $(ARGS)

messages: $(READY)
	$(BIN)/pybabel -q extract -F babel.cfg -k T -c NOTE --no-location -o .venv/yunguan.pot .
	for locale in $(LOCALES); do \
	  $(BIN)/pybabel -q update -i .venv/yunguan.pot -d locales -D yunguan -l $$locale \
	    --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date || exit 1; \
	done

setup: $(READY)

# Made anew when the dependencies change, or when an installation broke off half way.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one with make PYTHON=/path/to/python3.11" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $(READY)

clean:
	rm -rf .venv build dist *.egg-info
