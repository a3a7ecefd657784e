// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/filekind.h"

#include "base/alloc.h"
#include "base/codec.h"
#include "base/utf8.h"

static const struct kd_filekind_info infos[KD_FILE_N] = {
	[KD_FILE_TEXT] = {"text", "text", "", true},
	[KD_FILE_JSON] = {"json", "JSON",
			  "if a log is inside one of its strings, extract it first, for instance "
			  "with 'jq -r' or 'journalctl -k -o short-monotonic'",
			  true},
	[KD_FILE_HTML] = {"html", "a web page (HTML)",
			  "save the log itself: most sites have a 'raw' or 'plain text' link",
			  true},
	[KD_FILE_EMPTY] = {"empty", "empty", "there is nothing to read; was the log saved?", false},
	[KD_FILE_VMCORE] = {"vmcore", "an ELF core dump (vmcore)",
			    "give it as a file: a dump is not read from a pipe", false},
	[KD_FILE_KDUMP] = {"kdump", "a compressed kernel dump (kdump)",
			   "give it as a file: a dump is not read from a pipe", false},
	[KD_FILE_FLAT] = {"flattened", "a kernel dump in makedumpfile's flattened form",
			  "give it as a file: a dump is not read from a pipe", false},
	[KD_FILE_ELF_EXEC] = {"elf_exec", "an ELF program or kernel (such as vmlinux)",
			      "this is no log: give the log that the kernel wrote", false},
	[KD_FILE_ELF_MODULE] = {"elf_object", "an ELF object file (such as a .ko kernel module)",
				"this is no log: give the log that the kernel wrote", false},
	[KD_FILE_ELF_SHARED] = {"elf_shared",
				"an ELF shared object or position-independent program",
				"this is no log: give the log that the kernel wrote", false},
	[KD_FILE_BZIMAGE] = {"kernel_image", "a kernel image (bzImage or Image)",
			     "this is no log: give the log that the kernel wrote", false},
	[KD_FILE_PACKED] = {"packed", "compressed data",
			    "it is packed more than twice, or not in a way that this build can "
			    "unpack: unpack it first",
			    false},
	[KD_FILE_TAR] = {"tar", "a tar archive",
			 "unpack it ('tar xf FILE') and give the log or the directory", false},
	[KD_FILE_ZIP] = {"zip", "a zip archive",
			 "unpack it ('unzip FILE') and give the log or the directory", false},
	[KD_FILE_DEB] = {"ar", "an ar archive (a Debian package or a static library)",
			 "this is no log: give the log that the kernel wrote", false},
	[KD_FILE_RPM] = {"rpm", "an RPM package",
			 "this is no log: give the log that the kernel wrote", false},
	[KD_FILE_CPIO] = {"cpio", "a cpio archive (an initramfs)",
			  "this is no log: give the log that the kernel wrote", false},
	[KD_FILE_SQLITE] = {"sqlite", "an SQLite database", "export the log from it as text first",
			    false},
	[KD_FILE_PNG] = {"png", "a picture (PNG)",
			 "a screenshot cannot be read: give the text, from the serial console, "
			 "pstore or the journal",
			 false},
	[KD_FILE_JPEG] = {"jpeg", "a picture (JPEG)",
			  "a photograph cannot be read: give the text, from the serial console, "
			  "pstore or the journal",
			  false},
	[KD_FILE_GIF] = {"gif", "a picture (GIF)",
			 "a picture cannot be read: give the text, from the serial console, pstore "
			 "or the journal",
			 false},
	[KD_FILE_PDF] = {"pdf", "a PDF document",
			 "extract the text first ('pdftotext -layout FILE')", false},
	[KD_FILE_PERF] = {"perf", "a perf recording",
			  "this is no log: give the log that the kernel wrote", false},
	[KD_FILE_JOURNAL] =
		{"journal", "a systemd journal file",
		 "'journalctl --file FILE -k -o short-monotonic > LOG' writes its kernel "
		 "log to a file",
		 false},
	[KD_FILE_UTF16] = {"utf16", "text in UTF-16",
			   "'iconv -f UTF-16 -t UTF-8 FILE > LOG' makes a log of it", false},
	[KD_FILE_BINARY] = {"binary", "binary data", "a text log was expected", false},
};

struct magic {
	size_t offset;
	struct kd_view bytes;
	enum kd_filekind kind;
};

/* Literals may hold NULs; the array's size counts. */
#define M(lit)                                                                                     \
	{                                                                                          \
		"" lit, sizeof(lit) - 1                                                            \
	}

static const struct magic magics[] = {
	/* makedumpfile diskdump_mod.h: KDUMP_SIGNATURE, DUMP_PARTITION signature of diskdump */
	{0, M("KDUMP   "), KD_FILE_KDUMP},
	{0, M("DISKDUMP"), KD_FILE_KDUMP},
	/* makedumpfile.h: MAKEDUMPFILE_SIGNATURE, 16 bytes */
	{0, M("makedumpfile\0\0\0\0"), KD_FILE_FLAT},
	/* Documentation/arch/x86/boot.rst, header at 0x1f1; arch/arm64/booting.rst */
	{0x202, M("HdrS"), KD_FILE_BZIMAGE},
	{0x38, M("ARM\x64"), KD_FILE_BZIMAGE},
	{257, M("ustar"), KD_FILE_TAR}, /* POSIX pax, header block */
	{0, M("PK\x03\x04"), KD_FILE_ZIP},
	{0, M("PK\x05\x06"), KD_FILE_ZIP}, /* an empty one */
	{0, M("!<arch>\n"), KD_FILE_DEB},
	{0, M("\xed\xab\xee\xdb"), KD_FILE_RPM},
	{0, M("070701"), KD_FILE_CPIO}, /* buffer-format.rst of initramfs */
	{0, M("070702"), KD_FILE_CPIO},
	{0, M("SQLite format 3\0"), KD_FILE_SQLITE},
	{0, M("\x89PNG\r\n\x1a\n"), KD_FILE_PNG},
	{0, M("\xff\xd8\xff"), KD_FILE_JPEG},
	{0, M("GIF87a"), KD_FILE_GIF},
	{0, M("GIF89a"), KD_FILE_GIF},
	{0, M("%PDF-"), KD_FILE_PDF},
	{0, M("PERFILE2"), KD_FILE_PERF},
	{0, M("LPKSHHRH"), KD_FILE_JOURNAL},
	{0, M("\xff\xfe"), KD_FILE_UTF16},
	{0, M("\xfe\xff"), KD_FILE_UTF16},
};

/* gABI: e_type behind the 16 bytes of e_ident, in the byte order of e_ident[EI_DATA]. */
static enum kd_filekind elf_kind(struct kd_view v)
{
	unsigned type;

	if (v.n < 18)
		return KD_FILE_BINARY;
	type = v.p[5] == 2 ? (unsigned char)v.p[17] : (unsigned char)v.p[16];
	switch (type) {
	case 1:
		return KD_FILE_ELF_MODULE;
	case 2:
		return KD_FILE_ELF_EXEC;
	case 3:
		return KD_FILE_ELF_SHARED;
	case 4:
		return KD_FILE_VMCORE;
	default:
		return KD_FILE_BINARY;
	}
}

static bool is_html(struct kd_view v)
{
	return kd_view_istarts(v, KD_V("<!doctype html")) || kd_view_istarts(v, KD_V("<html"));
}

/* A log begins with "[    0.000000]": a bracket alone says nothing. */
static bool is_json(struct kd_view v)
{
	char first = v.n ? v.p[0] : 0, next;

	if (first != '{' && first != '[')
		return false;
	v = kd_view_trim(kd_view_from(v, 1));
	next = v.n ? v.p[0] : 0;
	return next == '"' || (first == '{' && next == '}') || (first == '[' && next == '{');
}

static bool is_odd(uint32_t c)
{
	return (c < 0x20 && !(c >= '\a' && c <= '\r') && c != 0x1b) || c == 0x7f;
}

/* "<6>[   12.345678]": what a kernel's console begins with is a log, whatever follows. */
static bool is_console(struct kd_view v)
{
	uint64_t n;

	if (kd_view_skip(&v, KD_V("<")) && (!kd_view_take_dec(&v, &n) || !kd_view_skip(&v, KD_V(">"))))
		return false;
	if (!kd_view_skip(&v, KD_V("[")))
		return false;
	kd_view_skip_blank(&v);
	return kd_view_take_dec(&v, &n) && kd_view_skip(&v, KD_V(".")) && v.n > 6 && kd_is_digit(v.p[0]) &&
	       v.p[6] == ']';
}

/*
 * Logs are allowed some dirt: terminal codes, Latin-1, and runs of NUL, which
 * file systems leave behind in a log after a crash.
 */
static bool is_text(struct kd_view v)
{
	size_t pieces = 0, bad = 0, nul_runs = 0, n = v.n;
	bool in_nul = false, console = is_console(v);

	while (v.n) {
		uint32_t c;
		bool ok = kd_utf8_next(&v, &c);

		if (ok && !c) {
			nul_runs += !in_nul;
			in_nul = true;
			continue;
		}
		in_nul = false;
		pieces++;
		bad += (!ok && v.n) || is_odd(c); /* the last one may just be cut */
	}
	if (console)
		return bad * 2 <= pieces;
	if (nul_runs && (pieces < 16 || nul_runs > 1 + n / 256))
		return false;
	return pieces && bad * 10 <= pieces;
}

enum kd_filekind kd_filekind_guess(struct kd_view head)
{
	struct kd_view v = head;

	if (!head.n)
		return KD_FILE_EMPTY;
	if (kd_view_starts(head, KD_V("\x7f"
				      "ELF")))
		return elf_kind(head);
	for (size_t i = 0; i < KD_ARRAY_LEN(magics); i++)
		if (kd_view_starts(kd_view_from(head, magics[i].offset), magics[i].bytes))
			return magics[i].kind;
	if (kd_codec_find(head))
		return KD_FILE_PACKED;
	kd_view_skip(&v, KD_V("\xef\xbb\xbf")); /* byte order mark */
	v = kd_view_trim(v);
	if (is_html(v))
		return KD_FILE_HTML;
	if (is_json(v))
		return KD_FILE_JSON;
	return is_text(head) ? KD_FILE_TEXT : KD_FILE_BINARY;
}

const struct kd_filekind_info *kd_filekind_info(enum kd_filekind kind)
{
	return &infos[(unsigned)kind < KD_FILE_N ? kind : KD_FILE_BINARY];
}
