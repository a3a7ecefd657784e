// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/vmcoreinfo.h"

#include <stdio.h>

struct kd_vmcoreinfo kd_vmcoreinfo(struct kd_view text)
{
	size_t nul = kd_view_chr(text, '\0');

	return (struct kd_vmcoreinfo){.text = nul == KD_NPOS ? text : kd_view_head(text, nul)};
}

struct kd_view kd_vmcoreinfo_get(const struct kd_vmcoreinfo *v, struct kd_view key)
{
	struct kd_view rest = v->text, line;

	while (rest.n) {
		size_t end = kd_view_chr(rest, '\n');

		line = kd_view_head(rest, end == KD_NPOS ? rest.n : end);
		rest = kd_view_from(rest, end == KD_NPOS ? rest.n : end + 1);
		if (line.n > key.n && line.p[key.n] == '=' && kd_view_starts(line, key))
			return kd_view_from(line, key.n + 1);
	}
	return KD_VNULL;
}

static struct kd_view get(const struct kd_vmcoreinfo *v, const char *kind, const char *name)
{
	char key[160];
	int n = snprintf(key, sizeof(key), "%s(%s)", kind, name);

	return n > 0 && (size_t)n < sizeof(key) ? kd_vmcoreinfo_get(v, kd_view(key, (size_t)n)) : KD_VNULL;
}

bool kd_vmcoreinfo_symbol(const struct kd_vmcoreinfo *v, const char *name, uint64_t *ret)
{
	struct kd_view value = get(v, "SYMBOL", name);

	return kd_view_take_hex(&value, ret) && !value.n;
}

bool kd_vmcoreinfo_number(const struct kd_vmcoreinfo *v, const char *kind, const char *name, int64_t *ret)
{
	struct kd_view value = get(v, kind, name);
	bool negative = kd_view_skip(&value, KD_V("-"));
	uint64_t n;

	if (!(kd_view_skip(&value, KD_V("0x")) ? kd_view_take_hex(&value, &n) : kd_view_take_dec(&value, &n)) || value.n)
		return false;
	*ret = (int64_t)(negative ? 0 - n : n);
	return true;
}
