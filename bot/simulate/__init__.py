"""A county's year in a minute: the whole program on a database of its own, with people who act by messages.

Nothing of the program is replaced but what lies outside it: time, chance, the phones and the county's system.
"""
