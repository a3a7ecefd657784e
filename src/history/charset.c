// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/charset.h"

#include <errno.h>
#include <iconv.h>

#include "base/alloc.h"
#include "base/utf8.h"

enum { STEP = 4096 };

/* What mail calls it (IANA's names and aliases), what iconv(3) of glibc and musl calls it. */
static const struct row {
	const char *name, *iconv;
} rows[] = {
	{"iso-8859-1", "WINDOWS-1252"}, /* as everybody reads it (WHATWG Encoding, 4.2) */
	{"latin1", "WINDOWS-1252"},
	{"iso8859-1", "WINDOWS-1252"},
	{"windows-1252", "WINDOWS-1252"},
	{"cp1252", "WINDOWS-1252"},
	{"iso-8859-2", "ISO-8859-2"},
	{"iso-8859-4", "ISO-8859-4"},
	{"iso-8859-5", "ISO-8859-5"},
	{"iso-8859-7", "ISO-8859-7"},
	{"iso-8859-8", "ISO-8859-8"},
	{"iso-8859-8-i", "ISO-8859-8"},
	{"iso-8859-9", "ISO-8859-9"},
	{"iso-8859-13", "ISO-8859-13"},
	{"iso-8859-15", "ISO-8859-15"},
	{"windows-1250", "WINDOWS-1250"},
	{"windows-1251", "WINDOWS-1251"},
	{"windows-1253", "WINDOWS-1253"},
	{"windows-1254", "WINDOWS-1254"},
	{"windows-1255", "WINDOWS-1255"},
	{"windows-1256", "WINDOWS-1256"},
	{"windows-1257", "WINDOWS-1257"},
	{"windows-1258", "WINDOWS-1258"},
	{"koi8-r", "KOI8-R"},
	{"koi8-u", "KOI8-U"},
	{"gb2312", "GB18030"}, /* each contains the one before */
	{"gbk", "GB18030"},
	{"gb18030", "GB18030"},
	{"big5", "BIG5"},
	{"big5-hkscs", "BIG5-HKSCS"},
	{"euc-jp", "EUC-JP"},
	{"iso-2022-jp", "ISO-2022-JP"},
	{"shift_jis", "SHIFT_JIS"},
	{"euc-kr", "EUC-KR"},
	{"ks_c_5601-1987", "EUC-KR"},
	{"utf-16", "UTF-16"},
	{"utf-16le", "UTF-16LE"},
	{"utf-16be", "UTF-16BE"},
	{"utf-7", "UTF-7"},
};

static const char *find(struct kd_view charset)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++)
		if (kd_view_ieq(charset, kd_view_of(rows[i].name)))
			return rows[i].iconv;
	return NULL;
}

static bool is_utf8(struct kd_view charset)
{
	return kd_view_ieq(charset, KD_V("utf-8")) || kd_view_ieq(charset, KD_V("utf8"));
}

static bool is_none(struct kd_view charset)
{
	static const char *const names[] = {"us-ascii", "ascii", "ansi_x3.4-1968", "unknown-8bit", "8bit", "x-unknown",
					    "default", "y", "n"};

	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		if (kd_view_ieq(charset, kd_view_of(names[i])))
			return true;
	return !charset.n;
}

static void add_bad(struct kd_buf *out, size_t *bad)
{
	kd_buf_add(out, KD_V("\xef\xbf\xbd"));
	++*bad;
}

/* One step; false when nothing is left to be done. */
static bool step(iconv_t cd, char **in, size_t *left, struct kd_buf *out, size_t *bad)
{
	char room[STEP], *to = room;
	size_t n = sizeof(room), r = iconv(cd, in, left, &to, &n);
	int why = errno;

	kd_buf_add(out, kd_view(room, sizeof(room) - n));
	if (r != (size_t)-1 || out->overflow)
		return false;
	if (why == E2BIG)
		return true;
	add_bad(out, bad);
	if (why == EINVAL || !*left) /* it ends inside a character */
		return false;
	++*in;
	--*left;
	return true;
}

static bool convert(struct kd_view bytes, const char *from, struct kd_buf *out, size_t *bad)
{
	iconv_t cd = iconv_open("UTF-8", from);
	size_t left = bytes.n;
	char *in;

	if (cd == (iconv_t)-1)
		return false;
	memcpy(&in, &bytes.p, sizeof(in)); /* iconv() takes no const, and writes nothing there */
	while (left && step(cd, &in, &left, out, bad))
		;
	iconv_close(cd);
	return true;
}

enum kd_charset_how kd_charset_to_utf8(struct kd_view bytes, struct kd_view charset, struct kd_buf *out,
				       size_t *ret_bad)
{
	const char *from = find(charset);

	*ret_bad = 0;
	if (is_utf8(charset) || (is_none(charset) && kd_utf8_valid(bytes))) {
		*ret_bad = kd_utf8_sanitise(bytes, out);
		return KD_CHARSET_UTF8;
	}
	if (is_none(charset) && convert(bytes, "WINDOWS-1252", out, ret_bad))
		return KD_CHARSET_WRONG;
	if (from && convert(bytes, from, out, ret_bad))
		return KD_CHARSET_SAID;
	*ret_bad = kd_utf8_sanitise(bytes, out);
	return KD_CHARSET_UNKNOWN;
}
