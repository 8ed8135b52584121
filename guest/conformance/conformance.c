/* The conformance guest: every case of the SVSM calls that a guest can execute. */
#include "cases.h"

uint32_t guest_main(struct cpu *c)
{
	struct fixture f = {0};

	if (!fixture_open(&f, c)) {
		return 1;
	}
	print("conformance: VMPL%u, %u CPUs, SVSM at %lx, %lx bytes\n", c->vmpl, f.cpus,
	      svsm_place.base, svsm_place.size);
	cases_frame(&f);
	cases_query(&f);
	cases_remap(&f);
	cases_list(&f);
	cases_pvalidate(&f);
	cases_large(&f);
	cases_create(&f);
	cases_registry(&f);
	cases_delete(&f);
	fixture_close(&f);
	cases_smp(&f);
	cases_levels(&f);
	return report_end() != 0;
}
