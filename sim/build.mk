# The sim: the module's own code as a host process over the machine (docs/sim.md).
SIM_SRC := sim/fiber.c sim/world.c sim/explore.c sim/races.c
SIM_OBJ := $(SIM_SRC:%.c=$(O)/tests/unit/obj/%.o)

$(O)/sim/races: $(SIM_OBJ) $(MODULE_TEST_OBJ) $(MACHINE_OBJ_TEST)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_TEST) -o $@ $^ -lcmocka
