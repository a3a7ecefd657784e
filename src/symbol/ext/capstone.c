// SPDX-License-Identifier: GPL-2.0-or-later
/* arm64, arm, ppc64, s390x and mips through capstone 4 or 5; riscv64 with 5. */
#include "symbol/insn.h"

#ifdef KD_NO_CAPSTONE

const struct kd_disasm_ops kd_disasm_capstone = {
	.name = "capstone", .does = "the same of arm64, arm, ppc64, s390x and mips", .package = "libcapstone4"};

#else

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "symbol/ext/capstone.h"
#include "base/load.h"

struct api {
	__typeof__(&cs_version) version;
	__typeof__(&cs_open) open;
	__typeof__(&cs_close) close;
	__typeof__(&cs_option) option;
	__typeof__(&cs_malloc) malloc;
	__typeof__(&cs_free) free;
	__typeof__(&cs_disasm_iter) iter;
};

struct state {
	struct api api;
	void *handle;
	csh cs;
	cs_insn *insn;
	enum kd_arch arch;
};

#define SYM(member) {"cs_" #member, offsetof(struct api, member)}

static const struct kd_sym syms[] = {
	SYM(version), SYM(open), SYM(close), SYM(option), SYM(malloc), SYM(free),
	{"cs_disasm_iter", offsetof(struct api, iter)},
};

/* Structures and numbers belong to one major version: the one of the headers. */
#if CS_API_MAJOR == 4
static const char *const sonames[] = {"libcapstone.so.4", NULL};
#define PACKAGE "libcapstone4"
#else
static const char *const sonames[] = {"libcapstone.so.5", NULL};
#define PACKAGE "libcapstone5"
#endif

static const struct kd_load load_it = {
	.sonames = sonames,
	.syms = syms,
	.nsyms = KD_ARRAY_LEN(syms),
	.what = "instructions of this processor need the library capstone",
	.package = PACKAGE,
};

static bool mode_of(const struct kd_disasm_mode *m, cs_arch *arch, cs_mode *mode)
{
	unsigned order = m->big_endian ? (unsigned)CS_MODE_BIG_ENDIAN : 0;

	*mode = (cs_mode)order;
	switch (m->arch) {
	case KD_ARCH_ARM64:
		*arch = CS_ARCH_ARM64;
		return true;
	case KD_ARCH_ARM:
		*arch = CS_ARCH_ARM;
		*mode = (cs_mode)(order | (unsigned)(m->thumb ? CS_MODE_THUMB : CS_MODE_ARM));
		return true;
	case KD_ARCH_PPC64:
		*arch = CS_ARCH_PPC;
		*mode = (cs_mode)(order | CS_MODE_64);
		return true;
	case KD_ARCH_MIPS:
		*arch = CS_ARCH_MIPS;
		*mode = (cs_mode)(order | CS_MODE_MIPS64);
		return true;
	case KD_ARCH_S390X:
		*arch = CS_ARCH_SYSZ;
		*mode = CS_MODE_BIG_ENDIAN;
		return true;
#if CS_API_MAJOR >= 5
	case KD_ARCH_RISCV64:
		*arch = CS_ARCH_RISCV;
		*mode = (cs_mode)(CS_MODE_RISCV64 | CS_MODE_RISCVC);
		return true;
#endif
	default:
		return false;
	}
}

static bool knows(const struct kd_disasm_mode *m)
{
	cs_arch arch;
	cs_mode mode;

	return mode_of(m, &arch, &mode);
}

static struct kd_error *start(struct state *s, const struct kd_disasm_mode *m)
{
	cs_arch arch;
	cs_mode mode;
	int major = 0, minor = 0;
	cs_err e;

	s->api.version(&major, &minor);
	if (major != CS_API_MAJOR)
		return kd_error_new(KD_UNSUPPORTED, "%s %d, and %d.%d is installed", load_it.what,
				    CS_API_MAJOR, major, minor);
	if (!mode_of(m, &arch, &mode))
		return kd_error_new(KD_UNSUPPORTED, "capstone does not know this processor");
	e = s->api.open(arch, mode, &s->cs);
	if (e != CS_ERR_OK)
		return kd_error_new(KD_UNSUPPORTED, "capstone cannot decode this processor (error %d)", (int)e);
	s->api.option(s->cs, CS_OPT_DETAIL, CS_OPT_ON);
	s->insn = s->api.malloc(s->cs);
	return s->insn ? NULL : kd_error_new(KD_NOMEM, "capstone has no memory");
}

static void unload(void *state)
{
	struct state *s = state;

	if (s->insn)
		s->api.free(s->insn, 1);
	if (s->cs)
		s->api.close(&s->cs);
	kd_unload(s->handle);
	kd_free(s);
}

static struct kd_error *load(const struct kd_disasm_mode *mode, void **ret)
{
	struct state *s = kd_xcalloc(1, sizeof(*s));
	struct kd_error *err = kd_load(&load_it, &s->api, &s->handle);

	s->arch = mode->arch;
	if (!err)
		err = start(s, mode);
	if (err) {
		unload(s);
		return err;
	}
	*ret = s;
	return NULL;
}

static const char *version(void *state, char *buf, size_t n)
{
	const struct state *s = state;
	int major = 0, minor = 0;

	s->api.version(&major, &minor);
	snprintf(buf, n, "%d.%d", major, minor);
	return buf;
}

/* The groups that capstone gives for every architecture. */
static bool in_group(const cs_detail *d, unsigned group)
{
	for (unsigned i = 0; i < d->groups_count; i++)
		if (d->groups[i] == group)
			return true;
	return false;
}

static uint8_t by_group(const cs_detail *d)
{
	if (in_group(d, CS_GRP_CALL))
		return KD_INSN_CALL_IND; /* direct ones are not told apart here */
	if (in_group(d, CS_GRP_RET))
		return KD_INSN_RET;
	if (in_group(d, CS_GRP_JUMP))
		return KD_INSN_JUMP_IND;
	if (in_group(d, CS_GRP_INT))
		return KD_INSN_TRAP;
	return KD_INSN_OTHER;
}

static bool decode(void *state, const uint8_t *p, size_t n, unsigned flags, struct kd_insn *ret)
{
	struct state *s = state;
	uint64_t addr = ret->addr;

	if (!s->api.iter(s->cs, &p, &n, &addr, s->insn))
		return false;
	ret->len = (uint8_t)s->insn->size;
	snprintf(ret->mnemonic, sizeof(ret->mnemonic), "%.*s", (int)sizeof(ret->mnemonic) - 1,
		 s->insn->mnemonic);
	if (flags & KD_INSN_TEXT)
		snprintf(ret->text, sizeof(ret->text), "%s%s%.*s", s->insn->mnemonic,
			 *s->insn->op_str ? " " : "", KD_INSN_TEXT_MAX - 40, s->insn->op_str);
	if (!s->insn->detail)
		return true;
	switch (s->arch) {
	case KD_ARCH_ARM64:
		kd_capstone_arm64(s->insn, ret);
		break;
	case KD_ARCH_ARM:
		ret->cls = by_group(s->insn->detail);
		kd_capstone_arm(s->insn, ret);
		break;
	case KD_ARCH_PPC64:
		ret->cls = by_group(s->insn->detail);
		kd_capstone_ppc(s->insn, ret);
		break;
	case KD_ARCH_MIPS:
		ret->cls = by_group(s->insn->detail);
		kd_capstone_mips(s->insn, ret);
		break;
	default:
		ret->cls = by_group(s->insn->detail);
	}
	return true;
}

const struct kd_disasm_ops kd_disasm_capstone = {
	.name = "capstone",
	.does = "the same of arm64, arm, ppc64, s390x and mips",
	.package = PACKAGE,
	.knows = knows,
	.load = load,
	.unload = unload,
	.decode = decode,
	.version = version,
};

#endif
