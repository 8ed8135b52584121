/* kvm-clock: the guest learns time and TSC frequency from a shared page (KVM's msr documentation). */
#include "cpu.h"
#include "ghcb.h"

#define MSR_WALL_CLOCK	0x4b564d00U
#define MSR_SYSTEM_TIME 0x4b564d01U
#define ENABLE		1UL
#define TSC_STABLE	1U
#define NANOSECONDS	1000000000UL

struct system_time {
	uint32_t version; /* even: complete */
	uint32_t pad0;
	uint64_t tsc_timestamp;
	uint64_t system_time; /* ns at tsc_timestamp */
	uint32_t tsc_to_system_mul;
	int8_t tsc_shift;
	uint8_t flags;
	uint8_t pad[2];
};
_Static_assert(sizeof(struct system_time) == 32, "pvclock_vcpu_time_info");

struct wall_clock {
	uint32_t version;
	uint32_t seconds; /* UTC at system time 0 */
	uint32_t nanoseconds;
};

/* ns = ((tsc << shift) * mul) >> 32, a negative shift to the right. */
static void scale(struct system_time *t, uint64_t hertz)
{
	while (hertz > 2 * NANOSECONDS) {
		hertz >>= 1;
		t->tsc_shift--;
	}
	while (hertz <= NANOSECONDS) {
		hertz <<= 1;
		t->tsc_shift++;
	}
	t->tsc_to_system_mul = (uint32_t)((NANOSECONDS << 32) / hertz);
}

/* System time is the TSC since reset on every CPU: equal everywhere, so it can be called stable. */
static int give_system_time(uint64_t gpa)
{
	struct system_time t = {.version = 2, .flags = TSC_STABLE};

	scale(&t, svm_tsc_khz() * 1000);
	return host_write_gpa(gpa, &t, sizeof(t));
}

/* ---- wall clock: QEMU's RTC, read once ---- */

#define RTC_INDEX  0x70U
#define RTC_DATA   0x71U
#define RTC_A	   0x0aU
#define RTC_UPDATE 0x80U

static uint32_t rtc(uint8_t reg)
{
	svm_out8(RTC_INDEX, reg);
	return svm_in8(RTC_DATA);
}

static uint32_t rtc_decimal(uint8_t reg)
{
	uint32_t bcd = rtc(reg);

	return (bcd >> 4) * 10 + (bcd & 15);
}

/* Days from 1970-01-01 to a day of 2000..2099. */
static uint64_t days(uint32_t year, uint32_t month, uint32_t day)
{
	static const uint16_t before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	uint64_t leap = year / 4 + (year % 4 || month > 2 ? 1 : 0);

	return 10957 + 365UL * year + leap + before[(month + 11) % 12] + day - 1;
}

static uint64_t rtc_seconds(void)
{
	uint64_t date;

	for (uint32_t i = 0; i < 10000 && rtc(RTC_A) & RTC_UPDATE; i++) {
	}
	date = days(rtc_decimal(9), rtc_decimal(8), rtc_decimal(7));
	return date * 86400 + rtc_decimal(4) * 3600UL + rtc_decimal(2) * 60UL + rtc_decimal(0);
}

static int give_wall_clock(uint64_t gpa)
{
	struct wall_clock w = {.version = 2};
	uint64_t up = svm_tsc() / (svm_tsc_khz() * 1000);

	host_lock(); /* the RTC's index register is one for all */
	w.seconds = (uint32_t)(rtc_seconds() - up);
	host_unlock();
	return host_write_gpa(gpa, &w, sizeof(w));
}

int clock_read(struct host_cpu *c, uint32_t msr, uint64_t *value)
{
	if (msr != MSR_WALL_CLOCK && msr != MSR_SYSTEM_TIME) {
		return 1;
	}
	*value = msr == MSR_WALL_CLOCK ? c->wall_clock : c->system_time;
	return 0;
}

int clock_write(struct host_cpu *c, uint32_t msr, uint64_t value)
{
	if (msr == MSR_WALL_CLOCK) {
		c->wall_clock = value;
		return give_wall_clock(value);
	}
	if (msr != MSR_SYSTEM_TIME) {
		return 1;
	}
	c->system_time = value;
	return value & ENABLE ? give_system_time(value & ~ENABLE) : 0;
}
