"""What members see: Wagtail pages, join, preferences and account pages."""
