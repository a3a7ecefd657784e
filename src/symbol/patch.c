// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/patch.h"

#include "base/alloc.h"

#include "symbol/kdx_format.h"
#include "symbol/resolve.h"
#include "symbol/resolve_internal.h"

enum { SITE_BYTES_MAX = 255, BACK_MAX = 512 };

static bool site_at(struct kd_kdx *k, size_t i, uint32_t *rel, struct kd_patch_site *ret)
{
	const uint8_t *p = kd_kdx_at(k, KD_KDX_PATCH, (uint64_t)i * KD_KDX_PATCH_BYTES, KD_KDX_PATCH_BYTES);
	const uint8_t *base = kd_kdx_at(k, KD_KDX_BASE, 0, 8);

	if (!p || !base)
		return false;
	*rel = kd_le32(p);
	*ret = (struct kd_patch_site){.addr = kd_le64(base) + *rel, .len = p[8], .kind = p[9], .repl_len = p[10],
				      .target = p[11] ? kd_le64(base) + kd_le32(p + 4) : 0};
	return ret->kind && ret->kind < KD_PATCH_NKINDS;
}

size_t kd_patch_sites(struct kd_kdx *k, uint64_t addr, uint64_t n, struct kd_patch_site *v, size_t max)
{
	const size_t all = (size_t)(kd_kdx_size(k, KD_KDX_PATCH) / KD_KDX_PATCH_BYTES);
	struct kd_patch_site s;
	uint32_t rel, at;
	size_t first, found = 0;

	if (!all || !n || !kd_kdx_relative(k, addr, &rel))
		return 0;
	first = kd_kdx_last_up_to(k, KD_KDX_PATCH, KD_KDX_PATCH_BYTES, rel);
	first = first == KD_NPOS ? 0 : first;
	for (size_t back = 0; first && back < BACK_MAX && site_at(k, first, &at, &s) && (uint64_t)at + SITE_BYTES_MAX > rel; back++)
		first--;
	for (size_t i = first; i < all && found < max && site_at(k, i, &at, &s) && at < rel + n; i++)
		if ((uint64_t)at + s.len > rel)
			v[found++] = s;
	return found;
}

bool kd_patch_count(struct kd_kdx *k, uint64_t *counts)
{
	const size_t all = (size_t)(kd_kdx_size(k, KD_KDX_PATCH) / KD_KDX_PATCH_BYTES);
	struct kd_patch_site s;
	uint32_t at;

	for (size_t i = 0; i < KD_PATCH_NKINDS; i++)
		counts[i] = 0;
	for (size_t i = 0; i < all; i++)
		if (site_at(k, i, &at, &s))
			counts[s.kind]++;
	return all > 0;
}

const char *kd_patch_kind_name(uint8_t kind)
{
	switch ((enum kd_patch_kind)kind) {
	case KD_PATCH_ALTERNATIVE:
		return "alternatives";
	case KD_PATCH_PARAVIRT:
		return "paravirt";
	case KD_PATCH_STATIC_BRANCH:
		return "static branch";
	case KD_PATCH_STATIC_CALL:
		return "static call";
	case KD_PATCH_RETPOLINE:
		return "retpoline";
	case KD_PATCH_RETURN:
		return "return thunk";
	case KD_PATCH_CALL:
		return "call depth";
	case KD_PATCH_FTRACE:
		return "ftrace";
	case KD_PATCH_LOCK:
		return "lock prefix";
	case KD_PATCH_ENDBR:
		return "endbr";
	case KD_PATCH_CFI:
		return "CFI";
	case KD_PATCH_CONSTANT:
		return "runtime constant";
	default:
		return "fixup";
	}
}

/* --- what may stand there: x86 ------------------------------------------------------------ */

/* Length of a no-operation at p: 90, 0f 1f /0, with prefixes 66, 2e, 3e; a jump over the rest. 0: none. */
static size_t x86_nop(const uint8_t *p, size_t n)
{
	size_t i = 0, len;
	uint8_t modrm;

	if (n >= 2 && p[0] == 0xeb && p[1] == n - 2)
		return n;
	while (i < n && (p[i] == 0x66 || p[i] == 0x2e || p[i] == 0x3e))
		i++;
	if (i < n && p[i] == 0x90)
		return i + 1;
	if (i + 3 > n || p[i] != 0x0f || p[i + 1] != 0x1f)
		return 0;
	modrm = p[i + 2];
	if (modrm & 0x38 || modrm >> 6 == 3)
		return 0;
	len = i + 3 + ((modrm & 7) == 4) + (modrm >> 6 == 1 ? 1 : modrm >> 6 == 2 ? 4 : 0);
	return len <= n ? len : 0;
}

static bool x86_nops(const uint8_t *p, size_t n)
{
	while (n) {
		const size_t one = x86_nop(p, n);

		if (!one)
			return false;
		p += one;
		n -= one;
	}
	return true;
}

/* int3 or no-operations up to the end. */
static bool x86_rest(const uint8_t *p, size_t n)
{
	bool all = true;

	for (size_t i = 0; i < n; i++)
		all &= p[i] == 0xcc;
	return all || x86_nops(p, n);
}

/* call or jump to anywhere, perhaps with a prefix that fills. */
static bool x86_branch(const uint8_t *p, size_t n)
{
	while (n && (*p == 0x2e || *p == 0x66)) {
		p++;
		n--;
	}
	if (n >= 5 && (*p == 0xe8 || *p == 0xe9))
		return x86_rest(p + 5, n - 5);
	if (n >= 6 && *p == 0x0f && (p[1] & 0xf0) == 0x80)
		return x86_rest(p + 6, n - 6);
	return n >= 2 && *p == 0xeb && x86_rest(p + 2, n - 2);
}

/* call *%reg, jmp *%reg, with a jump on the opposite condition or lfence before it. */
static bool x86_indirect(const uint8_t *p, size_t n)
{
	if (n >= 2 && (*p & 0xf0) == 0x70) {
		p += 2;
		n -= 2;
	}
	if (n >= 3 && *p == 0x0f && p[1] == 0xae && p[2] == 0xe8) {
		p += 3;
		n -= 3;
	}
	while (n && (*p == 0x2e || *p == 0x41)) {
		p++;
		n--;
	}
	if (n >= 2 && *p == 0xff && ((p[1] & 0xf8) == 0xd0 || (p[1] & 0xf8) == 0xe0))
		return x86_rest(p + 2, n - 2);
	return x86_branch(p, n);
}

/* xor %eax,%eax as __static_call_return0 makes it, ud1 of a WARN() (since 6.19), or a return. */
static bool x86_static_call(const uint8_t *p, size_t n)
{
	static const uint8_t zero[][5] = {{0x2e, 0x2e, 0x2e, 0x31, 0xc0}, {0x66, 0x66, 0x48, 0x31, 0xc0},
					  {0x0f, 0xb9, 0xcc, 0xcc, 0xcc}, {0x67, 0x48, 0x0f, 0xb9, 0x3a}};

	for (size_t i = 0; i < KD_ARRAY_LEN(zero); i++)
		if (n == 5 && !memcmp(p, zero[i], 5))
			return true;
	return x86_branch(p, n) || x86_nops(p, n) || (n && *p == 0xc3 && x86_rest(p + 1, n - 1));
}

/* The replacement with other distances in its branches, and no-operations behind it. */
static bool x86_replaced(struct kd_kdx *k, const struct kd_patch_site *s, const uint8_t *bytes)
{
	uint8_t repl[SITE_BYTES_MAX];
	const size_t n = s->repl_len;

	if (!n || n > s->len || kd_code_at(k, s->target, repl, n) != n)
		return !n && x86_nops(bytes, s->len);
	for (size_t i = 0; i < n; i++) {
		/* a call or a jump counts from where it stands */
		if (bytes[i] == repl[i] && (repl[i] == 0xe8 || repl[i] == 0xe9) && i + 5 <= n) {
			i += 4;
			continue;
		}
		if (bytes[i] != repl[i] && repl[i] == 0xe9 && x86_branch(bytes + i, s->len - i))
			return true; /* shortened */
		if (bytes[i] != repl[i])
			return false;
	}
	return x86_nops(bytes + n, s->len - n);
}

static enum kd_patch_fit x86_fits(struct kd_kdx *k, const struct kd_patch_site *s, const uint8_t *b)
{
	const size_t n = s->len;
	bool fits;

	switch ((enum kd_patch_kind)s->kind) {
	case KD_PATCH_STATIC_BRANCH:
		fits = x86_nops(b, n) || x86_branch(b, n);
		break;
	case KD_PATCH_FTRACE:
		fits = x86_nops(b, n) || x86_branch(b, n);
		break;
	case KD_PATCH_STATIC_CALL:
		fits = x86_static_call(b, n);
		break;
	case KD_PATCH_RETPOLINE:
		fits = x86_indirect(b, n);
		break;
	case KD_PATCH_RETURN:
		fits = x86_branch(b, n) || (*b == 0xc3 && x86_rest(b + 1, n - 1));
		break;
	case KD_PATCH_LOCK:
		fits = *b == 0xf0 || *b == 0x3e;
		break;
	case KD_PATCH_ALTERNATIVE:
		if (x86_nops(b, n) || x86_replaced(k, s, b))
			return KD_PATCH_FIT_YES;
		return KD_PATCH_FIT_UNKNOWN; /* the kernel also changes what it copies */
	default:
		return KD_PATCH_FIT_UNKNOWN;
	}
	return fits ? KD_PATCH_FIT_YES : KD_PATCH_FIT_NO;
}

/* --- arm64 -------------------------------------------------------------------------------- */

static enum kd_patch_fit arm64_fits(const struct kd_patch_site *s, const uint8_t *b)
{
	const uint32_t w = kd_le32(b);

	if (s->kind != KD_PATCH_STATIC_BRANCH || s->len != 4)
		return KD_PATCH_FIT_UNKNOWN;
	return w == 0xd503201f || (w & 0xfc000000) == 0x14000000 ? KD_PATCH_FIT_YES : KD_PATCH_FIT_NO;
}

enum kd_patch_fit kd_patch_fits(struct kd_kdx *k, enum kd_arch arch, const struct kd_patch_site *s,
				const uint8_t *bytes)
{
	uint8_t file[SITE_BYTES_MAX];

	if (!s->len || s->kind == KD_PATCH_FIXUP)
		return KD_PATCH_FIT_NO;
	if (kd_code_at(k, s->addr, file, s->len) == s->len && !memcmp(file, bytes, s->len))
		return KD_PATCH_FIT_YES;
	if (arch == KD_ARCH_X86_64)
		return x86_fits(k, s, bytes);
	return arch == KD_ARCH_ARM64 && s->len >= 4 ? arm64_fits(s, bytes) : KD_PATCH_FIT_UNKNOWN;
}
