#include "sim/fiber.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#if defined(__SANITIZE_ADDRESS__)
#	include <sanitizer/asan_interface.h>
#	include <sanitizer/common_interface_defs.h>
#else
#	define __sanitizer_start_switch_fiber(save, bottom, size)  ((void)(save))
#	define __sanitizer_finish_switch_fiber(save, bottom, size) ((void)(save))
#	define __asan_unpoison_memory_region(start, size)	    ((void)0)
#endif

#define STACK_SIZE 0x40000UL

struct fiber {
	ucontext_t context;
	uint8_t *stack;
	void (*run)(uint32_t i);
	int ended;
};
static struct fiber fibers[FIBERS_MAX];
static ucontext_t scheduler;
static const void *scheduler_stack;
static size_t scheduler_size;
static uint32_t current;

static void entry(void)
{
	__sanitizer_finish_switch_fiber(NULL, &scheduler_stack, &scheduler_size);
	fibers[current].run(current);
	fibers[current].ended = 1;
	fiber_yield();
}

void fiber_start(uint32_t i, void (*run)(uint32_t i))
{
	struct fiber *f = &fibers[i];

	if (f->stack == NULL) {
		f->stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (f->stack == MAP_FAILED) {
			abort();
		}
	}
	__asan_unpoison_memory_region(f->stack, STACK_SIZE);
	f->run = run;
	f->ended = 0;
	getcontext(&f->context);
	f->context.uc_stack.ss_sp = f->stack;
	f->context.uc_stack.ss_size = STACK_SIZE;
	f->context.uc_link = NULL;
	makecontext(&f->context, entry, 0);
}

int fiber_resume(uint32_t i)
{
	void *fake = NULL;

	current = i;
	__sanitizer_start_switch_fiber(&fake, fibers[i].stack, STACK_SIZE);
	swapcontext(&scheduler, &fibers[i].context);
	__sanitizer_finish_switch_fiber(fake, NULL, NULL);
	return !fibers[i].ended;
}

void fiber_yield(void)
{
	void *fake = NULL;

	__sanitizer_start_switch_fiber(&fake, scheduler_stack, scheduler_size);
	swapcontext(&fibers[current].context, &scheduler);
	__sanitizer_finish_switch_fiber(fake, &scheduler_stack, &scheduler_size);
}
