"""Thin views of the member's pages."""
