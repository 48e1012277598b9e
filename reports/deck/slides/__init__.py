"""The slides of the board deck, one a file, in the order of the deck.

Each has `draw(deck)`, which adds its slide or raises `NotShownError` with the reason.
"""
