// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/core_regs.h"

#include <inttypes.h>

#include "format/elfcore.h"

enum { PER_LINE = 3 };

static void general(struct kd_out *o, uint16_t machine, const struct kd_core_regs *r, const char *indent)
{
	size_t n, shown = 0;
	const struct kd_reg_name *name = kd_core_reg_names(machine, &n);

	for (size_t i = 0; i < n; i++) {
		if (!kd_core_regs_has(r, name[i].reg))
			continue;
		kd_out_printf(o, "%s%s%s: %016" PRIx64, shown && shown % PER_LINE == 0 ? "\n" : "", shown % PER_LINE ? "  " : indent,
			      name[i].name, r->r[name[i].reg]);
		shown++;
	}
	if (!shown)
		return;
	/* what is no general register, on the last line where there is room */
	if (machine == KD_EM_X86_64 && kd_core_regs_has(r, KD_REG_ORIG))
		kd_out_printf(o, "%sORIG_RAX: %016" PRIx64, shown % PER_LINE ? "  " : "\n      ", r->r[KD_REG_ORIG]);
	kd_out_puts(o, "\n");
}

void kd_render_core_regs_text(struct kd_out *o, uint16_t machine, const struct kd_core_regs *r)
{
	if (machine == KD_EM_AARCH64)
		kd_out_printf(o, "      pc : %016" PRIx64 "  sp : %016" PRIx64 "  pstate: %08" PRIx64 "\n", r->r[KD_A64_PC],
			      r->r[KD_A64_SP], r->r[KD_REG_FLAGS]);
	else
		kd_out_printf(o, "      RIP: %04" PRIx64 ":%016" PRIx64 "  RSP: %04" PRIx64 ":%016" PRIx64 "  EFLAGS: %08" PRIx64 "\n",
			      r->r[KD_REG_CS], r->r[KD_RIP], r->r[KD_REG_SS], r->r[KD_RSP], r->r[KD_REG_FLAGS]);
	general(o, machine, r, "      ");
}

void kd_render_core_known_text(struct kd_out *o, uint16_t machine, const struct kd_core_regs *r)
{
	general(o, machine, r, "         ");
}

static void one(struct kd_json *j, const char *key, const struct kd_core_regs *r, unsigned reg)
{
	if (kd_core_regs_has(r, reg))
		kd_json_kv_hex(j, key, r->r[reg]);
}

void kd_render_core_regs_json(struct kd_json *j, const char *key, uint16_t machine, const struct kd_core_regs *r)
{
	const bool arm64 = machine == KD_EM_AARCH64;
	size_t n;
	const struct kd_reg_name *name = kd_core_reg_names(machine, &n);

	kd_json_key(j, key);
	kd_json_begin_object(j);
	one(j, arm64 ? "pc" : "rip", r, kd_core_pc(machine));
	one(j, "cs", r, KD_REG_CS);
	one(j, arm64 ? "pstate" : "eflags", r, KD_REG_FLAGS);
	one(j, arm64 ? "sp" : "rsp", r, kd_core_sp(machine));
	one(j, "ss", r, KD_REG_SS);
	for (size_t i = 0; i < n; i++)
		one(j, name[i].key, r, name[i].reg);
	one(j, arm64 ? "orig_x0" : "orig_rax", r, KD_REG_ORIG);
	kd_json_end_object(j);
}
