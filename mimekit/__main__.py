"""
`python -m mimekit`: the command line.

May import: `cli`.  Imported by: nobody.
"""

from __future__ import annotations

import sys

from mimekit.cli import main

sys.exit(main())
