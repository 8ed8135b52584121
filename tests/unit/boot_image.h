/* The launch pages as tests write them; module/boot sees them as constants. */
#ifndef TESTS_UNIT_BOOT_IMAGE_H
#define TESTS_UNIT_BOOT_IMAGE_H

#include <stdint.h>

extern uint64_t boot_table_pfns; /* what hw_table_place was told */

#endif
