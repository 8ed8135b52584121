# Red controls and mutation (docs/mutation.md).
.PHONY: red mutate
#: make red       wrong variants that the proof must refuse, each with its goals; NAME=... runs one
red:
	@scripts/deps install verify
	@$(PYTHON) proof/red.py $(if $(NAME),--name "$(NAME)")
#: make mutate    mutants of code and contracts: does the proof notice? ALL=yes for every one, FN=... for a function's
mutate:
	@scripts/deps install verify
	@$(PYTHON) proof/mutate.py $(if $(ALL),--all) $(if $(FN),--function "$(FN)") $(if $(FILE),--file "$(FILE)")
