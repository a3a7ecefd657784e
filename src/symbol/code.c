// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/code.h"

#include <stdio.h>

#include "base/alloc.h"

/* --- the text ------------------------------------------------------------------------------ */

static unsigned hex_digit(char c)
{
	return kd_is_digit(c) ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a') + 10;
}

/* A number of exactly 2, 4 or 8 digits. */
static bool take_unit(struct kd_view w, uint32_t *val, unsigned *unit)
{
	*val = 0;
	if (w.n != 2 && w.n != 4 && w.n != 8)
		return false;
	for (size_t i = 0; i < w.n; i++) {
		if (!kd_is_xdigit(w.p[i]))
			return false;
		*val = *val << 4 | hex_digit(w.p[i]);
	}
	*unit = (unsigned)w.n / 2;
	return true;
}

/* "<48>", "(f9400020)": true, and the inside */
static bool marked(struct kd_view *w)
{
	if (w->n < 3 || !((w->p[0] == '<' && w->p[w->n - 1] == '>') ||
			  (w->p[0] == '(' && w->p[w->n - 1] == ')')))
		return false;
	*w = kd_view(w->p + 1, w->n - 2);
	return true;
}

static void add_unit(struct kd_code *c, uint32_t val, unsigned unit)
{
	if (c->n + unit > sizeof(c->bytes)) {
		c->cut = true;
		return;
	}
	for (unsigned i = 0; i < unit; i++)
		c->bytes[c->n++] = (uint8_t)(val >> 8 * i);
}

static bool unit_fits(enum kd_arch arch, unsigned unit)
{
	switch (arch) {
	case KD_ARCH_X86_64:
	case KD_ARCH_I386:
		return unit == 1;
	case KD_ARCH_ARM:
		return unit == 2 || unit == 4;
	case KD_ARCH_RISCV64:
		return unit == 2 || unit == 4;
	case KD_ARCH_S390X:
		return false;
	case KD_ARCH_UNKNOWN:
		return true;
	default:
		return unit == 4;
	}
}

static void parse_units(struct kd_view text, enum kd_arch arch, struct kd_code *c)
{
	struct kd_view w;
	bool has_mark = false;

	while (kd_view_take_word(&text, &w)) {
		bool m = marked(&w);
		unsigned unit;
		uint32_t val;

		if (!take_unit(w, &val, &unit) || (c->unit && unit != c->unit) || !unit_fits(arch, unit)) {
			/* the last one may be cut off with its line; what stands before it counts */
			c->state = !kd_view_trim(text).n && c->n && !m ? KD_CODE_OK : KD_CODE_DAMAGED;
			break;
		}
		c->unit = (uint8_t)unit;
		c->state = KD_CODE_OK;
		if (m && has_mark) {
			c->state = KD_CODE_DAMAGED;
			break;
		}
		if (m) {
			has_mark = true;
			c->mark = c->n;
		}
		add_unit(c, val, unit);
	}
	if (c->state == KD_CODE_OK && (!has_mark || c->mark >= c->n))
		c->state = KD_CODE_UNMARKED;
}

void kd_code_parse(struct kd_view text, enum kd_arch arch, struct kd_code *ret)
{
	bool any = false;

	memset(ret, 0, sizeof(*ret));
	text = kd_view_trim(text);
	if (!text.n)
		return;
	ret->state = KD_CODE_DAMAGED;
	if (kd_view_starts(text, KD_V("Unable to access")) || kd_view_has(text, KD_V("Bad RIP value")) ||
	    kd_view_has(text, KD_V("Bad EIP value")) || kd_view_has(text, KD_V("Bad PC value"))) {
		ret->state = KD_CODE_UNREADABLE;
		return;
	}
	if (arch == KD_ARCH_S390X) {
		ret->state = KD_CODE_DECODED;
		return;
	}
	parse_units(text, arch, ret);
	ret->thumb = arch == KD_ARCH_ARM && ret->unit == 2;
	for (size_t i = 0; i < ret->n; i++)
		any |= ret->bytes[i] != 0;
	if (!any && (ret->state == KD_CODE_OK || ret->state == KD_CODE_UNMARKED))
		ret->state = KD_CODE_ZERO;
}

const char *kd_code_state_words(uint8_t state)
{
	switch ((enum kd_code_state)state) {
	case KD_CODE_OK:
		return NULL;
	case KD_CODE_ABSENT:
		return "the log has no Code: bytes";
	case KD_CODE_UNMARKED:
		return "no byte of Code: is marked as the pc's";
	case KD_CODE_UNREADABLE:
		return "the kernel could not read the bytes at the pc";
	case KD_CODE_ZERO:
		return "all bytes of Code: are zero: that is hardly code";
	case KD_CODE_DAMAGED:
		return "the Code: bytes are damaged or of an unknown form";
	case KD_CODE_DECODED:
		return "the kernel printed instructions instead of bytes";
	}
	return "the Code: bytes are of an unknown form";
}

/* --- boundaries before the mark -------------------------------------------------------------- */

struct walk {
	struct kd_disasm *d;
	const struct kd_code *c;
	size_t step; /* 1, 2 or 4: where instructions may begin */
};

/* Does the chain from `start` meet the mark? Its boundaries are then counted in votes. */
static bool chain(const struct walk *w, size_t start, uint8_t votes[KD_CODE_BYTES])
{
	struct kd_insn in;
	size_t at = start;

	while (at < w->c->mark) {
		if (!kd_disasm_one(w->d, w->c->bytes + at, w->c->n - at, 0, 0, &in))
			return false;
		at += in.len;
	}
	if (at != w->c->mark)
		return false;
	for (at = start; votes && at < w->c->mark; at += in.len) {
		votes[at]++;
		if (!kd_disasm_one(w->d, w->c->bytes + at, w->c->n - at, 0, 0, &in))
			return false; /* cannot be: it was one above */
	}
	return true;
}

struct before {
	size_t from;	/* the first instruction's offset; mark: none */
	bool certain;	/* all of them */
	uint8_t votes[KD_CODE_BYTES], chains;
	bool from_start, misplaced;
};

/* The chain to show where they differ: the one most of whose boundaries others share. */
static size_t best_start(const struct walk *w, const struct before *b, size_t last)
{
	size_t best = w->c->mark;
	unsigned most = 0;

	for (size_t s = 0; s <= last; s += w->step) {
		struct kd_insn in;
		unsigned sum = 0;

		if (!chain(w, s, NULL))
			continue;
		for (size_t at = s; at < w->c->mark; at += in.len) {
			if (!kd_disasm_one(w->d, w->c->bytes + at, w->c->n - at, 0, 0, &in))
				break;
			sum += b->votes[at];
		}
		if (sum > most) {
			most = sum;
			best = s;
		}
	}
	return best;
}

/* Words: the boundaries are known, whatever the decoder knows of them. */
static void look_back_words(const struct walk *w, const struct kd_code_hint *h, struct before *b)
{
	size_t mark = w->c->mark, most = 4 * (KD_CODE_LINES / 2);

	b->certain = true;
	b->from = mark > most ? mark - most : mark % 4;
	if (!h->has_func || h->func_off > mark - b->from)
		return;
	b->misplaced = h->func_off % 4 != 0;
	if (!b->misplaced) {
		b->from = mark - (size_t)h->func_off;
		b->from_start = true;
	}
}

static void look_back(const struct walk *w, const struct kd_code_hint *h, struct before *b)
{
	size_t mark = w->c->mark, last;

	b->from = mark;
	if (w->step == 4) {
		look_back_words(w, h, b);
		return;
	}
	if (h->has_func && h->func_off <= mark) {
		b->from = mark - (size_t)h->func_off;
		b->certain = b->from_start = chain(w, b->from, NULL);
		b->misplaced = !b->certain;
		if (!b->certain)
			b->from = mark;
		return;
	}
	last = mark < KD_INSN_MAX ? mark : KD_INSN_MAX - 1;
	for (size_t s = 0; s <= last; s += w->step)
		b->chains = (uint8_t)(b->chains + chain(w, s, b->votes));
	if (b->chains)
		b->from = best_start(w, b, last);
}

/* --- the listing ------------------------------------------------------------------------------ */

/* Where no address is known, a target is a distance: "call .-0x1234", or a place in the function. */
static void relative_target(struct kd_insn *in, const struct kd_code_hint *h)
{
	const int64_t by = (int64_t)(in->target - in->addr);
	/* the target is the last operand: "cbnz w2, #0x74" */
	size_t at = kd_view_rchr(kd_view_of(in->text), ' ');

	if (at == KD_NPOS)
		return;
	if (h->has_func && h->func_size && in->target < h->func_size)
		snprintf(in->text + at, sizeof(in->text) - at, " <+%#llx>", (unsigned long long)in->target);
	else
		snprintf(in->text + at, sizeof(in->text) - at, " .%c%#llx", by < 0 ? '-' : '+',
			 (unsigned long long)(by < 0 ? 0 - (uint64_t)by : (uint64_t)by));
}

/* arm64's adr, adrp (from the page of the instruction) and loads of literals: a distance, too. */
static void relative_data(struct kd_insn *in)
{
	const struct kd_view text = kd_view_of(in->text);
	const size_t at = kd_view_rchr(text, ' ');
	const bool page = !strcmp(in->mnemonic, "adrp");
	uint64_t to;
	int64_t by;

	if ((!page && strcmp(in->mnemonic, "adr") != 0 && !(in->nmem && in->mem[0].pcrel)) || at == KD_NPOS ||
	    !kd_view_starts(kd_view_from(text, at), KD_V(" #")) || !kd_view_hex(kd_view_from(text, at + 2), &to))
		return;
	by = (int64_t)(to - (page ? in->addr & ~UINT64_C(0xfff) : in->addr));
	snprintf(in->text + at, sizeof(in->text) - at, " .%c%#llx", by < 0 ? '-' : '+',
		 (unsigned long long)(by < 0 ? 0 - (uint64_t)by : (uint64_t)by));
}

static bool add_line(const struct walk *w, const struct kd_code_hint *h, size_t at, uint8_t how,
		     struct kd_code_listing *l)
{
	struct kd_code_line *line = &l->v[l->n];
	uint64_t mark = h->has_addr ? h->addr : h->has_func ? h->func_off : w->c->mark;

	if (l->n == KD_CODE_LINES ||
	    !kd_disasm_one(w->d, w->c->bytes + at, w->c->n - at, mark - w->c->mark + at, KD_INSN_TEXT,
			   &line->insn))
		return false;
	line->off = (uint16_t)at;
	line->how = how;
	if (line->insn.has_target && !h->has_addr)
		relative_target(&line->insn, h);
	else if (!h->has_addr)
		relative_data(&line->insn);
	l->n++;
	return true;
}

/* Half of the lines at most: the nearest ones. */
static size_t skip_early(const struct walk *w, size_t from)
{
	struct kd_insn in;
	size_t n = 0;

	for (size_t at = from; at < w->c->mark && kd_disasm_one(w->d, w->c->bytes + at, w->c->n - at, 0, 0, &in);
	     at += in.len)
		n++;
	for (; n > KD_CODE_LINES / 2; n--) {
		if (!kd_disasm_one(w->d, w->c->bytes + from, w->c->n - from, 0, 0, &in))
			break;
		from += in.len;
	}
	return from;
}

static void list_before(const struct walk *w, const struct kd_code_hint *h, const struct before *b,
			struct kd_code_listing *l)
{
	for (size_t at = skip_early(w, b->from); at < w->c->mark;) {
		uint8_t how = b->certain		    ? KD_CODE_CERTAIN
			      : b->votes[at] == b->chains ? KD_CODE_SYNCED
							  : KD_CODE_ONE_OF;

		if (add_line(w, h, at, how, l)) {
			at += l->v[l->n - 1].insn.len;
			continue;
		}
		/* a word that is no instruction: the listing begins behind it, without a gap */
		l->n = 0;
		at += w->step;
	}
}

static void list_from(const struct walk *w, const struct kd_code_hint *h, struct kd_code_listing *l)
{
	uint64_t left = h->has_func && h->func_size > h->func_off ? h->func_size - h->func_off : UINT64_MAX;

	l->at = l->n;
	for (size_t at = w->c->mark; at < w->c->n && at - w->c->mark < left;) {
		if (!add_line(w, h, at, KD_CODE_CERTAIN, l))
			break;
		at += l->v[l->n - 1].insn.len;
	}
}

struct kd_error *kd_code_list(struct kd_disasm *d, const struct kd_code *code,
			      const struct kd_code_hint *hint, struct kd_arena *arena,
			      struct kd_code_listing *ret)
{
	static const struct kd_code_hint none = {0};
	const struct kd_code_hint *h = hint ? hint : &none;
	enum kd_arch arch = kd_disasm_mode(d)->arch;
	struct walk w = {.d = d, .c = code, .step = code->unit};
	struct before *b;
	struct kd_code_listing l = {.has_addr = h->has_addr};

	if (arch == KD_ARCH_S390X)
		w.step = 2;
	if (code->state != KD_CODE_OK)
		return kd_error_new(KD_INVALID, "%s", kd_code_state_words(code->state));
	/* each line holds an instruction of a byte at least */
	l.v = kd_arena_array(arena, KD_CODE_LINES + 1, struct kd_code_line);
	b = kd_arena_new(arena, struct before);
	if (!l.v || !b)
		return kd_error_new(KD_LIMIT, "no room for the instructions of the Code: bytes");
	look_back(&w, h, b);
	list_before(&w, h, b, &l);
	l.from_start = b->from_start && l.n && l.v[0].off == b->from;
	l.misplaced = b->misplaced;
	list_from(&w, h, &l);
	*ret = l;
	return NULL;
}
