"""All measurements, one after the other: `python -m benchmarks`."""

from benchmarks import cells, loop

loop.main()
cells.main()
