#include "emulator/exit.h"
#include "cpu.h"
#include "ghcb.h"
#include "policy.h"

#define UART_FIRST   0x3f8U
#define UART_LAST    0x3ffU
#define PORT(info1)  ((uint32_t)((info1) >> 16) & 0xffffU)
#define WIDTH(info1) ((uint32_t)((info1) >> 4) & 7U) /* bytes: 1, 2 or 4 */

static void verdict(uint32_t value)
{
	emulator_log("verdict %u\n", value);
	host_end(policy_verdict(value));
}

/* Every port but these reads 0 and ignores writes. */
static uint32_t port_in(uint32_t port, uint32_t width)
{
	if (width == 1 && port >= UART_FIRST && port <= UART_LAST) {
		return svm_in8((uint16_t)port);
	}
	if (width == 1 && port == PORT_COLLUDE) {
		return policy_attack();
	}
	return 0;
}

static void port_out(uint32_t port, uint32_t width, uint32_t value)
{
	if (width == 1 && port >= UART_FIRST && port <= UART_LAST) {
		svm_out8((uint16_t)port, (uint8_t)value);
	} else if (width == 1 && port == PORT_VERDICT) {
		verdict(value & 0xffU);
	} else if (width == 4 && port == PORT_COLLUDE) {
		policy_step(value);
	}
}

static uint32_t truncate(uint64_t value, uint32_t width)
{
	return width == 4 ? (uint32_t)value : (uint32_t)value & ((1U << 8 * width) - 1);
}

static int string_element(const struct request *r, uint64_t at, uint32_t width)
{
	uint32_t value = 0;

	if (r->info1 & IOIO_IN) {
		value = port_in(PORT(r->info1), width);
		return host_write_gpa(at, &value, width);
	}
	if (host_read_gpa(at, &value, width)) {
		return 1;
	}
	port_out(PORT(r->info1), width, value);
	return 0;
}

/* info2 elements in the scratch area, which the guest keeps within one GHCB's buffer. */
static void string_io(struct ghcb *g, const struct request *r, uint32_t width)
{
	if (r->info2 > GHCB_BUFFER_SIZE / width) {
		ghcb_malformed(g, GHCB_INVALID_INPUT);
		return;
	}
	for (uint64_t i = 0; i < r->info2; i++) {
		if (string_element(r, r->scratch + i * width, width)) {
			ghcb_malformed(g, GHCB_BAD_SCRATCH);
			return;
		}
	}
}

void io_serve(struct host_cpu *c, struct ghcb *g, const struct request *r)
{
	uint32_t width = WIDTH(r->info1);

	(void)c;
	if (width != 1 && width != 2 && width != 4) {
		ghcb_malformed(g, GHCB_INVALID_INPUT);
	} else if (r->info1 & IOIO_STRING) {
		string_io(g, r, width);
	} else if (r->info1 & IOIO_IN) {
		ghcb_set(g, GHCB_RAX, port_in(PORT(r->info1), width));
	} else {
		port_out(PORT(r->info1), width, truncate(r->rax, width));
	}
}
