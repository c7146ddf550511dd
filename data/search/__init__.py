"""Finding what goes by a name: metrics, dimensions and members, by what people type."""
