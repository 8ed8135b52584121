/* The VMSA page, byte offsets (manual volume 2, table B-4). All fields little endian. */
#ifndef VERISMO_VMSA_H
#define VERISMO_VMSA_H

/* Segments: u16 selector, u16 attributes, u32 limit, u64 base. */
#define VMSA_ES		   0x000
#define VMSA_CS		   0x010
#define VMSA_SS		   0x020
#define VMSA_DS		   0x030
#define VMSA_FS		   0x040
#define VMSA_GS		   0x050
#define VMSA_GDTR	   0x060
#define VMSA_LDTR	   0x070
#define VMSA_IDTR	   0x080
#define VMSA_TR		   0x090
#define VMSA_VMPL	   0x0ca /* u8 */
#define VMSA_CPL	   0x0cb /* u8 */
#define VMSA_EFER	   0x0d0
#define VMSA_XSS	   0x140
#define VMSA_CR4	   0x148
#define VMSA_CR3	   0x150
#define VMSA_CR0	   0x158
#define VMSA_DR7	   0x160
#define VMSA_DR6	   0x168
#define VMSA_RFLAGS	   0x170
#define VMSA_RIP	   0x178
#define VMSA_DR0	   0x180
#define VMSA_RSP	   0x1d8
#define VMSA_RAX	   0x1f8
#define VMSA_STAR	   0x200
#define VMSA_LSTAR	   0x208
#define VMSA_CSTAR	   0x210
#define VMSA_SFMASK	   0x218
#define VMSA_KERNEL_GS	   0x220
#define VMSA_SYSENTER_CS   0x228
#define VMSA_SYSENTER_ESP  0x230
#define VMSA_SYSENTER_EIP  0x238
#define VMSA_CR2	   0x240
#define VMSA_PAT	   0x268
#define VMSA_RCX	   0x308
#define VMSA_RDX	   0x310
#define VMSA_RBX	   0x318
#define VMSA_RBP	   0x328
#define VMSA_RSI	   0x330
#define VMSA_RDI	   0x338
#define VMSA_R8		   0x340
#define VMSA_R9		   0x348
#define VMSA_R10	   0x350
#define VMSA_R15	   0x378
#define VMSA_EXITINFO1	   0x390
#define VMSA_EXITINFO2	   0x398
#define VMSA_EXITINTINFO   0x3a0
#define VMSA_SEV_FEATURES  0x3b0
#define VMSA_VINTR_CTRL	   0x3b8
#define VMSA_EXITCODE	   0x3c0
#define VMSA_EVENT_INJ	   0x3e0
#define VMSA_XCR0	   0x3e8
#define VMSA_X87_DP	   0x400
#define VMSA_MXCSR	   0x408 /* u32 */
#define VMSA_X87_FTW	   0x40c /* u16 */
#define VMSA_X87_FSW	   0x40e /* u16 */
#define VMSA_X87_FCW	   0x410 /* u16 */
#define VMSA_X87_REGISTERS 0x420 /* 80 bytes */
#define VMSA_XMM	   0x470 /* 256 bytes */
#define VMSA_YMM	   0x570 /* 256 bytes */

#define VMSA_PAT_RESET	 0x0007040600070406UL
#define VMSA_MXCSR_RESET 0x1f80U
#define VMSA_FCW_RESET	 0x037fU
#define VMSA_DR6_RESET	 0xffff0ff0UL
#define VMSA_DR7_RESET	 0x400UL

#endif
