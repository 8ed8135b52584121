/* What the two halves of the contracts as checks share: the call, and what each page must be after it. */
#ifndef SIM_CONTRACTS_CALL_H
#define SIM_CONTRACTS_CALL_H

#include <stdint.h>
#include "module/guest/vcpu.h"
#include "sim/powers.h"
#include "sim/world.h"

enum content {
	CONTENT_SAME,
	CONTENT_ZERO,
	CONTENT_FREE, /* of a vCPU: what may change in it is not looked at here */
};
/* What a page must be after the call. */
struct contract_page {
	uint32_t call; /* the call that this is about: else nothing is known of the page */
	uint16_t entry;
	uint8_t changed;
	uint8_t content;
	uint64_t hash; /* before the call */
};
struct contract_call {
	int made; /* there is one to be looked at */
	struct sim_vcpu v;
	struct sim_registers in;
	struct sim_registers out;
	uint64_t caa; /* afterwards; pfn */
	uint64_t pending;
	int answered; /* 0: the vCPU has deleted itself */
	struct vcpu_table registry;
	uint64_t vmsa_words[PAGE_WORDS];
};

extern struct contract_page contract_pages[WORLD_FRAMES];
extern uint32_t contract_number; /* of the call */
extern struct contract_call contract;

/* Of permissions and content. */
uint64_t contract_hash(uint64_t pfn);
/* The page is known as it is now, if it is not known yet. */
void contract_remember(uint64_t pfn);
/* The level that the VMSA at the page says it is of. */
uint32_t contract_level(uint64_t vmsa);
/* The code that the call must give; contract.out, contract.caa and the pages say what else. */
uint64_t contract_expect(void);

#endif
