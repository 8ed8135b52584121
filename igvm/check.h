/* The records of a file whose header is good: what the files of the reader share. */
#ifndef IGVM_CHECK_H
#define IGVM_CHECK_H

#include <igvm/fields.h>
#include <igvm/igvm.h>

#define U16(item, kind, member) field16((item)->body + offsetof(struct kind, member))
#define U32(item, kind, member) field32((item)->body + offsetof(struct kind, member))
#define U64(item, kind, member) field64((item)->body + offsetof(struct kind, member))

struct range {
	uint64_t gpa;
	uint64_t bytes; /* 0: unused */
};
struct check {
	const struct igvm_file *file;
	uint32_t mask;	  /* of the platform */
	uint32_t section; /* of the record before: 0 platform, 1 initialisation, 2 directives */
	uint32_t platforms;
	uint32_t policies;
	uint32_t contexts;
	uint32_t cpuid_pages;
	uint32_t secrets_pages;
	uint64_t page_end;		 /* end of the highest page so far */
	uint64_t context_gpa;		 /* of the VP context */
	uint64_t area[IGVM_AREAS];	 /* bytes of each declared parameter area, or 0 */
	struct range insert[IGVM_AREAS]; /* where each area is inserted */
};

uint32_t igvm_ranges_meet(struct range a, struct range b);

/* The rules for one known record of sufficient length, given those before it; takes note of it. */
const char *igvm_check_record(struct check *c, const struct igvm_item *item);

/* The rules of igvm_open for the records, in file order and over all of them. 0 or a reason. */
const char *igvm_check(const struct igvm_file *f);

/* IGVM_OPTIONAL if the record may be passed over by who does not know it, else 0. */
uint32_t igvm_optional(const struct igvm_item *item);

#endif
