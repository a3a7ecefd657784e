// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a dump: opened, counted, its memory translated, its log read. */
#include <stdlib.h>

#include "base/alloc.h"
#include "core/klog.h"
#include "core/pages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 1 << 20 };

static void read_some(struct kd_pages *p)
{
	const struct kd_pages_info *info = kd_pages_info(p);
	unsigned char buf[9000];
	uint64_t missing;

	for (uint64_t at = 0; at < 64; at++) {
		uint64_t paddr = info->top / 64 * at + at * 7;
		enum kd_page_state s = kd_pages_read(p, paddr, buf, 1 + at * 100, &missing);

		if (s != KD_PAGE_OK && (missing < paddr || missing >= paddr + 1 + at * 100))
			abort();
		if (!kd_page_state_words(s))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct kd_klog_options o = {.level = true, .caller = true};
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(TEXT_MAX);
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	kd_auto(kd_space_freep) struct kd_space *s = NULL;
	struct kd_bytes *bytes = kd_bytes_of_view(kd_view((const char *)data, size), "fuzz");
	struct kd_error *err = kd_pages_of_bytes(bytes, &p);
	struct kd_pages_survey survey;
	struct kd_klog log;

	if (!err) {
		read_some(p);
		kd_error_free(kd_pages_survey(p, &survey));
		err = kd_space_new(p, &s);
	}
	if (!err)
		err = kd_klog_read(s, &o, &text, &log);
	kd_error_free(err);
	return 0;
}
