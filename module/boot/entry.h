/*
 * Numbers that entry.S needs in a form the assembler reads; boot.c holds each of them against the
 * published header it stands for.
 */
#ifndef MODULE_BOOT_ENTRY_H
#define MODULE_BOOT_ENTRY_H

#define ENTRY_CPUID_PAGE   0x08001000
#define ENTRY_CPUID_MAX	   64
#define ENTRY_CPUID_FIRST  16
#define ENTRY_CPUID_SIZE   48
#define ENTRY_CPUID_EBX	   28
#define ENTRY_REGION	   0x08000000
#define ENTRY_REGION_SLOT  64
#define ENTRY_TABLE	   0x03 /* present, writable */
#define ENTRY_LARGE	   0x83 /* and a 2M page */
#define ENTRY_MSR_EFER	   0xc0000080
#define ENTRY_MSR_GHCB	   0xc0010130
#define ENTRY_EFER_LME_NXE 0x900
#define ENTRY_CR0_PG_WP_NE 0x80010020
#define ENTRY_CR4_PAE	   0x20
#define ENTRY_CODE	   0x08
#define ENTRY_DATA	   0x10
#define ENTRY_GDT_CODE	   0x00af9b000000ffff
#define ENTRY_GDT_DATA	   0x00cf93000000ffff
#define ENTRY_TERMINATE	   0x5100 /* set 5, request 0x100 */
#define ENTRY_BAD_CPUID	   0x03
#define ENTRY_BAD_CBIT	   0x04
#define ENTRY_STACK_TOP	   0x5000 /* guard and normal stack of CPU 0 */

#endif
