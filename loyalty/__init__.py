"""Purchases, points, offers and vouchers. Imports ``profiles`` only."""
