/* The host's view of memory: shared pages in clear, private ones as ciphertext and never written. */
#include <emulator/svm/cpu.h>
#include <emulator/svm/memory.h>
#include <emulator/svm/x86.h>

uint64_t host_refused_accesses;

static uint32_t in_one_page(uint64_t address, uint64_t n)
{
	return n <= PAGE_SIZE && address % PAGE_SIZE <= PAGE_SIZE - n;
}

static uint32_t assigned(uint64_t spa)
{
	uint64_t spfn = spa / PAGE_SIZE;
	uint64_t head = spfn - spfn % PAGES_PER_2M;

	if (the_machine.rmp.e[spfn].assigned != 0) {
		return 1;
	}
	return the_machine.rmp.e[head].assigned != 0 && the_machine.rmp.e[head].size == SNP_SIZE_2M;
}

static void read_ciphertext(uint64_t spa, uint8_t *to, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		uint64_t at = spa + i;
		uint64_t word =
			machine_host_read64(&the_machine, at / PAGE_SIZE, at % PAGE_SIZE / 8);

		to[i] = (uint8_t)(word >> at % 8 * 8);
	}
}

int host_read(uint64_t spa, void *to, uint64_t n)
{
	if (in_one_page(spa, n) == 0 || memory_is_guest(spa) == 0) {
		return 1;
	}
	machine_lock();
	if (assigned(spa) != 0) {
		read_ciphertext(spa, to, n);
	} else {
		memory_copy(to, (const void *)spa, n);
	}
	machine_unlock();
	return 0;
}

int host_write(uint64_t spa, const void *from, uint64_t n)
{
	int refused;

	if (in_one_page(spa, n) == 0 || memory_is_guest(spa) == 0) {
		return 1;
	}
	machine_lock();
	refused = assigned(spa) != 0;
	if (refused) {
		host_refused_accesses++;
	} else {
		machine_touch(&the_machine, spa / PAGE_SIZE);
		memory_copy((void *)spa, from, n);
	}
	machine_unlock();
	return refused;
}

/* SPA of a GPA whose page is mapped and shared, or 0. Lock held. */
static uint64_t shared_spa(uint64_t gpa)
{
	struct access a;

	if (gpa >= MACHINE_GFNS * PAGE_SIZE) {
		return 0;
	}
	a = machine_walk(&the_machine, 0, gpa / PAGE_SIZE, 0, ACCESS_WRITE);
	if (a.verdict != ACCESS_OK || memory_is_guest(a.spfn * PAGE_SIZE) == 0) {
		return 0;
	}
	return a.spfn * PAGE_SIZE + gpa % PAGE_SIZE;
}

/* Moves n bytes between buffer and shared guest memory, page by page. Nothing is moved of a page
 * that is not shared; pages before it have been. */
static int shared_move(uint64_t gpa, uint8_t *buffer, uint64_t n, int write)
{
	while (n > 0) {
		uint64_t part = PAGE_SIZE - gpa % PAGE_SIZE;
		uint64_t spa = shared_spa(gpa);

		if (spa == 0) {
			return 1;
		}
		part = part < n ? part : n;
		if (write) {
			machine_touch(&the_machine, spa / PAGE_SIZE);
			memory_copy((void *)spa, buffer, part);
		} else {
			memory_copy(buffer, (const void *)spa, part);
		}
		gpa += part;
		buffer += part;
		n -= part;
	}
	return 0;
}

static int shared_move_locked(uint64_t gpa, uint8_t *buffer, uint64_t n, int write)
{
	int status;

	if (n > MACHINE_GFNS * PAGE_SIZE) {
		return 1;
	}
	machine_lock();
	status = shared_move(gpa, buffer, n, write);
	machine_unlock();
	return status;
}

int host_read_gpa(uint64_t gpa, void *to, uint64_t n)
{
	return shared_move_locked(gpa, to, n, 0);
}

int host_write_gpa(uint64_t gpa, const void *from, uint64_t n)
{
	return shared_move_locked(gpa, (uint8_t *)(uint64_t)from, n, 1);
}
