/* The module's log on the serial port. */
#include "module/host/console.h"
#include "module/host/ghcb.h"

#define DIGITS 20U /* of the largest number, 2^64 - 1 */

/* A refusal of the host costs the byte only: nothing depends on the log. */
/*@
  requires ready: ghcb_ready;
  requires room: console_sent.count < CONSOLE_LINE + CONSOLE_END;
  terminates \false;
  exits \false;
  assigns CONSOLE_ALL;
  ensures page: ghcb_same_page{Pre, Post};
  ensures sent: ghcb_page_says(NAE_IOIO, CONSOLE_PORT * 0x10000 + IOIO_SIZE8, 0, byte, 0);
  ensures appended: console_sent == {{\old(console_sent) \with .byte[\old(console_sent.count)] = byte}
                                      \with .count = (uint32_t)(\old(console_sent.count) + 1)};
*/
static void console_byte(uint8_t byte)
{
	(void)ghcb_out8(CONSOLE_PORT, byte);
	/*@ ghost console_sent.byte[console_sent.count] = byte; */
	/*@ ghost console_sent.count = console_sent.count + 1; */
}

/*@
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures \result == console_code(c);
*/
static uint8_t console_of_char(char c)
{
	return (uint8_t)(c < 0 ? c + 256 : c);
}

void console_bytes(const char *text, uint32_t count)
{
	uint32_t i;

	/*@ ghost console_sent.count = 0; */
	/*@
	  loop invariant bound: i <= console_cut(count);
	  loop invariant page: ghcb_same_page{Pre, Here};
	  loop invariant count: console_sent.count == i;
	  loop invariant bytes: console_shows(text, i);
	  loop assigns i, CONSOLE_ALL;
	  loop variant CONSOLE_LINE - i;
	*/
	for (i = 0; i < CONSOLE_LINE && i < count; i++) {
		console_byte(console_of_char(text[i]));
		/*@ assert before: console_shows(text, i); */
		/*@ assert this: console_sent.byte[i] == console_code(text[i]); */
	}
}

/*@
  requires digit: digit < 16;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures digit: console_is_digit(\result, 16) && (digit < 10 ==> console_is_digit(\result, 10));
  ensures worth: console_worth(\result) == digit;
*/
static uint8_t console_digit(uint64_t digit)
{
	return (uint8_t)(digit < 10 ? '0' + digit : 'a' + digit - 10);
}

/*@
  logic integer console_rest(integer value, integer base) = base == 16 ? value / 16 : value / 10;
  // The number whose digits are those of rest, and then digit.
  logic integer console_join(integer rest, integer digit, integer base) =
    base == 16 ? rest * 16 + digit : rest * 10 + digit;
  // No number is larger than this when its n last digits have been taken off.
  logic integer console_limit(integer n) = n <= 0 ? 0xffffffffffffffff : console_limit(n - 1) / 10;
*/
/* A number without its last digit, and that digit. */
/*@
  requires base: base == 10 || base == 16;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures rest: \result == console_rest(value, base);
  ensures smaller: \result <= value / 10 && (value >= base ==> \result > 0);
*/
static uint64_t console_front(uint64_t value, uint64_t base)
{
	return base == 16 ? value / 16 : value / 10;
}
/*@
  requires base: base == 10 || base == 16;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures digit: \result < base;
  ensures join: value == console_join(console_rest(value, base), \result, base);
  ensures small: value < base ==> value == \result;
*/
static uint64_t console_last(uint64_t value, uint64_t base)
{
	return base == 16 ? value % 16 : value % 10;
}

/* A number, and what is left of it each time the last digit is taken off, until there is one digit. */
struct console_digits {
	uint64_t rest[DIGITS];
	uint32_t last; /* index of the one-digit rest */
};
/*@
  predicate console_chain(struct console_digits d, integer base, integer last) =
    \forall integer k; 0 <= k < last ==> d.rest[k + 1] == console_rest(d.rest[k], base);
  predicate console_split_ok(struct console_digits d, integer base) =
    d.last < DIGITS && d.rest[d.last] < base && (d.last > 0 ==> d.rest[d.last] > 0) &&
    console_chain(d, base, d.last);
*/
/*@
  requires base: base == 10 || base == 16;
  terminates \true;
  exits \false;
  assigns \nothing;
  ensures value: \result.rest[0] == value;
  ensures split: console_split_ok(\result, base);
*/
static struct console_digits console_split(uint64_t value, uint64_t base)
{
	struct console_digits d = {.rest = {value}, .last = 0};

	/*@ assert limit: console_limit(5) == 184467440737095; */
	/*@ assert limit: console_limit(10) == 1844674407; */
	/*@ assert limit: console_limit(15) == 18446; */
	/*@ assert limit: console_limit(19) == 1; */
	/*@
	  loop invariant bound: d.last < DIGITS && d.rest[d.last] <= console_limit(d.last);
	  loop invariant value: d.rest[0] == value && (d.last > 0 ==> d.rest[d.last] > 0);
	  loop invariant chain: console_chain(d, base, d.last);
	  loop assigns d;
	  loop variant DIGITS - d.last;
	*/
	while (d.rest[d.last] >= base) {
		/*@ assert room: d.last != DIGITS - 1; */
		d.rest[d.last + 1] = console_front(d.rest[d.last], base);
		d.last++;
	}
	return d;
}

/* The last digit is found first and sent last. */
/*@
  requires ready: ghcb_ready;
  requires base: base == 10 || base == 16;
  terminates \false;
  exits \false;
  assigns CONSOLE_ALL;
  ensures page: ghcb_same_page{Pre, Post};
  ensures shown: console_shows_number(value, base);
*/
static void console_number(uint64_t value, uint64_t base)
{
	struct console_digits d = console_split(value, base);
	uint32_t i;

	/*@ ghost console_sent.count = 0; */
	/*@ ghost console_sent.number = 0; */
	/*@
	  loop invariant bound: i <= d.last + 1;
	  loop invariant page: ghcb_same_page{Pre, Here};
	  loop invariant count: console_sent.count == d.last + 1 - i;
	  loop invariant number: console_sent.number == (i > d.last ? 0 : d.rest[i]);
	  loop invariant digits: console_digits_sent(console_sent.count, base);
	  loop invariant first: i <= d.last && d.last > 0 ==> console_sent.byte[0] != '0';
	  loop assigns i, CONSOLE_ALL;
	  loop variant i;
	*/
	for (i = d.last + 1; i > 0; i--) {
		uint64_t last = console_last(d.rest[i - 1], base);
		uint8_t digit = console_digit(last);

		/*@ assert digit: console_is_digit(digit, base); */
		/*@ assert join: console_join(console_sent.number, last, base) == d.rest[i - 1]; */
		console_byte(digit);
		/*@ ghost console_sent.number =
		      (base == 16 ? console_sent.number * 16 : console_sent.number * 10) +
		      (digit <= '9' ? digit - '0' : digit - 'a' + 10); */
	}
}

void console_hex(uint64_t value)
{
	console_number(value, 16);
}

void console_decimal(uint64_t value)
{
	console_number(value, 10);
}

void console_end(void)
{
	/*@ ghost console_sent.count = 0; */
	console_byte('\r');
	console_byte('\n');
}
