// SPDX-License-Identifier: GPL-2.0-or-later
/* A small file in the kernel's style, for tests. */
#include <linux/pool.h>

static int pool_check(struct pool *p)
{
	return p ? 0 : -EINVAL;
}

struct item *__must_check
pool_take(struct pool *p, unsigned int flags)
{
	struct item *it;

	if (pool_check(p))
		return NULL;
	it = p->free;
#ifdef CONFIG_POOL_DEBUG
	if (it) {
		pool_note(it, flags);
#else
	if (it) {
#endif
		p->free = it->next;
	}
	return it;
}
EXPORT_SYMBOL_GPL(pool_take);

SYSCALL_DEFINE2(pool_make, unsigned int, size, int, flags)
{
	if (size > POOL_MAX)
		return -E2BIG;
	return pool_check(NULL);
}
