"""What the benchmarks stand on: the register that they fill."""
