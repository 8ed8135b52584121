/* What a test page holds if it is no VMSA: code for fetches, and data. Bytes. */
#ifndef GUEST_MACHINE_AREA_LAYOUT_H
#define GUEST_MACHINE_AREA_LAYOUT_H

#define AREA_RET_OFFSET	 0U  /* RET */
#define AREA_UD_OFFSET	 16U /* UD2 */
#define AREA_DATA_OFFSET 64U /* TEST_DATA */
#define AREA_DATA_WORD	 (AREA_DATA_OFFSET / 8)

#endif
