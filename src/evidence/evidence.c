// SPDX-License-Identifier: GPL-2.0-or-later
#include "evidence/evidence.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"

struct kind_info {
	const char *name, *scheme, *recheck;
};

static const struct kind_info kinds[KD_EVIDENCE_KINDS] = {
	[KD_EVIDENCE_LOG] = {"log", "bytes:", "read these bytes of the unpacked log and compare"},
	[KD_EVIDENCE_MEMORY] = {"memory", "mem:", "read this memory of the dump and compare"},
	[KD_EVIDENCE_SOURCE] = {"source", "src:", "read these lines of the tree and compare"},
	[KD_EVIDENCE_COMMIT] = {"commit", "commit:", "read the commit object and compare"},
	[KD_EVIDENCE_MESSAGE] = {"message", "mid:", "read the message and compare"},
	[KD_EVIDENCE_COMMAND] = {"command", "cmd:", "run the command again and compare its output"},
};

const char *kd_evidence_kind_name(enum kd_evidence_kind kind)
{
	return (unsigned)kind < KD_EVIDENCE_KINDS ? kinds[kind].name : "unknown";
}

bool kd_evidence_kind_by_name(struct kd_view name, enum kd_evidence_kind *ret)
{
	for (unsigned i = 0; i < KD_EVIDENCE_KINDS; i++)
		if (kd_view_eq(name, kd_view_of(kinds[i].name))) {
			*ret = (enum kd_evidence_kind)i;
			return true;
		}
	return false;
}

bool kd_evidence_id_valid(struct kd_view id)
{
	if (id.n != KD_EVIDENCE_ID - 1 || (id.p[0] != 'e' && id.p[0] != 'c'))
		return false;
	for (size_t i = 1; i < id.n; i++)
		if (!kd_is_digit(id.p[i]) && !(id.p[i] >= 'a' && id.p[i] <= 'f'))
			return false;
	return true;
}

/* --- locators ------------------------------------------------------------------------- */

/* A number as we write it: no sign, no leading zeros, no 0x. */
static bool take_plain(struct kd_view *v, uint64_t *ret)
{
	const char *p = v->p;

	return kd_view_take_dec(v, ret) && (*p != '0' || v->p == p + 1);
}

static bool bytes_ok(struct kd_view v, uint64_t *start, uint64_t *end)
{
	return take_plain(&v, start) && kd_view_skip(&v, KD_V("-")) && take_plain(&v, end) &&
	       !v.n && *start < *end;
}

static bool lower_hex(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_digit(v.p[i]) && !(v.p[i] >= 'a' && v.p[i] <= 'f'))
			return false;
	return v.n > 0;
}

/* DUMP:0xADDR+LEN */
static bool mem_ok(struct kd_view v)
{
	struct kd_view dump, addr;
	uint64_t n;

	return kd_view_take_until(&v, KD_V(":0x"), &dump) && lower_hex(dump) &&
	       kd_view_take_until(&v, KD_V("+"), &addr) && lower_hex(addr) && addr.n <= 16 &&
	       (addr.n == 1 || *addr.p != '0') && take_plain(&v, &n) && n && !v.n;
}

/* No host path: relative, and no "..". */
static bool path_ok(struct kd_view v)
{
	struct kd_view part;

	if (!v.n || *v.p == '/')
		return false;
	while (kd_view_take_until(&v, KD_V("/"), &part))
		if (!part.n || kd_view_eq(part, KD_V("..")) || kd_view_eq(part, KD_V(".")))
			return false;
	return v.n && !kd_view_eq(v, KD_V("..")) && !kd_view_eq(v, KD_V("."));
}

/* TREE:PATH:FIRST-LAST; the path may hold colons as %3A only. */
static bool src_ok(struct kd_view v)
{
	struct kd_view tree, path;
	uint64_t a, b;

	return kd_view_take_until(&v, KD_V(":"), &tree) && tree.n &&
	       kd_view_chr(tree, '/') == KD_NPOS && kd_view_take_until(&v, KD_V(":"), &path) &&
	       path_ok(path) && take_plain(&v, &a) && a && kd_view_skip(&v, KD_V("-")) &&
	       take_plain(&v, &b) && b >= a && !v.n;
}

/* A word with a slash in front is a place on somebody's machine, also behind "--opt=". */
static bool cmd_ok(struct kd_view v)
{
	struct kd_view word = v;

	if (!v.n)
		return false;
	while (kd_view_take_part(&v, KD_V("%20"), &word)) {
		if (!word.n || *word.p == '/' || *word.p == '~' || kd_view_has(word, KD_V("=/")))
			return false;
	}
	return true;
}

static bool locator_ok(enum kd_evidence_kind kind, struct kd_view v)
{
	uint64_t a, b;

	if (v.n > KD_LOCATOR_MAX)
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] <= ' ' || v.p[i] >= 0x7f)
			return false;
	if (!kd_view_skip(&v, kd_view_of(kinds[kind].scheme)) || !v.n)
		return false;
	switch (kind) {
	case KD_EVIDENCE_LOG:
		return bytes_ok(v, &a, &b);
	case KD_EVIDENCE_MEMORY:
		return mem_ok(v);
	case KD_EVIDENCE_SOURCE:
		return src_ok(v);
	case KD_EVIDENCE_COMMIT:
		return lower_hex(v) && (v.n == 40 || v.n == 64);
	case KD_EVIDENCE_COMMAND:
		return cmd_ok(v);
	default:
		return *v.p != '<';
	}
}

/* --- ids -------------------------------------------------------------------------------- */

static void id_of(char letter, const uint8_t sum[KD_SHA256_LEN], char ret[KD_EVIDENCE_ID])
{
	ret[0] = letter;
	kd_hex(sum, 6, ret + 1);
}

static void evidence_id(const struct kd_evidence *e, char ret[KD_EVIDENCE_ID])
{
	struct kd_sha256 h;
	uint8_t sum[KD_SHA256_LEN];

	kd_sha256_init(&h);
	kd_sha256_update(&h, kd_view("kdoc-evidence-1", 16)); /* with its NUL */
	kd_sha256_update(&h, kd_view_of(kinds[e->kind].name));
	kd_sha256_update(&h, kd_view("", 1));
	kd_sha256_update(&h, kd_view_of(e->locator));
	kd_sha256_update(&h, kd_view("", 1));
	kd_sha256_update(&h, kd_view((const char *)e->digest, KD_SHA256_LEN));
	kd_sha256_final(&h, sum);
	id_of('e', sum, ret);
}

struct kd_error *kd_evidence_of_digest(enum kd_evidence_kind kind, struct kd_view locator,
				       const uint8_t digest[KD_SHA256_LEN], struct kd_evidence *ret)
{
	struct kd_evidence e = {.kind = (uint8_t)kind};

	if ((unsigned)kind >= KD_EVIDENCE_KINDS)
		return kd_error_new(KD_INVALID, "there is no evidence kind %u", (unsigned)kind);
	if (locator.n > KD_LOCATOR_MAX)
		return kd_error_new(KD_LIMIT, "a locator of %zu bytes is longer than %d", locator.n,
				    KD_LOCATOR_MAX);
	if (!locator_ok(kind, locator))
		return kd_error_new(KD_INVALID, "this is no canonical locator of kind %s",
				    kinds[kind].name);
	memcpy(e.locator, locator.p, locator.n);
	memcpy(e.digest, digest, KD_SHA256_LEN);
	e.recheck = kinds[kind].recheck;
	evidence_id(&e, e.id);
	*ret = e;
	return NULL;
}

struct kd_error *kd_evidence_make(enum kd_evidence_kind kind, struct kd_view locator,
				  struct kd_view bytes, struct kd_evidence *ret)
{
	uint8_t sum[KD_SHA256_LEN];

	kd_sha256_of(bytes, sum);
	return kd_evidence_of_digest(kind, locator, sum, ret);
}

struct kd_error *kd_evidence_log_span(struct kd_view bytes, uint64_t start, struct kd_evidence *ret)
{
	char loc[64];
	uint64_t end;
	int n;

	if (!bytes.n || __builtin_add_overflow(start, (uint64_t)bytes.n, &end))
		return kd_error_new(KD_INVALID, "a log span must not be empty or past the end");
	n = snprintf(loc, sizeof(loc), "bytes:%llu-%llu", (unsigned long long)start,
		     (unsigned long long)end);
	return kd_evidence_make(KD_EVIDENCE_LOG, kd_view(loc, (size_t)n), bytes, ret);
}

struct kd_error *kd_evidence_log(struct kd_view input, uint64_t start, uint64_t end,
				 struct kd_evidence *ret)
{
	if (start >= end || end > input.n)
		return kd_error_new(KD_INVALID, "bytes %llu-%llu are not in an input of %zu bytes",
				    (unsigned long long)start, (unsigned long long)end, input.n);
	return kd_evidence_log_span(kd_view(input.p + start, (size_t)(end - start)), start, ret);
}

/* What may stand in a locator as it is; the rest becomes %XX. */
static void add_escaped(struct kd_buf *b, struct kd_view v, const char *also)
{
	for (size_t i = 0; i < v.n; i++) {
		unsigned char c = (unsigned char)v.p[i];

		if (c <= ' ' || c >= 0x7f || c == '%' || (also && strchr(also, c)))
			(void)kd_buf_printf(b, "%%%02X", c);
		else
			(void)kd_buf_addc(b, (char)c);
	}
}

/* An overflow of the buffer is a locator that is too long. */
static struct kd_error *finish(struct kd_buf *b, enum kd_evidence_kind kind, struct kd_view bytes,
			       struct kd_evidence *ret)
{
	if (b->overflow)
		return kd_error_new(KD_LIMIT, "the locator is longer than %d bytes",
				    KD_LOCATOR_MAX);
	return kd_evidence_make(kind, kd_buf_view(b), bytes, ret);
}

#define LOCATOR_BUF KD_BUF_INIT(KD_LOCATOR_MAX + 1)

struct kd_error *kd_evidence_memory(struct kd_view dump, uint64_t addr, struct kd_view bytes,
				    struct kd_evidence *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = LOCATOR_BUF;

	(void)kd_buf_add(&b, KD_V("mem:"));
	add_escaped(&b, dump, ":");
	(void)kd_buf_printf(&b, ":0x%llx+%zu", (unsigned long long)addr, bytes.n);
	return finish(&b, KD_EVIDENCE_MEMORY, bytes, ret);
}

struct kd_error *kd_evidence_source(struct kd_view tree, struct kd_view path, uint64_t first,
				    uint64_t last, struct kd_view bytes, struct kd_evidence *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = LOCATOR_BUF;

	(void)kd_buf_add(&b, KD_V("src:"));
	add_escaped(&b, tree, ":");
	(void)kd_buf_addc(&b, ':');
	add_escaped(&b, path, ":");
	(void)kd_buf_printf(&b, ":%llu-%llu", (unsigned long long)first, (unsigned long long)last);
	return finish(&b, KD_EVIDENCE_SOURCE, bytes, ret);
}

struct kd_error *kd_evidence_commit(struct kd_view oid, struct kd_view bytes,
				    struct kd_evidence *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = LOCATOR_BUF;

	(void)kd_buf_add(&b, KD_V("commit:"));
	add_escaped(&b, oid, NULL);
	return finish(&b, KD_EVIDENCE_COMMIT, bytes, ret);
}

struct kd_error *kd_evidence_message(struct kd_view message_id, struct kd_view bytes,
				     struct kd_evidence *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = LOCATOR_BUF;
	struct kd_view id = kd_view_trim(message_id);

	if (kd_view_starts(id, KD_V("<")) && kd_view_ends(id, KD_V(">")) && id.n > 2)
		id = kd_view(id.p + 1, id.n - 2);
	(void)kd_buf_add(&b, KD_V("mid:"));
	add_escaped(&b, id, NULL);
	return finish(&b, KD_EVIDENCE_MESSAGE, bytes, ret);
}

struct kd_error *kd_evidence_command(const struct kd_view *words, size_t n, struct kd_view bytes,
				     struct kd_evidence *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = LOCATOR_BUF;

	(void)kd_buf_add(&b, KD_V("cmd:"));
	for (size_t i = 0; i < n && !b.overflow; i++) {
		if (i)
			(void)kd_buf_add(&b, KD_V("%20"));
		add_escaped(&b, words[i], NULL);
	}
	return finish(&b, KD_EVIDENCE_COMMAND, bytes, ret);
}

/* --- checks -------------------------------------------------------------------------------- */

static struct kd_view locator_of(const struct kd_evidence *e)
{
	return kd_view(e->locator, strnlen(e->locator, sizeof(e->locator)));
}

static bool intact(const struct kd_evidence *e)
{
	char id[KD_EVIDENCE_ID];

	if (e->kind >= KD_EVIDENCE_KINDS || e->locator[KD_LOCATOR_MAX] ||
	    !locator_ok((enum kd_evidence_kind)e->kind, locator_of(e)))
		return false;
	evidence_id(e, id);
	return !memcmp(id, e->id, sizeof(id));
}

enum kd_check kd_evidence_check_bytes(const struct kd_evidence *e, struct kd_view bytes)
{
	uint8_t sum[KD_SHA256_LEN];

	if (!intact(e))
		return KD_CHECK_DAMAGED;
	kd_sha256_of(bytes, sum);
	return memcmp(sum, e->digest, sizeof(sum)) ? KD_CHECK_CHANGED : KD_CHECK_SAME;
}

bool kd_evidence_span(const struct kd_evidence *e, uint64_t *start_ret, uint64_t *end_ret)
{
	struct kd_view v = locator_of(e);
	uint64_t a, b;

	if (e->kind != KD_EVIDENCE_LOG || !kd_view_skip(&v, KD_V("bytes:")) || !bytes_ok(v, &a, &b))
		return false;
	*start_ret = a;
	*end_ret = b;
	return true;
}

enum kd_check kd_evidence_check(const struct kd_evidence *e, struct kd_view input)
{
	uint64_t start, end;

	if (!intact(e))
		return KD_CHECK_DAMAGED;
	if (!kd_evidence_span(e, &start, &end))
		return KD_CHECK_NEEDS;
	if (end > input.n)
		return KD_CHECK_GONE;
	return kd_evidence_check_bytes(e, kd_view(input.p + start, (size_t)(end - start)));
}

/* --- claims ---------------------------------------------------------------------------------- */

const char *kd_claim_status_name(enum kd_claim_status s)
{
	static const char *const names[] = {"hypothesis", "supported", "refuted", "verified"};

	return (unsigned)s < KD_ARRAY_LEN(names) ? names[s] : "unknown";
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void claim_id(const struct kd_claim *c, const char *const *sorted, char ret[KD_EVIDENCE_ID])
{
	struct kd_sha256 h;
	uint8_t sum[KD_SHA256_LEN];

	kd_sha256_init(&h);
	kd_sha256_update(&h, kd_view("kdoc-claim-1", 13)); /* with its NUL */
	kd_sha256_update(&h, c->text);
	kd_sha256_update(&h, kd_view("", 1));
	kd_sha256_update(&h, c->origin);
	for (size_t i = 0; i < c->nevidence; i++) {
		kd_sha256_update(&h, kd_view("", 1));
		kd_sha256_update(&h, kd_view_of(sorted[i]));
	}
	kd_sha256_final(&h, sum);
	id_of('c', sum, ret);
}

static struct kd_error *claim_input(struct kd_view text, enum kd_claim_status status,
				    struct kd_view origin, size_t n)
{
	if ((unsigned)status > KD_CLAIM_VERIFIED)
		return kd_error_new(KD_INVALID, "there is no claim status %u", (unsigned)status);
	if (!text.n)
		return kd_error_new(KD_INVALID, "a claim needs a text");
	if (!origin.n)
		return kd_error_new(KD_INVALID, "a claim needs an origin: who or what says it");
	if (memchr(text.p, 0, text.n) || memchr(origin.p, 0, origin.n))
		return kd_error_new(KD_INVALID, "a claim must not hold a NUL byte");
	if (text.n > KD_CLAIM_TEXT || origin.n > KD_CLAIM_TEXT)
		return kd_error_new(KD_LIMIT, "a claim is at most %d bytes long", KD_CLAIM_TEXT);
	if (n > KD_CLAIM_EVIDENCE)
		return kd_error_new(KD_LIMIT, "a claim has at most %d pieces of evidence",
				    KD_CLAIM_EVIDENCE);
	if (status != KD_CLAIM_HYPOTHESIS && !n)
		return kd_error_new(KD_INVALID,
				    "a claim without evidence can only be a hypothesis");
	return NULL;
}

struct kd_error *kd_claim_make(struct kd_view text, enum kd_claim_status status,
			       struct kd_view origin, const char *const *evidence, size_t nevidence,
			       struct kd_claim *ret)
{
	const char *sorted[KD_CLAIM_EVIDENCE];
	struct kd_error *err = claim_input(text, status, origin, nevidence);
	struct kd_claim c = {
		.status = (uint8_t)status,
		.text = text,
		.origin = origin,
		.evidence = evidence,
		.nevidence = nevidence,
	};

	if (err)
		return err;
	for (size_t i = 0; i < nevidence; i++) {
		if (!evidence[i] || !kd_evidence_id_valid(kd_view_of(evidence[i])) ||
		    evidence[i][0] != 'e')
			return kd_error_new(KD_INVALID, "evidence %zu of a claim is not an id", i);
		sorted[i] = evidence[i];
	}
	if (nevidence)
		qsort(sorted, nevidence, sizeof(sorted[0]), by_text);
	for (size_t i = 1; i < nevidence; i++)
		if (!strcmp(sorted[i - 1], sorted[i]))
			return kd_error_new(KD_INVALID, "evidence %s is named twice", sorted[i]);
	claim_id(&c, sorted, c.id);
	*ret = c;
	return NULL;
}
