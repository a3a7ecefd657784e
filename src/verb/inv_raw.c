// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Raw addresses of the report, named by the kernel's symbols: how far the kernel was moved and how that is known, what
 * the pc is, which registers point into code. What rests on a file's name alone (System.map) is LIKELY.
 */
#include "base/alloc.h"
#include "report/demangle.h"
#include "verb/inv.h"
#include "verb/inv_raw.h"

enum { REGS_SHOWN = 8 };

static void put_symbol(struct kd_inv_build *b, struct kd_buf *t, const struct kd_symbol *s, uint64_t at)
{
	kd_buf_printf(t, "%.*s+0x%jx/0x%jx", KD_VARG(kd_view_head(kd_demangle(b->arena, s->name), 256)), (uintmax_t)(at - s->addr),
		      (uintmax_t)(s->size ? s->size : s->room));
}

static void say_offset(struct kd_inv_build *b, const struct kd_raw_boot *boot)
{
	const struct kd_kaslr *k = &boot->found;
	struct kd_statement *s;

	if (k->state != KD_KASLR_FOUND) {
		s = boot->raw ? kd_inv_say(b, KD_PART_UNKNOWN, "addresses", "what the raw addresses are: %s", k->words) : NULL;
	} else {
		const uint64_t n = k->offset < 0 ? 0 - (uint64_t)k->offset : (uint64_t)k->offset;

		s = kd_inv_say(b, KD_PART_CONTEXT, "addresses", "the kernel lay %s0x%jx from where the file is: %s",
			       k->offset < 0 ? "-" : "", (uintmax_t)n, k->words);
	}
	kd_inv_at(b, s, b->r->kaslr_line);
}

/* The pc and what was jumped to. */
static void say_place(struct kd_inv_build *b, const struct kd_raw *raw, uint64_t addr, const char *what, int32_t line)
{
	const struct kd_raw_boot *boot = kd_raw_boot(raw, b->r->boot);
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(1024);
	const bool sure = kd_raw_proven(raw, boot);
	struct kd_statement *s;
	struct kd_symbol sym;
	uint64_t at;

	if (kd_raw_symbol(raw, b->r->boot, addr, true, &at, &sym) != KD_RAW_NAMED)
		return;
	put_symbol(b, &t, &sym, at);
	s = kd_inv_say(b, sure ? KD_PART_PROVEN : KD_PART_LIKELY, "address", "%s 0x%jx is %.*s", what, (uintmax_t)addr,
		       KD_VARG(kd_buf_view(&t)));
	if (!sure)
		kd_inv_refuted_by(b, s, "the list of symbols is another build's of this release");
	kd_inv_at(b, s, line);
	kd_inv_at(b, s, b->r->kaslr_line);
}

static void say_registers(struct kd_inv_build *b, const struct kd_raw *raw, const struct kd_regset *set)
{
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(KD_INV_TEXT);
	struct kd_statement *s;
	size_t shown = 0;

	for (size_t i = 0; i < set->nregs && shown < REGS_SHOWN; i++) {
		struct kd_symbol sym;
		uint64_t at;

		if (kd_view_starts(set->regs[i].name, KD_V("cr")) ||
		    kd_raw_symbol(raw, b->r->boot, set->regs[i].val, true, &at, &sym) != KD_RAW_NAMED)
			continue;
		kd_buf_printf(&t, "%s%.*s = ", shown++ ? ", " : "", KD_VARG(set->regs[i].name));
		put_symbol(b, &t, &sym, at);
	}
	if (!shown)
		return;
	s = kd_inv_say(b, KD_PART_CONTEXT, "registers", "pointing into the kernel's code: %.*s", KD_VARG(kd_buf_view(&t)));
	kd_inv_at(b, s, set->line);
}

void kd_inv_raw(struct kd_inv_build *b, const struct kd_raw *raw)
{
	const struct kd_raw_boot *boot = kd_raw_boot(raw, b->r->boot);
	const struct kd_regset *set = kd_inv_regset(b->r, KD_REGS_FAULT);

	if (!boot || !boot->solved)
		return;
	say_offset(b, boot);
	if (boot->found.state != KD_KASLR_FOUND)
		return;
	if (set && set->has_ip && set->ip.has_addr && (set->ip.from_addr || !set->ip.func.n) && !set->user)
		say_place(b, raw, set->ip.addr, "the pc", set->line);
	if (b->r->access.has_addr && !b->r->access.user_addr)
		say_place(b, raw, b->r->access.addr, "the address of the access", b->r->access.addr_line);
	if (set && !set->user && kd_raw_proven(raw, boot))
		say_registers(b, raw, set);
}
