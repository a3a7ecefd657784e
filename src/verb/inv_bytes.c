// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bytes around the pc in the log beside those of the kernel's file (symbol/compare.h). What differs lies in a place
 * that the kernel patches, by its own tables, or is an address that moved; one bit outside of these is what
 * broken memory looks like; more is another kernel's file, or damage. A pc inside of an instruction was
 * reached by no code of this build.
 */
#include "base/alloc.h"
#include "symbol/compare.h"
#include "verb/inv.h"
#include "verb/inv_debug.h"

enum { PLACES_SHOWN = 6 };

bool kd_inv_compare(const struct kd_inv_debug *d, const struct kd_match *m, struct kd_compare *ret)
{
	const struct kd_code *c = &d->b->f->fault->code;
	const struct kd_report *r = d->b->r;
	const uint64_t off = m->addr - m->sym.addr;
	/* from the function's start on: what is in front may be of a section that is no longer there */
	const size_t before = c->mark < off ? c->mark : (size_t)off, first = c->mark - before;
	const struct kd_compare_query q = {.k = d->k, .arch = d->arch, .addr = m->addr - before,
					   .bytes = kd_view((const char *)c->bytes + first, c->n - first),
					   .has_offset = r->has_kaslr, .offset = r->kaslr};
	kd_auto(kd_error_freep) struct kd_error *err = NULL;

	if (c->state != KD_CODE_OK || c->mark >= c->n)
		return false;
	err = kd_compare_code(&q, d->b->arena, ret);
	return !err && ret->compared;
}

/* "+0x12 (static branch), +0x20" of the places of these reasons. */
static void put_places(const struct kd_match *m, const struct kd_compare *c, unsigned whats, struct kd_buf *t)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct kd_compare_place *p = &c->v[i];

		if (!(whats >> p->what & 1))
			continue;
		if (n++ == PLACES_SHOWN)
			kd_buf_printf(t, ", …");
		if (n > PLACES_SHOWN)
			continue;
		kd_buf_printf(t, "%s+0x%jx", n > 1 ? ", " : "", (uintmax_t)(p->addr - m->sym.addr));
		if (p->what == KD_DIFF_SITE || p->what == KD_DIFF_MISFIT)
			kd_buf_printf(t, " (%s)", kd_patch_kind_name(p->site));
		else if (p->what == KD_DIFF_BREAKPOINT)
			kd_buf_printf(t, " (a breakpoint)");
	}
}

static void say_patched(const struct kd_inv_debug *d, const struct kd_match *m, const struct kd_compare *c)
{
	const unsigned whats = 1u << KD_DIFF_SITE | 1u << KD_DIFF_BREAKPOINT;
	const size_t n = c->count[KD_DIFF_SITE] + c->count[KD_DIFF_BREAKPOINT];
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(400);

	if (!n)
		return;
	put_places(m, c, whats, &t);
	kd_inv_at(d->b,
		  kd_inv_say(d->b, KD_PART_CONTEXT, "code", "%zu place%s of the %zu bytes of code in the log differ%s from the file, "
			     "where the kernel patches itself at run time: %.*s%.*s", n, n == 1 ? "" : "s", c->compared,
			     n == 1 ? "s" : "", KD_VARG(m->sym.name), KD_VARG(kd_buf_view(&t))),
		  d->b->f->fault->code_line);
}

static const struct kd_compare_place *first_of(const struct kd_compare *c, unsigned whats)
{
	for (size_t i = 0; i < c->n; i++)
		if (whats >> c->v[i].what & 1)
			return &c->v[i];
	return NULL;
}

/* One bit outside of everything that is patched or moves; or bytes that are no patch. */
static void say_damaged(const struct kd_inv_debug *d, const struct kd_match *m, const struct kd_compare *c)
{
	const unsigned whats = 1u << KD_DIFF_BIT | 1u << KD_DIFF_OTHER | 1u << KD_DIFF_MISFIT;
	const size_t n = c->count[KD_DIFF_BIT] + c->count[KD_DIFF_OTHER] + c->count[KD_DIFF_MISFIT];
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(400);
	const struct kd_compare_place *p = first_of(c, whats);
	struct kd_statement *s;

	if (!p)
		return;
	if (n == 1 && p->what == KD_DIFF_BIT) {
		s = kd_inv_say(d->b, KD_PART_LIKELY, "bit", "one bit of the %zu bytes of code differs from the file's, at %.*s+0x%jx (0x%jx in "
			       "the file): bit %u, 0x%02x instead of 0x%02x, and the kernel patches nothing there: memory or a bus "
			       "that flips bits", c->compared, KD_VARG(m->sym.name), (uintmax_t)(p->addr - m->sym.addr),
			       (uintmax_t)p->addr, p->bit, p->log, p->file);
		kd_inv_refuted_by(d->b, s, "another boot of this machine shows the same byte");
	} else {
		put_places(m, c, whats, &t);
		s = kd_inv_say(d->b, KD_PART_LIKELY, "code", "%zu place%s of the %zu bytes of code in the log differ%s from the file, at "
			       "%.*s%.*s, and %s: this vmlinux is not that kernel's, or memory is damaged", n,
			       n == 1 ? "" : "s", c->compared, n == 1 ? "s" : "", KD_VARG(m->sym.name), KD_VARG(kd_buf_view(&t)),
			       n > c->count[KD_DIFF_MISFIT] ? "the kernel patches nothing there"
							    : "the kernel writes no such bytes there");
		kd_inv_refuted_by(d->b, s, "the build-id of the kernel that ran is the file's, and its memory is sound");
	}
	kd_inv_at(d->b, s, d->b->f->fault->code_line);
}

static void say_undecided(const struct kd_inv_debug *d, const struct kd_match *m, const struct kd_compare *c)
{
	const struct kd_compare_place *p = first_of(c, 1u << KD_DIFF_UNDECIDED);

	if (p && !first_of(c, 1u << KD_DIFF_BIT | 1u << KD_DIFF_OTHER | 1u << KD_DIFF_MISFIT))
		kd_inv_at(d->b,
			  kd_inv_say(d->b, KD_PART_UNKNOWN, "bit", "whether what differs at %.*s+0x%jx (0x%02x, 0x%02x in the "
				     "file) is damage of a bit: %s would look the same", KD_VARG(m->sym.name),
				     (uintmax_t)(p->addr - m->sym.addr), p->log, p->file,
				     p->site ? "a patch" : p->log == 0xcc ? "a breakpoint" : "an address that moved with the kernel"),
			  d->b->f->fault->code_line);
}

static void say_inside(const struct kd_inv_debug *d, const struct kd_match *m)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_patch_site site;
	struct kd_statement *s;
	struct kd_flow *f;

	err = kd_flow_read(d->k, d->arch, m->addr, d->b->arena, &f);
	/* behind the last one that could be decoded nothing is known */
	if (err || !f->n || kd_flow_index(f, m->addr) < f->n || m->addr >= f->v[f->n - 1].addr + f->v[f->n - 1].len)
		return;
	/* what was patched has other boundaries than the file */
	if (kd_patch_sites(d->k, m->addr, 1, &site, 1) && site.kind != KD_PATCH_FIXUP)
		return;
	s = kd_inv_say(d->b, KD_PART_LIKELY, "boundary", "the pc is inside of an instruction of the file's code: a jump to a wrong "
		       "address, or damage of the pc or of a return address");
	kd_inv_refuted_by(d->b, s, "the code there was patched, or is of another build");
	kd_inv_at(d->b, s, d->b->f->fault->set->line);
}

void kd_inv_bytes(const struct kd_inv_debug *d, const struct kd_match *m, const struct kd_compare *c)
{
	if (c) {
		say_patched(d, m, c);
		say_damaged(d, m, c);
		say_undecided(d, m, c);
	}
	if (d->b->r->kind && d->b->r->kind->pcclass == KD_PCC_FAULTING)
		say_inside(d, m);
}
