# The proof (docs/proof.md). FILE=module/guest/page.c or FN=name proves a part.
.PHONY: verify
verify:
	@scripts/deps install verify
	@$(PYTHON) proof/verify.py $(if $(FILE),--file $(FILE)) $(if $(FN),--function $(FN))
