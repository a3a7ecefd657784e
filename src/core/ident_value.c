// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/ident_value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "report/regval.h"

static void say(struct ident_value *r, bool guessed, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void say(struct ident_value *r, bool guessed, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->text, sizeof(r->text), fmt, ap);
	va_end(ap);
	r->guessed = guessed;
}

static bool in_kernel_half(bool arm64, uint64_t v)
{
	return arm64 ? v >> 52 == 0xfff : v >> 56 == 0xff;
}

void kd_ident_by_value(bool arm64, uint64_t value, struct ident_value *ret)
{
	const struct kd_val_where w = {.arch = arm64 ? KD_ARCH_ARM64 : KD_ARCH_X86_64, .va_bits = arm64 ? 52 : 57};
	struct kd_val val;

	*ret = (struct ident_value){.pointer = in_kernel_half(arm64, value)};
	kd_val_class(&w, value, &val);
	switch (val.cls) {
	case KD_VAL_NULL:
		say(ret, false, "NULL");
		ret->number = true;
		break;
	case KD_VAL_SMALL:
		say(ret, true, "a small number, or NULL plus an offset of %" PRIu64, value);
		ret->number = true;
		break;
	case KD_VAL_ERRPTR:
		say(ret, true, "error pointer %s, or the number %" PRId64, val.note ? val.note : "", (int64_t)value);
		ret->pointer = false;
		break;
	case KD_VAL_POISON:
		if (val.offset)
			say(ret, true, "poison: %s, %+" PRId64, val.note, val.offset);
		else
			say(ret, true, "poison: %s", val.note);
		break;
	case KD_VAL_ASCII:
		say(ret, true, "text: \"%s\"", val.ascii);
		break;
	case KD_VAL_USER:
		say(ret, true, "an address of user space, or a number");
		ret->number = true;
		break;
	case KD_VAL_NONCANON:
		say(ret, false, "no address of this machine (not canonical)");
		ret->number = true;
		break;
	case KD_VAL_PLAIN:
		say(ret, true, "a number");
		ret->number = true;
		break;
	default:
		break;
	}
}
