"""What truly happened against what a platform recorded, by the rules of docs/benchmark.md."""
