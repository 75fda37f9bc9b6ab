"""Print, for each structure, what is stated about it and what a panel shows."""

import argparse

from bench.panels.panel import STRUCTURES, panel, ratio

STEPS = (1, 2, 3, 6, 12)


def main() -> None:
    """One table: the squared error of the optimal forecast as a part of climatology's."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--series", type=int, default=400)
    asked.add_argument("--rows", type=int, default=250)
    asked.add_argument("--seed", type=int, default=0)
    given = asked.parse_args()
    print(f"squared error / climatology's, {given.series} series x {given.rows} rows")
    print(f"{'structure':30s} stated" + "".join(f"{f'step {k}':>9s}" for k in STEPS))
    for structure in STRUCTURES:
        drawn = panel(structure, series=given.series, rows=given.rows, seed=given.seed)
        for seen, stated in (("own", drawn.law.ratio), ("all", drawn.law.ratio_of_all)):
            if stated is not None:
                found = "".join(f"{ratio(drawn, k, seen=seen):9.3f}" for k in STEPS)
                print(f"{f'{structure}, rows of {seen}':30s} {stated:6.3f}{found}")


if __name__ == "__main__":
    main()
