/* The module's log: short lines to the serial port at 0x3f8, through the GHCB page. Nothing secret
 * is ever passed to it. Needs ghcb_register on this CPU. */
#ifndef MODULE_HOST_CONSOLE_H
#define MODULE_HOST_CONSOLE_H

#include <stdint.h>
#include "module/host/ghcb.h"

#define CONSOLE_PORT 0x3f8U
#define CONSOLE_LINE 100U /* longer strings are cut */
#define CONSOLE_END  2U	  /* bytes of the end of a line */

/* What the last call of a function below has sent; for contracts alone. */
struct console_sent {
	uint32_t count;
	uint8_t byte[CONSOLE_LINE + CONSOLE_END];
	uint64_t number; /* that the digits make, read from left to right */
};
/*@ ghost struct console_sent console_sent; */
/* For assigns clauses. */
#define CONSOLE_ALL console_sent, GHCB_ALL

/*@
  // The byte that a char stands for; a digit and its worth.
  logic integer console_code(integer c) = c < 0 ? c + 256 : c;
  predicate console_is_digit(integer code, integer base) =
    '0' <= code <= '9' || (base == 16 && 'a' <= code <= 'f');
  logic integer console_worth(integer code) = code <= '9' ? code - '0' : code - 'a' + 10;

  logic integer console_cut(integer count) = count < CONSOLE_LINE ? count : CONSOLE_LINE;
  predicate console_shows(char *text, integer count) = \forall integer i; 0 <= i < count ==>
    console_sent.byte[i] == console_code(text[i]);
  predicate console_digits_sent(integer count, integer base) = \forall integer i; 0 <= i < count ==>
    console_is_digit(console_sent.byte[i], base);
  // Digits alone, without leading zeros.
  predicate console_shows_number(integer value, integer base) =
    1 <= console_sent.count <= 20 && console_sent.number == value &&
    console_digits_sent(console_sent.count, base) &&
    (console_sent.count > 1 ==> console_sent.byte[0] != '0');
*/

/* The first count bytes of text, CONSOLE_LINE at most. */
/*@
  requires ready: ghcb_ready;
  requires text: \valid_read(text + (0 .. count - 1));
  terminates \false;
  exits \false;
  assigns CONSOLE_ALL;
  ensures page: ghcb_same_page{Pre, Post};
  ensures count: console_sent.count == console_cut(count);
  ensures bytes: console_shows(text, console_sent.count);
*/
void console_bytes(const char *text, uint32_t count);
/* A string literal. */
#define console_text(literal) console_bytes("" literal, sizeof(literal) - 1)
/* Hexadecimal, decimal. */
/*@
  requires ready: ghcb_ready;
  terminates \false;
  exits \false;
  assigns CONSOLE_ALL;
  ensures page: ghcb_same_page{Pre, Post};
  ensures shown: console_shows_number(value, 16);
*/
void console_hex(uint64_t value);
/*@
  requires ready: ghcb_ready;
  terminates \false;
  exits \false;
  assigns CONSOLE_ALL;
  ensures page: ghcb_same_page{Pre, Post};
  ensures shown: console_shows_number(value, 10);
*/
void console_decimal(uint64_t value);
/* CR LF */
/*@
  requires ready: ghcb_ready;
  terminates \false;
  exits \false;
  assigns CONSOLE_ALL;
  ensures page: ghcb_same_page{Pre, Post};
  ensures end: console_sent.count == 2 && console_sent.byte[0] == '\r' && console_sent.byte[1] == '\n';
*/
void console_end(void);
/* A string literal and the end of the line. */
#define console_line(literal) (console_text(literal), console_end())

#endif
