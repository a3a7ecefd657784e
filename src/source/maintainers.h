/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * maintainers.h: who is responsible for a file, by the MAINTAINERS of that tree.
 *
 *	struct kd_maintainers m;
 *	err = kd_maintainers_parse(text, &m);
 *	err = kd_maintainers_for(&m, KD_V("mm/slub.c"), KD_VNULL, &arena, &answer);
 *	for (size_t i = 0; i < answer.nsections; i++) …    // the most specific one first
 *	kd_maintainers_deinit(&m);
 *
 * The meaning of a pattern is that of scripts/get_maintainer.pl (its --nogit part) and of the
 * head of MAINTAINERS:
 *	F: dir/       everything below it
 *	F: dir/ and *  files of dir, not of folders below it
 *	F: *net*      '*' and '?' do not cross '/'; a pattern may end before the name does
 *	F: dir        without the slash: as dir/, when it is a folder
 *	X:            not this section, if any matches
 *	N: regex      on the path; K: regex on the text, only when text is given
 * A section with F: counts the more the deeper its pattern is; N: and K: come last; patterns that
 * begin with '*' ("THE REST") behind all; of these only the lists are addresses: whoever takes all
 * that nobody else takes is not to be asked about a file (get_maintainer.pl leaves him out, too).
 * Who stands in two sections has the role of the more specific one. Addresses
 * are as MAINTAINERS has them; who shows them applies the tree's .mailmap (source/mailmap.h).
 */
#ifndef KD_SOURCE_MAINTAINERS_H
#define KD_SOURCE_MAINTAINERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"

#define KD_MAINTAINERS_LINES_MAX 400000
#define KD_MAINTAINERS_SECTIONS_MAX 64 /* of one answer */
#define KD_MAINTAINERS_STEPS 200000000ull /* of regular expressions, for one question */

/* A line "T:	value". */
struct kd_maint_line {
	char type; /* 'M', 'F' …; 0: a section's title */
	struct kd_view value;
	uint32_t line; /* of the file, from 1 */
};

struct kd_maintainers {
	struct kd_maint_line *v;
	size_t n, cap;
	bool over_limit;
};

/* A section that is responsible, and why. */
struct kd_maint_section {
	struct kd_view title;
	uint32_t line; /* of the title; 0: none */
	char by; /* 'F', 'N' or 'K' */
	struct kd_view pattern; /* the line that matched, the deepest one */
	int depth; /* of the pattern: folders; 0 for N: and K:, -1 for '*' */
	struct kd_view status; /* S:, or absent */
	const struct kd_maint_line *lines; /* all of it, the title not */
	size_t nlines;
};

/* One address and what it is there for. */
struct kd_maint_address {
	struct kd_view address; /* "Name <mail>" or a list's address */
	char role; /* 'M' maintainer, 'R' reviewer, 'L' list */
	struct kd_view note; /* behind a list: "moderated for non-subscribers" */
	const struct kd_maint_section *section; /* the first that names it */
};

struct kd_maint_answer {
	struct kd_maint_section *sections;
	size_t nsections;
	struct kd_maint_address *addresses; /* each once, in the order of sections: M, R, L */
	size_t naddresses;
	size_t skipped; /* patterns that kdoc cannot read, or whose time was up */
	struct kd_view skipped_why; /* the first one's reason */
	bool over_limit; /* more than KD_MAINTAINERS_SECTIONS_MAX */
};

/* text stays the caller's and is pointed into. */
KD_MUST_CHECK struct kd_error *kd_maintainers_parse(struct kd_view text, struct kd_maintainers *ret);
void kd_maintainers_deinit(struct kd_maintainers *m);

/*
 * content: the file's text for K:, or absent: K: is then not asked. is_dir: is this pattern
 * (without slash) a folder of the tree? NULL: a pattern whose last part has no '.' and no '*' may
 * be one, so it is taken as both. Memory of the answer is in the arena.
 */
struct kd_maint_request {
	struct kd_view path;
	struct kd_view content;
	bool (*is_dir)(void *user, struct kd_view path);
	void *user;
};
KD_MUST_CHECK struct kd_error *kd_maintainers_for(const struct kd_maintainers *m,
						  const struct kd_maint_request *req, struct kd_arena *a,
						  struct kd_maint_answer *ret);

#endif
