// The yardstick: the same system calls as the bond makes, in C, without a hash and
// without anything around them. And the generator of frames for both.
//   ref gen IF SIZE SECONDS [RATE]   frames of 64 UDP flows into IF: RATE a second, or as fast as it takes them
//   ref udp ADDRESS SECONDS [RATE]   datagrams of 18 octets, 64 flows, from a socket of the host: RATE a second, or as fast as it takes them
//   ref sink                         receives them
//   ref tx TAP MEMBER...             from a new TAP device to the members in turn
//   ref rx TAP MEMBER...             from the members to a new TAP device
//   ref ring TAP MEMBER              the same from one member's TPACKET_V2 ring
//   ref looptx TAP MEMBER            one blocking read, one blocking write, and again
//   ref looprx TAP MEMBER
//   ref delay IF NETNS IF COUNT      frames one by one into an interface, until they come out of one of NETNS
// gen, udp, sink, tx and rx print frames and CPU time at their end, delay quantiles in nanoseconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 32, BUF = 65536 + 32 };
enum { WAIT = 100 }; // ms, of poll: the signal to end may come just before it
static volatile sig_atomic_t over;
static void stop(int s) { (void)s; over = 1; }
static void die(const char *what) { perror(what); exit(1); }

static int packet(const char *name, int protocol) {
	int one = 1, size = 4 << 20, fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
	struct sockaddr_ll a = {.sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = if_nametoindex(name)};
	if (fd < 0) die("socket");
	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one)) die("PACKET_VNET_HDR");
	if (protocol) {
		setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof one);
		setsockopt(fd, SOL_PACKET, 23 /* PACKET_IGNORE_OUTGOING */, &one, sizeof one);
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
	} else {
		setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
		setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
	}
	if (bind(fd, (void *)&a, sizeof a)) die(name);
	return fd;
}

static int tap(const char *name) {
	struct ifreq r = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK), size = sizeof(struct virtio_net_hdr);
	strncpy(r.ifr_name, name, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &r) || ioctl(fd, TUNSETVNETHDRSZ, &size)) die("tap");
	int s = socket(AF_INET, SOCK_DGRAM, 0);
	r.ifr_flags = IFF_UP;
	if (ioctl(s, SIOCSIFFLAGS, &r)) die("up");
	close(s);
	return fd;
}

static char buf[BATCH][BUF];
static struct virtio_net_hdr hdr[BATCH];
static struct iovec iov[BATCH][2];
static struct mmsghdr msg[BATCH];
static char aux[BATCH][64];

static double spent;

static double cpu(void) {
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e9 + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e3;
}

static void again(int s) { (void)s; spent = cpu(); } // what was before does not count

static void report(unsigned long frames) {
	double ns = cpu() - spent;
	printf("frames %lu cpu_ns %.0f ns_per_frame %.0f\n", frames, ns, ns / (frames ? frames : 1));
}

static void tx(int t, int *m, int members) {
	struct pollfd p = {t, POLLIN, 0};
	unsigned long frames = 0;
	for (int turn = 0; !over;) {
		int n = 0;
		for (; n < BATCH; n++) {
			iov[n][0] = (struct iovec){&hdr[n], sizeof hdr[n]};
			iov[n][1] = (struct iovec){buf[n], BUF};
			ssize_t got = readv(t, iov[n], 2);
			if (got < 0) break;
			iov[n][1].iov_len = got - sizeof hdr[n];
		}
		if (!n) { poll(&p, 1, WAIT); continue; }
		// As a hash would: an equal share of the batch for each member.
		for (int k = 0; k < members; k++) {
			int count = 0;
			for (int i = k; i < n; i += members)
				msg[count++] = (struct mmsghdr){.msg_hdr = {.msg_iov = iov[i], .msg_iovlen = 2}};
			if (count) { int s = sendmmsg(m[(turn + k) % members], msg, count, MSG_DONTWAIT); if (s > 0) frames += s; }
		}
		turn++;
	}
	report(frames);
}

static void rx(int t, int *m, int members) {
	struct pollfd p[16];
	unsigned long frames = 0;
	for (int k = 0; k < members; k++) p[k] = (struct pollfd){m[k], POLLIN, 0};
	while (!over) {
		int any = 0;
		for (int k = 0; k < members; k++) {
			for (int i = 0; i < BATCH; i++) {
				iov[i][0] = (struct iovec){&hdr[i], sizeof hdr[i]};
				iov[i][1] = (struct iovec){buf[i], BUF};
				msg[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = iov[i], .msg_iovlen = 2, .msg_control = aux[i], .msg_controllen = sizeof aux[i]}};
			}
			int n = recvmmsg(m[k], msg, BATCH, MSG_DONTWAIT, NULL);
			for (int i = 0; i < n; i++) {
				iov[i][1].iov_len = msg[i].msg_len - sizeof hdr[i];
				if (writev(t, iov[i], 2) > 0) frames++;
			}
			any |= n > 0;
		}
		if (!any) poll(p, members, WAIT);
	}
	report(frames);
}

// As rx, but the kernel puts the frames into a ring that this program has mapped.
static void ring(int t, const char *name) {
	enum { FRAME = 2048, BLOCK = 1 << 16, BLOCKS = 64, FRAMES = BLOCK / FRAME * BLOCKS };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0), one = 1, version = TPACKET_V2;
	struct tpacket_req req = {.tp_block_size = BLOCK, .tp_block_nr = BLOCKS, .tp_frame_size = FRAME, .tp_frame_nr = FRAMES};
	struct sockaddr_ll a = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = if_nametoindex(name)};
	if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one)) die("TPACKET_V2");
	setsockopt(fd, SOL_PACKET, 23 /* PACKET_IGNORE_OUTGOING */, &one, sizeof one);
	if (setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof req)) die("PACKET_RX_RING");
	char *at = mmap(NULL, (size_t)BLOCK * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED || bind(fd, (void *)&a, sizeof a)) die(name);
	struct pollfd p = {fd, POLLIN, 0};
	unsigned long frames = 0;
	for (unsigned i = 0; !over; i = (i + 1) % FRAMES) {
		volatile struct tpacket2_hdr *h = (void *)(at + (size_t)i * FRAME);
		while (!(h->tp_status & TP_STATUS_USER) && !over) poll(&p, 1, WAIT);
		if (over) break;
		__sync_synchronize();
		struct iovec v = {(char *)h + h->tp_mac - sizeof(struct virtio_net_hdr), h->tp_snaplen + sizeof(struct virtio_net_hdr)};
		if (writev(t, &v, 1) > 0) frames++;
		__sync_synchronize();
		h->tp_status = TP_STATUS_KERNEL;
	}
	report(frames);
}

// One blocking call for each frame in, one for each out.
static void loop(int in, int out) {
	while (!over) {
		iov[0][0] = (struct iovec){&hdr[0], sizeof hdr[0]};
		iov[0][1] = (struct iovec){buf[0], BUF};
		ssize_t got = readv(in, iov[0], 2);
		if (got < (ssize_t)sizeof hdr[0]) continue;
		iov[0][1].iov_len = got - sizeof hdr[0];
		if (writev(out, iov[0], 2) < 0) continue;
	}
}

static int blocking(int fd) {
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return fd;
}

static void flow(unsigned char *f, int i, int size) {
	unsigned char head[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, (size - 14) >> 8, (size - 14) & 255, 0, 0, 0, 0, 64, 17, 0, 0,
		10, 0, 0, 1, 10, 0, 0, 2, 4 + (i >> 5), (i * 7) & 255, 0, 9, (size - 34) >> 8, (size - 34) & 255, 0, 0};
	memcpy(f, head, sizeof head);
}

static long long now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void sleep_until(long long at) {
	struct timespec t = {at / 1000000000, at % 1000000000};
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static int by_value(const void *a, const void *b) {
	long long d = *(long long *)a - *(long long *)b;
	return d < 0 ? -1 : d > 0;
}

static void delay(const char *from, const char *netns, const char *to, int count) {
	int out = packet(from, 0), in, ns = open(netns, O_RDONLY), missing = 0;
	long long *took = calloc(count, sizeof *took), end;
	unsigned char f[64] = {0}, got[2048];
	if (ns < 0 || setns(ns, CLONE_NEWNET)) die(netns);
	in = packet(to, ETH_P_ALL);
	flow(f, 0, sizeof f);
	struct virtio_net_hdr none = {0};
	struct iovec v[2] = {{&none, sizeof none}, {f, sizeof f}};
	for (int i = 0; i < count; i++) {
		memcpy(f + 46, &i, sizeof i);
		end = now() + 300000;
		sleep_until(end);
		long long start = now();
		if (writev(out, v, 2) < 0) die("send");
		for (;;) {
			ssize_t n = read(in, got, sizeof got);
			if (n >= (ssize_t)(sizeof none + 50) && !memcmp(got + sizeof none + 46, &i, sizeof i)) break;
			if (now() - start > 1000000000LL) { missing++; break; }
		}
		took[i] = now() - start;
	}
	qsort(took, count, sizeof *took, by_value);
	printf("p50 %lld p90 %lld p99 %lld missing %d\n", took[count / 2], took[count * 9 / 10], took[count * 99 / 100], missing);
}

static void gen(const char *name, int size, double seconds, long rate) {
	int fd = packet(name, 0);
	static unsigned char f[64][1600];
	unsigned long sent = 0;
	long long next = now(), burst = rate ? BATCH * 8 : 0;
	memset(hdr, 0, sizeof hdr);
	for (int i = 0; i < 64; i++) flow(f[i], i, size);
	long long end = now() + seconds * 1e9;
	for (int at = 0; now() < end; at += BATCH) {
		if (rate && at % burst == 0) sleep_until(next += burst * 1000000000LL / rate);
		for (int i = 0; i < BATCH; i++) {
			iov[i][0] = (struct iovec){&hdr[i], sizeof hdr[i]};
			iov[i][1] = (struct iovec){f[(at + i) & 63], size};
			msg[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = iov[i], .msg_iovlen = 2}};
		}
		int n = sendmmsg(fd, msg, BATCH, 0);
		if (n > 0) sent += n;
		else usleep(100);
	}
	report(sent);
}

enum { PORT = 7000, FLOWS = 64 };

static void udp(const char *address, int seconds, long rate) {
	int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 4 << 20;
	static struct sockaddr_in to[FLOWS];
	unsigned long sent = 0;
	long long next = now(), burst = rate ? BATCH * 8 : 0, end = now() + seconds * 1000000000LL;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
	for (int i = 0; i < FLOWS; i++) {
		to[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(PORT + i)};
		if (inet_pton(AF_INET, address, &to[i].sin_addr) != 1) die(address);
	}
	for (long long at = 0; now() < end; at += BATCH) {
		if (rate && at % burst == 0) sleep_until(next += burst * 1000000000LL / rate);
		for (int i = 0; i < BATCH; i++) {
			iov[i][0] = (struct iovec){buf[i], 18};
			msg[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &to[(at + i) % FLOWS], .msg_namelen = sizeof to[0], .msg_iov = iov[i], .msg_iovlen = 1}};
		}
		int n = sendmmsg(fd, msg, BATCH, 0);
		if (n > 0) sent += n;
		else usleep(100);
	}
	report(sent);
}

static void sink(void) {
	struct pollfd p[FLOWS];
	unsigned long frames = 0;
	for (int i = 0; i < FLOWS; i++) {
		struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PORT + i)};
		int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), size = 4 << 20;
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
		if (bind(fd, (void *)&at, sizeof at)) die("bind");
		p[i] = (struct pollfd){fd, POLLIN, 0};
	}
	puts("ready");
	fflush(stdout);
	while (!over) {
		int any = 0;
		for (int k = 0; k < FLOWS; k++) {
			for (int i = 0; i < BATCH; i++) {
				iov[i][0] = (struct iovec){buf[i], BUF};
				msg[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = iov[i], .msg_iovlen = 1}};
			}
			int n = recvmmsg(p[k].fd, msg, BATCH, MSG_DONTWAIT, NULL);
			if (n > 0) frames += n, any = 1;
		}
		if (!any) poll(p, FLOWS, WAIT);
	}
	report(frames);
}

int main(int argc, char **argv) {
	struct sigaction end = {.sa_handler = stop}; // calls that wait end too
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	signal(SIGUSR1, again);
	if (argc >= 5 && !strcmp(argv[1], "gen")) return gen(argv[2], atoi(argv[3]), atof(argv[4]), argc > 5 ? atol(argv[5]) : 0), 0;
	if (argc >= 4 && !strcmp(argv[1], "udp")) return udp(argv[2], atoi(argv[3]), argc > 4 ? atol(argv[4]) : 0), 0;
	if (argc == 2 && !strcmp(argv[1], "sink")) return sink(), 0;
	if (argc == 6 && !strcmp(argv[1], "delay")) return delay(argv[2], argv[3], argv[4], atoi(argv[5])), 0;
	if (argc == 4 && !strcmp(argv[1], "ring")) {
		int t = tap(argv[2]);
		puts("ready");
		fflush(stdout);
		return ring(t, argv[3]), 0;
	}
	if (argc < 4 || argc > 19) return fprintf(stderr, "see the source\n"), 2;
	int sending = strstr(argv[1], "tx") != NULL, one = !strncmp(argv[1], "loop", 4), m[16], t = tap(argv[2]);
	for (int i = 3; i < argc; i++) m[i - 3] = packet(argv[i], sending ? 0 : ETH_P_ALL);
	puts("ready");
	fflush(stdout);
	if (one) loop(blocking(sending ? t : m[0]), blocking(sending ? m[0] : t));
	(sending ? tx : rx)(t, m, argc - 3);
}
