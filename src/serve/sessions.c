// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve/sessions.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "serve/secret.h"

static void name(struct kd_session *s)
{
	uint8_t bits[(KD_SESSION_ID - 1) / 2];

	kd_secret(bits, sizeof(bits));
	kd_hex(bits, sizeof(bits), s->id);
}

static struct kd_session *longest_idle(const struct kd_sessions *all)
{
	struct kd_session *best = NULL;

	for (struct kd_session *s = all->first; s; s = s->next)
		if (!s->busy && (!best || s->used_ns < best->used_ns))
			best = s;
	return best;
}

struct kd_session *kd_session_open(struct kd_sessions *all, int64_t now)
{
	struct kd_session *s = NULL;

	if (all->n >= all->max) {
		s = longest_idle(all);
		if (!s)
			return NULL;
		kd_session_end(all, s);
	}
	s = kd_xcalloc(1, sizeof(*s));
	name(s);
	s->used_ns = now;
	s->next = all->first;
	all->first = s;
	all->n++;
	return s;
}

struct kd_session *kd_session_find(struct kd_sessions *all, struct kd_view id, int64_t now)
{
	struct kd_session *found = NULL;

	if (id.n != KD_SESSION_ID - 1)
		return NULL;
	for (struct kd_session *s = all->first; s; s = s->next)
		if (kd_equal_slowly(s->id, id.p, id.n))
			found = s;
	if (found)
		found->used_ns = now;
	return found;
}

void kd_session_end(struct kd_sessions *all, struct kd_session *s)
{
	for (struct kd_session **at = &all->first; *at; at = &(*at)->next)
		if (*at == s) {
			*at = s->next;
			all->n--;
			all->ended(all->user, s);
			kd_free(s);
			return;
		}
}

size_t kd_sessions_expire(struct kd_sessions *all, int64_t now)
{
	for (struct kd_session *s = all->first, *next; s; s = next) {
		next = s->next;
		if (!s->busy && now - s->used_ns >= all->idle_ns)
			kd_session_end(all, s);
	}
	return all->n;
}

void kd_sessions_end(struct kd_sessions *all)
{
	while (all->first)
		kd_session_end(all, all->first);
}
