/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdxmake.h: small indexes made by hand.
 *
 *	struct index x = {.base = 0x1000};
 *	index_symbol(&x, "foo", 0x1000, 0x10, KD_STT_FUNC, KD_STB_GLOBAL, KD_SYM_CODE);   // ascending addresses
 *	index_write(&x, path);
 */
#ifndef KD_TEST_KDXMAKE_H
#define KD_TEST_KDXMAKE_H

#include "../base/check.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "format/elf.h"
#include "symbol/kdx.h"
#include "symbol/kdx_format.h"
#include "symbol/resolve.h"

#include "../format/bytes_out.h"

enum { INDEX_SYMBOLS = 64 };

struct index {
	uint64_t base;
	const char *ident; /* more lines of KD_KDX_IDENT */
	struct out strings, addr, syms, names, files, blocks, lines, ranges, funcs, origins, trees, patch, text_blocks, text;
	const char *name[INDEX_SYMBOLS];
	unsigned nsyms, nfiles;
};

static inline uint32_t index_text(struct index *x, const char *s)
{
	uint32_t at;

	if (!x->strings.n)
		put(&x->strings, 0, 1);
	if (!s || !*s)
		return 0;
	at = (uint32_t)x->strings.n;
	put_text(&x->strings, s);
	return at;
}

static inline void index_symbol(struct index *x, const char *name, uint64_t addr, uint32_t size, uint8_t type,
				uint8_t bind, uint16_t flags)
{
	assert_true(x->nsyms < INDEX_SYMBOLS);
	x->name[x->nsyms++] = name;
	put(&x->addr, addr, 8);
	put(&x->syms, size, 4);
	put(&x->syms, index_text(x, name), 4);
	put(&x->syms, type, 1);
	put(&x->syms, bind, 1);
	put(&x->syms, flags, 2);
}

static inline void index_function(struct index *x, const char *name, uint64_t addr, uint32_t size)
{
	index_symbol(x, name, addr, size, KD_STT_FUNC, KD_STB_LOCAL, KD_SYM_CODE);
}

/* Its number; 0 is "no file". */
static inline unsigned index_file(struct index *x, const char *dir, const char *name)
{
	if (!x->nfiles)
		put(&x->files, 0, 8);
	put(&x->files, index_text(x, dir), 4);
	put(&x->files, index_text(x, name), 4);
	return ++x->nfiles;
}

/* A block of rows begins. */
static inline void index_block(struct index *x, uint64_t addr)
{
	put(&x->blocks, addr - x->base, 4);
	put(&x->blocks, x->lines.n, 4);
}

static inline void index_row(struct index *x, uint64_t delta, unsigned file, int64_t line_delta, unsigned column)
{
	put_uleb(&x->lines, delta);
	put_uleb(&x->lines, file);
	put_uleb(&x->lines, kd_zigzag(line_delta));
	put_uleb(&x->lines, column);
}

static inline unsigned index_origin(struct index *x, const char *name, unsigned file, unsigned line)
{
	put(&x->origins, index_text(x, name), 4);
	put(&x->origins, 0, 4);
	put(&x->origins, file, 4);
	put(&x->origins, line, 4);
	return (unsigned)(x->origins.n / 16) - 1;
}

/* A function of one range; its tree of inlined calls is the bytes of tree. */
static inline void index_func(struct index *x, unsigned origin, uint64_t addr, uint32_t size, const struct out *tree)
{
	const unsigned number = (unsigned)(x->funcs.n / 16);

	put(&x->funcs, origin, 4);
	put(&x->funcs, x->trees.n, 4);
	put(&x->funcs, addr - x->base, 4);
	put(&x->funcs, 0, 4);
	put(&x->ranges, addr - x->base, 4);
	put(&x->ranges, size, 4);
	put(&x->ranges, number, 4);
	put_uleb(&x->trees, tree ? tree->n : 0);
	for (size_t i = 0; tree && i < tree->n; i++)
		put(&x->trees, tree->p[i], 1);
}

/* A place that is patched; ascending addresses. */
static inline void index_site(struct index *x, uint64_t addr, uint8_t len, uint8_t kind, uint64_t target, uint8_t repl_len)
{
	put(&x->patch, addr - x->base, 4);
	put(&x->patch, target ? target - x->base : 0, 4);
	put(&x->patch, len, 1);
	put(&x->patch, kind, 1);
	put(&x->patch, repl_len, 1);
	put(&x->patch, target != 0, 1);
}

/* Code, as it is. */
static inline void index_code(struct index *x, uint64_t addr, const void *bytes, uint32_t n)
{
	put(&x->text_blocks, addr - x->base, 4);
	put(&x->text_blocks, n, 4);
	put(&x->text_blocks, x->text.n, 4);
	for (uint32_t i = 0; i < n; i++)
		put(&x->text, ((const uint8_t *)bytes)[i], 1);
}

static inline void index_node(struct out *t, unsigned depth, unsigned origin, unsigned file, unsigned line, int64_t start,
			      uint64_t len)
{
	put_uleb(t, depth);
	put_uleb(t, origin);
	put_uleb(t, file);
	put_uleb(t, line);
	put_uleb(t, 1);
	put_uleb(t, 1);
	put_uleb(t, kd_zigzag(start));
	put_uleb(t, len);
}

static inline void index_sort_names(struct index *x)
{
	bool used[INDEX_SYMBOLS] = {false};

	x->names.n = 0;
	for (unsigned i = 0; i < x->nsyms; i++) {
		unsigned best = INDEX_SYMBOLS;

		for (unsigned k = 0; k < x->nsyms; k++)
			if (!used[k] && (best == INDEX_SYMBOLS || strcmp(x->name[k], x->name[best]) < 0))
				best = k;
		used[best] = true;
		put(&x->names, best, 4);
	}
}

static inline void index_write(struct index *x, const char *path)
{
	char ident[512];
	struct out base = {.n = 0};
	const int n = snprintf(ident, sizeof(ident), "text_base=%jx\ntext_end=%jx\n%s", (uintmax_t)x->base,
			       (uintmax_t)x->base + 0x10000, x->ident ? x->ident : "");
	struct kd_kdx_part parts[] = {
		{KD_KDX_IDENT, kd_view(ident, (size_t)n)},  {KD_KDX_BASE, out_view(&base)},
		{KD_KDX_STRINGS, out_view(&x->strings)},     {KD_KDX_SYM_ADDR, out_view(&x->addr)},
		{KD_KDX_SYMS, out_view(&x->syms)},	      {KD_KDX_SYM_NAMES, out_view(&x->names)},
		{KD_KDX_FILES, out_view(&x->files)},	      {KD_KDX_LINE_BLOCKS, out_view(&x->blocks)},
		{KD_KDX_LINES, out_view(&x->lines)},	      {KD_KDX_RANGES, out_view(&x->ranges)},
		{KD_KDX_FUNCS, out_view(&x->funcs)},	      {KD_KDX_ORIGINS, out_view(&x->origins)},
		{KD_KDX_TREES, out_view(&x->trees)},	      {KD_KDX_PATCH, out_view(&x->patch)},
		{KD_KDX_TEXT_BLOCKS, out_view(&x->text_blocks)}, {KD_KDX_TEXT, out_view(&x->text)}};

	put(&base, x->base, 8);
	put(&base, x->base + 0x10000, 8);
	index_text(x, NULL);
	index_sort_names(x);
	parts[1].data = out_view(&base);
	parts[2].data = out_view(&x->strings);
	parts[5].data = out_view(&x->names);
	assert_ok(kd_kdx_write(path, parts, KD_ARRAY_LEN(parts), NULL, NULL));
}

static inline void remove_folder(const char *dir)
{
	char cmd[200];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	assert_int_equal(system(cmd), 0);
}

/* Written, opened, and removed: it stays mapped. */
static inline struct kd_kdx *index_open(struct index *x)
{
	char path[] = "/tmp/kdoc-test-XXXXXX";
	struct kd_kdx *k = NULL;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	index_write(x, path);
	assert_ok(kd_kdx_open(path, &k));
	unlink(path);
	return k;
}

#endif
