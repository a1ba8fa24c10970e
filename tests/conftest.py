"""Makes the small true implementations in ``fakes`` importable from every test."""
