#include "sim/fiber.h"
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#if defined(__SANITIZE_ADDRESS__)
#	include <sanitizer/asan_interface.h>
#	include <sanitizer/common_interface_defs.h>
#else
#	define __sanitizer_start_switch_fiber(save, bottom, size)  ((void)(save))
#	define __sanitizer_finish_switch_fiber(save, bottom, size) ((void)(bottom), (void)(size))
#	define __asan_unpoison_memory_region(start, size)	    ((void)0)
#endif

#define STACK_SIZE 0x40000UL
#define SAVED	   6U /* registers that a call preserves, but the stack pointer */

struct fiber {
	void *top; /* of its stack: where its registers are while it does not run */
	uint8_t *stack;
	void (*run)(uint32_t i);
	int ended;
};
static struct fiber fibers[FIBERS_MAX];
static void *scheduler_top;
static const void *scheduler_stack;
static size_t scheduler_size;
static uint32_t current;

/* Leaves the registers on this stack, whose top goes to *from, and goes on with those on the stack to. */
void fiber_switch(void **from, void *to);
__asm__(".text\n"
	".type fiber_switch, @function\n"
	"fiber_switch:\n"
	"	push %rbp\n"
	"	push %rbx\n"
	"	push %r12\n"
	"	push %r13\n"
	"	push %r14\n"
	"	push %r15\n"
	"	mov %rsp, (%rdi)\n"
	"	mov %rsi, %rsp\n"
	"	pop %r15\n"
	"	pop %r14\n"
	"	pop %r13\n"
	"	pop %r12\n"
	"	pop %rbx\n"
	"	pop %rbp\n"
	"	ret\n"
	".size fiber_switch, . - fiber_switch\n");

static void entry(void)
{
	__sanitizer_finish_switch_fiber(NULL, &scheduler_stack, &scheduler_size);
	fibers[current].run(current);
	fibers[current].ended = 1;
	fiber_yield();
	abort(); /* it is not resumed */
}

void fiber_start(uint32_t i, void (*run)(uint32_t i))
{
	struct fiber *f = &fibers[i];
	void **top;

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
	/* As if entry had been called from address 0, and had come to fiber_switch. */
	top = (void **)(f->stack + STACK_SIZE) - 2;
	*top = (void *)entry;
	for (uint32_t n = 0; n < SAVED; n++) {
		top--;
		*top = NULL;
	}
	f->top = top;
}

int fiber_resume(uint32_t i)
{
	void *fake = NULL;

	current = i;
	__sanitizer_start_switch_fiber(&fake, fibers[i].stack, STACK_SIZE);
	fiber_switch(&scheduler_top, fibers[i].top);
	__sanitizer_finish_switch_fiber(fake, NULL, NULL);
	return !fibers[i].ended;
}

void fiber_yield(void)
{
	struct fiber *f = &fibers[current];
	void *fake = NULL;

	__sanitizer_start_switch_fiber(&fake, scheduler_stack, scheduler_size);
	fiber_switch(&f->top, scheduler_top);
	__sanitizer_finish_switch_fiber(fake, &scheduler_stack, &scheduler_size);
}
