"""For whoever writes rules: files to start from, a schema for the editor, and rules read back in words."""
