// SPDX-License-Identifier: GPL-2.0-or-later
static int pool_check(struct user *u)
{
	/* pool_take(x) in a comment does not count */
	return u->n;
}

int user_fill(struct user *u)
{
	u->take = pool_take;
	while (pool_check(u))
		u->item = pool_take(u->pool, 0);
	return 0;
}
