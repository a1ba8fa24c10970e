"""Live action and generated environments, one photographic image."""

__all__ = ["__version__"]

__version__ = "0.1.0"
