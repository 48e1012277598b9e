"""``arrcast`` and ``python -m arrcast``."""

from .cli.app import main

if __name__ == "__main__":
    main()
