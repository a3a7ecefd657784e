// SPDX-License-Identifier: GPL-2.0-or-later
/* Which disk a task waits for, by pointers of a made kernel; and what is not a tie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/blockdiag.h"
#include "fake.h"

#define ROOM (FAKE_TASKS_AT + 0x40000)
#define TASK (ROOM + 0x10)
#define DISK (ROOM + 0x100) /* gendisk; the other's is 8 further */
#define QUEUE (ROOM + 0x140) /* and 0x40 further */
#define HCTX (ROOM + 0x200) /* and 0x20 further */
#define TAGS (ROOM + 0x240) /* and 0x40 further */
#define SCHED (ROOM + 0x2c0)
#define WAITS (ROOM + 0x300) /* of the first's tags; and 0x80 further */
#define REQUEST (ROOM + 0x400) /* and 0x80 further */
#define BIO (ROOM + 0x600) /* and 0x40 further */
#define VECS (ROOM + 0x700)
#define PAGE_AT (ROOM + 0x800) /* and 0x40 further */
#define MAPPING (ROOM + 0x900)
#define INODE (ROOM + 0x920)
#define SUPER (ROOM + 0x940)
#define BDEV (ROOM + 0x960)
#define BUFFER (ROOM + 0x980)
#define DIO (ROOM + 0x9a0)
#define DONE (ROOM + 0x9c0)

enum { FREEZE_WQ = 0x10, WS_SIZE = 16, LOOSE = 0x7000 };

struct one {
	const char *name;
	uint32_t type;
	unsigned off;
};

static void structure(struct kd_btfw *w, const char *name, uint32_t size, const struct one *m, size_t n)
{
	kd_btfw_composite(w, KD_BTF_STRUCT, kd_view_of(name), size);
	for (size_t i = 0; i < n; i++)
		kd_btfw_member(w, kd_view_of(m[i].name), m[i].type, 8 * (uint64_t)m[i].off, 0);
}
#define STRUCT(name, size, ...) structure(w, name, size, (const struct one[]){__VA_ARGS__}, \
		sizeof((const struct one[]){__VA_ARGS__}) / sizeof(struct one))

static void types(struct fake *f, struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong, uint32_t listhead)
{
	const uint32_t s32 = kd_btfw_int(w, KD_V("int"), 4, 1), u16 = kd_btfw_int(w, KD_V("short unsigned int"), 2, 0);
	uint32_t map, submit;

	(void)f;
	(void)listhead;
	STRUCT("bio", 32, {"bi_next", ptr, 0}, {"bi_private", ptr, 8}, {"bi_io_vec", ptr, 16}, {"bi_vcnt", u16, 24});
	STRUCT("bio_vec", 16, {"bv_page", ptr, 0}, {"bv_len", u32, 8});
	STRUCT("request", 64, {"q", ptr, 0}, {"mq_hctx", ptr, 8}, {"cmd_flags", u32, 16}, {"state", u32, 20}, {"__sector", ulong, 24},
	       {"__data_len", u32, 32}, {"tag", s32, 36}, {"bio", ptr, 40}, {"end_io_data", ptr, 48});
	STRUCT("page", 64, {"flags", ulong, 0}, {"compound_head", ulong, 8}, {"mapping", ptr, 24});
	STRUCT("folio", 64, {"flags", ulong, 0}, {"mapping", ptr, 24});
	STRUCT("address_space", 8, {"host", ptr, 0});
	STRUCT("inode", 8, {"i_sb", ptr, 0});
	STRUCT("super_block", 8, {"s_bdev", ptr, 0});
	STRUCT("block_device", 8, {"bd_disk", ptr, 0});
	STRUCT("buffer_head", 16, {"b_state", ulong, 0}, {"b_bdev", ptr, 8});
	STRUCT("blkdev_dio", 8, {"waiter", ptr, 0});
	submit = kd_btfw_composite(w, KD_BTF_STRUCT, KD_VNULL, 8);
	kd_btfw_member(w, KD_V("waiter"), ptr, 0, 0);
	STRUCT("iomap_dio", 16, {"ref", ulong, 0}, {"submit", submit, 8});
	STRUCT("request_queue", 32, {"queue_hw_ctx", ptr, 0}, {"nr_hw_queues", u32, 8}, {"mq_freeze_wq", ulong, FREEZE_WQ});
	STRUCT("blk_mq_hw_ctx", 16, {"tags", ptr, 0}, {"sched_tags", ptr, 8});
	map = kd_btfw_composite(w, KD_BTF_STRUCT, KD_V("sbitmap"), 16);
	kd_btfw_member(w, KD_V("depth"), u32, 0, 0);
	kd_btfw_member(w, KD_V("shift"), u32, 32, 0);
	kd_btfw_member(w, KD_V("map"), ptr, 64, 0);
	submit = kd_btfw_composite(w, KD_BTF_STRUCT, KD_V("sbitmap_queue"), 24);
	kd_btfw_member(w, KD_V("sb"), map, 0, 0);
	kd_btfw_member(w, KD_V("ws"), ptr, 128, 0);
	STRUCT("sbitmap_word", 16, {"word", ulong, 0}, {"cleared", ulong, 8});
	STRUCT("sbq_wait_state", WS_SIZE, {"wait", ulong, 0}, {"more", ulong, 8});
	STRUCT("blk_mq_tags", 72, {"nr_tags", u32, 0}, {"nr_reserved_tags", u32, 4}, {"bitmap_tags", submit, 8}, {"breserved_tags", submit, 32},
	       {"rqs", ptr, 56}, {"static_rqs", ptr, 64});
}

/* Two disks with a hardware queue each; a request of the first has two bios. */
static void memory(struct fake *f)
{
	fake_map(f, ROOM, 1);
	for (unsigned i = 0; i < 2; i++) {
		fake_put(f, HCTX + 0x20 * i, TAGS + 0x40 * i, 8);
		fake_put(f, TAGS + 0x40 * i + 8 + 16, WAITS + 0x80 * i, 8);
	}
	fake_put(f, REQUEST + 40, BIO, 8);
	fake_put(f, BIO, BIO + 0x40, 8);
	fake_put(f, BDEV, DISK + 8, 8);
}

struct made {
	struct fake f;
	struct kd_blockdiag b;
	struct kd_bd_task *t;
};

static void begin(struct made *m, void (*more)(struct fake *f))
{
	static const struct fake_more made = {.types = types, .memory = memory};
	struct kd_error *err;

	fake_init_more(&m->f, &fake_61, &made, NULL);
	if (more)
		more(&m->f);
	err = fake_open(&m->f);
	if (err)
		fail_msg("%s", err->msg);
	m->b = (struct kd_blockdiag){.overdue = 0};
	for (unsigned i = 0; i < 2; i++) {
		*kd_vec_push(&m->b.disks, 2) = (struct kd_bd_disk){.b = {.disk = DISK + 8 * i, .queue = QUEUE + 0x40 * i}, .hctx = i, .nhctx = 1};
		*kd_vec_push(&m->b.hctxs, 2) = (struct kd_bd_hctx){.addr = HCTX + 0x20 * i, .disk = (int32_t)i};
		*kd_vec_push(&m->b.requests, 2) = (struct kd_bd_request){.r = {.addr = REQUEST + 0x80 * i}, .disk = (int32_t)i};
	}
	m->t = kd_vec_push(&m->b.tasks, 1);
	*m->t = (struct kd_bd_task){.t = {.addr = TASK}, .disk = KD_BD_NONE, .request = KD_BD_NONE};
}

static void end(struct made *m)
{
	kd_blockdiag_deinit(&m->b);
	fake_deinit(&m->f);
}

/* Tied to that disk and request, with the word at that address as a fact; disk NONE: not tied, and no facts. */
static void expect(struct made *m, int32_t disk, int32_t request, uint64_t word)
{
	bool found = !word;

	kd_blockdiag_tie(m->f.kernel, &m->b);
	assert_int_equal(m->t->disk, disk);
	assert_int_equal(m->t->request, request);
	assert_int_equal(m->t->tie != NULL, disk != KD_BD_NONE);
	if (disk == KD_BD_NONE)
		assert_int_equal(m->t->nfacts, 0);
	for (size_t i = 0; i < m->t->nfacts; i++)
		found |= m->t->fact[i].addr == word;
	assert_true(found);
	end(m);
}

static void own_completion(struct fake *f)
{
	fake_put(f, BIO + 0x40 + 8, DONE, 8);
}

static void itself(struct fake *f)
{
	fake_put(f, BIO + 8, TASK, 8);
}

static void direct(struct fake *f)
{
	fake_put(f, BIO + 8, DIO, 8);
	fake_put(f, DIO + 8, TASK, 8); /* iomap_dio.submit.waiter */
}

static void end_data(struct fake *f)
{
	fake_put(f, REQUEST + 0x80 + 48, DONE, 8);
}

static void by_bios(void **state)
{
	struct made m;

	(void)state;
	begin(&m, own_completion);
	m.t->wait.kind = KD_WAIT_COMPLETION;
	m.t->wait.lock = DONE;
	expect(&m, 0, 0, BIO + 0x40 + 8);
	begin(&m, own_completion); /* of another kind of wait the same address says nothing */
	m.t->wait.kind = KD_WAIT_QUEUE;
	m.t->wait.lock = DONE;
	expect(&m, KD_BD_NONE, KD_BD_NONE, 0);
	begin(&m, itself);
	expect(&m, 0, 0, BIO + 8);
	begin(&m, direct);
	m.t->what = KD_BD_DIRECT;
	expect(&m, 0, 0, DIO + 8);
	begin(&m, direct); /* what bi_private points to is a dio only if the task does direct I/O */
	expect(&m, KD_BD_NONE, KD_BD_NONE, 0);
	begin(&m, end_data);
	m.t->wait.kind = KD_WAIT_COMPLETION;
	m.t->wait.lock = DONE;
	expect(&m, 1, 1, REQUEST + 0x80 + 48);
}

static void circle(struct fake *f)
{
	fake_put(f, BIO + 0x40, BIO, 8);
	fake_put(f, REQUEST + 0x80 + 40, LOOSE, 8);
}

static void broken_bios(void **state)
{
	struct made m;

	(void)state;
	begin(&m, circle); /* it ends, and ties nothing */
	m.t->wait.kind = KD_WAIT_COMPLETION;
	m.t->wait.lock = DONE;
	expect(&m, KD_BD_NONE, KD_BD_NONE, 0);
}

/* The request has the second page of a folio. */
static void has_page(struct fake *f)
{
	fake_put(f, BIO + 0x40 + 16, VECS, 8);
	fake_put(f, BIO + 0x40 + 24, 1, 2);
	fake_put(f, VECS, PAGE_AT + 0x40, 8);
	fake_put(f, PAGE_AT + 0x40 + 8, PAGE_AT | 1, 8);
}

static void of_file(struct fake *f)
{
	fake_put(f, PAGE_AT + 24, MAPPING, 8);
	fake_put(f, MAPPING, INODE, 8);
	fake_put(f, INODE, SUPER, 8);
	fake_put(f, SUPER, BDEV, 8);
}

static void anonymous(struct fake *f)
{
	of_file(f);
	fake_put(f, PAGE_AT + 24, MAPPING | 1, 8);
}

static void no_device(struct fake *f)
{
	of_file(f);
	fake_put(f, SUPER, 0, 8);
}

static void buffer(struct fake *f)
{
	fake_put(f, BUFFER + 8, BDEV, 8);
}

static void by_contents(void **state)
{
	static const struct {
		void (*more)(struct fake *f);
		int32_t disk, request;
		uint64_t word;
	} pages[] = {{has_page, 0, 0, VECS}, {of_file, 1, KD_BD_NONE, SUPER}, {anonymous, KD_BD_NONE, KD_BD_NONE, 0},
		     {no_device, KD_BD_NONE, KD_BD_NONE, 0}};
	struct made m;

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(pages); i++) {
		begin(&m, pages[i].more);
		m.t->what = KD_BD_PAGE;
		m.t->wait.kind = KD_WAIT_FOLIO;
		m.t->wait.object = PAGE_AT;
		expect(&m, pages[i].disk, pages[i].request, pages[i].word);
	}
	begin(&m, buffer);
	m.t->what = KD_BD_BUFFER;
	m.t->wait.kind = KD_WAIT_BIT;
	m.t->wait.object = BUFFER;
	expect(&m, 1, KD_BD_NONE, BUFFER + 8);
	begin(&m, buffer); /* a bit of something else */
	m.t->wait.kind = KD_WAIT_BIT;
	m.t->wait.object = BUFFER;
	expect(&m, KD_BD_NONE, KD_BD_NONE, 0);
}

static void shared(struct fake *f)
{
	fake_put(f, HCTX + 0x20, TAGS, 8);
}

static void by_queues(void **state)
{
	static const struct {
		void (*more)(struct fake *f);
		uint64_t lock;
		int32_t disk;
	} queues[] = {{NULL, QUEUE + 0x40 + FREEZE_WQ, 1}, {NULL, WAITS, 0}, {NULL, WAITS + 0x80 + 7 * WS_SIZE, 1}, {NULL, WAITS + 0x80 + 8 * WS_SIZE, KD_BD_NONE},
		      {shared, WAITS, KD_BD_NONE}};
	struct made m;

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(queues); i++) {
		begin(&m, queues[i].more);
		m.t->wait.kind = KD_WAIT_QUEUE;
		m.t->wait.lock = queues[i].lock;
		expect(&m, queues[i].disk, KD_BD_NONE, 0);
	}
}

/* The scheduler's tags 0 and 1 are taken: the second's request has a tag of the driver, too. */
static void scheduler(struct fake *f)
{
	fake_put(f, QUEUE, ROOM + 0xa00, 8);
	fake_put(f, QUEUE + 8, 1, 4);
	fake_put(f, ROOM + 0xa00, HCTX, 8);
	fake_put(f, HCTX + 8, SCHED, 8);
	fake_put(f, SCHED, 3, 4);
	fake_put(f, SCHED + 8, 3, 4);
	fake_put(f, SCHED + 12, 6, 4);
	fake_put(f, SCHED + 16, ROOM + 0xa40, 8);
	fake_put(f, ROOM + 0xa40, 3, 8);
	fake_put(f, SCHED + 64, ROOM + 0xa80, 8);
	fake_put(f, ROOM + 0xa80, REQUEST, 8);
	fake_put(f, ROOM + 0xa88, REQUEST + 0x80, 8);
	for (unsigned i = 0; i < 2; i++) {
		fake_put(f, REQUEST + 0x80 * i, QUEUE, 8);
		fake_put(f, REQUEST + 0x80 * i + 8, HCTX, 8);
		fake_put(f, REQUEST + 0x80 * i + 36, i ? 2 : UINT32_MAX, 4);
	}
}

static bool keep(void *user, const struct kd_request *r)
{
	struct kd_request *to = user;

	assert_int_equal(to->addr, 0); /* one alone */
	*to = *r;
	return true;
}

static void queued(void **state)
{
	struct kd_request seen = {.addr = 0};
	struct kd_walk_end walk;
	struct made m;

	(void)state;
	begin(&m, scheduler);
	kd_queued_walk(m.f.kernel, QUEUE, keep, &seen, &walk);
	assert_string_equal(walk.why, "");
	assert_int_equal(walk.count, 1);
	assert_int_equal(seen.addr, REQUEST);
	assert_true(seen.queued);
	end(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(by_bios), cmocka_unit_test(broken_bios), cmocka_unit_test(by_contents),
					   cmocka_unit_test(by_queues), cmocka_unit_test(queued)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
