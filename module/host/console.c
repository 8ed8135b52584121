/* The module's log on the serial port. */
#include "module/host/console.h"
#include "module/host/ghcb.h"

/* A refusal of the host costs the character only: nothing depends on the log. */
static void console_char(char c)
{
	(void)ghcb_out8(CONSOLE_PORT, (uint8_t)c);
}

void console_text(const char *text)
{
	uint32_t i;

	for (i = 0; i < CONSOLE_LINE && text[i] != 0; i++) {
		console_char(text[i]);
	}
}

static char console_digit(uint64_t value)
{
	return (char)(value < 10 ? '0' + (int)value : 'a' + (int)value - 10);
}

/* value in base, most significant digit first, digits of them */
static void console_number(uint64_t value, uint64_t base, uint64_t power)
{
	while (power > 1 && value / power == 0) {
		power = power / base;
	}
	while (power > 0) {
		console_char(console_digit(value / power % base));
		power = power / base;
	}
}

void console_hex(uint64_t value)
{
	console_number(value, 16, 0x1000000000000000UL);
}

void console_decimal(uint64_t value)
{
	console_number(value, 10, 10000000000000000000UL);
}

void console_end(void)
{
	console_char('\r');
	console_char('\n');
}

void console_line(const char *text)
{
	console_text(text);
	console_end();
}
