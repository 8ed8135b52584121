/* The records of a file whose header is good. */
#ifndef IGVM_CHECK_H
#define IGVM_CHECK_H

#include <igvm/igvm.h>

/* The rules of igvm_open for the records, in file order and over all of them. 0 or a reason. */
const char *igvm_check(const struct igvm_file *f);

/* IGVM_OPTIONAL if the record may be passed over by who does not know it, else 0. */
uint32_t igvm_optional(const struct igvm_item *item);

#endif
