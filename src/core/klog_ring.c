// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lockless ring: kernel/printk/printk_ringbuffer.h. A ring of descriptors, whose ids count on for
 * ever; beside each an info (time, length, caller); a ring of bytes with the texts, each behind the id of
 * its descriptor. Positions (lpos) count on, too: their low bits are the place in the ring.
 */
#include "base/alloc.h"
#include "core/klog_internal.h"

#define ID_BITS 62 /* of a descriptor's state word; two of state above */
#define ID_MASK (((uint64_t)1 << ID_BITS) - 1)

enum { RESERVED, COMMITTED, FINALIZED, REUSABLE }; /* enum desc_state */
enum { ID_BYTES = 8, RING_BITS_MAX = 31, EMPTY_MAX = 1 << 20 };

struct ring {
	uint64_t descs, infos, data; /* addresses */
	uint64_t count_bits, size_bits;
	uint64_t head_id, tail_id;
	/* layout */
	uint64_t desc_size, state_var, lpos_begin, lpos_next;
	uint64_t info_size, seq, ns, len, caller;
	bool has_caller;
};

static struct kd_error *offsets(struct klog *k, struct ring *r)
{
	const struct {
		const char *name;
		uint64_t *to;
	} want[] = {{"prb_desc.state_var", &r->state_var}, {"printk_info.seq", &r->seq}, {"printk_info.ts_nsec", &r->ns},
		    {"printk_info.text_len", &r->len}};
	uint64_t lpos = 0, begin = 0, next = 0;
	struct kd_error *err = kd_klog_size(k->s, "prb_desc", &r->desc_size);

	if (!err)
		err = kd_klog_size(k->s, "printk_info", &r->info_size);
	for (size_t i = 0; !err && i < KD_ARRAY_LEN(want); i++)
		err = kd_klog_offset(k->s, want[i].name, want[i].to);
	if (!err)
		err = kd_klog_offset(k->s, "prb_desc.text_blk_lpos", &lpos);
	if (!err)
		err = kd_klog_offset(k->s, "prb_data_blk_lpos.begin", &begin);
	if (!err)
		err = kd_klog_offset(k->s, "prb_data_blk_lpos.next", &next);
	if (err)
		return err;
	r->lpos_begin = lpos + begin;
	r->lpos_next = lpos + next;
	err = kd_klog_offset(k->s, "printk_info.caller_id", &r->caller);
	r->has_caller = !err;
	kd_error_free(err);
	return NULL;
}

/* A member of a struct inside of struct printk_ringbuffer. */
static struct kd_error *member(struct klog *k, uint64_t base, const char *name, unsigned size, uint64_t *ret)
{
	struct kd_space_miss miss;
	uint64_t off;
	struct kd_error *err = kd_klog_offset(k->s, name, &off);

	if (!err && !kd_space_uint(k->s, base + off, size, ret, &miss))
		err = kd_error_new(KD_BADDATA, "%s at %#jx cannot be read: %s", name, (uintmax_t)(base + off),
				   kd_space_why(&miss));
	return err;
}

static struct kd_error *find(struct klog *k, struct ring *r)
{
	uint64_t at, rb = 0, desc_ring = 0, text_ring = 0;
	struct kd_error *err = NULL;

	(void)kd_vmcoreinfo_symbol(kd_space_vmcoreinfo(k->s), "prb", &at);
	if (!kd_space_uint(k->s, at, 8, &rb, NULL))
		return kd_error_new(KD_BADDATA, "prb at %#jx cannot be read", (uintmax_t)at);
	err = kd_klog_offset(k->s, "printk_ringbuffer.desc_ring", &desc_ring);
	if (!err)
		err = kd_klog_offset(k->s, "printk_ringbuffer.text_data_ring", &text_ring);
	if (!err)
		err = member(k, rb + desc_ring, "prb_desc_ring.count_bits", 4, &r->count_bits);
	if (!err)
		err = member(k, rb + desc_ring, "prb_desc_ring.descs", 8, &r->descs);
	if (!err)
		err = member(k, rb + desc_ring, "prb_desc_ring.infos", 8, &r->infos);
	if (!err)
		err = member(k, rb + desc_ring, "prb_desc_ring.head_id", 8, &r->head_id);
	if (!err)
		err = member(k, rb + desc_ring, "prb_desc_ring.tail_id", 8, &r->tail_id);
	if (!err)
		err = member(k, rb + text_ring, "prb_data_ring.size_bits", 4, &r->size_bits);
	if (!err)
		err = member(k, rb + text_ring, "prb_data_ring.data", 8, &r->data);
	if (err)
		return err;
	r->head_id &= ID_MASK;
	r->tail_id &= ID_MASK;
	if (r->count_bits > RING_BITS_MAX || r->size_bits > RING_BITS_MAX || r->size_bits < 3 ||
	    ((r->head_id - r->tail_id) & ID_MASK) >= (uint64_t)1 << r->count_bits)
		return kd_error_new(KD_BADDATA, "the ring at %#jx makes no sense: 2^%ju descriptors, ids %ju to %ju, "
				    "2^%ju bytes", (uintmax_t)rb, (uintmax_t)r->count_bits, (uintmax_t)r->tail_id,
				    (uintmax_t)r->head_id, (uintmax_t)r->size_bits);
	return NULL;
}

/* Where the block of [begin, next) is in the ring; false: the positions are none of a block. */
static bool block_at(const struct ring *r, uint64_t begin, uint64_t next, uint64_t *off, uint64_t *size)
{
	const uint64_t ring = (uint64_t)1 << r->size_bits, mask = ring - 1;

	if (begin >> r->size_bits == next >> r->size_bits && begin < next) {
		*off = begin & mask;
		*size = next - begin;
	} else if ((begin >> r->size_bits) + 1 == next >> r->size_bits) {
		*off = 0; /* a block is never split: one that would wrap begins at the ring's start */
		*size = next & mask;
	} else {
		return false;
	}
	return *size > ID_BYTES && !(*off & 7);
}

static bool text_of(struct klog *k, const struct ring *r, uint64_t id, uint64_t desc, uint64_t len, char *to,
		    struct kd_view *ret)
{
	struct kd_space_miss miss;
	uint64_t begin, next, off, size, owner;

	if (!kd_space_uint(k->s, desc + r->lpos_begin, 8, &begin, &miss) ||
	    !kd_space_uint(k->s, desc + r->lpos_next, 8, &next, &miss)) {
		kd_klog_damaged(k, "a descriptor", &miss);
		return false;
	}
	*ret = kd_view("", 0);
	if (begin & 1 && next & 1) /* no text: an empty line, or there was no room */
		return true;
	if (!block_at(r, begin, next, &off, &size)) {
		kd_klog_damaged(k, "a text's place makes no sense", NULL);
		return false;
	}
	if (!kd_space_uint(k->s, r->data + off, ID_BYTES, &owner, &miss)) {
		kd_klog_damaged(k, "a text", &miss);
		return false;
	}
	if ((owner & ID_MASK) != id) {
		kd_klog_damaged(k, "a text belongs to another record: it was overwritten", NULL);
		return false;
	}
	if (len > size - ID_BYTES)
		len = size - ID_BYTES;
	if (!kd_space_read(k->s, r->data + off + ID_BYTES, to, (size_t)len, &miss)) {
		kd_klog_damaged(k, "a text", &miss);
		return false;
	}
	*ret = kd_view(to, (size_t)len);
	return true;
}

static void record(struct klog *k, const struct ring *r, uint64_t id, char *room)
{
	const uint64_t i = id & (((uint64_t)1 << r->count_bits) - 1);
	const uint64_t desc = r->descs + i * r->desc_size, info = r->infos + i * r->info_size;
	struct klog_record rec = {.has_caller = r->has_caller};
	struct kd_space_miss miss;
	uint64_t state, seq, len, bits, caller = 0;

	if (!kd_space_uint(k->s, desc + r->state_var, 8, &state, &miss)) {
		kd_klog_damaged(k, "a descriptor", &miss);
		return;
	}
	if ((state & ID_MASK) != id)
		return; /* of the round before: not written yet in this one */
	if (state >> ID_BITS == REUSABLE)
		return;
	if (state >> ID_BITS == RESERVED) {
		k->log->unfinished++;
		return;
	}
	/* facility follows text_len, then a byte of five flags and three of level */
	if (!kd_space_uint(k->s, info + r->seq, 8, &seq, &miss) || !kd_space_uint(k->s, info + r->ns, 8, &rec.ns, &miss) ||
	    !kd_space_uint(k->s, info + r->len, 2, &len, &miss) ||
	    !kd_space_uint(k->s, info + r->len + 3, 1, &bits, &miss) ||
	    (r->has_caller && !kd_space_uint(k->s, info + r->caller, 4, &caller, &miss))) {
		kd_klog_damaged(k, "a record's info", &miss);
		return;
	}
	if (!text_of(k, r, id, desc, len, room, &rec.text))
		return;
	rec.level = bits >> 5 & 7;
	rec.caller = (uint32_t)caller;
	if (!k->log->records)
		k->log->first_seq = seq;
	kd_klog_put(k, &rec);
}

struct kd_error *kd_klog_ring(struct klog *k)
{
	struct ring r = {0};
	char *room;
	struct kd_error *err = offsets(k, &r);

	k->log->form = "printk_ringbuffer";
	if (!err)
		err = find(k, &r);
	if (err)
		return err;
	room = kd_xmalloc(KD_KLOG_TEXT_MAX);
	for (uint64_t id = r.tail_id, n = 1;; id = (id + 1) & ID_MASK, n++) {
		record(k, &r, id, room);
		if (id == r.head_id || k->out->overflow)
			break;
		if (n - k->log->records > EMPTY_MAX) {
			k->log->stopped = true;
			break;
		}
	}
	kd_free(room);
	return NULL;
}
