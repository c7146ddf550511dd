"""Explore: any metric by any dimension, as a link."""
