# The proof (docs/proof.md). FILE=module/guest/page.c or FN=name proves a part; CACHE=no proves everything
# now; SEEDS=10 compares prover seeds; SECOND=yes tries every goal with a second prover; JOBS=n; JSON=yes.
.PHONY: verify trusted check-trusted
#: make verify    the proof; FN=name or FILE=path a part of it; CACHE=no from nothing
verify:
	@scripts/deps install verify
	@$(PYTHON) proof/verify.py $(if $(FILE),--file $(FILE)) $(if $(FN),--function $(FN)) \
		$(if $(filter no,$(CACHE)),--no-cache) $(if $(SEEDS),--seeds $(SEEDS)) \
		$(if $(filter yes,$(SECOND)),--second) $(if $(JOBS),--jobs $(JOBS)) $(if $(filter yes,$(JSON)),--json)

#: make trusted   docs/trusted.md from proof/ledger and the sources
trusted:
	@$(PYTHON) proof/verify.py --trusted
check-trusted:
	@$(PYTHON) proof/verify.py --check-trusted

.PHONY: test-proof
#: make test-proof  the tests of the proof driver and of the report
test-proof:
	@scripts/deps install verify
	@$(PYTHON) tests/proof/driver.py
	@$(PYTHON) tests/proof/report.py || [ $$? = 77 ]
include $(wildcard proof/red.mk)
include proof/models.mk
.PHONY: report alter
#: make report    build/report.html: the proof on one page, from the last 'make verify'
report:
	@$(PYTHON) proof/report.py
#: make alter     alters each trusted line in a copy: does a test notice? Boots a lot; NAME=hw_zero tries one
alter:
	@scripts/deps install run test
	@$(PYTHON) tests/proof/alter.py $(if $(NAME),--name "$(NAME)")
