// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "base/alloc.h"
#include "core/kallsyms_internal.h"
#include "format/kallsyms_search.h"

enum { PAGE = 4096, DIGITS = 20, IMAGE_MAX = 96 << 20, FEW = 4 << 20, MANY = 24 << 20 /* of names and what is in front of them */,
       BEHIND = 16 << 10 /* tokens and their index */ };

static uint64_t up(uint64_t v)
{
	return (v + KD_KALLSYMS_ALIGN - 1) & ~(uint64_t)(KD_KALLSYMS_ALIGN - 1);
}

/* From below the address `top` down: where the tokens of the digits are. */
static bool find_digits(struct kd_space *s, uint64_t bottom, uint64_t top, uint64_t *ret)
{
	uint8_t page[PAGE + DIGITS] = {0}; /* with the beginning of the page behind it */

	for (uint64_t at = top & ~(uint64_t)(PAGE - 1); at > bottom;) {
		size_t hint;

		at -= PAGE;
		memcpy(page + PAGE, page, DIGITS);
		if (!kd_space_read(s, at, page, PAGE, NULL)) {
			memset(page, 0, sizeof(page));
			continue;
		}
		hint = kd_kallsyms_hint(kd_view((const char *)page, sizeof(page)));
		if (hint != KD_NPOS) {
			*ret = at + hint;
			return true;
		}
	}
	return false;
}

/* The tables around the digits, with `before` bytes in front of them. */
static bool search(struct kd_space *s, uint64_t digits, uint64_t bottom, uint64_t before, struct kd_ksyms_places ret[2])
{
	const uint64_t from = (digits - bottom > before ? digits - before : bottom) & ~(uint64_t)(PAGE - 1);
	const size_t n = (size_t)(digits - from) + BEHIND;
	kd_auto(kd_freep) char *room = kd_xmalloc(n);
	struct kd_kallsyms_places p;

	for (size_t i = 0; i < n; i += PAGE) /* between sections there may be nothing */
		if (!kd_space_read(s, from + i, room + i, n - i < PAGE ? n - i : PAGE, NULL))
			memset(room + i, 0, n - i < PAGE ? n - i : PAGE);
	if (!kd_kallsyms_search(kd_view(room, n), &p))
		return false;
	ret[0] = ret[1] = (struct kd_ksyms_places){.names = from + p.names, .count = from + p.count_at, .table = from + p.tokens,
						   .index = from + p.index, .has_base = true};
	ret[0].base = ret[0].count - KD_KALLSYMS_ALIGN; /* to 6.3 */
	ret[0].offsets = ret[0].base - up(4 * (uint64_t)p.count);
	ret[1].offsets = up(ret[1].index + KD_KALLSYMS_INDEX);
	ret[1].base = up(ret[1].offsets + 4 * (uint64_t)p.count);
	return true;
}

struct kd_error *kd_ksyms_search(struct kd_space *s, struct kd_ksyms_places ret[2])
{
	const struct kd_vmcoreinfo *v = kd_space_vmcoreinfo(s);
	uint64_t bottom, top;

	if (!kd_vmcoreinfo_symbol(v, "_stext", &bottom) || !kd_vmcoreinfo_symbol(v, "init_uts_ns", &top) || top <= bottom ||
	    top - bottom > IMAGE_MAX)
		return kd_error_new(KD_NOTFOUND, "VMCOREINFO does not say where the kernel's names are (kernels do since 6.0), nor where "
						 "its image is: without names no stack can be unwound from the dump alone; its log can be read");
	for (uint64_t at = top, digits; find_digits(s, bottom, at, &digits); at = digits)
		if (search(s, digits, bottom, FEW, ret) || search(s, digits, bottom, MANY, ret))
			return NULL;
	return kd_error_new(KD_NOTFOUND, "VMCOREINFO does not say where the kernel's names are (kernels do since 6.0), and they were not "
					 "found in its image: without them no stack can be unwound from the dump alone; its log can be read");
}
