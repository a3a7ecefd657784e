// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/build.h"
#include "lab/crash.h"
#include "lab/embedded.h"

struct kd_error *kd_crash_module_build(struct kd_ctx *ctx, const struct kd_lab_kernel *k,
				       const char *out, struct kd_lab_module *ret)
{
	struct kd_lab_module_file files[KD_LAB_MODULE_FILES];
	struct kd_lab_module_req req = {
		.kernel = k, .name = "kdoc_crash", .file = files, .out = out,
		.kbuild = kd_lab_embedded("Makefile")};

	for (const struct kd_lab_file *f = kd_lab_files; f->name; f++) {
		struct kd_view name = kd_view_of(f->name);

		if (!kd_view_ends(name, KD_V(".c")) && !kd_view_ends(name, KD_V(".h")))
			continue;
		if (req.nfiles == KD_LAB_MODULE_FILES)
			return kd_error_new(KD_INTERNAL, "the crash module has too many files");
		files[req.nfiles++] = (struct kd_lab_module_file){.name = f->name, .text = f->bytes};
	}
	return kd_error_wrap(kd_lab_module_build(ctx, &req, ret), "building the crash module");
}
