// SPDX-License-Identifier: GPL-2.0-or-later
/* Both forms of the log buffer: laid out here as the kernel does, read back; damaged records are counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/klog.h"
#include "machine.h"

#define MAP 0xffff888000000000u

struct box {
	struct machine m;
	struct kd_buf dump, text;
	struct kd_pages *pages;
	struct kd_space *space;
	struct kd_klog log;
};

/* n pages, one behind the other in virtual and physical memory; their virtual address. */
static uint64_t pages_at(struct box *b, unsigned number, uint64_t vaddr)
{
	for (unsigned i = 0; i < number; i++)
		machine_map(&b->m, vaddr + i * b->m.page, machine_page(&b->m));
	return vaddr;
}

/* The mapped byte at an address that pages_at() gave; pages there are not always neighbours. */
static unsigned char *at(struct box *b, uint64_t vaddr)
{
	uint64_t table = b->m.root;

	for (unsigned shift = 39; shift >= 12; shift -= 9) {
		unsigned char *e = machine_at(&b->m, table + (vaddr >> shift & 511) * 8);

		table = 0;
		for (unsigned i = 0; i < 6; i++)
			table |= (uint64_t)e[i] << 8 * i;
		table &= ~(uint64_t)4095;
	}
	return machine_at(&b->m, table) + (vaddr & 4095);
}

static void put(struct box *b, uint64_t vaddr, uint64_t value, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		*at(b, vaddr + i) = (unsigned char)(value >> 8 * i & 0xff);
}

static void put_text(struct box *b, uint64_t vaddr, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*at(b, vaddr + i) = (unsigned char)text[i];
}

static struct kd_error *read_log(struct box *b, const struct kd_klog_options *o)
{
	struct kd_error *err;

	b->text = KD_BUF_INIT(1 << 20);
	machine_elf(&b->m, &b->dump);
	assert_null(kd_pages_of_bytes(kd_bytes_of_view(kd_buf_view(&b->dump), "dump"), &b->pages));
	err = kd_space_new(b->pages, &b->space);
	return err ? err : kd_klog_read(b->space, o, &b->text, &b->log);
}

static void end(struct box *b)
{
	kd_space_free(b->space);
	kd_pages_close(b->pages);
	kd_buf_deinit(&b->dump);
	kd_buf_deinit(&b->text);
	machine_deinit(&b->m);
}

static void is_text(const struct box *b, const char *want)
{
	if (!kd_view_eq(kd_buf_view(&b->text), kd_view_of(want)))
		fail_msg("read:\n%.*swanted:\n%s", KD_VARG(kd_buf_view(&b->text)), want);
}

/* --- the lockless ring: 8 descriptors, 256 bytes of text --------------------------------------------- */

enum { DESCS = 8, RING = 256, DESC = 24, INFO = 88, RB = 0x100, SV = 0, TEXT = 8, SEQ = 0, NS = 8, LEN = 16, CALLER = 20 };

struct ring {
	struct box *b;
	uint64_t prb, descs, infos, data, lpos, id;
};

static void ring_begin(struct ring *r, struct box *b)
{
	*b = (struct box){0};
	machine_init(&b->m, &machine_x86);
	*r = (struct ring){.b = b, .prb = pages_at(b, 1, MAP), .descs = pages_at(b, 1, MAP + 0x10000),
			   .infos = pages_at(b, 1, MAP + 0x20000), .data = pages_at(b, 1, MAP + 0x30000),
			   .lpos = RING - 40, .id = 0xfffffff9}; /* both go round within the test */
	put(b, r->prb, r->prb + RB, 8);
	put(b, r->prb + RB, 3, 4); /* 2^3 descriptors */
	put(b, r->prb + RB + 8, r->descs, 8);
	put(b, r->prb + RB + 16, r->infos, 8);
	put(b, r->prb + RB + 32, r->id, 8);
	put(b, r->prb + RB + 48, 8, 4); /* 2^8 bytes */
	put(b, r->prb + RB + 56, r->data, 8);
	machine_say(&b->m,
		    "SYMBOL(prb)=%jx\nOFFSET(printk_ringbuffer.desc_ring)=0\nOFFSET(printk_ringbuffer.text_data_ring)=48\n"
		    "OFFSET(prb_desc_ring.count_bits)=0\nOFFSET(prb_desc_ring.descs)=8\nOFFSET(prb_desc_ring.infos)=16\n"
		    "OFFSET(prb_desc_ring.head_id)=24\nOFFSET(prb_desc_ring.tail_id)=32\nSIZE(prb_desc)=%d\n"
		    "OFFSET(prb_desc.state_var)=%d\nOFFSET(prb_desc.text_blk_lpos)=%d\n",
		    (uintmax_t)r->prb, DESC, SV, TEXT);
	machine_say(&b->m,
		    "OFFSET(prb_data_blk_lpos.begin)=0\nOFFSET(prb_data_blk_lpos.next)=8\nSIZE(printk_info)=%d\n"
		    "OFFSET(printk_info.seq)=%d\nOFFSET(printk_info.ts_nsec)=%d\nOFFSET(printk_info.text_len)=%d\n"
		    "OFFSET(printk_info.caller_id)=%d\nOFFSET(prb_data_ring.size_bits)=0\nOFFSET(prb_data_ring.data)=8\n",
		    INFO, SEQ, NS, LEN, CALLER);
}

/* printk_ringbuffer.c: a block that would go over the ring's end begins at its start. */
static uint64_t add(struct ring *r, unsigned state, uint64_t ns, unsigned level, uint32_t caller, const char *text)
{
	const uint64_t id = r->id++, desc = r->descs + id % DESCS * DESC, info = r->infos + id % DESCS * INFO;
	const size_t n = strlen(text), size = (8 + n + 7) & ~(size_t)7;
	uint64_t begin = r->lpos, next = begin + size, off = begin % RING;

	if (begin / RING != next / RING) {
		off = 0;
		next = (begin / RING + 1) * RING + size;
	}
	put(r->b, desc + SV, id | (uint64_t)state << 62, 8);
	put(r->b, desc + TEXT, n ? begin : 3, 8);
	put(r->b, desc + TEXT + 8, n ? next : 3, 8);
	put(r->b, info + SEQ, 100 + id - 0xfffffff9, 8);
	put(r->b, info + NS, ns, 8);
	put(r->b, info + LEN, n, 2);
	put(r->b, info + LEN + 3, level << 5, 1);
	put(r->b, info + CALLER, caller, 4);
	put(r->b, r->prb + RB + 24, id, 8);
	if (n) {
		put(r->b, r->data + off, id, 8);
		put_text(r->b, r->data + off + 8, text, n);
		r->lpos = next;
	}
	return id;
}

static void ring(void **state)
{
	const struct kd_klog_options all = {.level = true, .caller = true};
	struct ring r;
	struct box b;

	(void)state;
	ring_begin(&r, &b);
	add(&r, 2, 1500000000, 6, 12, "first");
	add(&r, 2, 1500001000, 3, 0x80000001, "of two\nlines"); /* goes round the ring's end */
	add(&r, 1, 12345678901234567, 4, 0, ""); /* committed, not final; no text */
	add(&r, 2, 1500002000, 7, 4194304, "last");
	assert_null(read_log(&b, &all));
	is_text(&b, "<6>[    1.500000][   T12] first\n<3>[    1.500001][    C1] of two\n<3>[    1.500001][    C1] lines\n"
		    "<4>[12345678.901234][    T0] \n<7>[    1.500002][T4194304] last\n");
	assert_int_equal(b.log.records, 4);
	assert_int_equal(b.log.first_seq, 100);
	assert_int_equal(b.log.damaged + b.log.unfinished, 0);
	end(&b);
}

static void times(void **state)
{
	const struct kd_klog_options date = {.time = KD_KLOG_DATE, .boot_ns = 1000000000 * (int64_t)1000000000, .caller = true};
	const struct kd_klog_options none = {.time = KD_KLOG_NO_TIME};
	struct ring r;
	struct box b;

	(void)state;
	ring_begin(&r, &b);
	add(&r, 2, 1500000000, 6, 12, "first");
	add(&r, 2, UINT64_MAX - 1, 6, 12, "never");
	assert_null(read_log(&b, &date));
	is_text(&b, "[2001-09-09T01:46:41Z][   T12] first\n[no date][   T12] never\n");
	end(&b);
	ring_begin(&r, &b);
	add(&r, 2, 1500000000, 6, 12, "first");
	assert_null(read_log(&b, &none));
	is_text(&b, "first\n");
	end(&b);
}

static void ring_with_damage(void **state)
{
	const struct kd_klog_options plain = {0};
	struct ring r;
	struct box b;
	uint64_t id;

	(void)state;
	ring_begin(&r, &b);
	add(&r, 2, 1, 6, 0, "good");
	id = add(&r, 2, 2, 6, 0, "its block is another's");
	put(&b, r.data + 0, id + 77, 8); /* it lies at the ring's start */
	add(&r, 0, 3, 6, 0, "being written");
	id = add(&r, 2, 4, 6, 0, "its place is none");
	put(&b, r.descs + id % DESCS * DESC + TEXT + 8, 1 << 20, 8);
	add(&r, 3, 5, 6, 0, "given back");
	id = add(&r, 2, 6, 6, 0, "long");
	put(&b, r.infos + id % DESCS * INFO + LEN, 60000, 2); /* no more than its block holds */
	assert_null(read_log(&b, &plain));
	assert_true(kd_view_eq(kd_buf_view(&b.text), KD_V("[    0.000000] good\n[    0.000000] long\0\0\0\0\n")));
	assert_int_equal(b.log.damaged, 2);
	assert_int_equal(b.log.unfinished, 1);
	assert_string_equal(b.log.why, "a text belongs to another record: it was overwritten");
	end(&b);
}

static void ring_of_nonsense(void **state)
{
	const struct kd_klog_options plain = {0};
	struct kd_error *err;
	struct ring r;
	struct box b;

	(void)state;
	ring_begin(&r, &b);
	add(&r, 2, 1, 6, 0, "good");
	put(&b, r.prb + RB + 24, r.id + 100, 8); /* more ids than descriptors */
	err = read_log(&b, &plain);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_BADDATA);
	assert_non_null(strstr(err->msg, "makes no sense"));
	kd_error_free(err);
	end(&b);
}

/* --- records of struct printk_log --------------------------------------------------------------------- */

enum { BUF = 256, HEAD = 16 };

static uint64_t add_old(struct box *b, uint64_t buf, uint64_t off, uint64_t ns, unsigned level, const char *text)
{
	const size_t n = strlen(text), len = (HEAD + n + 3) & ~(size_t)3;

	put(b, buf + off, ns, 8);
	put(b, buf + off + 8, len, 2);
	put(b, buf + off + 10, n, 2);
	put(b, buf + off + 15, level << 5, 1);
	put_text(b, buf + off + HEAD, text, n);
	return off + len;
}

static void old_records(void **state)
{
	const struct kd_klog_options level = {.level = true};
	uint64_t vars, buf, off;
	struct box b = {0};

	(void)state;
	machine_init(&b.m, &machine_x86);
	vars = pages_at(&b, 1, MAP);
	buf = pages_at(&b, 1, MAP + 0x10000);
	put(&b, vars, buf, 8);
	put(&b, vars + 8, BUF, 4);
	put(&b, vars + 12, 160, 4);
	off = add_old(&b, buf, 160, 1000000, 5, "before the end");
	off = add_old(&b, buf, off, 2000000, 2, "two\nlines");
	put(&b, buf + off + 8, 0, 8); /* length 0: on at the start */
	off = add_old(&b, buf, 0, 3000000000, 6, "after it");
	put(&b, vars + 16, off, 4);
	machine_say(&b.m,
		    "SYMBOL(log_buf)=%jx\nSYMBOL(log_buf_len)=%jx\nSYMBOL(log_first_idx)=%jx\nSYMBOL(log_next_idx)=%jx\n"
		    "SIZE(printk_log)=16\nOFFSET(printk_log.ts_nsec)=0\nOFFSET(printk_log.len)=8\n"
		    "OFFSET(printk_log.text_len)=10\nOFFSET(printk_log.dict_len)=12\n",
		    (uintmax_t)vars, (uintmax_t)vars + 8, (uintmax_t)vars + 12, (uintmax_t)vars + 16);
	assert_null(read_log(&b, &level));
	is_text(&b, "<5>[    0.001000] before the end\n<2>[    0.002000] two\n<2>[    0.002000] lines\n"
		    "<6>[    3.000000] after it\n");
	assert_int_equal(b.log.records, 3);
	assert_string_equal(b.log.form, "printk_log");
	end(&b);
}

static void no_log(void **state)
{
	const struct kd_klog_options plain = {0};
	struct box b = {0};
	struct kd_error *err;

	(void)state;
	machine_init(&b.m, &machine_x86);
	err = read_log(&b, &plain);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_NOTFOUND);
	kd_error_free(err);
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ring), cmocka_unit_test(times),	       cmocka_unit_test(ring_with_damage), cmocka_unit_test(ring_of_nonsense),
		cmocka_unit_test(old_records), cmocka_unit_test(no_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
