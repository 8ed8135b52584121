/*
 * What the attack guest (guest/attack/) and the hostile host (emulator/host/attack_*.c) say to each other by
 * PORT_COLLUDE: which attack is on, and when it is whose turn. The attacks are those of
 * emulator/host/attacks.list, from which the build makes emulator/host/attacks.h.
 */
#ifndef EMULATOR_COLLUDE_H
#define EMULATOR_COLLUDE_H

#include <stdint.h>

/* IN8 of PORT_COLLUDE. */
enum attack {
	ATTACK_NONE,
#define ATTACK(symbol, name, colludes, end, tried) ATTACK_##symbol,
#include "emulator/host/attacks.h"
#undef ATTACK
	ATTACKS
};

/* OUT32 to PORT_COLLUDE: a step, and the page that it is about. */
#define COLLUDE(step, gpa)  ((uint32_t)(step) << 24 | (uint32_t)((gpa) >> 12))
#define COLLUDE_STEP(value) ((value) >> 24)
#define COLLUDE_GPA(value)  ((uint64_t)((value)&0xffffffU) << 12)
#define COLLUDE_BEGIN	    1U /* the guest is ready: attack this page, or from the next exit on */
#define COLLUDE_BACK	    2U /* put the first frame behind this page again */
#define COLLUDE_TOUCH	    3U /* the guest is about to touch this page */

/* What the guest writes into a page that the host must not see, and the host into one that the guest must not. */
#define COLLUDE_CANARY 0x79726e6163207247UL
#define COLLUDE_MARK   0x6b72616d2074736fUL

/* OUT8 to PORT_VERDICT. */
#define VERDICT_REFUSED 0U
#define VERDICT_BROKEN	1U /* the scenario could not be played */
#define VERDICT_WON	4U

#endif
