// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kernel traces in many disguises: whatever is put around the lines, the decoder gives
 * the same texts, line by line.
 */
#include <stdio.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "collect.h"
#include "traces.h"

struct disguise {
	const char *name;
	void (*line)(struct kd_buf *b, const char *t, unsigned i);
	const char *begin, *end;
	uint32_t bits;	   /* each line carries these */
	uint8_t origin;
	const char *frame; /* an own line of the disguise (its first bytes) that may come out as text */
};

/* One line with a printf format that takes the stamp's seconds, and the text. */
#define STAMPED(fn, fmt)                                                                           \
	static void fn(struct kd_buf *b, const char *t, unsigned i)                                \
	{                                                                                          \
		kd_buf_printf(b, fmt "%s\n", 12 + i, t);                                           \
	}
#define PLAIN(fn, fmt)                                                                             \
	static void fn(struct kd_buf *b, const char *t, unsigned i)                                \
	{                                                                                          \
		(void)i;                                                                           \
		kd_buf_printf(b, fmt "%s\n", t);                                                   \
	}

#define TS "[%5u.345678]"

PLAIN(plain, "")
STAMPED(stamp, TS " ")
STAMPED(stamp_task, TS "[  T123] ")
STAMPED(stamp_cpu, TS "[    C1] ")
STAMPED(stamp_blank_task, TS " [T17] ")
STAMPED(level_stamp, "<4>" TS " ")
STAMPED(level_stamp_task, "<3>" TS "[T12345] ")
STAMPED(old_level, "[<4>]" TS " ")
PLAIN(level_only, "<4>")
PLAIN(dmesg_ctime, "[Sun Mar  3 12:00:00 2024] ")
PLAIN(dmesg_iso, "2024-03-03T12:00:00,123456+01:00 ")
STAMPED(dmesg_delta, "[%5u.345678 <    0.000012>] ")
PLAIN(dmesg_reltime, "[  +0.000012] ")
STAMPED(dmesg_x, "kern  :warn  : " TS " ")
PLAIN(syslog, "Mar  3 12:00:00 example-host kernel: ")
STAMPED(syslog_stamp, "Mar  3 12:00:00 example-host kernel: " TS " ")
STAMPED(syslog_year, "2024 Mar 13 12:00:00 host kernel: " TS " ")
STAMPED(rsyslog_iso, "2024-03-03T12:00:00.123456+01:00 host kernel: " TS " ")
STAMPED(busybox, "Mar  3 12:00:00 host kern.warn kernel: " TS " ")
STAMPED(logread, "Sun Mar  3 12:00:00 2024 kern.warn kernel: " TS " ")
STAMPED(rfc5424, "<4>1 2024-03-03T12:00:00.123Z host kernel - - - " TS " ")
STAMPED(rfc5424_data, "<14>1 2024-03-03T12:00:00Z host kernel - ID [x@1 k=\"v]\"] " TS " ")
PLAIN(host_kernel, "host kernel: ")
PLAIN(bare_kernel, "kernel: ")
PLAIN(journal_precise, "Mar 03 12:00:00.123456 host kernel: ")
PLAIN(journal_iso, "2024-03-03T12:00:00+0100 host kernel: ")
PLAIN(journal_iso_precise, "2024-03-03T12:00:00.123456+0100 host kernel: ")
PLAIN(journal_full, "Sun 2024-03-03 12:00:00 CET host kernel: ")
PLAIN(journal_unix, "1709463600.123456 host kernel: ")
STAMPED(journal_monotonic, TS " host kernel: ")
STAMPED(kmsg, "4,7%u,13579,-;")
STAMPED(netconsole_caller, "4,7%u,13579,-,caller=T1;")
STAMPED(netconsole_release, "6.5.0-rc1+,4,7%u,13579,-;")
PLAIN(logcat_time, "03-03 12:00:00.123 W/kernel  (    0): ")
PLAIN(logcat_thread, "03-03 12:00:00.123     0     0 W kernel  : ")
PLAIN(logcat_user, "03-03 12:00:00.123  root     0     0 W kernel  : ")
PLAIN(logcat_brief, "W/kernel  (    0): ")
STAMPED(mediatek, "<6>" TS " .(0)[123:worker/0]")
STAMPED(github, "2024-03-03T12:00:00.1234567Z " TS " ")
STAMPED(gitlab, "2024-03-03T12:00:00.123456Z 00O " TS " ")
STAMPED(container, "2024-03-03T12:00:00.123456789Z stdout F " TS " ")
STAMPED(jenkins, "[2024-03-03T12:00:00.123Z] " TS " ")
STAMPED(jenkins_clock, "12:00:00  " TS " ")
PLAIN(clock_plain, "12:00:00.123 ")
PLAIN(minicom, "[2024-03-03 12:00:00] ")
PLAIN(go_time, "2024/03/03 12:00:00 ")
PLAIN(quote, "> ")
PLAIN(quote_twice, "> > ")
PLAIN(quote_tight, ">> ")
STAMPED(quote_bar, "| " TS " ")
STAMPED(quote_name, "AB> " TS " ")
STAMPED(indent, "    " TS " ")
STAMPED(tabs, "\t" TS " ")
STAMPED(login, "example login: " TS " ")
STAMPED(dropped, "** 3 printk messages dropped ** " TS " ")
STAMPED(compose, "web_1  | " TS " ")
STAMPED(pdsh, "node7: " TS " ")
STAMPED(ci_syslog_stamp_task, "00:01:02.345 Mar  3 12:00:00 host kernel: " TS "[  T123] ")
STAMPED(quote_level_stamp, "> <4>" TS " ")
STAMPED(quote_syslog_stamp, ">> Mar  3 12:00:00 host kernel: " TS " ")
STAMPED(colours, "\033[2J\033[1;31m" TS " ")

static void crlf(struct kd_buf *b, const char *t, unsigned i)
{
	kd_buf_printf(b, TS " %s\r\n", 12 + i, t);
}

static void crcrlf(struct kd_buf *b, const char *t, unsigned i)
{
	kd_buf_printf(b, "loading 50%%\rloading 100%%\r" TS " %s\r\r\n", 12 + i, t);
}

static void html(struct kd_buf *b, const char *t, unsigned i)
{
	kd_buf_printf(b, "&lt;4&gt;" TS " ", 12 + i);
	for (; *t; t++)
		switch (*t) {
		case '<':
			kd_buf_add(b, KD_V("&lt;"));
			break;
		case '>':
			kd_buf_add(b, KD_V("&gt;"));
			break;
		case '&':
			kd_buf_add(b, KD_V("&amp;"));
			break;
		case '"':
			kd_buf_add(b, KD_V("&quot;"));
			break;
		case '\'':
			kd_buf_add(b, KD_V("&#39;"));
			break;
		default:
			kd_buf_addc(b, *t);
		}
	kd_buf_add(b, KD_V("<br>\n"));
}

static void json_text(struct kd_buf *b, const char *t)
{
	for (; *t; t++) {
		if (*t == '"' || *t == '\\')
			kd_buf_addc(b, '\\');
		if (*t == '<')
			kd_buf_add(b, KD_V("\\u003c"));
		else
			kd_buf_addc(b, *t);
	}
}

static void docker(struct kd_buf *b, const char *t, unsigned i)
{
	kd_buf_printf(b, "{\"log\":\"" TS " ", 12 + i);
	json_text(b, t);
	kd_buf_printf(b, "\\n\",\"stream\":\"stdout\",\"time\":\"2024-03-03T12:00:00Z\"}\n");
}

static void lava(struct kd_buf *b, const char *t, unsigned i)
{
	kd_buf_printf(b, "- {\"dt\": \"2024-03-03T12:00:00.123\", \"lvl\": \"target\", \"msg\": \"" TS " ",
		      12 + i);
	json_text(b, t);
	kd_buf_add(b, KD_V("\"}\n"));
}

static void journal_json(struct kd_buf *b, const char *t, unsigned i)
{
	kd_buf_printf(b, "{\"PRIORITY\":\"4\",\"_TRANSPORT\":\"kernel\",\"x\":{\"y\":[1,{}]},\"MESSAGE\":\"");
	json_text(b, t);
	kd_buf_printf(b, "\",\"_SOURCE_MONOTONIC_TIMESTAMP\":\"%u\",\"_HOSTNAME\":\"host\"}\n", 12 + i);
}

static void journal_bytes(struct kd_buf *b, const char *t, unsigned i)
{
	(void)i;
	kd_buf_printf(b, "{\"SYSLOG_IDENTIFIER\":\"kernel\",\"MESSAGE\":[");
	for (const char *p = t; *p; p++)
		kd_buf_printf(b, "%s%u", p == t ? "" : ", ", (unsigned char)*p);
	kd_buf_add(b, KD_V("]}\n"));
}

static void dmesg_json(struct kd_buf *b, const char *t, unsigned i)
{
	kd_buf_printf(b, "%s{\n         \"pri\": 4,\n         \"time\": %5u.345678,\n         \"msg\": \"",
		      i ? "      }," : "      ", 12 + i);
	json_text(b, t);
	kd_buf_add(b, KD_V("\"\n"));
}

static void export(struct kd_buf *b, const char *t, unsigned i)
{
	kd_buf_printf(b, "__CURSOR=s=%u\n__REALTIME_TIMESTAMP=1709463600123456\n", i);
	kd_buf_printf(b, "_TRANSPORT=kernel\nMESSAGE=%s\nPRIORITY=4\n\n", t);
}

static void export_binary(struct kd_buf *b, const char *t, unsigned i)
{
	uint64_t n = strlen(t);

	kd_buf_printf(b, "__CURSOR=s=%u\n_TRANSPORT=kernel\nMESSAGE\n", i);
	for (int k = 0; k < 8; k++)
		kd_buf_addc(b, (char)(n >> 8 * k));
	kd_buf_printf(b, "%s\nPRIORITY=4\n\n", t);
}

static void kmsg_escaped(struct kd_buf *b, const char *t, unsigned i)
{
	kd_buf_printf(b, "4,%u,13579,-;", 700 + i);
	for (; *t; t++)
		if (*t == '\\' || *t == '+')
			kd_buf_printf(b, "\\x%02x", (unsigned)*t);
		else
			kd_buf_addc(b, *t);
	kd_buf_add(b, KD_V("\n SUBSYSTEM=pci\n DEVICE=+pci:0000:00:1f.2\n"));
}

static void kmsg_continued(struct kd_buf *b, const char *t, unsigned i)
{
	size_t half = strlen(t) / 2;

	kd_buf_printf(b, "4,%u,13579,c;%.*s\n", 700 + 2 * i, (int)half, t);
	kd_buf_printf(b, "4,%u,13580,+;%s\n", 701 + 2 * i, t + half);
}

static void fragments(struct kd_buf *b, const char *t, unsigned i)
{
	size_t n = strlen(t), half = n / 2;

	if (n < 2) {
		kd_buf_printf(b, "4,%u,13579,-;%s\n", 700 + i, t);
		return;
	}
	/* the second piece comes first: packets may be reordered */
	kd_buf_printf(b, "4,%u,13579,-,ncfrag=%zu/%zu;%s\n", 700 + i, half, n, t + half);
	kd_buf_printf(b, "4,%u,13579,-,ncfrag=0/%zu;%.*s\n", 700 + i, n, (int)half, t);
}

#define ANY KD_ORIGIN_UNKNOWN

static const struct disguise disguises[] = {
	{"plain", plain, .origin = ANY},
	{"stamp", stamp, .bits = KD_DIS_TIME},
	{"stamp, task", stamp_task, .bits = KD_DIS_TIME | KD_DIS_CALLER},
	{"stamp, CPU", stamp_cpu, .bits = KD_DIS_TIME | KD_DIS_CALLER},
	{"stamp, blank, task", stamp_blank_task, .bits = KD_DIS_TIME | KD_DIS_CALLER},
	{"level, stamp", level_stamp, .bits = KD_DIS_LEVEL | KD_DIS_TIME},
	{"level, stamp, task", level_stamp_task, .bits = KD_DIS_LEVEL | KD_DIS_TIME | KD_DIS_CALLER},
	{"old level", old_level, .bits = KD_DIS_LEVEL | KD_DIS_TIME},
	{"level", level_only, .bits = KD_DIS_LEVEL},
	{"dmesg -T", dmesg_ctime, .bits = KD_DIS_DMESG_TIME},
	{"dmesg iso", dmesg_iso, .bits = KD_DIS_DMESG_TIME},
	{"dmesg -d", dmesg_delta, .bits = KD_DIS_DMESG_TIME | KD_DIS_TIME},
	{"dmesg -e", dmesg_reltime, .bits = KD_DIS_DMESG_TIME},
	{"dmesg -x", dmesg_x, .bits = KD_DIS_DMESG_LEVEL | KD_DIS_TIME, .origin = KD_ORIGIN_KERNEL},
	{"syslog", syslog, .bits = KD_DIS_SYSLOG3164, .origin = KD_ORIGIN_KERNEL},
	{"syslog, stamp", syslog_stamp, .bits = KD_DIS_SYSLOG3164 | KD_DIS_TIME,
	 .origin = KD_ORIGIN_KERNEL},
	{"syslog, year", syslog_year, .bits = KD_DIS_SYSLOG3164, .origin = KD_ORIGIN_KERNEL},
	{"syslog, iso", rsyslog_iso, .bits = KD_DIS_SYSLOG3164, .origin = KD_ORIGIN_KERNEL},
	{"busybox", busybox, .bits = KD_DIS_SYSLOG3164, .origin = KD_ORIGIN_KERNEL},
	{"logread", logread, .bits = KD_DIS_SYSLOG3164, .origin = KD_ORIGIN_KERNEL},
	{"RFC 5424", rfc5424, .bits = KD_DIS_SYSLOG5424 | KD_DIS_TIME, .origin = KD_ORIGIN_KERNEL},
	{"RFC 5424, data", rfc5424_data, .bits = KD_DIS_SYSLOG5424, .origin = KD_ORIGIN_KERNEL},
	{"host kernel", host_kernel, .origin = KD_ORIGIN_KERNEL},
	{"kernel", bare_kernel, .origin = KD_ORIGIN_KERNEL},
	{"journal precise", journal_precise, .origin = KD_ORIGIN_KERNEL},
	{"journal iso", journal_iso, .bits = KD_DIS_JOURNAL, .origin = KD_ORIGIN_KERNEL},
	{"journal iso precise", journal_iso_precise, .bits = KD_DIS_JOURNAL, .origin = KD_ORIGIN_KERNEL},
	{"journal full", journal_full, .bits = KD_DIS_JOURNAL, .origin = KD_ORIGIN_KERNEL},
	{"journal unix", journal_unix, .bits = KD_DIS_JOURNAL, .origin = KD_ORIGIN_KERNEL},
	{"journal monotonic", journal_monotonic, .bits = KD_DIS_JOURNAL, .origin = KD_ORIGIN_KERNEL},
	{"kmsg", kmsg, .bits = KD_DIS_KMSG, .origin = KD_ORIGIN_KERNEL},
	{"kmsg escapes", kmsg_escaped, .bits = KD_DIS_KMSG, .origin = KD_ORIGIN_KERNEL},
	{"kmsg continued", kmsg_continued, .bits = KD_DIS_KMSG | KD_DIS_CONT, .origin = KD_ORIGIN_KERNEL},
	{"netconsole", netconsole_caller, .bits = KD_DIS_KMSG | KD_DIS_CALLER,
	 .origin = KD_ORIGIN_KERNEL},
	{"netconsole release", netconsole_release, .bits = KD_DIS_KMSG, .origin = KD_ORIGIN_KERNEL},
	{"netconsole fragments", fragments, .bits = KD_DIS_KMSG, .origin = KD_ORIGIN_KERNEL},
	{"logcat time", logcat_time, .bits = KD_DIS_LOGCAT, .origin = KD_ORIGIN_KERNEL},
	{"logcat threadtime", logcat_thread, .bits = KD_DIS_LOGCAT, .origin = KD_ORIGIN_KERNEL},
	{"logcat uid", logcat_user, .bits = KD_DIS_LOGCAT, .origin = KD_ORIGIN_KERNEL},
	{"logcat brief", logcat_brief, .bits = KD_DIS_LOGCAT, .origin = KD_ORIGIN_KERNEL},
	{"mediatek", mediatek, .bits = KD_DIS_CALLER | KD_DIS_TIME},
	{"github", github, .bits = KD_DIS_CI_TIME | KD_DIS_TIME},
	{"gitlab", gitlab, .bits = KD_DIS_CI_TIME | KD_DIS_TIME},
	{"container", container, .bits = KD_DIS_CI_TIME | KD_DIS_TIME},
	{"jenkins", jenkins, .bits = KD_DIS_CI_TIME | KD_DIS_TIME},
	{"jenkins clock", jenkins_clock, .bits = KD_DIS_CI_TIME | KD_DIS_TIME},
	{"clock", clock_plain, .bits = KD_DIS_CI_TIME},
	{"minicom", minicom, .bits = KD_DIS_CI_TIME},
	{"go time", go_time, .bits = KD_DIS_CI_TIME},
	{"quote", quote, .bits = KD_DIS_MAIL_QUOTE},
	{"quote twice", quote_twice, .bits = KD_DIS_MAIL_QUOTE},
	{"quote tight", quote_tight, .bits = KD_DIS_MAIL_QUOTE},
	{"quote bar", quote_bar, .bits = KD_DIS_MAIL_QUOTE},
	{"quote name", quote_name, .bits = KD_DIS_MAIL_QUOTE},
	{"indented", indent, .bits = KD_DIS_MARKDOWN | KD_DIS_TIME},
	{"tab", tabs, .bits = KD_DIS_MARKDOWN | KD_DIS_TIME},
	{"fence", plain, "```\n", "```\n", .bits = KD_DIS_MARKDOWN, .frame = "```"},
	{"fence, dmesg -T", dmesg_ctime, "```\n", "```\n", .bits = KD_DIS_DMESG_TIME, .frame = "```"},
	{"quoted fence", quote, "> ```\n", "> ```\n", .bits = KD_DIS_MAIL_QUOTE | KD_DIS_MARKDOWN,
	 .frame = "```"},
	{"login", login, .bits = KD_DIS_LOGIN | KD_DIS_TIME},
	{"dropped", dropped, .bits = KD_DIS_DROPPED | KD_DIS_TIME},
	{"compose", compose, .bits = KD_DIS_ADDRESS | KD_DIS_TIME},
	{"pdsh", pdsh, .bits = KD_DIS_ADDRESS | KD_DIS_TIME},
	{"CI, syslog, stamp, task", ci_syslog_stamp_task,
	 .bits = KD_DIS_CI_TIME | KD_DIS_SYSLOG3164 | KD_DIS_TIME | KD_DIS_CALLER,
	 .origin = KD_ORIGIN_KERNEL},
	{"quote, level, stamp", quote_level_stamp, .bits = KD_DIS_MAIL_QUOTE | KD_DIS_LEVEL | KD_DIS_TIME},
	{"quote, syslog, stamp", quote_syslog_stamp,
	 .bits = KD_DIS_MAIL_QUOTE | KD_DIS_SYSLOG3164 | KD_DIS_TIME, .origin = KD_ORIGIN_KERNEL},
	{"colours", colours, .bits = KD_DIS_ANSI | KD_DIS_TIME},
	{"CRLF", crlf, .bits = KD_DIS_TIME},
	{"CR", crcrlf, .frame = "loading"},
	{"HTML", html, .bits = KD_DIS_HTML | KD_DIS_TIME | KD_DIS_LEVEL},
	{"docker", docker, .bits = KD_DIS_JSON | KD_DIS_TIME},
	{"LAVA", lava, .bits = KD_DIS_JSON | KD_DIS_TIME},
	{"journal JSON", journal_json, .bits = KD_DIS_JSON, .origin = KD_ORIGIN_KERNEL},
	{"journal JSON bytes", journal_bytes, .bits = KD_DIS_JSON, .origin = KD_ORIGIN_KERNEL},
	{"dmesg --json", dmesg_json, "{\n   \"dmesg\": [\n", "      }\n   ]\n}\n", .bits = KD_DIS_JSON,
	 .origin = KD_ORIGIN_KERNEL, .frame = "{}"},
	{"journal export", export, .bits = KD_DIS_JOURNAL_EXPORT, .origin = KD_ORIGIN_KERNEL},
	{"journal export, binary", export_binary, .bits = KD_DIS_JOURNAL_EXPORT,
	 .origin = KD_ORIGIN_KERNEL},
};

static bool is_frame(const struct disguise *g, struct kd_view text)
{
	if (!g->frame)
		return false;
	if (*g->frame == '{')
		return kd_view_eq(text, KD_V("{")) || kd_view_eq(text, KD_V("}"));
	return kd_view_starts(text, kd_view_of(g->frame));
}

static void check_trace(const struct disguise *g, const struct trace *t)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	struct collected c;
	size_t n = 0;

	kd_buf_printf(&b, "%s", g->begin ? g->begin : "");
	for (size_t i = 0; i < t->n; i++)
		g->line(&b, t->lines[i], (unsigned)i);
	kd_buf_printf(&b, "%s", g->end ? g->end : "");
	collect(&c, kd_buf_view(&b), NULL);
	kd_vec_each (l, &c.lines) {
		if (is_frame(g, l->text))
			continue;
		if (n >= t->n || !kd_view_eq(l->text, kd_view_of(t->lines[n])) ||
		    (l->disguise & g->bits) != g->bits || l->origin != g->origin)
			fail_msg("%s, %s, line %zu: '%.*s' bits %#x origin %u, not '%s'", g->name, t->name, n,
				 KD_VARG(l->text), l->disguise, l->origin,
				 n < t->n ? t->lines[n] : "(end)");
		n++;
	}
	if (n != t->n)
		fail_msg("%s, %s: %zu lines, not %zu", g->name, t->name, n, t->n);
	collected_free(&c);
}

static void test_disguise(void **state)
{
	const struct disguise *g = *state;

	for (size_t i = 0; i < KD_ARRAY_LEN(traces); i++)
		check_trace(g, &traces[i]);
}

/* Parts of a pstore dump in both orders. */
static void test_pstore(void **state)
{
	const struct trace *t = &traces[0];

	(void)state;
	for (int reversed = 0; reversed < 2; reversed++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
		size_t size = (t->n + 2) / 3, n = 0;
		struct collected c;

		for (unsigned k = 0; k < 3; k++) {
			unsigned part = reversed ? k + 1 : 3 - k;
			size_t first = (3 - part) * size;

			kd_buf_printf(&b, "Panic#2 Part%u\n", part);
			for (size_t i = first; i < first + size && i < t->n; i++)
				level_stamp(&b, t->lines[i], (unsigned)i);
		}
		collect(&c, kd_buf_view(&b), NULL);
		kd_vec_each (l, &c.lines) {
			assert_true(l->disguise & KD_DIS_PSTORE);
			if (kd_view_starts(l->text, KD_V("Panic#2 Part")))
				continue;
			assert_true(kd_view_eq(l->text, kd_view_of(t->lines[n])));
			n++;
		}
		assert_int_equal(n, t->n);
		assert_int_equal(c.stats.missing_parts, 0);
		collected_free(&c);
	}
}

/* Break a line before column 74 where one blank is, as mailers do. */
static void mail_wrap(struct kd_buf *b, struct kd_view line, const char *quote)
{
	while (line.n > 74) {
		size_t i = 74;

		while (i > 50 && (line.p[i] != ' ' || line.p[i - 1] == ' ' || line.p[i + 1] == ' '))
			i--;
		if (i == 50)
			break;
		kd_buf_printf(b, "%.*s\n", (int)i, line.p);
		kd_buf_printf(b, "%s", quote);
		line = kd_view_from(line, i + 1);
	}
	kd_buf_add(b, line);
	kd_buf_addc(b, '\n');
}

static void test_mail_wrap(void **state)
{
	(void)state;
	for (size_t k = 0; k < KD_ARRAY_LEN(traces); k++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
		kd_auto(kd_buf_deinit) struct kd_buf line = KD_BUF_INIT(4096);
		const struct trace *t = &traces[k];
		struct collected c;

		for (size_t i = 0; i < t->n; i++) {
			kd_buf_clear(&line);
			stamp_task(&line, t->lines[i], (unsigned)i);
			kd_buf_add(&b, KD_V("> "));
			mail_wrap(&b, kd_view_head(kd_buf_view(&line), line.n - 1), "> ");
		}
		collect(&c, kd_buf_view(&b), NULL);
		for (size_t i = 0; i < t->n && i < c.lines.n; i++)
			if (!kd_view_eq(c.lines.v[i].text, kd_view_of(t->lines[i])))
				fail_msg("%s line %zu: '%.*s'", t->name, i, KD_VARG(c.lines.v[i].text));
		assert_int_equal(c.lines.n, t->n);
		collected_free(&c);
	}
}

int main(void)
{
	enum { N = KD_ARRAY_LEN(disguises) };
	struct CMUnitTest tests[N + 2];

	for (size_t i = 0; i < N; i++)
		tests[i] = (struct CMUnitTest){disguises[i].name, test_disguise, NULL, NULL,
					       (void *)(uintptr_t)&disguises[i]};
	tests[N] = (struct CMUnitTest)cmocka_unit_test(test_pstore);
	tests[N + 1] = (struct CMUnitTest)cmocka_unit_test(test_mail_wrap);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
