/*
 * The transmit hash policies layer2, layer2+3, layer3+4, encap2+3 and encap3+4 in
 * plain C: one function per step, a policy switch per frame, a bounds check before
 * each read. It is what package hash is measured against; see ../main.go.
 *
 * Usage: ref FRAMES
 * FRAMES holds batches; all numbers are 32 bits in machine order:
 *   count, then per frame its length and its offset in the batch's memory,
 *   then the size of that memory and the memory itself.
 * Each line "BATCH POLICY TAGS REPEAT" on standard input is answered with
 * "NANOSECONDS CHECK": the time to hash the batch REPEAT times, and a digest of
 * the sums. POLICY is the Linux number, TAGS 0 (stripped) or 1 (inline).
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LAYER2 = 0, LAYER34 = 1, LAYER23 = 2, ENCAP23 = 3, ENCAP34 = 4 };
enum { STRIPPED = 0, INLINE = 1 };
enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd, TYPE_CTAG = 0x8100, TYPE_STAG = 0x88a8 };
enum { TYPE_ARP = 0x0806, TYPE_TEB = 0x6558, TYPE_MPLS = 0x8847, TYPE_PPPOE = 0x8864 };
enum { IPIP = 4, IPV6 = 41, GRE = 47, HOPOPT = 0, ROUTING = 43, FRAGMENT = 44, DSTOPT = 60, MAX_HEADERS = 15 };
enum { ICMP = 1, TCP = 6, UDP = 17, DCCP = 33, ESP = 50, AH = 51, ICMPV6 = 58, SCTP = 132, UDPLITE = 136 };

struct frame {
	const uint8_t *data;
	uint32_t len;
};

struct flow {
	uint32_t addrs;
	uint32_t ports;
	uint32_t icmp;
};

static uint16_t be16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }

static uint32_t word32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

static uint64_t word64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

/* at returns where n octets at an offset lie, or NULL when they are not all there. */
static const uint8_t *at(const struct frame *f, uint32_t off, uint32_t n)
{
	if (f->len < off || f->len - off < n)
		return NULL;
	return f->data + off;
}

static uint32_t ether_hash(const struct frame *f, uint16_t type)
{
	const uint8_t *p = at(f, 0, 14);

	return p ? (uint32_t)(p[5] ^ p[11] ^ type) : 0;
}

static uint32_t get_ports(const struct frame *f, uint32_t off, int proto)
{
	const uint8_t *p;

	switch (proto) {
	case TCP:
	case UDP:
	case DCCP:
	case ESP:
	case SCTP:
	case UDPLITE:
		break;
	case AH:
		off += 4;
		break;
	default:
		return 0;
	}
	p = at(f, off, 4);
	return p ? word32(p) : 0;
}

/* read_ip reads one IP header and moves *off behind it. */
static bool read_ip(const struct frame *f, uint16_t type, uint32_t *off, int *proto, struct flow *out, bool l4)
{
	const uint8_t *p;

	if (type == TYPE_IPV4) {
		p = at(f, *off, 20);
		if (!p)
			return false;
		out->addrs = word32(p + 12) ^ word32(p + 16);
		*off += (uint32_t)(p[0] & 0x0f) << 2;
		*proto = be16(p + 6) & 0x3fff ? -1 : p[9];
	} else if (type == TYPE_IPV6) {
		uint64_t x;

		p = at(f, *off, 40);
		if (!p)
			return false;
		x = word64(p + 8) ^ word64(p + 16) ^ word64(p + 24) ^ word64(p + 32);
		out->addrs = (uint32_t)x ^ (uint32_t)(x >> 32);
		*off += 40;
		*proto = p[6];
	} else {
		return false;
	}
	if (l4 && *proto >= 0)
		out->ports = get_ports(f, *off, *proto);
	return true;
}

static bool icmp_is_error(int proto, uint8_t type)
{
	if (proto == ICMP)
		return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
	return type >= 1 && type <= 4;
}

static bool icmp_has_id(uint8_t type)
{
	return type == 0 || type == 8 || type == 13 || type == 14 || type == 128 || type == 129;
}

static bool dissect(const struct frame *f, uint16_t type, uint32_t off, struct flow *out, bool l4)
{
	const uint8_t *p;
	int proto = -1;

	memset(out, 0, sizeof *out);
	if (!read_ip(f, type, &off, &proto, out, l4))
		return false;
	if (proto != ICMP && proto != ICMPV6)
		return true;
	p = at(f, off, 8);
	if (!p)
		return true;
	if (icmp_has_id(p[0])) {
		uint16_t id = be16(p + 4);

		out->icmp = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)(id ? id : 1) << 16;
	}
	if (!icmp_is_error(proto, p[0]))
		return true;
	off += 8;
	return read_ip(f, type, &off, &proto, out, l4);
}

/* step_gre moves *off behind a GRE header of version 0. 1: go on, 0: done, -1: bad. */
static int step_gre(const struct frame *f, uint32_t *off, uint16_t *type)
{
	const uint8_t *p = at(f, *off, 4);
	uint16_t flags;

	if (!p)
		return -1;
	flags = be16(p);
	if (flags & 0x4007)
		return 0;
	*type = be16(p + 2);
	*off += 4;
	if (flags & 0x8000)
		*off += 4;
	if (flags & 0x2000) {
		if (!at(f, *off, 4))
			return -1;
		*off += 4;
	}
	if (flags & 0x1000)
		*off += 4;
	if (*type == TYPE_TEB) {
		p = at(f, *off, 14);
		if (!p)
			return -1;
		*type = be16(p + 12);
		*off += 14;
	}
	return 1;
}

/* innermost is dissect for the encap policies: a walk over all headers. */
static bool innermost(const struct frame *f, uint16_t type, uint32_t off, struct flow *out)
{
	const uint8_t *p;
	int headers = 0, proto, next;

	memset(out, 0, sizeof *out);
ethertype:
	switch (type) {
	case TYPE_IPV4:
		p = at(f, off, 20);
		if (!p || (p[0] & 0x0f) < 5)
			return false;
		out->addrs = word32(p + 12) ^ word32(p + 16);
		proto = p[9];
		off += (uint32_t)(p[0] & 0x0f) << 2;
		if (be16(p + 6) & 0x3fff)
			return true;
		break;
	case TYPE_IPV6: {
		uint64_t x;

		p = at(f, off, 40);
		if (!p)
			return false;
		x = word64(p + 8) ^ word64(p + 16) ^ word64(p + 24) ^ word64(p + 32);
		out->addrs = (uint32_t)x ^ (uint32_t)(x >> 32);
		proto = p[6];
		off += 40;
		break;
	}
	case TYPE_CTAG:
	case TYPE_STAG:
		p = at(f, off, 4);
		if (!p)
			return false;
		type = be16(p + 2);
		off += 4;
		if (++headers <= MAX_HEADERS)
			goto ethertype;
		return true;
	case TYPE_PPPOE:
		p = at(f, off, 8);
		if (!p || p[0] != 0x11 || p[1])
			return false;
		if (be16(p + 6) != 0x0021 && be16(p + 6) != 0x0057)
			return (be16(p + 6) & 0x0101) == 0x0001;
		type = be16(p + 6) == 0x0021 ? TYPE_IPV4 : TYPE_IPV6;
		off += 8;
		if (++headers <= MAX_HEADERS)
			goto ethertype;
		return true;
	case TYPE_ARP:
	case TYPE_MPLS:
		return true;
	default:
		return false;
	}
protocol:
	switch (proto) {
	case GRE:
		next = step_gre(f, &off, &type);
		if (next <= 0)
			return next == 0;
		if (++headers <= MAX_HEADERS)
			goto ethertype;
		return true;
	case IPIP:
	case IPV6:
		type = proto == IPIP ? TYPE_IPV4 : TYPE_IPV6;
		if (++headers <= MAX_HEADERS)
			goto ethertype;
		return true;
	case HOPOPT:
	case ROUTING:
	case DSTOPT:
		if (type != TYPE_IPV6)
			return true;
		p = at(f, off, 2);
		if (!p)
			return false;
		proto = p[0];
		off += ((uint32_t)p[1] + 1) << 3;
		if (++headers <= MAX_HEADERS)
			goto protocol;
		break;
	case FRAGMENT:
		return type != TYPE_IPV6 || at(f, off, 8);
	case ICMP:
	case ICMPV6:
		p = at(f, off, 8);
		if (p && icmp_has_id(p[0])) {
			uint16_t id = be16(p + 4);

			out->icmp = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)(id ? id : 1) << 16;
		}
		return true;
	}
	out->ports = get_ports(f, off, proto);
	return true;
}

static uint32_t ip_hash(uint32_t hash, const struct flow *flow, int policy)
{
	hash ^= flow->addrs;
	hash ^= hash >> 16;
	hash ^= hash >> 8;
	return policy == LAYER34 || policy == ENCAP34 ? hash >> 1 : hash;
}

static uint32_t xmit_hash(const struct frame *f, int policy, int tags)
{
	const uint8_t *p = at(f, 0, 14);
	uint16_t type = p ? be16(p + 12) : 0;
	uint32_t off = 14;
	struct flow flow;

	if (tags == STRIPPED && (type == TYPE_CTAG || type == TYPE_STAG) && (p = at(f, 16, 2))) {
		type = be16(p);
		off = 18;
	}
	if (policy == LAYER2)
		return ether_hash(f, type);
	if (policy == ENCAP23 || policy == ENCAP34) {
		if (!innermost(f, type, off, &flow))
			return ether_hash(f, type);
	} else if (!dissect(f, type, off, &flow, policy == LAYER34)) {
		return ether_hash(f, type);
	}
	if (policy == LAYER23 || policy == ENCAP23)
		return ip_hash(ether_hash(f, type), &flow, policy);
	return ip_hash(flow.icmp ? flow.icmp : flow.ports, &flow, policy);
}

struct batch {
	struct frame *frames;
	uint32_t count;
};

static void die(const char *what)
{
	fprintf(stderr, "ref: %s\n", what);
	exit(1);
}

static uint32_t read32(FILE *in)
{
	uint32_t v;

	if (fread(&v, sizeof v, 1, in) != 1)
		die("frames file ends early");
	return v;
}

/* read_batch returns false at the end of the file. */
static bool read_batch(FILE *in, struct batch *b)
{
	uint32_t *offset, size, i;
	uint8_t *memory;

	if (fread(&b->count, sizeof b->count, 1, in) != 1)
		return false;
	b->frames = calloc(b->count, sizeof *b->frames);
	offset = calloc(b->count, sizeof *offset);
	if (!b->frames || !offset)
		die("out of memory");
	for (i = 0; i < b->count; i++) {
		b->frames[i].len = read32(in);
		offset[i] = read32(in);
	}
	size = read32(in);
	memory = aligned_alloc(4096, (size + 4095) / 4096 * 4096);
	if (!memory || fread(memory, 1, size, in) != size)
		die("cannot read frames");
	for (i = 0; i < b->count; i++)
		b->frames[i].data = memory + offset[i];
	free(offset);
	return true;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
	static struct batch batches[64];
	static uint32_t sums[65536];
	unsigned count = 0, batch, repeat;
	int policy, tags;
	FILE *in;

	if (argc != 2)
		die("usage: ref FRAMES");
	in = fopen(argv[1], "rb");
	if (!in)
		die("cannot open the frames file");
	while (count < 64 && read_batch(in, &batches[count]))
		if (batches[count++].count > 65536)
			die("batch too long");
	fclose(in);
	while (scanf("%u %d %d %u", &batch, &policy, &tags, &repeat) == 4) {
		const struct batch *b;
		uint32_t check = 0, i;
		double start;

		if (batch >= count)
			die("no such batch");
		b = &batches[batch];
		start = now();
		for (unsigned r = 0; r < repeat; r++) {
			for (i = 0; i < b->count; i++)
				sums[i] = xmit_hash(&b->frames[i], policy, tags);
			__asm__ volatile("" : : "r"(sums) : "memory");
		}
		start = now() - start;
		for (i = 0; i < b->count; i++)
			check = check * 31 + sums[i];
		printf("%.0f %u\n", start, check);
		fflush(stdout);
	}
	return 0;
}
