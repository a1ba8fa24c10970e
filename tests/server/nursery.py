"""
Real ``seamline`` processes without the second that opening the libraries takes each time.

    python nursery.py SHOW

Reads a JSON list of words a line (first the file for what the command says), forks a child
that runs them as the shell would, and says the child's process id. A child that is killed
is as dead as any: nothing of it is shared but code.
"""

from __future__ import annotations

import json
import os
import signal
import sys


def main(show: str) -> None:
    from click.exceptions import Exit

    import seamline.generators.neutral
    import seamline.server.serving
    import seamline.steps.work
    import seamline.wiring
    from seamline.cli.main import main as seamline

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them here
    os.environ["SEAMLINE_SHOW"] = show
    print("ready", flush=True)
    for line in sys.stdin:
        said, *words = json.loads(line)
        child = os.fork()
        if child:
            print(child, flush=True)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(out, 2)
        code = 70
        try:
            code = seamline.main(words, standalone_mode=False) or 0
        except Exit as ended:
            code = ended.exit_code
        except SystemExit as ended:
            code = int(ended.code or 0)
        except BaseException as error:
            print(type(error).__name__, error)
            code = getattr(error, "exit_code", 70)
        finally:
            sys.stdout.flush()
            os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
