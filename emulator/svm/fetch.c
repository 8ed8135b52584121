/* QEMU's SVM gives no instruction bytes and no next RIP: the few instructions that matter are fetched. */
#include <emulator/svm/exits.h>
#include <emulator/svm/memory.h>
#include <emulator/svm/x86.h>

static uint32_t code_is_64(const struct context *x)
{
	return context_long_mode(x) != 0 && (x->vmcb.save.cs.attributes & SEGMENT_LONG) != 0;
}

uint64_t insn_linear(const struct context *x)
{
	const struct vmcb_save *s = &x->vmcb.save;

	if (code_is_64(x) != 0) {
		return s->rip;
	}
	return (s->cs.base + s->rip) & 0xffffffffUL;
}

/* Legacy prefixes in any order, then REX in 64-bit code. */
static void prefixes_skip(const struct context *x, struct insn *in)
{
	while (in->opcode < in->length) {
		uint8_t b = in->bytes[in->opcode];

		if (b == 0xf2 || b == 0xf3) {
			in->repeat = b;
		} else if (b == 0x66 || b == 0xf0 || b == 0x2e || b == 0x36 || b == 0x3e ||
			   b == 0x26 || b == 0x64 || b == 0x65) {
			in->other = b;
		} else if (b != 0x67) {
			break;
		}
		in->opcode++;
	}
	if (code_is_64(x) != 0 && (insn_byte(in, 0) & 0xf0U) == 0x40U) {
		in->rex = insn_byte(in, 0);
		in->opcode++;
	}
}

enum guest_status insn_fetch(struct context *x, struct insn *in, struct guest_fault *f)
{
	uint64_t at = insn_linear(x);
	uint32_t how = PF_FETCH | (x->vmcb.save.cpl == 3 ? PF_USER : 0);
	uint64_t first = PAGE_SIZE - at % PAGE_SIZE;
	enum guest_status status;

	*in = (struct insn){.length = sizeof(in->bytes)};
	if (first >= sizeof(in->bytes)) {
		status = guest_read(x, at, how, in->bytes, sizeof(in->bytes), f);
		prefixes_skip(x, in);
		return status;
	}
	/* At the end of a page the rest may be unreadable and not needed. */
	status = guest_read(x, at, how, in->bytes, first, f);
	if (status != GUEST_OK) {
		return status;
	}
	if (guest_read(x, at + first, how, in->bytes + first, sizeof(in->bytes) - first, f) !=
	    GUEST_OK) {
		in->length = (uint32_t)first;
	}
	prefixes_skip(x, in);
	return GUEST_OK;
}

uint8_t insn_byte(const struct insn *in, uint32_t n)
{
	return in->opcode + n < in->length ? in->bytes[in->opcode + n] : 0;
}

void insn_skip(struct context *x, const struct insn *in, uint32_t bytes)
{
	uint64_t next = x->vmcb.save.rip + in->opcode + bytes;

	if (code_is_64(x) == 0) {
		next &= (x->vmcb.save.cs.attributes & SEGMENT_BIG) != 0 ? 0xffffffffUL : 0xffffUL;
	}
	x->vmcb.save.rip = next;
	x->vmcb.control.int_state = 0;
}

void reg_set(struct context *x, uint32_t number, uint64_t value)
{
	switch (number) {
	case REG_RAX:
		x->vmcb.save.rax = value;
		break;
	case REG_RSP:
		x->vmcb.save.rsp = value;
		break;
	default:
		x->gpr[number % 16U] = value;
	}
}
