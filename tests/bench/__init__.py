"""How fast it is beside others: `make bench` (performance.md §4). Nothing here is a test; pytest looks at none of it.

Each server is started here on loopback, pinned to one core; the loader has another. Servers take turns within each
scenario, seconds apart, so that what ratios are made of was measured on the same machine in the same minute.
"""
