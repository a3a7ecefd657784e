/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * symlist.h: lists of symbols as text: System.map, /proc/kallsyms, the output of nm.
 *
 *	struct kd_symlist_line l;
 *	kd_symlist_line(KD_V("ffffffff81000000 T _text"), &l);
 *	kd_symlist_line(KD_V("ffffffffc0390000 t foo_read\t[foo]"), &l);     // l.module "foo"
 *
 * One symbol a line: address in hexadecimal (8 or 16 digits), one letter, name; kallsyms adds a tab and the
 * module in brackets. The letters are nm's (binutils' manual): capital is global, t text, w and v weak, a
 * absolute, the others data. Forms: scripts/mksysmap and kernel/kallsyms.c (s_show()) of Linux.
 */
#ifndef KD_FORMAT_SYMLIST_H
#define KD_FORMAT_SYMLIST_H

#include <stdint.h>

#include "base/view.h"

#define KD_SYMLIST_NAME_MAX 1024 /* KSYM_NAME_LEN is 512 */

struct kd_symlist_line {
	uint64_t addr;
	char type;
	struct kd_view name, module; /* module absent: of the kernel; all borrowed from the line */
};

/* One line without its end. false: it is no such line. */
bool kd_symlist_line(struct kd_view line, struct kd_symlist_line *ret);

/* Does a file that begins so look like a list of symbols? Its first line decides. */
bool kd_symlist_probe(struct kd_view head);

/* Debian's /boot/System.map-…: one line that says where the real one is. */
bool kd_symlist_stub(struct kd_view text);

#endif
