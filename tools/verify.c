/* `verismo verify`: a person's or a program's answer to "is this attestation report good?" */
#include "verify.h"

/* The trusted roots first: they are preferred to others of the same name. */
static int read_certs(const struct verify_spec *spec, struct certs *certs)
{
	int code = TOOL_OK;

	for (uint32_t i = 0; !code && i < spec->ark.count; i++) {
		code = certs_read(spec->ark.path[i], certs);
	}
	for (uint32_t i = 0; !code && i < spec->cert.count; i++) {
		code = certs_read(spec->cert.path[i], certs);
	}
	for (uint32_t i = 0; !code && i < spec->table.count; i++) {
		code = certs_read_table(spec->table.path[i], certs);
	}
	return code;
}

int command_verify(int argc, char **argv)
{
	static struct verify_spec spec;
	static struct verdict verdict;
	struct certs certs = {.count = 0};
	struct snp_report report;
	enum tcb_layout layout;
	int code = verify_options(argc, argv, &spec);

	if (code) {
		return code < 0 ? TOOL_OK : code;
	}
	code = verify_files(&spec);
	if (!code) {
		code = report_read(spec.report, &report);
	}
	if (!code) {
		code = read_certs(&spec, &certs);
	}
	if (!code) {
		code = verify_all(&spec, &certs, &report, &verdict, &layout);
	}
	if (!code && spec.json) {
		code = verdict_print_json(&verdict, &report, layout);
	} else if (!code) {
		code = verdict_print(&verdict, &report, layout, spec.fields);
	}
	certs_free(&certs);
	return code;
}
