// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The log before 5.10: records of struct printk_log one behind the other in log_buf, each as long as its
 * len says; one of length 0 means: go on at the buffer's start. From log_first_idx to log_next_idx.
 */
#include "base/alloc.h"
#include "core/klog_internal.h"

struct old {
	uint64_t buf, buf_len, first, next;
	uint64_t size, ns, len, text_len, level;
};

static struct kd_error *variable(struct klog *k, const char *name, unsigned size, uint64_t *ret)
{
	struct kd_space_miss miss;
	uint64_t at;

	if (!kd_vmcoreinfo_symbol(kd_space_vmcoreinfo(k->s), name, &at))
		return kd_error_new(KD_NOTFOUND, "VMCOREINFO does not name %s", name);
	if (!kd_space_uint(k->s, at, size, ret, &miss))
		return kd_error_new(KD_BADDATA, "%s at %#jx cannot be read: %s", name, (uintmax_t)at, kd_space_why(&miss));
	return NULL;
}

static struct kd_error *find(struct klog *k, struct old *o)
{
	struct kd_error *err = variable(k, "log_buf", 8, &o->buf);

	if (!err)
		err = variable(k, "log_buf_len", 4, &o->buf_len);
	if (!err)
		err = variable(k, "log_first_idx", 4, &o->first);
	if (!err)
		err = variable(k, "log_next_idx", 4, &o->next);
	if (!err)
		err = kd_klog_size(k->s, "printk_log", &o->size);
	if (!err)
		err = kd_klog_offset(k->s, "printk_log.ts_nsec", &o->ns);
	if (!err)
		err = kd_klog_offset(k->s, "printk_log.len", &o->len);
	if (!err)
		err = kd_klog_offset(k->s, "printk_log.text_len", &o->text_len);
	if (!err && (o->first >= o->buf_len || o->next > o->buf_len || o->size < 16))
		err = kd_error_new(KD_BADDATA, "log_buf of %ju bytes with records from %ju to %ju", (uintmax_t)o->buf_len,
				   (uintmax_t)o->first, (uintmax_t)o->next);
	o->level = o->text_len + 5; /* dict_len and facility are between; five flags, three bits of level */
	return err;
}

/* The place behind the record at `at`; false: it cannot be gone on. */
static bool record(struct klog *k, const struct old *o, uint64_t at, char *room, uint64_t *ret)
{
	const uint64_t addr = o->buf + at;
	struct klog_record rec = {0};
	struct kd_space_miss miss;
	uint64_t len, text_len, bits = 0;

	if (!kd_space_uint(k->s, addr + o->len, 2, &len, &miss)) {
		kd_klog_damaged(k, "a record", &miss);
		return false;
	}
	if (!len) {
		*ret = 0;
		return true;
	}
	*ret = at + len;
	if (!kd_space_uint(k->s, addr + o->text_len, 2, &text_len, &miss) ||
	    !kd_space_uint(k->s, addr + o->ns, 8, &rec.ns, &miss)) {
		kd_klog_damaged(k, "a record", &miss);
		return true;
	}
	if (len < o->size || text_len > len - o->size || len > o->buf_len - at) {
		kd_klog_damaged(k, "a record's length makes no sense", NULL);
		return false;
	}
	if (!kd_space_read(k->s, addr + o->size, room, (size_t)text_len, &miss)) {
		kd_klog_damaged(k, "a record's text", &miss);
		return true;
	}
	(void)kd_space_uint(k->s, addr + o->level, 1, &bits, NULL);
	rec.level = bits >> 5 & 7;
	rec.text = kd_view(room, (size_t)text_len);
	kd_klog_put(k, &rec);
	return true;
}

struct kd_error *kd_klog_records(struct klog *k)
{
	struct old o = {0};
	struct kd_error *err = find(k, &o);
	uint64_t at = o.first;
	char *room;
	bool wrapped = false;

	k->log->form = "printk_log";
	if (err)
		return err;
	room = kd_xmalloc(KD_KLOG_TEXT_MAX);
	while (at != o.next && !k->out->overflow) {
		uint64_t to;

		if (at + o.size > o.buf_len || !record(k, &o, at, room, &to))
			break;
		if (to <= at) {
			if (wrapped)
				break;
			wrapped = true;
		}
		at = to;
	}
	kd_free(room);
	return NULL;
}
