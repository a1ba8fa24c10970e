"""
How large modules and functions are, and how much of the code is tests.

Lines of a module are all its lines; lines of a function run from ``def`` to its last.
House targets: module median 200 and p90 450, function median 12 and p90 40, tests to
code between 1.0 and 2.0.
"""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).parents[1]


def run() -> dict[str, Any]:
    modules = {path: path.read_text() for path in sorted((ROOT / "src").rglob("*.py"))}
    lines = {path: text.count("\n") for path, text in modules.items()}
    functions = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for text in modules.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    code = sum(lines.values())
    tests = sum(path.read_text().count("\n") for path in (ROOT / "tests").rglob("*.py"))
    longest = max(lines, key=lambda path: lines[path])
    return {
        "modules": len(modules),
        "code_lines": code,
        "test_lines": tests,
        "tests_to_code": round(tests / code, 2),
        "module_median": median(lines.values()),
        "module_p90": _p90(list(lines.values())),
        "longest_module": f"{longest.relative_to(ROOT)} {lines[longest]}",
        "functions": len(functions),
        "function_median": median(functions),
        "function_p90": _p90(functions),
    }


def _p90(values: list[int]) -> int:
    return round(quantiles(values, n=10)[-1])
