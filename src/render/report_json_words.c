// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/report_json.h"

#include "base/alloc.h"
#include "report/kind.h"

static const char *word(const char *const *table, size_t n, unsigned i)
{
	return i < n && table[i] ? table[i] : "unknown";
}

const char *kd_role_word(unsigned role)
{
	static const char *const t[] = {
		[KD_ROLE_UNKNOWN] = "unknown", [KD_ROLE_HEADER] = "header",
		[KD_ROLE_FIELD] = "field",     [KD_ROLE_FRAME] = "frame",
		[KD_ROLE_REGS] = "registers",  [KD_ROLE_SECTION] = "section",
		[KD_ROLE_NOISE] = "noise",     [KD_ROLE_TAIL] = "tail",
		[KD_ROLE_DETAIL] = "detail",
	};

	return word(t, KD_ARRAY_LEN(t), role);
}

const char *kd_stack_role_word(unsigned role)
{
	static const char *const t[] = {
		[KD_STACK_CRASH] = "crash",       [KD_STACK_INTERRUPTED] = "interrupted",
		[KD_STACK_ALLOC] = "alloc",       [KD_STACK_FREE] = "free",
		[KD_STACK_ORIGIN] = "origin",     [KD_STACK_WORK] = "work",
		[KD_STACK_OTHER] = "other",       [KD_STACK_DEPENDS] = "depends",
		[KD_STACK_DETECTOR] = "detector", [KD_STACK_HOLDOUT] = "holdout",
		[KD_STACK_GP] = "gp_kthread",     [KD_STACK_VICTIM] = "victim",
	};

	return word(t, KD_ARRAY_LEN(t), role);
}

const char *kd_valclass_word(unsigned cls)
{
	static const char *const t[] = {
		[KD_VAL_PLAIN] = "plain",
		[KD_VAL_NULL] = "null",
		[KD_VAL_SMALL] = "small",
		[KD_VAL_ERRPTR] = "error_pointer",
		[KD_VAL_USER] = "user",
		[KD_VAL_TEXT] = "kernel_text",
		[KD_VAL_MODULE] = "module",
		[KD_VAL_DIRECT] = "direct_map",
		[KD_VAL_VMALLOC] = "vmalloc",
		[KD_VAL_VMEMMAP] = "vmemmap",
		[KD_VAL_PERCPU] = "percpu",
		[KD_VAL_FIXMAP] = "fixmap",
		[KD_VAL_KASAN_SHADOW] = "kasan_shadow",
		[KD_VAL_KERNEL] = "kernel",
		[KD_VAL_NONCANON] = "non_canonical",
		[KD_VAL_POISON] = "poison",
		[KD_VAL_ASCII] = "ascii",
		[KD_VAL_TAGGED] = "tagged",
	};

	return word(t, KD_ARRAY_LEN(t), cls);
}

const char *kd_regset_word(unsigned label)
{
	static const char *const t[] = {
		[KD_REGS_FAULT] = "fault", [KD_REGS_INTERRUPTED] = "interrupted",
		[KD_REGS_USER] = "user",   [KD_REGS_REPEAT] = "repeat",
		[KD_REGS_OTHER] = "other",
	};

	return word(t, KD_ARRAY_LEN(t), label);
}

const char *kd_pcclass_word(unsigned pcc)
{
	static const char *const t[] = {
		[KD_PCC_NONE] = "none",         [KD_PCC_FAULTING] = "faulting",
		[KD_PCC_EXECUTED] = "executed", [KD_PCC_TRAP] = "trap",
		[KD_PCC_SAMPLED] = "sampled",   [KD_PCC_IMPRECISE] = "imprecise",
		[KD_PCC_REPORTER] = "reporter",
	};

	return word(t, KD_ARRAY_LEN(t), pcc);
}
