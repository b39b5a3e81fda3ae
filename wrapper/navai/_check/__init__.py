"""Does a backend answer as the contract says? What to ask and what the answers must be is knowledge; `_asking.py` asks."""
