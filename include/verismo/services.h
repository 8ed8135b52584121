/*
 * The VeriSMo protocol of the SVSM: measurement, code integrity, secrets (docs/verismo-protocol.md). Each
 * call has one page of the guest as its operand, which is its result too. Offsets and sizes are bytes,
 * numbers little endian.
 */
#ifndef VERISMO_SERVICES_H
#define VERISMO_SERVICES_H

#define SVSM_PROTOCOL_VERISMO 0x56455249UL /* "VERI" */
#define VERISMO_VERSION	      1UL

#define VERISMO_STATUS	0UL
#define VERISMO_EXTEND	1UL
#define VERISMO_READ	2UL
#define VERISMO_LOCK	3UL
#define VERISMO_LOCKED	4UL
#define VERISMO_SEAL	5UL
#define VERISMO_UNSEAL	6UL
#define VERISMO_KEYGEN	7UL
#define VERISMO_ENCRYPT 8UL
#define VERISMO_DECRYPT 9UL
#define VERISMO_KEYDROP 10UL
#define VERISMO_RANDOM	11UL
#define VERISMO_DERIVE	12UL

/* Errors of the protocol's own. */
#define VERISMO_ALREADY_LOCKED 0x80001001UL
#define VERISMO_NO_PROCESSOR                                                                       \
	0x80001002UL		       /* the secure processor refused, or its channel is closed */
#define VERISMO_BAD_BLOB  0x80001003UL /* altered, or sealed by another launch, level or state */
#define VERISMO_NO_KEY	  0x80001004UL /* no such key, or no room for another one */
#define VERISMO_NO_RANDOM 0x80001005UL /* the CPU gives no random numbers */

/* STATUS: RCX. */
#define STATUS_LOCKED	 0x01UL /* the kernel is locked */
#define STATUS_PROCESSOR 0x02UL /* the secure processor can be asked */

/* Measurement registers. */
#define REGISTERS	 24U
#define DIGEST_SIZE	 48U /* SHA-384 */
#define REGISTER_KERNEL	 0U  /* what the launch has extended */
#define REGISTER_INITRD	 1U
#define REGISTER_CMDLINE 2U
#define LAUNCH_REGISTERS 3U
#define EXTEND_REGISTER	 0U /* u32 */
#define EXTEND_ZERO	 4U /* u32 */
#define EXTEND_DIGEST	 8U
#define EXTEND_SIZE	 (EXTEND_DIGEST + DIGEST_SIZE)
#define READ_SIZE	 (REGISTERS * DIGEST_SIZE)

/* LOCK: u16 count, 6 bytes zero, then entries, ascending and apart. */
#define LOCK_COUNT	0U
#define LOCK_ENTRIES	8U
#define LOCK_ENTRY_SIZE 8U
#define LOCK_MAX	511U
#define LOCK_PERM_R	1U /* [3:0] of an entry: permissions that stay; never W, one X at most */
#define LOCK_PERM_UX	4U
#define LOCK_PERM_SX	8U
#define LOCK_PFN_SHIFT	12U /* [51:12]; [11:4] zero */
#define LOCK_MORE_SHIFT 52U /* [63:52]: 4K frames less one */

/* SEAL, ENCRYPT: data; UNSEAL, DECRYPT: a blob. */
#define DATA_SIZE_AT 0U /* u32 */
#define DATA_MASK_AT 4U /* u32: bit n = register n; ENCRYPT: zero */
#define DATA_AT	     8U
#define DATA_MAX     4032U
#define BLOB_MAGIC   0U	 /* u64 */
#define BLOB_MASK    8U	 /* u32 */
#define BLOB_SIZE    12U /* u32: of the data */
#define BLOB_SALT    16U /* 32 bytes */
#define BLOB_AAD     48U /* bytes that the tag covers besides the data */
#define BLOB_TAG     48U /* 16 bytes */
#define BLOB_DATA    64U
#define BLOB_SEALED  0x314c4145534d5356UL /* "VSMSEAL1" */
#define BLOB_CRYPTED 0x31505952434d5356UL /* "VSMCRYP1" */
#define KEY_SLOTS    16U
#define KEY_SIZE     32U
/* DERIVE: mask at DATA_MASK_AT, context of 32 bytes at DATA_AT; the key at 0. */
#define DERIVE_CONTEXT 32U

/* The quote: attestation protocol (AMD 58019, chapter 7), service with this GUID, manifest version 0. In
 * the byte order of EFI: 5c1f2d0a-8b3e-4f6c-9d27-3e6a41b07c58. */
#define QUOTE_GUID_LOW	   0x4f6c8b3e5c1f2d0aUL
#define QUOTE_GUID_HIGH	   0x587cb0416a3e279dUL
#define QUOTE_MAGIC	   0x45544f55514d5356UL /* "VSMQUOTE" */
#define QUOTE_VERSION	   1U
#define QUOTE_MAGIC_AT	   0x00U
#define QUOTE_VERSION_AT   0x08U /* u32 */
#define QUOTE_COUNT_AT	   0x0cU /* u32: REGISTERS */
#define QUOTE_FLAGS_AT	   0x10U /* u32: bit 0 locked */
#define QUOTE_ENTRIES_AT   0x14U /* u32: of the lock's list */
#define QUOTE_FRAMES_AT	   0x18U /* u64: 4K frames locked */
#define QUOTE_LIST_AT	   0x20U /* SHA-384 of the list, count and all; zeros if not locked */
#define QUOTE_REGISTERS_AT 0x50U
#define QUOTE_SIZE	   (QUOTE_REGISTERS_AT + READ_SIZE)

#endif
