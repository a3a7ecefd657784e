// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: insn-list ARCH FILE OFFSET LENGTH ADDRESS   (numbers in hex without 0x)
 *        insn-list ARCH -                            lines "ADDRESS BYTES" on standard input
 *
 * The instructions of a piece of a file, one a line: address, length, text, for
 * tests/run/insn, which compares them with objdump's. "(bad)" for one byte that is none
 * (four, where all have four). Exit status 77: no decoder here.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "symbol/insn.h"

static void list(struct kd_disasm *d, const unsigned char *p, size_t n, uint64_t addr, size_t unit)
{
	struct kd_insn in;

	for (size_t at = 0; at < n;) {
		size_t len = n - at < unit ? n - at : unit;

		if (kd_disasm_one(d, p + at, n - at, addr + at, KD_INSN_TEXT, &in)) {
			len = in.len;
			printf("%llx %zu %s\n", (unsigned long long)(addr + at), len, in.text);
		} else {
			printf("%llx %zu (bad)\n", (unsigned long long)(addr + at), len);
		}
		at += len;
	}
}

static void one_each(struct kd_disasm *d)
{
	char text[256];

	while (fgets(text, sizeof(text), stdin)) {
		struct kd_view line = kd_view_trim(kd_view_of(text));
		unsigned char bytes[KD_INSN_MAX];
		uint64_t addr, b;
		size_t n = 0;

		if (!kd_view_take_hex(&line, &addr))
			continue;
		kd_view_skip_blank(&line);
		for (; line.n >= 2 && n < sizeof(bytes); line = kd_view_from(line, 2))
			bytes[n++] = kd_view_hex(kd_view_head(line, 2), &b) ? (unsigned char)b : 0;
		list(d, bytes, n, addr, n);
	}
}

int main(int argc, char **argv)
{
	kd_auto(kd_disasm_closep) struct kd_disasm *d = NULL;
	struct kd_disasm_mode mode = {0};
	struct kd_error *err;
	uint64_t off, n, addr;
	unsigned char *p;
	FILE *f;

	if (argc == 3 && !strcmp(argv[2], "-")) {
		mode.arch = kd_arch_by_name(kd_view_of(argv[1]));
		err = kd_disasm_open(&mode, &d);
		if (!err)
			one_each(d);
		if (err)
			fprintf(stderr, "%s\n", err->msg);
		kd_error_free(err);
		return err ? 77 : 0;
	}
	if (argc != 6 || !kd_view_hex(kd_view_of(argv[3]), &off) || !kd_view_hex(kd_view_of(argv[4]), &n) ||
	    !kd_view_hex(kd_view_of(argv[5]), &addr))
		return 2;
	mode.arch = kd_arch_by_name(kd_view_of(argv[1]));
	err = kd_disasm_open(&mode, &d);
	if (err) {
		fprintf(stderr, "%s\n", err->msg);
		kd_error_free(err);
		return 77;
	}
	f = fopen(argv[2], "rb");
	p = kd_xmalloc(n + 1);
	if (!f || fseek(f, (long)off, SEEK_SET) || fread(p, 1, n, f) != n)
		return 3;
	fclose(f);
	list(d, p, n, addr, mode.arch == KD_ARCH_X86_64 || mode.arch == KD_ARCH_I386 ? 1 : 4);
	kd_free(p);
	return 0;
}
