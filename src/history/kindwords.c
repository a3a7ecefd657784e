// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/kindwords.h"

#include "base/alloc.h"

/* Words that messages of fixes of a kind use, as a person who knows the kernel would list them; each in lower case. */
static const struct kind {
	const char *name;
	const char *words; /* blanks between, and at both ends */
} kinds[KD_SEG_KINDS] = {
	{"use after free, double free, reference gone", " uaf free freed freeing after double refcount reference lifetime dangling race release put destroy cancel stale flush hold teardown use-after-free double-free "},
	{"out of bounds", " oob bounds out bound overflow length size check validate validation index range overrun overread array invalid sanity limit slab out-of-bounds slab-out-of-bounds overflows bounds-check "},
	{"NULL or wild pointer", " null pointer dereference deref gpf uninitialized check crash oops missing init initialize protection null-ptr-deref null-pointer-dereference dereferencing dereferenced invalid address "},
	{"memory leak", " leak leaks leaked memory free freed missing release put error path kmemleak leaking "},
	{"uninitialised memory", " uninit uninitialized uninitialised initialize initialise kmsan infoleak leak zero zeroed memset value length short init uninit-value kernel-infoleak "},
	{"locking", " lock locking deadlock lockdep mutex spinlock rcu circular inversion irq bh atomic sleep sleeping held unlock context splat nested nesting recursive order dependency acquire deadlocks locks unlocked inversions "},
	{"data race", " race races racy data kcsan read_once write_once annotate lockless concurrent annotations once data-race racing data-races "},
	{"hang or stall", " hang hung task stall lockup loop infinite deadlock blocked rcu timeout endless lock wait stuck softlockup hangs stalls lockups hung-task soft-lockup "},
	{"division by zero", " divide division zero div divide-by-zero division-by-zero "},
	{"shift or overflow", " shift overflow ubsan bounds out shift-out-of-bounds validate range integer undefined signed exponent integer-overflow "},
	{"reference count", " refcount reference leak ref counting put hold count dev_put unregister netdev "},
	{"warning", " warn warning warn_on splat replace remove check "},
	{"BUG", " bug bug_on crash panic check corrupted "},
};

static const char guards[] = " avoid prevent handle check validate ensure dont don properly reject protect ";

static bool is_in(const char *words, struct kd_view word)
{
	const struct kd_view all = kd_view_of(words);
	char with[KD_WORD_MAX + 2];

	if (!word.n || word.n > KD_WORD_MAX)
		return false;
	with[0] = ' ';
	memcpy(with + 1, word.p, word.n);
	with[word.n + 1] = ' ';
	return kd_view_has(all, kd_view(with, word.n + 2));
}

unsigned kd_kind_of_word(struct kd_view word)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < KD_SEG_KINDS; i++)
		bits |= (unsigned)is_in(kinds[i].words, word) << i;
	return bits;
}

bool kd_word_is_guard(struct kd_view word)
{
	return is_in(guards, word);
}

const char *kd_kind_name(unsigned kind)
{
	return kinds[kind].name;
}
