/*
 * Everybody else, between two steps of this CPU: any number of steps of the host, of VMPL1..3 and of the
 * module's other CPUs, in any order, with any operands.
 */
#ifndef THEOREM_ENVIRONMENT_H
#define THEOREM_ENVIRONMENT_H

#include <theorem/ops.h>
#include <theorem/steps.h>

/*@
  // A frame that this CPU holds stays where it is.
  predicate homes_kept(struct homes a, struct homes b, struct hw_tokens k) =
    \forall integer q; 0 <= q < HW_PFNS && k.held[q] == 1 ==> b.spfn[q] == a.spfn[q];
*/
#define HW_INTERFERENCE machine, dram, table, homes, labels, others, hw_pages, hw_world

/*@
  WORLD_REQUIRES
  terminates \true;
  exits \false;
  assigns HW_INTERFERENCE;
  WORLD_ENSURES
  ensures rely: hw_rely{Pre, Post}(0, 0);
  ensures homes: homes_kept(\old(homes), homes, hw_tokens);
  ensures labels: labels_less(\old(labels), labels);
*/
void environment(void);

/* Any value: what the others choose. */
/*@
  terminates \true;
  exits \false;
  assigns \result \from hw_world;
*/
uint64_t any_value(void);

#endif
