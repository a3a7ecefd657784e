/* SPDX-License-Identifier: GPL-2.0-or-later */
struct item *pool_take(struct pool *p, unsigned int flags);
#define pool_get(p) pool_take(p, 0)
