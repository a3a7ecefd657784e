// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/errnos.h"

#include "base/alloc.h"

#define E(n, s)                                                                                    \
	{                                                                                          \
		n, #s, "-" #s, NULL                                                                \
	}
#define EW(n, s, w)                                                                                \
	{                                                                                          \
		n, #s, "-" #s, w                                                                   \
	}

/* include/uapi/asm-generic/errno-base.h: the same everywhere. */
static const struct kd_errno base[] = {
	EW(1, EPERM, "not permitted"),
	EW(2, ENOENT, "no such file or entry"),
	E(3, ESRCH),
	EW(4, EINTR, "interrupted by a signal"),
	EW(5, EIO, "input or output failed"),
	EW(6, ENXIO, "no such device or address"),
	EW(7, E2BIG, "argument list or value too big"),
	E(8, ENOEXEC),
	EW(9, EBADF, "bad file descriptor"),
	E(10, ECHILD),
	EW(11, EAGAIN, "try again (would block)"),
	EW(12, ENOMEM, "out of memory"),
	EW(13, EACCES, "permission denied"),
	EW(14, EFAULT, "bad address"),
	E(15, ENOTBLK),
	EW(16, EBUSY, "busy"),
	EW(17, EEXIST, "exists already"),
	E(18, EXDEV),
	EW(19, ENODEV, "no such device"),
	EW(20, ENOTDIR, "not a directory"),
	EW(21, EISDIR, "is a directory"),
	EW(22, EINVAL, "invalid argument"),
	E(23, ENFILE),
	E(24, EMFILE),
	E(25, ENOTTY),
	E(26, ETXTBSY),
	EW(27, EFBIG, "file too big"),
	EW(28, ENOSPC, "no space left"),
	E(29, ESPIPE),
	EW(30, EROFS, "read-only file system"),
	E(31, EMLINK),
	EW(32, EPIPE, "nobody reads the pipe"),
	E(33, EDOM),
	EW(34, ERANGE, "result out of range"),
};

/* include/uapi/asm-generic/errno.h */
static const struct kd_errno generic[] = {
	EW(35, EDEADLK, "would deadlock"),
	E(36, ENAMETOOLONG),
	E(37, ENOLCK),
	EW(38, ENOSYS, "not implemented"),
	E(39, ENOTEMPTY),
	E(40, ELOOP),
	E(42, ENOMSG),
	E(43, EIDRM),
	E(44, ECHRNG),
	E(45, EL2NSYNC),
	E(46, EL3HLT),
	E(47, EL3RST),
	E(48, ELNRNG),
	E(49, EUNATCH),
	E(50, ENOCSI),
	E(51, EL2HLT),
	E(52, EBADE),
	E(53, EBADR),
	E(54, EXFULL),
	E(55, ENOANO),
	E(56, EBADRQC),
	E(57, EBADSLT),
	E(59, EBFONT),
	E(60, ENOSTR),
	EW(61, ENODATA, "no data"),
	EW(62, ETIME, "timer expired"),
	E(63, ENOSR),
	E(64, ENONET),
	E(65, ENOPKG),
	E(66, EREMOTE),
	E(67, ENOLINK),
	E(68, EADV),
	E(69, ESRMNT),
	E(70, ECOMM),
	EW(71, EPROTO, "protocol error"),
	E(72, EMULTIHOP),
	E(73, EDOTDOT),
	EW(74, EBADMSG, "bad message (fs: checksum wrong)"),
	EW(75, EOVERFLOW, "value too large for its type"),
	E(76, ENOTUNIQ),
	E(77, EBADFD),
	E(78, EREMCHG),
	E(79, ELIBACC),
	E(80, ELIBBAD),
	E(81, ELIBSCN),
	E(82, ELIBMAX),
	E(83, ELIBEXEC),
	E(84, EILSEQ),
	E(85, ERESTART),
	E(86, ESTRPIPE),
	E(87, EUSERS),
	E(88, ENOTSOCK),
	E(89, EDESTADDRREQ),
	E(90, EMSGSIZE),
	E(91, EPROTOTYPE),
	E(92, ENOPROTOOPT),
	E(93, EPROTONOSUPPORT),
	E(94, ESOCKTNOSUPPORT),
	EW(95, EOPNOTSUPP, "operation not supported"),
	E(96, EPFNOSUPPORT),
	E(97, EAFNOSUPPORT),
	E(98, EADDRINUSE),
	E(99, EADDRNOTAVAIL),
	E(100, ENETDOWN),
	E(101, ENETUNREACH),
	E(102, ENETRESET),
	E(103, ECONNABORTED),
	EW(104, ECONNRESET, "connection reset"),
	EW(105, ENOBUFS, "no buffer space"),
	E(106, EISCONN),
	E(107, ENOTCONN),
	EW(108, ESHUTDOWN, "endpoint was shut down"),
	E(109, ETOOMANYREFS),
	EW(110, ETIMEDOUT, "timed out"),
	E(111, ECONNREFUSED),
	E(112, EHOSTDOWN),
	E(113, EHOSTUNREACH),
	EW(114, EALREADY, "in progress already"),
	EW(115, EINPROGRESS, "in progress"),
	EW(116, ESTALE, "stale file handle"),
	EW(117, EUCLEAN, "structure needs cleaning (fs: corrupted)"),
	E(118, ENOTNAM),
	E(119, ENAVAIL),
	E(120, EISNAM),
	EW(121, EREMOTEIO, "remote I/O error"),
	E(122, EDQUOT),
	E(123, ENOMEDIUM),
	E(124, EMEDIUMTYPE),
	EW(125, ECANCELED, "cancelled"),
	E(126, ENOKEY),
	E(127, EKEYEXPIRED),
	E(128, EKEYREVOKED),
	E(129, EKEYREJECTED),
	E(130, EOWNERDEAD),
	E(131, ENOTRECOVERABLE),
	E(132, ERFKILL),
	EW(133, EHWPOISON, "memory page has a hardware error"),
};

/* include/linux/errno.h: inside the kernel only; user space never sees them. */
static const struct kd_errno internal[] = {
	EW(512, ERESTARTSYS, "restart the system call"),
	EW(513, ERESTARTNOINTR, "restart the system call in any case"),
	EW(514, ERESTARTNOHAND, "restart unless a handler runs"),
	EW(515, ENOIOCTLCMD, "no such ioctl command"),
	EW(516, ERESTART_RESTARTBLOCK, "restart through restart_syscall"),
	EW(517, EPROBE_DEFER, "the driver asks to be probed later"),
	EW(518, EOPENSTALE, "open found a stale entry"),
	EW(519, ENOPARAM, "parameter not supported"),
	EW(521, EBADHANDLE, "illegal NFS file handle"),
	EW(522, ENOTSYNC, "update out of step"),
	EW(523, EBADCOOKIE, "stale cookie"),
	EW(524, ENOTSUPP, "not supported (internal)"),
	EW(525, ETOOSMALL, "buffer or request too small"),
	EW(526, ESERVERFAULT, "server failed without a reason"),
	EW(527, EBADTYPE, "type the server does not support"),
	EW(528, EJUKEBOX, "slow request, ask again"),
	EW(529, EIOCBQUEUED, "request queued, completion follows"),
	EW(530, ERECALLCONFLICT, "conflict with recalled state"),
	EW(531, ENOGRACE, "lock reclaim refused"),
};

/* arch/mips/include/uapi/asm/errno.h */
static const struct kd_errno mips[] = {
	E(35, ENOMSG),
	E(36, EIDRM),
	E(37, ECHRNG),
	E(38, EL2NSYNC),
	E(39, EL3HLT),
	E(40, EL3RST),
	E(41, ELNRNG),
	E(42, EUNATCH),
	E(43, ENOCSI),
	E(44, EL2HLT),
	EW(45, EDEADLK, "would deadlock"),
	E(46, ENOLCK),
	E(50, EBADE),
	E(51, EBADR),
	E(52, EXFULL),
	E(53, ENOANO),
	E(54, EBADRQC),
	E(55, EBADSLT),
	E(56, EDEADLOCK),
	E(59, EBFONT),
	E(60, ENOSTR),
	EW(61, ENODATA, "no data"),
	EW(62, ETIME, "timer expired"),
	E(63, ENOSR),
	E(64, ENONET),
	E(65, ENOPKG),
	E(66, EREMOTE),
	E(67, ENOLINK),
	E(68, EADV),
	E(69, ESRMNT),
	E(70, ECOMM),
	EW(71, EPROTO, "protocol error"),
	E(73, EDOTDOT),
	E(74, EMULTIHOP),
	EW(77, EBADMSG, "bad message (fs: checksum wrong)"),
	E(78, ENAMETOOLONG),
	EW(79, EOVERFLOW, "value too large for its type"),
	E(80, ENOTUNIQ),
	E(81, EBADFD),
	E(82, EREMCHG),
	E(83, ELIBACC),
	E(84, ELIBBAD),
	E(85, ELIBSCN),
	E(86, ELIBMAX),
	E(87, ELIBEXEC),
	E(88, EILSEQ),
	EW(89, ENOSYS, "not implemented"),
	E(90, ELOOP),
	E(91, ERESTART),
	E(92, ESTRPIPE),
	E(93, ENOTEMPTY),
	E(94, EUSERS),
	E(95, ENOTSOCK),
	E(96, EDESTADDRREQ),
	E(97, EMSGSIZE),
	E(98, EPROTOTYPE),
	E(99, ENOPROTOOPT),
	E(120, EPROTONOSUPPORT),
	E(121, ESOCKTNOSUPPORT),
	EW(122, EOPNOTSUPP, "operation not supported"),
	E(123, EPFNOSUPPORT),
	E(124, EAFNOSUPPORT),
	E(125, EADDRINUSE),
	E(126, EADDRNOTAVAIL),
	E(127, ENETDOWN),
	E(128, ENETUNREACH),
	E(129, ENETRESET),
	E(130, ECONNABORTED),
	EW(131, ECONNRESET, "connection reset"),
	EW(132, ENOBUFS, "no buffer space"),
	E(133, EISCONN),
	E(134, ENOTCONN),
	EW(135, EUCLEAN, "structure needs cleaning (fs: corrupted)"),
	E(137, ENOTNAM),
	E(138, ENAVAIL),
	E(139, EISNAM),
	EW(140, EREMOTEIO, "remote I/O error"),
	E(141, EINIT),
	E(142, EREMDEV),
	EW(143, ESHUTDOWN, "endpoint was shut down"),
	E(144, ETOOMANYREFS),
	EW(145, ETIMEDOUT, "timed out"),
	E(146, ECONNREFUSED),
	E(147, EHOSTDOWN),
	E(148, EHOSTUNREACH),
	EW(149, EALREADY, "in progress already"),
	EW(150, EINPROGRESS, "in progress"),
	EW(151, ESTALE, "stale file handle"),
	EW(158, ECANCELED, "cancelled"),
	E(159, ENOMEDIUM),
	E(160, EMEDIUMTYPE),
	E(161, ENOKEY),
	E(162, EKEYEXPIRED),
	E(163, EKEYREVOKED),
	E(164, EKEYREJECTED),
	E(165, EOWNERDEAD),
	E(166, ENOTRECOVERABLE),
	E(167, ERFKILL),
	EW(168, EHWPOISON, "memory page has a hardware error"),
	E(1133, EDQUOT),
};

static const struct kd_errno *find(const struct kd_errno *t, size_t n, unsigned nr)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t[mid].nr == nr)
			return &t[mid];
		if (t[mid].nr < nr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const struct kd_errno *kd_errno_find(unsigned nr, enum kd_arch arch)
{
	const struct kd_errno *e = find(base, KD_ARRAY_LEN(base), nr);

	if (!e)
		e = find(internal, KD_ARRAY_LEN(internal), nr);
	if (e)
		return e;
	return arch == KD_ARCH_MIPS ? find(mips, KD_ARRAY_LEN(mips), nr)
				    : find(generic, KD_ARRAY_LEN(generic), nr);
}

const char *kd_errno_name(unsigned nr, enum kd_arch arch)
{
	const struct kd_errno *e = kd_errno_find(nr, arch);

	return e ? e->name : NULL;
}

const char *kd_errno_minus(unsigned nr, enum kd_arch arch)
{
	const struct kd_errno *e = kd_errno_find(nr, arch);

	return e ? e->minus : NULL;
}

unsigned kd_errno_by_name(struct kd_view name, enum kd_arch arch)
{
	kd_view_skip(&name, KD_V("-"));
	for (unsigned i = 1; i <= 1200; i++) {
		const struct kd_errno *e = kd_errno_find(i, arch);

		if (e && kd_view_eq(name, kd_view_of(e->name)))
			return i;
	}
	return 0;
}

bool kd_errno_of_pointer(uint64_t value, unsigned bits, unsigned *ret)
{
	uint64_t all = bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
	uint64_t neg = (all - value + 1) & all;

	if (value > all || neg < 1 || neg > KD_MAX_ERRNO)
		return false;
	*ret = (unsigned)neg;
	return true;
}
