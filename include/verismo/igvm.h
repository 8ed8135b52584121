/* IGVM file format, version 1 (Microsoft igvm_defs): the records this project emits and reads. */
#ifndef VERISMO_IGVM_H
#define VERISMO_IGVM_H

#include <stdint.h>

#define IGVM_MAGIC	    0x4d564749U /* "IGVM" */
#define IGVM_FORMAT_VERSION 1U

struct igvm_header {
	uint32_t magic;
	uint32_t format_version;
	uint32_t variable_header_offset; /* bytes; 24 */
	uint32_t variable_header_size;	 /* bytes */
	uint32_t total_file_size;	 /* bytes */
	uint32_t checksum; /* CRC-32 over this header with checksum 0 and all variable headers */
};
struct igvm_record {
	uint32_t type;
	uint32_t length; /* bytes of the body; the record is padded to 8 */
};

#define IGVM_SUPPORTED_PLATFORM 0x001U
#define IGVM_GUEST_POLICY	0x101U
#define IGVM_PARAMETER_AREA	0x301U
#define IGVM_PAGE_DATA		0x302U
#define IGVM_PARAMETER_INSERT	0x303U
#define IGVM_VP_CONTEXT		0x304U
#define IGVM_REQUIRED_MEMORY	0x305U
#define IGVM_VP_COUNT		0x307U
#define IGVM_ENVIRONMENT_INFO	0x313U
#define IGVM_MEMORY_MAP		0x30cU
#define IGVM_OPTIONAL		0x80000000U

#define IGVM_PLATFORM_SEV_SNP 2U

struct igvm_supported_platform {
	uint32_t mask;
	uint8_t highest_vtl;
	uint8_t platform;
	uint16_t version;
	uint64_t shared_gpa_boundary;
};
struct igvm_guest_policy {
	uint64_t policy;
	uint32_t mask;
	uint32_t reserved;
};
struct igvm_parameter_area {
	uint64_t size; /* bytes */
	uint32_t index;
	uint32_t file_offset; /* 0 = zeros */
};
struct igvm_page_data {
	uint64_t gpa;
	uint32_t mask;
	uint32_t file_offset; /* 0 = zero page */
	uint32_t flags;
	uint16_t data_type;
	uint16_t reserved;
};
#define IGVM_PAGE_2M	     0x1U
#define IGVM_PAGE_UNMEASURED 0x2U
#define IGVM_PAGE_SHARED     0x4U
#define IGVM_DATA_NORMAL     0U
#define IGVM_DATA_SECRETS    1U
#define IGVM_DATA_CPUID	     2U
struct igvm_parameter_insert {
	uint64_t gpa;
	uint32_t mask;
	uint32_t index;
};
struct igvm_vp_context {
	uint64_t gpa;
	uint32_t mask;
	uint32_t file_offset;
	uint16_t vp_index;
	uint16_t reserved;
	uint32_t pad; /* not counted in length (20 bytes) */
};
struct igvm_required_memory {
	uint64_t gpa;
	uint32_t mask;
	uint32_t size; /* bytes */
	uint32_t flags;
	uint32_t reserved;
};
struct igvm_parameter { /* VP_COUNT, MEMORY_MAP, ENVIRONMENT_INFO */
	uint32_t index;
	uint32_t offset; /* bytes into the area */
};
struct igvm_memory_map_entry {
	uint64_t start; /* 4K page number */
	uint64_t pages; /* 0 ends the list */
	uint16_t type;
	uint16_t flags;
	uint32_t reserved;
};
#define IGVM_MEMORY	     0U
#define IGVM_MEMORY_RESERVED 1U
#define IGVM_MEMORY_ENTRIES  (4096U / sizeof(struct igvm_memory_map_entry))

#define IGVM_VMSA_GPA 0xfffffffff000UL /* fixed by KVM; part of the launch digest */

_Static_assert(sizeof(struct igvm_header) == 24, "igvm_header");
_Static_assert(sizeof(struct igvm_supported_platform) == 16, "igvm_supported_platform");
_Static_assert(sizeof(struct igvm_guest_policy) == 16, "igvm_guest_policy");
_Static_assert(sizeof(struct igvm_parameter_area) == 16, "igvm_parameter_area");
_Static_assert(sizeof(struct igvm_page_data) == 24, "igvm_page_data");
_Static_assert(sizeof(struct igvm_parameter_insert) == 16, "igvm_parameter_insert");
_Static_assert(sizeof(struct igvm_vp_context) == 24, "igvm_vp_context");
_Static_assert(sizeof(struct igvm_required_memory) == 24, "igvm_required_memory");
_Static_assert(sizeof(struct igvm_memory_map_entry) == 24, "igvm_memory_map_entry");

#endif
