// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/insn.h"

#include <stdio.h>

#include "base/alloc.h"

struct kd_disasm {
	const struct kd_disasm_ops *ops;
	struct kd_disasm_mode mode;
	void *state;
};

static const struct kd_disasm_ops *const decoders[] = {&kd_disasm_zydis, &kd_disasm_capstone};

static const char *why_not(enum kd_arch arch)
{
	switch (arch) {
	case KD_ARCH_X86_64:
	case KD_ARCH_I386:
		return "this kdoc was built without Zydis, which decodes x86";
	case KD_ARCH_RISCV64:
	case KD_ARCH_LOONGARCH64:
		return "the decoder that kdoc was built with (capstone) does not know it";
	case KD_ARCH_UNKNOWN:
		return "the log does not say for which processor";
	default:
		return kd_disasm_capstone.knows ? "no decoder knows it"
						: "this kdoc was built without capstone, which decodes it";
	}
}

struct kd_error *kd_disasm_open(const struct kd_disasm_mode *mode, struct kd_disasm **ret)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(decoders); i++) {
		const struct kd_disasm_ops *ops = decoders[i];
		struct kd_error *err;
		void *state;

		if (!ops->knows || !ops->knows(mode))
			continue;
		err = ops->load(mode, &state);
		if (err)
			return err;
		*ret = kd_xcalloc(1, sizeof(**ret));
		**ret = (struct kd_disasm){.ops = ops, .mode = *mode, .state = state};
		return NULL;
	}
	return kd_error_new(KD_UNSUPPORTED, "code of %s is not disassembled: %s",
			    mode->arch == KD_ARCH_UNKNOWN ? "an unknown processor"
							  : kd_arch_info(mode->arch)->name,
			    why_not(mode->arch));
}

void kd_disasm_close(struct kd_disasm *d)
{
	if (!d)
		return;
	d->ops->unload(d->state);
	kd_free(d);
}

void kd_disasm_closep(struct kd_disasm **d)
{
	kd_disasm_close(*d);
}

const struct kd_disasm_mode *kd_disasm_mode(const struct kd_disasm *d)
{
	return &d->mode;
}

bool kd_disasm_one(struct kd_disasm *d, const void *p, size_t n, uint64_t addr, unsigned flags,
		   struct kd_insn *ret)
{
	if (!n)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->addr = addr;
	ret->branch_reg = ret->dst = ret->src = KD_NOREG;
	return d->ops->decode(d->state, p, n, flags, ret) && ret->len && ret->len <= n;
}

static void try_library(const struct kd_disasm_ops *ops, struct kd_disasm_library *lib)
{
	static const enum kd_arch probe[] = {KD_ARCH_X86_64, KD_ARCH_ARM64};
	struct kd_disasm_mode mode = {0};
	struct kd_error *err;
	void *state;

	*lib = (struct kd_disasm_library){.name = ops->name, .does = ops->does, .package = ops->package};
	lib->built = ops->knows != NULL;
	if (!lib->built) {
		snprintf(lib->why, sizeof(lib->why), "this kdoc was built without it");
		return;
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(probe); i++) {
		mode.arch = probe[i];
		if (ops->knows(&mode))
			break;
	}
	err = ops->load(&mode, &state);
	if (err) {
		snprintf(lib->why, sizeof(lib->why), "%s", err->msg);
		kd_error_free(err);
		return;
	}
	lib->found = true;
	ops->version(state, lib->why, sizeof(lib->why));
	ops->unload(state);
}

size_t kd_disasm_libraries(struct kd_disasm_library *ret, size_t max)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(decoders) && i < max; i++)
		try_library(decoders[i], &ret[i]);
	return KD_ARRAY_LEN(decoders);
}
