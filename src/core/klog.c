// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/klog.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/time.h"
#include "core/klog_internal.h"

static void put_date(struct klog *k, uint64_t ns)
{
	char text[KD_CIVIL_LEN];
	struct kd_civil t;
	int64_t at;

	if (ns > INT64_MAX || __builtin_add_overflow(k->o->boot_ns, (int64_t)ns, &at)) {
		kd_buf_add(k->out, KD_V("[no date]"));
		return;
	}
	kd_civil_from_ns(at, &t);
	t.nsec = 0; /* when the clock began is not known to less than a second */
	kd_civil_format(&t, text);
	kd_buf_printf(k->out, "[%s]", text);
}

/* As printk's own prefix: seconds in five columns, then the caller. */
static void put_prefix(struct klog *k, const struct klog_record *r)
{
	if (k->o->level)
		kd_buf_printf(k->out, "<%u>", r->level);
	if (k->o->time == KD_KLOG_SECONDS)
		kd_buf_printf(k->out, "[%5" PRIu64 ".%06" PRIu64 "]", r->ns / 1000000000, r->ns % 1000000000 / 1000);
	else if (k->o->time == KD_KLOG_DATE)
		put_date(k, r->ns);
	if (k->o->caller && r->has_caller) {
		char who[16];

		snprintf(who, sizeof(who), "%c%u", r->caller & 0x80000000 ? 'C' : 'T', r->caller & 0x7fffffff);
		kd_buf_printf(k->out, "[%6s]", who);
	}
	if (k->o->time != KD_KLOG_NO_TIME || (k->o->caller && r->has_caller))
		kd_buf_addc(k->out, ' ');
}

void kd_klog_put(struct klog *k, const struct klog_record *r)
{
	struct kd_view rest = r->text;

	do {
		size_t end = kd_view_chr(rest, '\n');
		struct kd_view line = kd_view_head(rest, end == KD_NPOS ? rest.n : end);

		put_prefix(k, r);
		kd_buf_add(k->out, line);
		kd_buf_addc(k->out, '\n');
		rest = end == KD_NPOS ? KD_VNULL : kd_view_from(rest, end + 1);
	} while (rest.n);
	k->log->records++;
}

void kd_klog_damaged(struct klog *k, const char *what, const struct kd_space_miss *miss)
{
	if (!k->log->damaged++)
		snprintf(k->log->why, sizeof(k->log->why), "%s%s%s", what, miss ? ": " : "",
			 miss ? kd_space_why(miss) : "");
}

static struct kd_error *number(struct kd_space *s, const char *kind, const char *name, uint64_t *ret)
{
	int64_t n;

	if (!kd_vmcoreinfo_number(kd_space_vmcoreinfo(s), kind, name, &n) || n < 0 || n > 1 << 20)
		return kd_error_new(KD_NOTFOUND, "VMCOREINFO does not say %s(%s)", kind, name);
	*ret = (uint64_t)n;
	return NULL;
}

struct kd_error *kd_klog_offset(struct kd_space *s, const char *name, uint64_t *ret)
{
	return number(s, "OFFSET", name, ret);
}

struct kd_error *kd_klog_size(struct kd_space *s, const char *name, uint64_t *ret)
{
	return number(s, "SIZE", name, ret);
}

struct kd_error *kd_klog_read(struct kd_space *s, const struct kd_klog_options *o, struct kd_buf *text,
			      struct kd_klog *ret)
{
	struct klog k = {.s = s, .o = o, .out = text, .log = ret};
	const struct kd_vmcoreinfo *v = kd_space_vmcoreinfo(s);
	struct kd_error *err;
	uint64_t at;

	*ret = (struct kd_klog){.live = kd_pages_info(kd_space_pages(s))->live};
	if (kd_vmcoreinfo_symbol(v, "prb", &at))
		err = kd_klog_ring(&k);
	else if (kd_vmcoreinfo_symbol(v, "log_buf", &at))
		err = kd_klog_records(&k);
	else
		err = kd_error_new(KD_NOTFOUND, "VMCOREINFO does not say where the log is (neither prb nor log_buf)");
	if (!err && text->overflow)
		err = kd_error_new(KD_LIMIT, "the log is longer than %zu bytes", text->max);
	return kd_error_wrap(err, "the kernel's log");
}
