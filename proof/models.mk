# Concurrency, explored by spin (docs/concurrency.md).
.PHONY: models
#: make models    explores proof/models/ with spin: lock, ownership table, registry; seeded defects are found
models:
	@scripts/deps install models
	@proof/models/run proof/models/list $(O)/models
