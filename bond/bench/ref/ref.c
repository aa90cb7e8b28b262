// The yardstick: the same system calls as the bond makes, in C, without a hash and
// without anything around them. And the generator of frames for both.
//   ref gen IF SIZE SECONDS      frames of 64 UDP flows into IF, as fast as it takes them
//   ref tx TAP MEMBER...         from a new TAP device to the members in turn
//   ref rx TAP MEMBER...         from the members to a new TAP device
// tx and rx print frames and CPU time when they are terminated.
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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 32, BUF = 65536 + 32 };
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

static void report(unsigned long frames) {
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	double ns = (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e9 + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e3;
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
		if (!n) { poll(&p, 1, -1); continue; }
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
		if (!any) poll(p, members, -1);
	}
	report(frames);
}

static void gen(const char *name, int size, int seconds) {
	int fd = packet(name, 0);
	static unsigned char f[64][1600];
	unsigned long sent = 0;
	memset(hdr, 0, sizeof hdr);
	for (int i = 0; i < 64; i++) {
		unsigned char head[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, (size - 14) >> 8, (size - 14) & 255, 0, 0, 0, 0, 64, 17, 0, 0,
			10, 0, 0, 1, 10, 0, 0, 2, 4 + (i >> 5), (i * 7) & 255, 0, 9, (size - 34) >> 8, (size - 34) & 255, 0, 0};
		memcpy(f[i], head, sizeof head);
	}
	time_t end = time(NULL) + seconds;
	for (int at = 0; time(NULL) < end; at += BATCH) {
		for (int i = 0; i < BATCH; i++) {
			iov[i][0] = (struct iovec){&hdr[i], sizeof hdr[i]};
			iov[i][1] = (struct iovec){f[(at + i) & 63], size};
			msg[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = iov[i], .msg_iovlen = 2}};
		}
		int n = sendmmsg(fd, msg, BATCH, 0);
		if (n > 0) sent += n;
		else usleep(100);
	}
	fprintf(stderr, "offered %lu frames, %lu a second\n", sent, sent / seconds);
}

int main(int argc, char **argv) {
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	if (argc == 5 && !strcmp(argv[1], "gen")) return gen(argv[2], atoi(argv[3]), atoi(argv[4])), 0;
	if (argc < 4 || argc > 19) return fprintf(stderr, "see the source\n"), 2;
	int sending = !strcmp(argv[1], "tx"), m[16], t = tap(argv[2]);
	for (int i = 3; i < argc; i++) m[i - 3] = packet(argv[i], sending ? 0 : ETH_P_ALL);
	puts("ready");
	fflush(stdout);
	(sending ? tx : rx)(t, m, argc - 3);
}
