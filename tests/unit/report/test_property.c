// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What holds for every report of every family, over the seeds of the report fuzzer, which hold each
 * kind: the disguise of a log does not change what is read from it; a log that is cut anywhere gives
 * no frame that the whole log does not have; lines of any length come to an end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "report/kind.h"
#include "report/scan.h"

enum { SEEDS_MAX = 400, ROOM = 16 << 20 };

struct seed {
	char name[128];
	struct kd_buf raw;
};

struct seeds {
	struct seed v[SEEDS_MAX];
	size_t n;
};

/* --- reading ------------------------------------------------------------------------------------ */

static struct kd_error *add_seed(void *user, const struct kd_fs_entry *e)
{
	struct seeds *all = user;
	struct seed *s = &all->v[all->n++];

	assert_true(all->n < SEEDS_MAX);
	snprintf(s->name, sizeof(s->name), "%s", e->name);
	s->raw = KD_BUF_INIT(ROOM);
	return kd_fs_read_small(e->path, ROOM, &s->raw);
}

static int read_seeds(void **state)
{
	static struct seeds all;
	const char *root = getenv("KDOC_SOURCE_ROOT");
	char path[4096];

	assert_non_null(root);
	snprintf(path, sizeof(path), "%s/fuzz/corpus/report", root);
	assert_null(kd_fs_walk(path, NULL, add_seed, &all));
	assert_true(all.n > 60);
	*state = &all;
	return 0;
}

static int free_seeds(void **state)
{
	struct seeds *all = *state;

	for (size_t i = 0; i < all->n; i++)
		kd_buf_deinit(&all->v[i].raw);
	return 0;
}

static void scan(struct kd_view log, kd_report_fn *fn, void *user, struct kd_scan_log *facts)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_scan_opts o = {0};
	struct kd_scan_log own;
	struct kd_ctx ctx;

	kd_ctx_init(&ctx);
	assert_null(kd_source_from_memory(log, "log", &src));
	assert_null(kd_scan(&ctx, src, &o, fn, user, facts ? facts : &own));
	kd_ctx_deinit(&ctx);
}

/* --- a report without what belongs to the disguise ------------------------------------------------ */

static void put_frame(struct kd_buf *b, const char *what, const struct kd_frame *f)
{
	kd_buf_printf(b, "%s %.*s", what, KD_VARG(f->func));
	if (f->has_offset)
		kd_buf_printf(b, "+%#llx/%#llx", (unsigned long long)f->offset, (unsigned long long)f->size);
	kd_buf_printf(b, " [%.*s] %.*s:%u %llx %d%d%d\n", KD_VARG(f->module), KD_VARG(f->file), f->fline,
		      f->has_addr ? (unsigned long long)f->addr : 0, f->reliable, f->inlined, f->pc);
}

static void put_stacks(struct kd_buf *b, const struct kd_report *r)
{
	for (size_t i = 0; i < r->nstacks; i++) {
		const struct kd_stack *s = &r->stacks[i];

		kd_buf_printf(b, "stack %.*s role %u ctx %u line %d\n", KD_VARG(s->name), s->role, s->ctx, s->line);
		for (size_t k = 0; k < s->nframes; k++)
			put_frame(b, " ", &s->frames[k]);
	}
	for (size_t i = 0; i < r->nregsets; i++) {
		const struct kd_regset *s = &r->regsets[i];

		kd_buf_printf(b, "registers %u code %.*s\n", s->label, KD_VARG(s->code));
		if (s->has_ip)
			put_frame(b, " ip", &s->ip);
		for (size_t k = 0; k < s->nregs; k++)
			kd_buf_printf(b, " %.*s=%llx %u\n", KD_VARG(s->regs[k].name),
				      (unsigned long long)s->regs[k].val, s->regs[k].cls);
	}
}

static void put_sections(struct kd_buf *b, const struct kd_report *r)
{
	for (size_t i = 0; i < r->nsections; i++) {
		const struct kd_section *s = &r->sections[i];

		kd_buf_printf(b, "section %s\n", s->name);
		for (size_t k = 0; k < s->nfacts; k++)
			kd_buf_printf(b, " %s: %.*s %llu line %d\n", s->facts[k].key, KD_VARG(s->facts[k].str),
				      (unsigned long long)s->facts[k].num, s->facts[k].line);
	}
	for (size_t i = 0; i < r->nmodules; i++)
		kd_buf_printf(b, "module %.*s (%.*s)\n", KD_VARG(r->modules[i].name),
			      KD_VARG(r->modules[i].flags));
}

static struct kd_error *put_report(void *user, const struct kd_report *r)
{
	struct kd_buf *b = user;

	kd_buf_printf(b, "== %s: %.*s\nsyz %.*s %d\n", r->kind->name, KD_VARG(r->title), KD_VARG(r->syz.title),
		      r->syz.corrupted);
	kd_buf_printf(b, "%u %u %u %u %.*s\n", r->outcome, r->tier, r->owner, r->ctx, KD_VARG(r->outcome_why));
	kd_buf_printf(b, "cpu %u pid %lld comm %.*s release %.*s hardware %.*s taint %.*s\n",
		      r->has_cpu ? r->cpu : 9999, r->has_pid ? (long long)r->pid : -1, KD_VARG(r->comm),
		      KD_VARG(r->release), KD_VARG(r->hardware), KD_VARG(r->taint.text));
	kd_buf_printf(b, "access %llx %llu %d%d sig %s\n", (unsigned long long)r->access.addr,
		      (unsigned long long)r->access.size, r->access.has_dir, r->access.write,
		      r->sig[KD_SIG_STRICT].hex);
	put_frame(b, "where", &r->where);
	put_frame(b, "guilty", &r->guilty);
	put_stacks(b, r);
	put_sections(b, r);
	for (size_t i = 0; i < r->nlines; i++)
		kd_buf_printf(b, "%u %.*s\n", r->lines[i].role, KD_VARG(r->lines[i].text));
	return NULL;
}

/* --- disguises -------------------------------------------------------------------------------------- */

struct disguise {
	const char *name, *before, *after;
	enum { PLAIN, HTML, JSON } escape;
};

static const struct disguise disguises[] = {
	{"CRLF", "", "\r", PLAIN},
	{"syslog", "Mar  3 12:00:00 example-host kernel: ", "", PLAIN},
	{"syslog with a year", "2024 Mar 13 12:00:00 host kernel: ", "", PLAIN},
	{"busybox", "Mar  3 12:00:00 host kern.warn kernel: ", "", PLAIN},
	{"logread", "Sun Mar  3 12:00:00 2024 kern.warn kernel: ", "", PLAIN},
	{"journal", "2024-03-03T12:00:00+0100 host kernel: ", "", PLAIN},
	{"RFC 5424", "<4>1 2024-03-03T12:00:00.123Z host kernel - - - ", "", PLAIN},
	{"GitHub", "2024-03-03T12:00:00.1234567Z ", "", PLAIN},
	{"GitLab", "2024-03-03T12:00:00.123456Z 00O ", "", PLAIN},
	{"container", "2024-03-03T12:00:00.123456789Z stdout F ", "", PLAIN},
	{"Jenkins", "[2024-03-03T12:00:00.123Z] ", "", PLAIN},
	{"minicom", "[2024-03-03 12:00:00] ", "", PLAIN},
	{"Go", "2024/03/03 12:00:00 ", "", PLAIN},
	{"mail", "> ", "", PLAIN},
	{"mail twice", "> > ", "", PLAIN},
	{"compose", "web_1  | ", "", PLAIN},
	{"colours", "\033[1;31m", "\033[0m", PLAIN},
	{"web page", "", "<br>", HTML},
	{"docker", "{\"log\":\"", "\\n\",\"stream\":\"stdout\",\"time\":\"2024-03-03T12:00:00Z\"}", JSON},
	{"LAVA", "- {\"dt\": \"2024-03-03T12:00:00.123\", \"lvl\": \"target\", \"msg\": \"", "\"}",
	 JSON},
	{"journal JSON", "{\"PRIORITY\":\"4\",\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"",
	 "\",\"_HOSTNAME\":\"host\"}", JSON},
};

static void put_byte(struct kd_buf *b, const struct disguise *g, char c)
{
	if (g->escape == HTML && c == '<')
		kd_buf_add(b, KD_V("&lt;"));
	else if (g->escape == HTML && c == '>')
		kd_buf_add(b, KD_V("&gt;"));
	else if (g->escape == HTML && c == '&')
		kd_buf_add(b, KD_V("&amp;"));
	else if (g->escape == JSON && (c == '"' || c == '\\'))
		kd_buf_printf(b, "\\%c", c);
	else if (g->escape == JSON && c == '\t')
		kd_buf_add(b, KD_V("\\t"));
	else
		kd_buf_addc(b, c);
}

static void dress(struct kd_buf *b, const struct disguise *g, struct kd_view log)
{
	struct kd_view line;

	while (kd_view_take_until(&log, KD_V("\n"), &line)) {
		kd_buf_printf(b, "%s", g->before);
		for (size_t i = 0; i < line.n; i++)
			put_byte(b, g, line.p[i]);
		kd_buf_printf(b, "%s\n", g->after);
	}
}

/* Kernel lines with a stamp in front and no NUL, which JSON cannot hold: what can be disguised. */
static bool is_bare(const struct seed *s)
{
	struct kd_view log = kd_buf_view(&s->raw), line;
	size_t stamped = 0, n = 0;

	while (kd_view_take_until(&log, KD_V("\n"), &line)) {
		n++;
		stamped += (kd_view_starts(line, KD_V("[ ")) || kd_view_starts(line, KD_V("[1"))) &&
			   kd_view_chr(line, '\0') == KD_NPOS;
	}
	return n > 1 && !log.n && stamped == n;
}

/* The first line in which two texts differ. */
static void show_difference(const char *seed, const char *disguise, struct kd_view a, struct kd_view b)
{
	struct kd_view x, y;

	while (kd_view_take_until(&a, KD_V("\n"), &x) && kd_view_take_until(&b, KD_V("\n"), &y))
		if (!kd_view_eq(x, y))
			break;
	print_error("%s as %s: '%.*s', not '%.*s'\n", seed, disguise, KD_VARG(y), KD_VARG(x));
}

static void test_disguises(void **state)
{
	struct seeds *all = *state;
	size_t compared = 0, wrong = 0;

	for (size_t i = 0; i < all->n; i++) {
		kd_auto(kd_buf_deinit) struct kd_buf plain = KD_BUF_INIT(ROOM);

		if (!is_bare(&all->v[i]))
			continue;
		scan(kd_buf_view(&all->v[i].raw), put_report, &plain, NULL);
		for (size_t k = 0; k < KD_ARRAY_LEN(disguises); k++) {
			kd_auto(kd_buf_deinit) struct kd_buf log = KD_BUF_INIT(ROOM), got = KD_BUF_INIT(ROOM);

			dress(&log, &disguises[k], kd_buf_view(&all->v[i].raw));
			scan(kd_buf_view(&log), put_report, &got, NULL);
			compared++;
			if (kd_view_eq(kd_buf_view(&plain), kd_buf_view(&got)))
				continue;
			wrong++;
			show_difference(all->v[i].name, disguises[k].name, kd_buf_view(&plain),
					kd_buf_view(&got));
		}
	}
	assert_int_equal(wrong, 0);
	assert_true(compared > 40 * KD_ARRAY_LEN(disguises));
}

/* --- cuts ------------------------------------------------------------------------------------------- */

struct frames {
	struct kd_buf text; /* "\nfoo+0x1/0x2\n", each */
	const struct frames *whole; /* NULL: this is the whole log */
	struct kd_view log;
	const char *name;
};

static void one_frame(struct frames *w, const struct kd_report *r, const struct kd_frame *f)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8 << 10);
	bool at_cut;

	kd_buf_printf(&b, "\n%.*s", KD_VARG(f->func));
	if (f->has_offset)
		kd_buf_printf(&b, "+%#llx/%#llx", (unsigned long long)f->offset, (unsigned long long)f->size);
	kd_buf_addc(&b, '\n');
	if (!w->whole) {
		kd_buf_add(&w->text, kd_buf_view(&b));
		return;
	}
	if (kd_view_has(kd_buf_view(&w->whole->text), kd_buf_view(&b)))
		return;
	/* The line at which the log was cut may begin or end in the middle of a number or name. */
	at_cut = f->line >= 0 && (size_t)f->line < r->nlines &&
		 (r->lines[f->line].off == 0 || r->lines[f->line].off + r->lines[f->line].len == w->log.n);
	if (!at_cut)
		fail_msg("%s cut to %zu bytes: a frame%.*s", w->name, w->log.n, KD_VARG(kd_buf_view(&b)));
}

static struct kd_error *frames_of(void *user, const struct kd_report *r)
{
	for (size_t i = 0; i < r->nstacks; i++)
		for (size_t k = 0; k < r->stacks[i].nframes; k++)
			one_frame(user, r, &r->stacks[i].frames[k]);
	return NULL;
}

static void look_at_piece(struct frames *whole, struct kd_view piece)
{
	struct frames f = {.whole = whole, .log = piece, .name = whole->name};
	kd_auto(kd_freep) char *exact = kd_xmalloc(piece.n + 1); /* a read past the end is seen */

	memcpy(exact, piece.p, piece.n);
	scan(kd_view(exact, piece.n), frames_of, &f, NULL);
}

static void test_cuts(void **state)
{
	enum { STEP = 61 };
	struct seeds *all = *state;

	for (size_t i = 0; i < all->n; i++) {
		struct kd_view log = kd_buf_view(&all->v[i].raw);
		struct frames whole = {.text = KD_BUF_INIT(ROOM), .log = log, .name = all->v[i].name};

		scan(log, frames_of, &whole, NULL);
		for (size_t n = i % STEP; n < log.n; n += STEP) {
			look_at_piece(&whole, kd_view_head(log, n));
			look_at_piece(&whole, kd_view_from(log, n));
		}
		kd_buf_deinit(&whole.text);
	}
}

/* --- long lines -------------------------------------------------------------------------------------- */

struct found {
	size_t n;
	uint64_t line;
};

static struct kd_error *count(void *user, const struct kd_report *r)
{
	struct found *f = user;

	f->n++;
	f->line = r->start_line;
	return NULL;
}

/* Lines that are longer than any block: the scan ends, counts them once and reads what follows. */
static void test_long_lines(void **state)
{
	static const struct kd_view parts[] = {KD_V("A"), KD_V("> "), KD_V("&lt;"), KD_V("[   12.345678] "),
					       KD_V("10%\r"), KD_V("{\"a\":"), KD_V("Oops: BUG: ")};
	static const char report[] = "\n[   13.000000] BUG: kernel NULL pointer dereference, address: 0\n"
				     "[   13.000000] RIP: 0010:example+0x1/0x20\n";

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(parts); i++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(ROOM);
		struct kd_scan_log facts;
		struct found f = {0};

		kd_buf_add(&b, KD_V("[   11.000000] first\n"));
		while (b.n < (5 << 20))
			kd_buf_add(&b, parts[i]);
		kd_buf_printf(&b, "%s", report);
		scan(kd_buf_view(&b), count, &f, &facts);
		assert_int_equal(facts.bytes, b.n);
		assert_int_equal(facts.lines, 4);
		assert_true(f.n >= 1);
		assert_int_equal(f.line, 3);
	}
}

/* --- many reports ------------------------------------------------------------------------------------ */

static struct kd_reports *scan_all(struct kd_view log, size_t memory)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_scan_opts o = {0};
	struct kd_reports *rs = NULL;
	struct kd_ctx ctx;

	kd_ctx_init(&ctx);
	if (memory)
		ctx.limits.log_memory = memory;
	assert_null(kd_source_from_memory(log, "log", &src));
	assert_null(kd_scan_all(&ctx, src, &o, ctx.limits.log_reports, &rs));
	kd_ctx_deinit(&ctx);
	return rs;
}

static bool leads_to(const struct kd_reports *rs, const struct kd_report *r, const struct kd_report *z)
{
	for (size_t guard = 0; guard <= rs->n; guard++) {
		if (z == r)
			return true;
		if (z->caused_by < 0 || (size_t)z->caused_by >= rs->n)
			return false;
		z = rs->v[z->caused_by];
	}
	return false;
}

/* What look_forward() finds, found the plain way. */
static void check_forward(const struct kd_reports *rs)
{
	for (size_t i = 0; i < rs->n; i++) {
		const struct kd_report *r = rs->v[i];
		size_t z = i + 1;

		assert_int_equal(r->index, i);
		while (z < rs->n && rs->v[z]->boot == r->boot &&
		       (rs->v[z]->outcome != KD_OUT_FATAL || rs->v[z]->infrastructure))
			z++;
		if (z == rs->n || rs->v[z]->boot != r->boot) {
			assert_int_equal(r->fatal_next, 0);
			continue;
		}
		assert_int_equal(r->fatal_next, z + 1);
		assert_int_equal(r->fatal_tied, leads_to(rs, r, rs->v[z]));
	}
}

static void many(struct kd_buf *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		kd_buf_printf(b, "[   12.%06u] BUG: KASAN: use-after-free in f%u+0x1/0x2\n", 4 * i, i);
		kd_buf_printf(b, "[   12.%06u] BUG: unable to handle page fault for address: ffff%08x\n",
			      4 * i + 1, i);
		kd_buf_printf(b, "[   12.%06u] CPU: 0 PID: 7 Comm: a Tainted: G    B D 6.6.0 #1\n", 4 * i + 2);
		kd_buf_printf(b, "[   12.%06u] Kernel panic - not syncing: Fatal exception\n", 4 * i + 3);
	}
}

/* Thousands that follow from each other: each way is walked once, and memory has a limit. */
static void test_many_reports(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(ROOM);
	kd_auto(kd_reports_freep) struct kd_reports *rs = NULL, *few = NULL;
	struct seeds *all = *state;
	size_t tied = 0;

	for (size_t i = 0; i < all->n; i++) {
		kd_auto(kd_reports_freep) struct kd_reports *one = scan_all(kd_buf_view(&all->v[i].raw), 0);

		check_forward(one);
	}
	many(&b, 2000);
	rs = scan_all(kd_buf_view(&b), 0);
	assert_true(rs->n >= 2000 && !rs->log.skipped_reports);
	check_forward(rs);
	for (size_t i = 0; i < rs->n; i++)
		tied += rs->v[i]->fatal_tied;
	assert_true(tied > 0);
	few = scan_all(kd_buf_view(&b), (size_t)256 << 10);
	assert_true(few->n > 0 && few->n < rs->n);
	assert_int_equal(few->n + few->log.skipped_reports, rs->n);
	check_forward(few);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disguises),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_many_reports),
	};

	return cmocka_run_group_tests(tests, read_seeds, free_seeds);
}
