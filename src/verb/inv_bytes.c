// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bytes around the pc in the log beside those of the kernel's file. Sites that the kernel patches (alternatives,
 * static keys and calls, the function tracer) differ by whole instructions; one bit alone is what broken memory
 * looks like. A pc inside of an instruction was reached by no code of this build.
 */
#include "base/alloc.h"
#include "format/elf.h"
#include "verb/inv.h"
#include "verb/inv_debug.h"

enum { PLACES_SHOWN = 6 };

struct diff {
	size_t compared, bytes, bits;
	size_t at; /* of the first one, in the function */
	struct kd_buf places;
};

static void compare(const struct kd_inv_debug *d, const struct kd_match *m, struct diff *x)
{
	const struct kd_code *c = &d->b->f->fault->code;
	uint8_t file[KD_CODE_BYTES];
	/* only the function's own bytes: what is around it may be another one's padding */
	const uint64_t off = m->addr - m->sym.addr;
	const size_t before = c->mark < off ? c->mark : (size_t)off;
	const size_t first = c->mark - before;
	size_t n = c->n - first;

	if (m->sym.size && n > m->sym.size - (off - before))
		n = (size_t)(m->sym.size - (off - before));
	n = kd_code_at(d->k, m->addr - before, file, n < sizeof(file) ? n : sizeof(file));
	x->compared = n;
	for (size_t i = 0; i < n; i++) {
		const uint8_t other = file[i] ^ c->bytes[first + i];

		if (!other)
			continue;
		if (!x->bytes)
			x->at = (size_t)(off - before) + i;
		if (x->bytes++ < PLACES_SHOWN)
			kd_buf_printf(&x->places, "%s+0x%jx", x->places.n ? ", " : "", (uintmax_t)(off - before + i));
		x->bits += (size_t)__builtin_popcount(other);
	}
}

static void say_difference(const struct kd_inv_debug *d, const struct kd_match *m)
{
	struct diff x = {.places = KD_BUF_INIT(200)};
	struct kd_statement *s = NULL;

	compare(d, m, &x);
	if (x.bytes == 1 && x.bits == 1) {
		s = kd_inv_say(d->b, KD_PART_LIKELY, "bit", "one bit of the %zu bytes of code differs from the file's, at %.*s+0x%zx: "
			       "memory or a bus that flips bits", x.compared, KD_VARG(m->sym.name), x.at);
		kd_inv_refuted_by(d->b, s, "the kernel patched that byte, or another boot of this machine shows the same one");
	} else if (x.bytes) {
		s = kd_inv_say(d->b, KD_PART_CONTEXT, "code", "%zu of %zu bytes in the log differ from the file's, at %.*s%s: patched at "
			       "run time (alternatives, static keys, tracing), or another build", x.bytes, x.compared,
			       KD_VARG(kd_buf_view(&x.places)), x.bytes > PLACES_SHOWN ? ", …" : "");
	}
	kd_inv_at(d->b, s, d->b->f->fault->code_line);
	kd_buf_deinit(&x.places);
}

static void say_inside(const struct kd_inv_debug *d, const struct kd_match *m)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_statement *s;
	struct kd_flow *f;

	err = kd_flow_read(d->k, d->arch, m->addr, d->b->arena, &f);
	/* behind the last one that could be decoded nothing is known */
	if (err || !f->n || kd_flow_index(f, m->addr) < f->n || m->addr >= f->v[f->n - 1].addr + f->v[f->n - 1].len)
		return;
	s = kd_inv_say(d->b, KD_PART_LIKELY, "boundary", "the pc is inside of an instruction of the file's code: a jump to a wrong "
		       "address, or damage of the pc or of a return address");
	kd_inv_refuted_by(d->b, s, "the code there was patched, or is of another build");
	kd_inv_at(d->b, s, d->b->f->fault->set->line);
}

void kd_inv_bytes(const struct kd_inv_debug *d, const struct kd_match *m)
{
	const struct kd_fault *f = d->b->f->fault;

	/* a module's file has holes where the loader writes addresses */
	if (kd_kdx_ident(d->k).type == KD_ET_REL)
		return;
	if (f->code.state == KD_CODE_OK && f->code.mark < f->code.n)
		say_difference(d, m);
	if (d->b->r->kind && d->b->r->kind->pcclass == KD_PCC_FAULTING)
		say_inside(d, m);
}
