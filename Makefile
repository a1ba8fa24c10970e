# One word each; `make` alone lists them. Only `setup` needs the network.
#
#     make demo              the whole main job on the demo show, into demo/
#     make test              everything that is checked, and every test
#     make soak             servers and workers killed at random, and damaged pictures, by the
#                           thousand
#     make offline          tests where there is no network but the machine's own loopback
#     make setup             .venv, with the project in it
#     make bench NAME=main   one benchmark: a JSON object on stdout, words on stderr
#     make clients           the panels for Blender and Nuke, into build/clients
#     make clean             what the commands above left behind, but for .venv

.POSIX:

NAME = main
WORKERS = 2
OFFLINE = tests/isolation tests/server tests/store tests/journeys tests/formats
VENV = .venv
PYTHON = $(VENV)/bin/python
READY = $(VENV)/.ready

help:
	@sed -n 's/^#     //p' Makefile

setup: $(READY)

# A .venv that runs Python 3.11 or newer is taken as it is; another is made again.
$(READY): pyproject.toml
	@new_enough='import sys; sys.exit(sys.version_info < (3, 11))'; \
	if ! $(PYTHON) -c "$$new_enough" 2>/dev/null; then \
	    found=; \
	    for name in python3.11 python3.12 python3; do \
	        if $$name -c "$$new_enough" 2>/dev/null; then found=$$name; break; fi; \
	    done; \
	    if [ -z "$$found" ]; then \
	        echo "Error: seamline needs Python 3.11 or newer; none of python3.11," \
	            "python3.12 and python3 on the PATH is ($$(python3 --version 2>&1))" >&2; \
	        echo "  -> Install one, or put it on the PATH, and run make again." >&2; \
	        exit 2; \
	    fi; \
	    echo "making $(VENV) with $$($$found --version)" >&2; \
	    $$found -m venv --clear $(VENV) >&2 || { \
	        echo "Error: $$found cannot make a virtual environment" >&2; \
	        echo "  -> Install its venv module (Debian and Ubuntu: python3-venv)." >&2; \
	        exit 2; \
	    }; \
	fi
	@echo "installing seamline and what its tests need into $(VENV)" >&2
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -e '.[dev]' >&2
	@touch $(READY)

demo: setup
	@$(VENV)/bin/seamline demo demo

# Every check runs, whatever an earlier one found; the last line of a good run is pytest's.
test: setup
	@failed=; \
	for check in 'ruff check .' 'ruff format --check .' mypy lint-imports \
	        'pytest -q -n $(WORKERS) --dist loadfile'; do \
	    echo "== $$check"; \
	    $(VENV)/bin/$$check || failed="$$failed [$$check]"; \
	done; \
	if [ -n "$$failed" ]; then echo "failed:$$failed" >&2; exit 1; fi

# Servers, workers and writers killed at random, two hundred times; twenty in the ordinary tests.
# And twenty thousand EXRs and as many texts damaged at random; two thousand in the ordinary tests.
soak: setup
	@SEAMLINE_KILLS=200 SEAMLINE_MUTANTS=20000 $(VENV)/bin/pytest -q -n 0 -s --timeout 7200 \
	    tests/store/test_killed_workers.py tests/server/test_killed_service.py \
	    tests/server/test_errands.py \
	    tests/store/test_power_cuts.py tests/formats/test_mutated_pictures.py \
	    tests/formats/test_doors.py

# OFFLINE=tests runs all of them there.
offline: setup
	@if [ "$$(id -u)" = 0 ]; then \
	    set -- unshare --net sh -c 'ip link set lo up && exec "$$@"' sh; \
	else \
	    set -- unshare --map-root-user --net sh -c 'ip link set lo up && exec "$$@"' sh \
	        unshare --map-user="$$(id -u)" --map-group="$$(id -g)"; \
	fi; "$$@" $(VENV)/bin/pytest -q -n $(WORKERS) --dist loadfile $(OFFLINE)

bench: setup
	@$(PYTHON) benchmarks "$(NAME)"

clients: setup
	@$(PYTHON) clients/pack.py build/clients

clean:
	rm -rf demo build dist .coverage .hypothesis .import_linter_cache .mypy_cache \
	    .pytest_cache .ruff_cache
	find src clients tests benchmarks docs examples -name __pycache__ -type d -prune \
	    -exec rm -rf {} +

.PHONY: help setup demo test soak offline bench clients clean
