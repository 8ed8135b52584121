/* Exit codes of the emulator; `verismo run` maps them to messages. QEMU's status = 2 * code + 1. */
#ifndef EMULATOR_EXIT_H
#define EMULATOR_EXIT_H

#define EXIT_GUEST_OK	     0 /* verdict 0 of the guest; an attack ended as it has to */
#define EXIT_GUEST_FAILED    1 /* verdict 1..15 of the guest */
#define EXIT_GUEST_MAX	     15
#define EXIT_GUEST_SHUTDOWN  16 /* triple fault or shutdown without a verdict */
#define EXIT_GUEST_TERMINATE 17 /* the guest OS asked for termination (GHCB MSR 0x100) */
#define EXIT_MODULE_STOPPED  18 /* the module failed closed (GHCB MSR 0x100 from VMPL0) */
#define EXIT_NPF_UNRESOLVED  19 /* a vCPU touched what the host does not give it */
#define EXIT_ATTACK_WON	     20 /* an attack scenario reached its goal */
#define EXIT_TIMEOUT	     21
#define EXIT_BAD_IMAGE	     32 /* malformed IGVM */
#define EXIT_BAD_CONFIG	     33 /* memory, CPU count or option not possible */
#define EXIT_EMULATOR	     34 /* the emulator's own failure */

/* Ports of the emulated platform that guests may use besides the UART at 0x3f8. */
#define PORT_VERDICT 0xf4  /* OUT8: end the VM with this verdict (0 = good) */
#define PORT_COLLUDE 0x5a0 /* emulator/collude.h: IN8 the attack, OUT32 a step of it */

#endif
