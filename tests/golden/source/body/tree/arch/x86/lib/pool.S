#include <linux/linkage.h>

SYM_FUNC_START(pool_copy)
	movq %rdi, %rax
	RET
SYM_FUNC_END(pool_copy)
