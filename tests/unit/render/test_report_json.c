// SPDX-License-Identifier: GPL-2.0-or-later
/* A report as JSON: everything that is there, nothing that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/alloc.h"
#include "render/report_json.h"
#include "report/kind.h"

static void ok(struct kd_error *err)
{
	if (err)
		fail_msg("%s", err->msg);
}

static void render(const struct kd_report *r, struct kd_buf *b)
{
	struct kd_json j;

	kd_json_init(&j, b, KD_JSON_COMPACT);
	kd_render_report_json(&j, r);
	ok(kd_json_finish(&j));
	kd_buf_addc(b, '\0');
}

static void has(const struct kd_buf *b, const char *text)
{
	if (!strstr(b->p, text))
		fail_msg("no %s in %s", text, b->p);
}

static void lacks(const struct kd_buf *b, const char *key)
{
	if (strstr(b->p, key))
		fail_msg("%s in %s", key, b->p);
}

static void absent_is_absent(void **state)
{
	static const char *const keys[] = {
		"\"cpu\"",      "\"pid\"",           "\"uid\"",       "\"comm\"",
		"\"release\"",  "\"taint\"",         "\"access\"",    "\"where\"",
		"\"guilty\"",   "\"location\"",      "\"caused_by\"", "\"repeat_of\"",
		"\"syscall\"",  "\"kernel_offset\"", "\"kind\"",      "\"oops_number\"",
		"\"hardware\"", "\"cpu_line\"",
	};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	struct kd_report r = {.title = KD_V("t"), .caused_by = -1, .outcome_line = -1};

	(void)state;
	render(&r, &b);
	for (size_t i = 0; i < KD_ARRAY_LEN(keys); i++)
		lacks(&b, keys[i]);
	has(&b, "\"title\":\"t\"");
	has(&b, "\"stacks\":[]");
	has(&b, "\"signatures\":{}");
	has(&b, "\"outcome\":\"unknown\"");
}

static const struct kd_kind kind = {
	.name = "kasan", .family = "sanitizer", .words = "w", .pcclass = KD_PCC_REPORTER};

static struct kd_rline lines[] = {
	{.off = 100,
	 .no = 7,
	 .len = 20,
	 .role = KD_ROLE_HEADER,
	 .level = -1,
	 .text = {"BUG: x", 6}},
	{.off = 120,
	 .no = 9,
	 .len = 9,
	 .role = KD_ROLE_FRAME,
	 .level = 4,
	 .has_mono = true,
	 .mono_us = 1000001,
	 .caller = KD_CALLER_CPU,
	 .caller_id = 3,
	 .text = {"a\xff\xff"
		  "b\xe2\x82",
		  6}},
};

static void zero_is_a_value(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	struct kd_report r = {
		.kind = &kind,
		.title = KD_V("t"),
		.has_cpu = true,
		.has_pid = true,
		.has_uid = true,
		.has_oops_no = true,
		.oops_line = -1,
		.cpu_line = 0,
		.caused_by = 0,
		.repeat_of = 1,
		.taint = {.stated = true, .line = -1},
		.lines = lines,
		.nlines = 2,
		.index = 4,
		.access = {.has_addr = true, .addr_line = 1, .has_dir = true},
		.has_kaslr = true,
	};

	(void)state;
	render(&r, &b);
	has(&b, "\"number\":5");
	has(&b, "\"cpu\":0,\"cpu_line\":7");
	has(&b, "\"pid\":0");
	has(&b, "\"uid\":0");
	has(&b, "\"oops_number\":0");
	has(&b, "\"caused_by\":1");
	has(&b, "\"repeat_of\":1");
	has(&b, "\"taint\":{\"bits\":0}");
	has(&b, "\"access\":{\"address\":\"0x0\",\"user_address\":false,\"address_line\":9,"
		"\"direction\":\"read\"}");
	has(&b, "\"kernel_offset\":\"0x0\"");
}

static void lines_and_bad_text(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	struct kd_report r = {.lines = lines, .nlines = 2, .caused_by = -1};

	(void)state;
	render(&r, &b);
	has(&b,
	    "{\"line\":7,\"offset\":100,\"length\":20,\"role\":\"header\",\"text\":\"BUG: x\"}");
	has(&b,
	    "\"line\":9,\"offset\":120,\"length\":9,\"role\":\"frame\",\"time_us\":1000001,"
	    "\"level\":4,"
	    "\"caller_cpu\":3,\"text\":\"a\uFFFD\uFFFDb\uFFFD\",\"invalid_utf8\":[{\"offset\":1,"
	    "\"length\":1},{\"offset\":2,\"length\":1},{\"offset\":4,\"length\":2}]");
}

static void nested(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	struct kd_frame f = {.func = KD_V("foo.isra.0"),
			     .module = KD_V("m"),
			     .has_offset = true,
			     .offset = 0x1c,
			     .size = 0x40,
			     .reliable = true,
			     .line = 1};
	struct kd_reg reg = {.name = KD_V("rax"),
			     .val = UINT64_MAX,
			     .cls = KD_VAL_ERRPTR,
			     .note = "-EPERM",
			     .line = -1};
	struct kd_regset set = {.label = KD_REGS_FAULT,
				.has_ip = true,
				.ip = f,
				.regs = &reg,
				.nregs = 1,
				.line = 0,
				.pc_class = KD_PCC_FAULTING};
	struct kd_stack stack = {.name = KD_V("Call Trace"),
				 .role = KD_STACK_FREE,
				 .ctx = KD_CTX_SOFTIRQ,
				 .frames = &f,
				 .nframes = 1,
				 .line = -1};
	struct kd_fact facts[] = {
		{.key = "a", .type = KD_FACT_HEX, .num = 16, .line = -1},
		{.key = "b", .type = KD_FACT_I64, .num = (uint64_t)-3, .line = -1, .unit = "bytes"},
		{.key = "c", .type = KD_FACT_BOOL, .num = 1, .line = 0},
	};
	struct kd_section sec = {.name = "object", .facts = facts, .nfacts = 3};
	struct kd_report r = {.lines = lines,
			      .nlines = 2,
			      .caused_by = -1,
			      .regsets = &set,
			      .nregsets = 1,
			      .stacks = &stack,
			      .nstacks = 1,
			      .sections = &sec,
			      .nsections = 1};

	(void)state;
	render(&r, &b);
	has(&b,
	    "\"pc\":{\"function\":\"foo.isra.0\",\"offset\":\"0x1c\",\"size\":\"0x40\","
	    "\"module\":\"m\",\"reliable\":true,\"inlined\":false,\"pc\":\"return\",\"line\":9}");
	has(&b, "{\"name\":\"rax\",\"value\":\"0xffffffffffffffff\",\"class\":\"error_pointer\","
		"\"note\":\"-EPERM\"}");
	has(&b, "\"role\":\"free\",\"context\":\"softirq\",\"frames\":[{");
	has(&b, "\"facts\":[{\"key\":\"a\",\"value\":\"0x10\"},{\"key\":\"b\",\"value\":-3,"
		"\"unit\":\"bytes\"},{\"key\":\"c\",\"value\":true,\"line\":7}]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_is_absent),
		cmocka_unit_test(zero_is_a_value),
		cmocka_unit_test(lines_and_bad_text),
		cmocka_unit_test(nested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
