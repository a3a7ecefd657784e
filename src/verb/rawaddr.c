// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/rawaddr.h"

#include "base/alloc.h"
#include "symbol/entry.h"

void kd_raw_init(struct kd_raw *raw)
{
	*raw = (struct kd_raw){.k = NULL};
}

void kd_raw_deinit(struct kd_raw *raw)
{
	kd_vec_each(b, &raw->boots) {
		kd_kaslr_log_deinit(&(*b)->log);
		kd_free(*b);
	}
	kd_vec_free(&raw->boots);
}

const struct kd_raw_boot *kd_raw_boot(const struct kd_raw *raw, uint32_t boot)
{
	for (size_t i = 0; i < raw->boots.n; i++)
		if (raw->boots.v[i]->boot == boot)
			return raw->boots.v[i];
	return NULL;
}

static struct kd_raw_boot *boot_of(struct kd_raw *raw, uint32_t boot)
{
	struct kd_raw_boot **to, *b;

	for (size_t i = raw->boots.n; i > 0; i--)
		if (raw->boots.v[i - 1]->boot == boot)
			return raw->boots.v[i - 1];
	to = kd_vec_push(&raw->boots, KD_RAW_BOOTS);
	if (!to) {
		raw->left_out++;
		return NULL;
	}
	b = kd_xcalloc(1, sizeof(*b));
	b->boot = boot;
	kd_kaslr_log_init(&b->log);
	*to = b;
	return b;
}

static bool alone(const struct kd_frame *f)
{
	return f->has_addr && !f->func.n && f->addr;
}

void kd_raw_report(struct kd_raw *raw, const struct kd_report *r)
{
	struct kd_raw_boot *b = boot_of(raw, r->boot);

	if (!b)
		return;
	kd_kaslr_report(&b->log, r);
	for (size_t i = 0; i < r->nregsets; i++)
		if (!r->regsets[i].user)
			b->raw += (r->regsets[i].has_ip && alone(&r->regsets[i].ip)) +
				  (r->regsets[i].has_lr && alone(&r->regsets[i].lr));
	for (size_t i = 0; i < r->nstacks; i++)
		for (size_t k = 0; k < r->stacks[i].nframes; k++)
			b->raw += alone(&r->stacks[i].frames[k]);
}

bool kd_raw_any(const struct kd_raw *raw)
{
	for (size_t i = 0; i < raw->boots.n; i++)
		if (raw->boots.v[i]->raw)
			return true;
	return false;
}

void kd_raw_solve(struct kd_raw *raw, struct kd_symset *set)
{
	raw->set = set;
	raw->k = kd_symset_get(set, KD_VNULL, KD_VNULL);
	for (size_t i = 0; raw->k && i < raw->boots.n; i++) {
		struct kd_raw_boot *b = raw->boots.v[i];

		if (!b->raw && !b->log.stated)
			continue;
		kd_kaslr_find(raw->k, &b->log, &b->found);
		b->solved = true;
	}
}

enum kd_raw_state kd_raw_symbol(const struct kd_raw *raw, uint32_t boot, uint64_t addr, bool exact,
				uint64_t *addr_ret, struct kd_symbol *sym)
{
	const struct kd_raw_boot *b = kd_raw_boot(raw, boot);
	bool is_module;

	if (!raw->k || !b)
		return KD_RAW_NO_OFFSET;
	if (!kd_kaslr_kernel_address(kd_kdx_ident(raw->k).machine, addr))
		return KD_RAW_HASHED;
	if (!b->solved || b->found.state != KD_KASLR_FOUND)
		return KD_RAW_NO_OFFSET;
	if (!kd_kaslr_to_file(raw->k, &b->found, addr, addr_ret, &is_module))
		return is_module ? KD_RAW_MODULE : KD_RAW_OUTSIDE;
	if (!kd_symbol_at(raw->k, *addr_ret - !exact, sym) || !kd_symbol_is_code(sym))
		return KD_RAW_OUTSIDE;
	return KD_RAW_NAMED;
}

bool kd_raw_proven(const struct kd_raw *raw, const struct kd_raw_boot *boot)
{
	enum { ENOUGH = 3 };
	const struct kd_kaslr *f = boot ? &boot->found : NULL;

	if (!f || !boot->solved || f->state != KD_KASLR_FOUND || kd_symset_unsure(raw->set, KD_VNULL))
		return false;
	return !kd_kdx_ident(raw->k).symbols.n || f->sizes_same >= ENOUGH || f->pairs >= ENOUGH;
}

static bool name_frame(const struct kd_raw *raw, const struct kd_report *r, struct kd_frame *f, bool exact)
{
	struct kd_symbol s;
	uint64_t at;

	if (!alone(f) || kd_raw_symbol(raw, r->boot, f->addr, exact, &at, &s) != KD_RAW_NAMED)
		return false;
	f->func = kd_arena_view(r->arena, s.name);
	if (!f->func.n)
		return false;
	f->offset = at - s.addr;
	f->size = s.size ? s.size : s.room;
	f->has_offset = f->from_addr = true;
	f->offset_is_size = f->size && f->offset == f->size;
	return true;
}

void kd_raw_name(void *user, struct kd_report *r)
{
	const struct kd_raw *raw = user;

	if (!kd_raw_proven(raw, kd_raw_boot(raw, r->boot)))
		return;
	for (size_t i = 0; i < r->nregsets; i++) {
		struct kd_regset *s = &r->regsets[i];

		if (s->has_ip && !s->user)
			name_frame(raw, r, &s->ip, true);
		if (s->has_lr && !s->user)
			name_frame(raw, r, &s->lr, false);
	}
	for (size_t i = 0; i < r->nstacks; i++) {
		bool after_entry = false;

		for (size_t k = 0; k < r->stacks[i].nframes; k++) {
			struct kd_frame *f = &r->stacks[i].frames[k];

			name_frame(raw, r, f, (after_entry && f->reliable) || kd_kaslr_is_pc(r, f->addr));
			after_entry = f->reliable && kd_exception_entry(f->func);
		}
	}
}
