/* The emulator's log on COM2, which no guest can reach, and the end of QEMU. */
#include <stdarg.h>
#include <emulator/exit.h>
#include <emulator/svm/cpu.h>
#include <emulator/svm/x86.h>

#define COM2		 0x2f8U
#define COM2_LINE_STATUS (COM2 + 5U)
#define THR_EMPTY	 0x20U
#define EXIT_PORT	 0xf4U
#define SPINS		 10000000U

static volatile uint32_t log_word;

static void put_char(char ch)
{
	for (uint32_t i = 0; i < 10000U && (x86_in8(COM2_LINE_STATUS) & THR_EMPTY) == 0; i++) {
		x86_pause();
	}
	x86_out8(COM2, (uint8_t)ch);
}

static void put_string(const char *s)
{
	for (s = s != 0 ? s : "(null)"; *s != 0; s++) {
		put_char(*s);
	}
}

static void put_number(uint64_t value, uint64_t base, uint32_t width)
{
	char digits[24];
	uint32_t n = 0;

	do {
		digits[n] = "0123456789abcdef"[value % base];
		n++;
		value /= base;
	} while (value != 0);
	while (n < width && n < sizeof(digits)) {
		digits[n] = '0';
		n++;
	}
	while (n > 0) {
		n--;
		put_char(digits[n]);
	}
}

/* One conversion, format pointing behind the %; returns what follows it. A width ("02") pads with
 * zeros. */
static const char *put_conversion(const char *format, va_list *args)
{
	uint32_t width = 0;
	uint32_t is_long = 0;
	uint64_t value;

	for (; *format >= '0' && *format <= '9'; format++) {
		width = width * 10U + (uint32_t)(*format - '0');
	}
	for (; *format == 'l'; format++) {
		is_long = 1;
	}
	switch (*format) {
	case 's':
		put_string(va_arg(*args, const char *));
		break;
	case 'c':
		put_char((char)va_arg(*args, int));
		break;
	case 'u':
	case 'x':
		value = is_long != 0 ? va_arg(*args, uint64_t) : va_arg(*args, uint32_t);
		put_number(value, *format == 'u' ? 10 : 16, width);
		break;
	case 0:
		return format;
	default:
		put_char(*format);
	}
	return format + 1;
}

static void put_format(const char *format, va_list *args)
{
	while (*format != 0) {
		if (*format == '%') {
			format = put_conversion(format + 1, args);
		} else {
			put_char(*format);
			format++;
		}
	}
}

/* A CPU that fails while another one writes must still be heard: the wait is bounded. */
static void log_lock(void)
{
	for (uint32_t i = 0; i < SPINS; i++) {
		if (__atomic_exchange_n(&log_word, 1, __ATOMIC_ACQUIRE) == 0) {
			return;
		}
		x86_pause();
	}
}

static void log_unlock(void)
{
	__atomic_store_n(&log_word, 0, __ATOMIC_RELEASE);
}

void emulator_log(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_lock();
	put_format(format, &args);
	log_unlock();
	va_end(args);
}

void emulator_panic(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_lock();
	put_string("emulator: ");
	put_format(format, &args);
	put_char('\n');
	log_unlock();
	va_end(args);
	emulator_exit(EXIT_EMULATOR);
}

void emulator_exit(uint32_t code)
{
	x86_out32(EXIT_PORT, code);
	for (;;) {
		__asm__ volatile("cli; hlt" : : : "memory");
	}
}
