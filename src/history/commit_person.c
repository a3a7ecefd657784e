// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "history/commit_internal.h"

static struct kd_view unquote(struct kd_view v)
{
	v = kd_view_trim(v);
	if (v.n >= 2 && (*v.p == '"' || *v.p == '\'') && v.p[v.n - 1] == *v.p)
		v = kd_view_trim(kd_view(v.p + 1, v.n - 2));
	return v;
}

struct kd_person kd_person_parse(struct kd_view v)
{
	size_t open = kd_view_chr(v, '<'), close, at;
	struct kd_person who = {KD_VNULL, KD_VNULL};

	if (open != KD_NPOS) {
		who.name = unquote(kd_view_head(v, open));
		v = kd_view_from(v, open + 1);
		close = kd_view_chr(v, '>');
		who.mail = kd_view_trim(kd_view_head(v, close == KD_NPOS ? v.n : close));
	} else {
		/* no brackets: a word with an '@' is the address, else all of it is a name */
		struct kd_view w = v, word;

		while (!who.mail.n && kd_view_take_word(&w, &word)) {
			at = kd_view_chr(word, '@');
			if (at != KD_NPOS && at && at + 1 < word.n)
				who.mail = word;
		}
		if (!who.mail.n)
			who.name = unquote(v);
	}
	if (!who.name.n)
		who.name = KD_VNULL;
	if (!who.mail.n)
		who.mail = KD_VNULL;
	return who;
}
