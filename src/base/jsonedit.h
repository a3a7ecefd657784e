/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jsonedit.h: change one member of somebody else's JSON text; every other byte stays.
 *
 *	struct kd_jsonplace at;
 *	err = kd_jsonedit_find(text, "mcpServers", "kdoc", &at);
 *	if (!err && !at.has_key)
 *		kd_jsonedit_add(text, &at, "mcpServers", "kdoc", KD_V("{\"command\": \"kdoc\"}"), &buf);
 *
 * The text is an object, the member stands in an object that is a member of it ("section"), which is made if it is not there.
 * Comments (// and slash star) and a comma before a closing bracket are read and kept, for settings have them: with them it is no
 * JSON, and base/jsonin.h does not read it. A byte order mark and CR LF are kept.
 *
 * Errors: KD_BADDATA with the offset: no such JSON, no object; a name that is looked for twice; KD_LIMIT: nested too deeply.
 */
#ifndef KD_BASE_JSONEDIT_H
#define KD_BASE_JSONEDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

enum { KD_JSONEDIT_DEPTH = 64 };

/* Of an object: where it is and where its members end. */
struct kd_jsonobj {
	size_t open, close; /* of '{', of '}' */
	size_t n; /* members */
	size_t tail; /* end of the last value; behind '{' when there is none */
	bool comma; /* a comma stands behind the last value; tail is then behind it */
};

/* A member: from the quote of its name to the end of its value. */
struct kd_jsonmember {
	size_t start, value, end;
	size_t comma; /* of the comma before it; 0: it is the first */
};

struct kd_jsonplace {
	bool has_section, has_key;
	bool plain; /* no comments, no comma too many: it is JSON */
	struct kd_jsonobj root, section; /* section: with has_section */
	struct kd_jsonmember section_member, key_member;
};

KD_MUST_CHECK struct kd_error *kd_jsonedit_find(struct kd_view text, const char *section, const char *key, struct kd_jsonplace *ret);

/*
 * The text with the member, appended to ret; at is what find() gave, without has_key. value is JSON in one line. *ret_at and *ret_n say
 * which bytes were added (one span). false: ret is full.
 */
bool kd_jsonedit_add(struct kd_view text, const struct kd_jsonplace *at, const char *section, const char *key, struct kd_view value,
		     struct kd_buf *ret, size_t *ret_at, size_t *ret_n);

/* The text with another value of the member; with has_key. */
bool kd_jsonedit_replace(struct kd_view text, const struct kd_jsonplace *at, struct kd_view value, struct kd_buf *ret);

/* The text without the member; whole_section: without the section that holds it. */
bool kd_jsonedit_remove(struct kd_view text, const struct kd_jsonplace *at, bool whole_section, struct kd_buf *ret);

/* Are two values the same but for white space and comments? */
bool kd_jsonedit_same(struct kd_view a, struct kd_view b);

#endif
