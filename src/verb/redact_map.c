// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/redact_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"

enum { NUM_DIGITS = 9, MAP_BYTES = 256 << 20, ARENA_BYTES = 64 << 20 };

static const struct kd_view words[KD_RK_N] = {
	[KD_RK_HOST] = KD_V("host"),     [KD_RK_IP4] = KD_V("ip4"),
	[KD_RK_IP6] = KD_V("ip6"),       [KD_RK_MAC] = KD_V("mac"),
	[KD_RK_UUID] = KD_V("uuid"),     [KD_RK_SERIAL] = KD_V("serial"),
	[KD_RK_USER] = KD_V("user"),     [KD_RK_MAIL] = KD_V("mail"),
	[KD_RK_SECRET] = KD_V("secret"), [KD_RK_HEX] = KD_V("hex"),
	[KD_RK_TEXT] = KD_V("text"),     [KD_RK_LINE] = KD_V("line"),
};

/* ---- the table ---- */

struct kd_redact_map *kd_redact_map_new(size_t max_entries)
{
	struct kd_redact_map *m = kd_xcalloc(1, sizeof(*m));

	m->max = max_entries ? max_entries : KD_REDACT_MAX_ENTRIES;
	m->arena = KD_ARENA_INIT(ARENA_BYTES);
	m->index = KD_HASHMAP_INIT(m->max, NULL);
	return m;
}

void kd_redact_map_freep(struct kd_redact_map **m)
{
	if (!*m)
		return;
	for (size_t k = 0; k < KD_RK_N; k++)
		kd_vec_free(&(*m)->by_kind[k]);
	kd_vec_free(&(*m)->entries);
	kd_hashmap_deinit(&(*m)->index);
	kd_arena_deinit(&(*m)->arena);
	kd_free(*m);
	*m = NULL;
}

/* An entry that exists already is left alone: *ret_new says so. */
static bool add(struct kd_redact_map *m, struct kd_placeholder ph, struct kd_view text)
{
	struct kd_view copy = kd_arena_view(&m->arena, text);
	struct kd_hashmap_entry *h = copy.p ? kd_hashmap_add(&m->index, copy, NULL) : NULL;
	struct kd_redact_entry *e = h ? kd_vec_push(&m->entries, m->max) : NULL;

	if (!e)
		return false;
	h->num = m->entries.n - 1;
	*e = (struct kd_redact_entry){.text = copy, .ph = ph};
	while (m->by_kind[ph.kind].n < ph.num)
		if (!kd_vec_push(&m->by_kind[ph.kind], m->max))
			return false;
	m->by_kind[ph.kind].v[ph.num - 1] = (uint32_t)m->entries.n;
	return true;
}

struct kd_placeholder kd_redact_map_put(struct kd_redact_map *m, enum kd_redact_kind kind,
					struct kd_view text)
{
	const struct kd_hashmap_entry *h = kd_hashmap_get(&m->index, text);
	struct kd_placeholder ph = {.kind = (uint8_t)kind};

	if (h)
		return m->entries.v[h->num].ph;
	ph.num = (uint32_t)m->by_kind[kind].n + 1;
	if (m->entries.n >= m->max || !add(m, ph, text)) {
		m->lost++;
		m->partial = true;
		ph.num = 0;
	}
	return ph;
}

struct kd_view kd_redact_map_text(const struct kd_redact_map *m, struct kd_placeholder ph)
{
	uint32_t at = 0;

	if (ph.num && ph.kind < KD_RK_N && ph.num <= m->by_kind[ph.kind].n)
		at = m->by_kind[ph.kind].v[ph.num - 1];
	return at ? m->entries.v[at - 1].text : KD_VNULL;
}

/* ---- forms ---- */

void kd_placeholder_print(struct kd_placeholder ph, struct kd_buf *b)
{
	if (ph.kind == KD_RK_ADDR)
		kd_buf_printf(b, "ffff8000%08x", ph.num);
	else if (ph.kind == KD_RK_ADDR32)
		kd_buf_printf(b, "c0%06x", ph.num & 0xffffff);
	else
		kd_buf_printf(b, "%.*s-%u", KD_VARG(words[ph.kind]), ph.num);
}

/* Terminal sequences "ESC[0;1m", raw or with ESC written in another way. */
static const struct kd_view esc[] = {
	KD_V("\x1b"), KD_V("\\u001b"), KD_V("\\x1b"), KD_V("\\033"), KD_V("^["), KD_V("#033"),
};

/* Does "ESC[" stand in front of the digits and semicolons that end at j? */
static bool in_escape(struct kd_view l, size_t j)
{
	size_t end = j;

	while (j && end - j < 24 && (kd_is_digit(l.p[j - 1]) || l.p[j - 1] == ';'))
		j--;
	if (!j || l.p[j - 1] != '[')
		return false;
	for (size_t k = 0; k < KD_ARRAY_LEN(esc); k++)
		if (kd_view_ends(kd_view_head(l, j - 1), esc[k]))
			return true;
	return false;
}

/* Behind \n, \t, \x0a or \u000a as JSON, C and the journal write them. */
static bool after_backslash(struct kd_view l, size_t i)
{
	char c = l.p[i - 1];

	if (i >= 2 && l.p[i - 2] == '\\')
		return c == 'n' || c == 't' || c == 'r' || c == 'b' || c == 'f';
	if (!kd_is_xdigit(c))
		return false;
	if (i >= 4 && l.p[i - 4] == '\\' && l.p[i - 3] == 'x')
		return kd_is_xdigit(l.p[i - 2]);
	return i >= 6 && l.p[i - 6] == '\\' && l.p[i - 5] == 'u' && kd_is_xdigit(l.p[i - 4]) &&
	       kd_is_xdigit(l.p[i - 3]) && kd_is_xdigit(l.p[i - 2]);
}

bool kd_redact_starts(struct kd_view line, size_t i)
{
	char c = i ? line.p[i - 1] : ' ';

	if (c == ';' || c == '[')
		return !in_escape(line, i);
	if (!kd_is_alnum(c))
		return true;
	return after_backslash(line, i) || (kd_is_alpha(c) && in_escape(line, i - 1));
}

bool kd_redact_ends(struct kd_view line, size_t i)
{
	return i >= line.n || !kd_is_alnum(line.p[i]);
}

/* Letters and '-' in front of a digit: most words are none. */
static bool may_be_placeholder(struct kd_view v)
{
	size_t n = 0;

	while (n < 7 && n < v.n && kd_is_alnum(v.p[n]))
		n++;
	return n > 2 && n + 1 < v.n && v.p[n] == '-' && kd_is_digit(v.p[n + 1]);
}

size_t kd_placeholder_at(struct kd_view line, size_t i, struct kd_placeholder *ret)
{
	struct kd_view v = kd_view_from(line, i);
	uint64_t num;
	size_t n;

	if (!may_be_placeholder(v) || !kd_redact_starts(line, i))
		return 0;
	for (unsigned k = 0; k < KD_RK_N; k++) {
		struct kd_view rest = v;

		if (!words[k].n || !kd_view_skip(&rest, words[k]) || !kd_view_skip(&rest, KD_V("-")))
			continue;
		for (n = 0; n < rest.n && n <= NUM_DIGITS && kd_is_digit(rest.p[n]);)
			n++;
		if (!n || n > NUM_DIGITS || (rest.p[0] == '0' && n > 1) ||
		    !kd_redact_ends(rest, n) || !kd_view_dec(kd_view_head(rest, n), &num))
			return 0;
		*ret = (struct kd_placeholder){.kind = (uint8_t)k, .num = (uint32_t)num};
		return words[k].n + 1 + n;
	}
	return 0;
}

/* The last page holds error numbers, not addresses (include/linux/err.h). */
static bool is_kernel_address(uint64_t a, size_t digits)
{
	if (digits == 16)
		return a >= 0xffff800000000000 && a < 0xfffffffffffff000;
	return a >= 0xc0000000 && a < 0xfffff000;
}

size_t kd_kernel_address_at(struct kd_view line, size_t i, uint8_t *ret)
{
	struct kd_view v = kd_view_from(line, i), digits;
	bool after_0x = i >= 2 && (line.p[i - 1] | 0x20) == 'x' && line.p[i - 2] == '0' &&
			kd_redact_starts(line, i - 2);
	uint64_t a;
	size_t n = 0;

	if (!v.n || !kd_is_xdigit(v.p[0]) || (!after_0x && !kd_redact_starts(line, i)))
		return 0;
	while (n < v.n && n <= 16 && kd_is_xdigit(v.p[n]))
		n++;
	digits = kd_view_head(v, n);
	if ((n != 16 && n != 8) || !kd_redact_ends(v, n) || !kd_view_hex(digits, &a))
		return 0;
	*ret = n == 16 ? KD_RK_ADDR : KD_RK_ADDR32;
	return is_kernel_address(a, n) ? n : 0;
}

/* The number in an address placeholder; 0 when it is none. */
static uint32_t address_num(struct kd_view digits, uint8_t kind)
{
	uint64_t a = 0;
	bool ok = kd_view_hex(digits, &a);

	if (ok && kind == KD_RK_ADDR && a >> 32 == 0xffff8000)
		return (uint32_t)a;
	if (ok && kind == KD_RK_ADDR32 && a >> 24 == 0xc0)
		return (uint32_t)a & 0xffffff;
	return 0;
}

static size_t undo_at(const struct kd_redact_map *m, struct kd_view line, size_t i,
		      struct kd_view *ret, uint64_t *unknown)
{
	struct kd_placeholder ph;
	size_t n = kd_placeholder_at(line, i, &ph);

	if (n) {
		*ret = kd_redact_map_text(m, ph);
		if (!ret->p && unknown)
			++*unknown;
		return n;
	}
	if (!m->by_kind[KD_RK_ADDR].n && !m->by_kind[KD_RK_ADDR32].n)
		return 0;
	n = kd_kernel_address_at(line, i, &ph.kind);
	if (!n)
		return 0;
	ph.num = address_num(kd_view(line.p + i, n), ph.kind);
	*ret = kd_redact_map_text(m, ph);
	return n;
}

void kd_redact_undo(const struct kd_redact_map *m, struct kd_view line, struct kd_buf *b,
		    uint64_t *places, uint64_t *unknown)
{
	size_t from = 0, i = 0;

	while (i < line.n) {
		struct kd_view text = KD_VNULL;
		size_t n = kd_is_alnum(line.p[i]) ? undo_at(m, line, i, &text, unknown) : 0;

		if (n && text.p) {
			kd_buf_add(b, kd_view(line.p + from, i - from));
			kd_buf_add(b, text);
			from = i + n;
			if (places)
				places[0]++;
		}
		i += n ? n : 1;
	}
	if (line.n)
		kd_buf_add(b, kd_view(line.p + from, line.n - from));
}

/* ---- the file ---- */

static void add_escaped(struct kd_buf *b, struct kd_view text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < 0x20 || c >= 0x7f || c == '\\')
			kd_buf_printf(b, "\\x%02x", c);
		else
			kd_buf_addc(b, (char)c);
	}
}

void kd_redact_map_print(const struct kd_redact_map *m, struct kd_buf *b)
{
	kd_buf_add(b, KD_V("kdoc-redact-map 1\n"));
	if (m->partial)
		kd_buf_add(b, KD_V("partial\n"));
	for (size_t i = 0; i < m->entries.n; i++) {
		const struct kd_redact_entry *e = &m->entries.v[i];

		kd_placeholder_print(e->ph, b);
		kd_buf_addc(b, '\t');
		add_escaped(b, e->text);
		kd_buf_addc(b, '\n');
	}
}

struct kd_error *kd_redact_map_reserve(const char *path, int *ret_fd)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST)
		return kd_error_new(KD_CONFLICT,
				    "the map %s exists; an older log may need it: give another name",
				    path);
	if (fd < 0)
		return kd_error_errno(errno, "making the map %s", path);
	if (fchmod(fd, 0600)) {
		struct kd_error *err = kd_error_errno(errno, "chmod of the map %s", path);

		close(fd);
		unlink(path);
		return err;
	}
	*ret_fd = fd;
	return NULL;
}

struct kd_error *kd_redact_map_write(const struct kd_redact_map *m, int fd, const char *path)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(MAP_BYTES);
	struct kd_view v;

	kd_redact_map_print(m, &b);
	if (b.overflow)
		return kd_error_new(KD_LIMIT, "the map %s would be too long", path);
	for (v = kd_buf_view(&b); v.n;) {
		ssize_t n = write(fd, v.p, v.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return kd_error_errno(n ? errno : EIO, "writing the map %s", path);
		v = kd_view_from(v, (size_t)n);
	}
	if (fsync(fd) && errno != EINVAL)
		return kd_error_errno(errno, "writing the map %s", path);
	return NULL;
}

static bool unescape(struct kd_view v, struct kd_buf *b)
{
	kd_buf_clear(b);
	while (v.n) {
		struct kd_view two;
		uint64_t c;

		if (v.p[0] != '\\') {
			kd_buf_addc(b, v.p[0]);
			v = kd_view_from(v, 1);
			continue;
		}
		two = kd_view_head(kd_view_from(v, 2), 2);
		if (v.n < 4 || v.p[1] != 'x' || !kd_is_xdigit(two.p[0]) || !kd_is_xdigit(two.p[1]) ||
		    !kd_view_hex(two, &c))
			return false;
		kd_buf_addc(b, (char)c);
		v = kd_view_from(v, 4);
	}
	return true;
}

static bool parse_placeholder(struct kd_view v, struct kd_placeholder *ret)
{
	if (kd_placeholder_at(v, 0, ret) == v.n && v.n)
		return ret->num != 0;
	if (!v.n || kd_kernel_address_at(v, 0, &ret->kind) != v.n)
		return false;
	ret->num = address_num(v, ret->kind);
	return ret->num != 0;
}

static bool parse_line(struct kd_redact_map *m, struct kd_view line, struct kd_buf *scratch)
{
	struct kd_placeholder ph;
	struct kd_view name;

	if (kd_view_eq(line, KD_V("partial"))) {
		m->partial = true;
		return true;
	}
	if (!kd_view_take_until(&line, KD_V("\t"), &name) || !parse_placeholder(name, &ph) ||
	    !unescape(line, scratch))
		return false;
	/* Twice the same text or the same placeholder: made by hand, and ambiguous. */
	if (kd_redact_map_text(m, ph).p || kd_hashmap_get(&m->index, kd_buf_view(scratch)))
		return false;
	return ph.num <= m->max && add(m, ph, kd_buf_view(scratch));
}

struct kd_error *kd_redact_map_parse(struct kd_view text, const char *name,
				     struct kd_redact_map **ret)
{
	kd_auto(kd_redact_map_freep) struct kd_redact_map *m = kd_redact_map_new(0);
	kd_auto(kd_buf_deinit) struct kd_buf scratch = KD_BUF_INIT(4 << 20);
	struct kd_view all = text, line;

	if (!kd_view_take_until(&text, KD_V("\n"), &line) ||
	    !kd_view_eq(line, KD_V("kdoc-redact-map 1")))
		return kd_error_at(KD_BADDATA, 0, "%s is no map of kdoc redact", name);
	/* Texts of whole lines are up to 1 MiB each. */
	m->arena.limit = MAP_BYTES;
	while (text.n) {
		int64_t at = (int64_t)(all.n - text.n);

		if (!kd_view_take_until(&text, KD_V("\n"), &line))
			return kd_error_at(KD_BADDATA, at, "the map %s is cut", name);
		if (!parse_line(m, line, &scratch))
			return kd_error_at(KD_BADDATA, at, "the map %s is damaged", name);
	}
	*ret = kd_take(m);
	return NULL;
}

struct kd_error *kd_redact_map_read(const char *path, struct kd_redact_map **ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(MAP_BYTES + 65536);
	struct kd_error *err = kd_fs_read_small(path, MAP_BYTES, &b);

	return err ? kd_error_wrap(err, "reading the map") : kd_redact_map_parse(kd_buf_view(&b), path, ret);
}
