// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a kernel lay: stated, by pairs, by calls, by bytes; and when none of it may be believed. */
#include "kdxmake.h"

#include "format/elfcore.h"
#include "symbol/kaslr.h"

#define BASE 0xffffffff81000000ull
#define ARM_BASE 0xffff800008000000ull
#define MOVED 0x1c600000ull

enum { TEXT = 5 << 20, BLOCK = 64 << 10, SITES = 12, FUNC = 0x1000 };

/* A kernel of random code with calls at known places: site i is where the call before returns to. */
struct kernel {
	uint16_t machine;
	uint64_t base, site[SITES];
	uint8_t *text;
	char ident[256];
	struct kd_kdx *k;
};

static uint32_t next_random(uint32_t *s)
{
	*s = *s * 1664525 + 1013904223;
	return *s >> 16; /* the low bits repeat soon */
}

/* Function i begins at 0x1000 * (97 i + 1); its call is at +0x40 … and goes to function i - 1. */
static uint64_t func_at(const struct kernel *n, unsigned i)
{
	return n->base + (uint64_t)FUNC * (97 * i + 1);
}

static void put_calls(struct kernel *n)
{
	for (unsigned i = 0; i < SITES; i++) {
		const uint64_t at = func_at(n, i) + 0x40 + 8 * i, to = i ? func_at(n, i - 1) : func_at(n, 5) + 0x14;
		uint8_t *p = n->text + (at - n->base);

		if (n->machine == KD_EM_AARCH64) {
			kd_put_le32(p, 0x94000000u | ((uint32_t)((to - at) >> 2) & 0x3ffffff));
			n->site[i] = at + 4;
		} else {
			*p = 0xe8;
			kd_put_le32(p + 1, (uint32_t)(to - at - 5));
			n->site[i] = at + 5;
		}
	}
}

static void write_kernel(struct kernel *n, const char *ident, const char *symbols)
{
	struct out base = {.n = 0}, blocks = {.n = 0}, addr = {.n = 0}, syms = {.n = 0}, names = {.n = 0}, strings = {.n = 0};
	char path[] = "/tmp/kdoc-test-XXXXXX", name[16];
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	put(&base, n->base, 8);
	put(&base, n->base + TEXT, 8);
	for (unsigned at = 0; at < TEXT; at += BLOCK) {
		put(&blocks, at, 4);
		put(&blocks, BLOCK, 4);
		put(&blocks, at, 4);
	}
	put(&strings, 0, 1);
	/* "_text" and the functions "fa", "fb", … are in the order of their names, too */
	for (unsigned i = 0; i <= SITES; i++) {
		snprintf(name, sizeof(name), i ? "f%c" : "_text", 'a' + i - 1);
		put(&addr, i ? func_at(n, i - 1) : n->base, 8);
		put(&syms, i ? 0x200 : 0, 4);
		put(&syms, strings.n, 4);
		put(&syms, KD_STT_FUNC | KD_STB_GLOBAL << 8 | KD_SYM_CODE << 16, 4);
		put_text(&strings, name);
		put(&names, i, 4);
	}
	snprintf(n->ident, sizeof(n->ident), "text_base=%jx\ntext_end=%jx\nmachine=%u\ntype=2\ndebug=none\n%s%s",
		 (uintmax_t)n->base, (uintmax_t)n->base + TEXT, n->machine, ident, symbols);
	const struct kd_kdx_part parts[] = {
		{KD_KDX_IDENT, kd_view_of(n->ident)}, {KD_KDX_BASE, out_view(&base)},
		{KD_KDX_STRINGS, out_view(&strings)}, {KD_KDX_SYM_ADDR, out_view(&addr)},
		{KD_KDX_SYMS, out_view(&syms)}, {KD_KDX_SYM_NAMES, out_view(&names)},
		{KD_KDX_TEXT_BLOCKS, *symbols ? KD_VNULL : out_view(&blocks)},
		{KD_KDX_TEXT, *symbols ? KD_VNULL : kd_view((char *)n->text, TEXT)}};

	assert_ok(kd_kdx_write(path, parts, KD_ARRAY_LEN(parts), NULL, NULL));
	assert_ok(kd_kdx_open(path, &n->k));
	unlink(path);
}

/* seed: other code. repeats: the same every 2 MiB. */
static struct kernel *make(uint16_t machine, uint32_t seed, bool repeats, const char *ident, const char *symbols)
{
	struct kernel *n = kd_xcalloc(1, sizeof(*n));

	n->machine = machine;
	n->base = machine == KD_EM_AARCH64 ? ARM_BASE : BASE;
	n->text = kd_xmalloc(TEXT);
	for (unsigned i = 0; i < TEXT; i++) {
		uint8_t v = (uint8_t)next_random(&seed);

		/* as rare as in compiled code */
		n->text[i] = v == 0xe8 || v == 0xff || v == 0x94 || v == 0x97 ? 0x48 : v;
	}
	put_calls(n);
	for (unsigned i = 2 << 20; repeats && i < TEXT; i++)
		n->text[i] = n->text[i - (2 << 20)];
	write_kernel(n, ident, symbols);
	return n;
}

static struct kernel *x86(void)
{
	return make(KD_EM_X86_64, 1, false, "release=9.9.9\n", "");
}

static void drop(struct kernel *n)
{
	kd_kdx_close(n->k);
	kd_free(n->text);
	kd_free(n);
}

static void add_pc(struct kd_kaslr_log *l, uint64_t addr, bool weak, bool last)
{
	struct kd_kaslr_pc *p = kd_vec_push(&l->pcs, KD_KASLR_PCS);

	assert_non_null(p);
	*p = (struct kd_kaslr_pc){.addr = addr, .weak = weak, .last = last};
}

/* The return addresses from site `from` on; in the order of a stack they are unlinked unless ascending. */
static void add_sites(struct kd_kaslr_log *l, const struct kernel *n, unsigned from, unsigned count, uint64_t moved)
{
	for (unsigned i = 0; i < count; i++)
		add_pc(l, n->site[from + count - 1 - i] + moved, false, false);
}

static struct kd_kaslr find(const struct kernel *n, struct kd_kaslr_log *l, unsigned state, const char *words)
{
	struct kd_kaslr f;

	kd_kaslr_find(n->k, l, &f);
	if (f.state != state || !strstr(f.words, words))
		fail_msg("state %u '%s', not %u '%s'", f.state, f.words, state, words);
	kd_kaslr_log_deinit(l);
	kd_kaslr_log_init(l);
	return f;
}

static void calls_prove_it(void **state)
{
	struct kernel *n = x86();
	struct kd_kaslr_log l;
	struct kd_kaslr f;

	(void)state;
	kd_kaslr_log_init(&l);
	add_sites(&l, n, 0, 8, MOVED);
	f = find(n, &l, KD_KASLR_FOUND, "proven by 8 of 8 return addresses");
	assert_int_equal(f.how, KD_KASLR_CALLS);
	assert_true(f.offset == (int64_t)MOVED && f.links == 0);
	/* not moved is an offset as any other */
	add_sites(&l, n, 0, 8, 0);
	assert_true(find(n, &l, KD_KASLR_FOUND, "8 of 8").offset == 0);
	/* modules' and hashed addresses have no vote, the oldest of a stack may be anything */
	add_sites(&l, n, 0, 8, MOVED);
	add_pc(&l, 0xffffffffc0391234ull, false, false);
	add_pc(&l, 0x00000000deadbeefull, false, false);
	add_pc(&l, n->site[3] + MOVED + 1, false, true);
	assert_true(find(n, &l, KD_KASLR_FOUND, "8 of 8").offset == (int64_t)MOVED);
	drop(n);
}

static void calls_that_reach_the_frame_above_count_more(void **state)
{
	struct kernel *n = x86();
	struct kd_kaslr_log l;
	struct kd_kaslr f;

	(void)state;
	kd_kaslr_log_init(&l);
	/* site i's call goes to function i - 1, where site i - 1 is: youngest first */
	for (unsigned i = 4; i < 8; i++)
		add_pc(&l, n->site[i] + MOVED, false, false);
	f = find(n, &l, KD_KASLR_FOUND, "proven by 4 of 4");
	assert_int_equal(f.links, 3);
	drop(n);
}

static void too_few_or_one_that_contradicts(void **state)
{
	struct kernel *n = x86();
	struct kd_kaslr_log l;

	(void)state;
	kd_kaslr_log_init(&l);
	(void)find(n, &l, KD_KASLR_NOTHING, "neither a Kernel Offset nor raw addresses");
	add_sites(&l, n, 0, 2, MOVED);
	(void)find(n, &l, KD_KASLR_NONE, "too few raw return addresses");
	add_sites(&l, n, 0, 8, MOVED);
	add_pc(&l, n->site[9] + MOVED + 1, false, false);
	(void)find(n, &l, KD_KASLR_NONE, "at none of");
	add_sites(&l, n, 0, 8, MOVED + 0x1000); /* no multiple of 2 MiB */
	(void)find(n, &l, KD_KASLR_NONE, "at none of");
	add_sites(&l, n, 0, 8, 0x40000000 + MOVED); /* where modules are */
	(void)find(n, &l, KD_KASLR_NOTHING, "neither");
	drop(n);
}

static void another_kernel_is_refused(void **state)
{
	struct kernel *n = x86(), *other = make(KD_EM_X86_64, 77, false, "release=9.9.9\n", "");
	struct kd_kaslr_log l;

	(void)state;
	kd_kaslr_log_init(&l);
	/* its calls are not where these addresses are */
	for (unsigned i = 0; i < SITES; i++)
		memset(other->text + (n->site[i] - n->base) - 16, 0x48, 16);
	kd_kdx_close(other->k);
	write_kernel(other, "release=9.9.9\n", "");
	add_sites(&l, n, 0, 8, MOVED);
	(void)find(other, &l, KD_KASLR_NONE, "it is not the log's kernel");
	add_sites(&l, n, 0, 8, MOVED);
	l.stated = true;
	l.offset = MOVED;
	l.from = BASE;
	(void)find(other, &l, KD_KASLR_OTHER, "only 0 of 8 return addresses follow a call");
	for (unsigned i = 0; i < 6; i++)
		add_pc(&l, n->site[i] + MOVED, true, false);
	l.stated = true;
	l.offset = MOVED;
	(void)find(other, &l, KD_KASLR_OTHER, "only 0 of 6 unreliable frames");
	drop(other);
	drop(n);
}

static void code_that_repeats_fits_several_times(void **state)
{
	struct kernel *n = make(KD_EM_X86_64, 1, true, "release=9.9.9\n", "");
	struct kd_kaslr_log l;

	(void)state;
	kd_kaslr_log_init(&l);
	add_sites(&l, n, 0, 4, MOVED);
	(void)find(n, &l, KD_KASLR_SEVERAL, "none is taken");
	drop(n);
}

static void a_stated_offset_is_checked(void **state)
{
	struct kernel *n = x86();
	struct kd_kaslr_log l;
	struct kd_kaslr f;

	(void)state;
	kd_kaslr_log_init(&l);
	add_sites(&l, n, 0, 3, MOVED);
	l.stated = true;
	l.offset = MOVED;
	l.from = BASE;
	f = find(n, &l, KD_KASLR_FOUND, "the log states it (Kernel Offset); 3 of 3 return addresses");
	assert_true(f.offset == (int64_t)MOVED && f.how == KD_KASLR_STATED);
	l.stated = true;
	l.from = 0xffffffff82000000ull;
	(void)find(n, &l, KD_KASLR_OTHER, "that one was linked at 0xffffffff82000000, this file at 0xffffffff81000000");
	add_sites(&l, n, 0, 3, MOVED);
	l.stated = l.disabled = true;
	(void)find(n, &l, KD_KASLR_OTHER, "none of 3 addresses lies in this file's code");
	add_sites(&l, n, 0, 3, 0);
	l.stated = l.disabled = true;
	f = find(n, &l, KD_KASLR_FOUND, "was not moved");
	assert_true(f.disabled && f.offset == 0);
	l.stated = l.contradicts = true;
	(void)find(n, &l, KD_KASLR_NONE, "several offsets");
	drop(n);
}

static void add_pair(struct kd_kaslr_log *l, const struct kernel *n, unsigned i, uint64_t moved, uint64_t size)
{
	struct kd_kaslr_pair *p = kd_vec_push(&l->pairs, KD_KASLR_PCS), *s = kd_vec_push(&l->sized, KD_KASLR_PCS);
	const char name[] = {'f', (char)('a' + i), 0};

	*p = (struct kd_kaslr_pair){.func = kd_arena_view(&l->arena, kd_view_of(name)), .offset = 0x40, .size = size,
				    .addr = func_at(n, i) + 0x40 + moved};
	*s = *p;
}

static void pairs(void **state)
{
	struct kernel *n = x86(), *list = make(KD_EM_X86_64, 1, false, "", "symbols=list\n");
	struct kd_kaslr_log l;
	struct kd_kaslr f;

	(void)state;
	kd_kaslr_log_init(&l);
	for (unsigned i = 0; i < 3; i++)
		add_pair(&l, n, i, MOVED, 0x200);
	f = find(n, &l, KD_KASLR_FOUND, "3 frames with address and symbol agree on it");
	assert_true(f.offset == (int64_t)MOVED && f.how == KD_KASLR_PAIRS && f.sizes_same == 3);
	for (unsigned i = 0; i < 3; i++)
		add_pair(&l, n, i, MOVED, 0x200);
	f = find(list, &l, KD_KASLR_FOUND, "the sizes of 3 of 3 functions agree");
	assert_true(f.offset == (int64_t)MOVED);
	for (unsigned i = 0; i < 2; i++)
		add_pair(&l, n, i, MOVED, 0x200);
	(void)find(n, &l, KD_KASLR_NOTHING, "neither");
	for (unsigned i = 0; i < 4; i++)
		add_pair(&l, n, i, i ? MOVED : 0x400000, 0x200);
	(void)find(n, &l, KD_KASLR_NOTHING, "neither");
	for (unsigned i = 0; i < 4; i++)
		add_pair(&l, n, i, MOVED, 0x210);
	(void)find(n, &l, KD_KASLR_OTHER, "only 0 of 4 frames have the size");
	drop(list);
	drop(n);
}

/* A System.map has no code: nothing but a stated offset and the release or sizes. */
static void lists_of_symbols(void **state)
{
	struct kernel *n = make(KD_EM_X86_64, 1, false, "", "symbols=list\n");
	struct kernel *named = make(KD_EM_X86_64, 1, false, "release=9.9.9\n", "symbols=list\n");
	struct kernel *boot = make(KD_EM_X86_64, 1, false, "release=9.9.9\n", "symbols=kallsyms\n");
	struct kd_kaslr_log l;

	(void)state;
	kd_kaslr_log_init(&l);
	add_sites(&l, n, 0, 8, MOVED);
	(void)find(n, &l, KD_KASLR_NONE, "there is no code to find it by");
	add_sites(&l, n, 0, 8, MOVED);
	l.stated = true;
	l.offset = MOVED;
	(void)find(n, &l, KD_KASLR_OTHER, "nothing ties this file to the log");
	l.stated = true;
	l.offset = MOVED;
	assert_true(find(named, &l, KD_KASLR_FOUND, "not checked: the file has no code").offset == (int64_t)MOVED);
	/* kallsyms of a boot that was moved by 4 MiB */
	l.stated = true;
	l.offset = MOVED;
	l.from = BASE - 0x400000;
	assert_true(find(boot, &l, KD_KASLR_FOUND, "states").offset == (int64_t)MOVED - 0x400000);
	drop(boot);
	drop(named);
	drop(n);
}

static void bytes_of_the_code_line(void **state)
{
	struct kernel *n = x86();
	struct kd_kaslr_log l;
	struct kd_kaslr_bytes *b;
	struct kd_kaslr f;

	(void)state;
	kd_kaslr_log_init(&l);
	for (unsigned bad = 0; bad < 2; bad++) {
		b = kd_vec_push(&l.code, 8);
		*b = (struct kd_kaslr_bytes){.pc = n->site[4] + MOVED, .n = KD_KASLR_CODE, .mark = 42};
		memcpy(b->v, n->text + (n->site[4] - n->base) - 42, KD_KASLR_CODE);
		for (unsigned i = 0; bad && i < 40; i++)
			b->v[i] ^= 0x55;
		if (!bad) {
			f = find(n, &l, KD_KASLR_FOUND, "64 of 64 bytes of Code:");
			assert_true(f.offset == (int64_t)MOVED && f.how == KD_KASLR_BYTES);
		} else {
			(void)find(n, &l, KD_KASLR_NONE, "at none of");
		}
	}
	drop(n);
}

static void arm64(void **state)
{
	struct kernel *n = make(KD_EM_AARCH64, 1, false, "release=9.9.9\n", "");
	struct kd_kaslr_log l;

	(void)state;
	kd_kaslr_log_init(&l);
	add_sites(&l, n, 0, 10, 0x27f808a10000ull);
	assert_true(find(n, &l, KD_KASLR_FOUND, "10 of 10").offset == 0x27f808a10000ll);
	add_sites(&l, n, 0, 10, 0x27f808a18000ull); /* half of the alignment */
	(void)find(n, &l, KD_KASLR_NONE, "at none of");
	drop(n);
}

static void addresses_of_the_file(void **state)
{
	struct kernel *n = x86();
	struct kd_kaslr f = {.state = KD_KASLR_FOUND, .offset = (int64_t)MOVED};
	bool is_module;
	uint64_t at = 0;

	(void)state;
	assert_true(kd_kaslr_to_file(n->k, &f, BASE + MOVED + 0x123, &at, &is_module));
	assert_true(at == BASE + 0x123 && !is_module);
	assert_false(kd_kaslr_to_file(n->k, &f, BASE + MOVED + TEXT, &at, &is_module));
	assert_false(is_module);
	assert_false(kd_kaslr_to_file(n->k, &f, 0xffffffffc0123456ull, &at, &is_module));
	assert_true(is_module);
	assert_false(kd_kaslr_to_file(n->k, &f, 0x81000123, &at, &is_module));
	f.state = KD_KASLR_NONE;
	assert_false(kd_kaslr_to_file(n->k, &f, BASE + MOVED + 0x123, &at, &is_module));
	assert_false(kd_kaslr_kernel_address(KD_EM_X86_64, 0x00000000deadbeefull));
	assert_false(kd_kaslr_kernel_address(KD_EM_X86_64, 0xffff888012345678ull));
	assert_false(kd_kaslr_kernel_address(KD_EM_AARCH64, 0xffff000012345678ull));
	drop(n);
}

/* Every form of a call instruction, and what is none. */
static void call_forms(void **state)
{
	static const struct {
		const char *bytes; /* those before the return address */
		uint8_t n;
		bool call;
	} rows[] = {
		{"\xff\xd0", 2, true},			      {"\x41\xff\xd4", 3, true},
		{"\xff\x15\x01\x02\x03\x04", 6, true},	      {"\xff\x14\x25\x01\x02\x03\x04", 7, true},
		{"\xff\x50\x10", 3, true},		      {"\xff\x90\x10\x01\x00\x00", 6, true},
		{"\xff\x54\x24\x08", 4, true},		      {"\x41\xff\x94\x24\x88\x01\x00\x00", 8, true},
		{"\x48\xcb", 2, true},			      {"\xff\xe0", 2, false},
		{"\xff\x60\x10", 3, false},		      {"\xe9\x00\x00\x00\x00", 5, false},
		{"\xe8\x00\x00\x00\x70", 5, false}, /* out of the file */
		{"\x90\x90", 2, false},
	};
	const uint64_t at = BASE + 0x7008;

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		struct kernel *n = x86();
		uint64_t target;

		memset(n->text + 0x7000, 0x90, 16);
		memcpy(n->text + 0x7008 - rows[i].n, rows[i].bytes, rows[i].n);
		kd_kdx_close(n->k);
		write_kernel(n, "", "");
		if (kd_kaslr_after_call(n->k, KD_EM_X86_64, at, &target) != rows[i].call)
			fail_msg("row %zu", i);
		assert_int_equal(target, 0);
		drop(n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_prove_it),
		cmocka_unit_test(calls_that_reach_the_frame_above_count_more),
		cmocka_unit_test(too_few_or_one_that_contradicts),
		cmocka_unit_test(another_kernel_is_refused),
		cmocka_unit_test(code_that_repeats_fits_several_times),
		cmocka_unit_test(a_stated_offset_is_checked),
		cmocka_unit_test(pairs),
		cmocka_unit_test(lists_of_symbols),
		cmocka_unit_test(bytes_of_the_code_line),
		cmocka_unit_test(arm64),
		cmocka_unit_test(addresses_of_the_file),
		cmocka_unit_test(call_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
