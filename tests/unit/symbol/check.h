/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check.h: cmocka, types made with symbol/btfwrite.h and read back. */
#ifndef KD_TEST_SYMBOL_CHECK_H
#define KD_TEST_SYMBOL_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "symbol/btfwrite.h"
#include "symbol/types.h"

static inline void assert_ok(struct kd_error *err)
{
	if (err)
		fail_msg("unexpected: %s", err->msg);
}

static inline void assert_fails(struct kd_error *err, enum kd_errclass cls, const char *part)
{
	if (!err || err->cls != cls || !strstr(err->msg, part))
		fail_msg("class %d '%s' instead of class %d '%s'", err ? (int)err->cls : 0,
			 err ? err->msg : "no error", (int)cls, part);
	kd_error_free(err);
}

static inline void assert_view(struct kd_view v, const char *want)
{
	if (!kd_view_eq(v, kd_view_of(want)))
		fail_msg("'%.*s' instead of '%s'", KD_VARG(v), want);
}

/* A blob with what reads it. */
struct world {
	struct kd_btfw *w;
	struct kd_buf blob;
	struct kd_btf btf;
	struct kd_types *ts;
	struct kd_arena arena;
	const uint32_t *nodes; /* of the unit that ended last */
	size_t n;
};

static inline void world_begin(struct world *o)
{
	*o = (struct world){.w = kd_btfw_new(512 << 20), .blob = KD_BUF_INIT(256 << 20),
			    .arena = KD_ARENA_INIT(64 << 20)};
}

static inline void world_unit(struct world *o)
{
	assert_ok(kd_btfw_unit_end(o->w, &o->nodes, &o->n));
}

static inline void world_end(struct world *o)
{
	assert_ok(kd_btfw_finish(o->w, &o->blob));
	assert_ok(kd_btf_open(kd_buf_view(&o->blob), NULL, &o->btf));
	assert_int_equal(o->btf.end - 1, kd_btfw_stats(o->w).out);
	o->ts = kd_types_new(&o->btf, 0);
}

static inline void world_free(struct world *o)
{
	kd_types_free(o->ts);
	kd_btf_deinit(&o->btf);
	kd_buf_deinit(&o->blob);
	kd_arena_deinit(&o->arena);
	kd_btfw_free(o->w);
}

/* A group's world of units, each made by one function; in *state. */
static inline int world_setup(void **state, void (*const *units)(struct kd_btfw *), size_t n)
{
	struct world *o = kd_xcalloc(1, sizeof(*o));

	world_begin(o);
	for (size_t i = 0; i < n; i++) {
		if (i)
			kd_btfw_unit_begin(o->w);
		units[i](o->w);
		world_unit(o);
	}
	world_end(o);
	*state = o;
	return 0;
}

static inline int world_teardown(void **state)
{
	world_free(*state);
	kd_free(*state);
	return 0;
}

static inline size_t count(const struct world *o, unsigned kinds, const char *name)
{
	uint32_t ids[16];

	return kd_types_find(o->ts, kinds, kd_view_of(name), ids, 16);
}

static inline uint32_t the(const struct world *o, unsigned kinds, const char *name)
{
	uint32_t id = 0;

	assert_int_equal(kd_types_find(o->ts, kinds, kd_view_of(name), &id, 1), 1);
	return id;
}

static inline void assert_c(const struct world *o, uint32_t id, const char *name, const char *want)
{
	struct kd_buf b = KD_BUF_INIT(4096);

	kd_types_declare(o->ts, id, kd_view_of(name), &b);
	assert_view(kd_buf_view(&b), want);
	kd_buf_deinit(&b);
}

#endif
