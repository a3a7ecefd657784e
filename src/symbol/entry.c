// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/entry.h"

#include "base/alloc.h"

bool kd_exception_entry(struct kd_view func)
{
	static const char *const heads[] = {"asm_exc_", "asm_sysvec_", "asm_common_interrupt",
					    "asm_spurious_interrupt", "el1h_64_", "el1t_64_"};
	static const char *const whole[] = {
		"common_interrupt", "apic_timer_interrupt", "reschedule_interrupt", "call_function_interrupt",
		"call_function_single_interrupt", "irq_work_interrupt", "xen_hvm_callback_vector",
		"hyperv_callback_vector", "page_fault", "async_page_fault", "general_protection", "invalid_op",
		"divide_error", "int3", "debug", "nmi", "end_repeat_nmi", "repeat_nmi", "double_fault",
		"machine_check", "stack_segment", "segment_not_present", "invalid_TSS", "error_entry",
		"ret_from_intr", "el1_irq", "el1_sync", "el1_abort", "el1_da", "el1_undef", "el1_dbg", "el1_error",
		"__irq_svc", "__dabt_svc", "__pabt_svc", "__und_svc", "__fiq_svc", "handle_exception",
		"ret_from_exception", "hardware_interrupt_common_virt", "data_access_common_virt",
		"decrementer_common_virt"};

	for (size_t i = 0; i < KD_ARRAY_LEN(heads); i++)
		if (kd_view_starts(func, kd_view_of(heads[i])))
			return true;
	for (size_t i = 0; i < KD_ARRAY_LEN(whole); i++)
		if (kd_view_eq(func, kd_view_of(whole[i])))
			return true;
	return false;
}
