"""Tells stories to the duties, each at the height that a test needs.

story      one person's day, through the engine, as a live worker has it
town       several people and the desk that they share, the same way
world      relays and the desk alone, move by move, with a ledger of what was taken and given back
centre     the desk alone, order by order
"""
