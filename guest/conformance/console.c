/* COM1 behind the GHCB: the transmitter's FIFO is filled by string output when it is empty. */
#include <stdarg.h>
#include "guest.h"

#define UART_DATA	 0x3f8U
#define UART_FIFO	 0x3faU
#define UART_LINE_STATUS 0x3fdU
#define FIFO_ON		 0x07U
#define TRANSMIT_EMPTY	 0x20U
#define FIFO_BYTES	 16U
#define POLLS		 100000U
#define ADDRESS_64	 0x200UL /* IOIO: address size */
#define LINE_BYTES	 256U

static struct cpu *console_cpu;

void console_init(struct cpu *c)
{
	console_cpu = c;
	ghcb_out(c, UART_FIFO, 1, FIFO_ON);
}

static void write_chunk(struct cpu *c, const char *text, uint32_t count)
{
	volatile char *buffer = (volatile char *)(c->ghcb + GHCB_BUFFER);
	struct ghcb_event e = {.code = NAE_IOIO,
			       .info1 = (uint64_t)UART_DATA << 16 | ADDRESS_64 | IOIO_SIZE8 |
					IOIO_STRING | IOIO_REP,
			       .info2 = count,
			       .scratch = c->ghcb + GHCB_BUFFER};

	for (uint32_t i = 0; i < POLLS && !(ghcb_in8(c, UART_LINE_STATUS) & TRANSMIT_EMPTY); i++) {
	}
	for (uint32_t i = 0; i < count; i++) {
		buffer[i] = text[i];
	}
	ghcb_request(c, &e);
}

static void write_text(const char *text, uint32_t size)
{
	while (console_cpu && size > 0) {
		uint32_t count = size < FIFO_BYTES ? size : FIFO_BYTES;

		write_chunk(console_cpu, text, count);
		text += count;
		size -= count;
	}
}

/* ---- formatting into one line ---- */

struct line {
	char text[LINE_BYTES];
	uint32_t size;
};

static void put_char(struct line *l, char value)
{
	if (l->size < LINE_BYTES) {
		l->text[l->size++] = value;
	}
}

static void put_string(struct line *l, const char *text)
{
	while (*text) {
		put_char(l, *text++);
	}
}

static void put_number(struct line *l, uint64_t value, uint32_t base)
{
	char digits[20];
	uint32_t n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (n) {
		put_char(l, digits[--n]);
	}
}

/* One conversion; returns what follows it. */
static const char *put_conversion(struct line *l, const char *format, va_list *arguments)
{
	switch (*format) {
	case 's':
		put_string(l, va_arg(*arguments, const char *));
		return format + 1;
	case 'u':
		put_number(l, va_arg(*arguments, unsigned), 10);
		return format + 1;
	case 'c':
		put_char(l, (char)va_arg(*arguments, int));
		return format + 1;
	case 'l': /* lx */
		put_string(l, "0x");
		put_number(l, va_arg(*arguments, uint64_t), 16);
		return format + 2;
	default:
		put_char(l, '%');
		return format;
	}
}

void print(const char *format, ...)
{
	struct line l = {.size = 0};
	va_list arguments;

	va_start(arguments, format);
	while (*format) {
		if (*format == '%') {
			format = put_conversion(&l, format + 1, &arguments);
		} else {
			put_char(&l, *format++);
		}
	}
	va_end(arguments);
	write_text(l.text, l.size);
}
