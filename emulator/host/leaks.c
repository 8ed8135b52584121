/* What a host can see of the secure processor's keys: nothing, in any shared page of the VM. */
#include <string.h>
#include "emulator/test_key.h"
#include "host.h"
#include "policy.h"

#define KEY_BYTES (sizeof(TEST_KEY_TEXT) - 1)

static int has_key(const uint8_t *page)
{
	for (uint64_t i = 0; i + KEY_BYTES <= PAGE_SIZE; i++) {
		if (page[i] == TEST_KEY_TEXT[0] &&
		    memcmp(page + i, TEST_KEY_TEXT, KEY_BYTES) == 0) {
			return 1;
		}
	}
	return 0;
}

/* Private pages show ciphertext, shared ones what is in them. */
static int shows_key(uint64_t gpa)
{
	static uint8_t page[PAGE_SIZE];
	uint32_t size;
	uint64_t frame = host_frame(gpa);

	return frame != NO_GPA && !svm_assigned(frame, &size) &&
	       host_read(frame, page, sizeof(page)) == 0 && has_key(page);
}

int policy_leaks(void)
{
	for (uint32_t i = 0; i < HOST_RANGES; i++) {
		uint64_t end = host_range_start(i) + host_range_size(i);

		for (uint64_t gpa = host_range_start(i); gpa < end; gpa += PAGE_SIZE) {
			if (shows_key(gpa)) {
				return 1;
			}
		}
	}
	return 0;
}
