"""The studies that are too long for a page, one folder each."""
