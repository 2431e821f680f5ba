"""`python -m holdfast`: the same as `holdfast`."""

import sys

from holdfast.cli import main

sys.exit(main())
