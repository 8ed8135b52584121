/*
 * What a hostile host does beyond the honest one: scenarios that a colluding guest steps through by
 * PORT_COLLUDE. The honest host has none. Internal to host/.
 */
#ifndef EMULATOR_HOST_POLICY_H
#define EMULATOR_HOST_POLICY_H

#include <stdint.h>

/* OUT32 to PORT_COLLUDE: what to do, and to which page. */
#define COLLUDE_STEP(value)    ((value) >> 24)
#define COLLUDE_GPA(value)     ((uint64_t)((value)&0xffffffU) << 12)
#define COLLUDE_SWAP	       1U /* page-swap: the secrets' frame behind this GPA */
#define COLLUDE_DOUBLE_MAP     2U /* double-map: a second frame behind this GPA */
#define COLLUDE_DOUBLE_RESTORE 3U /* double-map: the first frame again */

#define VERDICT_ATTACK_WON 4U /* PORT_VERDICT of the attack guest */

int policy_choose(const char *name); /* 1 = no such attack */
const char *policy_name(void);
uint32_t policy_number(void); /* 0 = honest */
void policy_step(uint32_t value);
int policy_has_won(uint32_t verdict);

/* attack_*.c */
void attack_page_swap(uint64_t gpa);
void attack_double_map(uint64_t gpa);
void attack_double_restore(uint64_t gpa);

#endif
