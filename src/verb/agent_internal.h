/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent_internal.h: what the files of verb/agent.h share. Texts live in the plan's arena. */
#ifndef KD_VERB_AGENT_INTERNAL_H
#define KD_VERB_AGENT_INTERNAL_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/vec.h"
#include "verb/agent.h"

enum {
	AGENT_FILES_MAX = 256,
	AGENT_FILE_MAX = 16 << 20, /* bytes of a file that is looked at: ~/.claude.json has more in it than settings */
	AGENT_DIGEST = 64, /* digits of SHA-256 */
};

/* ---- the list of what was written (agent_manifest.c) ---- */

struct agent_entry {
	struct kd_view path, sha, was; /* was: what kdoc had written there before; may be absent */
};

struct agent_config {
	struct kd_view path; /* absent: none */
	struct kd_view value, was_value; /* the entry: JSON in one line; TOML: the block */
	struct kd_view before, after; /* digests; before absent: kdoc made the file, or does not know */
	uint64_t at, n; /* the bytes that were put in, with before */
	bool created, section, kept; /* kdoc made the file; the section; the entry was there before kdoc */
};

struct agent_manifest {
	bool there;
	struct kd_view kdoc; /* version */
	struct kd_views args; /* command and arguments of the server */
	struct kd_views folders; /* that kdoc made, outer ones first */
	KD_VEC(struct agent_entry) file;
	struct agent_config config;
};

/* KD_BADDATA: damaged, or it names what kdoc would not have written. */
KD_MUST_CHECK struct kd_error *kd_agent_manifest_read(enum kd_agent agent, struct kd_view text, struct kd_arena *a,
						      struct agent_manifest *ret);
struct kd_view kd_agent_manifest_text(enum kd_agent agent, const struct agent_manifest *m, struct kd_arena *a);
const struct agent_entry *kd_agent_manifest_find(const struct agent_manifest *m, struct kd_view path);

/* May kdoc write a file of this name for this program? */
bool kd_agent_owns(enum kd_agent agent, struct kd_view path);

/* ---- files below DIR (agent_files.c) ---- */

enum agent_action {
	AGENT_SAME,
	AGENT_NEW,
	AGENT_CHANGED, /* an older text of kdoc is replaced */
	AGENT_MERGED, /* an entry in somebody's settings */
	AGENT_REMOVED,
	AGENT_RESTORED, /* settings without the entry */
	AGENT_LEFT, /* changed by somebody: stays */
	AGENT_REFUSED,
};

struct agent_file {
	struct kd_view path, before, after; /* before absent: not there; after absent: to be deleted */
	uint8_t action; /* enum agent_action */
	bool settings; /* not a text of kdoc's */
	mode_t mode; /* 0: it is new */
	struct kd_view why;
};

struct agent_plan {
	enum kd_agent agent;
	const char *dir;
	struct kd_arena *arena;
	struct agent_manifest old, fresh;
	struct kd_view manifest_path, manifest_text; /* text: what is on the disk */
	KD_VEC(struct agent_file) file;
};

struct agent_file *kd_agent_plan_add(struct agent_plan *p, struct kd_view path, enum agent_action action, const char *why);

/* *ret absent: it is not there. *why: it cannot be used (a link, a folder …). Errors of the system. */
KD_MUST_CHECK struct kd_error *kd_agent_read(struct agent_plan *p, struct kd_view path, struct kd_view *ret, mode_t *mode,
					     struct kd_view *why);

/* Folders that are not there yet go into fresh.folders. */
void kd_agent_note_folders(struct agent_plan *p, struct kd_view path);

/*
 * One at a time below a folder: waits for the other one, KD_CONFLICT when that takes long. *ret: a descriptor to be closed; -1 where
 * folders cannot be locked.
 */
KD_MUST_CHECK struct kd_error *kd_agent_lock(const char *dir, int *ret);
void kd_agent_unlock(const int *fd);

KD_MUST_CHECK struct kd_error *kd_agent_write(const struct agent_plan *p, struct kd_view path, struct kd_view text, mode_t mode);
KD_MUST_CHECK struct kd_error *kd_agent_delete(const struct agent_plan *p, struct kd_view path);
void kd_agent_drop_folders(const struct agent_plan *p); /* those that kdoc made and that are empty */

struct kd_view kd_agent_digest(struct kd_arena *a, struct kd_view text);

void kd_agent_diff(struct kd_sheet *s, const struct agent_file *f, bool full);

/* ---- the settings (agent_config.c) ---- */

/* Adds its file to the plan and fills fresh.config. */
KD_MUST_CHECK struct kd_error *kd_agent_config_install(struct agent_plan *p);
KD_MUST_CHECK struct kd_error *kd_agent_config_uninstall(struct agent_plan *p);

/* Is the entry what kdoc wrote? */
KD_MUST_CHECK struct kd_error *kd_agent_config_look(struct agent_plan *p, bool *ret_entry, struct kd_view *why);

#endif
