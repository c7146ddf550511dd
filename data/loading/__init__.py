"""Loading: files in, one revision each, all or nothing."""
