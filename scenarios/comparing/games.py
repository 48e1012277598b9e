"""Shares of several causes in one effect: Shapley values, exact or from sampled orders.

A game gives each set of players (here: changes that are made) a value of any shape. Every method
returns an array (players, *shape) whose sum over the players is what all of them make together.
"""

import math
from collections.abc import Callable
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecast.streams import stream

Floats = NDArray[np.float64]
Coalition = frozenset[int]
Game = Callable[[Coalition], Floats]

MOST_EXACT: Final = 8
"""Players up to which every coalition is played: 256 of them."""


def shapley(players: int, game: Game) -> Floats:
    """Give each player's mean marginal value over all orders of joining (Shapley 1953).

    Efficient (the shares add up), symmetric (equals share equally), additive, and zero for a
    player who never changes anything.

    Parameters
    ----------
    players
        How many; 2 ** players coalitions are played, each once.
    game
        Value of a coalition.

    Returns
    -------
    array (players, *shape)

    Examples
    --------
    Two factors that multiply 100 by 1.1 and by 0.8 (alone they give 10 and -20, together -12):

    >>> factors = (1.1, 0.8)
    >>> game = lambda made: np.array(100.0 * math.prod(factors[i] for i in made))
    >>> shapley(2, game).round(6).tolist()
    [9.0, -21.0]
    """
    values = {
        made: game(made)
        for size in range(players + 1)
        for made in map(frozenset, combinations(range(players), size))
    }
    shares = np.zeros((players, *values[frozenset()].shape))
    for made, value in values.items():
        for player in set(range(players)) - made:
            weight = 1.0 / (players * math.comb(players - 1, len(made)))
            shares[player] += weight * (values[made | {player}] - value)
    return shares


def in_order(players: int, game: Game) -> Floats:
    """Give each player's marginal value when they join one after the other, 0 first."""
    return _marginals(list(range(players)), game)


def sampled_shapley(players: int, game: Game, pairs: int, seed: int) -> Floats:
    """Estimate Shapley values from random orders, each played forwards and backwards.

    An order and its reverse see a player with few and with many others there, so that their
    errors cancel in part (antithetic sampling).

    Parameters
    ----------
    players
        How many.
    game
        Value of a coalition; remember them where playing is slow.
    pairs
        Orders drawn; each makes two.
    seed
        Same seed, same orders.

    Returns
    -------
    array (pairs, players, *shape)
        One estimate a pair, each adding up; their mean estimates the Shapley value, and their
        standard deviation / sqrt(pairs) is its standard error.
    """
    random = stream(seed, "attribution")
    estimates = []
    for _ in range(pairs):
        order = random.permutation(players).tolist()
        estimates.append((_marginals(order, game) + _marginals(order[::-1], game)) / 2.0)
    return np.array(estimates)


def _marginals(order: list[int], game: Game) -> Floats:
    there: Coalition = frozenset()
    value = game(there)
    shares = np.zeros((len(order), *value.shape))
    for player in order:
        there |= {player}
        after = game(there)
        shares[player] = after - value
        value = after
    return shares
