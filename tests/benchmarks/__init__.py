"""The register that the benchmarks fill."""
