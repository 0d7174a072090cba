"""The profiles' commands."""
