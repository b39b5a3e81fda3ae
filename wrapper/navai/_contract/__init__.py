"""The contract of a Navai backend: requests out, results in. No I/O."""
