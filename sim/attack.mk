# Named attacks in the sim.
ATTACK_SRC := sim/attack.c sim/check.c $(sort $(wildcard sim/attacks/*.c))
ATTACK_OBJ := $(ATTACK_SRC:%.c=$(O)/tests/unit/obj/%.o)

$(O)/sim/attack: $(ATTACK_OBJ) $(MODULE_TEST_OBJ) $(MACHINE_OBJ_TEST)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka
