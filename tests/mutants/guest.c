// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the guest runs: for each mutant a child that arms it and then makes the kernel work.
 *
 *	guest N:KIND…
 *
 * KIND: null, errptr, poison, ascii, index, slab, vmalloc (kernel/kd_mutate.c).  On the console, by /dev/kmsg:
 *
 *	kdm: begin N KIND VALUE        VALUE: what the variable becomes, hexadecimal
 *	kdm: end N STATUS              of waitpid(); "hung": the child did not end
 *	kdm: over                      all were tried, or too many children hang
 *
 * Ends early when two children in a row hang: they wait for what a dead one holds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define BASE 7000000
#define PARAM "/sys/module/kd_mutate/parameters/"

static char buf[65536], dir[64];
static long sunk;
#define TRY(x) (sunk += (long)(x)) /* results do not matter: everything may fail */

static void nap(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static void slurp(const char *name)
{
	int fd = open(name, O_RDONLY | O_NONBLOCK);

	if (fd < 0)
		return;
	for (int i = 0; i < 8 && read(fd, buf, sizeof(buf)) > 0; i++)
		;
	lseek(fd, 0, SEEK_SET);
	TRY(pread(fd, buf, 100, 10));
	close(fd);
}

/* --- exercises ----------------------------------------------------------------------------- */

static int one_file(void)
{
	struct stat st;
	struct statx sx;
	struct statfs sf;
	struct timespec ts[2] = {{1, 2}, {3, 4}};
	char d[512];
	int fd;

	TRY(mkdir("d", 0755));
	TRY(mkdir("d/e", 0755));
	fd = open("d/a", O_RDWR | O_CREAT | O_TRUNC, 0644);
	TRY(write(fd, "hello, kernel\n", 14));
	TRY(pwrite(fd, buf, 9000, 4096));
	TRY(lseek(fd, 3, SEEK_SET));
	TRY(read(fd, d, 10));
	TRY(lseek(fd, 0, SEEK_DATA));
	TRY(lseek(fd, 0, SEEK_HOLE));
	TRY(fstat(fd, &st));
	TRY(stat("d/a", &st));
	TRY(lstat("d/./e/../a", &st));
	TRY(statx(AT_FDCWD, "d/a", 0, STATX_ALL, &sx));
	TRY(statfs("d", &sf));
	TRY(fstatfs(fd, &sf));
	TRY(ftruncate(fd, 5000));
	TRY(truncate("d/a", 6000));
	TRY(fallocate(fd, 0, 0, 20000));
	TRY(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096));
	TRY(posix_fadvise(fd, 0, 4096, POSIX_FADV_WILLNEED));
	TRY(fsync(fd));
	TRY(sync_file_range(fd, 0, 4096, 7));
	TRY(fchmod(fd, 0600));
	TRY(fchown(fd, 1, 1));
	TRY(chmod("d/a", 0644));
	TRY(chown("d/a", 0, 0));
	TRY(utimensat(AT_FDCWD, "d/a", ts, 0));
	TRY(setxattr("d/a", "trusted.x", "v", 1, 0));
	TRY(getxattr("d/a", "trusted.x", d, sizeof(d)));
	TRY(listxattr("d/a", d, sizeof(d)));
	TRY(removexattr("d/a", "trusted.x"));
	return fd;
}

static void files(void)
{
	struct stat st;
	char d[512];
	int fd = one_file(), fd2, dfd;

	TRY(link("d/a", "d/b"));
	TRY(symlink("a", "d/s"));
	TRY(readlink("d/s", d, sizeof(d)));
	TRY(stat("d/s", &st));
	TRY(access("d/s", R_OK | W_OK));
	TRY(rename("d/b", "d/c"));
	TRY(rename("d/c", "d/e/c"));
	TRY(syscall(SYS_renameat2, AT_FDCWD, "d/a", AT_FDCWD, "d/e/c", 2));
	TRY(mknod("d/f", S_IFIFO | 0600, 0));
	fd2 = open("d/f", O_RDWR | O_NONBLOCK);
	TRY(write(fd2, "x", 1));
	TRY(read(fd2, d, 1));
	close(fd2);
	dfd = open("d", O_RDONLY | O_DIRECTORY);
	TRY(syscall(SYS_getdents64, dfd, buf, sizeof(buf)));
	TRY(fchdir(dfd));
	TRY(getcwd(d, sizeof(d)));
	TRY(chdir(".."));
	fd2 = openat(dfd, "t", O_RDWR | O_CREAT | O_EXCL, 0600);
	TRY(sendfile(fd2, fd, NULL, 4096));
	TRY(copy_file_range(fd, NULL, fd2, NULL, 100, 0));
	close(fd2);
	TRY(unlinkat(dfd, "t", 0));
	fd2 = open("d", O_RDWR | O_TMPFILE, 0600);
	close(fd2);
	close(dfd);
	fd2 = dup(fd);
	TRY(dup2(fd, 77));
	TRY(dup3(fd, 78, O_CLOEXEC));
	TRY(fcntl(fd, F_DUPFD, 90));
	TRY(fcntl(fd, F_GETFL));
	TRY(fcntl(fd, F_SETFL, O_APPEND));
	TRY(fcntl(fd, F_SETOWN, getpid()));
	TRY(close_range(77, 95, 0));
	close(fd2);
	TRY(flock(fd, LOCK_EX | LOCK_NB));
	TRY(flock(fd, LOCK_UN));
	TRY(fcntl(fd, F_SETLK, &(struct flock){.l_type = F_WRLCK, .l_len = 10}));
	TRY(fcntl(fd, F_GETLK, &(struct flock){.l_type = F_WRLCK, .l_len = 20}));
	TRY(fcntl(fd, F_SETLK, &(struct flock){.l_type = F_UNLCK, .l_len = 5}));
	TRY(fcntl(fd, F_OFD_SETLK, &(struct flock){.l_type = F_RDLCK, .l_len = 10}));
	TRY(fcntl(fd, F_SETLEASE, F_RDLCK));
	TRY(fcntl(fd, F_SETLEASE, F_UNLCK));
	TRY(ioctl(fd, FIONREAD, &(int){0}));
	struct iovec iov[2] = {{d, 10}, {d + 100, 20}};
	TRY(writev(fd, iov, 2));
	TRY(preadv(fd, iov, 2, 0));
	close(fd);
	fd = (int)syscall(SYS_open_by_handle_at, -1, buf, 0);
	struct { unsigned n; int type; char b[64]; } h = {.n = 64};
	TRY(syscall(SYS_name_to_handle_at, AT_FDCWD, "d/e", &h, d, 0));
	fd = (int)syscall(SYS_open_by_handle_at, AT_FDCWD, &h, O_RDONLY);
	close(fd);
	fd = (int)syscall(SYS_openat2, AT_FDCWD, "d/e", &(struct { long a, b, c; }){O_RDONLY, 0, 8}, 24);
	close(fd);
	TRY(unlink("d/a"));
	TRY(unlink("d/e/c"));
	TRY(unlink("d/f"));
	TRY(unlink("d/s"));
	TRY(rmdir("d/e"));
	TRY(rmdir("d"));
	TRY(stat("/nowhere/at/all", &st));
	sync();
	umask(umask(022));
}

static void pipes(void)
{
	int p[2], q[2], fd;
	struct iovec iov = {buf, 5000};
	struct pollfd pf[2];

	TRY(pipe2(p, O_NONBLOCK));
	TRY(pipe2(q, O_NONBLOCK | O_DIRECT));
	TRY(write(p[1], buf, 10));
	TRY(write(p[1], buf, 9000));
	TRY(tee(p[0], q[1], 4096, SPLICE_F_NONBLOCK));
	TRY(splice(p[0], NULL, q[1], NULL, 4096, SPLICE_F_NONBLOCK));
	TRY(vmsplice(q[1], &iov, 1, SPLICE_F_NONBLOCK));
	TRY(read(p[0], buf, 3));
	TRY(fcntl(p[0], F_SETPIPE_SZ, 65536 * 2));
	TRY(fcntl(p[0], F_GETPIPE_SZ));
	TRY(ioctl(p[0], FIONREAD, &(int){0}));
	fd = open("pf", O_RDWR | O_CREAT, 0600);
	TRY(splice(p[0], NULL, fd, NULL, 4096, SPLICE_F_NONBLOCK));
	TRY(lseek(fd, 0, SEEK_SET));
	TRY(splice(fd, NULL, q[1], NULL, 4096, SPLICE_F_NONBLOCK));
	close(fd);
	unlink("pf");
	pf[0] = (struct pollfd){p[0], POLLIN, 0};
	pf[1] = (struct pollfd){q[1], POLLOUT, 0};
	TRY(poll(pf, 2, 1));
	fd_set r;
	FD_ZERO(&r);
	FD_SET(p[0], &r);
	TRY(select(p[0] + 1, &r, NULL, NULL, &(struct timeval){0, 1000}));
	close(p[0]);
	signal(SIGPIPE, SIG_IGN);
	TRY(write(p[1], "x", 1));
	close(p[1]);
	close(q[0]);
	close(q[1]);
}

static void memory(void)
{
	unsigned char vec[64];
	char *p = mmap(NULL, 65536 * 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *q;
	int fd, m;

	if (p == MAP_FAILED)
		return;
	memset(p, 1, 65536);
	TRY(mprotect(p + 8192, 8192, PROT_READ));
	TRY(mprotect(p + 8192, 8192, PROT_READ | PROT_WRITE));
	TRY(madvise(p, 65536, MADV_DONTNEED));
	TRY(madvise(p, 65536, MADV_WILLNEED));
	TRY(madvise(p + 4096, 4096, MADV_DONTFORK));
	TRY(madvise(p, 65536, MADV_FREE));
	p[5] = 1;
	TRY(mlock(p, 4096));
	TRY(munlock(p, 4096));
	TRY(mincore(p, 65536, vec));
	q = mremap(p, 65536 * 4, 65536 * 8, MREMAP_MAYMOVE);
	if (q != MAP_FAILED)
		p = q;
	TRY(munmap(p + 65536, 4096));
	TRY(munmap(p, 65536 * 8));
	TRY(brk(sbrk(0) + 65536));
	q = sbrk(0);
	*(q - 100) = 1;
	TRY(brk(q - 65536));
	fd = open("m", O_RDWR | O_CREAT, 0600);
	TRY(ftruncate(fd, 65536));
	p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p != MAP_FAILED) {
		p[1] = 2;
		p[20000] = 1;
		TRY(msync(p, 65536, MS_SYNC));
		TRY(munmap(p, 65536));
	}
	p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (p != MAP_FAILED) {
		p[1] = 2;
		if (!fork()) {
			p[1]++;
			p[5000]++;
			_exit(0);
		}
		p[1]++;
		TRY(munmap(p, 65536));
	}
	close(fd);
	unlink("m");
	m = memfd_create("m", MFD_ALLOW_SEALING);
	TRY(write(m, buf, 5000));
	TRY(fcntl(m, F_ADD_SEALS, F_SEAL_SHRINK));
	close(m);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static void *thread(void *arg)
{
	volatile int *word = arg;

	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, &(struct timespec){0, 50000000}, NULL, 0);
	return NULL;
}

static void futexes(void)
{
	static int word, other, pi;
	pthread_t t[2];
	struct timespec ts = {0, 1000000};

	word = other = pi = 0;
	for (int i = 0; i < 2; i++)
		if (pthread_create(&t[i], NULL, thread, &word))
			return;
	nap(2);
	TRY(syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE_PRIVATE, 1, 1, &other, 0));
	TRY(syscall(SYS_futex, &word, FUTEX_WAKE_OP_PRIVATE, 1, 1, &other, 0));
	TRY(syscall(SYS_futex, &other, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0));
	word = 1;
	TRY(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0));
	TRY(syscall(SYS_futex, &word, FUTEX_WAIT, 1, &ts, NULL, 0));
	TRY(syscall(SYS_futex, &pi, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0));
	TRY(syscall(SYS_futex, &pi, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
}

static void tick(int sig)
{
	(void)sig;
}

static void timers(void)
{
	struct itimerspec it = {{0, 1000000}, {0, 1000000}}, old;
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	struct itimerval iv = {{0, 0}, {0, 2000}};
	struct timespec ts = {0, 1000000};
	unsigned long long n;
	timer_t id;
	int fd;

	signal(SIGALRM, tick);
	signal(SIGUSR1, tick);
	signal(SIGVTALRM, tick);
	fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	TRY(timerfd_settime(fd, 0, &it, &old));
	nap(3);
	TRY(read(fd, &n, 8));
	TRY(timerfd_gettime(fd, &old));
	close(fd);
	fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
	TRY(timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &it, &old));
	close(fd);
	if (!timer_create(CLOCK_REALTIME, &ev, &id)) {
		TRY(timer_settime(id, 0, &it, &old));
		nap(3);
		TRY(timer_gettime(id, &old));
		TRY(timer_getoverrun(id));
		TRY(timer_delete(id));
	}
	if (!timer_create(CLOCK_PROCESS_CPUTIME_ID, &ev, &id)) {
		TRY(timer_settime(id, 0, &it, &old));
		TRY(timer_gettime(id, &old));
		TRY(timer_delete(id));
	}
	TRY(setitimer(ITIMER_REAL, &iv, NULL));
	TRY(getitimer(ITIMER_REAL, &iv));
	TRY(setitimer(ITIMER_VIRTUAL, &iv, NULL));
	nap(4);
	TRY(clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL));
	TRY(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts));
	TRY(clock_getres(CLOCK_BOOTTIME, &ts));
	TRY(time(NULL));
}

static void events(void)
{
	int e = epoll_create1(0), v = eventfd(1, EFD_NONBLOCK), s, i, e2 = epoll_create1(0);
	struct epoll_event ev = {.events = EPOLLIN}, out[4];
	unsigned long long n = 1;
	sigset_t set;

	TRY(epoll_ctl(e, EPOLL_CTL_ADD, v, &ev));
	TRY(epoll_ctl(e2, EPOLL_CTL_ADD, e, &ev));
	TRY(epoll_wait(e, out, 4, 1));
	TRY(epoll_wait(e2, out, 4, 1));
	ev.events = EPOLLIN | EPOLLET | EPOLLONESHOT;
	TRY(epoll_ctl(e, EPOLL_CTL_MOD, v, &ev));
	TRY(write(v, &n, 8));
	TRY(epoll_wait(e, out, 4, 1));
	TRY(read(v, &n, 8));
	TRY(epoll_ctl(e, EPOLL_CTL_DEL, v, &ev));
	close(v);
	close(e);
	close(e2);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s = signalfd(-1, &set, SFD_NONBLOCK);
	TRY(kill(getpid(), SIGUSR2));
	TRY(read(s, buf, 256));
	close(s);
	i = inotify_init1(IN_NONBLOCK);
	TRY(inotify_add_watch(i, ".", IN_ALL_EVENTS));
	close(open("watched", O_CREAT | O_RDWR, 0600));
	unlink("watched");
	TRY(read(i, buf, 4096));
	TRY(inotify_rm_watch(i, 1));
	close(i);
}

static void unix_sockets(int type)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "sock"}, peer;
	socklen_t len = sizeof(peer);
	int p[2], s, c, x;
	char control[64] = {0};
	struct iovec iov = {buf, 16};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			   .msg_controllen = CMSG_SPACE(sizeof(int))};
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	if (!socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, p)) {
		*h = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(h), &p[0], sizeof(int));
		TRY(sendmsg(p[0], &m, 0));
		TRY(recvmsg(p[1], &m, 0));
		TRY(write(p[0], buf, 100));
		TRY(read(p[1], buf, 50));
		TRY(shutdown(p[0], SHUT_WR));
		TRY(setsockopt(p[0], SOL_SOCKET, SO_PASSCRED, &(int){1}, 4));
		TRY(send(p[1], "x", 1, MSG_NOSIGNAL));
		close(p[0]);
		close(p[1]);
	}
	unlink("sock");
	s = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
	c = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
	TRY(bind(s, (void *)&a, sizeof(a)));
	TRY(listen(s, 4));
	TRY(connect(c, (void *)&a, sizeof(a)));
	TRY(sendto(c, "hello", 5, MSG_NOSIGNAL, (void *)&a, sizeof(a)));
	TRY(send(c, "hello", 5, MSG_NOSIGNAL));
	x = accept4(s, (void *)&peer, &len, SOCK_NONBLOCK);
	TRY(getsockname(s, (void *)&peer, &len));
	TRY(getpeername(c, (void *)&peer, &len));
	TRY(getsockopt(c, SOL_SOCKET, SO_PEERCRED, buf, &(socklen_t){12}));
	TRY(recvfrom(s, buf, 10, 0, (void *)&peer, &len));
	TRY(ioctl(c, FIONREAD, &(int){0}));
	TRY(recv(x, buf, 10, MSG_PEEK));
	TRY(recv(x, buf, 10, 0));
	TRY(poll(&(struct pollfd){s, POLLIN | POLLOUT, 0}, 1, 1));
	close(x);
	close(c);
	close(s);
	unlink("sock");
}

static void inet(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, peer;
	socklen_t len = sizeof(a);
	struct ifreq r = {.ifr_name = "lo"};
	int s, c, x, u;

	u = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	TRY(ioctl(u, SIOCGIFFLAGS, &r));
	r.ifr_flags |= IFF_UP;
	TRY(ioctl(u, SIOCSIFFLAGS, &r));
	TRY(ioctl(u, SIOCGIFCONF, &(struct ifconf){.ifc_len = 4096, .ifc_buf = buf}));
	TRY(bind(u, (void *)&a, sizeof(a)));
	TRY(getsockname(u, (void *)&a, &len));
	TRY(sendto(u, "datagram", 8, 0, (void *)&a, sizeof(a)));
	TRY(recvfrom(u, buf, 100, 0, (void *)&peer, &len));
	TRY(connect(u, (void *)&a, sizeof(a)));
	TRY(send(u, "x", 1, 0));
	TRY(recv(u, buf, 1, MSG_PEEK));
	TRY(setsockopt(u, IPPROTO_IP, IP_TTL, &(int){4}, 4));
	TRY(getsockopt(u, IPPROTO_IP, IP_TTL, &x, &(socklen_t){4}));
	TRY(setsockopt(u, IPPROTO_IP, IP_ADD_MEMBERSHIP, &(struct ip_mreq){{htonl(0xe0000005)}, {0x100007f}}, 8));
	close(u);
	a.sin_port = 0;
	s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	c = socket(AF_INET, SOCK_STREAM, 0);
	TRY(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &(int){1}, 4));
	TRY(setsockopt(s, SOL_SOCKET, SO_RCVBUF, &(int){65536}, 4));
	TRY(setsockopt(c, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){0, 200000}, 16));
	TRY(setsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){0, 2000}, 16));
	TRY(setsockopt(c, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, 8));
	TRY(bind(s, (void *)&a, sizeof(a)));
	TRY(listen(s, 4));
	len = sizeof(a);
	TRY(getsockname(s, (void *)&a, &len));
	TRY(connect(c, (void *)&a, sizeof(a)));
	x = accept4(s, (void *)&peer, &len, SOCK_NONBLOCK);
	TRY(setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &(int){1}, 4));
	TRY(getsockopt(c, IPPROTO_TCP, TCP_INFO, buf, &(socklen_t){200}));
	TRY(send(c, buf, 5000, MSG_NOSIGNAL));
	TRY(recv(x, buf, 100, MSG_PEEK));
	TRY(recv(x, buf, 3000, 0));
	TRY(send(x, buf, 100, MSG_NOSIGNAL));
	TRY(recv(c, buf, 100, 0));
	TRY(ioctl(c, FIONREAD, &(int){0}));
	TRY(getpeername(c, (void *)&peer, &len));
	TRY(poll(&(struct pollfd){x, POLLIN | POLLOUT, 0}, 1, 1));
	TRY(shutdown(c, SHUT_WR));
	TRY(recv(x, buf, 5000, 0));
	close(c);
	close(x);
	close(s);
	u = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	a.sin_port = 0;
	TRY(sendto(u, "\10\0\367\377\0\0\0\0", 8, MSG_DONTWAIT, (void *)&a, sizeof(a)));
	TRY(recv(u, buf, 100, MSG_DONTWAIT));
	close(u);
	u = socket(AF_NETLINK, SOCK_RAW, 0);
	TRY(send(u, "\24\0\0\0\22\0\1\3\1\0\0\0\0\0\0\0\0\0\0\0", 20, 0)); /* RTM_GETLINK */
	TRY(recv(u, buf, 4096, MSG_DONTWAIT));
	close(u);
}

static void sysv(void)
{
	struct { long type; char text[32]; } msg = {1, "text"};
	struct sembuf op = {0, 1, IPC_NOWAIT}, down = {0, -1, IPC_NOWAIT | SEM_UNDO};
	struct msqid_ds mds;
	struct shmid_ds sds;
	mqd_t mq;
	int id = msgget(IPC_PRIVATE, 0600);
	char *p;

	TRY(msgsnd(id, &msg, 32, IPC_NOWAIT));
	TRY(msgrcv(id, &msg, 32, 0, IPC_NOWAIT));
	TRY(msgctl(id, IPC_STAT, &mds));
	TRY(msgctl(id, IPC_RMID, NULL));
	id = semget(IPC_PRIVATE, 2, 0600);
	TRY(semctl(id, 0, SETVAL, 1));
	TRY(semop(id, &op, 1));
	TRY(semop(id, &down, 1));
	TRY(semctl(id, 0, GETVAL));
	TRY(semctl(id, 0, IPC_STAT, buf));
	TRY(semctl(id, 0, IPC_RMID));
	id = shmget(IPC_PRIVATE, 65536, 0600);
	p = shmat(id, NULL, 0);
	if (p != (void *)-1) {
		p[100] = 1;
		TRY(shmctl(id, IPC_STAT, &sds));
		TRY(shmdt(p));
	}
	TRY(shmctl(id, IPC_RMID, NULL));
	mq = mq_open("/kdm", O_RDWR | O_CREAT | O_NONBLOCK, 0600, NULL);
	TRY(mq_send(mq, "hello", 5, 1));
	TRY(mq_receive(mq, buf, 8192, NULL));
	TRY(mq_getattr(mq, &(struct mq_attr){0}));
	TRY(mq_close(mq));
	TRY(mq_unlink("/kdm"));
}

static void signals(void)
{
	struct sigaction sa = {.sa_handler = tick, .sa_flags = SA_ONSTACK};
	stack_t ss = {.ss_sp = buf, .ss_size = 32768};
	siginfo_t si;
	sigset_t set;
	pid_t pid;
	int st;

	TRY(sigaltstack(&ss, NULL));
	TRY(sigaction(SIGUSR1, &sa, NULL));
	TRY(raise(SIGUSR1));
	ss.ss_flags = SS_DISABLE;
	TRY(sigaltstack(&ss, NULL));
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	TRY(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 5}));
	TRY(sigpending(&set));
	TRY(sigtimedwait(&set, &si, &(struct timespec){0, 1000000}));
	pid = fork();
	if (!pid) {
		nap(200);
		_exit(0);
	}
	if (pid > 0) {
		TRY(kill(pid, SIGSTOP));
		TRY(waitpid(pid, &st, WUNTRACED | WNOHANG));
		TRY(kill(pid, SIGCONT));
		TRY(kill(pid, SIGKILL));
		TRY(waitid(P_PID, (id_t)pid, &si, WEXITED));
	}
	pid = fork();
	if (!pid) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){1 << 20, 1 << 20});
		prctl(PR_SET_DUMPABLE, 1);
		abort();
	}
	if (pid > 0)
		TRY(waitpid(pid, &st, 0));
	unlink("core");
	pid = fork();
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		_exit(3);
	}
	if (pid > 0) {
		TRY(waitpid(pid, &st, 0));
		TRY(ptrace(PTRACE_PEEKDATA, pid, &sunk, 0));
		TRY(ptrace(PTRACE_CONT, pid, 0, 0));
		TRY(waitpid(pid, &st, 0));
	}
}

static void processes(void)
{
	struct rlimit rl;
	struct rusage ru;
	cpu_set_t cpus;
	struct sched_param sp = {0};
	int st, fd;
	pid_t pid = fork();

	if (!pid) {
		execl("/bin/kdm", "kdm", "--true", (char *)NULL);
		_exit(1);
	}
	if (pid > 0)
		TRY(waitpid(pid, &st, 0));
	pid = vfork();
	if (!pid)
		_exit(0);
	if (pid > 0)
		TRY(wait4(pid, &st, 0, &ru));
	pid = (pid_t)syscall(SYS_clone3, &(struct { long flags, pidfd, ctid, ptid, sig, stack, size, tls; }){
						 0x1000, (long)&fd, 0, 0, SIGCHLD, 0, 0, 0}, 64);
	if (!pid)
		_exit(0);
	if (pid > 0) {
		TRY(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
		TRY(waitid(P_PIDFD, (id_t)fd, &(siginfo_t){0}, WEXITED));
		close(fd);
	}
	TRY(getrlimit(RLIMIT_NOFILE, &rl));
	TRY(setrlimit(RLIMIT_NOFILE, &rl));
	TRY(getrusage(RUSAGE_SELF, &ru));
	TRY(sched_getaffinity(0, sizeof(cpus), &cpus));
	TRY(sched_setaffinity(0, sizeof(cpus), &cpus));
	TRY(sched_yield());
	TRY(sched_getparam(0, &sp));
	TRY(setpriority(PRIO_PROCESS, 0, 1));
	TRY(getpriority(PRIO_PROCESS, 0));
	TRY(setpgid(0, 0));
	TRY(getpgid(0));
	TRY(setsid());
	TRY(getgroups(30, (void *)buf));
	TRY(setgroups(0, NULL));
	TRY(times((void *)buf));
	TRY(sysinfo((void *)buf));
	TRY(uname((void *)buf));
	TRY(prctl(PR_GET_NAME, buf));
	TRY(syscall(SYS_getrandom, buf, 32, 1));
	TRY(syscall(SYS_capget, &(int[2]){0x20080522, 0}, buf));
	pid = fork();
	if (!pid) {
		unshare(CLONE_FILES | CLONE_FS | CLONE_NEWNS);
		unshare(CLONE_NEWUTS | CLONE_NEWIPC);
		TRY(setgid(1));
		TRY(setuid(1));
		TRY(kill(1, 0));
		_exit(0);
	}
	if (pid > 0)
		TRY(waitpid(pid, &st, 0));
}

static void mounts(void)
{
	TRY(mkdir("mnt", 0755));
	TRY(mkdir("mnt2", 0755));
	TRY(mount("none", "mnt", "tmpfs", 0, "size=1m"));
	close(open("mnt/file", O_CREAT | O_RDWR, 0600));
	TRY(mount("mnt", "mnt2", NULL, MS_BIND, NULL));
	TRY(mount(NULL, "mnt", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	TRY(mount(NULL, "mnt", NULL, MS_SHARED, NULL));
	slurp("/proc/self/mountinfo");
	TRY(umount2("mnt2", 0));
	TRY(umount2("mnt", MNT_DETACH));
	TRY(mount("none", "mnt", "ramfs", 0, NULL));
	TRY(umount("mnt"));
	TRY(rmdir("mnt"));
	TRY(rmdir("mnt2"));
}

static void ttys(void)
{
	int m = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK), s;
	char name[64];

	TRY(grantpt(m));
	TRY(unlockpt(m));
	if (!ptsname_r(m, name, sizeof(name))) {
		s = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK);
		TRY(write(m, "abc\n", 4));
		TRY(read(s, buf, 10));
		TRY(write(s, "xyz\n", 4));
		TRY(read(m, buf, 10));
		TRY(ioctl(s, 0x5401, buf)); /* TCGETS */
		TRY(ioctl(s, 0x5413, buf)); /* TIOCGWINSZ */
		close(s);
	}
	close(m);
	s = open("/dev/null", O_RDWR);
	TRY(write(s, "x", 1));
	close(s);
	s = open("/dev/zero", O_RDONLY);
	TRY(read(s, buf, 5000));
	close(s);
}

static void procfs(void)
{
	static const char *const names[] = {
		"/proc/self/maps", "/proc/self/smaps", "/proc/self/smaps_rollup", "/proc/self/stat", "/proc/self/status",
		"/proc/self/statm", "/proc/self/cmdline", "/proc/self/environ", "/proc/self/auxv", "/proc/self/limits",
		"/proc/self/mounts", "/proc/self/mountstats", "/proc/self/io", "/proc/self/sched", "/proc/self/comm",
		"/proc/self/cgroup", "/proc/self/wchan", "/proc/self/stack", "/proc/self/syscall", "/proc/self/pagemap",
		"/proc/self/oom_score", "/proc/self/fdinfo/0", "/proc/self/timers", "/proc/self/timerslack_ns", "/proc/meminfo",
		"/proc/stat", "/proc/uptime", "/proc/loadavg", "/proc/interrupts", "/proc/softirqs", "/proc/cpuinfo",
		"/proc/version", "/proc/filesystems", "/proc/devices", "/proc/modules", "/proc/iomem", "/proc/ioports",
		"/proc/locks", "/proc/vmstat", "/proc/zoneinfo", "/proc/buddyinfo", "/proc/pagetypeinfo", "/proc/slabinfo",
		"/proc/timer_list", "/proc/swaps", "/proc/partitions", "/proc/diskstats", "/proc/consoles", "/proc/misc",
		"/proc/net/tcp", "/proc/net/udp", "/proc/net/unix", "/proc/net/dev", "/proc/net/route", "/proc/net/arp",
		"/proc/net/sockstat", "/proc/net/snmp", "/proc/net/netstat", "/proc/net/raw", "/proc/net/packet",
		"/proc/net/netlink", "/proc/net/igmp", "/proc/net/protocols", "/proc/net/fib_trie", "/proc/sysvipc/msg",
		"/proc/sysvipc/shm", "/proc/sysvipc/sem", "/proc/sys/kernel/hostname", "/proc/sys/kernel/pid_max",
		"/proc/sys/net/ipv4/ip_forward", "/proc/sys/fs/file-nr", "/proc/sys/vm/overcommit_memory", "/proc/key-users",
		"/proc/cgroups", "/proc/execdomains", "/proc/tty/drivers", "/sys/kernel/mm/transparent_hugepage/enabled",
		"/sys/devices/system/cpu/online", "/sys/class/net/lo/address", "/sys/kernel/uevent_seqnum"};
	int fd;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		slurp(names[i]);
	static const char *const folders[] = {"/proc", "/proc/self/fd", "/proc/self/task", "/proc/self/fdinfo",
					      "/proc/self/ns", "/proc/self/map_files", "/proc/sys/kernel", "/sys/class/net", "/proc/net"};
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		fd = open(folders[i], O_RDONLY | O_DIRECTORY);
		for (int k = 0; k < 4 && syscall(SYS_getdents64, fd, buf, 4096) > 0; k++)
			;
		close(fd);
	}
	TRY(readlink("/proc/self/exe", buf, 100));
	TRY(readlink("/proc/self/cwd", buf, 100));
	TRY(readlink("/proc/self/fd/0", buf, 100));
	TRY(readlink("/proc/self/ns/mnt", buf, 100));
	fd = open("/proc/self/comm", O_WRONLY);
	TRY(write(fd, "kdm", 3));
	close(fd);
	fd = open("/proc/self/oom_score_adj", O_RDWR);
	TRY(write(fd, "1", 1));
	close(fd);
	fd = open("/proc/self/mem", O_RDONLY);
	TRY(pread(fd, buf, 8, (off_t)(size_t)&sunk));
	close(fd);
	TRY(syscall(SYS_process_vm_readv, getpid(), &(struct iovec){buf, 8}, 1, &(struct iovec){&sunk, 8}, 1, 0));
	fd = open("/proc/sys/kernel/printk_ratelimit", O_RDWR);
	TRY(write(fd, "5\n", 2));
	close(fd);
}

static void work(unsigned n)
{
	static void (*const all[])(void) = {files, pipes, memory, futexes, timers, events, inet, sysv,
					    signals, processes, mounts, ttys, procfs};

	snprintf(dir, sizeof(dir), "/tmp/m%u.%d", n, getpid());
	TRY(mkdir(dir, 0755));
	TRY(chdir(dir));
	TRY(mount("none", dir, "tmpfs", 0, "size=8m"));
	TRY(chdir(dir));
	prctl(PR_SET_TIMERSLACK, BASE + n, 0, 0, 0);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		all[i]();
	unix_sockets(SOCK_STREAM);
	unix_sockets(SOCK_DGRAM);
	unix_sockets(SOCK_SEQPACKET);
	TRY(chdir("/"));
	TRY(umount(dir));
	_exit(0);
}

/* --- one mutant after the other ------------------------------------------------------------- */

static int kmsg = -1, value = -1, freed = -1;

static void say(const char *format, unsigned n, const char *word, unsigned long v)
{
	char t[128];
	int len = snprintf(t, sizeof(t), format, n, word, v);

	TRY(write(kmsg, t, (size_t)len));
}

static unsigned long arm(const char *kind)
{
	unsigned long v = 0;
	char t[64];

	if (!strcmp(kind, "slab") || !strcmp(kind, "vmalloc")) {
		TRY(write(freed, kind, strlen(kind)));
		memset(t, 0, sizeof(t));
		TRY(pread(value, t, sizeof(t) - 1, 0));
		return strtoul(t, NULL, 10);
	}
	v = !strcmp(kind, "errptr")   ? -12UL
	    : !strcmp(kind, "poison") ? 0x6b6b6b6b6b6b6b6bUL
	    : !strcmp(kind, "ascii")  ? 0x2f6c656e72656b2fUL
	    : !strcmp(kind, "index")  ? 0x7ffffff0UL
				      : 0;
	TRY(pwrite(value, t, (size_t)snprintf(t, sizeof(t), "%lu", v), 0));
	return v;
}

/* R, S, D … as /proc has it; 0: not known. A slow machine makes children slow: only one that waits in vain is stuck. */
static char state_of(pid_t pid)
{
	char name[64], t[128] = "", *end;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	fd = open(name, O_RDONLY);
	TRY(read(fd, t, sizeof(t) - 1));
	close(fd);
	end = strrchr(t, ')');
	return end && end[1] ? end[2] : 0;
}

static int one(unsigned n, const char *kind)
{
	unsigned long v = arm(kind);
	int st = 0, got = 0;
	pid_t pid;
	char t[32];

	say("<4>kdm: begin %u %s %lx\n", n, kind, v);
	pid = fork();
	if (!pid)
		work(n);
	for (int i = 0, stuck = 0; i < 3000 && stuck < 200 && !got; i++) {
		if (i == 2000)
			kill(pid, SIGKILL);
		nap(10);
		got = waitpid(pid, &st, WNOHANG) == pid;
		stuck = !got && state_of(pid) == 'D' ? stuck + 1 : 0;
	}
	snprintf(t, sizeof(t), "%d", st);
	say("<4>kdm: end %u %s\n", n, got ? t : "hung", 0);
	return !got;
}

int main(int argc, char **argv)
{
	int hung = 0;

	if (argc > 1 && !strcmp(argv[1], "--true"))
		return 0;
	kmsg = open("/dev/kmsg", O_WRONLY);
	value = open(PARAM "value", O_RDWR);
	freed = open(PARAM "freed", O_WRONLY);
	if (kmsg < 0 || value < 0 || freed < 0)
		return 1;
	for (int i = 1; i < argc && hung < 2; i++) {
		char *colon = strchr(argv[i], ':');

		if (colon)
			hung = one((unsigned)atoi(argv[i]), colon + 1) ? hung + 1 : 0;
	}
	say("<4>kdm: over\n", 0, "", 0);
	return 0;
}
