"""Quality benchmarks of match: one module per part, run together by ``match``."""
