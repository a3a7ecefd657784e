// SPDX-License-Identifier: GPL-2.0-or-later
/* The reader of segments; segwrite.c makes them. */
#include "history/seg.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/le.h"
#include "base/pack.h"
#include "history/seg_layout.h"

enum { FIELDS = 32 }; /* more than words have; words of others are found as well, only slower */

struct section {
	const uint8_t *p;
	uint64_t size;
	uint32_t check;
};

struct kd_seg {
	const uint8_t *map;
	size_t size;
	char *name;
	uint32_t first, docs;
	struct section sec[KD_SEG_NSECTIONS];
	uint32_t field[2][FIELDS + 1]; /* where the words of a field begin in TERMS1 and TERMS */
	struct kd_zstd *z;
	unsigned char *block; /* the one that was unpacked last */
	uint64_t block_no;
	bool have_block;
};

static void find_fields(struct kd_seg *s);

/* --- opening ----------------------------------------------------------------------------------- */

static struct kd_error *bad(const struct kd_seg *s, const char *what)
{
	return kd_error_new(KD_BADDATA, "%s is no usable part of an index: %s", s->name, what);
}

static struct kd_error *read_table(struct kd_seg *s, uint32_t n)
{
	for (size_t i = 0; i < KD_SEG_NSECTIONS; i++)
		s->sec[i].p = s->map; /* of one that is not there: nothing is read, but addresses are made */
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *e = s->map + KD_SEG_HEADER + (size_t)i * KD_SEG_ENTRY;
		const uint32_t id = kd_le32(e + KD_SEG_E_ID);
		const uint64_t off = kd_le64(e + KD_SEG_E_OFF), size = kd_le64(e + KD_SEG_E_SIZE);

		if (off > s->size || size > s->size - off || off % 8)
			return bad(s, "a section lies outside of it");
		if (id && id < KD_SEG_NSECTIONS)
			s->sec[id] = (struct section){s->map + off, size, kd_le32(e + KD_SEG_E_CHECK)};
	}
	return NULL;
}

/* Have the tables the sizes that their entries need? */
static bool sizes_fit(const struct kd_seg *s)
{
	static const struct {
		enum kd_seg_section id;
		unsigned entry;
	} tables[] = {{KD_SEG_TERMS1, KD_SEG_T1}, {KD_SEG_TERMS, KD_SEG_T}, {KD_SEG_KEYS, KD_SEG_K}, {KD_SEG_RELS, KD_SEG_R},
		      {KD_SEG_PARENTS, 4}, {KD_SEG_TEXT_DIR, 8}, {KD_SEG_PATHS, KD_SEG_P}, {KD_SEG_PAIRS, KD_SEG_PAIR}};
	const uint64_t docs = s->docs;

	for (size_t i = 0; i < KD_ARRAY_LEN(tables); i++)
		if (s->sec[tables[i].id].size % tables[i].entry || s->sec[tables[i].id].size / tables[i].entry > UINT32_MAX)
			return false;
	return s->sec[KD_SEG_DOCS].size == docs * KD_SEG_DOC_BYTES && s->sec[KD_SEG_ORDER].size == docs * 4 &&
	       s->sec[KD_SEG_STATICS].size == docs * KD_SEG_STATIC;
}

static uint32_t head_check(const uint8_t *p, size_t n)
{
	kd_auto(kd_freep) uint8_t *copy = kd_xmalloc(n);

	memcpy(copy, p, n);
	memset(copy + KD_SEG_AT_CHECK, 0, 4);
	return kd_check32(kd_view((const char *)copy, n));
}

static struct kd_error *read_header(struct kd_seg *s)
{
	const uint8_t *p = s->map;
	struct kd_error *err;
	uint32_t n;

	if (s->size < KD_SEG_HEADER || memcmp(p, KD_SEG_MAGIC, 8) != 0)
		return bad(s, "it does not begin as one");
	if (kd_le32(p + KD_SEG_AT_VERSION) != KD_SEG_VERSION)
		return kd_error_new(KD_UNSUPPORTED, "%s is of version %u of the index; this program reads %u", s->name,
				    kd_le32(p + KD_SEG_AT_VERSION), KD_SEG_VERSION);
	n = kd_le32(p + KD_SEG_AT_SECTIONS);
	if (kd_le64(p + KD_SEG_AT_SIZE) != s->size)
		return bad(s, "it does not have the size that it should");
	if (n > 64 || KD_SEG_HEADER + (size_t)n * KD_SEG_ENTRY > s->size ||
	    head_check(p, KD_SEG_HEADER + (size_t)n * KD_SEG_ENTRY) != kd_le32(p + KD_SEG_AT_CHECK))
		return bad(s, "its header is damaged");
	s->first = kd_le32(p + KD_SEG_AT_FIRST);
	s->docs = kd_le32(p + KD_SEG_AT_DOCS);
	err = read_table(s, n);
	if (!err && (s->first > KD_DOC_MAX || s->docs > KD_DOC_MAX || !sizes_fit(s)))
		err = bad(s, "its tables have impossible sizes");
	return err;
}

struct kd_error *kd_seg_open(const char *path, struct kd_seg **ret)
{
	kd_auto(kd_seg_closep) struct kd_seg *s = kd_xcalloc(1, sizeof(*s));
	struct kd_error *err = NULL;
	struct stat st;
	void *p = MAP_FAILED;
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return kd_error_errno(errno, "%s", path);
	s->name = kd_xstrndup(path, strlen(path));
	if (fstat(fd, &st))
		err = kd_error_errno(errno, "%s", path);
	else if (!S_ISREG(st.st_mode) || st.st_size < KD_SEG_HEADER)
		err = bad(s, "it does not begin as one");
	else if ((p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0)) == MAP_FAILED)
		err = kd_error_errno(errno, "mapping %s", path);
	close(fd);
	if (err)
		return err;
	s->map = p;
	s->size = (size_t)st.st_size;
	err = read_header(s);
	if (err)
		return err;
	find_fields(s);
	*ret = kd_take(s);
	return NULL;
}

void kd_seg_close(struct kd_seg *s)
{
	if (!s)
		return;
	if (s->map)
		munmap((void *)(uintptr_t)s->map, s->size);
	kd_zstd_free(s->z);
	kd_free(s->block);
	kd_free(s->name);
	kd_free(s);
}

void kd_seg_closep(struct kd_seg **s)
{
	kd_seg_close(*s);
	*s = NULL;
}

uint32_t kd_seg_first(const struct kd_seg *s)
{
	return s->first;
}

uint32_t kd_seg_docs(const struct kd_seg *s)
{
	return s->docs;
}

uint64_t kd_seg_bytes(const struct kd_seg *s)
{
	return s->size;
}

uint64_t kd_seg_section_bytes(const struct kd_seg *s, enum kd_seg_section id)
{
	return s->sec[id].size;
}

struct kd_view kd_seg_section(const struct kd_seg *s, enum kd_seg_section id)
{
	return kd_view((const char *)s->sec[id].p, (size_t)s->sec[id].size);
}

/* --- documents --------------------------------------------------------------------------------- */

void kd_seg_doc(const struct kd_seg *s, uint32_t i, struct kd_seg_doc *ret)
{
	const uint8_t *p = s->sec[KD_SEG_DOCS].p + (size_t)i * KD_SEG_DOC_BYTES;

	*ret = (struct kd_seg_doc){
		.oid = p + KD_SEG_D_OID,
		.parent = {kd_le32(p + KD_SEG_D_PARENT), kd_le32(p + KD_SEG_D_PARENT + 4)},
		.date = kd_le32(p + KD_SEG_D_DATE),
		.commit_date = kd_le32(p + KD_SEG_D_CDATE),
		.flags = kd_le16(p + KD_SEG_D_FLAGS),
		.files = kd_le16(p + KD_SEG_D_FILES),
		.words = kd_le32(p + KD_SEG_D_WORDS),
		.lines = kd_le32(p + KD_SEG_D_LINES),
		.subject = kd_le64(p + KD_SEG_D_SUBJECT),
		.author = kd_le64(p + KD_SEG_D_AUTHOR),
		.patch_id = kd_le64(p + KD_SEG_D_PATCH),
		.text = kd_le64(p + KD_SEG_D_TEXT),
		.text_size = kd_le32(p + KD_SEG_D_TEXT_SIZE),
	};
}

const uint8_t *kd_seg_more_parents(const struct kd_seg *s, const struct kd_seg_doc *d, size_t *n_ret)
{
	const struct section *x = &s->sec[KD_SEG_PARENTS];
	const uint32_t i = d->parent[1] & ~KD_SEG_MORE, all = (uint32_t)(x->size / 4);
	uint32_t n = 0;

	*n_ret = 0;
	if (d->parent[1] >= KD_DOC_MISSING || !(d->parent[1] & KD_SEG_MORE) || i >= all)
		return NULL;
	while (i + n < all && !(kd_le32(x->p + (size_t)(i + n) * 4) & KD_SEG_MORE))
		n++;
	*n_ret = i + n < all ? n + 1 : n;
	return x->p + (size_t)i * 4;
}

/* Block b of the text. */
static struct kd_error *unpack(struct kd_seg *s, uint64_t b)
{
	const struct section *dir = &s->sec[KD_SEG_TEXT_DIR], *text = &s->sec[KD_SEG_TEXT];
	const uint64_t blocks = dir->size / 8;
	uint64_t from, to;

	if (s->have_block && s->block_no == b)
		return NULL;
	if (b >= blocks)
		return bad(s, "a text lies outside of it");
	from = b ? kd_le64(dir->p + 8 * (b - 1)) : 0;
	to = kd_le64(dir->p + 8 * b);
	if (from > to || to > text->size)
		return bad(s, "its directory of texts is damaged");
	if (!s->z && !(s->z = kd_zstd_new()))
		return kd_error_new(KD_UNSUPPORTED, "%s is packed with zstd, which this program was built without", s->name);
	if (!s->block)
		s->block = kd_xmalloc(KD_SEG_BLOCK);
	s->have_block = false;
	if (!kd_zstd_unpack(s->z, kd_view((const char *)text->p + from, (size_t)(to - from)), KD_VNULL, s->block, KD_SEG_BLOCK))
		return bad(s, "a block of its texts is damaged");
	s->have_block = true;
	s->block_no = b;
	return NULL;
}

struct kd_error *kd_seg_text(struct kd_seg *s, const struct kd_seg_doc *d, struct kd_buf *ret)
{
	uint64_t at = d->text, left = d->text_size;

	if (left > KD_SEG_TEXT_MAX)
		return bad(s, "a text has an impossible size");
	while (left) {
		const size_t in = (size_t)(at % KD_SEG_BLOCK);
		const size_t n = left < KD_SEG_BLOCK - in ? (size_t)left : KD_SEG_BLOCK - in;
		struct kd_error *err = unpack(s, at / KD_SEG_BLOCK);

		if (err)
			return err;
		if (!kd_buf_add(ret, kd_view((const char *)s->block + in, n)))
			return kd_error_new(KD_LIMIT, "a text of %s is longer than %zu bytes", s->name, ret->max);
		at += n;
		left -= n;
	}
	return NULL;
}

/* --- sorted tables ----------------------------------------------------------------------------- */

/* The first entry whose leading u64 is not below key. */
static uint32_t lower(const struct section *t, unsigned entry, uint64_t key)
{
	uint32_t lo = 0, hi = (uint32_t)(t->size / entry);

	while (lo < hi) {
		const uint32_t mid = lo + (hi - lo) / 2;

		if (kd_le64(t->p + (size_t)mid * entry) < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/*
 * The same in TERMS1 (0) or TERMS (1). The words of a field are spread evenly, so that a place is about where the share of the number
 * says. A few steps narrow it down; what is then left, or anything that is spread otherwise, is halved.
 */
static uint32_t lower_term(const struct kd_seg *s, unsigned which, uint64_t key)
{
	const struct section *t = &s->sec[which ? KD_SEG_TERMS : KD_SEG_TERMS1];
	const unsigned entry = which ? KD_SEG_T : KD_SEG_T1, field = (unsigned)(key >> 56);
	const uint64_t mask = (UINT64_C(1) << 56) - 1;
	uint64_t low = key & ~mask, high = key | mask;
	uint32_t lo, hi;

	if (field >= FIELDS)
		return lower(t, entry, key);
	lo = s->field[which][field];
	hi = s->field[which][field + 1];
	for (int i = 0; i < 3 && hi - lo > 64; i++) { /* what is before lo is below key, what is from hi on is not */
		const uint32_t n = hi - lo, slack = n >> 7 > 8 ? n >> 7 : 8;
		const uint32_t guess = lo + (uint32_t)((double)(key - low) / (double)(high - low) * (n - 1));
		const uint32_t from = guess - lo > slack ? guess - slack : lo, to = hi - 1 - guess > slack ? guess + slack : hi - 1;
		const uint64_t a = kd_le64(t->p + (size_t)from * entry), z = kd_le64(t->p + (size_t)to * entry);

		if (a >= key) {
			hi = from;
		} else if (z < key) {
			lo = to + 1;
		} else {
			lo = from + 1;
			hi = to;
			low = a;
			high = z;
			continue;
		}
		break;
	}
	while (lo < hi) {
		const uint32_t mid = lo + (hi - lo) / 2;

		if (kd_le64(t->p + (size_t)mid * entry) < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void find_fields(struct kd_seg *s)
{
	for (unsigned which = 0; which < 2; which++)
		for (unsigned f = 0; f <= FIELDS; f++) {
			const uint32_t at = lower(&s->sec[which ? KD_SEG_TERMS : KD_SEG_TERMS1], which ? KD_SEG_T : KD_SEG_T1,
						  (uint64_t)f << 56);

			s->field[which][f] = f && at < s->field[which][f - 1] ? s->field[which][f - 1] : at; /* of a damaged one */
		}
}

static int oid_cmp(const struct kd_seg *s, uint32_t i, const uint8_t *oid, unsigned digits)
{
	const uint8_t *p = s->sec[KD_SEG_DOCS].p + (size_t)kd_seg_by_oid(s, i) * KD_SEG_DOC_BYTES + KD_SEG_D_OID;
	const int c = memcmp(p, oid, digits / 2);

	if (c || digits % 2 == 0)
		return c;
	return (p[digits / 2] >> 4) - (oid[digits / 2] >> 4);
}

uint32_t kd_seg_by_oid(const struct kd_seg *s, uint32_t i)
{
	const uint32_t doc = kd_le32(s->sec[KD_SEG_ORDER].p + (size_t)i * 4);

	return doc < s->docs ? doc : 0;
}

uint32_t kd_seg_find(const struct kd_seg *s, const uint8_t oid[KD_SEG_OID], unsigned digits, uint32_t *first)
{
	uint32_t lo = 0, hi = s->docs, n = 0;

	while (lo < hi) {
		const uint32_t mid = lo + (hi - lo) / 2;

		if (oid_cmp(s, mid, oid, digits) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*first = lo;
	while (lo + n < s->docs && !oid_cmp(s, lo + n, oid, digits))
		n++;
	return n;
}

static struct kd_postings single(const struct kd_seg *s, const uint8_t *e)
{
	return (struct kd_postings){.doc = kd_le32(e + 8), .left = 1, .first = s->first, .n = 1};
}

static struct kd_postings several(const struct kd_seg *s, const uint8_t *e)
{
	const struct section *post = &s->sec[KD_SEG_POSTINGS];
	const uint64_t off = kd_le64(e + 8);

	if (off > post->size || kd_le32(e + 20) > post->size - off)
		return (struct kd_postings){0};
	return (struct kd_postings){.at = post->p + off, .end = post->p + off + kd_le32(e + 20), .left = kd_le32(e + 16),
				    .first = s->first, .n = kd_le32(e + 16)};
}

struct kd_postings kd_seg_postings(const struct kd_seg *s, uint64_t term)
{
	const struct section *one = &s->sec[KD_SEG_TERMS1], *many = &s->sec[KD_SEG_TERMS];
	uint32_t i = lower_term(s, 0, term);
	const uint8_t *e;

	if (i < one->size / KD_SEG_T1 && kd_le64(e = one->p + (size_t)i * KD_SEG_T1) == term)
		return single(s, e);
	i = lower_term(s, 1, term);
	if (i >= many->size / KD_SEG_T || kd_le64(e = many->p + (size_t)i * KD_SEG_T) != term)
		return (struct kd_postings){0};
	return several(s, e);
}

void kd_seg_terms(const struct kd_seg *s, unsigned field, void (*fn)(void *user, uint64_t term, struct kd_postings p), void *user)
{
	const struct section *one = &s->sec[KD_SEG_TERMS1], *many = &s->sec[KD_SEG_TERMS];
	const uint64_t from = (uint64_t)field << 56;

	for (uint32_t i = lower(one, KD_SEG_T1, from); i < one->size / KD_SEG_T1; i++) {
		const uint8_t *e = one->p + (size_t)i * KD_SEG_T1;

		if (kd_le64(e) >> 56 != field)
			break;
		fn(user, kd_le64(e), single(s, e));
	}
	for (uint32_t i = lower(many, KD_SEG_T, from); i < many->size / KD_SEG_T; i++) {
		const uint8_t *e = many->p + (size_t)i * KD_SEG_T;

		if (kd_le64(e) >> 56 != field)
			break;
		fn(user, kd_le64(e), several(s, e));
	}
}

/* The next document; damage ends the list. */
bool kd_postings_next(struct kd_postings *p, struct kd_hit *ret)
{
	uint64_t v = 0;
	unsigned shift = 0;

	if (!p->left)
		return false;
	p->left--;
	if (!p->at) {
		*ret = (struct kd_hit){p->first + (p->doc >> 3), (uint8_t)(p->doc & 7)};
		return true;
	}
	for (;;) {
		if (p->at == p->end || shift > 35) {
			p->left = 0;
			return false;
		}
		v |= (uint64_t)(*p->at & 0x7f) << shift;
		shift += 7;
		if (!(*p->at++ & 0x80))
			break;
	}
	p->doc += (uint32_t)(v >> 3);
	*ret = (struct kd_hit){p->first + p->doc, (uint8_t)(v & 7)};
	return true;
}

uint32_t kd_seg_keys(const struct kd_seg *s, uint64_t key, uint32_t *from_ret)
{
	const struct section *t = &s->sec[KD_SEG_KEYS];
	uint32_t i = lower(t, KD_SEG_K, key);

	*from_ret = i;
	while (i < t->size / KD_SEG_K && kd_le64(t->p + (size_t)i * KD_SEG_K) == key)
		i++;
	return i;
}

uint32_t kd_seg_key_doc(const struct kd_seg *s, uint32_t i)
{
	return s->first + kd_le32(s->sec[KD_SEG_KEYS].p + (size_t)i * KD_SEG_K + 8);
}

uint32_t kd_seg_rels(const struct kd_seg *s, uint64_t id, uint32_t *from_ret)
{
	const struct section *t = &s->sec[KD_SEG_RELS];
	const uint64_t first7 = id >> 36;
	uint32_t i = lower(t, KD_SEG_R, first7 << 36);

	*from_ret = i;
	while (i < t->size / KD_SEG_R && kd_le64(t->p + (size_t)i * KD_SEG_R) >> 36 == first7)
		i++;
	return i;
}

void kd_seg_rel(const struct kd_seg *s, uint32_t i, struct kd_seg_rel *ret)
{
	const uint8_t *e = s->sec[KD_SEG_RELS].p + (size_t)i * KD_SEG_R;

	*ret = (struct kd_seg_rel){.id = kd_le64(e), .doc = s->first + kd_le32(e + 8), .kind = e[12], .digits = e[13]};
}

void kd_seg_static(const struct kd_seg *s, uint32_t i, struct kd_seg_static *ret)
{
	const uint8_t *p = s->sec[KD_SEG_STATICS].p + (size_t)i * KD_SEG_STATIC;

	ret->date = kd_le32(p);
	ret->files = kd_le16(p + KD_SEG_S_FILES);
	ret->flags = p[KD_SEG_S_FLAGS];
	memcpy(ret->kind, p + KD_SEG_S_KIND, KD_SEG_KINDS);
}

uint32_t kd_seg_pairs(const struct kd_seg *s, uint64_t func, uint32_t *from_ret)
{
	const struct section *t = &s->sec[KD_SEG_PAIRS];
	uint32_t i = lower(t, KD_SEG_PAIR, func);

	*from_ret = i;
	while (i < t->size / KD_SEG_PAIR && kd_le64(t->p + (size_t)i * KD_SEG_PAIR) == func)
		i++;
	return i;
}

uint64_t kd_seg_pair(const struct kd_seg *s, uint32_t i, uint32_t *count_ret)
{
	const uint8_t *e = s->sec[KD_SEG_PAIRS].p + (size_t)i * KD_SEG_PAIR;

	*count_ret = kd_le32(e + 16);
	return kd_le64(e + 8);
}

struct kd_view kd_seg_path(const struct kd_seg *s, uint64_t path)
{
	const struct section *t = &s->sec[KD_SEG_PATHS], *text = &s->sec[KD_SEG_PATHTEXT];
	const uint32_t i = lower(t, KD_SEG_P, path);
	const uint8_t *e = t->p + (size_t)i * KD_SEG_P;

	if (i >= t->size / KD_SEG_P || kd_le64(e) != path || kd_le32(e + 8) > text->size || kd_le32(e + 12) > text->size - kd_le32(e + 8))
		return KD_VNULL;
	return kd_view((const char *)text->p + kd_le32(e + 8), kd_le32(e + 12));
}

struct kd_error *kd_seg_verify(struct kd_seg *s)
{
	for (int i = 1; i < KD_SEG_NSECTIONS; i++)
		if (kd_check32(kd_seg_section(s, i)) != s->sec[i].check)
			return kd_error_at(KD_BADDATA, s->sec[i].p - s->map, "%s is damaged in its section %d", s->name, i);
	for (uint64_t b = 0; b < s->sec[KD_SEG_TEXT_DIR].size / 8; b++) {
		struct kd_error *err = unpack(s, b);

		if (err)
			return err;
	}
	return NULL;
}

/* --- object ids -------------------------------------------------------------------------------- */

uint64_t kd_oid_head(const uint8_t oid[KD_SEG_OID])
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | oid[i];
	return v;
}

bool kd_oid_parse(struct kd_view hex, uint8_t ret[KD_SEG_OID], unsigned *digits_ret)
{
	memset(ret, 0, KD_SEG_OID);
	if (hex.n < 4 || hex.n > 2 * KD_SEG_OID)
		return false;
	for (size_t i = 0; i < hex.n; i++) {
		const char c = hex.p[i];
		const unsigned v = kd_is_digit(c) ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a') + 10;

		if (!kd_is_xdigit(c))
			return false;
		ret[i / 2] |= (uint8_t)(i % 2 ? v : v << 4);
	}
	if (digits_ret)
		*digits_ret = (unsigned)hex.n;
	return true;
}
