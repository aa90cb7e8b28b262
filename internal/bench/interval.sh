# Sourced by the scripts that compare two commits.

# interval FILE prints the number of ratios in FILE, their median, and the ends of its 95 %
# interval. The ends are two of the ratios; the binomial distribution of how many ratios are
# below the true median gives their places
interval() {
	sort -n "$1" | awk '{v[NR] = $1} END {
		n = NR; p = 0.5 ^ n; below = 0
		for (k = 0; below + p <= 0.025; k++) { below += p; p *= (n - k) / (k + 1) }
		median = n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
		if (k < 1) print n, median, 0, 1e9; else print n, median, v[k], v[n + 1 - k]
	}'
}
