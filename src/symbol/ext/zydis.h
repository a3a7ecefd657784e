/* SPDX-License-Identifier: GPL-2.0-or-later */
/* zydis.h: what the two files of the Zydis adapter share. Not for others. */
#ifndef KD_SYMBOL_EXT_ZYDIS_H
#define KD_SYMBOL_EXT_ZYDIS_H

#include <Zydis/Zydis.h>

#include "symbol/insn.h"

/* Functions of the library; prototypes are those of its headers. */
struct kd_zydis_api {
	__typeof__(&ZydisGetVersion) version;
	__typeof__(&ZydisDecoderInit) decoder_init;
	__typeof__(&ZydisDecoderDecodeFull) decode;
	__typeof__(&ZydisRegisterGetId) reg_id;
	__typeof__(&ZydisRegisterGetClass) reg_class;
	__typeof__(&ZydisRegisterGetString) reg_string;
	__typeof__(&ZydisMnemonicGetString) mnemonic;
};

/* One decoded instruction on its way. */
struct kd_zydis_insn {
	const struct kd_zydis_api *api;
	ZydisDecodedInstruction in;
	ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
	uint64_t addr;
};

/* AT&T mnemonic ("movzbl") and text, as objdump writes them. */
void kd_zydis_text(const struct kd_zydis_insn *z, struct kd_insn *ret);

#endif
