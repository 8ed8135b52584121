/* What the rows of the table of powers share: choosing pages, and the rows themselves (sim/powers.h). */
#ifndef SIM_POWERS_ROWS_H
#define SIM_POWERS_ROWS_H

#include "sim/powers.h"

#define GPA(pfn)   ((pfn)*PAGE_SIZE)
#define FRAME(pfn) (HW_MACHINE_BASE + (pfn))
#define LIST_PAGE  0x120UL /* and the one after it: lists of calls lie here */
#define LIST_PAGES 2UL

/* A page that everything is about; it is touched. */
uint64_t power_page(struct choice_source *c);
/* One that has this state in the ownership table now, if there is one, but for one time in eight. */
uint64_t power_page_in(struct choice_source *c, uint32_t state);
/* A 2M region: one that was private or one that was shared; pfn of its head. 0 = this run has none. */
uint64_t power_region(struct choice_source *c);
/* The host, or a shared access of the guest, gets this word; a secret of the module must not be. */
void power_sees_host(uint64_t spfn, uint64_t word, uint64_t value);

/* For power_sees_host: the frame that stands for the GHCB page of CPU 0. */
#define SEES_GHCB MACHINE_FRAMES
/* VMRUN. 1 = a vCPU of the guest runs now, at *vmpl; its page stays in use. */
int power_vmrun(struct choice_source *c, uint64_t spfn, uint32_t *vmpl);
/* A new run: none of them runs. */
void power_nobody_runs(void);
/* The guest has changed permissions of less privileged levels itself. */
void power_adjusted(uint64_t pfn, uint32_t size, uint64_t attributes);

#define POWER_ACT(name) void name(struct choice_source *c)
/* The host: powers_host.c */
POWER_ACT(host_rmp_assign);
POWER_ACT(host_rmp_unassign);
POWER_ACT(host_rmp_firmware);
POWER_ACT(host_rmp_immutable);
POWER_ACT(host_rmp_large);
POWER_ACT(host_psmash);
POWER_ACT(host_nested_other);
POWER_ACT(host_nested_unmap);
POWER_ACT(host_nested_large);
POWER_ACT(host_nested_honest);
POWER_ACT(host_fresh_frame);
POWER_ACT(host_offer_secret);
POWER_ACT(host_swap_frames);
POWER_ACT(host_write);
POWER_ACT(host_read);
POWER_ACT(host_ghcb_write);
POWER_ACT(host_ghcb_read);
POWER_ACT(host_vmrun);
POWER_ACT(host_vmexit);
/* The host at an exit: powers_exit.c */
POWER_ACT(exit_run);
POWER_ACT(exit_run_other);
POWER_ACT(exit_run_any);
POWER_ACT(exit_interrupt);
POWER_ACT(exit_nobody);
POWER_ACT(exit_refuse);
POWER_ACT(exit_unmarked);
POWER_ACT(exit_garbage);
/* The guest: powers_guest.c */
POWER_ACT(guest_read);
POWER_ACT(guest_read_shared);
POWER_ACT(guest_write);
POWER_ACT(guest_write_shared);
POWER_ACT(guest_fetch);
POWER_ACT(guest_edit_vmsa);
POWER_ACT(guest_store_list);
POWER_ACT(guest_store_caa);
POWER_ACT(guest_rmpadjust);
POWER_ACT(guest_pvalidate);
POWER_ACT(guest_rmpquery);
POWER_ACT(guest_flush);
/* The guest's calls: powers_call.c */
POWER_ACT(call_remap);
POWER_ACT(call_validate);
POWER_ACT(call_rescind);
POWER_ACT(call_list);
POWER_ACT(call_large);
POWER_ACT(call_create);
POWER_ACT(call_create_again);
POWER_ACT(call_delete);
POWER_ACT(call_query);
POWER_ACT(call_vtom);
POWER_ACT(call_unknown);
POWER_ACT(call_nothing);

#endif
