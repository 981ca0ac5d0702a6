"""
Fuzzing mimekit: targets that a fuzzer guided by coverage drives, and that run as plain tests too.

`target` says what a target is, the modules beside it hold them, `seeds` what they begin with, `mutating` how one input
becomes another.  `guided` hands one target to atheris, `__main__` all of them in turn.

    python -m tests.fuzzing [TARGET...] [--seconds N]
"""
