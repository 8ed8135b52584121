# Third-party source that is compiled here: HACL* SHA-2. Fetched once, checked, then offline.
# -fbuiltin: its eight-byte memcpy calls become loads, which halves the time of a hash.
SHA2_DIR      := $(O)/sha2
SHA2_INC      := -I$(SHA2_DIR)/hacl -I$(SHA2_DIR)/hacl/include -D_PYTHON_HACL_NAMESPACES_H
SHA2_OBJ_BARE := $(SHA2_DIR)/sha2-bare.o
SHA2_OBJ_HOST := $(SHA2_DIR)/sha2-host.o
SHA2_SRC      := $(SHA2_DIR)/hacl/Hacl_Hash_SHA2.c

$(SHA2_SRC): scripts/fetch-sha2
	scripts/fetch-sha2 $(SHA2_DIR)
	touch $@

$(SHA2_OBJ_BARE): $(SHA2_SRC)
	$(CC) $(CFLAGS_BARE) -O3 -fbuiltin -w $(SHA2_INC) -c $< -o $@

$(SHA2_OBJ_HOST): $(SHA2_SRC)
	$(CC) $(CFLAGS_HOST) -w $(SHA2_INC) -c $< -o $@
