"""All measurements, one after the other: `python -m benchmarks`."""

from benchmarks import cells, decoding, loop

loop.main()
decoding.main()
cells.main()
