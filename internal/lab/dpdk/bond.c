// The lab's DPDK peer: net_bonding in mode 4 (802.3ad) over interfaces of the host.
// What the bond receives goes to the first port, and what that receives to the bond.
//
//   bond EAL-OPTIONS -- INSIDE MEMBER...      names of ports made with --vdev
//
// Prints "ready" and runs until its standard input ends.
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_eth_bond.h>
#include <rte_eth_bond_8023ad.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

enum { BURST = 32, DESCRIPTORS = 256, BUFFERS = 8191 };

// In mode 4 the driver wants bursts in both directions at least each 100 ms; this
// pause between empty ones keeps the machine free for the others.
enum { PAUSE_MICROSECONDS = 200 };

// The driver's machines run each 100 ms, and drop a LACPDU that comes before they
// have begun.
enum { BEGIN_MILLISECONDS = 250 };

static void check(int result, const char *what)
{
	if (result < 0) {
		fprintf(stderr, "%s: %d\n", what, result);
		exit(1);
	}
}

static uint16_t port_of(const char *name)
{
	uint16_t port;
	check(rte_eth_dev_get_port_by_name(name, &port), name);
	return port;
}

static void configure(uint16_t port, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = {0};
	check(rte_eth_dev_configure(port, 1, 1, &conf), "configure");
	check(rte_eth_rx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL, pool), "receive queue");
	check(rte_eth_tx_queue_setup(port, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL), "transmit queue");
}

// forward moves one burst, which may be empty, and returns its size.
static int forward(uint16_t from, uint16_t to)
{
	struct rte_mbuf *frames[BURST];
	uint16_t got = rte_eth_rx_burst(from, 0, frames, BURST);
	uint16_t sent = rte_eth_tx_burst(to, 0, frames, got);
	while (sent < got)
		rte_pktmbuf_free(frames[sent++]);
	return got;
}

static int input_ended(void)
{
	char c;
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	return poll(&in, 1, 0) > 0 && read(STDIN_FILENO, &c, 1) <= 0;
}

int main(int argc, char **argv)
{
	int eal = rte_eal_init(argc, argv);
	check(eal, "EAL");
	argc -= eal;
	argv += eal;
	if (argc < 3) {
		fprintf(stderr, "want an inside port and one or more members\n");
		return 2;
	}
	struct rte_mempool *pool = rte_pktmbuf_pool_create("frames", BUFFERS, 128, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (pool == NULL)
		check(-1, "buffers");
	uint16_t inside = port_of(argv[1]);
	configure(inside, pool);
	int bond = rte_eth_bond_create("net_bonding0", BONDING_MODE_8023AD, 0);
	check(bond, "bond");
	for (int i = 2; i < argc; i++) {
		uint16_t member = port_of(argv[i]);
		configure(member, pool);
		check(rte_eth_bond_slave_add(bond, member), argv[i]);
	}
	check(rte_eth_bond_8023ad_setup(bond, NULL), "802.3ad");
	check(rte_eth_bond_xmit_policy_set(bond, BALANCE_XMIT_POLICY_LAYER34), "policy");
	check(rte_eth_bond_link_monitoring_set(bond, 100), "link monitoring");
	configure(bond, pool);
	check(rte_eth_dev_start(inside), "start inside");
	check(rte_eth_dev_start(bond), "start bond");
	rte_eth_promiscuous_enable(inside);
	rte_eth_promiscuous_enable(bond);
	bool ready = false;
	uint64_t start = rte_get_timer_cycles();
	for (unsigned int turn = 0;; turn++) {
		if (!ready && (rte_get_timer_cycles() - start) * 1000 >= BEGIN_MILLISECONDS * rte_get_timer_hz()) {
			ready = true;
			printf("ready\n");
			fflush(stdout);
		}
		int moved = forward(bond, inside) + forward(inside, bond);
		if (moved == 0)
			usleep(PAUSE_MICROSECONDS);
		if (turn % 256 == 0 && input_ended())
			break;
	}
	rte_eth_dev_stop(bond);
	return 0;
}
