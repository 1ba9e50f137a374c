"""The conversation between `cargo xtask peers` and a reader in Python.

One path comes in on each line; out go any number of lines `remark TEXT` and
`complaint TEXT`, then `done`. The reader imports this after the library it tries,
so that a missing library ends it at once, and before the first path.
"""

import sys


def answer(kind, text):
    print(kind, " ".join(str(text).split())[:300], flush=True)


def serve(read):
    """Calls `read(path)` for each path; what it raises is the complaint."""
    for line in sys.stdin:
        try:
            read(line.rstrip("\r\n"))
        except Exception as error:
            answer("complaint", f"{type(error).__name__}: {error}")
        print("done", flush=True)
