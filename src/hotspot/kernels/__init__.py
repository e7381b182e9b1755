"""The numba core: arrays in, arrays out, no validation. Each kernel has a plain-numpy twin in tests/reference."""
