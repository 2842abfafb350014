"""Counts what 08-size.gp draws: python3 08-size.py >08-size.csv

A number in decimal digits with a blank behind it, in bytes of seven bits, and
in a field that every number fits: how many bytes it takes, by how many bits
it has.  For each count of bits the mean over all numbers of that many.
"""


def mean_digits(low, high):
    """The mean count of digits of the numbers from low to high - 1."""
    total, start = 0, low
    while start < high:
        digits = len(str(start))
        end = min(high, 10 ** digits)
        total += (end - start) * digits
        start = end
    return total / (high - low)


print("bits,text,sevens")
for bits in range(1, 65):
    low = 0 if bits == 1 else 1 << (bits - 1)
    text = mean_digits(low, 1 << bits) + 1
    print(f"{bits},{text:.3f},{(bits + 6) // 7}")
