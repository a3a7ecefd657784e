// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/kallsyms.h"

#include <string.h>

#include "base/alloc.h"
#include "base/le.h"
#include "core/kallsyms_internal.h"
#include "core/mirror.h"

enum { COUNT_MAX = 4 << 20, NAMES_MAX = 64 << 20, TABLE_MAX = 64 << 10, MARK = 256, WANT_LEN = 128, SMALL = 16 * MARK, ALIASES_MAX = 64,
       ALIGN = 8, SEQ = 3, PAGE = 4096 };

/* What was found out about a block of 256 symbols. */
enum { NAMES_GOOD = 1, NAMES_BAD = 2, ORDER_GOOD = 4, ORDER_BAD = 8 };

/* What is read and checked when it is needed. */
struct lazy {
	struct kd_mirror names, numbers;
	uint8_t *block;
	bool bad_names, bad_order;
	bool text_tried;
	uint32_t text_from, text_to; /* blocks of functions of the kernel proper alone */
};

struct kd_ksyms {
	struct kd_kallsyms tokens;
	uint32_t n, blocks;
	uint32_t *mark; /* where each block's names begin, and the last one's end */
	enum kd_kallsyms_form form;
	uint64_t base, stext, data; /* VMCOREINFO's _stext and init_uts_ns; 0: it does not say */
	char *table_room;
	struct lazy *lazy;
};

static const char *const forms[KD_KALLSYMS_NFORMS] = {
	[KD_KALLSYMS_PERCPU] = "a base, per-CPU symbols absolute",
	[KD_KALLSYMS_BASE] = "a base",
	[KD_KALLSYMS_PLACE] = "their own place",
};

size_t kd_ksyms_count(const struct kd_ksyms *k)
{
	return k->n;
}

const char *kd_ksyms_form(const struct kd_ksyms *k)
{
	return forms[k->form];
}

/* --- reading --------------------------------------------------------------------------------------- */

/* Places that may be; how many. */
static struct kd_error *find_places(struct kd_space *s, struct kd_ksyms_places ret[2], size_t *ret_n)
{
	const struct kd_vmcoreinfo *v = kd_space_vmcoreinfo(s);
	struct kd_ksyms_places *p = &ret[0];

	*ret_n = 1;
	p->has_base = kd_vmcoreinfo_symbol(v, "kallsyms_relative_base", &p->base);
	if (kd_vmcoreinfo_symbol(v, "kallsyms_names", &p->names) && kd_vmcoreinfo_symbol(v, "kallsyms_num_syms", &p->count) &&
	    kd_vmcoreinfo_symbol(v, "kallsyms_token_table", &p->table) && kd_vmcoreinfo_symbol(v, "kallsyms_token_index", &p->index) &&
	    kd_vmcoreinfo_symbol(v, "kallsyms_offsets", &p->offsets))
		return NULL;
	*ret_n = 2;
	return kd_ksyms_search(s, ret);
}

static struct kd_error *load(struct kd_space *s, const char *what, uint64_t addr, size_t n, char **room)
{
	struct kd_space_miss miss;

	kd_free(*room);
	*room = kd_xmalloc(n);
	if (!kd_space_read(s, addr, *room, n, &miss))
		return kd_error_new(KD_BADDATA, "%s: 0x%jx cannot be read: %s", what, (uintmax_t)miss.addr, kd_space_why(&miss));
	return NULL;
}

/* The next of the tables behind addr: a table ends there at the latest. */
static uint64_t next_place(const struct kd_ksyms_places *p, uint64_t addr)
{
	const uint64_t all[] = {p->names, p->count, p->table, p->index, p->offsets, p->has_base ? p->base : 0};
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < KD_ARRAY_LEN(all); i++)
		if (all[i] > addr && all[i] < next)
			next = all[i];
	return next;
}

static struct kd_error *load_tokens(struct kd_space *s, const struct kd_ksyms_places *p, struct kd_ksyms *k)
{
	const uint64_t end = next_place(p, p->table);
	const size_t n = end - p->table > TABLE_MAX ? 16 << 10 : (size_t)(end - p->table);
	char index[KD_KALLSYMS_INDEX];
	struct kd_error *err = load(s, "kallsyms_token_table", p->table, n, &k->table_room);
	struct kd_space_miss miss;

	if (err)
		return err;
	if (!kd_space_read(s, p->index, index, sizeof(index), &miss))
		return kd_error_new(KD_BADDATA, "kallsyms_token_index: 0x%jx cannot be read: %s", (uintmax_t)miss.addr,
				    kd_space_why(&miss));
	return kd_kallsyms_open(kd_view(k->table_room, n), kd_view(index, sizeof(index)), &k->tokens);
}

static struct kd_error *unreadable(const char *what, const struct kd_mirror *m)
{
	return kd_error_new(KD_BADDATA, "%s: 0x%jx cannot be read: %s", what, (uintmax_t)m->miss.addr, kd_space_why(&m->miss));
}

static uint64_t up(uint64_t v)
{
	return (v + ALIGN - 1) & ~(uint64_t)(ALIGN - 1);
}

static uint32_t names_in(const struct kd_ksyms *k, uint32_t block)
{
	return block + 1 < k->blocks || k->n % MARK == 0 ? (uint32_t)MARK : k->n % MARK;
}

/* Past all names of a block that begin at *at and end at `end` at the latest. */
static bool pass_block(const struct kd_ksyms *k, uint32_t block, size_t end, size_t *at)
{
	struct kd_view coded;

	for (uint32_t i = 0; i < names_in(k, block); i++)
		if (!kd_kallsyms_next(kd_view(k->lazy->names.room, end), at, &coded))
			return false;
	return true;
}

/*
 * The kernel's own table of where each 256th name begins, if it is at that address: then the last names end in front of it.
 * That the others begin where it says is checked block by block, when they are read.
 */
static bool take_marks(struct kd_space *s, const struct kd_ksyms_places *p, struct kd_ksyms *k, uint64_t addr)
{
	kd_auto(kd_freep) unsigned char *raw = kd_xmalloc(4 * (size_t)k->blocks);
	size_t at;

	if (addr <= p->names || addr - p->names > k->lazy->names.n || !kd_space_read(s, addr, raw, 4 * (size_t)k->blocks, NULL))
		return false;
	k->mark[k->blocks] = (uint32_t)(addr - p->names);
	for (uint32_t b = 0; b < k->blocks; b++)
		k->mark[b] = kd_le32(raw + 4 * (size_t)b);
	for (uint32_t b = 0; b < k->blocks; b++)
		if (k->mark[b] >= k->mark[b + 1] || (!b && k->mark[b]))
			return false;
	at = k->mark[k->blocks - 1];
	if (!kd_mirror_need(&k->lazy->names, at, k->mark[k->blocks] - at) || !pass_block(k, k->blocks - 1, k->mark[k->blocks], &at) ||
	    up(p->names + at) != addr)
		return false;
	k->mark[k->blocks] = (uint32_t)at;
	return true;
}

/* Behind the names; some versions (6.2, 6.3, stable ones before) have the names' order between it and the tokens. */
static bool find_marks(struct kd_space *s, const struct kd_ksyms_places *p, struct kd_ksyms *k)
{
	const uint64_t size = up(4 * (uint64_t)k->blocks), order = up(SEQ * (uint64_t)k->n);

	if (k->n < SMALL || k->lazy->names.n < size + order) /* reading all of a small one costs nothing */
		return false;
	return take_marks(s, p, k, p->table - size) || take_marks(s, p, k, p->table - order - size);
}

/* Without marks: all names. */
static struct kd_error *make_marks(struct kd_ksyms *k)
{
	struct kd_mirror *m = &k->lazy->names;
	struct kd_view coded;
	size_t at = 0;

	if (!kd_mirror_need(m, 0, m->n))
		return unreadable("kallsyms_names", m);
	for (uint32_t i = 0; i < k->n; i++) {
		if (i % MARK == 0)
			k->mark[i / MARK] = (uint32_t)at;
		if (!kd_kallsyms_next(kd_view(m->room, m->n), &at, &coded))
			return kd_error_new(KD_BADDATA, "kallsyms_names: %u symbols, and only %u names", k->n, i);
	}
	k->mark[k->blocks] = (uint32_t)at;
	return NULL;
}

static struct kd_error *load_names(struct kd_space *s, const struct kd_ksyms_places *p, struct kd_ksyms *k)
{
	const uint64_t end = next_place(p, p->names);

	if (end == UINT64_MAX || end - p->names > NAMES_MAX)
		return kd_error_new(KD_BADDATA, "kallsyms_names: nothing says where they end");
	kd_mirror_init(&k->lazy->names, s, p->names, (size_t)(end - p->names));
	k->blocks = (k->n + MARK - 1) / MARK;
	k->mark = kd_xcalloc(k->blocks + 1, sizeof(*k->mark));
	k->lazy->block = kd_xcalloc(k->blocks, 1);
	if (end == p->table && find_marks(s, p, k))
		return NULL;
	return make_marks(k);
}

/* The names of a block are there, and as long as the marks say. */
static bool has_block(const struct kd_ksyms *k, uint32_t block)
{
	uint8_t *known = &k->lazy->block[block];
	size_t at = k->mark[block];
	const size_t end = k->mark[block + 1];

	if (*known & (NAMES_GOOD | NAMES_BAD))
		return *known & NAMES_GOOD;
	if (!kd_mirror_need(&k->lazy->names, at, end - at))
		return false;
	if (pass_block(k, block, end, &at) && at == end) {
		*known |= NAMES_GOOD;
		return true;
	}
	*known |= NAMES_BAD;
	k->lazy->bad_names = true;
	return false;
}

struct kd_error *kd_ksyms_lost_addresses(const struct kd_ksyms *k)
{
	if (k->lazy->numbers.lost)
		return unreadable("kallsyms_offsets", &k->lazy->numbers);
	return k->lazy->bad_order ? kd_error_new(KD_BADDATA, "kallsyms_offsets: addresses are out of order") : NULL;
}

struct kd_error *kd_ksyms_lost(const struct kd_ksyms *k)
{
	if (k->lazy->names.lost)
		return unreadable("kallsyms_names", &k->lazy->names);
	if (k->lazy->bad_names)
		return kd_error_new(KD_BADDATA, "kallsyms_names: some of them are damaged");
	return kd_ksyms_lost_addresses(k);
}

/* --- addresses --------------------------------------------------------------------------------------- */

static bool address_of(const struct kd_ksyms *k, uint32_t i, uint64_t *ret)
{
	struct kd_mirror *m = &k->lazy->numbers;
	const uint64_t off = 4 * (uint64_t)i;

	if (!kd_mirror_need(m, off, 4))
		return false;
	*ret = kd_kallsyms_address(k->form, k->base, m->start + off, kd_le32((const unsigned char *)m->room + off));
	return true;
}

static bool in_order(const struct kd_ksyms *k, uint32_t from, uint32_t to)
{
	uint64_t last = 0, addr;

	for (uint32_t i = from; i < to; i++) {
		if (!address_of(k, i, &addr) || addr < last)
			return false;
		last = addr;
	}
	return true;
}

/* A block's addresses are in order, among themselves and with the first one behind them. */
static bool has_order(const struct kd_ksyms *k, uint32_t block)
{
	uint8_t *known = &k->lazy->block[block];
	const uint32_t from = block * MARK;

	if (!(*known & (ORDER_GOOD | ORDER_BAD))) {
		const bool good = in_order(k, from, k->n - from > MARK ? from + MARK + 1 : k->n);

		*known |= good ? ORDER_GOOD : ORDER_BAD;
		k->lazy->bad_order |= !good;
	}
	return *known & ORDER_GOOD;
}

/* The page of number `mid` is missing: is what is searched for behind it, or before? false: it is in that page. */
static bool step_over(const struct kd_ksyms *k, uint64_t addr, uint32_t mid, uint32_t *lo, uint32_t *hi)
{
	const uint64_t start = k->lazy->numbers.start, page = (start + 4 * (uint64_t)mid) & ~(uint64_t)(PAGE - 1);
	const uint64_t from = page > start ? (page - start + 3) / 4 : 0, to = (page + PAGE - start + 3) / 4;
	uint64_t at;

	if (to < *hi && address_of(k, (uint32_t)to, &at) && at <= addr) {
		*lo = (uint32_t)to + 1;
		return true;
	}
	if (from > *lo && address_of(k, (uint32_t)from - 1, &at) && at > addr) {
		*hi = (uint32_t)from - 1;
		return true;
	}
	return false;
}

/* How many are at addr or before. */
static bool count_to(const struct kd_ksyms *k, uint64_t addr, uint32_t *ret)
{
	uint32_t lo = 0, hi = k->n;

	while (lo < hi) {
		const uint32_t mid = lo + (hi - lo) / 2;
		uint64_t at;

		if (!address_of(k, mid, &at)) {
			if (!step_over(k, addr, mid, &lo, &hi))
				return false;
			continue;
		}
		if (at <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	*ret = lo;
	return !lo || has_order(k, (lo - 1) / MARK);
}

static struct kd_view coded_name(const struct kd_ksyms *k, uint32_t i)
{
	struct kd_view coded = KD_VNULL;
	size_t at = k->mark[i / MARK];

	if (!has_block(k, i / MARK))
		return KD_VNULL;
	for (uint32_t j = i / MARK * MARK; j <= i; j++)
		if (!kd_kallsyms_next(kd_view(k->lazy->names.room, k->mark[i / MARK + 1]), &at, &coded))
			return KD_VNULL;
	return coded;
}

/* Is a symbol of that name at that address? */
static bool is_at(const struct kd_ksyms *k, const char *name, uint64_t addr)
{
	char buf[KD_KALLSYMS_NAME];
	uint32_t i;

	if (!count_to(k, addr, &i))
		return false;
	for (unsigned most = ALIASES_MAX; i-- && most; most--) {
		uint64_t at;
		size_t n;

		if (!address_of(k, i, &at) || at != addr)
			return false;
		n = kd_kallsyms_expand(&k->tokens, coded_name(k, i), buf, sizeof(buf));
		if (n > 1 && kd_view_eq(kd_view(buf + 1, n - 1), kd_view_of(name)))
			return true;
	}
	return false;
}

/* Does a landmark of VMCOREINFO stand where it says? */
static bool landmarks_fit(struct kd_space *s, const struct kd_ksyms *k)
{
	static const char *const names[] = {"_stext", "init_uts_ns", "swapper_pg_dir"};
	uint64_t addr;

	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		if (kd_vmcoreinfo_symbol(kd_space_vmcoreinfo(s), names[i], &addr) && is_at(k, names[i], addr))
			return true;
	return false;
}

/* What was concluded with numbers of another form. */
static void forget_order(struct kd_ksyms *k)
{
	for (uint32_t b = 0; b < k->blocks; b++)
		k->lazy->block[b] &= (uint8_t)~(ORDER_GOOD | ORDER_BAD);
	k->lazy->bad_order = false;
}

static struct kd_error *load_addresses(struct kd_space *s, const struct kd_ksyms_places *p, struct kd_ksyms *k)
{
	struct kd_space_miss miss;

	kd_mirror_deinit(&k->lazy->numbers);
	kd_mirror_init(&k->lazy->numbers, s, p->offsets, 4 * (size_t)k->n);
	k->base = 0;
	if (p->has_base && !kd_space_uint(s, p->base, 8, &k->base, &miss))
		return kd_error_new(KD_BADDATA, "kallsyms_relative_base cannot be read: %s", kd_space_why(&miss));
	for (unsigned form = 0; form < KD_KALLSYMS_NFORMS; form++) {
		if (form != KD_KALLSYMS_PLACE && !p->has_base)
			continue;
		k->form = (enum kd_kallsyms_form)form;
		forget_order(k);
		if ((k->n >= SMALL || in_order(k, 0, k->n)) && landmarks_fit(s, k))
			return NULL;
	}
	if (k->lazy->numbers.lost)
		return unreadable("kallsyms_offsets", &k->lazy->numbers);
	if (k->lazy->names.lost)
		return unreadable("kallsyms_names", &k->lazy->names);
	return kd_error_new(KD_BADDATA, "kallsyms_offsets: whatever they count from, VMCOREINFO's _stext is elsewhere");
}

static struct kd_error *load_all(struct kd_space *s, struct kd_ksyms *k)
{
	struct kd_ksyms_places p[2] = {{0}};
	size_t places;
	struct kd_error *err = find_places(s, p, &places);
	struct kd_space_miss miss;
	uint64_t n;

	if (err)
		return err;
	if (!kd_space_uint(s, p[0].count, 4, &n, &miss))
		return kd_error_new(KD_BADDATA, "kallsyms_num_syms cannot be read: %s", kd_space_why(&miss));
	if (!n || n > COUNT_MAX)
		return kd_error_new(KD_BADDATA, "kallsyms_num_syms is %ju", (uintmax_t)n);
	k->n = (uint32_t)n;
	k->lazy = kd_xcalloc(1, sizeof(*k->lazy));
	if (!kd_vmcoreinfo_symbol(kd_space_vmcoreinfo(s), "_stext", &k->stext) ||
	    !kd_vmcoreinfo_symbol(kd_space_vmcoreinfo(s), "init_uts_ns", &k->data))
		k->stext = k->data = 0;
	err = load_tokens(s, &p[0], k);
	if (!err)
		err = load_names(s, &p[0], k);
	if (!err)
		err = load_addresses(s, &p[0], k);
	if (err && places == 2 && k->lazy->numbers.n) {
		kd_error_free(err);
		err = load_addresses(s, &p[1], k);
	}
	return err;
}

struct kd_error *kd_ksyms_open(struct kd_space *s, struct kd_ksyms **ret)
{
	kd_auto(kd_ksyms_freep) struct kd_ksyms *k = kd_xcalloc(1, sizeof(*k));
	struct kd_error *err = load_all(s, k);

	if (err)
		return kd_error_wrap(err, "the kernel's symbols");
	*ret = kd_take(k);
	return NULL;
}

void kd_ksyms_free(struct kd_ksyms *k)
{
	if (!k)
		return;
	if (k->lazy) {
		kd_mirror_deinit(&k->lazy->names);
		kd_mirror_deinit(&k->lazy->numbers);
		kd_free(k->lazy->block);
	}
	kd_free(k->lazy);
	kd_free(k->mark);
	kd_free(k->table_room);
	kd_free(k);
}

void kd_ksyms_freep(struct kd_ksyms **k)
{
	kd_ksyms_free(*k);
	*k = NULL;
}

/* --- asking -------------------------------------------------------------------------------------------- */

/* The name of a symbol whose address and size are set. */
static bool set_name(const struct kd_ksyms *k, struct kd_view coded, struct kd_ksym *ret)
{
	const size_t n = kd_kallsyms_expand(&k->tokens, coded, ret->name, sizeof(ret->name));

	if (n < 2)
		return false;
	ret->type = ret->name[0];
	memmove(ret->name, ret->name + 1, n - 1);
	ret->name[n - 1] = 0;
	return true;
}

/* Up to the next address that differs. */
static uint64_t size_of(const struct kd_ksyms *k, uint32_t i, uint64_t addr)
{
	uint64_t next;

	for (; i < k->n && address_of(k, i, &next); i++)
		if (next != addr)
			return next - addr;
	return 0;
}

bool kd_ksyms_at(const struct kd_ksyms *k, uint64_t addr, struct kd_ksym *ret)
{
	uint32_t next, i;
	uint64_t before;

	if (!count_to(k, addr, &next) || !next)
		return false;
	i = next - 1;
	if (!address_of(k, i, &ret->addr))
		return false;
	for (; i && address_of(k, i - 1, &before) && before == ret->addr; i--)
		;
	ret->size = size_of(k, next, ret->addr);
	return set_name(k, coded_name(k, i), ret);
}

/* --- by name ------------------------------------------------------------------------------------------- */

/* What a name that is wanted may look like: most others need not be put together. */
struct filter {
	bool first[KD_KALLSYMS_TOKENS], last[KD_KALLSYMS_TOKENS]; /* tokens */
	bool length[WANT_LEN], longer; /* type included */
};

/* May a name begin (behind its type) or end with the token? */
static bool may_begin(struct kd_view token, struct kd_view name)
{
	return !token.n || kd_view_starts(name, kd_view_from(token, 1));
}

static bool may_end(struct kd_view token, struct kd_view name)
{
	struct kd_view tail = token;

	if (tail.n > name.n)
		tail = tail.n == name.n + 1 ? kd_view_from(tail, 1) : KD_VNULL; /* with the type: the only token */
	return !token.n || (tail.n && kd_view_ends(name, tail));
}

static void make_filter(const struct kd_ksyms *k, const struct kd_ksym_want *w, size_t n, struct filter *f)
{
	*f = (struct filter){.longer = false};
	for (size_t j = 0; j < n; j++) {
		const struct kd_view name = kd_view_of(w[j].name);

		if (name.n + 1 < WANT_LEN)
			f->length[name.n + 1] = true;
		else
			f->longer = true;
		for (size_t t = 0; t < KD_KALLSYMS_TOKENS; t++) {
			f->first[t] |= may_begin(k->tokens.token[t], name);
			f->last[t] |= may_end(k->tokens.token[t], name);
		}
	}
}

static bool has_length(const struct kd_ksyms *k, const struct filter *f, struct kd_view coded)
{
	const size_t len = kd_kallsyms_length(&k->tokens, coded);

	return len < WANT_LEN ? f->length[len] : f->longer;
}

static void match(const struct kd_ksyms *k, uint32_t i, struct kd_view coded, struct kd_ksym_want *w, size_t n)
{
	char buf[KD_KALLSYMS_NAME];
	const size_t len = kd_kallsyms_expand(&k->tokens, coded, buf, sizeof(buf));
	uint64_t addr;

	for (size_t j = 0; len > 1 && j < n; j++) /* behind the type, as long as the name is */
		if (w[j].name[0] == buf[1] && !strncmp(w[j].name, buf + 1, len - 1) && !w[j].name[len - 1] &&
		    address_of(k, i, &addr) && !w[j].n++)
			w[j].addr = addr;
}

/* In the blocks but [without, behind). */
static void find(const struct kd_ksyms *k, uint32_t without, uint32_t behind, struct kd_ksym_want *w, size_t n)
{
	struct filter f;

	make_filter(k, w, n, &f);
	for (size_t j = 0; j < n; j++)
		w[j].n = 0;
	for (uint32_t b = 0; b < k->blocks; b++) {
		struct kd_view coded;
		size_t at;

		if (b == without && behind > without)
			b = behind;
		if (b >= k->blocks || !has_block(k, b))
			continue;
		at = k->mark[b];
		for (uint32_t i = b * MARK; kd_kallsyms_next(kd_view(k->lazy->names.room, k->mark[b + 1]), &at, &coded); i++)
			if (f.first[(unsigned char)coded.p[0]] && f.last[(unsigned char)coded.p[coded.n - 1]] && has_length(k, &f, coded))
				match(k, i, coded, w, n);
	}
}

void kd_ksyms_find(const struct kd_ksyms *k, struct kd_ksym_want *w, size_t n)
{
	find(k, 0, 0, w, n);
}

static bool begins_with_text(const struct kd_ksyms *k, uint32_t block)
{
	const struct kd_view coded = coded_name(k, block * MARK);
	const struct kd_view token = coded.n ? k->tokens.token[(unsigned char)coded.p[0]] : KD_VNULL;

	return token.n && strchr("tTwW", token.p[0]);
}

static bool block_has(const struct kd_ksyms *k, uint32_t block, const char *name)
{
	const struct kd_view want = kd_view_of(name);
	char buf[KD_KALLSYMS_NAME];
	struct kd_view coded;
	size_t at = k->mark[block];

	while (has_block(k, block) && kd_kallsyms_next(kd_view(k->lazy->names.room, k->mark[block + 1]), &at, &coded)) {
		const size_t n = kd_kallsyms_expand(&k->tokens, coded, buf, sizeof(buf));

		if (n > 1 && kd_view_eq(kd_view(buf + 1, n - 1), want))
			return true;
	}
	return false;
}

/*
 * Which blocks lie between _stext and _etext, where the linker puts functions alone: their end is searched for where types change,
 * and believed when _etext is there. Nothing is left out when it is not.
 */
static void find_text(const struct kd_ksyms *k)
{
	struct lazy *l = k->lazy;
	uint32_t stext, data, lo, hi;

	if (l->text_tried)
		return;
	l->text_tried = true;
	if (!k->stext || k->data <= k->stext || !count_to(k, k->stext, &stext) || !count_to(k, k->data, &data) || !stext)
		return;
	lo = (stext - 1) / MARK;
	hi = (data - 1) / MARK;
	if (hi <= lo || begins_with_text(k, hi))
		return;
	stext = lo;
	while (hi - lo > 1) {
		const uint32_t mid = lo + (hi - lo) / 2;

		if (begins_with_text(k, mid))
			lo = mid;
		else
			hi = mid;
	}
	if (!block_has(k, lo, "_etext"))
		return;
	l->text_from = stext + 1;
	l->text_to = lo;
}

void kd_ksyms_find_data(const struct kd_ksyms *k, struct kd_ksym_want *w, size_t n)
{
	find_text(k);
	find(k, k->lazy->text_from, k->lazy->text_to, w, n);
}

void kd_ksyms_each(const struct kd_ksyms *k, bool (*visit)(void *user, const struct kd_ksym *sym, const struct kd_core_module *module),
		   void *user)
{
	uint64_t at = 0, size = 0; /* of the symbol before: those at one address have one size */
	bool first = true;

	for (uint32_t b = 0; b < k->blocks; b++) {
		size_t pos = k->mark[b];
		struct kd_view coded;

		if (!has_block(k, b))
			continue;
		for (uint32_t i = b * MARK; kd_kallsyms_next(kd_view(k->lazy->names.room, k->mark[b + 1]), &pos, &coded); i++) {
			struct kd_ksym sym;

			if (!address_of(k, i, &sym.addr) || !set_name(k, coded, &sym))
				continue;
			if (first || sym.addr != at)
				size = size_of(k, i + 1, sym.addr);
			first = false;
			at = sym.addr;
			sym.size = size;
			if (!visit(user, &sym, NULL))
				return;
		}
	}
}
