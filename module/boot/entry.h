/*
 * Numbers that entry.S needs in a form the assembler reads; boot.c holds each of them against the
 * published header it stands for.
 */
#ifndef MODULE_BOOT_ENTRY_H
#define MODULE_BOOT_ENTRY_H

#define ENTRY_MSR_GHCB	0xc0010130
#define ENTRY_CODE	0x08
#define ENTRY_STACK_TOP 0x5000 /* guard and normal stack of CPU 0 */

#endif
