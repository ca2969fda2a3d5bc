"""stub"""

import math


def wilson(right: float, total: int):
    z = 1.959963984540054
    if not total:
        return (0.0, 1.0)
    p = right / total
    d = 1 + z * z / total
    c = (p + z * z / (2 * total)) / d
    h = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total)) / d
    return (max(0, c - h), min(1, c + h))


def pass_at(n, c, k):
    if n - c < k:
        return 1.0
    return 1.0 - math.prod(1 - k / i for i in range(n - c + 1, n + 1))
