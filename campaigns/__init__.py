"""Segments, e-mails, audiences, deliveries, responses and reports."""
