// SPDX-License-Identifier: GPL-2.0-or-later
#include "source/body_macro.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "source/body.h"

/*
 * Where they are defined: include/linux/syscalls.h, include/linux/compat.h, arch/(arm64, x86, s390,
 * riscv)/include/asm/syscall_wrapper.h; arch/x86/include/asm/idtentry.h; include/linux/filter.h
 * (BPF_CALL_x); arch/powerpc/include/asm/interrupt.h. The narrower row first.
 */
static const struct kd_body_macro macros[] = {
	{"COMPAT_SYSCALL_DEFINE*", "compat_sys_"},
	{"COMPAT_SYSCALL32_DEFINE*", "compat_sys_"},
	{"SYSCALL_DEFINE*", "sys_"},
	{"SYSCALL32_DEFINE*", "sys32_"},
	{"DEFINE_IDTENTRY_VC_KERNEL", "kernel_"},
	{"DEFINE_IDTENTRY_VC_USER", "user_"},
	{"DEFINE_IDTENTRY*", ""},
	{"DEFINE_FREDENTRY*", ""},
	{"DEFINE_FREDENTRY", ""},
	{"DEFINE_INTERRUPT_HANDLER*", ""},
	{"BPF_CALL_*", ""},
	{NULL, NULL},
};

const struct kd_body_macro *kd_body_macro(struct kd_view name)
{
	for (const struct kd_body_macro *m = macros; m->name; m++) {
		struct kd_view n = kd_view_of(m->name);

		if (kd_view_ends(n, KD_V("*")) ? kd_view_starts(name, kd_view_head(n, n.n - 1))
					       : kd_view_eq(name, n))
			return m;
	}
	return NULL;
}

/* include/linux/compiler_attributes.h, compiler_types.h, sparse's and the sections' words; sorted */
static const char *const attributes[] = {
	"_Alignas", "__acquire", "__acquires", "__alias", "__aligned", "__alloc_size",
	"__assume_aligned", "__attribute", "__attribute__", "__cacheline_group",
	"__cond_acquires", "__cond_lock", "__copy", "__counted_by", "__declspec", "__diag_ignore",
	"__diag_push", "__flatten", "__gcc_printf", "__malloc", "__must_hold", "__no_caller_saved_registers",
	"__noreturn", "__nonnull", "__optimize", "__printf", "__realloc_size", "__releases",
	"__scanf", "__sec", "__section", "__syscall", "__target", "__typeof", "__typeof__", "__weak_alias",
	"_printf", "alignas", "asm", "printf_format", "typeof",
};

static int cmp(const void *key, const void *row)
{
	return kd_view_cmp(*(const struct kd_view *)key, kd_view_of(*(const char *const *)row));
}

bool kd_body_is_attribute(struct kd_view name)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(attributes); i++)
		if (kd_view_eq(name, kd_view_of(attributes[i])))
			return true;
	return false;
}

static const char *const keywords[] = {
	"_Bool", "auto", "bool", "break", "case", "char", "const", "continue", "default", "do",
	"double", "else", "enum", "extern", "float", "for", "goto", "if", "inline", "int", "long",
	"register", "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch",
	"typedef", "union", "unsigned", "void", "volatile", "while",
};

bool kd_body_is_keyword(struct kd_view name)
{
	return bsearch(&name, keywords, KD_ARRAY_LEN(keywords), sizeof(*keywords), cmp) != NULL;
}

/* ---- names ---- */

struct kd_view kd_body_key(const struct kd_body *b, char buf[KD_BODY_NAME_MAX])
{
	const struct kd_body_macro *m =
		b->flags & KD_BODY_KNOWN_MACRO ? kd_body_macro(b->macro) : NULL;
	struct kd_view prefix = m ? kd_view_of(m->prefix) : KD_VNULL;

	if (!prefix.n || prefix.n + b->name.n > KD_BODY_NAME_MAX)
		return b->name;
	memcpy(buf, prefix.p, prefix.n);
	if (b->name.n)
		memcpy(buf + prefix.n, b->name.p, b->name.n);
	return kd_view(buf, prefix.n + b->name.n);
}

/* What the wrappers put before "sys_" and "compat_sys_" (syscall_wrapper.h of each architecture). */
static const char *const wrappers[] = {
	"__do_", "__se_", "__x64_", "__ia32_", "__x32_", "__arm64_", "__s390x_", "__s390_",
	"__riscv_", "__powerpc_", "__mips_",
};

struct kd_view kd_body_key_of(struct kd_view name, char buf[KD_BODY_NAME_MAX], bool *ret_also)
{
	struct kd_view v = name, rest;
	size_t dot = kd_view_chr(v, '.');

	(void)buf;
	*ret_also = false;
	if (dot != KD_NPOS && dot > 0)
		v = kd_view_head(v, dot);
	for (size_t i = 0; i < KD_ARRAY_LEN(wrappers); i++) {
		rest = v;
		if (kd_view_skip(&rest, kd_view_of(wrappers[i])) &&
		    (kd_view_starts(rest, KD_V("sys_")) || kd_view_starts(rest, KD_V("compat_sys_")))) {
			*ret_also = true;
			return rest;
		}
	}
	rest = v;
	if (kd_view_skip(&rest, KD_V("____")) && rest.n) {
		*ret_also = true;
		return rest;
	}
	return v;
}
