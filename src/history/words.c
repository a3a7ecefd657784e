// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/words.h"

#include <stdio.h>

#include "base/alloc.h"

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

void kd_split_words(struct kd_view text, kd_word_fn *fn, void *user)
{
	for (size_t i = 0; i < text.n;) {
		size_t n = 0;

		while (i + n < text.n && kd_is_word(text.p[i + n]))
			n++;
		if (n >= 3 && !kd_is_digit(text.p[i])) /* 0x1f, 10UL are none */
			fn(user, kd_view_head(kd_view(text.p + i, n), KD_WORD_MAX));
		i += n ? n : 1;
	}
}

static struct kd_view lower(struct kd_view w, char *buf)
{
	const size_t n = w.n < KD_WORD_MAX ? w.n : KD_WORD_MAX;

	for (size_t i = 0; i < n; i++)
		buf[i] = is_upper(w.p[i]) ? (char)(w.p[i] | 0x20) : w.p[i];
	return kd_view(buf, n);
}

void kd_split_words_lower(struct kd_view text, kd_word_fn *fn, void *user)
{
	for (size_t i = 0; i < text.n;) {
		char buf[KD_WORD_MAX];
		size_t n = 0;

		if (kd_is_alpha(text.p[i]))
			while (i + n < text.n && (kd_is_alpha(text.p[i + n]) || text.p[i + n] == '_' || text.p[i + n] == '-'))
				n++;
		if (n)
			fn(user, lower(kd_view(text.p + i, n), buf));
		i += n ? n : 1;
	}
}

static void part(struct kd_view w, kd_word_fn *fn, void *user)
{
	char buf[KD_WORD_MAX];

	if (w.n > 1)
		fn(user, lower(w, buf));
}

/* Letters and digits only: ABCdef12 → abc… as words.h says. */
static void split(struct kd_view piece, kd_word_fn *fn, void *user)
{
	bool digit = false, letter = false, capital = false;

	for (size_t i = 0; i < piece.n;) {
		size_t n = 1;

		if (kd_is_digit(piece.p[i])) {
			digit = true;
			while (i + n < piece.n && kd_is_digit(piece.p[i + n]))
				n++;
			i += n;
			continue;
		}
		letter = true;
		if (is_upper(piece.p[i])) {
			while (i + n < piece.n && is_upper(piece.p[i + n]))
				n++;
			if (i + n < piece.n && is_lower(piece.p[i + n])) { /* the last capital begins a word */
				capital = true;
				if (n > 1)
					n--;
				else
					while (i + n < piece.n && is_lower(piece.p[i + n]))
						n++;
			}
		} else {
			while (i + n < piece.n && is_lower(piece.p[i + n]))
				n++;
		}
		part(kd_view(piece.p + i, n), fn, user);
		i += n;
	}
	if (letter && (digit || capital))
		part(piece, fn, user);
}

void kd_word_parts(struct kd_view name, kd_word_fn *fn, void *user)
{
	for (size_t i = 0; i < name.n;) {
		size_t n = 0;

		while (i + n < name.n && kd_is_alnum(name.p[i + n]))
			n++;
		if (n)
			split(kd_view(name.p + i, n), fn, user);
		i += n ? n : 1;
	}
}

struct kd_view kd_word_without_extension(struct kd_view path)
{
	const size_t dot = kd_view_rchr(path, '.'), slash = kd_view_rchr(path, '/');

	return dot != KD_NPOS && (slash == KD_NPOS || dot > slash) ? kd_view_head(path, dot) : path;
}

bool kd_word_is_common(struct kd_view word)
{
	static const char *const common[] = {
		"and", "are", "bool", "break", "case", "char", "const", "continue", "else", "err", "false", "for", "from", "goto",
		"int", "long", "not", "null", "ret", "return", "size_t", "sizeof", "static", "struct", "switch", "that", "the", "this",
		"true", "unsigned", "void", "when", "while", "with",
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(common); i++)
		if (*word.p == *common[i] && kd_view_eq(word, kd_view_of(common[i])))
			return true;
	return false;
}

static struct kd_view without_suffix(struct kd_view name)
{
	static const char *const suffix[] = {".isra", ".constprop", ".part", ".cold", ".llvm", ".lto_priv", ".localalias"};
	size_t cut = name.n;

	for (size_t i = 0; i < KD_ARRAY_LEN(suffix); i++) {
		const size_t at = kd_view_find(name, kd_view_of(suffix[i]));

		cut = at < cut ? at : cut;
	}
	for (size_t i = 0; i + 1 < cut; i++)
		if (name.p[i] == '.' && kd_is_digit(name.p[i + 1]))
			cut = i;
	return kd_view_head(name, cut);
}

/* Kconfig's and the architectures' wrappers: arch/…/include/asm/syscall_wrapper.h, include/linux/syscalls.h. */
static bool skip_wrapper(struct kd_view *name)
{
	static const char *const wrapper[] = {
		"__x64_", "__ia32_", "__arm64_", "__s390x_", "__s390_", "__riscv_", "__se_", "__do_", "__ia32_compat_", "__do_compat_",
		"__se_compat_", "",
	};

	if (kd_view_skip(name, KD_V("SyS_")) || kd_view_skip(name, KD_V("SYSC_")))
		return true;
	for (size_t i = 0; i < KD_ARRAY_LEN(wrapper); i++) {
		struct kd_view v = *name;

		if (!kd_view_skip(&v, kd_view_of(wrapper[i])))
			continue;
		if (kd_view_skip(&v, KD_V("sys_")) || kd_view_skip(&v, KD_V("compat_sys_"))) {
			*name = v;
			return true;
		}
	}
	return false;
}

struct kd_view kd_word_function(struct kd_view name, char buf[static KD_WORD_MAX + 16])
{
	struct kd_view v;
	int n;

	name = kd_view_head(without_suffix(name), KD_WORD_MAX);
	v = name;
	if (!skip_wrapper(&v) || !v.n)
		return name;
	n = snprintf(buf, KD_WORD_MAX + 16, "__do_sys_%.*s", KD_VARG(v));
	return kd_view(buf, (size_t)n);
}
