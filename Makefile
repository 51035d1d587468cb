# The commands of make.py by name. Without make: python make.py test
PYTHON ?= python3
COMMANDS := serve test record robust notebooks cards bench bench-pages build \
	offline screenshots browser lock
NO_PYTHON = There is no $(PYTHON): install Python 3.11 or newer, or name \
	another one, as in `make PYTHON=python3.12 test`.
# Asked for by `make NAME=...` only: WSL gives every program a NAME, its host.
NAMES = $(if $(filter record robust,$@),$(if $(filter command,$(origin NAME)),$(NAME)))

.PHONY: help $(COMMANDS)
help $(COMMANDS):
	@command -v $(firstword $(PYTHON)) >/dev/null || { echo '$(NO_PYTHON)' >&2; exit 127; }
	@$(PYTHON) make.py $(filter-out help,$@) $(NAMES) $(ARGS)
