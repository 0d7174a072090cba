"""Who the member is, what they like and what they allow. Imports nothing of ours."""
