// SPDX-License-Identifier: GPL-2.0-or-later
/* Red zones and poison of SLUB's debugging (slub_debug=ZP): what mm/slub.c, init_object(), wrote around and into an object. */
#include <inttypes.h>

#include "core/slab.h"
#include "core/slab_internal.h"
#include "report/poison.h"

/* include/linux/poison.h. */
enum { RED_INACTIVE = 0xbb, RED_ACTIVE = 0xcc, POISON_FREE = 0x6b, POISON_END = 0xa5, CHUNK = 256 };

/* The first byte of [from, to) that is not `byte`. false: there is none, or one cannot be read. */
static bool differs(const struct kd_slub *s, uint64_t from, uint64_t to, uint8_t byte, uint64_t *at, uint8_t *have)
{
	uint8_t buf[CHUNK];

	while (from < to) {
		const size_t n = to - from < CHUNK ? (size_t)(to - from) : CHUNK;

		if (!kd_space_read(s->s, from, buf, n, NULL))
			return false;
		for (size_t i = 0; i < n; i++)
			if (buf[i] != byte) {
				*at = from + i;
				*have = buf[i];
				return true;
			}
		from += n;
	}
	return false;
}

struct zone {
	const char *what;
	uint64_t from, to;
	uint8_t byte;
};

static void check(const struct kd_slub *s, const struct zone *z, char out[KD_SLAB_WHY])
{
	uint64_t at;
	uint8_t have;

	if (differs(s, z->from, z->to, z->byte, &at, &have))
		kd_slab_say(out, "%s is damaged at 0x%" PRIx64 ": 0x%02x in place of 0x%02x", z->what, at, have, z->byte);
}

void kd_object_damage(struct kd_slub *s, const struct kd_object *o, char out[KD_SLAB_WHY])
{
	const struct kd_cache *c = o->cache;
	const bool freed = o->state == KD_OBJECT_FREE;
	const uint8_t red = freed ? RED_INACTIVE : RED_ACTIVE;
	const uint64_t end = o->start + c->object_size;
	const struct zone zones[] = {
		{"the red zone in front of it", o->start - c->left, o->start, red},
		{"the red zone behind it", end, o->start + c->inuse, red},
		{"the poison of the freed object", o->start, end - 1, POISON_FREE},
		{"the end of the freed object's poison", end - 1, end, POISON_END},
	};

	*out = 0;
	if (o->state != KD_OBJECT_ALLOCATED && !freed)
		return;
	if (kd_cache_has(s, c, "RED_ZONE")) {
		check(s, &zones[0], out);
		check(s, &zones[1], out);
	}
	if (freed && kd_cache_has(s, c, "OBJECT_POISON") && c->offset >= c->object_size) {
		check(s, &zones[2], out);
		check(s, &zones[3], out);
	}
}
