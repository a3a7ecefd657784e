// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as TOML: what is found lies in the text; a block behind it is found, and changes nothing else. */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/tomledit.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	const struct kd_view text = kd_view(p, size < 1 << 19 ? size : 1 << 19);
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	struct kd_tomlplace at, now;
	kd_auto(kd_error_freep) struct kd_error *err = kd_tomledit_find(text, "mcp_servers", "kdoc", &at), *again = NULL;

	if (err) {
		check(err->offset <= (int64_t)text.n);
		return 0;
	}
	check(!at.has_block || (at.start < at.end && at.end <= text.n));
	check(!at.foreign || at.foreign_at < text.n);
	if (at.has_block)
		return 0;
	kd_buf_add(&b, text);
	kd_buf_add(&b, KD_V("\n" KD_TOMLEDIT_BEGIN "[mcp_servers.kdoc]\n" KD_TOMLEDIT_END));
	again = kd_tomledit_find(kd_buf_view(&b), "mcp_servers", "kdoc", &now);
	check(!again && now.has_block && now.start == text.n + 1 && now.end == b.n && now.foreign == at.foreign);
	return 0;
}
