"""`python -m bot`."""

import gc

gc.disable()  # loading modules makes next to no garbage, and looking for it is a fifth of the start; see `cli_frame.ending`

from bot.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
