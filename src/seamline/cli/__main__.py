"""``python -m seamline.cli``: the shell, where the command's own name is not on the path."""

from __future__ import annotations

from seamline.cli.main import main

if __name__ == "__main__":
    main(prog_name="seamline")
