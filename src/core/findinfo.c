// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/findinfo.h"

#include "base/alloc.h"
#include "base/le.h"
#include "format/vmcoreinfo.h"

enum { STEP = 4096, NOTE_HEAD = 24, LOOK = NOTE_HEAD + 16, LINES_MIN = 10, TEXTS_MAX = 32, EVERY = 1024 };

static const char note_name[] = "VMCOREINFO";

/* Where in the first bytes of a page the text begins; false: it does not. */
static bool begins(const uint8_t *p, size_t *at)
{
	if (!memcmp(p, "OSRELEASE=", 10)) {
		*at = 0;
		return true;
	}
	*at = NOTE_HEAD;
	return kd_le32(p) == sizeof(note_name) && !memcmp(p + 12, note_name, sizeof(note_name)) &&
	       !memcmp(p + NOTE_HEAD, "OSRELEASE=", 10);
}

/* The text at paddr, up to its NUL or the end of what can be read of it. */
static struct kd_view text_at(struct kd_pages *pages, uint64_t paddr, char *buf)
{
	size_t n = 0, some = STEP - paddr % STEP;

	while (n + some <= KD_VMCOREINFO_PAGE && kd_pages_read(pages, paddr + n, buf + n, some, NULL) == KD_PAGE_OK) {
		size_t end = strnlen(buf + n, some);

		n += end;
		if (end < some)
			break;
		some = STEP;
	}
	return kd_view(buf, n);
}

/* Lines KEY=VALUE of printable characters, as many as no kernel has less. */
static bool is_info(struct kd_view text)
{
	struct kd_view line;
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '\n' && (text.p[i] < ' ' || text.p[i] > '~'))
			return false;
	while (kd_view_take_until(&text, KD_V("\n"), &line)) {
		if (kd_view_chr(line, '=') == KD_NPOS)
			return false;
		n++;
	}
	return n >= LINES_MIN && !text.n;
}

static bool of_a_crash(struct kd_view text)
{
	const struct kd_vmcoreinfo v = kd_vmcoreinfo(text);

	return kd_vmcoreinfo_get(&v, KD_V("CRASHTIME")).n > 0;
}

struct search {
	struct kd_view tried[TEXTS_MAX]; /* different texts */
	size_t n;
	struct kd_vmcoreinfo_found found;
};

static struct kd_error *look_at(struct search *s, struct kd_view text, kd_vmcoreinfo_fits *fits, void *user,
				struct kd_arena *arena)
{
	s->found.seen++;
	for (size_t i = 0; i < s->n; i++)
		if (kd_view_eq(s->tried[i], text))
			return NULL;
	if (s->n == TEXTS_MAX)
		return kd_error_new(KD_LIMIT, "its memory has more than %d different texts that look like VMCOREINFO", TEXTS_MAX);
	text = kd_arena_view(arena, text);
	if (!text.p)
		return kd_error_new(KD_LIMIT, "no room for what looks like VMCOREINFO");
	s->tried[s->n++] = text;
	if (!fits(user, text))
		return NULL;
	/* what a crash adds is at the end: then one begins as the other */
	if (s->found.text.n && !kd_view_starts(text, s->found.text) && !kd_view_starts(s->found.text, text))
		s->found.rivals++;
	if (!s->found.text.n || (of_a_crash(text) && !of_a_crash(s->found.text)))
		s->found.text = text;
	return NULL;
}

/* Time to tell how far it is; false: stop. */
static bool go_on(const struct kd_pages *pages, uint64_t paddr, size_t pages_seen)
{
	const struct kd_pages_options *o = kd_pages_options(pages);

	if (pages_seen >= (o->search_max ? o->search_max : KD_PAGES_SEARCH_MAX) / STEP)
		return false;
	return pages_seen % EVERY || !o->progress || o->progress(o->user, paddr, kd_pages_info(pages)->top);
}

struct kd_error *kd_vmcoreinfo_find(struct kd_pages *pages, kd_vmcoreinfo_fits *fits, void *user, struct kd_arena *arena,
				    struct kd_vmcoreinfo_found *ret)
{
	kd_auto(kd_freep) struct search *s = kd_xcalloc(1, sizeof(*s));
	kd_auto(kd_freep) char *buf = kd_xmalloc(KD_VMCOREINFO_PAGE);
	struct kd_error *err = NULL;
	size_t n = 0, at;

	for (uint64_t paddr = kd_pages_next(pages, 0); !err && paddr != UINT64_MAX; paddr = kd_pages_next(pages, paddr + STEP)) {
		uint8_t head[LOOK];
		struct kd_view text;

		paddr &= ~(uint64_t)(STEP - 1);
		if (!go_on(pages, paddr, n++)) {
			s->found.stopped = true;
			break;
		}
		if (kd_pages_read(pages, paddr, head, sizeof(head), NULL) == KD_PAGE_OK && begins(head, &at)) {
			text = text_at(pages, paddr + at, buf);
			if (is_info(text))
				err = look_at(s, text, fits, user, arena);
		}
		if (paddr > UINT64_MAX - 2 * STEP)
			break;
	}
	s->found.looked_at = (uint64_t)n * STEP;
	*ret = s->found;
	return err;
}
