// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a list of symbols: every line, then an index of it, which must be in order and whole. */
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "format/symlist.h"
#include "symbol/build_list.h"
#include "symbol/kdx_format.h"
#include "symbol/resolve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SYMBOLS = 2000 };

static void lines(struct kd_view text)
{
	struct kd_view line;
	struct kd_symlist_line l;

	while (kd_view_take_until(&text, KD_V("\n"), &line))
		if (kd_symlist_line(line, &l) && (!l.name.n || l.name.n > KD_SYMLIST_NAME_MAX || l.name.p < line.p ||
						  l.name.p + l.name.n > line.p + line.n))
			abort();
}

static void look(struct kd_kdx *k)
{
	struct kd_symbol s, at;
	uint64_t last = 0;

	for (size_t i = 0; i < kd_symbols(k) && i < SYMBOLS; i++) {
		if (!kd_symbol(k, i, &s) || s.addr < last || !s.name.n)
			abort();
		last = s.addr;
		/* an absolute one is a number: at such an address there may be another symbol's code */
		if (!(s.flags & KD_SYM_ABS) && kd_symbol_at(k, s.addr, &at) && at.addr != s.addr)
			abort();
		if (!kd_symbols_named(k, s.name, &(size_t){0}))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kd_bytes *b = kd_bytes_of_view(kd_view((const char *)data, size), "System.map-fuzz");
	const struct kd_kdx_options o = {.module = size && data[size - 1] & 1 ? "foo" : NULL};
	char path[] = "/tmp/kdoc-fuzz-XXXXXX";
	struct kd_kdx *k = NULL;
	struct kd_error *err;
	int fd;

	lines(kd_view((const char *)data, size));
	if (kd_symlist_is(b)) {
		fd = mkstemp(path);
		if (fd < 0)
			abort();
		close(fd);
		err = kd_symlist_build(b, path, &o, NULL);
		if (!err)
			err = kd_kdx_open(path, &k);
		if (k) {
			look(k);
			kd_kdx_close(k);
		}
		kd_error_free(err);
		unlink(path);
	}
	kd_bytes_close(b);
	return 0;
}
