"""What the site build adds to MkDocs."""
