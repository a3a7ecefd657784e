// SPDX-License-Identifier: GPL-2.0-or-later
/* core vm, core files, core mount: what a process of a dump has. */
#include "verb/core_mm.h"

#include "base/alloc.h"
#include "cli/core.h"
#include "cli/verbs.h"

struct opts {
	struct kd_core_opts common;
};

static const struct kd_opt opts[] = {
	KD_CORE_OPTS(struct opts, common),
};

static int run_vm(struct kd_cli *cli, const void *options)
{
	return kd_cli_core(cli, &kd_cmd_core_vm, &((const struct opts *)options)->common, kd_core_vm, NULL);
}

static int run_files(struct kd_cli *cli, const void *options)
{
	return kd_cli_core(cli, &kd_cmd_core_files, &((const struct opts *)options)->common, kd_core_files, NULL);
}

struct mount_opts {
	struct kd_core_opts common;
	struct kd_core_mount_options mount;
};

static const struct kd_opt mount_opts[] = {
	KD_OPT_FLAG_('f', "files", struct mount_opts, mount.files, "the files that are open on each"),
	KD_OPT_FLAG_('i', "dirty", struct mount_opts, mount.dirty, "the inodes of each that are dirty"),
	KD_CORE_OPTS(struct mount_opts, common),
};

static int run_mount(struct kd_cli *cli, const void *options)
{
	const struct mount_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_mount, &o->common, kd_core_mount, &o->mount);
}

static const char *const vm_about[] = {
	"Shows the memory map of a process: each area with its flags and file, and how much memory it has. Of the contents most dumps "
	"have nothing (they leave memory of processes out).",
	NULL,
};

static const struct kd_example vm_examples[] = {
	{"kdoc core vm vmcore 146", "by number"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_vm = {
	.name = "core vm",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP [PID|COMMAND|TASK]",
	.summary = "memory map of a process",
	.about = vm_about,
	.negative = "it has none: a kernel thread, or it has ended",
	.examples = vm_examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 2,
	.run = run_vm,
};

static const char *const files_about[] = {
	"Shows the open files of a process, sockets with their protocol and addresses, and its root and working folder. Paths are counted "
	"from the root of its mount namespace.",
	NULL,
};

static const struct kd_example files_examples[] = {
	{"kdoc core files vmcore sshd", "by command"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_files = {
	.name = "core files",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP [PID|COMMAND|TASK]",
	.summary = "open files of a process",
	.about = files_about,
	.negative = "it has none",
	.examples = files_examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.min_args = 1,
	.max_args = 2,
	.run = run_files,
};

static const char *const mount_about[] = {
	"Shows the mounts of a process's namespace; without one those of process 1. --files adds the files that any task has open there, --dirty the "
	"inodes that have to be written.",
	NULL,
};

static const struct kd_example mount_examples[] = {
	{"kdoc core mount vmcore", "what was mounted where"},
	{"kdoc core mount --files vmcore", "who has which files open on which mount"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_mount = {
	.name = "core mount",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP [PID|COMMAND|TASK]",
	.summary = "mounted file systems",
	.about = mount_about,
	.negative = "nothing is mounted (open, dirty) there",
	.examples = mount_examples,
	.opts = mount_opts,
	.nopts = KD_ARRAY_LEN(mount_opts),
	.opts_size = sizeof(struct mount_opts),
	.min_args = 1,
	.max_args = 2,
	.run = run_mount,
};
