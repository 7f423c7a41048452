"""Seed: a demo town with half a year behind it, and a whole city for the bench.

The town is built through the domains' own flows, as people would have built it, only faster. The same `--seed` gives
the same town. Nothing imports this package.
"""
